//! Finding a real server, being let in, and coming back.

use std::process::Command;

use serde_json::{Value, json};
use testkit::{Editor, Model, Opencode, Project};

use crate::kit::{PYTHON, Stage, server, somebody_asks};

on_every_version! {
    with_the_password_it_is_let_in
    without_the_password_it_says_what_to_do
    a_permission_that_was_pending_before_is_asked
    after_a_restart_it_comes_back_by_itself
    an_own_server_is_started_and_ended
    the_shells_of_an_own_server_end_with_it
}

const PASSWORD: &str = "correct horse battery staple";

fn with_the_password_it_is_let_in(version: &str) {
    let stage = Stage::on(Opencode::builder(version).password(PASSWORD), &[("a.py", PYTHON)], |params| {
        params["initializationOptions"]["server"]["password"] = json!(PASSWORD);
    });
    let uri = stage.open("a.py");
    stage.ask(&uri, 0..1, "Let me in?", json!([{"say": "You are in."}]));
    stage.answer("You are in.");
    assert!(!stage.editor.stderr().contains(PASSWORD));
    stage.editor.shutdown();
}

fn without_the_password_it_says_what_to_do(version: &str) {
    let stage = Stage::on(Opencode::builder(version).password(PASSWORD), &[("a.py", PYTHON)], |_| {});
    let said = stage.message("opencode-lsp: ");
    assert_eq!(
        said["message"],
        "opencode-lsp: the server asks for a password (401); set server.password or OPENCODE_SERVER_PASSWORD"
    );
    stage.editor.shutdown();
}

/// A server on which somebody else's prompt waits for leave to edit `a.py`.
fn a_permission_that_was_pending_before_is_asked(version: &str) {
    let (project, model) = (Project::new(&[("a.py", PYTHON)]), Model::start());
    let opencode = Opencode::start(version, &project, &model);
    let mut events = somebody_asks(&opencode, &project);

    let state = tempfile::tempdir().expect("a folder");
    let editor = Editor::spawn(server(&state));
    let mut params = Editor::default_params(&project);
    params["initializationOptions"] = json!({"server": {"url": opencode.url()}});
    editor.initialize(params);
    let dialog = editor.expect_request("window/showMessageRequest", |params| {
        params["message"].as_str().is_some_and(|message| message.contains("opencode wants to edit a.py"))
    });
    editor.answer(&dialog, Ok(json!({"title": "Allow once"})));
    events.wait("session.idle", |_| true);
    assert!(project.read("a.py").contains("return a + b"));
    // Somebody else's change is shown all the same.
    editor.wait_diagnostics(&project.uri("a.py"), |shown| shown.iter().any(|d| d["code"] == "change"));
    editor.shutdown();
}

fn after_a_restart_it_comes_back_by_itself(version: &str) {
    let mut stage = Stage::new(version, &[("a.py", PYTHON)]);
    let uri = stage.open("a.py");
    stage.ask(&uri, 0..1, "Before?", json!([{"say": "Before."}]));
    stage.answer("Before.");
    stage.opencode.restart();
    // Held until the stream is live again.
    stage.ask(&uri, 0..1, "After?", json!([{"say": "After."}]));
    stage.answer("After.");
    stage.editor.ignore("window/showMessage");
    stage.editor.shutdown();
}

/// An editor that lets the bridge start its own server.
fn autostarting(version: &str, model: &Model, project: &Project) -> (testkit::Isolation, Editor, tempfile::TempDir) {
    let isolation = Opencode::isolated(version, model);
    let state = tempfile::tempdir().expect("a folder");
    let mut command = server(&state);
    isolation.apply(&mut command);
    command.env("XDG_STATE_HOME", state.path());
    let editor = Editor::spawn(command);
    editor.set_deadline(testkit::editor::SERVER_DEADLINE);
    let mut params = Editor::default_params(project);
    params["initializationOptions"] = json!({"server": {"autostart": true}});
    editor.initialize(params);
    (isolation, editor, state)
}

fn the_shells_of_an_own_server_end_with_it(version: &str) {
    let (project, model) = (Project::new(&[("a.py", PYTHON)]), Model::start());
    let (isolation, editor, _state) = autostarting(version, &model, &project);
    let step = json!({"tool": "bash", "input": {"command": "sleep 600", "description": "wait"}});
    let prompt = format!("Wait.\n{}", testkit::script(json!([step, {"say": "Waited."}])));
    editor.command("opencode.ask", json!([{"prompt": prompt}])).expect("taken");
    let dialog = editor.expect_request("window/showMessageRequest", |_| true);
    editor.answer(&dialog, Ok(json!({"title": "Allow once"})));
    let sleeps = || arguments_of(&isolation.processes()).contains("sleep 600");
    testkit::eventually(|| sleeps().then_some(()));
    editor.close_stdin();
    editor.wait_exit(testkit::editor::DEADLINE);
    testkit::eventually(|| isolation.processes().is_empty().then_some(()));
}

fn an_own_server_is_started_and_ended(version: &str) {
    let (project, model) = (Project::new(&[("a.py", PYTHON)]), Model::start());
    let (isolation, editor, _state) = autostarting(version, &model, &project);
    editor.wait_progress(|step| step["value"]["title"] == "opencode: starting a server");
    let uri = project.uri("a.py");
    editor.open(&uri, "python", PYTHON);
    let prompt = format!("Hello?\n{}", testkit::script(json!([{"say": "Hello."}])));
    editor.command("opencode.ask", json!([{"uri": uri, "prompt": prompt}])).expect("taken");
    let answer = editor.expect_request("window/showMessageRequest", |_| true);
    assert_eq!(answer.params["message"], "opencode: Hello.");
    editor.answer(&answer, Ok(Value::Null));

    // The password is in nobody's arguments, and an outsider is not let in.
    let own: Vec<u32> = isolation.processes().into_iter().filter(|pid| *pid != editor.pid()).collect();
    assert!(!own.is_empty());
    let arguments = arguments_of(&own);
    assert!(arguments.contains("serve --hostname 127.0.0.1 --port"), "{arguments}");
    assert!(!arguments.to_lowercase().contains("password"), "{arguments}");
    editor.shutdown();
    testkit::eventually(|| isolation.processes().is_empty().then_some(()));
}

fn arguments_of(pids: &[u32]) -> String {
    let pids: Vec<String> = pids.iter().map(ToString::to_string).collect();
    let output = Command::new("ps").args(["-o", "args=", "-p", &pids.join(",")]).output().expect("ps");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
