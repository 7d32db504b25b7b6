//! How the process ends.

use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use testkit::Editor;

use crate::stage::{Stage, lone_editor, silent_editor};

/// Generous: how fast it really is, the benchmark says.
const SOON: Duration = Duration::from_secs(10);

#[test]
fn exit_after_shutdown_is_a_success() {
    let (_project, editor, _state) = lone_editor();
    assert_eq!(editor.request("shutdown", Value::Null), Ok(Value::Null));
    editor.notify("exit", Value::Null);
    assert_eq!(editor.wait_exit(SOON).code(), Some(0));
}

#[test]
fn the_answer_to_shutdown_is_not_lost_when_exit_follows_at_once() {
    // As Helix 25 does.
    let (_project, editor, _state) = lone_editor();
    let shutdown = editor.start_request("shutdown", Value::Null);
    editor.notify("exit", Value::Null);
    assert_eq!(editor.response(shutdown), Ok(Value::Null));
    assert_eq!(editor.wait_exit(SOON).code(), Some(0));
}

#[test]
fn exit_without_shutdown_is_a_failure() {
    let (_project, editor, _state) = lone_editor();
    editor.notify("exit", Value::Null);
    assert_eq!(editor.wait_exit(SOON).code(), Some(1));
}

#[test]
fn the_end_of_input_ends_it() {
    let (_project, editor, _state) = lone_editor();
    editor.close_stdin();
    assert_eq!(editor.wait_exit(SOON).code(), Some(1));

    let (_project, editor, _state) = silent_editor();
    editor.close_stdin();
    assert_eq!(editor.wait_exit(SOON).code(), Some(1));
}

#[test]
fn it_ends_while_connected_and_at_work() {
    let stage = Stage::new();
    let uri = stage.open("a.py");
    stage.ask(&uri, "Why?").expect("taken");
    stage.fake.wait_for("POST /session/ses_fake/prompt_async", 1);
    stage.editor.close_stdin();
    assert_eq!(stage.editor.wait_exit(SOON).code(), Some(1));
}

#[test]
#[cfg(unix)]
fn it_ends_with_the_process_that_the_editor_named() {
    let (project, editor, _state) = silent_editor();
    let mut other = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("a process");
    let mut params = Editor::default_params(&project);
    params["processId"] = json!(other.id());
    editor.initialize(params);
    other.kill().expect("killed");
    // Not even reaped: a zombie is gone too.
    assert_eq!(editor.wait_exit(SOON).code(), Some(1));
    other.wait().expect("reaped");
}

#[test]
fn nothing_but_lsp_is_on_standard_output_and_the_log_can_go_to_a_file() {
    let (project, _editor, state) = {
        let project = testkit::Project::new(&[]);
        let state = tempfile::tempdir().expect("a folder");
        (project, (), state)
    };
    let log = state.path().join("log.txt");
    let mut command = crate::stage::server(&state);
    command.arg("--log-file").arg(&log);
    let editor = Editor::spawn(command);
    editor.initialize(Editor::default_params(&project));
    // The client of the tests fails on anything that is not LSP.
    editor.send_raw(b"Content-Length: 1\r\n\r\n{");
    editor.expect_unaddressed_error();
    editor.shutdown();
    let text = std::fs::read_to_string(&log).expect("a log");
    assert!(text.contains("a malformed message"), "{text}");
}

#[test]
fn nothing_is_sent_before_the_answer_to_initialize() {
    let (project, editor, _state) = silent_editor();
    let fake = testkit::Fake::start();
    let mut params = Editor::default_params(&project);
    params["initializationOptions"] = json!({"server": {"url": fake.url()}});
    editor.request("initialize", params).expect("initialized");
    assert!(fake.seen().is_empty(), "{:?}", fake.seen());
    editor.notify("initialized", json!({}));
    fake.wait_for_stream();
    editor.shutdown();
}
