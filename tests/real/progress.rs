//! A turn shows what it does and can be stopped.

use serde_json::{Value, json};

use crate::kit::{PYTHON, Stage, edit_steps};

on_every_version! {
    progress_names_the_tool_at_work
    cancelling_the_progress_aborts_the_turn
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

fn cancelling_the_progress_aborts_the_turn(version: &str) {
    let stage = Stage::new(version, &[("a.py", PYTHON)]);
    let uri = stage.open("a.py");
    stage.ask(&uri, 0..1, "Take your time.", json!([{"gate": "never", "say": "Well then"}]));
    let begin = stage.editor.wait_progress(|step| step["value"]["kind"] == "begin");
    stage.model.waiting_at("never");
    stage.editor.notify("window/workDoneProgress/cancel", json!({"token": begin["token"]}));
    let end = stage.editor.wait_progress(|step| step["value"]["kind"] == "end");
    assert_eq!(end["value"]["message"], "aborted");
    let refused = stage.editor.command("opencode.abort", json!([])).expect_err("nothing is left to abort");
    assert_eq!(refused["message"], "opencode is not working on anything of yours");
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
