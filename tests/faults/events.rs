//! The event stream breaks, lies, repeats itself, or says too much at once.
//!
//! Nonsense, invalid UTF-8 and a break with changes in between: `tests/fast/faults.rs`. A silent
//! stream: `waiting`.

use serde_json::{Value, json};

use crate::kit::{PYTHON, edit_steps, range};
use crate::stage::{EDIT, LOST, Proxied, goes_on, only_session};

on_versions! { closed_right_after_the_first_event: on_1_18_34 "1.18.34" }
on_versions! { one_event_of_16_mib: on_1_18_34 "1.18.34" }
on_versions! { a_burst_of_200_000_events: on_1_18_34 "1.18.34" }
on_versions! { every_two_events_the_wrong_way_round: on_1_18_34 "1.18.34" }
on_versions! { every_event_as_a_sync_event_too: on_1_18_34 "1.18.34" }
on_versions! { bytes_that_are_no_utf_8: on_1_18_34 "1.18.34" }
on_every_version! { every_event_twice_and_nonsense_between_them }

fn closed_right_after_the_first_event(version: &str) {
    let stage = Proxied::new(version);
    let uri = stage.open("a.py");
    stage.connected();
    stage.proxy.close_streams_after(1);
    stage.proxy.break_streams();
    // Told once, however often it happens.
    stage.message("opencode-lsp: the connection breaks as soon as it is made");
    let streams = |route: &str| route == "GET /event";
    let so_far = stage.proxy.count(streams);
    stage.proxy.wait_for(streams, so_far + 2);
    stage.proxy.heal();
    // Whatever stream was opened, the bridge says that it is connected when it is done with it.
    testkit::eventually(|| {
        let connected = stage.editor.stderr().matches("connected url=").count();
        (stage.proxy.open_streams() == 1 && stage.proxy.count(streams) == connected).then_some(())
    });
    goes_on(&stage, &uri);
    stage.shutdown();
}

/// An edit that is asked about, allowed and answered: once each.
fn edits_once(stage: &Proxied) {
    let uri = stage.open("a.py");
    stage.ask(&uri, 0..2, "Add spaces.", edit_steps(&stage.project));
    stage.press(&stage.dialog(EDIT), "Allow once");
    stage.answer("Spaces added.");
    let edited = PYTHON.replace("return a+b", "return a + b");
    assert_eq!(stage.project.read("a.py"), edited);
    stage.wait_changes(&uri, &[("opencode changed 1 line on disk; reload the file to see it", 1)]);
    goes_on(stage, &uri);
    assert_eq!(stage.proxy.count(|route| route.starts_with("POST /permission/")), 1);
    assert_eq!(stage.proxy.count(|route| route.ends_with("/prompt_async")), 2);
}

fn every_event_twice_and_nonsense_between_them(version: &str) {
    let stage = Proxied::new(version);
    stage.proxy.tamper(|event| {
        let nonsense = concat!(
            "data: {\"type\": \"brand.new\", \"properties\": {\"sessionID\": 1}}\n\n",
            "data: {\"type\": \"permission.asked\", \"properties\": {\"id\": 7, \"permission\": []}}\n\n",
            "data: {\"type\": \"message.part.updated\", \"properties\": {\"part\": {\"type\": \"tool\"}}}\n\n",
            "data: {\"type\": \"session.status\", \"properties\": {\"status\": \"idle\"}}\n\n",
            "data: [null]\n\n: a comment\n\nevent: other\ndata: {not json\n\n",
        );
        vec![nonsense.into(), event.to_vec(), event.to_vec()]
    });
    edits_once(&stage);
    stage.shutdown();
}

fn every_two_events_the_wrong_way_round(version: &str) {
    let stage = Proxied::new(version);
    // The heartbeat is what comes at last and lets the other one go.
    let mut before = None;
    stage.proxy.tamper(move |event| match before.take() {
        Some(before) => vec![event.to_vec(), before],
        None => {
            before = Some(event.to_vec());
            Vec::new()
        }
    });
    edits_once(&stage);
    stage.shutdown();
}

/// As 1.18 does on its other stream: the same once more, in another shape.
fn every_event_as_a_sync_event_too(version: &str) {
    let stage = Proxied::new(version);
    stage.proxy.tamper(|event| {
        let data = event.strip_prefix(b"data: ").and_then(|data| serde_json::from_slice::<Value>(data).ok());
        let Some(told) = data else {
            return vec![event.to_vec()];
        };
        let kind = format!("{}.1", told["type"].as_str().unwrap_or_default());
        let inner = json!({"type": kind, "id": told["id"], "seq": 1, "aggregateID": "x", "data": told["properties"]});
        let sync = json!({"type": "sync", "id": told["id"], "syncEvent": inner});
        // The payload beside it too, as the wrapped form of that stream has it.
        let wrapped = json!({"directory": "/", "payload": sync});
        vec![event.to_vec(), format!("data: {sync}\n\ndata: {wrapped}\n\n").into_bytes()]
    });
    edits_once(&stage);
    stage.shutdown();
}

fn bytes_that_are_no_utf_8(version: &str) {
    let stage = Proxied::new(version);
    let uri = stage.open("a.py");
    stage.ask(&uri, 0..2, "Add spaces.", edit_steps(&stage.project));
    let dialog = stage.dialog(EDIT);
    stage.proxy.inject(b"data: {\"type\":\"\xff\xfe\"}\n\n");
    // The stream is made anew, and the answer waits for it if it must.
    stage.editor.wait_progress(|step| step["value"]["message"] == LOST);
    stage.press(&dialog, "Allow once");
    stage.answer("Spaces added.");
    assert!(stage.project.read("a.py").contains("return a + b"));
    goes_on(&stage, &uri);
    stage.shutdown();
}

fn one_event_of_16_mib(version: &str) {
    let stage = Proxied::new(version);
    let uri = stage.open("a.py");
    let session = waiting_turn(&stage, &uri);
    let text = "x".repeat(16 << 20);
    let part = json!({"id": "prt_x", "messageID": "msg_x", "sessionID": session, "type": "text", "text": text});
    stage.proxy.inject_event(&json!({"type": "message.part.updated", "properties": {"part": part}}));
    still_answers(&stage, &uri);
    stage.shutdown();
}

/// 200,000 events in one go, all of the turn at work.
fn a_burst_of_200_000_events(version: &str) {
    let stage = Proxied::new(version);
    let uri = stage.open("a.py");
    let session = waiting_turn(&stage, &uri);
    let delta = json!({"type": "message.part.delta", "properties": {
        "sessionID": session, "messageID": "msg_y", "partID": "prt_y", "field": "text", "delta": "abc ",
    }});
    let thousand = format!("data: {delta}\n\n").repeat(1000);
    for _ in 0..200 {
        stage.proxy.inject(thousand.as_bytes());
    }
    still_answers(&stage, &uri);
    stage.shutdown();
}

/// A turn that waits at the gate `rest`; its session.
fn waiting_turn(stage: &Proxied, uri: &str) -> String {
    stage.ask(uri, 0..1, "Tell me.", json!([{"gate": "rest", "say": "Once upon a time."}]));
    stage.model.waiting_at("rest");
    only_session(stage)
}

/// The editor is served meanwhile, the turn ends, and the stream was never given up.
fn still_answers(stage: &Proxied, uri: &str) {
    let _ = stage.editor.code_actions(uri, range(0..1), &[]);
    stage.model.open("rest");
    stage.answer("Once upon a time.");
    goes_on(stage, uri);
    assert_eq!(stage.proxy.count(|route| route == "GET /event"), 1);
}
