use super::*;
use crate::core::actions::ActionQuery;
use crate::core::command::{Command, CommandError, Outcome, QuestionAct};
use crate::core::event::{ChooseAnswer, DialogAnswer, InputAnswer, ReplyError};
use crate::core::ids::{DialogId, InputId, MenuId, QuestionId};
use crate::core::place::Place;
use crate::core::plugins::Plugin;
use crate::core::prompt_documents::PromptTimer;
use crate::core::server::{Question, QuestionOption, QuestionRequest};
use crate::text::{Point, Span};

fn question(text: &str, options: &[&str], multiple: bool) -> Question {
    let option = |label: &&str| QuestionOption { label: (*label).to_owned(), description: String::new() };
    let options = options.iter().map(option).collect();
    Question { header: "Pick".to_owned(), text: text.to_owned(), options, multiple, custom: true }
}

fn id() -> QuestionId {
    QuestionId::from("que_1")
}

fn asked(scene: &mut Scene, questions: Vec<Question>) {
    scene.server(ServerEvent::QuestionAsked(QuestionRequest { id: id(), session: session(), questions }));
}

fn last_dialog(scene: &Scene) -> (DialogId, &str, Vec<&str>) {
    let dialogs = scene.told.iter().rev().find_map(|effect| match effect {
        EditorEffect::Dialog { id, text, buttons, .. } => {
            Some((*id, text.as_str(), buttons.iter().map(String::as_str).collect()))
        }
        _ => None,
    });
    dialogs.expect("a dialog")
}

fn press(scene: &mut Scene, button: &str) {
    let (id, _, buttons) = last_dialog(scene);
    assert!(buttons.contains(&button), "{button} among {buttons:?}");
    scene.editor(EditorEvent::DialogAnswered { id, answer: DialogAnswer::Chosen(button.to_owned()) });
}

fn act(scene: &mut Scene, act: QuestionAct) -> Result<Outcome, CommandError> {
    let (reply, mut answer) = tokio::sync::oneshot::channel();
    scene.editor(EditorEvent::Execute { command: Command::Question { id: id(), act }, reply });
    answer.try_recv().expect("answered at once")
}

/// What was sent to opencode; none in it where the question was rejected.
fn sent(scene: &Scene) -> Vec<Option<Vec<Vec<&str>>>> {
    let replies = scene.calls.iter().filter_map(|call| match call {
        ServerCall::ReplyQuestion { answers, .. } => Some(answers),
        _ => None,
    });
    replies.map(|answers| answers.as_ref().map(|given| given.iter().map(|one| strs(one)).collect())).collect()
}

fn strs(one: &[String]) -> Vec<&str> {
    one.iter().map(String::as_str).collect()
}

fn replied(scene: &mut Scene, result: Result<(), ReplyError>) {
    scene.handle(Event::Reply(FOLDER, ServerReply::QuestionReplied { id: id(), result }));
}

#[test]
fn questions_are_asked_one_after_another_and_answered_together() {
    let mut scene = Scene::new(&[]);
    asked(&mut scene, vec![question("One?", &["A", "B"], false), question("Many?", &["X", "Y", "Z"], true)]);
    let (_, text, buttons) = last_dialog(&scene);
    assert!(text.contains("question 1 of 2") && text.ends_with("One?"), "{text}");
    // An accidental Enter on the first button answers nothing.
    assert_eq!(buttons, ["Show details", "A", "B", "Write an answer…", "Dismiss the question"]);
    press(&mut scene, "B");
    press(&mut scene, "[ ] X");
    press(&mut scene, "[ ] Z");
    press(&mut scene, "[x] X");
    let (_, text, buttons) = last_dialog(&scene);
    assert!(text.ends_with("Chosen: Z."), "{text}");
    assert_eq!(buttons[1..5], ["[ ] X", "[ ] Y", "[x] Z", "Done"]);
    assert!(sent(&scene).is_empty());
    press(&mut scene, "Done");
    assert_eq!(sent(&scene), [Some(vec![vec!["B"], vec!["Z"]])]);
    replied(&mut scene, Ok(()));
    assert!(scene.messages().is_empty());
    assert_eq!(scene.state.questions.waiting(), 0);
}

#[test]
fn nothing_is_answered_by_silence_dismissing_or_an_unknown_button() {
    let mut scene = Scene::new(&[]);
    asked(&mut scene, vec![question("One?", &["A"], false)]);
    let (dialog, ..) = last_dialog(&scene);
    scene.editor(EditorEvent::DialogAnswered { id: dialog, answer: DialogAnswer::Chosen("C".to_owned()) });
    scene.state.recall_questions();
    scene.handle(Event::Timer(Timer::Status));
    let (dialog, ..) = last_dialog(&scene);
    scene.editor(EditorEvent::DialogAnswered { id: dialog, answer: DialogAnswer::Dismissed });
    scene.pass_time();
    assert!(sent(&scene).is_empty());
    assert_eq!(scene.state.questions.waiting(), 1);
}

#[test]
fn a_late_click_does_not_answer_the_next_question() {
    let mut scene = Scene::new(&[]);
    asked(&mut scene, vec![question("One?", &["A", "B"], false), question("Two?", &["C", "D"], false)]);
    act(&mut scene, QuestionAct::Pick { question: 0, option: 0 }).expect("taken");
    let again = act(&mut scene, QuestionAct::Pick { question: 0, option: 1 });
    assert_eq!(again, Err(CommandError::NoSuchQuestion(id())));
    act(&mut scene, QuestionAct::Pick { question: 1, option: 1 }).expect("taken");
    assert_eq!(sent(&scene), [Some(vec![vec!["A"], vec!["D"]])]);
}

#[test]
fn an_answer_of_the_users_own_is_written_in_the_plugins_box() {
    let mut scene = Scene::new(&[]);
    scene.state.plugin = Plugin::new(PluginFlags { input: true, ..PluginFlags::default() });
    asked(&mut scene, vec![question("One?", &["A"], false)]);
    press(&mut scene, "Write an answer…");
    assert!(scene.told.iter().any(|effect| matches!(effect,
        EditorEffect::Input { title, .. } if title == "opencode: your answer to “One?”")));
    scene.editor(EditorEvent::InputAnswered { id: InputId(1), answer: InputAnswer::Text(" neither\n".to_owned()) });
    assert_eq!(sent(&scene), [Some(vec![vec!["neither"]])]);
}

#[test]
fn an_answer_of_the_users_own_is_written_in_a_document_without_a_plugin() {
    let mut scene = Scene::new(&[]);
    asked(&mut scene, vec![question("One?", &["A"], false)]);
    press(&mut scene, "Write an answer…");
    let shown = scene.told.iter().find_map(|effect| match effect {
        EditorEffect::Show { path, text: Some(text), .. } => Some((path.clone(), text.clone())),
        _ => None,
    });
    let (path, text) = shown.expect("a document");
    assert!(text.contains("write your answer to “One?” below"), "{text}");
    scene.disk.insert(path, format!("{text}neither\n"));
    scene.handle(Event::Timer(Timer::Prompts(PromptTimer::Poll)));
    assert_eq!(sent(&scene), [Some(vec![vec!["neither"]])]);
}

#[test]
fn answered_elsewhere_everything_of_it_disappears() {
    let mut scene = Scene::new(&[("a.py", "one\n")]);
    scene.open("a.py");
    asked(&mut scene, vec![question("One?", &["A"], false)]);
    assert_eq!(scene.on("a.py"), ["0: opencode asks: One?: answer it with a code action"]);
    let (dialog, ..) = last_dialog(&scene);
    scene.server(ServerEvent::QuestionSettled { request: id() });
    assert!(scene.on("a.py").is_empty());
    scene.editor(EditorEvent::DialogAnswered { id: dialog, answer: DialogAnswer::Chosen("A".to_owned()) });
    assert!(sent(&scene).is_empty());
    // A list that was on its way does not bring it back.
    let now = vec![QuestionRequest { id: id(), session: session(), questions: vec![question("One?", &["A"], false)] }];
    scene.handle(Event::Reply(FOLDER, ServerReply::Questions { known: Vec::new(), result: Ok(now) }));
    assert_eq!(scene.state.questions.waiting(), 0);
}

#[test]
fn without_dialogs_code_actions_answer() {
    let mut scene = Scene::new(&[("a.py", "one\n")]);
    scene.open("a.py");
    scene.state.dialogs.unsupported = true;
    asked(&mut scene, vec![question("One?", &["A", "B"], false)]);
    let at = Point { line: 0, character: 0 };
    let place = Some(Place { uri: uri("a.py"), span: Some(Span { start: at, end: at }) });
    let actions = scene.state.actions(&ActionQuery { place, automatic: true, ..ActionQuery::default() });
    let b = actions.iter().find(|action| action.title == "opencode: B").expect("offered");
    assert_eq!(b.command, Command::Question { id: id(), act: QuestionAct::Pick { question: 0, option: 1 } });
}

#[test]
fn a_plugins_menu_does_not_come_by_itself() {
    let mut scene = Scene::new(&[]);
    scene.state.plugin = Plugin::new(PluginFlags { choose: true, ..PluginFlags::default() });
    asked(&mut scene, vec![question("One?", &["A"], false)]);
    assert_eq!(last_dialog(&scene).2, ["Answer…", "Show details", "Dismiss the question"]);
    assert!(!scene.told.iter().any(|effect| matches!(effect, EditorEffect::Choose { .. })));
    press(&mut scene, "Answer…");
    scene.editor(EditorEvent::MenuChosen { id: MenuId(1), answer: ChooseAnswer::Entry(1) });
    assert_eq!(sent(&scene), [Some(vec![vec!["A"]])]);
}

#[test]
fn an_answer_that_did_not_arrive_is_kept_and_sent_again() {
    let mut scene = Scene::new(&[]);
    asked(&mut scene, vec![question("One?", &["A", "B"], false)]);
    press(&mut scene, "B");
    replied(&mut scene, Err(ReplyError::Other("no".to_owned())));
    assert!(scene.messages()[0].starts_with("The answer did not reach opencode: no. It is kept"));
    scene.state.recall_questions();
    scene.handle(Event::Timer(Timer::Status));
    assert_eq!(sent(&scene), [Some(vec![vec!["B"]]), Some(vec![vec!["B"]])]);
}

#[test]
fn an_answer_waits_for_a_lost_connection() {
    let mut scene = Scene::new(&[]);
    asked(&mut scene, vec![question("One?", &["A"], false)]);
    scene.handle(Event::Connection(FOLDER, ConnectionEvent::Lost { reason: "gone".to_owned() }));
    press(&mut scene, "A");
    assert!(sent(&scene).is_empty());
    let request = QuestionRequest { id: id(), session: session(), questions: vec![question("One?", &["A"], false)] };
    scene.connect_with(Snapshot { questions: vec![request], ..Snapshot::default() });
    assert_eq!(sent(&scene), [Some(vec![vec!["A"]])]);
}

#[test]
fn a_stopped_turn_takes_its_question_along_quietly() {
    let mut scene = Scene::new(&[]);
    asked(&mut scene, vec![question("One?", &["A"], false)]);
    scene.handle(Event::Reply(FOLDER, ServerReply::Aborted { session: session(), result: Ok(()) }));
    assert_eq!(sent(&scene), [None]);
    replied(&mut scene, Err(ReplyError::Gone));
    assert!(scene.messages().is_empty());
}

#[test]
fn what_a_model_asks_is_inert_and_strange_questions_do_no_harm() {
    let mut scene = Scene::new(&[]);
    asked(&mut scene, Vec::new());
    assert_eq!(scene.state.questions.waiting(), 0);
    let mut strange = question("a\u{202e}\n".repeat(400).as_str(), &["", "Show details", "Show details", "Done"], true);
    strange.custom = false;
    asked(&mut scene, vec![strange]);
    let (_, text, buttons) = last_dialog(&scene);
    assert!(!text.contains(['\n', '\u{202e}']) && text.chars().count() < 3000);
    let distinct: std::collections::BTreeSet<&&str> = buttons.iter().collect();
    assert_eq!(distinct.len(), buttons.len(), "{buttons:?}");
    let own = act(&mut scene, QuestionAct::Write { question: 0, text: Some("x".to_owned()) });
    assert_eq!(own, Err(CommandError::NoOwnAnswer));
    let other = act(&mut scene, QuestionAct::Reply { answers: Vec::new() });
    assert_eq!(other, Err(CommandError::OtherNumberOfAnswers { asked: 1, given: 0 }));
}
