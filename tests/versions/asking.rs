//! Questions to opencode, and its own.

use serde_json::{Value, json};

use crate::Outcome;
use crate::held::{calls_of, ended_with, said_by};
use crate::kit::{PYTHON, Stage, action, prompt_seen, range};

pub fn ask(version: &str) -> Outcome {
    let stage = Stage::new(version, &[("a.py", PYTHON)]);
    let uri = stage.open("a.py");
    stage.ask(&uri, 0..2, "What does this do?", json!([{"say": "It adds.\n\nTwo numbers."}]));
    let begin = stage.editor.wait_progress(|step| step["value"]["kind"] == "begin");
    assert_eq!(begin["value"]["title"], "opencode: What does this do?");
    stage.press(&stage.dialog("opencode: It adds."), "Show");
    let (document, transcript) = stage.shown();
    assert!(document.ends_with(".md"), "{document}");
    assert!(transcript.contains("What does this do?"), "{transcript}");
    assert!(transcript.contains("It adds.\n\nTwo numbers."), "{transcript}");

    let seen = prompt_seen(&stage.model.wait_for_request(1));
    assert!(seen.contains("return a+b") && !seen.contains("return a-b"), "just the lines asked about: {seen}");
    assert!(said_by(&stage, "user").contains("This is about `a.py`, lines 1-2 (python)."));
    assert!(said_by(&stage, "assistant").contains("It adds.\n\nTwo numbers."));
    stage.editor.shutdown();
    Outcome::AsItShould
}

pub fn question(version: &str) -> Outcome {
    let stage = Stage::new(version, &[("a.py", PYTHON)]);
    let uri = stage.open("a.py");
    let question = json!({
        "question": "Tabs or spaces?",
        "header": "Indentation",
        "options": [
            {"label": "Tabs", "description": "one for each level"},
            {"label": "Spaces", "description": "four for each level"},
        ],
    });
    let steps = json!([{"tool": "question", "input": {"questions": [question]}}, {"say": "Spaces it is."}]);
    stage.ask(&uri, 0..1, "Indent this.", steps);
    stage.press(&stage.dialog("Tabs or spaces?"), "Spaces (four for each level)");
    stage.answer("Spaces it is.");
    assert_eq!(calls_of(&stage, "question"), ["completed"]);
    assert_eq!(stage.opencode.get("/question").1, json!([]));
    stage.editor.shutdown();
    Outcome::AsItShould
}

pub fn abort(version: &str) -> Outcome {
    let stage = Stage::new(version, &[("a.py", PYTHON)]);
    let uri = stage.open("a.py");
    stage.ask(&uri, 0..1, "Take your time.", json!([{"gate": "never", "say": "Well then"}]));
    let begin = stage.editor.wait_progress(|step| step["value"]["kind"] == "begin");
    stage.model.waiting_at("never");
    stage.editor.notify("window/workDoneProgress/cancel", json!({"token": begin["token"]}));
    let end = stage.editor.wait_progress(|step| step["value"]["kind"] == "end");
    assert_eq!(end["value"]["message"], "aborted");
    let refused = stage.editor.command("opencode.abort", json!([])).expect_err("nothing is left to abort");
    assert_eq!(refused["message"], "opencode is not working on anything of yours");

    ended_with(&stage, "MessageAbortedError");
    // It is not the end of the session.
    stage.ask(&uri, 0..1, "And now?", json!([{"say": "Now, then."}]));
    stage.answer("Now, then.");
    stage.editor.shutdown();
    Outcome::AsItShould
}

pub fn provider_error(version: &str) -> Outcome {
    let stage = Stage::new(version, &[("a.py", PYTHON)]);
    let uri = stage.open("a.py");
    stage.ask(&uri, 0..1, "Fail?", json!([{"fail": "the model is on strike"}]));
    stage.message("opencode failed: the model is on strike");
    stage.editor.wait_progress(|step| step["value"]["kind"] == "end" && step["value"]["message"] == "failed");

    ended_with(&stage, "APIError");
    stage.ask(&uri, 0..1, "Back at work?", json!([{"say": "At work."}]));
    stage.answer("At work.");
    stage.editor.shutdown();
    Outcome::AsItShould
}

pub fn append(version: &str) -> Outcome {
    let stage = Stage::new(version, &[("a b.py", PYTHON)]);
    stage.connected();
    let refused = stage.editor.command("opencode.append", json!([])).expect_err("no file is open");
    assert!(refused["message"].as_str().expect("words").starts_with("nothing to add"), "{refused}");

    let uri = stage.open("a b.py");
    let mut events = stage.opencode.events();
    let mut append = |lines: std::ops::Range<u32>| {
        let actions = stage.editor.code_actions(&uri, range(lines), &[]);
        let command = &action(&actions, "Add selection to opencode prompt")["command"];
        stage.run("opencode.append", command["arguments"][0].clone());
        events.wait("tui.prompt.append", |_| true)["properties"]["text"].clone()
    };
    assert_eq!(append(0..2), "@a b.py#L1-2 ");
    stage.editor.change_full(&uri, 2, "def mul(a, b):\n    return a*b\n");
    assert_eq!(append(0..1), "`a b.py`, line 1 (python), not saved:\n```python\ndef mul(a, b):\n```\n");
    stage.run("opencode.tui.submit", Value::Null);
    events.wait("tui.command.execute", |event| event["command"] == "prompt.submit");
    stage.run("opencode.tui.clear", Value::Null);
    events.wait("tui.command.execute", |event| event["command"] == "prompt.clear");
    stage.editor.shutdown();
    Outcome::AsItShould
}
