//! The server's answers are errors, web pages, or cut off.

use serde_json::json;
use testkit::Fault;

use crate::kit::edit_steps;
use crate::stage::{EDIT, Proxied, assert_kept, goes_on};

on_versions! { error_pages_instead_of_answers: on_1_18_34 "1.18.34" }
on_versions! { other_answers_that_are_cut_off: on_1_18_34 "1.18.34" }
on_every_version! {
    a_prompt_whose_answer_is_cut_off_is_not_lost_and_not_sent_twice
    an_answer_to_a_permission_that_is_cut_off_counts
}

pub fn page(status: u16) -> Fault {
    Fault::Answer { status, kind: "text/html", body: "<!doctype html><h1>Bad Gateway</h1>".to_owned() }
}

fn no_stream(route: &str) -> bool {
    route != "GET /event"
}

pub fn is_prompt(route: &str) -> bool {
    route.ends_with("/prompt_async")
}

/// A gateway whose server is away, while the event stream lives on, and then all of it.
fn error_pages_instead_of_answers(version: &str) {
    let stage = Proxied::new(version);
    let uri = stage.open("a.py");
    stage.connected();
    // First without a session, then with one.
    not_sent(&stage, &uri, no_stream, page(500), "opencode answered 500: a web page.");
    goes_on(&stage, &uri);
    not_sent(&stage, &uri, no_stream, page(502), "opencode answered 502: a web page.");
    let locked = Fault::Answer { status: 401, kind: "text/plain", body: String::new() };
    not_sent(&stage, &uri, no_stream, locked, "the server asks for a password (401)");
    goes_on(&stage, &uri);

    stage.proxy.spoil(|_| true, page(503));
    stage.proxy.break_streams();
    // Held while the connection may come back, and then given back.
    stage.ask(&uri, 0..1, "Keep me.", json!([{"say": "Kept."}]));
    let said = stage.message("opencode-lsp: ");
    assert_eq!(said["message"], "opencode-lsp: opencode answered 503: a web page");
    assert_kept(&stage.message("Your question was not sent: opencode answered 503: a web page."), "Keep me.");
    stage.proxy.heal();
    testkit::eventually(|| stage.editor.stderr().matches("connected url=").nth(1).map(|_| ()));
    goes_on(&stage, &uri);
    stage.shutdown();
}

/// Asks while something is spoilt: the question is kept, and the message says why.
pub fn not_sent(stage: &Proxied, uri: &str, spoilt: fn(&str) -> bool, fault: Fault, why: &str) {
    stage.proxy.spoil(spoilt, fault);
    stage.ask(uri, 0..1, "Keep me.", json!([{"say": "Kept."}]));
    assert_kept(&stage.message(&format!("Your question was not sent: {why}")), "Keep me.");
    stage.proxy.heal();
}

fn a_prompt_whose_answer_is_cut_off_is_not_lost_and_not_sent_twice(version: &str) {
    let stage = Proxied::new(version);
    let uri = stage.open("a.py");
    stage.proxy.spoil(is_prompt, Fault::Cut(0));
    stage.ask(&uri, 0..1, "Did you get it?", json!([{"say": "I did."}]));
    stage.answer("I did.");
    stage.proxy.heal();
    goes_on(&stage, &uri);
    assert_eq!(stage.proxy.count(is_prompt), 2);
    assert_eq!(stage.model.requests().len(), 2);
    stage.shutdown();
}

fn an_answer_to_a_permission_that_is_cut_off_counts(version: &str) {
    let stage = Proxied::new(version);
    let uri = stage.open("a.py");
    let is_reply = |route: &str| route.starts_with("POST /permission/");
    stage.ask(&uri, 0..2, "Add spaces.", edit_steps(&stage.project));
    stage.proxy.spoil(is_reply, Fault::Cut(0));
    stage.press(&stage.dialog(EDIT), "Allow once");
    stage.answer("Spaces added.");
    assert!(stage.project.read("a.py").contains("return a + b"));
    assert_eq!(stage.proxy.count(is_reply), 1);
    goes_on(&stage, &uri);
    stage.shutdown();
}

fn other_answers_that_are_cut_off(version: &str) {
    let stage = Proxied::new(version);
    let uri = stage.open("a.py");
    stage.connected();
    // In the middle of its JSON: a session may be there now, but nobody knows its name.
    stage.proxy.spoil(|route| route == "POST /session", Fault::Cut(10));
    stage.ask(&uri, 0..1, "Keep me.", json!([{"say": "Kept."}]));
    assert_kept(&stage.message("Your question was not sent: the connection broke"), "Keep me.");
    stage.proxy.heal();
    // How the turn ended is asked until there is an answer.
    let is_look = |route: &str| route.starts_with("GET /session/") && route.ends_with("/message");
    stage.proxy.spoil(is_look, Fault::Cut(10));
    stage.ask(&uri, 0..1, "And?", json!([{"say": "And so."}]));
    stage.proxy.wait_for(is_look, 1);
    stage.proxy.heal();
    stage.answer("And so.");
    goes_on(&stage, &uri);
    stage.shutdown();
}
