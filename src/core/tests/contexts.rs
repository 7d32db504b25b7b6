//! What a prompt names is put in its place, and follows it.

use super::*;
use crate::core::actions::{ActionQuery, ContextDiagnostic};
use crate::core::command::{Ask, Command};
use crate::core::contexts::ContextName;
use crate::core::ids::DraftId;
use crate::core::place::Place;
use crate::core::server::PromptPart;
use crate::text::{Point, Span};

const CODE: &str = "import os\n\ndef add(a, b):\n    c = a\n    return c + b\n";

fn at(name: &str, first: u32, last: u32) -> Option<Place> {
    let start = Point { line: first, character: 0 };
    Some(Place { uri: uri(name), span: Some(Span { start, end: Point { line: last, character: 1 } }) })
}

impl Scene {
    /// Asks about a place. What is to be gathered may have to wait for opencode.
    fn asks(&mut self, place: Option<Place>, prompt: &str) {
        let ask = Ask { place, prompt: Some(prompt.to_owned()), ..Ask::default() };
        let reply = tokio::sync::oneshot::channel().0;
        self.editor(EditorEvent::Execute { command: Command::Ask(ask), reply });
    }

    /// The prompt that was sent last, once there is a session: its text, and the files with their lines.
    fn sent(&mut self) -> (String, Vec<String>) {
        if let Some(ServerCall::CreateSession { draft }) = self.calls.last() {
            let draft = *draft;
            self.handle(Event::Reply(FOLDER, ServerReply::SessionCreated { draft, result: Ok(session()) }));
        }
        let Some(ServerCall::Prompt { draft, parts, .. }) = self.calls.last().cloned() else {
            panic!("no prompt but {:?}", self.calls.last());
        };
        self.handle(Event::Reply(FOLDER, ServerReply::Prompted { draft, result: Ok(()) }));
        let mut files = Vec::new();
        let mut texts = Vec::new();
        for part in parts {
            match part {
                PromptPart::Text(text) => texts.push(text),
                PromptPart::Agent(name) => panic!("nobody named the agent {name}"),
                PromptPart::File { name, lines, .. } => files.push(match lines {
                    Some((first, last)) => format!("{name}:{first}-{last}"),
                    None => name,
                }),
            }
        }
        assert_eq!(texts.len(), 1);
        (texts.remove(0), files)
    }

    fn asked_for_git(&self) -> Option<DraftId> {
        self.calls.iter().rev().find_map(|call| match call {
            ServerCall::FetchUncommitted { draft } => Some(*draft),
            _ => None,
        })
    }

    fn git_is(&mut self, result: Result<&str, &str>) {
        let draft = self.asked_for_git().expect("git was asked");
        let result = result.map(str::to_owned).map_err(str::to_owned);
        self.handle(Event::Reply(FOLDER, ServerReply::Uncommitted { draft, result }));
    }
}

fn scene() -> Scene {
    let mut scene = Scene::new(&[("a.py", CODE), ("b.py", "b\n")]);
    scene.open("a.py");
    scene
}

#[test]
fn saved_text_is_named_and_goes_along_as_a_file() {
    let mut scene = scene();
    scene.asks(at("a.py", 3, 4), "Is {selection} right? See {line}, {symbol}.");
    let (text, files) = scene.sent();
    assert_eq!(
        text,
        "Is `a.py`, lines 4-5 (python) right? See `a.py`, line 4 (python), \
         `a.py`, lines 3-5 (python): `def add(a, b):`."
    );
    assert_eq!(files, ["a.py:4-5", "a.py:4-4", "a.py:3-5"]);
    assert!(scene.messages().is_empty(), "{:?}", scene.messages());
}

#[test]
fn a_whole_file_holds_its_parts_and_nothing_goes_along_twice() {
    let mut scene = scene();
    scene.asks(at("a.py", 3, 3), "{file} {selection} {file} {visible}");
    let (text, files) = scene.sent();
    assert_eq!(text, "`a.py` (python) `a.py`, line 4 (python) `a.py` (python) `a.py`, lines 1-5 (python)");
    assert_eq!(files, ["a.py"]);
}

#[test]
fn unsaved_text_goes_along_as_text_and_says_so() {
    let mut scene = scene();
    scene.change("a.py", "x = {file}\n");
    scene.asks(at("a.py", 0, 0), "Explain {file} to me: {unknown} `{file}`.");
    let (text, files) = scene.sent();
    assert_eq!(
        text,
        "Explain `a.py` (python) to me: {unknown} `{file}`.\n\n\
         `a.py` (python), as it is in the editor (not saved):\n```python\nx = {file}\n```"
    );
    assert_eq!(files, [""; 0]);
}

#[test]
fn a_prompt_that_names_nothing_is_about_the_selection() {
    let mut scene = scene();
    scene.asks(at("a.py", 3, 3), "Why? {this}");
    let (text, files) = scene.sent();
    assert_eq!(text, "Why? {this}\n\nThis is about `a.py`, line 4 (python).");
    assert_eq!(files, ["a.py:4-4"]);
}

#[test]
fn open_files_come_by_their_last_use_and_the_bridges_own_are_none_of_them() {
    let mut scene = scene();
    scene.write("big.py", &"x".repeat(300 * 1024));
    scene.write(".own/prompts/p.md", "?");
    for name in ["big.py", "b.py", ".own/prompts/p.md"] {
        scene.open(name);
    }
    scene.change("a.py", "new\n");
    scene.asks(at("b.py", 0, 0), "Look at {buffers}.");
    let (text, files) = scene.sent();
    assert!(
        text.starts_with("Look at the open files `a.py`, `b.py`, without `big.py` (more than 200 KiB in all)."),
        "{text}"
    );
    assert!(text.ends_with("`a.py` (python), as it is in the editor (not saved):\n```python\nnew\n```"), "{text}");
    assert_eq!(files, ["b.py"]);
    assert_eq!(scene.messages(), ["Your prompt goes without `big.py` (more than 200 KiB in all) of {buffers}."]);
}

fn diagnostic(line: u32, text: &str, ours: bool) -> ContextDiagnostic {
    let at = Point { line, character: 0 };
    ContextDiagnostic { index: 0, ours, text: text.to_owned(), span: Span { start: at, end: at }, id: None }
}

#[test]
fn diagnostics_are_those_that_the_editor_told_of_until_the_text_is_another_one() {
    let mut scene = scene();
    let tell = |scene: &mut Scene, line: u32, diagnostics: Vec<ContextDiagnostic>| {
        scene.state.actions(&ActionQuery { place: at("a.py", line, line), diagnostics, ..ActionQuery::default() });
    };
    tell(&mut scene, 4, vec![diagnostic(4, "line 5: bad", false), diagnostic(4, "line 5: opencode's", true)]);
    tell(&mut scene, 0, vec![diagnostic(0, "line 1: unused\nimport", false), diagnostic(4, "line 5: bad", false)]);
    tell(&mut scene, 3, vec![]);
    scene.asks(at("a.py", 3, 3), "Fix {diagnostics}.");
    let (text, _) = scene.sent();
    assert_eq!(
        text,
        "Fix the diagnostics of `a.py` below.\n\nDiagnostics of `a.py`:\n- line 1: unused import\n- line 5: bad"
    );
    tell(&mut scene, 0, vec![]);
    let known = scene.state.preview(ContextName::Diagnostics, at("a.py", 0, 0).as_ref());
    assert_eq!(known.text.as_deref(), Some("- line 5: bad\n"));
    scene.change("a.py", CODE);
    scene.asks(at("a.py", 3, 3), "Fix {diagnostics}.");
    assert_eq!(scene.sent().0, "Fix (no diagnostics are known here).");
    assert_eq!(scene.messages(), ["Your prompt goes without {diagnostics} (no diagnostics are known here)."]);
}

#[test]
fn what_is_missing_is_said_in_the_prompt_and_once_to_the_user() {
    let mut scene = Scene::new(&[]);
    scene.asks(None, "{selection} {buffers} {diff} {selection}");
    assert_eq!(
        scene.sent().0,
        "(no file of the editor's is known) (no file of the project is open in the editor) \
         (there are no unreviewed changes of opencode) (no file of the editor's is known)"
    );
    assert_eq!(scene.messages().len(), 1);
    scene.asks(at("closed.py", 0, 0), "{file}");
    assert_eq!(scene.sent().0, "(`closed.py` is not open in the editor)");
}

#[test]
fn unreviewed_changes_are_a_diff() {
    let mut scene = scene();
    let new = CODE.replace("c + b", "b + c");
    scene.write("a.py", &new);
    scene.edit("a.py", patch(CODE, &new));
    scene.asks(at("a.py", 0, 0), "Explain {diff}.");
    let (text, _) = scene.sent();
    assert!(text.starts_with("Explain the unreviewed changes below.\n\n"), "{text}");
    assert!(text.contains("```diff\n--- a.py\n") && text.contains("\n+    return b + c\n"), "{text}");
    assert!(text.ends_with("\n```"), "{text}");
}

#[test]
fn git_is_asked_by_opencode_where_it_can_and_by_the_bridge_where_not() {
    let mut scene = scene();
    scene.asks(at("a.py", 0, 0), "Review {git}.");
    assert!(!scene.calls.iter().any(|call| matches!(call, ServerCall::CreateSession { .. })), "{:?}", scene.calls);
    scene.git_is(Ok("--- a\n+++ b\n"));
    assert_eq!(
        scene.sent().0,
        "Review the uncommitted changes below.\n\nUncommitted changes:\n```diff\n--- a\n+++ b\n```"
    );
    scene.git = Ok("by git\n".to_owned());
    scene.asks(at("a.py", 0, 0), "Review {git}.");
    scene.git_is(Err("no such route"));
    assert!(scene.sent().0.ends_with("```diff\nby git\n```"));
    scene.git = Err("not a repository".to_owned());
    scene.asks(at("a.py", 0, 0), "Review {git}.");
    scene.git_is(Err("no such route"));
    assert_eq!(scene.sent().0, "Review (not a repository).");
    scene.asks(at("a.py", 0, 0), "Review {git}.");
    scene.git_is(Ok("\n"));
    assert_eq!(scene.sent().0, "Review (git knows of no uncommitted changes here).");
}

#[test]
fn a_long_diff_is_cut_at_a_line_and_that_is_said() {
    let mut scene = scene();
    scene.asks(at("a.py", 0, 0), "Review {git}.");
    let line = format!("+{}\n", "ü".repeat(500));
    scene.git_is(Ok(&line.repeat(1000)));
    let (text, _) = scene.sent();
    assert!(text.starts_with("Review the uncommitted changes below (their beginning)."), "{text}");
    assert!(text.ends_with(&format!("{line}… (the rest is left out)\n```")), "{}", &text[text.len() - 100..]);
    assert!(text.len() < 201 * 1024, "{}", text.len());
    assert_eq!(scene.messages(), ["Your prompt goes without the diff after its first 199 KiB of 978 KiB of {git}."]);
}

#[test]
fn git_is_not_waited_for_for_ever_and_later_questions_stay_behind() {
    let mut scene = scene();
    scene.asks(at("a.py", 0, 0), "First {git}.");
    let first = scene.asked_for_git().expect("git was asked");
    scene.asks(at("a.py", 0, 0), "Second.");
    assert!(!scene.calls.iter().any(|call| matches!(call, ServerCall::CreateSession { .. })), "{:?}", scene.calls);
    scene.handle(Event::Timer(Timer::Context(first)));
    scene.handle(Event::Reply(FOLDER, ServerReply::SessionCreated { draft: first, result: Ok(session()) }));
    scene.handle(Event::Reply(FOLDER, ServerReply::Prompted { draft: first, result: Ok(()) }));
    let texts = scene.calls.iter().filter_map(|call| match call {
        ServerCall::Prompt { parts, .. } => parts.first(),
        _ => None,
    });
    let texts: Vec<&PromptPart> = texts.collect();
    assert_eq!(texts.len(), 2);
    assert_eq!(*texts[0], PromptPart::Text("First (git did not answer in time).".to_owned()));
    // What git says now is nobody's.
    scene.git_is(Ok("late"));
    assert_eq!(scene.messages().len(), 1);
}

#[test]
fn a_question_that_is_cancelled_while_it_gathers_is_kept() {
    let mut scene = scene();
    scene.asks(at("a.py", 0, 0), "Review {git}.");
    let draft = scene.asked_for_git().expect("git was asked");
    scene.editor(EditorEvent::CancelProgress { id: draft });
    scene.git_is(Ok("late"));
    assert!(scene.messages()[0].contains("It is kept in"), "{:?}", scene.messages());
    assert!(!scene.calls.iter().any(|call| matches!(call, ServerCall::CreateSession { .. })), "{:?}", scene.calls);
}

#[test]
fn what_a_context_would_be_is_known_beforehand() {
    let scene = scene();
    let preview = |name, place: Option<Place>| scene.state.preview(name, place.as_ref());
    let selection = preview(ContextName::Selection, at("a.py", 3, 4));
    assert_eq!(selection.what, "`a.py`, lines 4-5 (python)");
    assert_eq!(selection.text.as_deref(), Some("    c = a\n    return c + b"));
    assert_eq!(selection.bytes, Some(26));
    assert_eq!(preview(ContextName::Symbol, at("a.py", 0, 0)).what, "there is no block around that line");
    assert_eq!(preview(ContextName::Git, None).bytes, None);
    assert_eq!(preview(ContextName::File, None).text, None);
}

#[test]
fn visible_are_the_lines_around_wherever_they_are() {
    let long: String = (1..=200).map(|number| format!("{number}\n")).collect();
    let mut scene = Scene::new(&[("long.py", &long), ("empty.py", "")]);
    scene.open("long.py");
    scene.open("empty.py");
    let visible = |name, line| scene.state.preview(ContextName::Visible, at(name, line, line).as_ref()).what;
    assert_eq!(visible("long.py", 99), "`long.py`, lines 50-150 (python)");
    assert_eq!(visible("long.py", 0), "`long.py`, lines 1-51 (python)");
    assert_eq!(visible("long.py", u32::MAX), "`long.py`, lines 150-200 (python)");
    assert_eq!(visible("empty.py", 7), "`empty.py`, line 1 (python)");
}
