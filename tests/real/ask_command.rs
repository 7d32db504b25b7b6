//! `opencode-lsp ask`, as an editor's shell command runs it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Command, Output, Stdio};

use serde_json::json;
use testkit::{Model, Opencode, Project};

use crate::kit::{PYTHON, edit_steps, server};

on_every_version! {
    the_answer_is_printed
    a_permission_is_the_editors_to_give
    a_selection_travels_as_text
}

struct Stage {
    project: Project,
    opencode: Opencode,
    model: Model,
    state: tempfile::TempDir,
}

impl Stage {
    fn new(version: &str) -> Self {
        let (project, model) = (Project::new(&[("a.py", PYTHON)]), Model::start());
        let opencode = Opencode::start(version, &project, &model);
        Self { project, opencode, model, state: tempfile::tempdir().expect("a folder") }
    }

    /// What the model was sent, as JSON.
    fn asked(&self) -> String {
        self.model.requests().iter().map(ToString::to_string).collect()
    }

    fn ask(&self, arguments: &[&str]) -> Command {
        let mut command = server(&self.state);
        command.args(["ask", "--server", &self.opencode.url()]).args(arguments).current_dir(self.project.root());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn the_answer_is_printed(version: &str) {
    let stage = Stage::new(version);
    let script = testkit::script(json!([{"say": "It adds.\u{1b}[31m"}]));
    let output = stage.ask(&["--file", "a.py", "--lines", "1-2", "What does it do?", "\n", &script]).output();
    assert_eq!(printed(&output.expect("run")), "It adds.⟨U+001B⟩[31m\n");
    let asked = stage.asked();
    assert!(asked.contains("What does it do?") && asked.contains("This is about `a.py`, lines 1-2."), "{asked}");
    assert!(asked.contains("return a+b") && !asked.contains("return a-b"), "{asked}");

    let output = stage.ask(&["--file", "missing.py", "What?"]).output().expect("run");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("opencode-lsp: missing.py cannot be read"), "{said}");
}

fn a_permission_is_the_editors_to_give(version: &str) {
    let stage = Stage::new(version);
    let script = testkit::script(edit_steps(&stage.project));
    let mut running = stage.ask(&["Spaces?\n", &script]).spawn().expect("run");
    let mut said = String::new();
    let mut stderr = BufReader::new(running.stderr.take().expect("its words"));
    while !said.contains("opencode wants to") {
        assert_ne!(stderr.read_line(&mut said).expect("a line"), 0, "{said}");
    }
    let pending = stage.opencode.get("/permission").1;
    let id = pending[0]["id"].as_str().expect("an id");
    stage.opencode.post(&format!("/permission/{id}/reply"), json!({"reply": "once"}));
    let output = running.wait_with_output().expect("the end");
    stderr.read_to_string(&mut said).expect("the rest");
    assert!(printed(&output).starts_with("Spaces added."), "{output:?}");
    assert_eq!(said.matches("answer it in your editor, or where opencode runs").count(), 1, "{said}");
    assert!(said.contains("a.py"), "{said}");
}

fn a_selection_travels_as_text(version: &str) {
    let stage = Stage::new(version);
    let script = testkit::script(json!([{"say": "A name."}]));
    let mut command = stage.ask(&["--stdin", "--file", "a.py", "What is this?\n", &script]);
    let mut running = command.stdin(Stdio::piped()).spawn().expect("run");
    running.stdin.take().expect("its input").write_all(b"unsaved_name").expect("written");
    assert_eq!(printed(&running.wait_with_output().expect("the end")), "A name.\n");
    let asked = stage.asked();
    assert!(asked.contains("as it is in the editor (not saved)") && asked.contains("unsaved_name"), "{asked}");
}
