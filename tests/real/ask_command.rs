//! `opencode-lsp ask`, as an editor's shell command runs it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Command, Stdio};

use serde_json::json;

use crate::kit::edit_steps;
use crate::shell::{Shell, printed};

on_every_version! {
    the_answer_is_printed
    a_permission_is_the_editors_to_give
    a_selection_travels_as_text
    a_question_goes_on_in_a_session
    what_opencode_asks_itself_is_told
}

impl Shell {
    /// What the model was sent, as JSON.
    fn asked(&self) -> String {
        self.model.requests().iter().map(ToString::to_string).collect()
    }

    fn ask(&self, arguments: &[&str]) -> Command {
        let mut command = self.command("ask", arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

fn the_answer_is_printed(version: &str) {
    let stage = Shell::new(version);
    let script = testkit::script(json!([{"say": "It adds.\u{1b}[31m"}]));
    let output = stage.ask(&["--file", "a.py", "--range", "1-2", "What does it do?", "\n", &script]).output();
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
    let stage = Shell::new(version);
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
    assert_eq!(
        said.matches("answer it in your editor, where opencode runs, or with opencode-lsp permissions reply per_")
            .count(),
        1,
        "{said}"
    );
    assert!(said.contains("a.py"), "{said}");
}

fn a_selection_travels_as_text(version: &str) {
    let stage = Shell::new(version);
    let script = testkit::script(json!([{"say": "A name."}]));
    let mut command = stage.ask(&["--stdin", "--file", "a.py", "What is this?\n", &script]);
    let mut running = command.stdin(Stdio::piped()).spawn().expect("run");
    running.stdin.take().expect("its input").write_all(b"unsaved_name").expect("written");
    assert_eq!(printed(&running.wait_with_output().expect("the end")), "A name.\n");
    let asked = stage.asked();
    assert!(asked.contains("as it is in the editor (not saved)") && asked.contains("unsaved_name"), "{asked}");
}

fn a_question_goes_on_in_a_session(version: &str) {
    let shell = Shell::new(version);
    let script = testkit::script(json!([{"say": "One."}]));
    assert_eq!(printed(&shell.ask(&["First?\n", &script]).output().expect("run")), "One.\n");
    let sessions = || shell.opencode.get("/session").1.as_array().expect("sessions").len();
    assert_eq!(sessions(), 1);
    // The same words again: the answer is to the new question, not to the old one.
    let again = testkit::script(json!([{"say": "One."}]));
    assert_eq!(printed(&shell.ask(&["--continue", "First?\n", &again]).output().expect("run")), "One.\n");
    let id = shell.opencode.get("/session").1[0]["id"].as_str().expect("an id").to_owned();
    let script = testkit::script(json!([{"say": "Two."}]));
    assert_eq!(printed(&shell.ask(&["--session", &id, "Second?\n", &script]).output().expect("run")), "Two.\n");
    assert_eq!(sessions(), 1);
    let messages = shell.opencode.get(&format!("/session/{id}/message")).1;
    let users = messages.as_array().into_iter().flatten().filter(|message| message["info"]["role"] == "user");
    assert_eq!(users.count(), 3);

    let unknown = shell.ask(&["--session", "ses_0000000000000000000000000", "Anyone?"]).output().expect("run");
    let said = String::from_utf8_lossy(&unknown.stderr).into_owned();
    assert_eq!(unknown.status.code(), Some(1));
    assert!(said.contains("there is no session ses_0000000000000000000000000; opencode-lsp sessions lists"), "{said}");
}

fn what_opencode_asks_itself_is_told(version: &str) {
    let shell = Shell::new(version);
    let question = json!({"question": "Tabs or\u{202e} spaces?", "header": "Indent", "options": [
        {"label": "Tabs", "description": "one"}, {"label": "Spaces", "description": "four"},
    ]});
    let steps = json!([{"tool": "question", "input": {"questions": [question]}}, {"say": "Spaces it is."}]);
    let mut running = shell.ask(&["Format.\n", &testkit::script(steps)]).spawn().expect("run");
    let mut said = String::new();
    let mut stderr = BufReader::new(running.stderr.take().expect("its words"));
    while !said.contains("opencode asks: Tabs or⟨U+202E⟩ spaces?; answer it in your editor, or where opencode runs\n")
    {
        assert_ne!(stderr.read_line(&mut said).expect("a line"), 0, "{said}");
    }
    let pending = shell.opencode.get("/question").1;
    let reply = format!("/question/{}/reply", pending[0]["id"].as_str().expect("an id"));
    shell.opencode.post(&reply, json!({"answers": [["Spaces"]]}));
    assert_eq!(printed(&running.wait_with_output().expect("the end")), "Spaces it is.\n");
}
