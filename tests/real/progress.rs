//! A turn shows what it does and can be stopped.

use serde_json::{Value, json};

use crate::kit::{PYTHON, Stage, edit_steps};

on_every_version! {
    progress_names_the_tool_at_work
    the_transcript_grows_while_the_answer_streams
}

fn progress_names_the_tool_at_work(version: &str) {
    let stage = Stage::new(version, &[("a.py", PYTHON)]);
    let uri = stage.open("a.py");
    stage.ask(&uri, 0..2, "Add spaces.", edit_steps(&stage.project));
    let begin = stage.editor.wait_progress(|step| step["value"]["kind"] == "begin");
    assert_eq!(begin["value"]["title"], "opencode: Add spaces.");
    assert_eq!(begin["value"]["cancellable"], true);
    let dialog = stage.dialog("opencode wants to edit a.py");
    stage.editor.wait_progress(|step| step["value"]["message"] == "edit a.py");
    stage.press(&dialog, "Allow once");
    stage.answer("Spaces added.");
    stage.editor.wait_progress(|step| step["value"]["kind"] == "end" && step["value"]["message"] == "done");
    stage.editor.shutdown();
}

fn the_transcript_grows_while_the_answer_streams(version: &str) {
    let stage = Stage::new(version, &[("a.py", PYTHON)]);
    let uri = stage.open("a.py");
    stage.ask(&uri, 0..1, "Tell me.", json!([{"gate": "rest", "say": "Once upon a time there was an end."}]));
    stage.model.waiting_at("rest");
    let shown = testkit::eventually(|| {
        let answer = stage.editor.command("opencode.answer.show", json!([]));
        answer.expect("taken");
        let (_, text) = stage.shown();
        text.contains("Once").then_some(text)
    });
    assert!(!shown.contains("the end."), "{shown}");
    stage.model.open("rest");
    stage.answer("Once upon a time there was an end.");
    stage.run("opencode.answer.show", Value::Null);
    assert!(stage.shown().1.contains("Once upon a time there was an end."));
    stage.editor.shutdown();
}
