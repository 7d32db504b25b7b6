//! Finding the server that runs for a project, where nothing names one.

use serde_json::{Value, json};
use testkit::{Editor, Model, Opencode, Project};

use crate::kit::{PYTHON, edit_steps, server, somebody_asks};

on_every_version! {
    a_server_that_runs_in_the_project_is_found
    the_sessions_of_a_server_above_are_seen_in_a_folder_of_its_repository
}

const NEWEST: &str = "1.18.34";

/// An editor on a folder, with nothing set.
pub struct Unset {
    pub editor: Editor,
    pub state: tempfile::TempDir,
}

impl Unset {
    fn on(project: &Project) -> Self {
        Self::in_folder(project, &project.root_uri(), tempfile::tempdir().expect("a folder"))
    }

    fn in_folder(project: &Project, folder: &str, state: tempfile::TempDir) -> Self {
        Self::with(project, folder, state, Value::Null)
    }

    /// The same with settings that name no server.
    pub fn with(project: &Project, folder: &str, state: tempfile::TempDir, settings: Value) -> Self {
        let editor = Editor::spawn(server(&state));
        editor.set_deadline(testkit::editor::SERVER_DEADLINE);
        let mut params = Editor::default_params(project);
        params["rootUri"] = json!(folder);
        params["initializationOptions"] = settings;
        params["workspaceFolders"] = json!([{"uri": folder, "name": "project"}]);
        editor.initialize(params);
        Self { editor, state }
    }

    /// Waits until the bridge is connected to this server.
    fn connected_to(&self, opencode: &Opencode) {
        let said = format!("connected url=\"{}\"", opencode.url());
        testkit::eventually(|| self.editor.stderr().contains(&said).then_some(()));
    }

    pub fn dialog(&self, text: &str) -> testkit::editor::ServerRequest {
        self.editor.expect_request("window/showMessageRequest", |params| {
            params["message"].as_str().is_some_and(|message| message.contains(text))
        })
    }

    /// The button of a dialog that names this server.
    fn button(dialog: &testkit::editor::ServerRequest, opencode: &Opencode) -> Value {
        let buttons = dialog.params["actions"].as_array().expect("buttons");
        let names = |button: &&Value| button["title"].as_str().is_some_and(|title| title.contains(&opencode.url()));
        buttons.iter().find(names).unwrap_or_else(|| panic!("no {} among {buttons:?}", opencode.url())).clone()
    }

    pub fn asks_and_is_answered(&self) {
        let prompt = format!("Hello?\n{}", testkit::script(json!([{"say": "Hello."}])));
        self.editor.command("opencode.ask", json!([{"prompt": prompt}])).expect("taken");
        let answer = self.dialog("opencode: Hello.");
        self.editor.answer(&answer, Ok(Value::Null));
    }
}

/// The first question about a project takes a server seconds on a busy machine: one that was not
/// found in time would not be chosen from.
fn warm(servers: &[&Opencode]) {
    for server in servers {
        let (status, _) = server.get("/path");
        assert_eq!(status, 200);
    }
}

fn a_server_that_runs_in_the_project_is_found(version: &str) {
    let (project, model) = (Project::new(&[("a.py", PYTHON)]), Model::start());
    let _opencode = Opencode::start(version, &project, &model);
    let unset = Unset::on(&project);
    unset.asks_and_is_answered();
    unset.editor.shutdown();
}

/// The TUI runs at the top of the repository, the editor has one of its folders open.
fn the_sessions_of_a_server_above_are_seen_in_a_folder_of_its_repository(version: &str) {
    let (project, model) = (Project::new(&[("a.py", PYTHON), ("deep/er/b.py", PYTHON)]), Model::start());
    let opencode = Opencode::start(version, &project, &model);
    let unset = Unset::in_folder(&project, &project.uri("deep/er"), tempfile::tempdir().expect("a folder"));
    unset.connected_to(&opencode);
    let mut events = somebody_asks(&opencode, &project);
    let dialog = unset.dialog("opencode wants to edit");
    unset.editor.answer(&dialog, Ok(json!({"title": "Allow once"})));
    events.wait("session.idle", |_| true);
    assert!(project.read("a.py").contains("return a + b"));
    unset.editor.shutdown();
}

#[test]
fn a_server_that_is_started_later_or_again_elsewhere_is_noticed() {
    let (project, model) = (Project::new(&[("a.py", PYTHON)]), Model::start());
    let unset = Unset::on(&project);
    let refused = unset.editor.command("opencode.tui.submit", json!([]));
    testkit::eventually(|| unset.editor.stderr().contains("no running opencode was found").then_some(()));
    assert!(refused.is_err());
    let first = Opencode::start(NEWEST, &project, &model);
    unset.connected_to(&first);
    drop(first);
    let second = Opencode::start(NEWEST, &project, &model);
    unset.connected_to(&second);
    unset.asks_and_is_answered();
    unset.editor.shutdown();
}

#[test]
fn another_projects_server_is_used_only_when_it_is_chosen() {
    let (project, model) = (Project::new(&[("a.py", PYTHON)]), Model::start());
    let other = Project::new(&[("other.py", PYTHON)]);
    let opencode = Opencode::start(NEWEST, &other, &model);
    let unset = Unset::on(&project);
    testkit::eventually(|| unset.editor.stderr().contains("no running opencode was found").then_some(()));

    unset.editor.command("opencode.server.select", json!([])).expect("taken");
    let dialog = unset.dialog("Which opencode server");
    unset.editor.answer(&dialog, Ok(Unset::button(&dialog, &opencode)));
    unset.connected_to(&opencode);
    // It works in this editor's project, not in the one where it was started.
    let uri = project.uri("a.py");
    unset.editor.open(&uri, "python", PYTHON);
    let prompt = format!("Spaces?\n{}", testkit::script(edit_steps(&project)));
    unset.editor.command("opencode.ask", json!([{"uri": uri, "prompt": prompt}])).expect("taken");
    unset.dialog("opencode wants to edit a.py");

    let Unset { editor, state } = unset;
    editor.shutdown();
    // The choice is remembered, and what is still pending there is asked again.
    let unset = Unset::in_folder(&project, &project.root_uri(), state);
    unset.connected_to(&opencode);
    unset.dialog("opencode wants to edit a.py");
    unset.editor.shutdown();
}

#[test]
fn of_two_servers_the_user_chooses_once() {
    let (project, model) = (Project::new(&[("a.py", PYTHON)]), Model::start());
    let first = Opencode::start(NEWEST, &project, &model);
    let second = Opencode::start(NEWEST, &project, &model);
    warm(&[&first, &second]);
    let unset = Unset::on(&project);
    let dialog = unset.dialog("Several opencode servers run for this project");
    // Both are offered, and nothing else is.
    Unset::button(&dialog, &first);
    assert_eq!(dialog.params["actions"].as_array().map(Vec::len), Some(2));
    unset.editor.answer(&dialog, Ok(Unset::button(&dialog, &second)));
    unset.asks_and_is_answered();
    unset.connected_to(&second);

    let Unset { editor, state } = unset;
    editor.shutdown();
    let unset = Unset::in_folder(&project, &project.root_uri(), state);
    unset.connected_to(&second);
    // That nothing more was asked is seen at the end.
    unset.editor.shutdown();
}

#[test]
fn without_dialogs_one_is_taken_and_said() {
    let (project, model) = (Project::new(&[("a.py", PYTHON)]), Model::start());
    let servers = [Opencode::start(NEWEST, &project, &model), Opencode::start(NEWEST, &project, &model)];
    warm(&servers.each_ref());
    let unset = Unset::on(&project);
    let dialog = unset.dialog("Several opencode servers run for this project");
    unset.editor.answer(&dialog, Err(json!({"code": -32601, "message": "no such method"})));
    let said = unset.editor.expect_notification("window/showMessage", |_| true);
    let said = said["message"].as_str().expect("a message").to_owned();
    let is_used = |server: &&Opencode| said.contains(&server.url());
    unset.connected_to(servers.iter().find(is_used).expect("a server that is named"));
    unset.editor.command("opencode.server.select", json!([])).expect("taken");
    unset.connected_to(servers.iter().find(|server| !is_used(server)).expect("another one"));
    unset.editor.expect_notification("window/showMessage", |_| true);
    unset.editor.shutdown();
}
