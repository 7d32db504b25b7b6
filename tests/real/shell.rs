//! `opencode-lsp` from a shell, without an editor: sessions, permissions, the TUI's prompt.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use testkit::{Model, Opencode, Project};

use crate::kit::{PYTHON, server, somebody_asks};

on_every_version! {
    sessions_are_listed_newest_first
    places_and_words_go_into_the_prompt_of_a_tui
    permissions_are_listed_and_answered
}

/// A project and an opencode, and a shell in its folder.
pub struct Shell {
    pub project: Project,
    pub opencode: Opencode,
    pub model: Model,
    state: tempfile::TempDir,
}

impl Shell {
    pub fn new(version: &str) -> Self {
        let (project, model) = (Project::new(&[("a.py", PYTHON)]), Model::start());
        let opencode = Opencode::start(version, &project, &model);
        Self { project, opencode, model, state: tempfile::tempdir().expect("a folder") }
    }

    pub fn command(&self, command: &str, arguments: &[&str]) -> Command {
        let mut shell = server(&self.state);
        shell.args([command, "--server", &self.opencode.url()]).args(arguments).current_dir(self.project.root());
        shell
    }

    fn run(&self, command: &str, arguments: &[&str]) -> String {
        printed(&self.command(command, arguments).output().expect("run"))
    }

    fn json(&self, command: &str, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.run(command, &[arguments, &["--json"]].concat())).expect("JSON")
    }

    /// What a command that fails says.
    fn refused(&self, command: &str, arguments: &[&str]) -> String {
        let output = self.command(command, arguments).output().expect("run");
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert_eq!(output.stdout, b"");
        String::from_utf8(output.stderr).expect("UTF-8")
    }
}

/// What a command that worked printed.
pub fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn sessions_are_listed_newest_first(version: &str) {
    let shell = Shell::new(version);
    assert_eq!(shell.run("sessions", &[]), "There is no session.\n");
    assert_eq!(shell.json("sessions", &[]), json!([]));
    let session = |title: &str| {
        let (_, session) = shell.opencode.post("/session", json!({"title": title}));
        session["id"].as_str().expect("an id").to_owned()
    };
    let (first, second) = (session("The first\u{7}"), session("The second"));
    let prompt = json!({"parts": [{"type": "text", "text": testkit::script(json!([{"say": "x", "gate": "end"}]))}]});
    shell.opencode.post(&format!("/session/{first}/prompt_async"), prompt);
    shell.model.waiting_at("end");

    let list = shell.run("sessions", &[]);
    let lines: Vec<&str> = list.lines().collect();
    assert_eq!(lines.len(), 2, "{list}");
    assert_eq!(lines[0], format!("{first}   at work  The first⟨U+0007⟩"));
    assert_eq!(lines[1], format!("{second}  just now  The second"));
    let list = shell.json("sessions", &["--limit", "1"]);
    assert_eq!(list.as_array().expect("a list").len(), 1);
    assert_eq!((&list[0]["id"], &list[0]["busy"]), (&json!(first), &json!(true)));
    assert_eq!(list[0]["title"], "The first\u{7}");
    shell.model.open("end");
}

fn places_and_words_go_into_the_prompt_of_a_tui(version: &str) {
    let shell = Shell::new(version);
    let mut events = shell.opencode.events();
    let mut append = |arguments: &[&str]| {
        assert_eq!(shell.run("append", arguments), "");
        events.wait("tui.prompt.append", |_| true)["properties"]["text"].clone()
    };
    assert_eq!(append(&["--file", "a.py", "--range", "1-2"]), "@a.py#L1-2 ");
    assert_eq!(append(&["--file", "a.py", "What", "is", "this?"]), "@a.py What is this?");
    assert_eq!(append(&["Go on."]), "Go on.");
    let mut piped = shell.command("append", &["--stdin", "Better?"]);
    let mut running = piped.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().expect("run");
    running.stdin.take().expect("its input").write_all(b"unsaved").expect("written");
    assert!(running.wait().expect("the end").success());
    let text = events.wait("tui.prompt.append", |_| true)["properties"]["text"].clone();
    assert_eq!(text, "`the selection`, not saved:\n```\nunsaved\n```\nBetter?");
    assert!(shell.refused("append", &["--file", "b.py"]).contains("opencode-lsp: b.py cannot be read ("));
}

fn permissions_are_listed_and_answered(version: &str) {
    let shell = Shell::new(version);
    assert_eq!(shell.run("permissions", &[]), "opencode asks for nothing.\n");
    let mut events = somebody_asks(&shell.opencode, &shell.project);
    let list = shell.json("permissions", &[]);
    let id = list[0]["id"].as_str().expect("an id").to_owned();
    assert_eq!(list[0]["kind"], "edit");
    assert_eq!(list[0]["title"], "opencode wants to edit a.py");
    assert!(list[0]["diff"].as_str().expect("a diff").contains("+    return a + b"), "{list}");
    let line = shell.run("permissions", &[]);
    assert_eq!(line, format!("{id}  edit a.py  [Always allow edit: *]\n"));

    let unknown = shell.refused("permissions", &["reply", "per_0", "once"]);
    assert!(unknown.contains("there is no permission request per_0; it may have been answered elsewhere"), "{unknown}");
    let wrong = shell.refused("permissions", &["reply", &id, "once", "--message", "Why not"]);
    assert!(wrong.contains("a message goes with `reject` only"), "{wrong}");
    assert_eq!(shell.project.read("a.py"), PYTHON);

    assert_eq!(shell.run("permissions", &["reply", &id, "once"]), "Allowed once: edit a.py\n");
    events.wait("session.idle", |_| true);
    assert_eq!(shell.project.read("a.py"), PYTHON.replace("a+b", "a + b"));
    let again = shell.refused("permissions", &["reply", &id, "once"]);
    assert!(again.contains("there is no permission request"), "{again}");

    shell.project.write("a.py", PYTHON);
    let mut events = somebody_asks(&shell.opencode, &shell.project);
    let id = shell.json("permissions", &[])[0]["id"].as_str().expect("an id").to_owned();
    let said = shell.run("permissions", &["reply", &id, "reject", "--message", "Not today."]);
    assert_eq!(said, "Rejected: edit a.py\n");
    events.wait("session.idle", |_| true);
    let asked: String = shell.model.requests().iter().map(ToString::to_string).collect();
    assert!(asked.contains("Not today."), "the model is told why");
    assert_eq!(shell.project.read("a.py"), PYTHON);
}
