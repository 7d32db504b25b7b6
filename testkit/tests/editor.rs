//! The editor against servers that are a few lines of shell.
#![cfg(unix)]

use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Editor, Project};

/// A server that runs this after the functions: `recv` takes one message, `send` sends one,
/// `result ID JSON` answers.
fn fake(script: &str) -> Editor {
    const FUNCTIONS: &str = r#"
        send() { printf 'Content-Length: %d\r\n\r\n%s' "${#1}" "$1"; }
        recv() { read -r head; read -r _; count=$(printf %s "$head" | tr -dc 0-9)
                 body=$(dd bs=1 count="$count" 2>/dev/null); echo "$body" >&2; }
        result() { send '{"jsonrpc":"2.0","id":'"$1"',"result":'"$2"'}'; }
        note() { send '{"jsonrpc":"2.0","method":"'"$1"'","params":'"$2"'}'; }
        ask() { send '{"jsonrpc":"2.0","id":"s'"$1"'","method":"'"$2"'","params":'"$3"'}'; }
        end() { recv; result "$1" null; recv; exit 0; }
    "#;
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("{FUNCTIONS}\n{script}"));
    Editor::spawn(command)
}

#[test]
fn a_whole_session() {
    let project = Project::new(&[("a.py", "")]);
    let uri = project.uri("a.py");
    let editor = fake(&format!(
        r#"recv; result 1 '{{"capabilities":{{}}}}'; recv
        ask 1 window/workDoneProgress/create '{{"token":1}}'; recv
        note '$/progress' '{{"token":1,"value":{{"kind":"begin"}}}}'
        note window/logMessage '{{"type":3,"message":"noise"}}'
        note window/showMessage '{{"type":3,"message":"two"}}'
        note textDocument/publishDiagnostics '{{"uri":"{uri}","diagnostics":[]}}'
        note textDocument/publishDiagnostics '{{"uri":"{uri}","diagnostics":[{{"code":7}}]}}'
        note window/showMessage '{{"type":3,"message":"one"}}'
        ask 2 workspace/applyEdit '{{"edit":{{}}}}'; recv
        recv; result 2 '[{{"title":"Fix"}}]'
        end 3"#
    ));
    editor.ignore("window/logMessage");
    let result = editor.initialize(Editor::default_params(&project));
    assert_eq!(result, json!({"capabilities": {}}));

    let request = editor.expect_request("workspace/applyEdit", |_| true);
    assert_eq!(request.id, "s2");
    editor.answer(&request, Ok(json!({"applied": true})));
    for message in ["one", "two"] {
        editor.expect_notification("window/showMessage", |params| params["message"] == message);
    }
    let diagnostics = editor.wait_diagnostics(&uri, |list| !list.is_empty());
    assert_eq!(diagnostics, [json!({"code": 7})]);
    assert_eq!(editor.diagnostics(&uri), diagnostics);
    assert_eq!(editor.wait_progress(|_| true)["token"], 1);
    assert_eq!(editor.progress().len(), 1);

    let range = json!({"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}});
    let actions = editor.code_actions(&uri, range, &diagnostics);
    assert_eq!(actions, [json!({"title": "Fix"})]);
    assert!(editor.log().contains(r#""applied":true"#));
    editor.shutdown();
}

#[test]
fn responses_in_any_order() {
    let editor = fake("recv; recv; result 2 '\"b\"'; result 1 '\"a\"'; end 3");
    let first = editor.start_request("first", Value::Null);
    let second = editor.start_request("second", Value::Null);
    assert_eq!(editor.response(first), Ok(json!("a")));
    assert_eq!(editor.response(second), Ok(json!("b")));
    editor.shutdown();
}

#[test]
#[should_panic(expected = "nobody expected")]
fn unread_messages_are_told() {
    let editor = fake("note window/showMessage '{}'; end 1");
    editor.shutdown();
}

#[test]
#[should_panic(expected = "ended badly")]
fn a_bad_exit_is_told() {
    fake("recv; result 1 null; recv; exit 3").shutdown();
}

#[test]
#[should_panic(expected = "hello world")]
fn stray_output_is_a_fault() {
    let editor = fake("echo hello world; recv");
    editor.expect_notification("never", |_| true);
}

#[test]
#[should_panic(expected = "a response to no request")]
fn a_second_response_is_a_fault() {
    let editor = fake("recv; result 1 1; result 1 1; recv");
    let _ = editor.request("x", Value::Null);
    editor.expect_notification("never", |_| true);
}

#[test]
#[should_panic(expected = "closed its output instead of sending the response to request 1")]
fn a_crash_is_told() {
    let _ = fake("recv; exit 1").request("x", Value::Null);
}

#[test]
#[should_panic(expected = "did not come within")]
fn silence_is_told() {
    let editor = fake("recv; recv");
    editor.set_deadline(Duration::from_millis(100));
    let _ = editor.request("x", Value::Null);
}

#[test]
#[should_panic(expected = "dropped without shutdown")]
fn leaving_is_told() {
    drop(fake("recv"));
}

#[test]
fn an_unreadable_message_gets_an_answer() {
    let editor = fake(r#"recv; send '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"?"}}'; end 1"#);
    editor.send_raw(b"Content-Length: 1\r\n\r\n{");
    assert_eq!(editor.expect_unaddressed_error()["code"], -32700);
    editor.shutdown();
}

#[test]
fn an_end_by_closed_input() {
    let editor = fake("cat >/dev/null; exit 4");
    editor.close_stdin();
    let status = editor.wait_exit(Duration::from_secs(10));
    assert_eq!(status.code(), Some(4));
}

#[test]
fn an_end_by_force() {
    let editor = fake("recv");
    assert_ne!(editor.pid(), 0);
    editor.kill();
}

#[test]
#[should_panic(expected = "never answered these requests: {1}")]
fn a_request_left_open_is_told() {
    let editor = fake("recv; recv; result 2 null; recv");
    let _ = editor.start_request("x", Value::Null);
    editor.shutdown();
}

#[test]
#[should_panic(expected = "own answer to a request panicked")]
fn a_panicking_answer_is_told() {
    let editor = fake("recv; ask 1 workspace/configuration '{}'; recv; recv");
    editor.on_request("workspace/configuration", |_| panic!("no such thing"));
    let _ = editor.request("x", Value::Null);
}
