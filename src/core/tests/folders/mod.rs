//! Several workspace folders: whose session, whose connection, whose reviews.

mod gone;
mod shared;

use super::*;
use crate::core::command::{Ask, Command, CommandError};
use crate::core::ids::DraftId;
use crate::core::place::Place;
use crate::core::server::PermissionReply;

const OTHER: &str = if cfg!(windows) { "C:\\other" } else { "/other" };
/// The folder that is added to a scene.
const SECOND: FolderId = FolderId(2);
const OLD: &str = "one\ntwo\nthree\n";
const NEW: &str = "one\nTWO\nthree\n";

fn at(url: &str, directory: &str) -> ConnectionEvent {
    let server =
        ServerInfo { url: url.to_owned(), version: "1.18.34".to_owned(), directory: directory.into(), is_own: false };
    ConnectionEvent::Connected { server, snapshot: Snapshot::default() }
}

/// Two folders with a server each.
fn two_folders() -> Scene {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.configure(Settings::default(), &[ROOT, OTHER]);
    scene.handle(Event::Connection(SECOND, at("http://127.0.0.1:2", OTHER)));
    scene
}

/// Two folders of one repository, and one server at its top.
fn one_server() -> Scene {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.configure(Settings::default(), &[ROOT, OTHER]);
    scene.handle(Event::Connection(SECOND, at("http://127.0.0.1:1", ROOT)));
    scene
}

fn execute(scene: &mut Scene, command: Command) -> Result<(), CommandError> {
    let (reply, answer) = tokio::sync::oneshot::channel();
    scene.editor(EditorEvent::Execute { command, reply });
    answer.blocking_recv().expect("an answer").map(drop)
}

/// Asks about a file.
fn ask(scene: &mut Scene, root: &str, question: &str) {
    let uri = DocumentUri::from_path(&Path::new(root).join("a.py")).expect("absolute");
    let ask = Ask { place: Some(Place { uri, span: None }), prompt: Some(question.to_owned()), ..Ask::default() };
    execute(scene, Command::Ask(ask)).expect("asked");
}

/// What opencode was asked last, and over which connection.
fn last_call(scene: &Scene) -> (FolderId, &ServerCall) {
    let folder = scene.asked.last().copied().expect("asked");
    (folder, scene.calls.last().expect("asked"))
}

fn created(scene: &mut Scene, folder: FolderId, draft: u64, session: &str) {
    let reply = ServerReply::SessionCreated { draft: DraftId(draft), result: Ok(session.into()) };
    scene.handle(Event::Reply(folder, reply));
}

fn asking_in(session: &str, id: &str) -> PermissionRequest {
    PermissionRequest { session: session.into(), file: None, ..asking(id, "a.py") }
}

fn dialogs(scene: &Scene) -> Vec<&str> {
    let asked = scene.told.iter().filter_map(|effect| match effect {
        EditorEffect::Dialog { text, .. } => Some(text.as_str()),
        _ => None,
    });
    asked.collect()
}

#[test]
fn each_folder_has_its_own_session_and_server() {
    let mut scene = two_folders();
    ask(&mut scene, ROOT, "Here?");
    assert!(matches!(last_call(&scene), (FOLDER, ServerCall::CreateSession { draft: DraftId(1) })));
    // The other one does not wait for it.
    ask(&mut scene, OTHER, "There?");
    assert!(matches!(last_call(&scene), (SECOND, ServerCall::CreateSession { draft: DraftId(2) })));
    created(&mut scene, SECOND, 2, "ses_there");
    assert!(
        matches!(last_call(&scene), (SECOND, ServerCall::Prompt { session, .. }) if session.as_str() == "ses_there")
    );
    created(&mut scene, FOLDER, 1, "ses_here");
    assert!(
        matches!(last_call(&scene), (FOLDER, ServerCall::Prompt { session, .. }) if session.as_str() == "ses_here")
    );
    scene.handle(Event::Reply(SECOND, ServerReply::Prompted { draft: DraftId(2), result: Ok(()) }));
    ask(&mut scene, OTHER, "And there?");
    assert!(
        matches!(last_call(&scene), (SECOND, ServerCall::Prompt { session, .. }) if session.as_str() == "ses_there")
    );
}

#[test]
fn what_names_no_place_is_for_the_folder_last_touched() {
    let mut scene = two_folders();
    execute(&mut scene, Command::SubmitTui).expect("sent");
    assert_eq!(last_call(&scene), (FOLDER, &ServerCall::SubmitTui));
    let uri = DocumentUri::from_path(&Path::new(OTHER).join("b.py")).expect("absolute");
    scene.editor(EditorEvent::Opened { uri, language: "python".to_owned(), version: 1, text: String::new() });
    execute(&mut scene, Command::SubmitTui).expect("sent");
    assert_eq!(last_call(&scene), (SECOND, &ServerCall::SubmitTui));
    execute(&mut scene, Command::Reconnect).expect("done");
    assert_eq!(scene.links.last(), Some(&(SECOND, Some(Reconnect::AsBefore))));
}

#[test]
fn permissions_of_two_servers_are_asked_one_at_a_time_and_answered_to_the_right_one() {
    let mut scene = two_folders();
    for (folder, session, id) in [(SECOND, "ses_b", "per_b"), (FOLDER, "ses_a", "per_a")] {
        scene.handle(Event::Server(folder, ServerEvent::PermissionAsked(asking_in(session, id))));
    }
    assert_eq!(dialogs(&scene).len(), 1);
    assert!(dialogs(&scene)[0].contains("session ses_b, other"), "{:?}", dialogs(&scene));
    let reply = |id: &str| Command::ReplyPermission { id: id.into(), reply: PermissionReply::Once, message: None };
    execute(&mut scene, reply("per_b")).expect("sent");
    assert!(matches!(last_call(&scene), (SECOND, ServerCall::Reply { id, .. }) if id.as_str() == "per_b"));
    assert_eq!(dialogs(&scene).len(), 2);
    execute(&mut scene, reply("per_a")).expect("sent");
    assert!(matches!(last_call(&scene), (FOLDER, ServerCall::Reply { id, .. }) if id.as_str() == "per_a"));
}

#[test]
fn one_folders_trouble_is_not_the_others() {
    let mut scene = two_folders();
    for (folder, session, id) in [(FOLDER, "ses_a", "per_a"), (SECOND, "ses_b", "per_b")] {
        scene.handle(Event::Server(folder, ServerEvent::PermissionAsked(asking_in(session, id))));
    }
    scene.handle(Event::Connection(SECOND, ConnectionEvent::Lost { reason: "it ended".to_owned() }));
    let problem = "nobody there".to_owned();
    scene.handle(Event::Connection(SECOND, ConnectionEvent::Failed { problem, announce: true }));
    assert_eq!(scene.messages(), ["opencode-lsp (other): nobody there"]);
    let reply = |id: &str| Command::ReplyPermission { id: id.into(), reply: PermissionReply::Once, message: None };
    assert!(matches!(execute(&mut scene, reply("per_b")), Err(CommandError::NotConnected(_))));
    execute(&mut scene, reply("per_a")).expect("sent");
    // Another server than before: what it does not list is settled; the other folder's is not.
    scene.handle(Event::Server(FOLDER, ServerEvent::PermissionAsked(asking_in("ses_a", "per_c"))));
    scene.handle(Event::Connection(SECOND, at("http://127.0.0.1:3", OTHER)));
    assert!(matches!(execute(&mut scene, reply("per_b")), Err(CommandError::NoSuchPermission(_))));
    execute(&mut scene, reply("per_c")).expect("sent");
}

#[test]
fn the_last_folder_stays() {
    let mut scene = two_folders();
    scene.configure(Settings::default(), &[]);
    ask(&mut scene, OTHER, "There?");
    assert!(matches!(last_call(&scene), (SECOND, ServerCall::CreateSession { .. })));
}

#[test]
fn a_review_is_kept_with_the_innermost_folder() {
    let mut scene = Scene::new(&[("sub/a.py", OLD)]);
    scene.write("sub/a.py", NEW);
    scene.edit("sub/a.py", patch(OLD, NEW));
    scene.pass_time();
    let inner = path("sub").display().to_string();
    scene.kept_in.clear();
    scene.configure(Settings::default(), &[ROOT, &inner]);
    scene.pass_time();
    assert_eq!(scene.kept_in, [(path(".own"), false), (path("sub/.own"), true)]);
    assert_eq!(scene.on("sub/a.py").len(), 1);
    scene.kept_in.clear();
    scene.configure(Settings::default(), &[ROOT]);
    scene.pass_time();
    assert_eq!(scene.kept_in, [(path("sub/.own"), false), (path(".own"), true)]);
    assert_eq!(scene.on("sub/a.py").len(), 1);
}

#[test]
fn a_review_that_was_kept_elsewhere_has_one_place_from_then_on() {
    let mut scene = Scene::new(&[("sub/a.py", OLD)]);
    scene.write("sub/a.py", NEW);
    scene.edit("sub/a.py", patch(OLD, NEW));
    scene.pass_time();
    let kept = scene.kept[&path("sub/a.py")].clone().expect("kept");
    // In the next run, an inner folder is a workspace folder too.
    let mut next = Scene::new(&[("sub/a.py", NEW)]);
    next.configure(Settings::default(), &[ROOT, &path("sub").display().to_string()]);
    next.handle(Event::Restored(path(".own"), vec![*kept]));
    next.pass_time();
    assert_eq!(next.on("sub/a.py").len(), 1);
    assert_eq!(next.kept_in, [(path(".own"), false), (path("sub/.own"), true)]);
}

#[test]
fn who_waits_in_one_folder_is_told_what_was_not_said_for_another() {
    let mut scene = two_folders();
    let problem = || ConnectionEvent::Failed { problem: "none runs".to_owned(), announce: false };
    scene.handle(Event::Connection(FOLDER, problem()));
    ask(&mut scene, OTHER, "There?");
    created(&mut scene, SECOND, 1, "ses_there");
    scene.handle(Event::Server(SECOND, ServerEvent::PermissionAsked(asking_in("ses_there", "per_1"))));
    scene.handle(Event::Connection(SECOND, ConnectionEvent::Lost { reason: "it ended".to_owned() }));
    scene.handle(Event::Connection(SECOND, problem()));
    assert!(scene.messages().contains(&"opencode-lsp (other): none runs"), "{:?}", scene.messages());
}

#[test]
fn another_server_of_one_folder_settles_nothing_anew_in_another() {
    let mut scene = two_folders();
    scene.server(ServerEvent::PermissionAsked(asking_in("ses_a", "per_1")));
    scene.server(ServerEvent::PermissionReplied { request: "per_1".into() });
    let mut settings = Settings::default();
    settings.server.url = Some("http://127.0.0.1:9".to_owned());
    let folder = |root: &str, server: crate::config::ServerSettings| {
        let root = PathBuf::from(root);
        FolderSettings { paths: FolderPaths { own: root.join(".own"), root }, server }
    };
    let folders = vec![folder(ROOT, Settings::default().server), folder(OTHER, settings.server)];
    scene.editor(EditorEvent::Configured { settings: Box::new(Settings::default()), warnings: vec![], folders });
    // Asked for before it was settled.
    let before = dialogs(&scene).len();
    let result = Ok(vec![asking_in("ses_a", "per_1")]);
    scene.handle(Event::Reply(FOLDER, ServerReply::Permissions { known: vec![], result }));
    assert_eq!(dialogs(&scene).len(), before);
}

#[test]
fn a_session_that_is_told_of_on_another_server_now_is_answered_there() {
    let mut scene = two_folders();
    scene.handle(Event::Connection(FOLDER, at("http://127.0.0.1:3", ROOT)));
    scene.handle(Event::Connection(SECOND, at("http://127.0.0.1:1", ROOT)));
    scene.handle(Event::Server(SECOND, ServerEvent::PermissionAsked(asking_in(SESSION, "per_1"))));
    let reply = Command::ReplyPermission { id: "per_1".into(), reply: PermissionReply::Once, message: None };
    execute(&mut scene, reply).expect("sent");
    assert!(matches!(last_call(&scene), (SECOND, ServerCall::Reply { .. })), "{:?}", last_call(&scene));
}
