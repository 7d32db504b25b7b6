//! `opencode-lsp review` in a shell: through the bridge of an open editor, and without one.

use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use testkit::{Opencode, Project};

use crate::kit::{PYTHON, Stage, edit_steps, server};
use crate::shell::printed;

on_every_version! {
    changes_are_reviewed_through_the_editor
    changes_are_reviewed_without_an_editor
    an_undo_waits_for_the_turn_where_an_editor_is_open
    an_undo_does_not_wait_where_no_editor_is_open
    of_two_editors_the_one_that_keeps_the_reviews_is_asked
}

const LINES: &str = "one = 1\ntwo = 2\nthree = 3\nfour = 4\nfive = 5\nsix = 6\nseven = 7\neight = 8\n";

fn command(project: &Project, opencode: &Opencode, state: &tempfile::TempDir, arguments: &[&str]) -> Command {
    let mut shell = server(state);
    shell.args(["review", "--server", &opencode.url()]).args(arguments).current_dir(project.root());
    shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    shell
}

impl Stage {
    fn review(&self, arguments: &[&str]) -> Output {
        command(&self.project, &self.opencode, &self.state, arguments).output().expect("run")
    }

    fn list(&self) -> Value {
        serde_json::from_str(&printed(&self.review(&["--json"]))).expect("JSON")
    }
}

/// What a command that did not do it says.
fn refused(output: &Output, code: i32) -> String {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

/// Two changes in `a.py`, one in `b.py`, and a new file. `a.py` is open, and reloaded.
fn changed(version: &str) -> Stage {
    let stage = Stage::trusting(version, &[("a.py", LINES), ("b.py", LINES)]);
    let a = stage.open("a.py");
    let path = |name: &str| stage.project.path(name);
    let edit = |name: &str, old: &str, new: &str| json!({"tool": "edit", "input": {"filePath": path(name), "oldString": old, "newString": new}});
    let steps = json!([
        {"tool": "read", "input": {"filePath": path("a.py")}}, {"tool": "read", "input": {"filePath": path("b.py")}},
        edit("a.py", "two = 2", "two = 22"), edit("a.py", "seven = 7", "seven = 77"),
        edit("b.py", "two = 2", "two = 22"),
        {"tool": "write", "input": {"filePath": path("new.py"), "content": "n = 1\n"}},
        {"say": "Done."},
    ]);
    stage.ask(&a, 0..1, "Change them.", steps);
    stage.answer("Done.");
    stage.editor.change_full(&a, 2, &stage.project.read("a.py"));
    stage.wait_changes(&a, &[("opencode changed 1 line", 1), ("opencode changed 1 line", 6)]);
    stage.wait_changes(&stage.project.uri("b.py"), &[("opencode changed 1 line", 1)]);
    stage.wait_changes(&stage.project.uri("new.py"), &[("opencode created this file", 0)]);
    stage
}

fn changes_are_reviewed_through_the_editor(version: &str) {
    let stage = changed(version);
    let a = stage.project.uri("a.py");
    let list = stage.list();
    let id = |file: usize, hunk: usize| list[file]["hunks"][hunk]["id"].as_str().expect("an id").to_owned();
    assert_eq!((&list[0]["file"], &list[0]["editor"]), (&json!("a.py"), &json!("same")));
    assert_eq!(
        printed(&stage.review(&[])),
        format!(
            "a.py:2: opencode changed 1 line [{}]\na.py:7: opencode changed 1 line [{}]\n\
             b.py:2: opencode changed 1 line [{}]\nnew.py: opencode created this file\n",
            id(0, 0),
            id(0, 1),
            id(1, 0),
        )
    );
    let diff = printed(&stage.review(&["diff", "a.py"]));
    assert!(diff.contains("-seven = 7\n+seven = 77\n") && !diff.contains("b.py"), "{diff}");

    // Of the open file, an undo is the editor's to do.
    let text = stage.project.read("a.py");
    let undo = ["undo", "a.py", "--hunk", &id(0, 1)];
    let running = command(&stage.project, &stage.opencode, &stage.state, &undo).spawn().expect("run");
    let text = stage.make_edit(&a, 2, &text);
    assert_eq!(text, LINES.replace("two = 2", "two = 22"));
    let output = running.wait_with_output().expect("the end");
    assert_eq!(printed(&output), "a.py: done in the editor's text; save it there\n");
    stage.wait_changes(&a, &[("opencode changed 1 line", 1)]);

    assert_eq!(printed(&stage.review(&["keep", "a.py", "--hunk", &id(0, 0)])), "a.py: kept\n");
    stage.wait_changes(&a, &[]);
    let gone = refused(&stage.review(&["keep", "a.py", "--hunk", &id(0, 0)]), 1);
    assert!(gone.contains("nothing that opencode changed in a.py is unreviewed"), "{gone}");

    // A new file is the editor's to remove.
    let running = command(&stage.project, &stage.opencode, &stage.state, &["undo", "--all"]).spawn().expect("run");
    stage.do_file_operation();
    assert_eq!(printed(&running.wait_with_output().expect("the end")), "b.py: undone\nnew.py: undone\n");
    stage.wait_changes(&stage.project.uri("b.py"), &[]);
    assert_eq!(stage.project.read("b.py"), LINES);
    assert!(!stage.project.path("new.py").exists());
    assert_eq!(printed(&stage.review(&[])), "Nothing that opencode changed here is unreviewed.\n");
    stage.editor.shutdown();
}

fn changes_are_reviewed_without_an_editor(version: &str) {
    let Stage { project, opencode, editor, state, model: _model } = changed(version);
    editor.shutdown();
    let sockets = || walk(state.path()).into_iter().filter(|name| name.contains("/sockets/")).count();
    assert_eq!(sockets(), 0, "the socket goes with the bridge");
    let review = |arguments: &[&str]| command(&project, &opencode, &state, arguments).output().expect("run");
    let list = || -> Value { serde_json::from_str(&printed(&review(&["--json"]))).expect("JSON") };
    let before = list();
    let hunks = before[0]["hunks"].as_array().expect("hunks");
    assert_eq!((hunks.len(), &before[0]["editor"]), (2, &json!("closed")));

    let first = hunks[0]["id"].as_str().expect("an id");
    let told: Value =
        serde_json::from_str(&printed(&review(&["undo", "a.py", "--hunk", first, "--json"]))).expect("JSON");
    assert_eq!((&told[0]["file"], &told[0]["outcome"]), (&json!("a.py"), &json!("undone")));
    assert_eq!(project.read("a.py"), LINES.replace("seven = 7", "seven = 77"));
    // The other one is still what it was, in another process.
    let after = list();
    assert_eq!(after[0]["hunks"].as_array().expect("hunks").len(), 1);
    assert_eq!(after[0]["hunks"][0]["id"], hunks[1]["id"]);
    let unknown = refused(&review(&["undo", "a.py", "--hunk", first]), 1);
    assert!(unknown.contains("there is no change") && unknown.contains("opencode-lsp review lists those"), "{unknown}");

    // From a folder below, by a path from there.
    std::fs::create_dir(project.path("below")).expect("a folder");
    let mut below = command(&project, &opencode, &state, &["undo", "../new.py"]);
    assert_eq!(printed(&below.current_dir(project.path("below")).output().expect("run")), "new.py: undone\n");
    assert!(!project.path("new.py").exists());
    let removed: Vec<String> = walk(state.path()).into_iter().filter(|name| name.contains("/removed/")).collect();
    assert_eq!(removed.len(), 1, "{removed:?}");
    assert_eq!(std::fs::read_to_string(&removed[0]).expect("its text"), "n = 1\n");

    assert_eq!(printed(&review(&["keep", "--all"])), "a.py: kept\nb.py: kept\n");
    assert_eq!(list(), json!([]));
    assert!(refused(&review(&["keep", "--all"]), 1).contains("nothing that opencode changed here is unreviewed"));
    assert_eq!(project.read("b.py"), LINES.replace("two = 2", "two = 22"));
}

/// Every file under a folder.
fn walk(folder: &std::path::Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder").map_while(Result::ok) {
        match entry.path() {
            path if path.is_dir() => found.extend(walk(&path)),
            path => found.push(path.display().to_string()),
        }
    }
    found
}

/// A turn that has changed `a.py` and is not over.
fn at_work(version: &str) -> Stage {
    let stage = Stage::trusting(version, &[("a.py", PYTHON)]);
    let a = stage.open("a.py");
    let mut steps = edit_steps(&stage.project);
    steps[2]["gate"] = json!("end");
    stage.ask(&a, 0..2, "Add spaces.", steps);
    stage.model.waiting_at("end");
    stage.wait_changes(&a, &[("opencode changed 1 line on disk; reload the file to see it", 1)]);
    stage
}

fn an_undo_waits_for_the_turn_where_an_editor_is_open(version: &str) {
    let stage = at_work(version);
    let a = stage.project.uri("a.py");
    let output = stage.review(&["undo", "a.py"]);
    let said = refused(&output, 3);
    assert!(said.contains("a.py: opencode is at work on it; it will be undone at the end of the turn"), "{said}");
    stage.message("the undo waits for the end of its turn");
    assert_eq!(stage.list()[0]["waits"], true);
    stage.model.open("end");
    stage.wait_changes(&a, &[]);
    assert_eq!(stage.project.read("a.py"), PYTHON);
    stage.answer("Spaces added.");
    stage.editor.shutdown();
}

fn an_undo_does_not_wait_where_no_editor_is_open(version: &str) {
    let Stage { project, opencode, editor, state, model } = at_work(version);
    editor.shutdown();
    let review = |arguments: &[&str]| command(&project, &opencode, &state, arguments).output().expect("run");
    let said = refused(&review(&["undo", "--all"]), 1);
    assert!(said.contains("opencode is at work in a session that changed a.py; undo it when"), "{said}");
    assert_ne!(project.read("a.py"), PYTHON);
    model.open("end");
    testkit::eventually(|| (opencode.get("/session/status").1 == json!({})).then_some(()));
    assert_eq!(printed(&review(&["undo", "--all"])), "a.py: undone\n");
    assert_eq!(project.read("a.py"), PYTHON);
}

fn of_two_editors_the_one_that_keeps_the_reviews_is_asked(version: &str) {
    let stage = changed(version);
    // It comes later, and knows nothing of the changes.
    let second = testkit::Editor::spawn(server(&stage.state));
    let mut params = testkit::Editor::default_params(&stage.project);
    params["initializationOptions"] = json!({"server": {"url": stage.opencode.url()}});
    second.initialize(params);
    let records =
        || walk(stage.state.path()).into_iter().filter(|name| name.contains("/sockets/") && name.ends_with(".json"));
    testkit::eventually(|| (records().count() == 2).then_some(()));
    assert_eq!(stage.list().as_array().expect("files").len(), 3);
    assert_eq!(printed(&stage.review(&["keep", "--all"])), "a.py: kept\nb.py: kept\nnew.py: kept\n");
    stage.wait_changes(&stage.project.uri("a.py"), &[]);

    let is_review = |name: &String| name.contains("/reviews/") && name.ends_with(".json");
    testkit::eventually(|| (!walk(stage.state.path()).iter().any(is_review)).then_some(()));

    // One that was killed leaves its socket, and is not asked.
    stage.editor.kill();
    assert_eq!(printed(&stage.review(&[])), "Nothing that opencode changed here is unreviewed.\n");
    testkit::eventually(|| (records().count() == 1).then_some(()));
    second.shutdown();
}
