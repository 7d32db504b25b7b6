//! Comments for an AI: where they are shown, what is sent of them, and when.

use serde_json::json;

use super::*;
use crate::core::actions::{ActionQuery, ContextDiagnostic};
use crate::core::command::{Command, CommandError, Outcome};
use crate::core::effect::Level;
use crate::core::place::Place;
use crate::core::server::PromptPart;
use crate::text::{Point, Span};

const CODE: &str = "def add(a, b):\n    # return the sum AI!\n    return 'x # no AI!'\n";
const OTHER: &str = "x = 1  # why 1? AI?\n";

fn scene(settings: &serde_json::Value) -> Scene {
    let mut scene = Scene::new(&[("a.py", CODE), ("b.py", OTHER)]);
    assert_eq!(scene.state.settings.merge(settings), []);
    scene
}

fn at(name: &str, line: u32) -> Place {
    let at = Point { line, character: 4 };
    Place { uri: uri(name), span: Some(Span { start: at, end: at }) }
}

fn send(scene: &mut Scene, place: Option<Place>) -> Result<Outcome, CommandError> {
    let (reply, mut answer) = tokio::sync::oneshot::channel();
    scene.editor(EditorEvent::Execute { command: Command::SendComments { place }, reply });
    answer.try_recv().expect("an answer")
}

/// The prompts that were sent: texts, and files.
fn sent(scene: &mut Scene) -> Vec<(String, Vec<String>)> {
    if let Some(ServerCall::CreateSession { draft }) = scene.calls.last() {
        let draft = *draft;
        scene.handle(Event::Reply(FOLDER, ServerReply::SessionCreated { draft, result: Ok(session()) }));
    }
    let prompts: Vec<_> = std::mem::take(&mut scene.calls);
    let mut sent = Vec::new();
    for call in prompts {
        let ServerCall::Prompt { draft, parts, .. } = call else { continue };
        scene.handle(Event::Reply(FOLDER, ServerReply::Prompted { draft, result: Ok(()) }));
        let (mut text, mut files) = (String::new(), Vec::new());
        for part in parts {
            match part {
                PromptPart::Text(part) => text.push_str(&part),
                PromptPart::Agent(name) => panic!("nobody named the agent {name}"),
                PromptPart::File { name, lines, .. } => files.push(format!("{name}:{lines:?}")),
            }
        }
        sent.push((text, files));
    }
    sent
}

fn titles(scene: &mut Scene, place: Place) -> Vec<String> {
    let query = ActionQuery { place: Some(place), ..ActionQuery::default() };
    scene.state.actions(&query).into_iter().map(|action| action.title).collect()
}

#[test]
fn hints_are_where_the_comments_are_and_follow_them() {
    let mut scene = scene(&json!({}));
    scene.open("a.py");
    scene.open("b.py");
    assert_eq!(scene.on("a.py"), ["1: opencode can do this: send it with a code action"]);
    assert_eq!(scene.on("b.py"), ["0: opencode can answer this: send it with a code action"]);
    let hint = &scene.shown[&uri("a.py")][0];
    assert_eq!((hint.level, hint.code), (Level::Hint, "ai-comment"));
    assert_eq!((hint.span.start.character, hint.span.end.character), (4, 24));
    let start = Some(Span { start: Point::default(), end: Point::default() });
    let edits = vec![(start, "import os\n".to_owned())];
    scene.editor(EditorEvent::Changed { uri: uri("a.py"), version: 2, edits });
    assert_eq!(scene.on("a.py"), ["2: opencode can do this: send it with a code action"]);
    scene.change("a.py", "nothing\n");
    assert_eq!(scene.on("a.py"), [""; 0]);
    scene.editor(EditorEvent::Closed { uri: uri("b.py") });
    assert_eq!(scene.on("b.py"), [""; 0]);
}

#[test]
fn hints_can_be_off_and_the_comments_be_sent_all_the_same() {
    let mut scene = scene(&json!({"aiComments": {"hints": false}}));
    scene.open("a.py");
    assert_eq!(scene.on("a.py"), [""; 0]);
    assert_eq!(send(&mut scene, None), Ok(Outcome::Done));
    assert_eq!(sent(&mut scene).len(), 1);
}

#[test]
fn a_comment_is_sent_with_what_is_around_it() {
    let mut scene = scene(&json!({}));
    scene.open("a.py");
    assert_eq!(send(&mut scene, Some(at("a.py", 1))), Ok(Outcome::Done));
    assert_eq!(
        sent(&mut scene),
        [(
            "This comment in `a.py` is for you:\n\n`a.py`, line 2:\n```\nreturn the sum AI!\n```\n\n\
             Do what a comment asks that ends in `AI!`, and remove that comment when it is done."
                .to_owned(),
            vec!["a.py:Some((1, 3))".to_owned()]
        )]
    );
    assert_eq!(send(&mut scene, Some(at("a.py", 0))), Err(CommandError::NoComments));
    assert_eq!(send(&mut scene, Some(at("closed.py", 0))), Err(CommandError::NoComments));
}

#[test]
fn all_are_sent_at_once_and_unsaved_text_as_text() {
    let mut scene = scene(&json!({}));
    scene.open("b.py");
    scene.open("a.py");
    scene.change("a.py", "# {file} AI!\n# opencode: look at this\n");
    assert_eq!(send(&mut scene, None), Ok(Outcome::Done));
    let (text, files) = sent(&mut scene).remove(0);
    assert!(text.starts_with("These 3 comments are for you:\n\n`a.py`, line 1:\n```\n{file} AI!\n```\n"), "{text}");
    assert!(text.contains("`b.py`, line 1:\n```\nwhy 1? AI?\n```\n\nDo what a comment asks that ends"), "{text}");
    assert!(text.contains("\nAnswer a comment") && text.contains("\nDo what a comment asks that begins"), "{text}");
    assert!(text.contains("not saved):\n```python\n# {file} AI!\n# opencode: look at this\n```"), "{text}");
    assert_eq!(files, ["b.py:Some((1, 1))"]);
    assert!(scene.messages().is_empty(), "{:?}", scene.messages());
}

#[test]
fn far_comments_of_a_file_go_along_piece_by_piece() {
    let mut scene = scene(&json!({}));
    let long = format!("# a AI!\n{}# b AI!\n# c AI!\n{}", "x\n".repeat(300), "x\n".repeat(100));
    scene.write("a.py", &long);
    scene.open("a.py");
    assert_eq!(send(&mut scene, Some(Place { uri: uri("a.py"), span: None })), Ok(Outcome::Done));
    assert_eq!(sent(&mut scene)[0].1, ["a.py:Some((1, 51))", "a.py:Some((252, 353))"]);
}

#[test]
fn the_actions_are_on_the_comments_and_answer_their_hints() {
    let mut scene = scene(&json!({}));
    scene.open("a.py");
    assert_eq!(titles(&mut scene, at("a.py", 1))[0], "Send to opencode");
    assert!(!titles(&mut scene, at("a.py", 0)).contains(&"Send to opencode".to_owned()));
    scene.open("b.py");
    assert_eq!(titles(&mut scene, at("b.py", 0))[..2], ["Send to opencode", "Send all 2 AI comments to opencode"]);
    let id = scene.shown[&uri("a.py")][0].id.clone();
    let hint = ContextDiagnostic { index: 0, ours: true, text: String::new(), span: Span::default(), id: Some(id) };
    let query =
        ActionQuery { place: Some(at("a.py", 1)), diagnostics: vec![hint], automatic: true, ..ActionQuery::default() };
    let actions = scene.state.actions(&query);
    assert_eq!((actions.len(), &*actions[0].title, &*actions[0].diagnostics), (1, "Send to opencode", &[0][..]));
}

#[test]
fn a_hint_is_no_change_to_keep_or_undo() {
    let mut scene = scene(&json!({}));
    scene.open("a.py");
    let new = CODE.replace("add", "sum");
    scene.write("a.py", &new);
    scene.edit("a.py", patch(CODE, &new));
    scene.change("a.py", &new);
    let on_comment = titles(&mut scene, at("a.py", 1));
    assert!(!on_comment.iter().any(|title| title.contains("this change")), "{on_comment:?}");
    assert!(titles(&mut scene, at("a.py", 0)).contains(&"opencode: undo this change".to_owned()));
}

#[test]
fn on_save_only_what_is_new_is_sent_once_and_only_where_that_is_wanted() {
    let mut scene = scene(&json!({"aiComments": {"sendOnSave": true}}));
    scene.open("a.py");
    scene.save("a.py", CODE);
    assert_eq!(sent(&mut scene), []);
    let new = format!("{CODE}# again AI!\n");
    scene.change("a.py", &new);
    scene.save("a.py", &new);
    let prompts = sent(&mut scene);
    assert_eq!(prompts.len(), 1);
    assert!(prompts[0].0.contains("again AI!") && !prompts[0].0.contains("the sum"), "{prompts:?}");
    // Gone and back, it was sent already.
    for text in [CODE, &new] {
        scene.change("a.py", text);
        scene.save("a.py", text);
    }
    assert_eq!(sent(&mut scene), []);
    scene.state.settings.ai_comments.send_on_save = false;
    let newer = format!("{new}# more AI!\n");
    scene.change("a.py", &newer);
    scene.save("a.py", &newer);
    assert_eq!(sent(&mut scene), []);
}

#[test]
fn what_opencode_wrote_is_not_sent_on_save() {
    let mut scene = scene(&json!({"aiComments": {"sendOnSave": true}}));
    scene.open("b.py");
    let new = format!("{OTHER}# remove everything AI!\n");
    scene.write("b.py", &new);
    scene.edit("b.py", patch(OTHER, &new));
    scene.change("b.py", &new);
    scene.save("b.py", &new);
    assert_eq!(scene.on("b.py").len(), 3);
    assert_eq!(sent(&mut scene), []);
}

#[test]
fn the_bridges_own_documents_and_other_projects_have_none() {
    let mut scene = scene(&json!({}));
    scene.write(".own/prompts/p.md", "<!-- do it AI! -->");
    scene.open(".own/prompts/p.md");
    let elsewhere = DocumentUri::from_path(&Path::new(ROOT).with_file_name("elsewhere.py")).expect("absolute");
    let text = "# do it AI!\n".to_owned();
    scene.editor(EditorEvent::Opened { uri: elsewhere.clone(), language: "python".to_owned(), version: 1, text });
    assert!(scene.shown.values().all(Vec::is_empty), "{:?}", scene.shown);
    assert_eq!(send(&mut scene, None), Err(CommandError::NoComments));
    assert_eq!(send(&mut scene, Some(Place { uri: elsewhere, span: None })), Err(CommandError::NoComments));
}
