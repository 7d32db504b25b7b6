//! Own servers that never come up: what is said, and that nothing is left of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use opencode_lsp::opencode::own::{OwnServer, Plan, SpawnError};
use serde_json::json;
use testkit::{Editor, eventually};

use crate::stage::{message, silent_editor};

/// A shell script in opencode's place.
struct Script {
    folder: tempfile::TempDir,
}

impl Script {
    fn new(text: &str) -> Self {
        use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
        let folder = tempfile::tempdir().expect("a folder");
        let script = Self { folder };
        fs::DirBuilder::new().mode(0o700).create(script.place()).expect("a place");
        let path = script.path();
        fs::write(&path, format!("#!/bin/sh\necho $$ > \"$(dirname \"$0\")/pid\"\n{text}\n")).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("permitted");
        script
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("opencode")
    }

    fn place(&self) -> PathBuf {
        self.folder.path().join("servers")
    }

    fn plan(&self, healthy_within: Duration) -> Plan {
        let command = self.path().to_str().expect("UTF-8").to_owned();
        let directory = self.folder.path().to_path_buf();
        let program = env!("CARGO_BIN_EXE_opencode-lsp").into();
        Plan { command, directory, place: self.place(), program, healthy_within, anew: false }
    }

    /// Whether the process of the script runs.
    fn runs(&self) -> bool {
        let pid = fs::read_to_string(self.folder.path().join("pid")).expect("a started script");
        Path::new("/proc").join(pid.trim()).exists()
    }

    /// The servers' folders.
    fn places(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.place()).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
    }
}

/// What the user is told when autostart runs this command: one message, however often it is tried.
fn said_of(command: &str) -> String {
    let (project, editor, _state) = silent_editor();
    let mut params = Editor::default_params(&project);
    params["initializationOptions"] = json!({"server": {"autostart": true, "command": command}});
    editor.initialize(params);
    let said = message(&editor, "opencode-lsp: ");
    eventually(|| editor.stderr().contains("attempts=2").then_some(()));
    editor.shutdown();
    said
}

async fn start(plan: &Plan) -> SpawnError {
    match OwnServer::join_or_start(plan).await {
        Ok(server) => panic!("nothing of the kind is there: {server:?}"),
        Err(error) => error,
    }
}

#[test]
fn a_command_that_does_not_exist_is_told_with_what_to_do() {
    let said = said_of("no-such-opencode");
    assert_eq!(
        said,
        "opencode-lsp: `no-such-opencode` could not be started (No such file or directory (os error 2)); \
         install opencode or set server.command"
    );
}

#[test]
fn a_server_that_dies_at_once_is_told_with_its_last_words() {
    let script = Script::new("echo one\necho 'the disk is full' >&2\nexit 3");
    let said = said_of(script.path().to_str().expect("UTF-8"));
    assert!(said.contains("ended at once: "), "{said}");
    for part in ["one", "the disk is full", "exit status: 3"] {
        assert!(said.contains(part), "{said}");
    }
}

#[tokio::test]
async fn of_a_chatty_server_the_end_is_told() {
    let script = Script::new("i=0; while [ $i -lt 200 ]; do echo \"line $i\"; i=$((i + 1)); done; exit 1");
    let said = start(&script.plan(Duration::from_secs(60))).await.to_string();
    assert!(said.contains("line 199") && !said.contains("line 100"), "{said}");
    eventually(|| script.places().is_empty().then_some(()));
}

#[tokio::test]
async fn a_server_that_never_answers_is_ended_at_the_time_limit() {
    // Its child is in the background, and outlives it for a moment.
    let script = Script::new("sleep 600 & wait");
    let plan = script.plan(Duration::from_secs(3));
    let error = start(&plan).await;
    assert!(matches!(error, SpawnError::NotReady { .. }), "{error}");
    assert!(error.to_string().contains("is not ready after 3 s"), "{error}");
    eventually(|| script.places().is_empty().then_some(()));
    eventually(|| (!script.runs()).then_some(()));
}

#[tokio::test]
async fn a_bridge_that_gives_up_waiting_leaves_nothing() {
    let script = Script::new("exec sleep 600");
    let plan = script.plan(Duration::from_secs(60));
    let started = async { eventually_exists(&script.folder.path().join("pid")).await };
    tokio::select! {
        error = start(&plan) => panic!("{error}"),
        () = started => {}
    }
    eventually(|| script.places().is_empty().then_some(()));
    eventually(|| (!script.runs()).then_some(()));
}

async fn eventually_exists(path: &Path) {
    while !path.exists() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn what_a_dead_server_left_is_not_believed() {
    let script = Script::new("exit 1");
    let left = script.place().join("0123456789abcdef");
    fs::create_dir_all(&left).expect("a folder");
    for name in ["lease", "guard"] {
        fs::write(left.join(name), "").expect("written");
    }
    // Somebody else listens there now: he must not be asked.
    let fake = testkit::Fake::start();
    let plan = script.plan(Duration::from_secs(60));
    let record = json!({"command": plan.command, "url": fake.url(), "username": "opencode", "password": "secret"});
    fs::write(left.join("record.json"), record.to_string()).expect("written");
    let error = start(&plan).await;
    assert!(matches!(error, SpawnError::Died { .. }), "{error}");
    assert!(!left.exists());
    assert!(fake.seen().is_empty(), "{:?}", fake.seen());
    eventually(|| script.places().is_empty().then_some(()));
}

#[tokio::test]
async fn without_locks_it_is_started_all_the_same_and_ended() {
    let script = Script::new("echo $@; exec sleep 600");
    // No folder can be made where a file is.
    fs::remove_dir(script.place()).and_then(|()| fs::write(script.place(), "")).expect("written");
    let error = start(&script.plan(Duration::from_secs(3))).await;
    assert!(matches!(error, SpawnError::NotReady { .. }), "{error}");
    eventually(|| (!script.runs()).then_some(()));
}

#[test]
fn a_bridge_that_cannot_share_its_server_ends_it_even_when_killed() {
    let script = Script::new("exec sleep 600");
    let (project, editor, state) = silent_editor();
    // No folder can be made where a file is.
    fs::write(state.path().join("opencode-lsp"), "").expect("written");
    let mut params = Editor::default_params(&project);
    params["initializationOptions"] = json!({"server": {"autostart": true, "command": script.path()}});
    editor.initialize(params);
    eventually(|| script.folder.path().join("pid").exists().then_some(()));
    assert!(script.runs());
    editor.kill();
    eventually(|| (!script.runs()).then_some(()));
}

#[tokio::test]
async fn while_one_bridge_starts_its_server_another_gets_one_of_its_own_in_time() {
    let (one, other) = (Script::new("exec sleep 600"), Script::new("exit 1"));
    let plan = one.plan(Duration::from_secs(60));
    let started = async { eventually_exists(&one.folder.path().join("pid")).await };
    // The one that starts keeps the others out; this one does not wait long.
    let rival = Plan { place: one.place(), healthy_within: Duration::from_millis(50), ..other.plan(Duration::ZERO) };
    let both = async {
        started.await;
        let error = start(&rival).await;
        assert!(matches!(error, SpawnError::Died { .. } | SpawnError::NotReady { .. }), "{error}");
        assert!(one.runs());
    };
    tokio::select! {
        error = start(&plan) => panic!("{error}"),
        () = both => {}
    }
    eventually(|| one.places().is_empty().then_some(()));
    eventually(|| (!one.runs()).then_some(()));
}

#[test]
fn the_guard_is_not_for_people() {
    let opencode_lsp = || std::process::Command::new(env!("CARGO_BIN_EXE_opencode-lsp"));
    let help = opencode_lsp().arg("--help").output().expect("help").stdout;
    assert!(!String::from_utf8_lossy(&help).contains("guard"));
    // Nobody hands it a password.
    let mut guard = opencode_lsp();
    guard.args(["guard", "--directory", "/", "--port", "1", "--mark", "0", "--", "true"]);
    let output = guard.stdin(std::process::Stdio::null()).output().expect("an end");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("is for opencode-lsp itself"));
}

#[tokio::test]
async fn where_others_have_access_nothing_is_shared() {
    use std::os::unix::fs::PermissionsExt;
    let script = Script::new("ls \"$(dirname \"$0\")/servers\"; exit 1");
    fs::set_permissions(script.place(), fs::Permissions::from_mode(0o755)).expect("permitted");
    let error = start(&script.plan(Duration::from_secs(60))).await.to_string();
    // The server saw no folder for itself there.
    assert!(error.ends_with("ended at once: lock | exit status: 1"), "{error}");
}
