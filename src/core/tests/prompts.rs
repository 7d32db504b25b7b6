//! Ready prompts: menus, code actions, where they go, and what is refused.

use serde_json::json;

use super::*;
use crate::core::actions::ActionQuery;
use crate::core::command::{Command, CommandError, Outcome};
use crate::core::event::DialogAnswer;
use crate::core::place::Place;
use crate::core::prompt_documents::PromptTimer;
use crate::core::server::{ModelName, PromptPart};
use crate::text::{Point, Span};

fn place() -> Option<Place> {
    let line = |line| Point { line, character: 0 };
    Some(Place { uri: uri("a.py"), span: Some(Span { start: line(0), end: line(1) }) })
}

fn scene(prompts: &serde_json::Value) -> Scene {
    let mut scene = Scene::new(&[("a.py", "one\ntwo\n")]);
    let mut settings = Settings::default();
    assert_eq!(settings.merge(&json!({ "prompts": prompts })), []);
    scene.state.settings = settings;
    scene.open("a.py");
    scene
}

fn run(scene: &mut Scene, name: &str) -> Result<Outcome, CommandError> {
    let (reply, mut answer) = tokio::sync::oneshot::channel();
    let command = Command::Prompt { name: Some(name.to_owned()), place: place() };
    scene.editor(EditorEvent::Execute { command, reply });
    answer.try_recv().expect("an answer")
}

fn titles(scene: &mut Scene, query: ActionQuery) -> Vec<String> {
    let query = ActionQuery { place: place(), ..query };
    scene.state.actions(&query).into_iter().map(|action| action.title).collect()
}

fn last_buttons(scene: &Scene) -> Vec<String> {
    let dialog = scene.told.iter().rev().find_map(|effect| match effect {
        EditorEffect::Dialog { buttons, .. } => Some(buttons.clone()),
        _ => None,
    });
    dialog.expect("a dialog")
}

fn choose(scene: &mut Scene, button: &str) {
    let id = scene.told.iter().rev().find_map(|effect| match effect {
        EditorEffect::Dialog { id, .. } => Some(*id),
        _ => None,
    });
    let answer = DialogAnswer::Chosen(button.to_owned());
    scene.editor(EditorEvent::DialogAnswered { id: id.expect("a dialog"), answer });
}

#[test]
fn more_offers_all_prompts_and_one_that_is_chosen_is_sent() {
    let mut scene = scene(&json!({"mine": {"title": "Mine\u{202e}", "prompt": "Do it.", "submit": false}}));
    let reply = tokio::sync::oneshot::channel().0;
    scene.editor(EditorEvent::Execute { command: Command::More { place: place() }, reply });
    let ours = ["Ask…", "Explain", "Review", "Document", "Write tests", "Optimize", "Implement"];
    assert_eq!(last_buttons(&scene)[..7], ours);
    assert_eq!(last_buttons(&scene)[7], "Mine⟨U+202E⟩ (to be edited first)");
    choose(&mut scene, "Explain");
    let Some(ServerCall::CreateSession { draft }) = scene.calls.last().cloned() else {
        panic!("no session but {:?}", scene.calls);
    };
    scene.handle(Event::Reply(FOLDER, ServerReply::SessionCreated { draft, result: Ok(session()) }));
    let Some(ServerCall::Prompt { parts, .. }) = scene.calls.last() else {
        panic!("no prompt but {:?}", scene.calls);
    };
    let PromptPart::Text(text) = &parts[0] else { panic!("no text but {parts:?}") };
    assert!(text.starts_with("Explain `a.py`, line 1 (python): what it does"), "{text}");
}

#[test]
fn code_actions_are_more_and_those_that_the_user_wants() {
    let mut scene = scene(&json!({
        "optimize": {"codeAction": true, "kind": "refactor.rewrite"},
        "test": {"codeAction": true},
    }));
    assert_eq!(
        titles(&mut scene, ActionQuery::default()),
        [
            "Ask opencode about selection…",
            "Add selection to opencode prompt",
            "opencode: Write tests",
            "opencode: Optimize",
            "opencode: more…",
        ]
    );
    for (only, wanted) in
        [("refactor", true), ("refactor.rewrite", true), ("refactor.rewrite.x", false), ("ref", false)]
    {
        let query = ActionQuery { only: vec![only.to_owned()], ..ActionQuery::default() };
        let expected: &[&str] = if wanted { &["opencode: Optimize"] } else { &[] };
        assert_eq!(titles(&mut scene, query), expected, "{only}");
    }
    let automatic = titles(&mut scene, ActionQuery { automatic: true, ..ActionQuery::default() });
    assert!(!automatic.contains(&"opencode: more…".to_owned()), "{automatic:?}");
}

#[test]
fn a_prompt_may_name_who_answers() {
    let mut scene = scene(&json!({"mine": {"prompt": "Do it.", "agent": "plan", "model": "a/b"}}));
    assert_eq!(run(&mut scene, "mine"), Ok(Outcome::Done));
    let Some(ServerCall::CreateSession { draft }) = scene.calls.last().cloned() else {
        panic!("no session but {:?}", scene.calls);
    };
    scene.handle(Event::Reply(FOLDER, ServerReply::SessionCreated { draft, result: Ok(session()) }));
    let Some(ServerCall::Prompt { options, .. }) = scene.calls.last() else {
        panic!("no prompt but {:?}", scene.calls);
    };
    assert_eq!(options.agent.as_deref(), Some("plan"));
    assert_eq!(options.model, ModelName::parse("a/b"));
}

#[test]
fn a_prompt_to_be_edited_opens_with_its_text() {
    let mut scene = scene(&json!({"mine": {"prompt": "Rewrite {selection} as …", "submit": false}}));
    assert!(matches!(run(&mut scene, "mine"), Ok(Outcome::Document(_))));
    let shown = scene.told.iter().find_map(|effect| match effect {
        EditorEffect::Show { path, text: Some(text), .. } => Some((path.clone(), text.clone())),
        _ => None,
    });
    let (path, shown) = shown.expect("a document");
    assert!(shown.contains("\nfile: a.py\nlines: 1\n"), "{shown}");
    assert!(shown.ends_with("-->\n\nRewrite {selection} as …\n"), "{shown}");
    // Where the editor does not tell of saves, it is looked at: sent it is once the user has changed it.
    scene.disk.insert(path.clone(), shown.clone());
    scene.handle(Event::Timer(Timer::Prompts(PromptTimer::Poll)));
    assert!(scene.calls.is_empty(), "{:?}", scene.calls);
    scene.disk.insert(path, shown.replace('…', "a loop"));
    scene.handle(Event::Timer(Timer::Prompts(PromptTimer::Poll)));
    assert!(matches!(scene.calls.as_slice(), [ServerCall::CreateSession { .. }]), "{:?}", scene.calls);
}

#[test]
fn a_prompt_for_the_tui_goes_into_its_prompt() {
    let mut scene = scene(&json!({
        "mine": {"prompt": "Explain {selection}.", "route": "tui"},
        "placed": {"prompt": "Why?", "route": "tui", "submit": true},
    }));
    assert_eq!(run(&mut scene, "mine"), Ok(Outcome::Done));
    let text = "Explain `a.py`, line 1 (python).\n\n@a.py#L1 ".to_owned();
    assert_eq!(scene.calls, [ServerCall::Append { text }]);
    scene.change("a.py", "new\n");
    assert_eq!(run(&mut scene, "placed"), Ok(Outcome::Done));
    let text = "Why?\n\nThis is about `a.py`, line 1 (python).\n\n\
                `a.py`, line 1 (python), as it is in the editor (not saved):\n```python\nnew\n``` ";
    assert_eq!(scene.calls[1], ServerCall::AppendAndSubmit { text: text.to_owned() });
    assert!(scene.messages().is_empty(), "{:?}", scene.messages());
}

#[test]
fn a_context_that_does_not_exist_is_named_and_the_text_is_kept() {
    let mut scene = scene(&json!({"mine": {"prompt": "Explain {slection} and `{this}`."}}));
    assert_eq!(run(&mut scene, "mine"), Ok(Outcome::Done));
    let said = scene.messages();
    assert_eq!(said.len(), 1);
    assert!(said[0].contains("the prompt `mine` of your settings names {slection}"), "{said:?}");
    assert!(said[0].contains("{selection}, {line}") && said[0].contains("It is kept in"), "{said:?}");
    assert!(scene.calls.is_empty(), "{:?}", scene.calls);
}

#[test]
fn an_unknown_prompt_is_refused_and_without_a_name_all_are_offered() {
    let mut scene = scene(&json!({"explain": false, "review": false}));
    let refused = run(&mut scene, "explain").expect_err("refused").to_string();
    assert_eq!(refused, "there is no prompt `explain`; there are document, test, optimize, implement");
    let reply = tokio::sync::oneshot::channel().0;
    scene.editor(EditorEvent::Execute { command: Command::Prompt { name: None, place: None }, reply });
    assert_eq!(last_buttons(&scene), ["Document", "Write tests", "Optimize", "Implement"]);
}
