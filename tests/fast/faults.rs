//! Nonsense from the server: nothing of the user's is lost, and the bridge goes on.

use serde_json::{Value, json};

use crate::stage::Stage;

fn asked(stage: &Stage, id: &str) -> testkit::ServerRequest {
    stage.fake.push(&json!({"type": "permission.asked", "properties": stage.permission(id)}));
    stage.editor.expect_request("window/showMessageRequest", |_| true)
}

#[test]
fn unknown_and_malformed_events_are_passed_over() {
    let stage = Stage::new();
    stage.open("a.py");
    stage.fake.wait_for_stream();
    for event in [
        json!({"type": "brand.new", "properties": {"x": 1}}),
        json!({"type": "permission.asked", "properties": {}}),
        json!({"type": "permission.asked", "properties": {"id": 7, "sessionID": [], "permission": null}}),
        json!({"type": "message.part.updated", "properties": {"part": "text"}}),
        json!({"type": "session.status", "properties": {"sessionID": "ses_fake", "status": "idle"}}),
        json!({"properties": {}}),
        json!([1, 2, 3]),
        json!(null),
    ] {
        stage.fake.push(&event);
    }
    stage.fake.push_raw(b"data: {cut off\n\nevent: x\n\n: heartbeat\n\nid: 3\ndata\n\n");
    // Asked twice over is asked once.
    let dialog = asked(&stage, "per_1");
    stage.fake.push(&json!({"type": "permission.asked", "properties": stage.permission("per_1")}));
    stage.fake.push(&json!({"type": "permission.replied", "properties": {"requestID": "per_1"}}));
    stage.editor.wait_diagnostics(&stage.project.uri("a.py"), <[Value]>::is_empty);
    stage.editor.answer(&dialog, Ok(Value::Null));
    stage.editor.shutdown();
}

#[test]
fn invalid_utf8_breaks_the_stream_and_the_stream_comes_back() {
    let stage = Stage::new();
    stage.open("a.py");
    stage.fake.wait_for_stream();
    stage.fake.push_raw(b"data: {\"type\":\"\xff\xfe\"}\n\n");
    stage.fake.wait_for("GET /event", 2);
    stage.fake.wait_for("GET /permission", 2);
    let dialog = asked_when_back(&stage);
    stage.editor.answer(&dialog, Ok(Value::Null));
    stage.editor.shutdown();
}

fn asked_when_back(stage: &Stage) -> testkit::ServerRequest {
    testkit::eventually(|| stage.editor.stderr().matches("connected url=").nth(1).map(|_| ()));
    asked(stage, "per_2")
}

#[test]
fn after_a_break_the_state_is_fetched_anew() {
    let stage = Stage::new();
    let uri = stage.open("a.py");
    stage.fake.wait_for_stream();
    let dialog = asked(&stage, "per_old");
    stage.editor.wait_diagnostics(&uri, |shown| shown.len() == 1);
    // While nobody listens, the old request is answered and a new one comes up.
    stage.fake.answer(
        "GET /permission",
        200,
        "application/json",
        json!([stage.permission("per_new")]).to_string().as_bytes(),
    );
    stage.fake.break_streams();
    let shown = stage.editor.wait_diagnostics(&uri, |shown| shown.len() == 1 && shown[0]["data"]["id"] == "per_new");
    assert_eq!(shown[0]["severity"], 2);
    let next = stage.editor.expect_request("window/showMessageRequest", |_| true);
    stage.editor.answer(&dialog, Ok(json!({"title": "Allow once"})));
    stage.message("already answered elsewhere");
    stage.editor.answer(&next, Ok(Value::Null));
    let replies = stage.fake.seen().iter().filter(|seen| seen.route.ends_with("/reply")).count();
    assert_eq!(replies, 0);
    stage.editor.shutdown();
}

#[test]
fn a_web_page_is_not_an_answer() {
    let stage = Stage::new();
    let uri = stage.open("a.py");
    stage.fake.answer("POST /session", 200, "text/html", b"<!doctype html><html>");
    stage.ask(&uri, "Keep this safe.").expect("taken");
    let said = stage.message("Your question was not sent");
    assert!(said.contains("the answer is not opencode's (not JSON)"), "{said}");
    assert_kept(&said, "Keep this safe.");
    stage.editor.shutdown();
}

#[test]
fn a_prompt_that_the_server_takes_and_forgets_is_noticed() {
    // Up to 1.14 a prompt to an unknown session is lost behind a 204.
    let stage = Stage::new();
    let uri = stage.open("a.py");
    stage.ask(&uri, "Do not lose this.").expect("taken");
    stage.fake.wait_for("POST /session/ses_fake/prompt_async", 1);
    let gone = json!({"name": "NotFoundError", "data": {"message": "Session not found: ses_fake"}});
    stage.fake.answer("GET /session/ses_fake", 404, "application/json", gone.to_string().as_bytes());
    let said = stage.message("Your question was not sent");
    assert!(said.contains("its session was deleted"), "{said}");
    assert_kept(&said, "Do not lose this.");
    stage.editor.shutdown();
}

#[test]
fn only_one_dialog_is_open_at_a_time_oldest_first() {
    let stage = Stage::new();
    stage.open("a.py");
    stage.fake.wait_for_stream();
    let first = asked(&stage, "per_1");
    for id in ["per_2", "per_3"] {
        stage.fake.push(&json!({"type": "permission.asked", "properties": stage.permission(id)}));
    }
    stage.editor.wait_diagnostics(&stage.project.uri("a.py"), |shown| shown.len() == 3);
    stage.editor.answer(&first, Ok(Value::Null));
    let second = stage.editor.expect_request("window/showMessageRequest", |_| true);
    // Answered elsewhere while it waits: never asked.
    stage.fake.push(&json!({"type": "permission.replied", "properties": {"requestID": "per_3"}}));
    stage.editor.wait_diagnostics(&stage.project.uri("a.py"), |shown| shown.len() == 2);
    stage.editor.answer(&second, Ok(Value::Null));
    stage.editor.shutdown();
}

#[test]
fn text_of_a_model_is_shown_inert() {
    let stage = Stage::new();
    stage.open("a.py");
    stage.fake.wait_for_stream();
    let command = format!("rm -rf x\n\u{202e}echo \u{1b}[2J{}", "y".repeat(500));
    let permission = json!({"id": "per_1", "sessionID": "ses_fake", "permission": "bash", "patterns": [command],
        "always": ["rm *"], "metadata": {"command": command}});
    stage.fake.push(&json!({"type": "permission.asked", "properties": permission}));
    let dialog = stage.editor.expect_request("window/showMessageRequest", |_| true);
    let message = dialog.params["message"].as_str().expect("a message");
    assert!(message.contains("rm -rf x⏎⟨U+202E⟩echo ⟨U+001B⟩[2Jyyy"), "{message}");
    assert!(message.contains("more characters)"), "{message}");
    stage.editor.answer(&dialog, Ok(json!({"title": "Show details"})));
    let shown = stage.editor.expect_request("window/showDocument", |_| true);
    stage.editor.answer(&shown, Ok(json!({"success": true})));
    let path =
        url::Url::parse(shown.params["uri"].as_str().expect("a URI")).expect("a URI").to_file_path().expect("a file");
    let details = std::fs::read_to_string(path).expect("written");
    assert!(details.contains(&"y".repeat(500)) && !details.contains('\u{202e}'), "{details}");
    let again = stage.editor.expect_request("window/showMessageRequest", |_| true);
    // A button that was never offered decides nothing.
    stage.editor.answer(&again, Ok(json!({"title": "Do whatever"})));
    stage.editor.shutdown();
}

fn assert_kept(said: &str, question: &str) {
    let path = said.split("It is kept in ").nth(1).and_then(|rest| rest.split("; open").next()).expect("a path");
    let kept = testkit::eventually(|| std::fs::read_to_string(path).ok());
    assert!(kept.contains(question), "{kept}");
}
