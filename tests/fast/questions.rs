//! Questions that cannot be sent: no character of them is lost.

use serde_json::{Value, json};
use testkit::Fake;

use crate::prompts::prompt_documents;
use crate::stage::{PYTHON, Stage, lone_editor, message, silent_editor};

#[test]
fn a_question_that_waits_for_the_connection_survives_the_end() {
    let (project, editor, state) = silent_editor();
    let fake = Fake::start();
    // The stream never comes, so the question waits.
    fake.answer("GET /event", 503, "text/html", b"");
    let mut params = testkit::Editor::default_params(&project);
    params["initializationOptions"] = json!({"server": {"url": fake.url()}});
    editor.initialize(params);
    let uri = project.uri("a.py");
    editor.open(&uri, "python", PYTHON);
    editor.command("opencode.ask", json!([{"uri": uri, "prompt": "Do not forget me."}])).expect("taken");
    editor.ignore("window/showMessage");
    editor.shutdown();
    let kept = prompt_documents(state.path());
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert!(std::fs::read_to_string(&kept[0]).expect("text").contains("Do not forget me."));
}

#[test]
fn a_prompt_document_that_failed_is_sent_when_it_is_saved_again() {
    let (project, editor, state) = lone_editor();
    let uri = project.uri("a.py");
    editor.open(&uri, "python", PYTHON);
    editor.command("opencode.ask", json!([{"uri": uri}])).expect("taken");
    let shown = editor.expect_request("window/showDocument", |_| true);
    editor.answer(&shown, Ok(json!({"success": true})));
    // The editor does not attach the bridge to it: only the file tells.
    let path = prompt_documents(state.path()).pop().expect("a prompt document");
    let text = std::fs::read_to_string(&path).expect("text");
    std::fs::write(&path, format!("{text}First try.\n")).expect("saved");
    message(&editor, "Your question was not sent");
    std::fs::write(&path, format!("{text}Second try.\n")).expect("saved");
    // Said once for each try, not over and over: shutdown fails on unread messages.
    message(&editor, "Your question was not sent");
    editor.shutdown();
}

#[test]
fn a_turn_can_be_given_up_while_nobody_is_there() {
    let stage = Stage::new();
    let uri = stage.open("a.py");
    stage.ask(&uri, "Anyone?").expect("taken");
    stage.fake.wait_for("POST /session/ses_fake/prompt_async", 1);
    stage.fake.answer("GET /event", 503, "text/html", b"");
    stage.fake.break_streams();
    stage.editor.wait_progress(|step| step["value"]["message"] == "the connection to opencode is lost; waiting for it");
    stage.editor.command("opencode.abort", json!([])).expect("taken");
    stage.editor.wait_progress(|step| step["value"]["kind"] == "end" && step["value"]["message"] == "aborted");
    stage.editor.ignore("window/showMessage");
    stage.editor.shutdown();
}

#[test]
fn questions_arrive_in_the_order_they_were_asked() {
    let stage = Stage::new();
    let uri = stage.open("a.py");
    for number in 1..=8 {
        stage.ask(&uri, &format!("Question {number}.")).expect("taken");
    }
    for number in 1..=8 {
        let body = stage.fake.wait_for("POST /session/ses_fake/prompt_async", number);
        let text = body["parts"][0]["text"].as_str().expect("a text");
        assert!(text.starts_with(&format!("Question {number}.")), "{text}");
    }
    assert_eq!(stage.fake.seen().iter().filter(|seen| seen.route == "POST /session").count(), 1);
    stage.editor.kill();
}

#[test]
fn a_changed_server_starts_anew() {
    let stage = Stage::new();
    let uri = stage.open("a.py");
    stage.ask(&uri, "One.").expect("taken");
    stage.fake.wait_for("POST /session/ses_fake/prompt_async", 1);
    stage.fake.push(&json!({"type": "permission.asked", "properties": stage.permission("per_1")}));
    stage.editor.expect_request("window/showMessageRequest", |_| true);
    stage.editor.wait_diagnostics(&uri, |shown| shown.len() == 1);
    let other = Fake::start();
    stage.editor.notify(
        "workspace/didChangeConfiguration",
        json!({"settings": {"opencode": {"server": {"url": other.url()}}}}),
    );
    other.wait_for_stream();
    // What the old server asked is not the new one's business.
    stage.editor.wait_diagnostics(&uri, <[Value]>::is_empty);
    stage.ask(&uri, "Two.").expect("taken");
    other.wait_for("POST /session/ses_fake/prompt_async", 1);
    stage.editor.kill();
}
