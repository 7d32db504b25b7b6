//! An editor with several workspace folders.

use serde_json::{Value, json};
use testkit::editor::ServerRequest;
use testkit::{Editor, Model, Opencode, Project, eventually};

use crate::kit::{PYTHON, edit_steps, server, somebody_asks};

on_every_version! {
    each_folder_has_its_own_server_and_session
    folders_of_one_repository_share_the_server_at_its_top
    a_folder_that_goes_takes_its_own_server_along
}

/// An editor that has these folders open, and says nothing of servers.
fn editor_on(folders: &[String], command: std::process::Command, options: Value) -> Editor {
    let editor = Editor::spawn(command);
    editor.set_deadline(testkit::editor::SERVER_DEADLINE);
    let mut params = Editor::params_for(std::path::Path::new("/"));
    params["rootUri"] = json!(folders[0]);
    params["workspaceFolders"] = json!(named(folders));
    params["initializationOptions"] = options;
    editor.initialize(params);
    editor
}

fn named(folders: &[String]) -> Vec<Value> {
    folders.iter().map(|uri| json!({"uri": uri, "name": "folder"})).collect()
}

fn change_folders(editor: &Editor, added: &[String], removed: &[String]) {
    let event = json!({"added": named(added), "removed": named(removed)});
    editor.notify("workspace/didChangeWorkspaceFolders", json!({"event": event}));
}

fn connections(editor: &Editor) -> usize {
    editor.stderr().matches("connected url=").count()
}

fn dialog(editor: &Editor, text: &str) -> ServerRequest {
    editor.expect_request("window/showMessageRequest", |params| {
        params["message"].as_str().is_some_and(|message| message.contains(text))
    })
}

fn allow(editor: &Editor, dialog: &ServerRequest) {
    editor.answer(dialog, Ok(json!({"title": "Allow once"})));
}

fn ask(editor: &Editor, project: &Project) {
    let uri = project.uri("a.py");
    editor.open(&uri, "python", PYTHON);
    let prompt = format!("Spaces?\n{}", testkit::script(edit_steps(project)));
    editor.command("opencode.ask", json!([{"uri": uri, "prompt": prompt}])).expect("taken");
}

/// Asks about a file, and waits for the answer.
fn says_hello(editor: &Editor, uri: &str) {
    let prompt = format!("Hello?\n{}", testkit::script(json!([{"say": "Hello."}])));
    editor.command("opencode.ask", json!([{"uri": uri, "prompt": prompt}])).expect("taken");
    let answer = dialog(editor, "opencode: Hello.");
    editor.answer(&answer, Ok(Value::Null));
}

fn sessions(opencode: &Opencode) -> usize {
    let (_, sessions) = opencode.get("/session");
    sessions.as_array().map_or(0, Vec::len)
}

fn each_folder_has_its_own_server_and_session(version: &str) {
    let (one, other, model) = (Project::new(&[("a.py", PYTHON)]), Project::new(&[("a.py", PYTHON)]), Model::start());
    let servers = [Opencode::start(version, &one, &model), Opencode::start(version, &other, &model)];
    let state = tempfile::tempdir().expect("a folder");
    let editor = editor_on(&[one.root_uri()], server(&state), Value::Null);
    ask(&editor, &one);
    let first = dialog(&editor, "opencode wants to edit a.py");

    // Another folder is opened; the first one is at work all the while.
    change_folders(&editor, &[other.root_uri()], &[]);
    ask(&editor, &other);
    eventually(|| (sessions(&servers[1]) == 1).then_some(()));
    allow(&editor, &first);
    // The next dialog waits for the one before it, so which turn gets on first does not matter.
    let second = dialog(&editor, "opencode wants to edit a.py");
    let name = other.root().file_name().expect("a name").to_string_lossy().into_owned();
    let message = second.params["message"].as_str().expect("a message").to_owned();
    assert!(message.contains(&name), "{message}");
    allow(&editor, &second);
    for project in [&one, &other] {
        editor.wait_diagnostics(&project.uri("a.py"), |shown| !shown.is_empty());
        eventually(|| project.read("a.py").contains("return a + b").then_some(()));
    }
    assert_eq!(servers.each_ref().map(sessions), [1, 1]);
    for _ in 0..2 {
        let answer = dialog(&editor, "opencode: Spaces added.");
        editor.answer(&answer, Ok(Value::Null));
    }

    // What is closed is shown no more; the other folder goes on.
    change_folders(&editor, &[], &[one.root_uri()]);
    editor.wait_diagnostics(&one.uri("a.py"), <[Value]>::is_empty);
    says_hello(&editor, &other.uri("a.py"));
    assert_eq!(servers.each_ref().map(sessions), [1, 1]);
    assert!(!editor.diagnostics(&other.uri("a.py")).is_empty());
    // And it is there again with its folder.
    change_folders(&editor, &[one.root_uri()], &[]);
    editor.wait_diagnostics(&one.uri("a.py"), |shown| !shown.is_empty());
    editor.shutdown();
}

/// The TUI runs at the top; its permission is one, however many folders hear of it.
fn folders_of_one_repository_share_the_server_at_its_top(version: &str) {
    let files = [("a.py", PYTHON), ("web/b.py", PYTHON), ("api/c.py", PYTHON)];
    let (project, model) = (Project::new(&files), Model::start());
    let opencode = Opencode::start(version, &project, &model);
    let state = tempfile::tempdir().expect("a folder");
    let editor = editor_on(&[project.uri("web"), project.uri("api")], server(&state), Value::Null);
    eventually(|| (connections(&editor) == 2).then_some(()));
    let mut events = somebody_asks(&opencode, &project);
    let asked = dialog(&editor, "opencode wants to edit");
    allow(&editor, &asked);
    events.wait("session.idle", |_| true);
    assert!(project.read("a.py").contains("return a + b"));

    // One of them is the one whose connection is used: each goes once, and the other one goes on.
    let (web, api) = (project.uri("web"), project.uri("api"));
    change_folders(&editor, &[], std::slice::from_ref(&web));
    says_hello(&editor, &project.uri("api/c.py"));
    let before = connections(&editor);
    change_folders(&editor, std::slice::from_ref(&web), &[]);
    eventually(|| (connections(&editor) > before).then_some(()));
    change_folders(&editor, &[], &[api]);
    says_hello(&editor, &project.uri("web/b.py"));
    // That nothing was asked twice is seen at the end.
    editor.shutdown();
}

fn a_folder_that_goes_takes_its_own_server_along(version: &str) {
    let (one, other, model) = (Project::new(&[("a.py", PYTHON)]), Project::new(&[("a.py", PYTHON)]), Model::start());
    let isolation = Opencode::isolated(version, &model);
    let state = tempfile::tempdir().expect("a folder");
    let mut command = server(&state);
    isolation.apply(&mut command);
    command.env("XDG_STATE_HOME", state.path());
    let options = json!({"server": {"autostart": true}});
    // One after the other: two that start at once on a new machine may both want to make opencode's database
    // (1.18.34), and one of them ends.
    let editor = editor_on(&[one.root_uri()], command, options);
    eventually(|| (connections(&editor) == 1).then_some(()));
    change_folders(&editor, &[other.root_uri()], &[]);
    eventually(|| (connections(&editor) == 2).then_some(()));
    let places = || {
        let listed = |folder| std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let servers = listed(state.path().join("opencode-lsp")).flat_map(|project| listed(project.join("servers")));
        servers.filter(|path| path.is_dir()).count()
    };
    assert_eq!(places(), 2);
    change_folders(&editor, &[], &[other.root_uri()]);
    eventually(|| (places() == 1).then_some(()));
    says_hello(&editor, &one.uri("a.py"));
    editor.shutdown();
    eventually(|| isolation.processes().is_empty().then_some(()));
}
