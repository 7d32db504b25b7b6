//! Which server is used, where the user has a say in it.

use super::*;
use crate::core::command::{Command, CommandError};
use crate::core::event::DialogAnswer;
use crate::core::ids::DialogId;
use crate::core::server::{FoundServer, ServerChoice};

fn found(port: u16, directory: &str) -> FoundServer {
    FoundServer {
        url: format!("http://127.0.0.1:{port}"),
        version: "1.18.34".to_owned(),
        directory: directory.into(),
        worktree: None,
        announced: false,
    }
}

fn chosen(server: &FoundServer) -> Reconnect {
    Reconnect::Choice(ServerChoice::Server { url: server.url.clone(), directory: server.directory.clone() })
}

/// Dialogs that were shown, with their buttons.
fn dialogs(scene: &Scene) -> Vec<(DialogId, Vec<String>)> {
    let dialog = |effect: &EditorEffect| match effect {
        EditorEffect::Dialog { id, buttons, .. } => Some((*id, buttons.clone())),
        _ => None,
    };
    scene.told.iter().filter_map(dialog).collect()
}

fn said(scene: &Scene) -> Vec<&str> {
    let mut said = Vec::new();
    for effect in &scene.told {
        if let EditorEffect::Message { text, .. } = effect {
            said.push(text.as_str());
        }
    }
    said
}

fn lose(scene: &mut Scene) {
    scene.handle(Event::Connection(FOLDER, ConnectionEvent::Lost { reason: "it ended".to_owned() }));
}

fn several(scene: &mut Scene, servers: &[FoundServer]) {
    scene.handle(Event::Connection(FOLDER, ConnectionEvent::Several { servers: servers.to_vec() }));
}

fn answer(scene: &mut Scene, id: DialogId, answer: DialogAnswer) {
    scene.editor(EditorEvent::DialogAnswered { id, answer });
}

fn execute(scene: &mut Scene, command: Command) -> Result<(), CommandError> {
    let (reply, answer) = tokio::sync::oneshot::channel();
    scene.editor(EditorEvent::Execute { command, reply });
    answer.blocking_recv().expect("an answer").map(drop)
}

#[test]
fn a_tie_is_asked_once_and_anew_when_the_servers_are_others() {
    let mut scene = Scene::new(&[]);
    lose(&mut scene);
    let servers = [found(1, ROOT), found(2, ROOT)];
    several(&mut scene, &servers);
    several(&mut scene, &servers);
    assert_eq!(dialogs(&scene).len(), 1);
    let servers = [found(2, ROOT), found(3, ROOT)];
    several(&mut scene, &servers);
    let shown = dialogs(&scene);
    assert_eq!(shown.len(), 2);
    let (id, buttons) = &shown[1];
    assert_eq!(buttons[1], format!("http://127.0.0.1:3 (opencode 1.18.34, in {ROOT})"));
    answer(&mut scene, *id, DialogAnswer::Chosen(buttons[1].clone()));
    assert_eq!(scene.connects, [chosen(&servers[1])]);
}

#[test]
fn a_dismissed_choice_is_not_forced_and_can_be_made_later() {
    let mut scene = Scene::new(&[]);
    lose(&mut scene);
    let servers = [found(1, ROOT), found(2, ROOT)];
    several(&mut scene, &servers);
    let (id, _) = dialogs(&scene)[0].clone();
    answer(&mut scene, id, DialogAnswer::Dismissed);
    several(&mut scene, &servers);
    assert_eq!((dialogs(&scene).len(), scene.connects.len()), (1, 0));

    execute(&mut scene, Command::SelectServer).expect("taken");
    let others = vec![found(3, "/elsewhere")];
    scene.handle(Event::ServersFound { folder: FOLDER, here: servers.to_vec(), others });
    let (id, buttons) = dialogs(&scene)[1].clone();
    assert_eq!(buttons.len(), 4);
    answer(&mut scene, id, DialogAnswer::Chosen(buttons[3].clone()));
    assert_eq!(scene.connects, [Reconnect::Choice(ServerChoice::Own)]);
}

#[test]
fn without_dialogs_each_call_takes_the_next_server_of_this_project() {
    let mut scene = Scene::new(&[]);
    let here = vec![found(1, ROOT), found(2, ROOT)];
    scene.handle(Event::ServersFound { folder: FOLDER, here: here.clone(), others: vec![found(3, "/elsewhere")] });
    let (id, _) = dialogs(&scene)[0].clone();
    answer(&mut scene, id, DialogAnswer::Unsupported);
    // The scene's server is the first one: the next is taken.
    assert_eq!(scene.connects, [chosen(&here[1])]);
    assert!(said(&scene)[0].contains("http://127.0.0.1:2"), "{:?}", said(&scene));
}

#[test]
fn only_an_own_server_is_restarted() {
    let mut scene = Scene::new(&[]);
    let refused = execute(&mut scene, Command::RestartServer).expect_err("refused");
    assert_eq!(refused, CommandError::NotOwn("http://127.0.0.1:1".to_owned()));
    assert!(scene.connects.is_empty());
}

#[test]
fn a_server_that_is_closed_is_said_to_be_gone_only_where_that_matters() {
    let gone = |scene: &mut Scene| {
        lose(scene);
        let problem = "none found".to_owned();
        scene.handle(Event::Connection(FOLDER, ConnectionEvent::Failed { problem: problem.clone(), announce: false }));
        scene.handle(Event::Connection(FOLDER, ConnectionEvent::Failed { problem, announce: false }));
    };
    let mut scene = Scene::new(&[]);
    gone(&mut scene);
    assert_eq!(said(&scene), [""; 0]);

    let mut scene = Scene::new(&[("a.py", "one\n")]);
    scene.server(ServerEvent::PermissionAsked(asking("per_1", "a.py")));
    gone(&mut scene);
    assert_eq!(said(&scene), ["opencode-lsp: none found"]);
}

#[test]
fn an_announced_server_is_asked_about_even_alone_and_may_be_declined_for_an_own_one() {
    let announced = FoundServer { url: "http://192.0.2.1:4096".to_owned(), announced: true, ..found(1, ROOT) };
    let mut scene = Scene::new(&[]);
    lose(&mut scene);
    several(&mut scene, std::slice::from_ref(&announced));
    let (id, buttons) = dialogs(&scene)[0].clone();
    assert_eq!(buttons, [format!("http://192.0.2.1:4096 (opencode 1.18.34, in {ROOT})"), "Start a new one".to_owned()]);
    assert!(scene.connects.is_empty());
    answer(&mut scene, id, DialogAnswer::Chosen(buttons[0].clone()));
    assert_eq!(scene.connects, [chosen(&announced)]);
}

#[test]
fn without_dialogs_an_announced_server_is_said_and_not_taken() {
    let announced = FoundServer { url: "http://192.0.2.1:4096".to_owned(), announced: true, ..found(1, ROOT) };
    let mut scene = Scene::new(&[]);
    lose(&mut scene);
    several(&mut scene, std::slice::from_ref(&announced));
    let (id, _) = dialogs(&scene)[0].clone();
    answer(&mut scene, id, DialogAnswer::Unsupported);
    scene.handle(Event::ServersFound { folder: FOLDER, here: vec![announced], others: Vec::new() });
    assert!(scene.connects.is_empty());
    let hint = "is announced on the network; name it in server.url to use it";
    assert!(said(&scene).iter().all(|said| said.contains(hint)), "{:?}", said(&scene));
    assert_eq!(said(&scene).len(), 2);
}

#[test]
fn without_dialogs_an_announced_server_is_in_no_other_ones_way() {
    let announced = FoundServer { announced: true, ..found(1, ROOT) };
    let other = found(2, "/elsewhere");
    let mut scene = Scene::new(&[]);
    scene.handle(Event::ServersFound { folder: FOLDER, here: vec![announced.clone()], others: vec![other.clone()] });
    let (id, _) = dialogs(&scene)[0].clone();
    answer(&mut scene, id, DialogAnswer::Unsupported);
    scene.handle(Event::ServersFound { folder: FOLDER, here: vec![announced], others: vec![other.clone()] });
    assert_eq!(scene.connects, [chosen(&other), chosen(&other)]);
}

#[test]
fn an_announced_server_that_does_not_tell_can_be_chosen() {
    let locked = FoundServer {
        url: "http://192.0.2.1:4096".to_owned(),
        version: String::new(),
        announced: true,
        ..found(1, "")
    };
    let mut scene = Scene::new(&[]);
    scene.handle(Event::ServersFound { folder: FOLDER, here: Vec::new(), others: vec![locked.clone()] });
    let (id, buttons) = dialogs(&scene)[0].clone();
    assert_eq!(buttons[0], "http://192.0.2.1:4096 (announced, asks for a password)");
    answer(&mut scene, id, DialogAnswer::Chosen(buttons[0].clone()));
    assert_eq!(scene.connects, [chosen(&locked)]);
}
