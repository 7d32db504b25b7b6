//! Lists that come late, and answers that come twice.

use super::*;
use crate::core::command::{Command, CommandError};
use crate::core::event::DialogAnswer;
use crate::core::ids::DialogId;
use crate::core::server::PermissionReply;

fn replies(scene: &Scene) -> Vec<PermissionReply> {
    let reply = |call: &ServerCall| match call {
        ServerCall::Reply { reply, .. } => Some(*reply),
        _ => None,
    };
    scene.calls.iter().filter_map(reply).collect()
}

fn dialogs(scene: &Scene) -> Vec<DialogId> {
    let dialog = |effect: &EditorEffect| match effect {
        EditorEffect::Dialog { id, .. } => Some(*id),
        _ => None,
    };
    scene.told.iter().filter_map(dialog).collect()
}

fn press(scene: &mut Scene, id: DialogId, button: &str) {
    scene.editor(EditorEvent::DialogAnswered { id, answer: DialogAnswer::Chosen(button.to_owned()) });
}

#[test]
fn a_list_says_nothing_of_what_came_after_it_was_asked_for() {
    let mut scene = Scene::new(&[]);
    scene.open_dialogs(&["per_1"]);
    let first = dialogs(&scene)[0];
    press(&mut scene, first, "Reject");
    let id = "per_1".into();
    scene.handle(Event::Reply(FOLDER, ServerReply::Replied { id, reply: PermissionReply::Reject, result: Ok(()) }));
    let known = scene.calls.iter().rev().find_map(|call| match call {
        ServerCall::FetchPermissions { known } => Some(known.clone()),
        _ => None,
    });
    scene.server(ServerEvent::PermissionAsked(asking("per_2", "a.py")));
    // The list from before per_2 still has the rejected one.
    let result = Ok(vec![asking("per_1", "a.py")]);
    scene.handle(Event::Reply(FOLDER, ServerReply::Permissions { known: known.expect("asked for"), result }));
    let open: Vec<String> = scene.state.permissions.open().map(|request| request.id.to_string()).collect();
    assert_eq!(open, ["per_2"]);
    assert_eq!(dialogs(&scene).len(), 2);
}

#[test]
fn only_the_first_answer_counts() {
    let mut scene = Scene::new(&[]);
    scene.open_dialogs(&["per_1"]);
    let first = dialogs(&scene)[0];
    press(&mut scene, first, "Allow once");
    let (reply, mut answer) = tokio::sync::oneshot::channel();
    let command = Command::ReplyPermission { id: "per_1".into(), reply: PermissionReply::Reject, message: None };
    scene.editor(EditorEvent::Execute { command, reply });
    assert_eq!(answer.try_recv(), Ok(Err(CommandError::NoSuchPermission("per_1".into()))));
    assert_eq!(replies(&scene), [PermissionReply::Once]);
}

#[test]
fn details_come_before_the_question_is_asked_again() {
    let mut scene = Scene::new(&[]);
    scene.open_dialogs(&["per_1", "per_2"]);
    let first = dialogs(&scene)[0];
    press(&mut scene, first, "Show details");
    let shown = scene.told.iter().rev().find_map(|effect| match effect {
        EditorEffect::Show { path, text, .. } => Some((path.clone(), text.clone())),
        _ => None,
    });
    let (path, text) = shown.expect("the details");
    assert!(text.expect("a text").contains("request: `per_1`"));
    scene.editor(EditorEvent::DocumentShown { path, shown: true });
    let last = *dialogs(&scene).last().expect("a dialog");
    press(&mut scene, last, "Allow once");
    assert_eq!(replies(&scene), [PermissionReply::Once]);
}

#[test]
fn a_time_limit_only_moves_the_queue_on() {
    let mut scene = Scene::new(&[]);
    scene.open_dialogs(&["per_1", "per_2"]);
    assert_eq!(dialogs(&scene).len(), 1);
    scene.pass_time();
    assert_eq!(dialogs(&scene).len(), 2);
    assert_eq!(replies(&scene), []);
    // A late answer still is one.
    let first = dialogs(&scene)[0];
    press(&mut scene, first, "Allow once");
    assert_eq!(replies(&scene), [PermissionReply::Once]);
}

impl Scene {
    fn open_dialogs(&mut self, ids: &[&str]) {
        for id in ids {
            self.server(ServerEvent::PermissionAsked(asking(id, "a.py")));
        }
    }
}

#[test]
fn an_answer_by_command_waits_for_a_lost_connection() {
    let mut scene = Scene::new(&[]);
    scene.open_dialogs(&["per_1"]);
    scene.handle(Event::Connection(FOLDER, ConnectionEvent::Lost { reason: "it ended".to_owned() }));
    let (reply, mut answer) = tokio::sync::oneshot::channel();
    let command = Command::ReplyPermission { id: "per_1".into(), reply: PermissionReply::Once, message: None };
    scene.editor(EditorEvent::Execute { command, reply });
    assert_eq!(answer.try_recv(), Ok(Ok(crate::core::command::Outcome::Done)));
    assert_eq!(replies(&scene), []);
    scene.connect_with(Snapshot { permissions: vec![asking("per_1", "a.py")], ..Snapshot::default() });
    assert_eq!(replies(&scene), [PermissionReply::Once]);
}
