//! A server that knows the project's folder by another name than the editor.
//!
//! Both names are links to one folder, so that the real name does not lead from one to the other.

use std::os::unix::fs::symlink;
use std::path::PathBuf;

use serde_json::{Value, json};
use testkit::{Editor, Model, Opencode, Project};

use crate::kit::{PYTHON, Stage, prompt_seen, said, server};

on_every_version! {
    the_server_hears_its_own_names_and_the_editor_sees_its_own
}

/// A session whose editor and server each have a link of their own to the project.
struct TwoNames {
    stage: Stage,
    links: tempfile::TempDir,
}

impl TwoNames {
    fn new(version: &str, files: &[(&str, &str)]) -> Self {
        let (project, model) = (Project::new(files), Model::start());
        let links = tempfile::tempdir().expect("a folder");
        let names = ["here", "there"].map(|name| links.path().join(name));
        for name in &names {
            symlink(project.root(), name).expect("a link");
        }
        let [here, there] = names;
        let opencode = Opencode::start(version, &project, &model);
        let state = tempfile::tempdir().expect("a folder");
        let editor = Editor::spawn(server(&state));
        editor.set_deadline(testkit::editor::SERVER_DEADLINE);
        let mut params = Editor::params_for(&here);
        params["initializationOptions"] = json!({"server": {"url": opencode.url(), "pathMap": {text(&here): there}}});
        editor.initialize(params);
        Self { stage: Stage { project, model, opencode, editor, state }, links }
    }

    fn here(&self, name: &str) -> PathBuf {
        self.links.path().join("here").join(name)
    }

    fn there(&self, name: &str) -> PathBuf {
        self.links.path().join("there").join(name)
    }

    fn uri(&self, name: &str) -> String {
        url::Url::from_file_path(self.here(name)).expect("an absolute path").into()
    }
}

fn text(path: &std::path::Path) -> String {
    path.to_str().expect("UTF-8").to_owned()
}

fn the_server_hears_its_own_names_and_the_editor_sees_its_own(version: &str) {
    let two = TwoNames::new(version, &[("a.py", PYTHON), ("ü b.txt", "one\n")]);
    let stage = &two.stage;
    let (here, there) = (text(&two.here("")), text(&two.there("")));
    let uri = two.uri("a.py");
    stage.editor.open(&uri, "python", PYTHON);

    let path = two.there("a.py");
    let command = format!("echo two >> '{}'", two.there("ü b.txt").display());
    stage.ask(
        &uri,
        0..2,
        "Add spaces.",
        json!([
            {"tool": "read", "input": {"filePath": path}},
            {"tool": "edit", "input": {"filePath": path, "oldString": "return a+b", "newString": "return a + b"}},
            {"tool": "bash", "input": {"command": command, "description": "add a line"}},
            {"say": "Spaces added."},
        ]),
    );
    // Pending, and shown where it belongs.
    let dialog = stage.dialog("opencode wants to edit a.py");
    let pending = stage.editor.wait_diagnostics(&uri, |shown| !shown.is_empty());
    assert_eq!(pending[0]["code"], "permission");
    stage.press(&dialog, "Show details");
    let (_, details) = stage.shown();
    assert!(details.contains(&format!("- file: `{}`", two.here("a.py").display())), "{details}");
    assert!(details.contains(&format!("\n--- {}", two.here("a.py").display())), "{details}");
    assert!(!details.contains(&there), "{details}");
    stage.press(&stage.dialog("opencode wants to edit a.py"), "Allow once");

    // Commands are shown as they are.
    let dialog = stage.dialog("opencode wants to run echo two");
    stage.editor.wait_progress(|step| step["value"]["message"].as_str().is_some_and(|said| said.starts_with("bash")));
    stage.press(&dialog, "Allow once");
    stage.answer("Spaces added.");

    stage.editor.change_full(&uri, 2, &stage.project.read("a.py"));
    let shown =
        stage.editor.wait_diagnostics(&uri, |shown| said(shown).iter().any(|d| d.0 == "opencode changed 1 line"));
    assert_eq!(said(&shown), [("opencode changed 1 line".to_owned(), 1, 1)]);
    stage.editor.wait_diagnostics(&two.uri("ü b.txt"), |shown| !shown.is_empty());
    stage.run("opencode.diff.show", Value::Null);
    let (_, diff) = stage.shown();
    assert!(diff.contains("--- a.py\n+++ a.py\n"), "{diff}");
    assert!(diff.contains("+two"), "{diff}");

    // The lines asked about were read by opencode, and nothing told it the editor's name.
    let seen = prompt_seen(&stage.model.wait_for_request(1));
    assert!(seen.contains("return a+b") && !seen.contains("return a-b"), "{seen}");
    let told = json!(stage.model.requests()).to_string();
    assert!(told.contains(&there), "{told}");
    assert!(!told.contains(&here), "{told}");
    two.stage.editor.shutdown();
}
