//! opencode asks for leave; the user gives it, or not, in every way an editor has.

use serde_json::{Value, json};
use testkit::Opencode;

use crate::kit::{PYTHON, Stage, action, edit_steps, range, said, titles};

on_every_version! {
    cancelling_a_turn_that_waits_takes_its_request_along
    a_rejected_edit_changes_nothing
    a_command_is_always_allowed
    kakoune_gets_no_backslashes_in_dialogs
    details_show_everything_and_ask_again
    without_dialogs_code_actions_do_it_all
    answered_elsewhere_everything_disappears
    a_dismissed_request_stays_and_can_be_recalled
}

const EDIT: &str = "opencode wants to edit a.py";

fn asking_to_edit(version: &str) -> (Stage, String) {
    let stage = Stage::new(version, &[("a.py", PYTHON)]);
    let uri = stage.open("a.py");
    stage.ask(&uri, 0..2, "Add spaces.", edit_steps(&stage.project));
    (stage, uri)
}

fn a_rejected_edit_changes_nothing(version: &str) {
    let (stage, uri) = asking_to_edit(version);
    stage.press(&stage.dialog(EDIT), "Reject");
    stage.message("opencode stopped, as it was not allowed to go on");
    stage.editor.wait_progress(|step| step["value"]["kind"] == "end");
    stage.editor.wait_diagnostics(&uri, |shown| shown.is_empty());
    assert_eq!(stage.project.read("a.py"), PYTHON);
    stage.editor.shutdown();
}

fn a_command_is_always_allowed(version: &str) {
    let stage = Stage::new(version, &[("a.py", PYTHON)]);
    let uri = stage.open("a.py");
    let echo =
        |word: &str| json!({"tool": "bash", "input": {"command": format!("echo {word}"), "description": "say it"}});
    stage.ask(&uri, 0..1, "Say hi twice.", json!([echo("one"), echo("two"), {"say": "Said."}]));
    let dialog = stage.dialog("opencode wants to run echo one");
    stage.press(&dialog, "Always allow bash: echo");
    // The second command is not asked about.
    stage.answer("Said.");
    stage.editor.shutdown();
}

/// kakoune-lsp 22 runs what a title makes of its quotes by `\0047`.
fn kakoune_gets_no_backslashes_in_dialogs(version: &str) {
    let stage = Stage::on(Opencode::builder(version), &[("a.py", PYTHON)], |params| {
        params["clientInfo"] = json!({"name": "kakoune-lsp", "version": "22.0.0"});
    });
    let uri = stage.open("a.py");
    let command = json!({"tool": "bash", "input": {"command": "./a\\0047 one", "description": "run it"}});
    stage.ask(&uri, 0..1, "Run it.", json!([command, {"say": "Done."}]));
    let dialog = stage.dialog("opencode wants to run ./a");
    assert!(!dialog.params.to_string().contains('\\'), "{}", dialog.params);
    let always = dialog.params["actions"].as_array().into_iter().flatten().find_map(|action| {
        action["title"].as_str().filter(|title| title.starts_with("Always allow")).map(str::to_owned)
    });
    stage.press(&dialog, &always.expect("a button"));
    stage.answer("Done.");
    stage.editor.shutdown();
}

fn details_show_everything_and_ask_again(version: &str) {
    let (stage, _) = asking_to_edit(version);
    stage.press(&stage.dialog(EDIT), "Show details");
    let (_, details) = stage.shown();
    assert!(details.contains("-    return a+b\n+    return a + b"), "{details}");
    assert!(details.contains("*Always* would allow"), "{details}");
    stage.press(&stage.dialog(EDIT), "Allow once");
    stage.answer("Spaces added.");
    stage.editor.shutdown();
}

fn without_dialogs_code_actions_do_it_all(version: &str) {
    let (stage, uri) = asking_to_edit(version);
    // As Helix 25.01 answers.
    stage.editor.answer(&stage.dialog(EDIT), Err(json!({"code": -32601, "message": "method not found"})));
    stage.message("Answer with the code actions on its warning");
    stage.editor.wait_diagnostics(&uri, |shown| said(shown).len() == 1);
    // At the cursor, and unasked: what waits for the user is in the light bulb too.
    let actions = stage.editor.request(
        "textDocument/codeAction",
        json!({"textDocument": {"uri": uri}, "range": range(1..1), "context": {"diagnostics": [], "triggerKind": 2}}),
    );
    let actions: Vec<Value> = actions.expect("actions").as_array().expect("a list").clone();
    assert_eq!(
        titles(&actions),
        [
            "opencode: show details of edit a.py",
            "opencode: allow once edit a.py",
            "opencode: always allow edit: *",
            "opencode: reject edit a.py",
        ]
    );
    let run = |title: &str| {
        let command = &action(&actions, title)["command"];
        stage.run(command["command"].as_str().expect("a name"), command["arguments"][0].clone());
    };
    run("opencode: show details of edit a.py");
    assert!(stage.shown().1.contains("+    return a + b"));
    run("opencode: allow once edit a.py");
    // The answer comes as a plain message then.
    stage.message("opencode: Spaces added.");
    assert!(stage.project.read("a.py").contains("return a + b"));
    stage.editor.shutdown();
}

fn answered_elsewhere_everything_disappears(version: &str) {
    let (stage, uri) = asking_to_edit(version);
    let dialog = stage.dialog(EDIT);
    stage.editor.wait_diagnostics(&uri, |shown| said(shown).len() == 1);
    let (_, pending) = stage.opencode.get("/permission");
    let id = pending[0]["id"].as_str().expect("an id").to_owned();
    stage.opencode.post(&format!("/permission/{id}/reply"), json!({"reply": "once"}));
    stage.editor.wait_diagnostics(&uri, |shown| shown.iter().all(|d| d["code"] != "permission"));
    stage.answer("Spaces added.");
    // The dialog cannot be closed over LSP; a late click does nothing but say so.
    stage.press(&dialog, "Reject");
    stage.message("already answered elsewhere");
    let refused = stage.editor.command("opencode.permission.reply", json!([{"id": id, "reply": "once"}]));
    assert!(
        refused.expect_err("refused")["message"].as_str().expect("words").contains("there is no permission request")
    );
    stage.editor.shutdown();
}

fn a_dismissed_request_stays_and_can_be_recalled(version: &str) {
    let (stage, uri) = asking_to_edit(version);
    stage.editor.answer(&stage.dialog(EDIT), Ok(Value::Null));
    stage.editor.wait_diagnostics(&uri, |shown| said(shown).len() == 1);
    let (_, pending) = stage.opencode.get("/permission");
    assert_eq!(pending.as_array().expect("a list").len(), 1);
    stage.run("opencode.permissions", Value::Null);
    stage.press(&stage.dialog(EDIT), "Allow once");
    stage.answer("Spaces added.");
    stage.run("opencode.permissions", Value::Null);
    stage.message("opencode waits for no permission");
    stage.editor.shutdown();
}

fn cancelling_a_turn_that_waits_takes_its_request_along(version: &str) {
    let (stage, uri) = asking_to_edit(version);
    let dialog = stage.dialog(EDIT);
    stage.editor.wait_diagnostics(&uri, |shown| said(shown).len() == 1);
    stage.run("opencode.abort", Value::Null);
    let end = stage.editor.wait_progress(|step| step["value"]["kind"] == "end");
    assert_eq!(end["value"]["message"], "aborted");
    stage.editor.wait_diagnostics(&uri, |shown| shown.is_empty());
    // Nothing is left that a late yes could allow.
    testkit::eventually(|| (stage.opencode.get("/permission").1 == json!([])).then_some(()));
    stage.editor.answer(&dialog, Ok(Value::Null));
    assert_eq!(stage.project.read("a.py"), PYTHON);
    stage.editor.shutdown();
}
