//! The model over a plain connection.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};

use super::{Model, script};
use crate::http::{self, Response};

fn ask(model: &Model, body: &Value) -> Response {
    let patience = Duration::from_secs(20);
    let target = "/v1/chat/completions";
    http::send(model.address.port(), "POST", target, &[], Some(&body.to_string()), patience).unwrap()
}

fn prompt(text: &str) -> Value {
    json!({
        "tools": [{"type": "function", "function": {"name": "edit"}}],
        "messages": [{"role": "system", "content": "."}, {"role": "user", "content": text}],
    })
}

/// The events of a stream, and that it is complete.
fn events(response: Response) -> Vec<Value> {
    assert_eq!(response.status, 200);
    let mut text = String::new();
    let mut body = response.body;
    body.read_to_string(&mut text).unwrap();
    assert!(text.ends_with("data: [DONE]\n\n"), "{text}");
    text.lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .filter(|data| *data != "[DONE]")
        .map(|data| serde_json::from_str(data).unwrap())
        .collect()
}

fn said(events: &[Value]) -> String {
    events.iter().filter_map(|event| event["choices"][0]["delta"]["content"].as_str()).collect()
}

#[test]
fn it_says_words() {
    let model = Model::start();
    let prompt = prompt(&script(json!([{"say": "three short words"}])));
    let events = events(ask(&model, &prompt));
    assert_eq!(said(&events), "three short words");
    let reasons = events.iter().filter_map(|event| event["choices"][0]["finish_reason"].as_str()).collect::<Vec<_>>();
    assert_eq!(reasons, ["stop"]);
    assert_eq!(events.last().unwrap()["usage"]["total_tokens"], 15);
    assert_eq!(model.wait_for_request(1), prompt);
}

#[test]
fn it_calls_tools() {
    let model = Model::start();
    let step = json!({"say": "Now", "tools": [
        {"tool": "read", "input": {"filePath": "a.py"}},
        {"tool": "bash", "input": {"command": "true"}},
    ]});
    let events = events(ask(&model, &prompt(&script(json!([step])))));
    assert_eq!(said(&events), "Now");
    let calls = events
        .iter()
        .map(|event| &event["choices"][0]["delta"]["tool_calls"][0])
        .filter(|call| call.is_object())
        .collect::<Vec<_>>();
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[1]["index"], 1);
    assert_eq!(calls[1]["function"]["name"], "bash");
    assert_eq!(calls[1]["function"]["arguments"], r#"{"command":"true"}"#);
    assert_ne!(calls[0]["id"], calls[1]["id"]);
}

#[test]
fn it_fails_on_demand() {
    let model = Model::start();
    let mut response = ask(&model, &prompt(&script(json!([{"fail": "no quota"}]))));
    assert_eq!(response.status, 400);
    let mut body = String::new();
    response.body.read_to_string(&mut body).unwrap();
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["error"]["message"], "no quota");
}

#[test]
fn a_title_is_not_counted() {
    let model = Model::start();
    let request = json!({"messages": [{"role": "user", "content": "hello"}]});
    assert_eq!(said(&events(ask(&model, &request))), "A scripted session");
    assert!(model.requests().is_empty());
}

#[test]
fn a_gate_holds_back() {
    let model = Model::start();
    let prompt = prompt(&script(json!([{"gate": "g", "say": "first second third"}])));
    let response = ask(&model, &prompt);
    model.waiting_at("g");
    // The first word has been sent already.
    let mut reader = BufReader::new(response.body);
    let mut seen = String::new();
    while !seen.contains("first ") {
        assert_ne!(reader.read_line(&mut seen).unwrap(), 0);
    }
    model.open("g");
    reader.read_to_string(&mut seen).unwrap();
    assert!(seen.contains("third") && seen.contains("[DONE]"), "{seen}");
}

#[test]
fn a_gate_lets_go_of_who_left() {
    let model = Model::start();
    let step = json!({"gate": "g", "tool": "bash", "input": {}});
    let response = ask(&model, &prompt(&script(json!([step]))));
    model.waiting_at("g");
    response.stream.shutdown(Shutdown::Both).unwrap();
    drop(model.wait("nobody at the gate", |state| state.blocked["g"] == 0));
}

#[test]
fn it_stops_listening_when_dropped() {
    let model = Model::start();
    let address = model.address;
    drop(model);
    let deadline = std::time::Instant::now() + Duration::from_secs(10);
    while TcpStream::connect(address).is_ok() {
        assert!(std::time::Instant::now() < deadline, "still listening");
    }
}
