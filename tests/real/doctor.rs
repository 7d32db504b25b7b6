//! `opencode-lsp doctor` says at once what is there and what is wrong.

use serde_json::{Value, json};
use testkit::{Model, Opencode, Project};

use crate::kit::{PYTHON, server, somebody_asks};

on_every_version! {
    all_is_well
    a_missing_password
}

struct Said {
    code: Option<i32>,
    text: String,
}

fn doctor(project: &Project, url: &str, more: &[&str], password: Option<&str>) -> Said {
    let state = tempfile::tempdir().expect("a folder");
    let mut command = server(&state);
    command.args(["doctor", "--server", url, "--directory"]).arg(project.root()).args(more);
    if let Some(password) = password {
        command.env("OPENCODE_SERVER_PASSWORD", password);
    }
    let output = command.output().expect("run");
    Said { code: output.status.code(), text: String::from_utf8(output.stdout).expect("UTF-8") }
}

fn all_is_well(version: &str) {
    let (project, model) = (Project::new(&[("a.py", PYTHON)]), Model::start());
    let opencode = Opencode::start(version, &project, &model);
    let said = doctor(&project, &opencode.url(), &[], None);
    assert_eq!(said.code, Some(0), "{}", said.text);
    for line in [
        format!("server       {} (from --server)", opencode.url()),
        format!("version      {version}"),
        format!("project      {}", project.root().display()),
        "auth         no password set".to_owned(),
        "events       works".to_owned(),
        "permissions  none pending".to_owned(),
        "All is well.".to_owned(),
    ] {
        assert!(said.text.lines().any(|said| said == line), "{line:?} is not in:\n{}", said.text);
    }

    somebody_asks(&opencode, &project);
    let said = doctor(&project, &opencode.url(), &["--json"], None);
    let report: Value = serde_json::from_str(&said.text).expect("JSON");
    assert_eq!(report["version"], version);
    assert_eq!(report["event_stream"], true);
    assert_eq!(report["pending_permissions"], json!(["edit a.py"]));
    assert_eq!(report["problem"], Value::Null);
}

fn a_missing_password(version: &str) {
    let (project, model) = (Project::new(&[("a.py", PYTHON)]), Model::start());
    let opencode = Opencode::builder(version).password("open sesame").start(&project, &model);
    let said = doctor(&project, &opencode.url(), &[], None);
    assert_eq!(said.code, Some(1));
    assert!(said.text.contains("Problem: the server asks for a password (401); set server.password"), "{}", said.text);
    let said = doctor(&project, &opencode.url(), &[], Some("open sesame"));
    assert_eq!(said.code, Some(0), "{}", said.text);
    assert!(said.text.contains("auth         Basic, user opencode"), "{}", said.text);
    assert!(!said.text.contains("open sesame"));
}
