//! Code of the last answer, offered and put into documents.

use super::*;
use crate::core::actions::ActionQuery;
use crate::core::command::AnswerBlock;
use crate::core::effect::WorkspaceEdit;
use crate::core::event::{Applied, DialogAnswer};
use crate::core::ids::{DialogId, JobId};
use crate::core::place::Place;
use crate::text::{Point, Span};

const ANSWER: &str = "So:\n\n```python\ny = 2\n```\n";

/// An answer was given, and a document is open.
fn answered(answer: &str) -> Scene {
    let mut scene = asked("Why?");
    scene.told_part("msg_a", "prt_a", text(answer));
    scene.ends(answer);
    scene.open("src/a.py");
    scene
}

fn place(first: u32, last: u32) -> Place {
    let at = |line| Point { line, character: 0 };
    Place { uri: uri("src/a.py"), span: Some(Span { start: at(first), end: at(last) }) }
}

impl Scene {
    fn offers(&mut self, place: Place, automatic: bool) -> Vec<(String, Command)> {
        let (reply, mut answer) = tokio::sync::oneshot::channel();
        let query = ActionQuery { place: Some(place), automatic, ..ActionQuery::default() };
        self.editor(EditorEvent::CodeActions { query, reply });
        let actions = answer.try_recv().expect("actions").into_iter();
        let of_answer = actions.filter(|action| matches!(action.command, Command::InsertAnswer { .. }));
        of_answer.map(|action| (action.title, action.command)).collect()
    }

    fn titles(&mut self, place: Place) -> Vec<String> {
        self.offers(place, false).into_iter().map(|(title, _)| title).collect()
    }

    fn edits(&self) -> Vec<(JobId, WorkspaceEdit)> {
        let edits = self.told.iter().filter_map(|effect| match effect {
            EditorEffect::Edit { job, edit } => Some((*job, edit.clone())),
            _ => None,
        });
        edits.collect()
    }

    fn menu(&self) -> Option<(DialogId, Vec<String>)> {
        self.told.iter().rev().find_map(|effect| match effect {
            EditorEffect::Dialog { id, text, buttons, .. } if text.starts_with("Which code") => {
                Some((*id, buttons.clone()))
            }
            _ => None,
        })
    }
}

fn new_text(edit: &WorkspaceEdit) -> &str {
    match edit {
        WorkspaceEdit::Text { edits, .. } => &edits[0].1,
        other => panic!("no text: {other:?}"),
    }
}

#[test]
fn code_goes_where_the_user_says() {
    let mut scene = answered(ANSWER);
    assert_eq!(scene.offers(place(0, 0), true), []);
    let here = scene.offers(place(0, 0), false);
    assert_eq!(here[0].0, "Insert answer's code here");
    let selected = scene.offers(place(0, 1), false);
    assert_eq!(selected[0].0, "Apply code block to selection");
    scene.run(selected[0].1.clone()).expect("asked for");
    let (job, edit) = scene.edits()[0].clone();
    assert_eq!(
        edit,
        WorkspaceEdit::Text {
            uri: uri("src/a.py"),
            version: 1,
            edits: vec![(place(0, 1).span.expect("a span"), "y = 2\n".to_owned())],
            label: "Insert opencode's code".to_owned(),
        }
    );
    let no = Applied::No { reason: Some("old".to_owned()) };
    scene.editor(EditorEvent::EditApplied { job, applied: no.clone() });
    assert_eq!(scene.messages(), ["The answer's code was not inserted: the editor refused it: old"]);
    // It is over.
    scene.editor(EditorEvent::EditApplied { job, applied: no });
    assert_eq!(scene.messages().len(), 1);
}

#[test]
fn each_of_a_few_blocks_is_offered() {
    let mut scene = answered("```\none\n```\n```\n\u{202e}two\n```\n");
    let what = "Insert answer's code here";
    assert_eq!(scene.titles(place(0, 0)), [format!("{what}: one"), format!("{what}: ⟨U+202E⟩two")]);
    let offers = scene.offers(place(0, 0), false);
    scene.run(offers[1].1.clone()).expect("asked for");
    assert_eq!(new_text(&scene.edits()[0].1), "\n\u{202e}two", "what is inserted is what was written");
}

#[test]
fn of_many_blocks_a_menu_has_the_others() {
    let blocks: String = (1..=12).map(|number| format!("```\nblock {number}\n```\n")).collect();
    let mut scene = answered(&blocks);
    let offers = scene.offers(place(0, 0), false);
    let what = "Insert answer's code here";
    let titles: Vec<&str> = offers.iter().map(|(title, _)| title.as_str()).collect();
    assert_eq!(titles, [format!("{what}: block 12"), format!("{what}: another block…")]);
    scene.run(offers[1].1.clone()).expect("asked for");
    let (id, buttons) = scene.menu().expect("a menu");
    assert_eq!((buttons.len(), buttons[0].as_str(), buttons[8].as_str()), (9, "12: block 12", "4: block 4"));
    scene.editor(EditorEvent::DialogAnswered { id, answer: DialogAnswer::Chosen("5: block 5".to_owned()) });
    assert_eq!(new_text(&scene.edits()[0].1), "\nblock 5");
}

#[test]
fn a_menu_is_for_the_text_that_it_was_opened_in() {
    let mut scene = answered("```\na\n```\n```\nb\n```\n");
    scene.titles(place(0, 0));
    let insert = Command::InsertAnswer { place: None, block: None };
    scene.run(insert.clone()).expect("asked for");
    let (id, _) = scene.menu().expect("a menu");
    scene.change("src/a.py", "y\n");
    scene.editor(EditorEvent::DialogAnswered { id, answer: DialogAnswer::Chosen("1: a".to_owned()) });
    assert_eq!(scene.edits(), []);
    let said = "The answer's code was not inserted: the text or the answer has changed meanwhile; try again";
    assert_eq!(scene.messages(), [said]);
    // A menu that is left does nothing; without menus it is the newest.
    scene.run(insert.clone()).expect("asked for");
    let (id, _) = scene.menu().expect("a menu");
    scene.editor(EditorEvent::DialogAnswered { id, answer: DialogAnswer::Dismissed });
    assert_eq!(scene.edits(), []);
    scene.state.dialogs.unsupported = true;
    scene.run(insert).expect("done at once");
    assert_eq!(new_text(&scene.edits()[0].1), "\nb");
}

#[test]
fn nothing_is_offered_without_code_or_a_document() {
    let mut scene = answered("Just words, `code` and\n```\nnot closed");
    assert_eq!(scene.titles(place(0, 0)), [""; 0]);
    assert_eq!(scene.run(Command::InsertAnswer { place: None, block: None }), Err(CommandError::NoCode));
    let mut scene = answered(ANSWER);
    scene.editor(EditorEvent::Closed { uri: uri("src/a.py") });
    assert_eq!(scene.titles(place(0, 0)), [""; 0]);
    assert_eq!(scene.run(Command::InsertAnswer { place: None, block: None }), Err(CommandError::NoFile));
}

#[test]
fn an_old_answer_is_not_taken_for_the_last_one() {
    let mut scene = answered(ANSWER);
    let block = |answer, index| {
        let block = Some(AnswerBlock { answer, index });
        Command::InsertAnswer { place: Some(place(0, 0)), block }
    };
    assert_eq!(scene.run(block(0, 0)), Err(CommandError::OldAnswer));
    assert_eq!(scene.run(block(1, 7)), Err(CommandError::OldAnswer));
    assert!(scene.run(block(1, 0)).is_ok());
    let last = scene.state.last_answer(FOLDER).expect("an answer");
    assert_eq!((last.text.as_str(), last.blocks.len()), (ANSWER, 1));
}
