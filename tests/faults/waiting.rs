//! Faults that take their time: nothing happens in these for half a minute and longer.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::Fault;

use crate::answers::{is_prompt, not_sent, page};
use crate::kit::{PYTHON, edit_steps, somebody_asks};
use crate::stage::{EDIT, Proxied, assert_kept, goes_on};

on_versions! { a_silent_stream_is_found_by_the_missing_heartbeat: on_1_1_27 "1.1.27" on_1_18_34 "1.18.34" }
// Where the heartbeat is the slowest.
on_versions! { an_idle_connection_is_left_alone: on_1_1_27 "1.1.27" }
on_versions! { every_answer_stalls_for_half_a_minute: on_1_18_34 "1.18.34" }
on_versions! { an_error_page_where_the_prompt_is_posted: on_1_18_34 "1.18.34" }
on_versions! { an_editor_that_does_not_read_for_a_minute: on_1_18_34 "1.18.34" }

fn streams(route: &str) -> bool {
    route == "GET /event"
}

fn a_silent_stream_is_found_by_the_missing_heartbeat(version: &str) {
    let stage = Proxied::new(version);
    let uri = stage.open("a.py");
    goes_on(&stage, &uri);
    stage.proxy.silence_streams();
    let since = Instant::now();
    let mut events = somebody_asks(&stage.opencode, &stage.project);
    stage.proxy.wait_for(streams, 2);
    // Up to 1.1 the heartbeat comes every 30 s, later every 10 s. The rest is what a slow machine may take.
    let limit = if version == "1.1.27" { 45 } else { 25 };
    assert!(since.elapsed() < Duration::from_secs(limit + 30), "{:?}", since.elapsed());
    // What was missed is made up for, and nothing was worth a message.
    stage.press(&stage.dialog(EDIT), "Allow once");
    events.wait("session.idle", |_| true);
    goes_on(&stage, &uri);
    stage.shutdown();
}

fn an_idle_connection_is_left_alone(version: &str) {
    let stage = Proxied::new(version);
    let uri = stage.open("a.py");
    stage.connected();
    // What is to be seen is that nothing happens.
    std::thread::sleep(Duration::from_secs(65));
    assert_eq!(stage.proxy.count(streams), 1);
    goes_on(&stage, &uri);
    assert_eq!(stage.proxy.count(streams), 1);
    stage.shutdown();
}

fn every_answer_stalls_for_half_a_minute(version: &str) {
    let stage = Proxied::new(version);
    let uri = stage.open("a.py");
    stage.ask(&uri, 0..2, "Add spaces.", edit_steps(&stage.project));
    let dialog = stage.dialog(EDIT);
    stage.proxy.spoil(|route| !streams(route), Fault::Late(Duration::from_secs(31)));
    stage.press(&dialog, "Allow once");
    stage.ask(&uri, 0..1, "Keep me.", json!([{"say": "Kept."}]));
    // Both are asked about before they are sent, so nothing has happened yet.
    stage.message("The answer did not reach opencode: ");
    assert_kept(&stage.message("Your question was not sent: "), "Keep me.");
    assert_eq!(stage.project.read("a.py"), PYTHON);
    stage.proxy.heal();
    stage.run("opencode.permissions", json!(null));
    stage.press(&stage.dialog(EDIT), "Allow once");
    stage.answer("Spaces added.");
    goes_on(&stage, &uri);
    assert_eq!(stage.proxy.count(|route| route.starts_with("POST /permission/")), 1);
    stage.shutdown();
}

/// Whether the server got the prompt is not known; it is asked for a while, and did not.
fn an_error_page_where_the_prompt_is_posted(version: &str) {
    let stage = Proxied::new(version);
    let uri = stage.open("a.py");
    not_sent(&stage, &uri, is_prompt, page(503), "opencode answered 503: a web page.");
    goes_on(&stage, &uri);
    stage.shutdown();
}

/// Their dialogs are more than a pipe holds.
const QUESTIONS: usize = 400;

fn an_editor_that_does_not_read_for_a_minute(version: &str) {
    let stage = Proxied::new(version);
    let uri = stage.open("a.py");
    goes_on(&stage, &uri);
    stage.editor.stop_reading();
    // More than any pipe holds.
    let noise = "n".repeat(300);
    for number in 0..QUESTIONS {
        let id = format!("que_{number}");
        let question = json!({"id": id, "sessionID": "ses_x", "questions": [{"question": noise}]});
        stage.proxy.inject_event(&json!({"type": "question.asked", "properties": question}));
        // Answered elsewhere: the next one need not wait for it.
        let settled = json!({"requestID": id, "sessionID": "ses_x"});
        stage.proxy.inject_event(&json!({"type": "question.replied", "properties": settled}));
    }
    let mut events = somebody_asks(&stage.opencode, &stage.project);
    std::thread::sleep(Duration::from_secs(60));
    stage.editor.read_on();
    stage.press(&stage.dialog(EDIT), "Allow once");
    events.wait("session.idle", |_| true);
    for _ in 0..QUESTIONS {
        let dialog = stage.dialog("opencode asks");
        stage.editor.answer(&dialog, Ok(Value::Null));
    }
    goes_on(&stage, &uri);
    stage.shutdown();
}
