//! Selections into the prompt of opencode's own interface.

use serde_json::{Value, json};

use crate::kit::{PYTHON, Stage, action, range};

on_every_version! {
    a_selection_goes_into_the_prompt
    submit_and_clear_are_commands
}

fn a_selection_goes_into_the_prompt(version: &str) {
    let stage = Stage::new(version, &[("a b.py", PYTHON)]);
    let uri = stage.open("a b.py");
    stage.connected();
    let mut events = stage.opencode.events();
    let append = |lines: std::ops::Range<u32>| {
        let actions = stage.editor.code_actions(&uri, range(lines), &[]);
        let command = &action(&actions, "Add selection to opencode prompt")["command"];
        stage.run("opencode.append", command["arguments"][0].clone());
    };
    append(0..2);
    let event = events.wait("tui.prompt.append", |_| true);
    assert_eq!(event["properties"]["text"], "@a b.py#L1-2 ");

    stage.editor.change_full(&uri, 2, "def mul(a, b):\n    return a*b\n");
    append(0..1);
    let event = events.wait("tui.prompt.append", |_| true);
    assert_eq!(event["properties"]["text"], "`a b.py`, line 1 (python), not saved:\n```python\ndef mul(a, b):\n```\n");
    stage.editor.shutdown();
}

fn submit_and_clear_are_commands(version: &str) {
    let stage = Stage::new(version, &[("a.py", PYTHON)]);
    stage.connected();
    let mut events = stage.opencode.events();
    stage.run("opencode.tui.submit", Value::Null);
    events.wait("tui.command.execute", |event| event["command"] == "prompt.submit");
    stage.run("opencode.tui.clear", Value::Null);
    events.wait("tui.command.execute", |event| event["command"] == "prompt.clear");
    let refused = stage.editor.command("opencode.append", json!([])).expect_err("no file is open");
    assert!(refused["message"].as_str().expect("words").starts_with("nothing to add"));
    stage.editor.shutdown();
}
