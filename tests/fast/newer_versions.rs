//! What `opencode-lsp doctor` says of versions that it cannot know.

use serde_json::{Value, json};
use testkit::{Fake, Project, versions};

use crate::stage::server;

/// The report on a server of this version, as text and as JSON. All is well with it.
fn report_on(version: &str) -> (String, Value) {
    let (project, state) = (Project::new(&[]), tempfile::tempdir().expect("a folder"));
    let fake = Fake::start();
    let health = json!({"healthy": true, "version": version}).to_string();
    fake.answer("GET /global/health", 200, "application/json", health.as_bytes());
    let doctor = |more: &[&str]| {
        let mut command = server(&state);
        command.args(["doctor", "--server", &fake.url(), "--directory"]).arg(project.root()).args(more);
        let output = command.output().expect("run");
        assert_eq!(output.status.code(), Some(0));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    (doctor(&[]), serde_json::from_str(&doctor(&["--json"])).expect("JSON"))
}

#[test]
fn a_newer_version_works_as_the_newest_known_which_is_said() {
    let newest = versions::newest();
    for newer in ["1.999.0", "1.999.0-beta.1"] {
        let (text, json) = report_on(newer);
        let line = format!("version      {newer} (newer than what was tested; treated as {newest})");
        assert!(text.lines().any(|said| said == line), "{line:?} is not in:\n{text}");
        assert!(text.ends_with("\nAll is well.\n"), "{text}");
        assert_eq!((&json["version"], &json["treated_as"]), (&json!(newer), &json!(newest)));
    }
}

#[test]
fn of_a_known_version_only_the_number_is_said() {
    for known in [versions::newest(), "1.1.28", "local"] {
        let (text, json) = report_on(known);
        assert!(text.contains(&format!("version      {known}\n")), "{text}");
        assert_eq!(json["treated_as"], Value::Null);
    }
}
