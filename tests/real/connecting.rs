//! Finding a real server, being let in, and coming back.

use serde_json::json;
use testkit::{Editor, Model, Opencode, Project, Tls};

use crate::kit::{PYTHON, Stage, server, somebody_asks};

on_every_version! {
    with_the_password_it_is_let_in
    through_tls_with_an_authority_of_ones_own
    without_the_password_it_says_what_to_do
    a_permission_that_was_pending_before_is_asked
    after_a_restart_it_comes_back_by_itself
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

fn through_tls_with_an_authority_of_ones_own(version: &str) {
    let (files, mut tls) = (tempfile::tempdir().expect("a folder"), None);
    let stage = Stage::on(Opencode::builder(version).password(PASSWORD), &[("a.py", PYTHON)], |params| {
        let server = &mut params["initializationOptions"]["server"];
        let url = url::Url::parse(server["url"].as_str().expect("an address")).expect("a URL");
        let tls = tls.insert(Tls::before(url.port().expect("a port")));
        let ca_file = files.path().join("ca.pem");
        std::fs::write(&ca_file, tls.authority()).expect("written");
        *server = json!({"url": tls.url(), "caFile": ca_file, "password": PASSWORD});
    });
    let uri = stage.open("a.py");
    stage.ask(&uri, 0..1, "Let me in?", json!([{"say": "You are in."}]));
    stage.answer("You are in.");
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
