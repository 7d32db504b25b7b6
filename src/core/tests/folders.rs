//! Several workspace folders: whose session, whose connection, whose reviews.

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
fn folders_of_one_server_share_a_connection() {
    let mut scene = one_server();
    assert_eq!(scene.links.last(), Some(&(SECOND, None)));
    ask(&mut scene, OTHER, "There?");
    assert!(matches!(last_call(&scene), (FOLDER, ServerCall::CreateSession { .. })));
    created(&mut scene, FOLDER, 1, "ses_there");
    assert!(matches!(last_call(&scene), (FOLDER, ServerCall::Prompt { .. })));
    // A session each, all the same.
    ask(&mut scene, ROOT, "Here?");
    scene.handle(Event::Reply(FOLDER, ServerReply::Prompted { draft: DraftId(1), result: Ok(()) }));
    assert!(matches!(last_call(&scene), (FOLDER, ServerCall::CreateSession { draft: DraftId(2) })));
    // What the connection still had to say when it was ended counts for nothing.
    scene.handle(Event::Connection(SECOND, ConnectionEvent::Lost { reason: "late".to_owned() }));
    execute(&mut scene, Command::SubmitTui).expect("connected");
}

#[test]
fn a_shared_connection_goes_on_when_its_folder_goes() {
    let mut scene = one_server();
    ask(&mut scene, OTHER, "There?");
    created(&mut scene, FOLDER, 1, "ses_there");
    scene.server(ServerEvent::PermissionAsked(asking_in("ses_there", "per_1")));
    scene.configure(Settings::default(), &[OTHER]);
    let links = scene.links.iter().rev().take(2).collect::<Vec<_>>();
    assert_eq!(links, [&(FOLDER, None), &(SECOND, Some(Reconnect::AsBefore))]);
    // The answer waits for the connection.
    let id = scene.told.iter().rev().find_map(|effect| match effect {
        EditorEffect::Dialog { id, .. } => Some(*id),
        _ => None,
    });
    let answer = super::super::event::DialogAnswer::Chosen("Allow once".to_owned());
    let asked = scene.calls.len();
    scene.editor(EditorEvent::DialogAnswered { id: id.expect("a dialog"), answer });
    assert_eq!(scene.calls.len(), asked);
    let ConnectionEvent::Connected { server, .. } = at("http://127.0.0.1:1", ROOT) else { unreachable!() };
    let snapshot = Snapshot { permissions: vec![asking_in("ses_there", "per_1")], busy: vec!["ses_there".into()] };
    scene.handle(Event::Connection(SECOND, ConnectionEvent::Connected { server, snapshot }));
    let replied = scene.calls.iter().zip(&scene.asked).filter(|(call, _)| matches!(call, ServerCall::Reply { .. }));
    assert_eq!(replied.map(|(_, folder)| *folder).collect::<Vec<_>>(), [SECOND]);
    assert_eq!(scene.messages(), [""; 0]);
}

#[test]
fn a_shared_connection_that_fails_lets_the_others_look_for_themselves() {
    let mut scene = one_server();
    scene.handle(Event::Connection(FOLDER, ConnectionEvent::Lost { reason: "it ended".to_owned() }));
    let failed = |problem: &str| ConnectionEvent::Failed { problem: problem.to_owned(), announce: true };
    scene.handle(Event::Connection(FOLDER, failed("refused")));
    assert_eq!(scene.links.last(), Some(&(SECOND, Some(Reconnect::AsBefore))));
    // The same is not said for each folder.
    scene.handle(Event::Connection(SECOND, failed("refused")));
    assert_eq!(scene.messages(), ["opencode-lsp (project): refused"]);
    scene.handle(Event::Connection(SECOND, at("http://127.0.0.1:9", OTHER)));
    ask(&mut scene, OTHER, "There?");
    assert!(matches!(last_call(&scene), (SECOND, ServerCall::CreateSession { .. })));
}

#[test]
fn a_folder_that_goes_takes_what_is_shown_of_it_along_and_nothing_that_was_typed() {
    let mut scene = two_folders();
    scene.write("a.py", NEW);
    scene.edit("a.py", patch(OLD, NEW));
    scene.server(ServerEvent::PermissionAsked(asking_in(SESSION, "per_1")));
    ask(&mut scene, ROOT, "Unsent?");
    assert_eq!(scene.on("a.py").len(), 1);
    scene.configure(Settings::default(), &[OTHER]);
    assert_eq!(scene.on("a.py"), [""; 0]);
    let removed = "its folder was removed from the workspace";
    assert!(
        scene.messages().iter().any(|text| text.contains("not sent") && text.contains(removed)),
        "{:?}",
        scene.messages()
    );
    assert!(execute(&mut scene, Command::ShowPermission { id: "per_1".into() }).is_err());
    assert_eq!(scene.links.last(), Some(&(FOLDER, None)));
    // It is there again when the folder is.
    let kept = scene.kept[&path("a.py")].clone().expect("kept");
    assert_eq!(scene.left, [path(".own")]);
    scene.configure(Settings::default(), &[OTHER, ROOT]);
    assert_eq!(scene.restored.last(), Some(&path(".own")));
    scene.handle(Event::Restored(path(".own"), vec![*kept]));
    assert_eq!(scene.on("a.py").len(), 1);
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
fn who_used_a_connection_follows_it_into_another_one() {
    let mut scene = one_server();
    // Back from a break, FOLDER finds that a folder which came meanwhile was faster.
    scene.handle(Event::Connection(FOLDER, ConnectionEvent::Lost { reason: "it ended".to_owned() }));
    let third = if cfg!(windows) { "C:\\third" } else { "/third" };
    scene.configure(Settings::default(), &[ROOT, OTHER, third]);
    scene.handle(Event::Connection(FolderId(3), at("http://127.0.0.1:1", ROOT)));
    scene.handle(Event::Connection(FOLDER, at("http://127.0.0.1:1", ROOT)));
    assert_eq!(scene.links.last(), Some(&(FOLDER, None)));
    ask(&mut scene, OTHER, "There?");
    assert!(matches!(last_call(&scene), (FolderId(3), ServerCall::CreateSession { .. })), "{:?}", last_call(&scene));
}

#[test]
fn what_ended_while_a_folder_had_no_connection_is_over_for_it_too() {
    let mut scene = one_server();
    ask(&mut scene, OTHER, "There?");
    created(&mut scene, FOLDER, 1, "ses_there");
    scene.server(ServerEvent::Status { session: "ses_there".into(), status: Status::Busy });
    scene.server(ServerEvent::PermissionAsked(asking_in("ses_there", "per_1")));
    scene.handle(Event::Connection(FOLDER, ConnectionEvent::Lost { reason: "it ended".to_owned() }));
    let problem = "refused".to_owned();
    scene.handle(Event::Connection(FOLDER, ConnectionEvent::Failed { problem, announce: false }));
    // Both find it again, with nothing at work.
    scene.connect();
    scene.handle(Event::Connection(SECOND, at("http://127.0.0.1:1", ROOT)));
    assert!(!scene.state.is_busy(&"ses_there".into()));
    assert!(matches!(last_call(&scene), (FOLDER, ServerCall::FetchPermissions { known }) if known.len() == 1));
}

#[test]
fn a_session_stays_with_the_connection_that_its_folder_only_used() {
    let mut scene = one_server();
    let third = if cfg!(windows) { "C:\\third" } else { "/third" };
    scene.configure(Settings::default(), &[ROOT, OTHER, third]);
    scene.handle(Event::Connection(FolderId(3), at("http://127.0.0.1:3", third)));
    ask(&mut scene, OTHER, "There?");
    created(&mut scene, FOLDER, 1, "ses_there");
    scene.server(ServerEvent::PermissionAsked(asking_in("ses_there", "per_1")));
    scene.configure(Settings::default(), &[ROOT, third]);
    // The user is in the folder of the other server.
    let uri = DocumentUri::from_path(&Path::new(third).join("b.py")).expect("absolute");
    scene.editor(EditorEvent::Opened { uri, language: "python".to_owned(), version: 1, text: String::new() });
    let reply = Command::ReplyPermission { id: "per_1".into(), reply: PermissionReply::Once, message: None };
    execute(&mut scene, reply).expect("sent");
    assert!(matches!(last_call(&scene), (FOLDER, ServerCall::Reply { .. })), "{:?}", last_call(&scene));
}

#[test]
fn a_late_list_of_a_folder_that_is_gone_asks_nothing() {
    let mut scene = two_folders();
    scene.configure(Settings::default(), &[OTHER]);
    let result = Ok(vec![asking_in("ses_tui", "per_1")]);
    scene.handle(Event::Reply(FOLDER, ServerReply::Permissions { known: vec![], result }));
    assert_eq!(dialogs(&scene), [""; 0]);
}

#[test]
fn a_turn_of_a_folder_that_is_gone_is_no_other_servers_to_undo() {
    let mut scene = two_folders();
    scene.write("a.py", NEW);
    scene.edit("a.py", patch(OLD, NEW));
    scene.idle();
    scene.configure(Settings::default(), &[OTHER]);
    let undone = execute(&mut scene, Command::UndoTurn { confirmed: true });
    assert!(matches!(undone, Err(CommandError::NoTurn)), "{:?}", last_call(&scene));
}

#[test]
fn a_question_about_a_turn_goes_with_its_folder() {
    let mut scene = two_folders();
    scene.write("a.py", NEW);
    scene.edit("a.py", patch(OLD, NEW));
    scene.idle();
    execute(&mut scene, Command::UndoTurn { confirmed: false }).expect("asked");
    scene.configure(Settings::default(), &[OTHER]);
    // The question is asked anew where its text is another one now.
    for _ in 0..2 {
        let asked = scene.told.iter().rev().find_map(|effect| match effect {
            EditorEffect::Dialog { id, .. } => Some(*id),
            _ => None,
        });
        let answer = super::super::event::DialogAnswer::Chosen("Undo the turn".to_owned());
        scene.editor(EditorEvent::DialogAnswered { id: asked.expect("a dialog"), answer });
    }
    assert!(!scene.calls.iter().any(|call| matches!(call, ServerCall::Revert { .. })), "{:?}", last_call(&scene));
}

#[test]
fn what_a_turn_still_tells_of_a_folder_that_is_gone_is_not_shown() {
    let mut scene = two_folders();
    scene.write("a.py", NEW);
    scene.edit("a.py", EditHint::Unknown);
    scene.idle();
    scene.configure(Settings::default(), &[OTHER]);
    scene.write("b.py", NEW);
    scene.diff = vec![FileDiff { path: path("b.py"), hint: EditHint::Created }];
    scene.pass_time();
    assert_eq!([scene.on("a.py"), scene.on("b.py")], [[""; 0], [""; 0]]);
}

#[test]
fn sessions_stay_on_the_server_that_their_folder_leaves() {
    let mut scene = one_server();
    scene.server(ServerEvent::PermissionAsked(asking_in("ses_tui", "per_1")));
    // The first folder is led to another server; the second one stays.
    scene.handle(Event::Connection(FOLDER, at("http://127.0.0.1:2", ROOT)));
    let ConnectionEvent::Connected { server, .. } = at("http://127.0.0.1:1", ROOT) else { unreachable!() };
    let snapshot = Snapshot { permissions: vec![asking_in("ses_tui", "per_1")], busy: vec!["ses_tui".into()] };
    scene.handle(Event::Connection(SECOND, ConnectionEvent::Connected { server, snapshot }));
    let reply = Command::ReplyPermission { id: "per_1".into(), reply: PermissionReply::Once, message: None };
    execute(&mut scene, reply).expect("sent");
    assert!(matches!(last_call(&scene), (SECOND, ServerCall::Reply { .. })), "{:?}", last_call(&scene));
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
fn reviews_that_are_read_when_their_folder_is_gone_are_not_shown() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.write("a.py", NEW);
    scene.edit("a.py", patch(OLD, NEW));
    scene.pass_time();
    let kept = scene.kept[&path("a.py")].clone().expect("kept");
    let mut next = Scene::new(&[("a.py", NEW)]);
    next.configure(Settings::default(), &[OTHER]);
    next.handle(Event::Restored(path(".own"), vec![*kept]));
    assert_eq!(next.on("a.py"), [""; 0]);
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

#[test]
fn who_uses_a_connection_does_not_wait_for_the_choice_of_another_server() {
    let mut scene = one_server();
    let server = |port: u16| crate::core::server::FoundServer {
        url: format!("http://127.0.0.1:{port}"),
        version: "1.18.34".to_owned(),
        directory: ROOT.into(),
        worktree: None,
        announced: false,
    };
    scene.handle(Event::Connection(FOLDER, ConnectionEvent::Several { servers: vec![server(5), server(6)] }));
    assert_eq!(scene.links.last(), Some(&(SECOND, Some(Reconnect::AsBefore))));
}

#[test]
fn servers_that_are_found_for_a_folder_that_is_gone_are_not_offered() {
    let mut scene = two_folders();
    scene.configure(Settings::default(), &[OTHER]);
    scene.handle(Event::ServersFound { folder: FOLDER, here: vec![], others: vec![] });
    assert_eq!(dialogs(&scene), [""; 0]);
}

#[test]
fn what_the_user_changed_is_the_users_once_the_folder_at_work_is_gone() {
    let mut scene = Scene::new(&[("sub/a.py", OLD)]);
    scene.write("sub/a.py", NEW);
    scene.edit("sub/a.py", patch(OLD, NEW));
    let inner = path("sub").display().to_string();
    scene.configure(Settings::default(), &[ROOT, &inner]);
    scene.server(ServerEvent::Status { session: session(), status: Status::Busy });
    scene.write("sub/a.py", &format!("# mine\n{NEW}"));
    scene.handle(Event::DiskChanged { path: path("sub/a.py") });
    scene.pass_time();
    scene.configure(Settings::default(), &[&inner]);
    scene.pass_time();
    assert_eq!(scene.on("sub/a.py"), ["2: opencode changed 1 line"]);
}

#[test]
fn what_a_server_asked_for_is_forgotten_when_all_leave_it() {
    let mut scene = one_server();
    scene.server(ServerEvent::PermissionAsked(asking_in("ses_a", "per_1")));
    let mut settings = Settings::default();
    settings.server.url = Some("http://127.0.0.1:9".to_owned());
    scene.configure(settings, &[ROOT, OTHER]);
    assert!(execute(&mut scene, Command::ShowPermission { id: "per_1".into() }).is_err());
}

#[test]
fn the_documents_of_a_folder_that_is_gone_are_no_place_to_ask_about() {
    let mut scene = two_folders();
    execute(&mut scene, Command::Ask(Ask::default())).expect("a document");
    let shown = scene.told.iter().rev().find_map(|effect| match effect {
        EditorEffect::Show { path, .. } => Some(path.clone()),
        _ => None,
    });
    scene.configure(Settings::default(), &[OTHER]);
    let uri = DocumentUri::from_path(&shown.expect("shown")).expect("absolute");
    scene.editor(EditorEvent::Opened { uri, language: "markdown".to_owned(), version: 1, text: String::new() });
    assert_eq!(scene.state.active, None);
}

#[test]
fn who_leaves_a_connection_is_not_connected_before_it_has_its_own() {
    let mut scene = one_server();
    let uri = DocumentUri::from_path(&Path::new(OTHER).join("b.py")).expect("absolute");
    scene.editor(EditorEvent::Opened { uri, language: "python".to_owned(), version: 1, text: String::new() });
    execute(&mut scene, Command::Reconnect).expect("done");
    let asked = scene.calls.len();
    ask(&mut scene, OTHER, "There?");
    assert_eq!(scene.calls.len(), asked);
    scene.handle(Event::Connection(SECOND, at("http://127.0.0.1:1", ROOT)));
    assert!(matches!(last_call(&scene), (FOLDER, ServerCall::CreateSession { .. })));
}

#[test]
fn what_the_editor_undoes_while_its_folder_goes_is_undone() {
    let mut scene = two_folders();
    scene.open("a.py");
    scene.write("a.py", NEW);
    scene.edit("a.py", patch(OLD, NEW));
    scene.change("a.py", NEW);
    scene.idle();
    let which = crate::core::command::Which::File { uri: uri("a.py") };
    execute(&mut scene, Command::Undo { which, confirmed: true }).expect("undone");
    assert!(scene.told.iter().any(|effect| matches!(effect, EditorEffect::Edit { .. })));
    scene.configure(Settings::default(), &[OTHER]);
    scene.change("a.py", OLD);
    scene.pass_time();
    assert_eq!(scene.messages(), [""; 0]);
}

#[test]
fn a_turn_that_is_redone_while_its_folder_goes_is_not_shown() {
    let mut scene = two_folders();
    scene.write("a.py", NEW);
    scene.edit("a.py", patch(OLD, NEW));
    scene.idle();
    execute(&mut scene, Command::UndoTurn { confirmed: true }).expect("undone");
    let ServerCall::Revert { session, prompt } = last_call(&scene).1.clone() else { panic!("{:?}", last_call(&scene)) };
    scene.write("a.py", OLD);
    scene.handle(Event::Reply(
        FOLDER,
        ServerReply::Reverted { session: session.clone(), prompt, result: Ok(crate::core::event::Reverted::Files) },
    ));
    assert_eq!(scene.on("a.py"), [""; 0]);
    execute(&mut scene, Command::RedoTurn { confirmed: true }).expect("redone");
    scene.configure(Settings::default(), &[OTHER]);
    scene.write("a.py", NEW);
    scene.handle(Event::Reply(FOLDER, ServerReply::Unreverted { session, result: Ok(()) }));
    scene.pass_time();
    assert_eq!(scene.on("a.py"), [""; 0]);
}

#[test]
fn a_session_made_on_a_server_that_its_folder_has_left_is_not_asked_in() {
    let mut scene = one_server();
    ask(&mut scene, OTHER, "There?");
    let mut named = Settings::default().server;
    named.url = Some("http://127.0.0.1:9".to_owned());
    let folder = |root: &str, server| {
        let root = PathBuf::from(root);
        FolderSettings { paths: FolderPaths { own: root.join(".own"), root }, server }
    };
    let folders = vec![folder(ROOT, Settings::default().server), folder(OTHER, named)];
    scene.editor(EditorEvent::Configured { settings: Box::new(Settings::default()), warnings: vec![], folders });
    created(&mut scene, FOLDER, 1, "ses_old");
    scene.handle(Event::Connection(SECOND, at("http://127.0.0.1:9", OTHER)));
    assert!(matches!(last_call(&scene), (SECOND, ServerCall::CreateSession { .. })), "{:?}", last_call(&scene));
}
