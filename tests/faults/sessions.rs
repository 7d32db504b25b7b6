//! The session goes away under a question.

use serde_json::json;
use testkit::Fault;

use crate::kit::Stage;
use crate::stage::{FILES, Proxied, assert_kept, goes_on, only_session};

on_every_version! { deleted_in_a_turn deleted_while_idle }
on_versions! { deleted_in_the_last_moment: on_1_1_27 "1.1.27" }

fn deleted_in_a_turn(version: &str) {
    let stage = Stage::new(version, FILES);
    let uri = stage.open("a.py");
    stage.ask(&uri, 0..1, "Take your time.", json!([{"gate": "never", "say": "Well then"}]));
    stage.model.waiting_at("never");
    stage.opencode.delete(&format!("/session/{}", only_session(&stage)));
    stage.message("opencode failed: its session was deleted");
    stage.editor.wait_progress(|step| step["value"]["kind"] == "end" && step["value"]["message"] == "failed");
    goes_on(&stage, &uri);
    stage.editor.shutdown();
}

fn deleted_while_idle(version: &str) {
    let stage = Proxied::new(version);
    let uri = stage.open("a.py");
    goes_on(&stage, &uri);
    // The stream tells, and the user is, before a question goes to a new session.
    let (tell, told) = std::sync::mpsc::channel();
    stage.proxy.tamper(move |event| {
        if String::from_utf8_lossy(event).contains("session.deleted") {
            let _ = tell.send(());
        }
        vec![event.to_vec()]
    });
    stage.opencode.delete(&format!("/session/{}", only_session(&stage)));
    told.recv_timeout(testkit::editor::SERVER_DEADLINE).expect("an event");
    stage.ask(&uri, 0..1, "Keep me first.", json!([{"say": "Kept."}]));
    assert_kept(&stage.message("where your questions went, was deleted"), "Keep me first.");
    goes_on(&stage, &uri);

    // The stream does not tell: it is noticed before anything is sent.
    deleted_in_silence(&stage);
    stage.ask(&uri, 0..1, "Keep me.", json!([{"say": "Kept."}]));
    assert_kept(&stage.message("Your question was not sent: opencode does not know it"), "Keep me.");
    goes_on(&stage, &uri);
    stage.shutdown();
}

/// Deletes the session so that the stream says nothing of it.
fn deleted_in_silence(stage: &Proxied) {
    stage.proxy.tamper(|event| {
        let told = String::from_utf8_lossy(event);
        if told.contains("session.deleted") { Vec::new() } else { vec![event.to_vec()] }
    });
    stage.opencode.delete(&format!("/session/{}", only_session(stage)));
}

/// Up to 1.14 the prompt is answered with 204 and lost.
fn deleted_in_the_last_moment(version: &str) {
    let stage = Proxied::new(version);
    let uri = stage.open("a.py");
    goes_on(&stage, &uri);
    let session = only_session(&stage);
    deleted_in_silence(&stage);
    // What was true a moment ago.
    let known = Fault::Answer { status: 200, kind: "application/json", body: json!({"id": session}).to_string() };
    let route = format!("GET /session/{session}");
    stage.proxy.spoil(move |asked| asked == route, known);
    stage.ask(&uri, 0..1, "Keep me.", json!([{"say": "Kept."}]));
    // The second one that is posted, after `goes_on`.
    stage.proxy.wait_for(|route| route.ends_with("/prompt_async"), 2);
    stage.proxy.heal();
    assert_kept(&stage.message("Your question was not sent: its session was deleted"), "Keep me.");
    goes_on(&stage, &uri);
    stage.shutdown();
}
