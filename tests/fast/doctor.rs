//! What `doctor` says of settings that it is given.

use serde_json::{Value, json};
use testkit::{Fake, Project, Tls};

use crate::stage::server;

const PASSWORD: &str = "correct horse battery staple";

/// What it prints, given these settings in a file.
fn doctor(project: &Project, settings: &Value, more: &[&str]) -> String {
    let state = tempfile::tempdir().expect("a folder");
    let file = state.path().join("settings.json");
    std::fs::write(&file, settings.to_string()).expect("written");
    let mut command = server(&state);
    command.args(["doctor", "--directory"]).arg(project.root()).arg("--settings").arg(file).args(more);
    String::from_utf8(command.output().expect("run").stdout).expect("UTF-8")
}

#[test]
fn the_settings_of_a_server_elsewhere_are_used_and_said() {
    let (project, files) = (Project::new(&[]), tempfile::tempdir().expect("a folder"));
    let fake = Fake::start();
    fake.demand(PASSWORD);
    fake.answer("GET /path", 200, "application/json", br#"{"worktree": "/workspace", "directory": "/workspace"}"#);
    let tls = Tls::before(fake.port());
    let ca_file = files.path().join("ca.pem");
    std::fs::write(&ca_file, tls.authority()).expect("written");
    let settings = json!({"opencode": {"server": {
        "url": tls.url(),
        "pathMap": {project.root().to_str().expect("UTF-8"): "/workspace"},
        "passwordCommand": ["echo", PASSWORD],
        "caFile": ca_file,
        "autostart": "yes",
    }}});
    let said = doctor(&project, &settings, &[]);
    let root = project.root().display();
    for line in [
        format!("server       {} (from server.url)", tls.url()),
        "version      1.18.34".to_owned(),
        format!("project      {root}"),
        "             /workspace on the server".to_owned(),
        "repository   /workspace".to_owned(),
        format!("path map     {root} is /workspace on the server"),
        "auth         Basic, user opencode, password by server.passwordCommand (echo)".to_owned(),
        format!("certificates the platform's, and those in {}", ca_file.display()),
        "Warning: `server.autostart` must be true or false; using the default".to_owned(),
        "All is well.".to_owned(),
    ] {
        assert!(said.lines().any(|said| said == line), "{line:?} is not in:\n{said}");
    }
    assert!(!said.contains(PASSWORD), "{said}");

    let report: Value = serde_json::from_str(&doctor(&project, &settings, &["--json"])).expect("JSON");
    assert_eq!(report["project_there"], "/workspace");
    assert_eq!(report["path_map"], json!([format!("{root} is /workspace on the server")]));
    assert_eq!(report["problem"], Value::Null);
}

#[test]
fn a_map_without_the_project_is_warned_of() {
    let fake = Fake::start();
    let settings = json!({"server": {"url": fake.url(), "pathMap": {"/elsewhere": "/workspace"}}});
    let said = doctor(&Project::new(&[]), &settings, &[]);
    assert!(said.contains("\nWarning: no folder of server.pathMap holds the project"), "{said}");
}

#[test]
fn settings_that_cannot_be_read_are_told() {
    let project = Project::new(&[]);
    let state = tempfile::tempdir().expect("a folder");
    let mut command = server(&state);
    command.args(["doctor", "--settings", "missing.json", "--directory"]).arg(project.root());
    let output = command.output().expect("run");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(said.contains("\nProblem: missing.json cannot be read ("), "{said}");
}
