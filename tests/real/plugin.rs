//! What an editor's plugin is told and asked beside LSP (`docs/protocol.md`).

use serde_json::{Value, json};
use testkit::{Opencode, eventually};

use crate::kit::{PYTHON, Stage, edit_steps};

on_every_version! {
    a_plugin_asks_in_its_own_box_and_sees_everything_come
    a_box_that_is_closed_asks_nothing
    a_plugin_asks_for_permissions_by_its_own_means
}

/// An editor whose plugin can do these.
fn with_plugin(version: &str, can: Value) -> Stage {
    Stage::on(Opencode::builder(version), &[("a.py", PYTHON)], |params| {
        params["capabilities"]["experimental"] = json!({ "opencode": can });
    })
}

fn status(stage: &Stage, matches: impl Fn(&Value) -> bool) -> Value {
    stage.editor.expect_notification("opencode/status", matches)
}

/// The next piece of the answer, laid over what was there.
fn answer_piece(stage: &Stage, so_far: &mut String) -> bool {
    let piece = stage.editor.expect_notification("opencode/answer", |_| true);
    if piece["whole"] == true {
        so_far.clear();
    }
    so_far.push_str(piece["text"].as_str().expect("a text"));
    piece["done"] == true
}

fn a_plugin_asks_in_its_own_box_and_sees_everything_come(version: &str) {
    let stage = with_plugin(version, json!({"input": true, "status": true, "answer": true}));
    let folder = stage.project.root_uri();
    let connected = status(&stage, |status| status["folders"][0]["connection"] == "connected");
    assert_eq!(connected["folders"][0]["uri"], folder);
    assert_eq!(connected["folders"][0]["server"], json!({"url": stage.opencode.url(), "version": version}));
    assert_eq!((&connected["pending"], &connected["files"]), (&json!(0), &json!(0)));

    let uri = stage.open("a.py");
    let nothing = stage.editor.request("opencode/hunks", json!({"textDocument": {"uri": uri}}));
    assert_eq!(nothing, Ok(json!([])));
    let lines = json!({"start": {"line": 0, "character": 0}, "end": {"line": 2, "character": 0}});
    stage.run("opencode.ask", json!({"uri": uri, "range": lines}));
    let asked = stage.editor.expect_request("opencode/input", |_| true);
    assert_eq!(asked.params["title"], "Ask opencode about a.py, lines 1-2");
    let question = format!("Spaces?\n{}", testkit::script(edit_steps(&stage.project)));
    stage.editor.answer(&asked, Ok(json!(question)));

    status(&stage, |status| status["pending"] == 1 && status["folders"][0]["busy"] == true);
    stage.allow_slowly("edit a.py", "edit");
    let mut answer = String::new();
    while !answer_piece(&stage, &mut answer) {}
    assert_eq!(answer, "Spaces added.\nAnything else?");
    stage.answer("Spaces added.");
    let end = |status: &Value| status["pending"] == 0 && status["hunks"] == 1 && status["folders"][0]["busy"] == false;
    let end = status(&stage, end);
    assert_eq!(end["files"], 1);

    // The editor reloads the file: only then does it show the hunk.
    stage.editor.change_full(&uri, 2, &stage.project.read("a.py"));
    stage.wait_changes(&uri, &[("opencode changed 1 line", 1)]);
    let hunks = stage.editor.request("opencode/hunks", json!({"textDocument": {"uri": uri}})).expect("hunks");
    let range = json!({"start": {"line": 1, "character": 0}, "end": {"line": 2, "character": 0}});
    let id = &stage.editor.diagnostics(&uri)[0]["data"]["id"];
    assert_eq!(hunks, json!([{"id": id, "range": range, "removed": ["    return a+b"]}]));
    let baseline = stage.editor.request("opencode/baseline", json!({"textDocument": {"uri": uri}}));
    assert_eq!(baseline, Ok(json!({"text": PYTHON})));
    stage.run("opencode.review.keep", json!({"uri": uri, "id": id}));
    status(&stage, |status| status["files"] == 0 && status["hunks"] == 0);
    let baseline = stage.editor.request("opencode/baseline", json!({"textDocument": {"uri": uri}}));
    assert_eq!(baseline, Ok(Value::Null));
    stage.editor.ignore("opencode/status");
    stage.editor.shutdown();
}

fn a_box_that_is_closed_asks_nothing(version: &str) {
    let stage = with_plugin(version, json!({"input": true}));
    let uri = stage.open("a.py");
    for nothing in [Value::Null, json!(" \n")] {
        stage.run("opencode.ask", json!({"uri": uri}));
        let asked = stage.editor.expect_request("opencode/input", |_| true);
        stage.editor.answer(&asked, Ok(nothing));
    }
    // A plugin without a box after all: a prompt document is opened, now and from then on.
    for has_box in [true, false] {
        stage.run("opencode.ask", json!({"uri": uri}));
        if has_box {
            let asked = stage.editor.expect_request("opencode/input", |_| true);
            stage.editor.answer(&asked, Err(json!({"code": -32601, "message": "no such method"})));
        }
        let (_, text) = stage.shown();
        assert!(text.contains("\nfile: a.py\n"), "{text}");
    }
    let (_, sessions) = stage.opencode.get("/session");
    assert_eq!(sessions, json!([]));
    eventually(|| stage.editor.stderr().contains("has no box").then_some(()));
    stage.editor.shutdown();
}

fn a_plugin_asks_for_permissions_by_its_own_means(version: &str) {
    let stage = with_plugin(version, json!({"permissions": true}));
    let uri = stage.open("a.py");
    stage.ask(&uri, 0..2, "Spaces?", edit_steps(&stage.project));
    let lists = |wanted: usize| {
        let has = |list: &Value| list["permissions"].as_array().is_some_and(|open| open.len() == wanted);
        stage.editor.expect_notification("opencode/permissions", has)
    };
    let asked = &lists(1)["permissions"][0];
    let title = asked["title"].as_str().expect("a title");
    assert!(title.starts_with("opencode wants to edit a.py (session "), "{title}");
    assert_eq!((&asked["kind"], &asked["uri"], &asked["unsaved"]), (&json!("edit"), &json!(uri), &json!(false)));
    assert_eq!(asked["folder"], stage.project.root_uri());
    let id = &asked["id"];
    let proposal = stage.editor.request("opencode/proposal", json!({"id": id})).expect("a proposal");
    assert_eq!((&proposal[0]["uri"], &proposal[0]["before"]), (&json!(uri), &json!(PYTHON)));
    stage.run("opencode.permission.reply", json!({"id": id, "reply": "once"}));
    lists(0);
    stage.answer("Spaces added.");
    assert_eq!(proposal[0]["after"], json!(stage.project.read("a.py")));
    // The title of a session comes when it wants to, which is another list.
    stage.editor.ignore("opencode/permissions");
    stage.editor.shutdown();
}
