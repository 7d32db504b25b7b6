//! `server.passwordCommand`: a program prints the password when it is needed.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use testkit::{Editor, Fake, Project};

use crate::stage::{message, server, silent_editor};

const PASSWORD: &str = "correct horse battery staple";

/// A program that prints a file and writes down that it ran.
struct Safe {
    folder: tempfile::TempDir,
}

impl Safe {
    fn with(password: &str) -> Self {
        let safe = Self { folder: tempfile::tempdir().expect("a folder") };
        safe.put(password);
        safe
    }

    fn put(&self, password: &str) {
        fs::write(self.path("password"), format!("{password}\nuser: me\n")).expect("written");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The setting.
    fn command(&self) -> Value {
        json!(["sh", "-c", "echo ran >> \"$0/runs\" && cat \"$0/password\"", self.folder.path()])
    }

    fn runs(&self) -> usize {
        fs::read_to_string(self.path("runs")).map_or(0, |runs| runs.lines().count())
    }
}

/// An editor whose settings name the fake and this password command, with these environment variables.
fn editor_with(fake: &Fake, command: Value, variables: &[(&str, &str)]) -> (Editor, (Project, tempfile::TempDir)) {
    let (project, state) = (Project::new(&[]), tempfile::tempdir().expect("a folder"));
    let mut process = server(&state);
    process.envs(variables.iter().copied());
    let editor = Editor::spawn(process);
    let mut params = Editor::default_params(&project);
    params["initializationOptions"] = json!({"server": {"url": fake.url(), "passwordCommand": command}});
    editor.initialize(params);
    (editor, (project, state))
}

#[test]
fn its_first_line_is_the_password_and_comes_before_the_environments() {
    let (fake, safe) = (Fake::start(), Safe::with(PASSWORD));
    fake.demand(PASSWORD);
    let (editor, _kept) = editor_with(&fake, safe.command(), &[("OPENCODE_SERVER_PASSWORD", "another")]);
    fake.wait_for_stream();
    assert_eq!(safe.runs(), 1);
    editor.shutdown();
}

#[test]
fn a_reconnection_asks_it_again_only_when_the_password_is_refused() {
    let (fake, safe) = (Fake::start(), Safe::with(PASSWORD));
    fake.demand(PASSWORD);
    let (editor, _kept) = editor_with(&fake, safe.command(), &[]);
    fake.wait_for_stream();
    fake.break_streams();
    fake.wait_for("GET /event", 2);
    fake.wait_for_stream();
    assert_eq!(safe.runs(), 1);

    safe.put("rotated");
    fake.demand("rotated");
    fake.break_streams();
    fake.wait_for("GET /event", 3);
    fake.wait_for_stream();
    assert_eq!(safe.runs(), 2);
    editor.shutdown();
}

#[test]
fn a_wrong_password_is_asked_for_once_more_and_not_again_and_again() {
    let (fake, safe) = (Fake::start(), Safe::with("wrong"));
    fake.demand(PASSWORD);
    let (editor, _kept) = editor_with(&fake, safe.command(), &[]);
    let said = message(&editor, "the server refuses the user or the password (401)");
    assert!(said.contains("server.passwordCommand"), "{said}");
    testkit::eventually(|| editor.stderr().contains("attempts=3").then_some(()));
    assert_eq!(safe.runs(), 2);

    // The user may try again.
    safe.put(PASSWORD);
    editor.command("opencode.reconnect", json!([])).expect("taken");
    fake.wait_for_stream();
    editor.shutdown();
}

#[test]
fn a_password_in_the_settings_or_the_address_needs_no_command() {
    let (fake, safe) = (Fake::start(), Safe::with("wrong"));
    fake.demand(PASSWORD);
    let with_password = fake.url().replace("://", "://opencode:correct%20horse%20battery%20staple@");
    for settings in [
        json!({"url": fake.url(), "password": PASSWORD, "passwordCommand": safe.command()}),
        json!({"url": with_password, "passwordCommand": safe.command()}),
    ] {
        let (project, editor, _state) = silent_editor();
        let mut params = Editor::default_params(&project);
        params["initializationOptions"] = json!({"server": settings});
        editor.initialize(params);
        fake.wait_for_stream();
        fake.break_streams();
        editor.shutdown();
    }
    assert_eq!(safe.runs(), 0);
}

#[test]
fn without_a_server_it_does_not_run() {
    let safe = Safe::with(PASSWORD);
    let (project, editor, _state) = silent_editor();
    let mut params = Editor::default_params(&project);
    params["initializationOptions"] = json!({"server": {"passwordCommand": safe.command()}});
    editor.initialize(params);
    editor.command("opencode.ask", json!([{"prompt": "Anyone?"}])).expect("taken");
    let said = message(&editor, "Your question was not sent");
    assert!(said.contains("no running opencode was found"), "{said}");
    assert_eq!(safe.runs(), 0);
    editor.shutdown();
}

#[test]
fn what_goes_wrong_is_said_once_without_what_was_printed() {
    let fake = Fake::start();
    let missing = Path::new("/nonexistent/pass");
    for (command, said) in [
        (
            json!(missing),
            "there is no program `/nonexistent/pass` (server.passwordCommand); install it, write its whole path, and its \
             arguments as a list",
        ),
        (
            json!(["sh", "-xc", "echo hunter2; echo the safe is locked >&2; exit 3", "hunter2"]),
            "`sh` (server.passwordCommand) failed (exit status: 3): + echo … | + echo the safe is locked | \
             the safe is locked | + exit 3",
        ),
        (
            json!(["sh", "-c", "echo hunter2 >&2; exit 1"]),
            "`sh` (server.passwordCommand) failed (exit status: 1): hunter2",
        ),
        (json!(["false"]), "`false` (server.passwordCommand) failed (exit status: 1): it said nothing"),
        (
            json!(["sh", "-c", "echo; echo hunter2"]),
            "`sh` (server.passwordCommand) printed no password; it must be the first line of its standard output",
        ),
        (
            json!("pass show hunter2"),
            "there is no program `pass …` (server.passwordCommand); install it, write its whole path, and its \
             arguments as a list: [\"program\", \"argument\"]",
        ),
        (json!("true"), "`true` (server.passwordCommand) printed no password"),
        (json!(["printf", "\\377"]), "what `printf` (server.passwordCommand) printed is not UTF-8"),
    ] {
        let (editor, _kept) = editor_with(&fake, command, &[]);
        let message = message(&editor, "opencode-lsp: ");
        assert!(message.contains(said), "{message}\n{said}");
        assert_eq!(message.contains("hunter2"), said.contains("hunter2"), "{message}");
        assert!(message.ends_with(". To try again, run opencode.reconnect"), "{message}");
        editor.shutdown();
    }
    assert!(fake.seen().is_empty());
}

#[test]
fn a_program_that_does_not_end_is_ended_with_what_it_started() {
    let (fake, safe) = (Fake::start(), Safe::with(""));
    let script = "sleep 600 & echo $! > \"$0/pid\"; wait";
    let (editor, _kept) = editor_with(&fake, json!(["sh", "-c", script, safe.folder.path()]), &[]);
    let said = message(&editor, "`sh` (server.passwordCommand) did not end within 10 s");
    assert!(said.contains("it cannot ask in a terminal"), "{said}");
    let pid = fs::read_to_string(safe.path("pid")).expect("written");
    let running = || {
        let state = std::process::Command::new("ps").args(["-o", "stat=", "-p", pid.trim()]).output().expect("ps");
        let state = String::from_utf8_lossy(&state.stdout).into_owned();
        !state.trim().is_empty() && !state.starts_with('Z')
    };
    testkit::eventually(|| (!running()).then_some(()));
    editor.shutdown();
}

#[test]
fn an_agent_that_it_leaves_behind_is_not_waited_for() {
    let (fake, safe) = (Fake::start(), Safe::with(PASSWORD));
    fake.demand(PASSWORD);
    let script = "sleep 600 & echo $! > \"$0/pid\"; cat \"$0/password\"";
    let (editor, _kept) = editor_with(&fake, json!(["sh", "-c", script, safe.folder.path()]), &[]);
    fake.wait_for_stream();
    let pid = fs::read_to_string(safe.path("pid")).expect("written");
    let ended = std::process::Command::new("kill").arg(pid.trim()).status().expect("kill");
    assert!(ended.success(), "it had been ended with the program");
    editor.shutdown();
}
