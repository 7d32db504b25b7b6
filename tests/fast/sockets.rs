//! The socket by which a shell reaches the bridge of an editor.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::{Value, json};
use testkit::{Editor, Project};

use crate::stage::{PYTHON, lone_editor, program, server};

/// The records of the bridges that listen, under the state folder.
fn records(state: &Path) -> Vec<PathBuf> {
    let projects = std::fs::read_dir(state.join("opencode-lsp")).into_iter().flatten().flatten();
    let sockets = projects.filter_map(|project| std::fs::read_dir(project.path().join("sockets")).ok());
    let files = sockets.flatten().flatten().map(|entry| entry.path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "json")).collect()
}

fn wait_for_record(state: &Path) -> PathBuf {
    testkit::eventually(|| records(state).pop())
}

fn read(record: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(record).expect("a record")).expect("JSON")
}

fn review(project: &Project, state: &tempfile::TempDir, arguments: &[&str]) -> Output {
    let mut shell = program(state);
    shell.arg("review").args(arguments).current_dir(project.root()).output().expect("run")
}

/// Says a line to a bridge; what it answers, if it does.
fn say(record: &Value, line: &str) -> String {
    let mut stream = UnixStream::connect(record["socket"].as_str().expect("a path")).expect("a listener");
    stream.write_all(format!("{line}\n").as_bytes()).expect("said");
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer).expect("an answer or the end");
    answer
}

#[test]
fn only_its_user_gets_to_it_and_it_goes_with_the_bridge() {
    let (project, editor, state) = lone_editor();
    let record = wait_for_record(state.path());
    let folder = record.parent().expect("a folder").to_path_buf();
    let mode = |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&record)), (0o700, 0o600));
    let socket = PathBuf::from(read(&record)["socket"].as_str().expect("a path"));
    assert!(std::fs::metadata(&socket).expect("there").file_type().is_socket());
    assert!(review(&project, &state, &[]).status.success());
    editor.shutdown();
    assert!(!record.exists() && !socket.exists(), "{}", folder.display());
}

#[test]
fn who_does_not_know_the_key_is_not_answered() {
    let (_project, editor, state) = lone_editor();
    let record = read(&wait_for_record(state.path()));
    let list = |key: &Value| say(&record, &json!({"key": key, "command": "opencode.review.list"}).to_string());
    assert_eq!(list(&record["key"]), "{\"result\":[]}\n");
    assert_eq!(list(&json!("wrong")), "");
    assert!(say(&record, "not JSON").starts_with("{\"error\":\"the request is not understood ("));
    editor.shutdown();
}

#[test]
fn only_review_commands_come_this_way() {
    let (_project, editor, state) = lone_editor();
    let record = read(&wait_for_record(state.path()));
    let run = |command: &str, arguments: Value| {
        say(&record, &json!({"key": record["key"], "command": command, "arguments": arguments}).to_string())
    };
    for command in ["opencode.permission.reply", "opencode.ask", "opencode.abort", "opencode.fly"] {
        let said = run(command, json!([{"id": "per_1", "reply": "once"}]));
        assert!(said.starts_with(&format!("{{\"error\":\"`{command}` does not come this way")), "{said}");
    }
    let said = run("opencode.review.undo", json!([{"id": "1.2"}]));
    assert!(said.contains("an `id` needs the `uri` of its file"), "{said}");
    let said = run("opencode.review.keep", json!([{"uri": "file:///nowhere/a.py"}]));
    assert!(said.contains("opencode changed nothing here that is not reviewed yet"), "{said}");
    editor.shutdown();
}

#[test]
fn a_socket_that_nobody_listens_at_is_swept() {
    let (project, editor, state) = lone_editor();
    let record = wait_for_record(state.path());
    let socket = PathBuf::from(read(&record)["socket"].as_str().expect("a path"));
    editor.kill();
    editor.wait_exit(std::time::Duration::from_secs(90));
    assert!(record.exists() && socket.exists());
    let output = review(&project, &state, &[]);
    assert_eq!(output.stdout, b"Nothing that opencode changed here is unreviewed.\n", "{output:?}");
    assert!(!record.exists() && !socket.exists());
}

#[test]
fn a_bridge_sweeps_too_and_a_broken_record_is_no_bridge() {
    let (project, editor, state) = lone_editor();
    let record = wait_for_record(state.path());
    editor.kill();
    editor.wait_exit(std::time::Duration::from_secs(90));
    std::fs::write(record.with_file_name("broken.json"), "{").expect("written");
    // Whatever a record names, only a socket is removed.
    let (other, file) = (record.with_file_name("other.json"), state.path().join("kept.txt"));
    std::fs::write(&file, "text").expect("written");
    std::fs::set_permissions(state.path(), std::fs::Permissions::from_mode(0o700)).expect("permitted");
    std::fs::write(&other, json!({"socket": file, "key": "x"}).to_string()).expect("written");
    let next = Editor::spawn(server(&state));
    next.initialize(Editor::default_params(&project));
    testkit::eventually(|| (!record.exists() && !other.exists() && records(state.path()).len() == 2).then_some(()));
    assert!(file.exists());
    assert!(review(&project, &state, &[]).status.success());
    next.shutdown();
}

#[test]
fn a_folder_that_others_can_enter_is_not_used() {
    let (project, editor, state) = lone_editor();
    let record = wait_for_record(state.path());
    let folder = record.parent().expect("a folder");
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).expect("permitted");
    let output = review(&project, &state, &[]);
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(said.contains("is not a folder of this user's alone"), "{said}");
    editor.shutdown();
}

#[test]
fn a_long_name_of_the_state_folder_is_no_hindrance() {
    let (project, outer) = (Project::new(&[("a.py", PYTHON)]), tempfile::tempdir().expect("a folder"));
    let (state, runtime) = (outer.path().join("x".repeat(120)), outer.path().join("run"));
    let with = |mut command: std::process::Command| {
        command.env("XDG_STATE_HOME", &state).env("XDG_RUNTIME_DIR", &runtime);
        command
    };
    let editor = Editor::spawn(with(server(&outer)));
    editor.initialize(Editor::default_params(&project));
    let socket = PathBuf::from(read(&wait_for_record(&state))["socket"].as_str().expect("a path"));
    assert_eq!(socket.parent(), Some(runtime.join("opencode-lsp").as_path()));
    let mut shell = with(program(&outer));
    let output = shell.args(["review", "--json"]).current_dir(project.root()).output().expect("run");
    assert_eq!(output.stdout, b"[]\n", "{output:?}");
    editor.shutdown();
    assert!(!socket.exists());
}
