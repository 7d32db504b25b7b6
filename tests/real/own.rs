//! Own servers: started, shared by the editors of a folder, and ended with the last, however that ends.
//!
//! Which processes there are only Linux tells; elsewhere these tests see less.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Editor, Isolation, Model, Opencode, Project, eventually, eventually_within};

use crate::kit::{PYTHON, server};

on_every_version! {
    it_is_started_for_the_bridge_alone_and_ended_with_it
    the_shells_end_with_it
    it_ends_with_a_bridge_that_is_killed
    two_editors_share_one_and_the_last_ends_it
    it_outlives_the_bridge_that_started_it_and_was_killed
    two_editors_that_start_at_once_start_one
    after_a_crash_all_come_back_to_one
    it_ends_with_its_guard_and_another_is_started
    what_a_killed_bridge_and_guard_left_is_replaced
    a_restart_leaves_the_other_editors_theirs
    a_shell_uses_it_beside_the_editor
}

/// Two servers may have to start one after the other on a slow machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A project, a place for opencode's files, and a place for the bridges'.
struct Stage {
    project: Project,
    isolation: Isolation,
    state: tempfile::TempDir,
    _model: Model,
}

impl Stage {
    fn new(version: &str) -> Self {
        let (project, model) = (Project::new(&[("a.py", PYTHON)]), Model::start());
        let isolation = Opencode::isolated(version, &model);
        Self { project, isolation, state: tempfile::tempdir().expect("a folder"), _model: model }
    }

    /// An editor that lets the bridge have its own server.
    fn editor(&self) -> Editor {
        let mut command = server(&self.state);
        self.isolation.apply(&mut command);
        command.env("XDG_STATE_HOME", self.state.path());
        let editor = Editor::spawn(command);
        editor.set_deadline(PATIENCE);
        let mut params = Editor::default_params(&self.project);
        params["initializationOptions"] = json!({"server": {"autostart": true}});
        editor.initialize(params);
        editor
    }

    /// The processes of bridges, guards, servers and their shells whose arguments hold this text.
    fn processes(&self, text: &str) -> BTreeSet<u32> {
        self.isolation.processes().into_iter().filter(|pid| arguments_of(*pid).contains(text)).collect()
    }

    /// The processes that serve; what becomes one of them in a moment is another program yet.
    fn servers(&self) -> BTreeSet<u32> {
        let mut servers = self.processes("serve --hostname 127.0.0.1 --port");
        servers.retain(|pid| !arguments_of(*pid).starts_with("opencode-lsp"));
        servers
    }

    /// The folders in which bridges find each other's servers.
    fn places(&self) -> Vec<PathBuf> {
        let listed =
            |folder: PathBuf| std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let servers =
            listed(self.state.path().join("opencode-lsp")).flat_map(|project| listed(project.join("servers")));
        servers.filter(|path| path.is_dir()).collect()
    }

    fn wait_until_nothing_is_left(&self) {
        eventually(|| self.isolation.processes().is_empty().then_some(()));
        assert_eq!(self.places(), Vec::<PathBuf>::new());
    }
}

/// Asks, and waits for the answer.
fn is_answered(editor: &Editor, word: &str) {
    let prompt = format!("Say {word}.\n{}", testkit::script(json!([{"say": word}])));
    editor.command("opencode.ask", json!([{ "prompt": prompt }])).expect("taken");
    let answer = editor.expect_request("window/showMessageRequest", |params| {
        params["message"].as_str().is_some_and(|message| message.contains(word))
    });
    editor.answer(&answer, Ok(Value::Null));
}

/// Asks for a shell command that takes ten minutes, and waits until it runs.
fn runs_a_shell(stage: &Stage, editor: &Editor) {
    let step = json!({"tool": "bash", "input": {"command": "sleep 600", "description": "wait"}});
    let prompt = format!("Wait.\n{}", testkit::script(json!([step, {"say": "Waited."}])));
    editor.command("opencode.ask", json!([{"prompt": prompt}])).expect("taken");
    let dialog = editor.expect_request("window/showMessageRequest", |_| true);
    editor.answer(&dialog, Ok(json!({"title": "Allow once"})));
    eventually(|| (!stage.processes("sleep 600").is_empty()).then_some(()));
}

/// The address that the bridge is connected to, once it is.
fn address(editor: &Editor) -> String {
    let wait = || {
        let log = editor.stderr();
        let url = log.rsplit_once("connected url=")?.1.split_whitespace().next()?;
        Some(url.to_owned())
    };
    eventually_within(PATIENCE, wait)
}

fn arguments_of(pid: u32) -> String {
    let output = Command::new("ps").args(["-o", "args=", "-p", &pid.to_string()]).output().expect("ps");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn kill(pids: &BTreeSet<u32>) {
    assert!(!pids.is_empty(), "nothing to kill");
    let pids = pids.iter().map(ToString::to_string);
    assert!(Command::new("kill").arg("-KILL").args(pids).status().expect("kill").success());
}

on_versions! { a_terminal_s_signals_end_one_bridge_and_no_server: on_1_1_27 "1.1.27" }

fn it_is_started_for_the_bridge_alone_and_ended_with_it(version: &str) {
    let stage = Stage::new(version);
    let editor = stage.editor();
    editor.wait_progress(|step| step["value"]["title"] == "opencode: starting a server");
    is_answered(&editor, "Hello.");
    // The password is in nobody's arguments and in no message or log.
    let [place] = &stage.places()[..] else {
        panic!("one server, not {:?}", stage.places());
    };
    let record = std::fs::read_to_string(place.join("record.json")).expect("a record");
    let record: Value = serde_json::from_str(&record).expect("JSON");
    let password = record["password"].as_str().expect("a password");
    assert!(password.len() >= 32);
    let arguments: String = stage.isolation.processes().into_iter().map(arguments_of).collect();
    assert!(arguments.contains("serve --hostname 127.0.0.1 --port"), "{arguments}");
    assert!(!arguments.contains(password), "{arguments}");
    assert!(!editor.log().contains(password) && !editor.stderr().contains(password));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: PathBuf| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode(place.join("record.json")), 0o600);
        assert_eq!(mode(place.clone()), 0o700);
    }
    editor.shutdown();
    stage.wait_until_nothing_is_left();
}

fn the_shells_end_with_it(version: &str) {
    let stage = Stage::new(version);
    let editor = stage.editor();
    runs_a_shell(&stage, &editor);
    editor.close_stdin();
    editor.wait_exit(testkit::editor::DEADLINE);
    stage.wait_until_nothing_is_left();
}

fn it_ends_with_a_bridge_that_is_killed(version: &str) {
    let stage = Stage::new(version);
    let editor = stage.editor();
    runs_a_shell(&stage, &editor);
    editor.kill();
    stage.wait_until_nothing_is_left();
}

fn two_editors_share_one_and_the_last_ends_it(version: &str) {
    let stage = Stage::new(version);
    let first = stage.editor();
    is_answered(&first, "One.");
    let second = stage.editor();
    is_answered(&second, "Two.");
    assert_eq!(address(&first), address(&second));
    let servers = stage.servers();
    first.shutdown();
    is_answered(&second, "Three.");
    assert_eq!(stage.servers(), servers);
    second.shutdown();
    stage.wait_until_nothing_is_left();
}

fn it_outlives_the_bridge_that_started_it_and_was_killed(version: &str) {
    let stage = Stage::new(version);
    let first = stage.editor();
    address(&first);
    let second = stage.editor();
    address(&second);
    let servers = stage.servers();
    first.kill();
    is_answered(&second, "Still here.");
    assert_eq!(stage.servers(), servers);
    // A third finds it, too, though the one that started it is gone.
    let third = stage.editor();
    assert_eq!(address(&third), address(&second));
    third.shutdown();
    second.kill();
    stage.wait_until_nothing_is_left();
}

/// Ctrl-C and the end of a terminal reach every process of the editor's group.
fn a_terminal_s_signals_end_one_bridge_and_no_server(version: &str) {
    let stage = Stage::new(version);
    for signal in ["-INT", "-HUP"] {
        let first = stage.editor();
        address(&first);
        let second = stage.editor();
        address(&second);
        let servers = stage.servers();
        let group = format!("-{}", first.pid());
        assert!(Command::new("kill").args([signal, "--", &group]).status().expect("kill").success());
        first.wait_exit(testkit::editor::DEADLINE);
        is_answered(&second, "Still here.");
        assert_eq!(stage.servers(), servers);
        second.shutdown();
        stage.wait_until_nothing_is_left();
    }
}

fn two_editors_that_start_at_once_start_one(version: &str) {
    let stage = Stage::new(version);
    let (first, second) = std::thread::scope(|scope| {
        let (first, second) = (scope.spawn(|| stage.editor()), scope.spawn(|| stage.editor()));
        (first.join().expect("an editor"), second.join().expect("an editor"))
    });
    assert_eq!(address(&first), address(&second));
    assert_eq!(stage.places().len(), 1);
    is_answered(&first, "One.");
    first.shutdown();
    is_answered(&second, "Two.");
    second.shutdown();
    stage.wait_until_nothing_is_left();
}

fn after_a_crash_all_come_back_to_one(version: &str) {
    let stage = Stage::new(version);
    let (first, second) = (stage.editor(), stage.editor());
    let before = address(&first);
    assert_eq!(address(&second), before);
    kill(&stage.servers());
    let other = |editor: &Editor| {
        let wait = || Some(address(editor)).filter(|address| *address != before);
        eventually_within(PATIENCE, wait)
    };
    assert_eq!(other(&first), other(&second));
    assert_eq!(stage.places().len(), 1);
    is_answered(&first, "One.");
    is_answered(&second, "Two.");
    // What is said about the break depends on how long the restart takes.
    for editor in [first, second] {
        editor.ignore("window/showMessage");
        editor.shutdown();
    }
    stage.wait_until_nothing_is_left();
}

/// Only Linux ends the server by itself.
fn it_ends_with_its_guard_and_another_is_started(version: &str) {
    if !cfg!(target_os = "linux") {
        return;
    }
    let stage = Stage::new(version);
    let editor = stage.editor();
    runs_a_shell(&stage, &editor);
    let (servers, shells) = (stage.servers(), stage.processes("sleep 600"));
    kill(&stage.processes("opencode-lsp guard "));
    eventually(|| stage.servers().is_disjoint(&servers).then_some(()));
    // The shells are ended before another server is started.
    editor.ignore("window/showMessage");
    editor.on_request("window/showMessageRequest", |_| Ok(Value::Null));
    eventually_within(PATIENCE, || (!stage.servers().is_empty()).then_some(()));
    assert!(stage.processes("sleep 600").is_disjoint(&shells));
    eventually_within(PATIENCE, || (editor.stderr().matches("connected url=").count() > 1).then_some(()));
    assert_eq!(stage.places().len(), 1);
    editor.shutdown();
    stage.wait_until_nothing_is_left();
}

fn what_a_killed_bridge_and_guard_left_is_replaced(version: &str) {
    if !cfg!(target_os = "linux") {
        return;
    }
    let stage = Stage::new(version);
    let editor = stage.editor();
    runs_a_shell(&stage, &editor);
    let left = stage.places();
    // The bridge neither ends before its guard nor sees it end.
    assert!(Command::new("kill").args(["-STOP", &editor.pid().to_string()]).status().expect("kill").success());
    kill(&stage.processes("opencode-lsp guard "));
    editor.kill();
    // Nobody is there to clear up.
    assert!(left[0].join("record.json").exists());
    let editor = stage.editor();
    is_answered(&editor, "Anew.");
    assert!(stage.processes("sleep 600").is_empty());
    assert_eq!(stage.places().len(), 1);
    assert_ne!(stage.places(), left);
    editor.shutdown();
    stage.wait_until_nothing_is_left();
}

fn a_restart_leaves_the_other_editors_theirs(version: &str) {
    let stage = Stage::new(version);
    let (first, second) = (stage.editor(), stage.editor());
    let before = address(&first);
    assert_eq!(address(&second), before);
    first.command("opencode.server.restart", json!([])).expect("taken");
    let after = eventually_within(PATIENCE, || Some(address(&first)).filter(|address| *address != before));
    is_answered(&second, "Still here.");
    assert_eq!(address(&second), before);
    // Who comes now joins the new one.
    let third = stage.editor();
    assert_eq!(address(&third), after);
    for editor in [first, second, third] {
        editor.shutdown();
    }
    stage.wait_until_nothing_is_left();
}

fn a_shell_uses_it_beside_the_editor(version: &str) {
    let stage = Stage::new(version);
    std::fs::create_dir(stage.project.path("below")).expect("a folder");
    let shell = |arguments: &[&str]| {
        let mut shell = server(&stage.state);
        shell.args(arguments).current_dir(stage.project.path("below")).output().expect("run")
    };
    let editor = stage.editor();
    address(&editor);
    let servers = stage.servers();
    let script = testkit::script(json!([{"say": "From the shell."}]));
    let output = shell(&["ask", "Say it.\n", &script]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "From the shell.\n", "{output:?}");
    assert!(shell(&["sessions"]).status.success());
    assert_eq!(stage.servers(), servers);
    is_answered(&editor, "Still here.");
    editor.shutdown();
    stage.wait_until_nothing_is_left();
    // None is started for a shell.
    let output = shell(&["sessions"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(stage.servers().is_empty());
}
