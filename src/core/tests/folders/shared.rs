//! Folders that use one connection, and what becomes of it.

use super::*;

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
    let answer = crate::core::event::DialogAnswer::Chosen("Allow once".to_owned());
    let asked = scene.calls.len();
    scene.editor(EditorEvent::DialogAnswered { id: id.expect("a dialog"), answer });
    assert_eq!(scene.calls.len(), asked);
    let ConnectionEvent::Connected { server, .. } = at("http://127.0.0.1:1", ROOT) else { unreachable!() };
    let snapshot = Snapshot {
        permissions: vec![asking_in("ses_there", "per_1")],
        busy: vec!["ses_there".into()],
        ..Snapshot::default()
    };
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
fn sessions_stay_on_the_server_that_their_folder_leaves() {
    let mut scene = one_server();
    scene.server(ServerEvent::PermissionAsked(asking_in("ses_tui", "per_1")));
    // The first folder is led to another server; the second one stays.
    scene.handle(Event::Connection(FOLDER, at("http://127.0.0.1:2", ROOT)));
    let ConnectionEvent::Connected { server, .. } = at("http://127.0.0.1:1", ROOT) else { unreachable!() };
    let snapshot = Snapshot {
        permissions: vec![asking_in("ses_tui", "per_1")],
        busy: vec!["ses_tui".into()],
        ..Snapshot::default()
    };
    scene.handle(Event::Connection(SECOND, ConnectionEvent::Connected { server, snapshot }));
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
fn what_a_server_asked_for_is_forgotten_when_all_leave_it() {
    let mut scene = one_server();
    scene.server(ServerEvent::PermissionAsked(asking_in("ses_a", "per_1")));
    let mut settings = Settings::default();
    settings.server.url = Some("http://127.0.0.1:9".to_owned());
    scene.configure(settings, &[ROOT, OTHER]);
    assert!(execute(&mut scene, Command::ShowPermission { id: "per_1".into() }).is_err());
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
