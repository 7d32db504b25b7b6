//! Editors that do not do their part.
//!
//! One that answers when it is too late: `answered_elsewhere_everything_disappears` in tests/real.
//! One that closes the bridge's input: `tests/fast/lifecycle.rs`, and here with a question that waits.

use serde_json::{Value, json};

use crate::kit::{Stage, edit_steps, said};
use crate::prompts::prompt_documents;
use crate::stage::{EDIT, FILES, Proxied, goes_on};

on_versions! { it_never_answers: on_1_18_34 "1.18.34" }
on_versions! { it_answers_twice: on_1_18_34 "1.18.34" }
on_versions! { it_leaves_with_a_question_that_waits: on_1_18_34 "1.18.34" }

fn it_never_answers(version: &str) {
    let stage = Proxied::prepared(version, |_, params| {
        params["initializationOptions"]["permissions"] = json!({"promptTimeout": 1});
    });
    stage.editor.leave_unanswered("window/workDoneProgress/create");
    let uri = stage.open("a.py");
    stage.ask(&uri, 0..2, "Add spaces.", edit_steps(&stage.project));
    stage.editor.expect_request("window/workDoneProgress/create", |_| true);
    let dialog = stage.dialog(EDIT);
    // What the dialog would have done, the commands do.
    let shown = stage.editor.wait_diagnostics(&uri, |shown| said(shown).len() == 1);
    let id = shown[0]["data"]["id"].clone();
    stage.run("opencode.permission.reply", json!({"id": id, "reply": "once"}));
    stage.dialog("opencode: Spaces added.");
    assert!(stage.project.read("a.py").contains("return a + b"));
    // Nothing waits for what was never answered.
    stage.ask(&uri, 0..1, "And now?", json!([{"say": "Now this."}]));
    stage.editor.expect_request("window/workDoneProgress/create", |_| true);
    stage.dialog("opencode: Now this.");
    assert_eq!(stage.proxy.count(|route| route.starts_with("POST /permission/")), 1);
    drop(dialog);
    stage.shutdown();
}

fn it_answers_twice(version: &str) {
    let stage = Proxied::new(version);
    let uri = stage.open("a.py");
    stage.ask(&uri, 0..2, "Add spaces.", edit_steps(&stage.project));
    let dialog = stage.dialog(EDIT);
    // The first word counts.
    stage.press(&dialog, "Allow once");
    stage.press(&dialog, "Allow once");
    stage.press(&dialog, "Reject");
    let answer = stage.dialog("opencode: Spaces added.");
    stage.editor.answer(&answer, Ok(Value::Null));
    stage.editor.answer(&answer, Ok(Value::Null));
    assert!(stage.project.read("a.py").contains("return a + b"));
    goes_on(&stage, &uri);
    assert_eq!(stage.proxy.count(|route| route.starts_with("POST /permission/")), 1);
    stage.shutdown();
}

fn it_leaves_with_a_question_that_waits(version: &str) {
    let mut stage = Stage::new(version, FILES);
    let uri = stage.open("a.py");
    stage.connected();
    stage.opencode.kill();
    stage.ask(&uri, 0..1, "Do not forget me.", json!([{"say": "Never."}]));
    stage.editor.close_stdin();
    assert_eq!(stage.editor.wait_exit(testkit::editor::DEADLINE).code(), Some(1));
    let kept = prompt_documents(stage.state.path());
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert!(std::fs::read_to_string(&kept[0]).expect("text").contains("Do not forget me."));
}
