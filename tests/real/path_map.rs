//! A server that knows the project's folder by another name than the editor.
//!
//! Their folders are two, and the files in them are the same by hard links, as if one were mounted in a container
//! of the other: nothing but the path map leads from one name to the other.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use testkit::{Editor, Model, Opencode, Project};

use crate::kit::{PYTHON, Stage, prompt_seen, said, server};

on_every_version! {
    the_server_hears_its_own_names_and_the_editor_sees_its_own
}

/// The stage's project is the server's folder; the editor has one of its own.
struct TwoNames {
    stage: Stage,
    here: tempfile::TempDir,
}

impl TwoNames {
    fn new(version: &str, files: &[(&str, &str)]) -> Self {
        let (project, model) = (Project::new(files), Model::start());
        let here = tempfile::Builder::new().prefix("editors-").tempdir().expect("a folder");
        for (name, _) in files {
            std::fs::hard_link(project.path(name), here.path().join(name)).expect("a link");
        }
        let opencode = Opencode::start(version, &project, &model);
        let state = tempfile::tempdir().expect("a folder");
        let editor = Editor::spawn(server(&state));
        editor.set_deadline(testkit::editor::SERVER_DEADLINE);
        let mut params = Editor::params_for(here.path());
        let map = json!({text(here.path()): project.root()});
        params["initializationOptions"] = json!({"server": {"url": opencode.url(), "pathMap": map}});
        editor.initialize(params);
        Self { stage: Stage { project, model, opencode, editor, state }, here }
    }

    fn here(&self, name: &str) -> PathBuf {
        self.here.path().join(name)
    }

    fn uri(&self, name: &str) -> String {
        url::Url::from_file_path(self.here(name)).expect("an absolute path").into()
    }
}

fn text(path: &Path) -> String {
    path.to_str().expect("UTF-8").to_owned()
}

fn the_server_hears_its_own_names_and_the_editor_sees_its_own(version: &str) {
    let two = TwoNames::new(version, &[("a.py", PYTHON), ("b c.txt", "one\n")]);
    let stage = &two.stage;
    let (here, there) = (text(two.here.path()), text(stage.project.root()));
    let uri = two.uri("a.py");
    stage.editor.open(&uri, "python", PYTHON);

    let path = stage.project.path("a.py");
    let command = format!("echo two >> '{}'", stage.project.path("b c.txt").display());
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
    // The turn's diff, whose names are relative to the server's folder, tells the text before.
    stage.editor.wait_diagnostics(&two.uri("b c.txt"), |shown| {
        said(shown).first().is_some_and(|change| !change.0.contains("the text before is not known"))
    });
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
