//! `opencode-lsp` from a shell: bad input, no server, hostile texts.

use std::process::{Command, Output};

use serde_json::{Value, json};
use testkit::{Fake, Project};

use crate::stage::{PYTHON, program};

/// A shell in a project.
struct Shell {
    project: Project,
    state: tempfile::TempDir,
}

impl Shell {
    fn new() -> Self {
        Self { project: Project::new(&[("a.py", PYTHON)]), state: tempfile::tempdir().expect("a folder") }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut shell = program(&self.state);
        shell.args(arguments).current_dir(self.project.root());
        shell
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("run")
    }

    fn printed(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// What it says that does nothing: one line.
    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), &b""[..]), "{output:?}");
        let said = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(said.matches('\n').count(), 1, "{said}");
        assert!(said.starts_with("opencode-lsp: "), "{said}");
        said
    }
}

#[test]
fn without_a_server_every_command_says_so() {
    let shell = Shell::new();
    for command in [
        &["ask", "Why?"][..],
        &["append", "x"],
        &["sessions"],
        &["permissions"],
        &["permissions", "reply", "per_1", "once"],
    ] {
        let said = shell.refused(&[command, &["--server", "http://127.0.0.1:1"]].concat());
        assert!(said.contains("nothing answers at http://127.0.0.1:1"), "{command:?}: {said}");
    }
}

#[test]
fn wrong_arguments_are_refused_before_anything_is_asked() {
    let shell = Shell::new();
    for arguments in [
        &["review", "undo"][..],
        &["review", "keep", "a.py", "--all"],
        &["review", "keep", "--hunk", "1"],
        &["append"],
        &["ask", "--file", "a.py", "--range", "7-3", "Why?"],
        &["ask", "--range", "3", "Why?"],
        &["ask", "--session", "ses_1", "--continue", "Why?"],
        &["permissions", "reply", "per_1", "yes"],
        &["permissions", "reply", "per_1"],
        &["sessions", "--limit", "few"],
        &["completions", "tcsh"],
    ] {
        let output = shell.run(arguments);
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(2), &b""[..]), "{arguments:?}: {output:?}");
    }
}

#[test]
fn nothing_to_review_is_said() {
    let shell = Shell::new();
    assert_eq!(shell.printed(&["review"]), "Nothing that opencode changed here is unreviewed.\n");
    assert_eq!(shell.printed(&["review", "--json"]), "[]\n");
    assert_eq!(shell.printed(&["review", "diff"]), "");
    assert!(shell.refused(&["review", "undo", "--all"]).contains("nothing that opencode changed here is unreviewed"));
    let said = shell.refused(&["review", "keep", "a.py"]);
    assert!(said.contains("nothing that opencode changed in a.py is unreviewed; opencode-lsp review lists"), "{said}");
    assert!(std::fs::read_dir(shell.state.path()).expect("a folder").next().is_none(), "nothing is made on the way");
}

#[test]
fn what_others_wrote_is_printed_inert() {
    let (shell, fake) = (Shell::new(), Fake::start());
    let title = "A\u{1b}[2Jb\u{202e}c\nd";
    let sessions = json!([{"id": "ses_1\u{7}", "title": title, "time": {"created": 1, "updated": 2}}]);
    fake.answer("GET /session", 200, "application/json", sessions.to_string().as_bytes());
    let permissions = json!([{
        "id": "per_1", "sessionID": "ses_1", "permission": "bash", "patterns": ["*"], "always": ["rm\u{1b}]0;x *"],
        "metadata": {"command": "rm -rf \u{202e}/\nls"},
    }]);
    fake.answer("GET /permission", 200, "application/json", permissions.to_string().as_bytes());
    let url = fake.url();
    let list = shell.printed(&["sessions", "--server", &url]);
    assert!(list.starts_with("ses_1⟨U+0007⟩") && list.ends_with("  A⟨U+001B⟩[2Jb⟨U+202E⟩c⏎d\n"), "{list}");
    let list = shell.printed(&["permissions", "--server", &url]);
    assert_eq!(list, "per_1  run rm -rf ⟨U+202E⟩/⏎ls  [Always allow bash: rm⟨U+001B⟩]0;x *]\n");
    for command in ["sessions", "permissions"] {
        let text = shell.printed(&[command, "--json", "--server", &url]);
        assert!(!text.chars().any(|c| c != '\n' && (c.is_control() || c == '\u{202e}')), "{text}");
    }
    let text = shell.printed(&["sessions", "--json", "--server", &url]);
    let list: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(list, json!([{"id": "ses_1\u{7}", "title": title, "updated": 2, "busy": false}]));
}

#[test]
fn what_a_server_refuses_is_told() {
    let (shell, fake) = (Shell::new(), Fake::start());
    let url = fake.url();
    fake.answer(
        "GET /session",
        500,
        "application/json",
        br#"{"name": "Broken", "data": {"message": "no\u001b disk"}}"#,
    );
    let said = shell.refused(&["sessions", "--server", &url]);
    assert!(said.contains("opencode answered 500: no⟨U+001B⟩ disk"), "{said}");
    let said = shell.refused(&["ask", "--continue", "Why?", "--server", &url]);
    assert!(said.contains("the question was not sent: opencode answered 500"), "{said}");
    fake.answer("GET /session", 200, "application/json", b"[]");
    let said = shell.refused(&["ask", "--continue", "Why?", "--server", &url]);
    assert!(said.contains("there is no session to go on in; ask without --continue"), "{said}");
    let said = shell.refused(&["permissions", "reply", "per_9", "once", "--server", &url]);
    assert!(said.contains("there is no permission request per_9"), "{said}");
    fake.answer("POST /tui/append-prompt", 200, "text/html", b"<!doctype html>");
    let said = shell.refused(&["append", "x", "--server", &url]);
    assert!(said.contains("not opencode's"), "{said}");
    fake.demand("secret");
    let said = shell.refused(&["sessions", "--server", &url]);
    assert!(said.contains("asks for a password (401)"), "{said}");
}

#[test]
fn there_are_completions_for_every_shell() {
    let shell = Shell::new();
    for name in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = shell.printed(&["completions", name]);
        assert!(script.contains("permissions") && !script.contains("guarded"), "{name}");
    }
}
