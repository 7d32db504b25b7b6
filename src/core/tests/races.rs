//! What comes in an order that nobody planned.

use super::*;
use crate::core::command::{Ask, Command, Which};
use crate::core::event::SendError;
use crate::core::ids::{DraftId, ProgressId};
use crate::core::server::TurnRecord;

const OLD: &str = "one\ntwo\nthree\nfour\nfive\nsix\n";
const TWO: &str = "one\nTWO\nthree\nfour\nfive\nsix\n";
const BOTH: &str = "one\nTWO\nthree\nfour\nFIVE\nsix\n";

fn ask(scene: &mut Scene, question: &str) {
    let ask = Ask { prompt: Some(question.to_owned()), ..Ask::default() };
    let reply = tokio::sync::oneshot::channel().0;
    scene.editor(EditorEvent::Execute { command: Command::Ask(ask), reply });
}
fn keep(scene: &mut Scene) {
    let reply = tokio::sync::oneshot::channel().0;
    scene.editor(EditorEvent::Execute { command: Command::Keep(Which::All), reply });
}
fn prompts(scene: &Scene) -> usize {
    scene.calls.iter().filter(|c| matches!(c, ServerCall::Prompt { .. })).count()
}
fn created(scene: &mut Scene, s: &str) {
    scene.handle(Event::Reply(FOLDER, ServerReply::SessionCreated { draft: DraftId(1), result: Ok(s.into()) }));
}
fn accept(scene: &mut Scene, message: &str, text: &str) {
    scene.prompt(SESSION, message);
    let part = Part { id: "prt_p".into(), kind: PartKind::Text { text: text.to_owned() } };
    scene.server(ServerEvent::Part { session: session(), message: message.into(), part });
}

#[test]
fn shell_change_before_an_edit_is_shown() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.write("a.py", TWO); // sed
    scene.server(ServerEvent::Part {
        session: session(),
        message: "msg_2".into(),
        part: Part { id: "prt_patch".into(), kind: PartKind::Changed { files: vec![path("a.py")] } },
    });
    scene.write("a.py", BOTH); // edit
    scene.edit("a.py", patch(TWO, BOTH));
    scene.diff = vec![FileDiff { path: path("a.py"), hint: patch(OLD, BOTH) }];
    scene.idle();
    scene.pass_time();
    assert_eq!(scene.on("a.py").len(), 2, "{:?}", scene.on("a.py"));
}

#[test]
fn prompt_once_when_stream_breaks_while_session_is_created() {
    let mut scene = Scene::new(&[]);
    ask(&mut scene, "Why?");
    scene.handle(Event::Connection(FOLDER, ConnectionEvent::Lost { reason: "x".to_owned() }));
    scene.connect();
    created(&mut scene, "ses_1");
    created(&mut scene, "ses_2");
    assert_eq!(prompts(&scene), 1, "{:?}", scene.calls);
}

#[test]
fn idle_of_the_turn_before_while_the_post_is_under_way() {
    let mut scene = Scene::new(&[]);
    ask(&mut scene, "One?");
    created(&mut scene, SESSION);
    scene.handle(Event::Reply(FOLDER, ServerReply::Prompted { draft: DraftId(1), result: Ok(()) }));
    accept(&mut scene, "msg_2", "One?");
    ask(&mut scene, "Two?"); // POST under way
    scene.idle(); // of One
    scene.handle(Event::Reply(FOLDER, ServerReply::Turn { draft: DraftId(2), result: Ok(TurnRecord::default()) }));
    println!("{:?}", scene.messages());
    scene.handle(Event::Reply(FOLDER, ServerReply::Prompted { draft: DraftId(2), result: Ok(()) }));
    accept(&mut scene, "msg_3", "Two?");
    assert_eq!(scene.messages(), [""; 0]);
}

#[test]
fn late_look_after_acceptance() {
    let mut scene = Scene::new(&[]);
    ask(&mut scene, "One?");
    created(&mut scene, SESSION);
    scene.idle(); // look is asked for
    scene.handle(Event::Reply(FOLDER, ServerReply::Prompted { draft: DraftId(1), result: Ok(()) }));
    accept(&mut scene, "msg_2", "One?");
    scene.handle(Event::Reply(FOLDER, ServerReply::Turn { draft: DraftId(1), result: Ok(TurnRecord::default()) }));
    assert_eq!(scene.messages(), [""; 0]);
}

#[test]
fn settings_change_with_the_same_server_keeps_permissions() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    let configure = |scene: &mut Scene, url: &str| {
        let mut settings = crate::config::Settings::default();
        settings.server.url = Some(url.to_owned());
        scene.configure(settings, &[ROOT]);
    };
    configure(&mut scene, "http://localhost:1");
    scene.connect();
    scene.server(ServerEvent::PermissionAsked(asking("per_1", "a.py")));
    configure(&mut scene, "http://127.0.0.1:1");
    scene.connect_with(Snapshot { permissions: vec![asking("per_1", "a.py")], ..Snapshot::default() });
    assert_eq!(scene.state.permissions.open().count(), 1);
}

#[test]
fn back_to_what_was_kept() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.write("a.py", TWO);
    scene.edit("a.py", patch(OLD, TWO));
    keep(&mut scene);
    scene.write("a.py", BOTH);
    scene.edit("a.py", patch(TWO, BOTH));
    assert_eq!(scene.on("a.py").len(), 1);
    scene.write("a.py", TWO);
    scene.edit("a.py", patch(BOTH, TWO));
    scene.idle();
    scene.pass_time();
    assert_eq!(scene.on("a.py"), [""; 0]);
}

#[test]
fn kept_then_edited_by_the_user_in_the_same_turn() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.open("a.py");
    scene.write("a.py", TWO);
    scene.edit("a.py", patch(OLD, TWO));
    scene.change("a.py", TWO);
    keep(&mut scene);
    let mine = TWO.replace("six", "mine");
    scene.change("a.py", &mine);
    scene.save("a.py", &mine);
    scene.diff = vec![FileDiff { path: path("a.py"), hint: patch(OLD, TWO) }];
    scene.idle();
    scene.pass_time();
    assert_eq!(scene.on("a.py"), [""; 0]);
}

#[test]
fn undone_then_edited_by_the_user_in_the_same_turn() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.open("a.py");
    scene.write("a.py", TWO);
    scene.edit("a.py", patch(OLD, TWO));
    scene.change("a.py", TWO);
    scene.change("a.py", OLD);
    scene.save("a.py", OLD);
    let mine = OLD.replace("six", "mine");
    scene.change("a.py", &mine);
    scene.save("a.py", &mine);
    scene.diff = vec![FileDiff { path: path("a.py"), hint: patch(OLD, TWO) }];
    scene.idle();
    scene.pass_time();
    assert_eq!(scene.on("a.py"), [""; 0]);
}

#[test]
fn there_and_back_on_a_tracked_file() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.write("a.py", TWO);
    scene.edit("a.py", patch(OLD, TWO));
    // FIVE and back, both written before the first is read.
    scene.edit("a.py", patch(TWO, BOTH));
    scene.edit("a.py", patch(BOTH, TWO));
    assert_eq!(scene.on("a.py"), ["1: opencode changed 1 line"]);
}

#[test]
fn unknown_then_known_turn() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.write("a.py", TWO);
    scene.edit("a.py", EditHint::Unknown);
    scene.idle();
    scene.pass_time();
    assert_eq!(scene.on("a.py"), ["0: opencode changed this file; the text before is not known"]);
    scene.prompt(SESSION, "msg_5");
    scene.write("a.py", BOTH);
    scene.edit("a.py", patch(TWO, BOTH));
    assert!(scene.on("a.py")[0].contains("not known"), "{:?}", scene.on("a.py"));
}

#[test]
fn undo_and_redo() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.open("a.py");
    scene.write("a.py", TWO);
    scene.edit("a.py", patch(OLD, TWO));
    scene.change("a.py", TWO);
    scene.change("a.py", OLD);
    scene.change("a.py", TWO);
    assert_eq!(scene.on("a.py").len(), 1);
}

#[test]
fn cancel_while_posted() {
    let mut scene = Scene::new(&[]);
    ask(&mut scene, "One?");
    created(&mut scene, SESSION);
    scene.editor(EditorEvent::CancelProgress { id: DraftId(1) });
    scene.handle(Event::Reply(FOLDER, ServerReply::Aborted { session: session(), result: Ok(()) }));
    scene.handle(Event::Reply(FOLDER, ServerReply::Prompted { draft: DraftId(1), result: Ok(()) }));
    accept(&mut scene, "msg_2", "One?");
    let aborts = scene.calls.iter().filter(|c| matches!(c, ServerCall::Abort { .. })).count();
    assert_eq!(aborts, 2, "the turn runs on");
}

#[test]
fn session_deleted() {
    let mut scene = Scene::new(&[]);
    ask(&mut scene, "One?");
    created(&mut scene, SESSION);
    scene.handle(Event::Reply(FOLDER, ServerReply::Prompted { draft: DraftId(1), result: Ok(()) }));
    accept(&mut scene, "msg_2", "One?");
    scene.server(ServerEvent::SessionDeleted { session: session() });
    scene.editor(EditorEvent::CancelProgress { id: DraftId(1) });
    scene.handle(Event::Reply(FOLDER, ServerReply::Aborted { session: session(), result: Err("404".to_owned()) }));
    scene.pass_time();
    let ended = scene.told.iter().any(|e| matches!(e, EditorEffect::EndProgress { .. }));
    let looks = scene.calls.iter().any(|c| matches!(c, ServerCall::FetchTurn { .. }));
    assert!(ended || looks, "progress for ever");
}

#[test]
fn two_posted_with_the_same_text_get_one_message() {
    let mut scene = Scene::new(&[]);
    ask(&mut scene, "Fix it.");
    created(&mut scene, SESSION);
    scene.handle(Event::Reply(
        FOLDER,
        ServerReply::Prompted { draft: DraftId(1), result: Err(SendError::Unclear("x".into())) },
    ));
    ask(&mut scene, "Fix it.");
    scene.handle(Event::Reply(
        FOLDER,
        ServerReply::Prompted { draft: DraftId(2), result: Err(SendError::Unclear("x".into())) },
    ));
    scene.pass_time();
    let looks: Vec<_> = scene
        .calls
        .iter()
        .filter_map(|c| match c {
            ServerCall::FetchTurn { draft, taken, .. } => Some((draft.0, taken.len())),
            _ => None,
        })
        .collect();
    println!("{looks:?}");
    for draft in [1, 2] {
        let record = TurnRecord { prompt: Some("msg_3".into()), busy: true, ..TurnRecord::default() };
        scene.handle(Event::Reply(FOLDER, ServerReply::Turn { draft: DraftId(draft), result: Ok(record) }));
    }
    let same = scene.state.turns.running.values().filter(|t| t.prompt().map(|p| p.as_str()) == Some("msg_3")).count();
    assert_eq!(same, 1);
}

#[test]
fn look_chains() {
    let mut scene = Scene::new(&[]);
    ask(&mut scene, "One?");
    created(&mut scene, SESSION);
    scene.handle(Event::Reply(FOLDER, ServerReply::Prompted { draft: DraftId(1), result: Ok(()) }));
    accept(&mut scene, "msg_2", "One?");
    for _ in 0..4 {
        scene.connect();
        let record = TurnRecord { prompt: Some("msg_2".into()), busy: true, ..TurnRecord::default() };
        scene.handle(Event::Reply(FOLDER, ServerReply::Turn { draft: DraftId(1), result: Ok(record) }));
    }
    let looks = scene.timers.iter().filter(|t| matches!(t, Timer::Look(_))).count();
    assert_eq!(looks, 1);
}

#[test]
fn follow_up_within_two_seconds() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.write("a.py", TWO);
    scene.edit("a.py", EditHint::Unknown); // diff not there yet
    scene.idle();
    scene.prompt(SESSION, "msg_5"); // follow-up
    scene.diff = vec![FileDiff { path: path("a.py"), hint: patch(OLD, TWO) }]; // msg_1's diff is ready now
    scene.pass_time();
    assert_eq!(scene.on("a.py").len(), 1, "nothing shown while the next turn runs");
}

#[test]
fn dirty_reopened() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.open("a.py");
    scene.write("a.py", TWO);
    scene.edit("a.py", patch(OLD, TWO));
    scene.change("a.py", TWO);
    let mine = TWO.replace("six", "mine");
    scene.change("a.py", &mine); // unsaved
    // language changed: close and open with the unsaved text (both before a read is back)
    let a = scene.state.handle(Event::Editor(EditorEvent::Closed { uri: uri("a.py") }));
    let b = scene.state.handle(Event::Editor(EditorEvent::Opened {
        uri: uri("a.py"),
        language: "x".into(),
        version: 3,
        text: mine,
    }));
    for e in a.into_iter().chain(b) {
        if let Some(ev) = scene.perform(e) {
            scene.handle(ev);
        }
    }
    assert!(scene.state.dirty.contains(&uri("a.py")));
}

#[test]
fn there_and_back_far_apart() {
    let old: String = (1..=30).map(|n| format!("line {n}\n")).collect();
    let two = old.replace("line 2\n", "TWO\n");
    let both = two.replace("line 20\n", "TWENTY\n");
    let mut scene = Scene::new(&[("a.py", &old)]);
    scene.write("a.py", &two);
    scene.edit("a.py", patch(&old, &two));
    scene.edit("a.py", patch(&two, &both));
    scene.edit("a.py", patch(&both, &two));
    assert_eq!(scene.on("a.py"), ["1: opencode changed 1 line"]);
}

#[test]
fn a_tool_reads_twice_and_there_and_back_untracked() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    ask(&mut scene, "One?");
    created(&mut scene, SESSION);
    scene.handle(Event::Connection(FOLDER, ConnectionEvent::Starting));
    scene.handle(Event::Connection(FOLDER, ConnectionEvent::Starting));
    let begun = scene
        .told
        .iter()
        .filter(|e| matches!(e, EditorEffect::BeginProgress { id: ProgressId::Start(FOLDER), .. }))
        .count();
    assert_eq!(begun, 1);
}
