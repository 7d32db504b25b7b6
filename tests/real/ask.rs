//! Asking about a place: what is offered, what the model gets, where the question can come from.

use serde_json::{Value, json};

use crate::kit::{PYTHON, Stage, action, prompt_seen, range, titles};

on_every_version! {
    unsaved_text_travels_as_text
    diagnostics_go_along_when_asked_to_fix
    a_prompt_document_is_sent_when_saved
    a_prompt_document_that_the_editor_does_not_attach_is_sent_too
    two_questions_share_a_session
    a_question_that_cannot_be_delivered_is_kept
}

fn unsaved_text_travels_as_text(version: &str) {
    let stage = Stage::new(version, &[("a.py", PYTHON)]);
    let uri = stage.open("a.py");
    stage.editor.change_full(&uri, 2, "def mul(a, b):\n    return a*b\n");
    stage.ask(&uri, 0..2, "And this?", json!([{"say": "It multiplies."}]));
    stage.answer("It multiplies.");
    let seen = prompt_seen(&stage.model.wait_for_request(1));
    assert!(
        seen.contains("as it is in the editor (not saved):\n```python\ndef mul(a, b):\n    return a*b\n```"),
        "{seen}"
    );
    assert!(!seen.contains("return a+b"), "{seen}");
    stage.editor.shutdown();
}

fn diagnostics_go_along_when_asked_to_fix(version: &str) {
    let stage = Stage::new(version, &[("a.py", PYTHON)]);
    let uri = stage.open("a.py");
    let diagnostic = json!({"range": range(1..1), "severity": 1, "source": "ruff", "code": "E225",
        "message": "missing whitespace around operator"});
    let actions = stage.editor.code_actions(&uri, range(1..1), std::slice::from_ref(&diagnostic));
    let fix = action(&actions, "Fix with opencode");
    assert_eq!(fix["kind"], "quickfix");
    assert_eq!(fix["diagnostics"], json!([diagnostic]));
    assert!(fix.get("isPreferred").is_none());
    stage.run(fix["command"]["command"].as_str().expect("a name"), fix["command"]["arguments"][0].clone());
    stage.answer("Done: Fix these diagnostics.");
    let seen = prompt_seen(&stage.model.wait_for_request(1));
    assert!(seen.contains("line 2: missing whitespace around operator (ruff E225)"), "{seen}");
    stage.editor.shutdown();
}

fn a_prompt_document_is_sent_when_saved(version: &str) {
    let stage = Stage::new(version, &[("a.py", PYTHON)]);
    let uri = stage.open("a.py");
    let actions = stage.editor.code_actions(&uri, range(0..2), &[]);
    let offered = ["Ask opencode about selection…", "Add selection to opencode prompt", "opencode: more…"];
    assert_eq!(titles(&actions), offered);
    stage.run("opencode.ask", action(&actions, "Ask opencode about selection…")["command"]["arguments"][0].clone());
    let (document, text) = stage.shown();
    assert!(text.contains("\nfile: a.py\nlines: 1-2\n"), "{text}");

    stage.editor.open(&document, "markdown", &text);
    stage.editor.save(&document);
    let script = testkit::script(json!([{"say": "Yes."}]));
    stage.editor.change_full(&document, 2, &format!("{text}Is this right?\n{script}\n"));
    stage.editor.save(&document);
    stage.answer("Yes.");
    // Saving it once more asks nothing: the next answer is to the next question.
    stage.editor.save(&document);
    stage.ask(&uri, 0..1, "Next?", json!([{"say": "Next."}]));
    stage.answer("Next.");
    assert!(prompt_seen(&stage.model.wait_for_request(1)).contains("Is this right?"));
    assert_eq!(stage.model.requests().len(), 2);
    stage.editor.shutdown();
}

fn a_prompt_document_that_the_editor_does_not_attach_is_sent_too(version: &str) {
    let stage = Stage::new(version, &[("a.py", PYTHON)]);
    stage.open("a.py");
    // As from Helix's menu: a command without an argument, in a client that cannot show documents.
    stage.run("opencode.ask", Value::Null);
    let shown = stage.editor.expect_request("window/showDocument", |_| true);
    stage.editor.answer(&shown, Err(json!({"code": -32601, "message": "no such method"})));
    stage.message("Write your question into");
    let path =
        url::Url::parse(shown.params["uri"].as_str().expect("a URI")).expect("a URI").to_file_path().expect("a file");
    let text = std::fs::read_to_string(&path).expect("a prompt document");
    std::fs::write(&path, format!("{text}Hello?\n{}\n", testkit::script(json!([{"say": "Hello."}])))).expect("saved");
    stage.answer("Hello.");
    stage.editor.shutdown();
}

fn two_questions_share_a_session(version: &str) {
    let stage = Stage::new(version, &[("a.py", PYTHON)]);
    let uri = stage.open("a.py");
    // Both before there is a session: they must not get one each.
    stage.ask(&uri, 0..1, "One?", json!([{"say": "One."}]));
    stage.ask(&uri, 0..1, "Two?", json!([{"say": "Two."}]));
    stage.dialog("opencode: ");
    stage.dialog("opencode: ");
    let (_, sessions) = stage.opencode.get("/session");
    assert_eq!(sessions.as_array().expect("a list").len(), 1, "{sessions}");
    stage.editor.kill();
}

fn a_question_that_cannot_be_delivered_is_kept(version: &str) {
    let mut stage = Stage::new(version, &[("a.py", PYTHON)]);
    let uri = stage.open("a.py");
    stage.ask(&uri, 0..1, "First?", json!([{"say": "First."}]));
    stage.answer("First.");
    let (_, session) = stage.opencode.get("/session");
    stage.opencode.kill();
    stage.ask(&uri, 0..1, "Where does this go?", json!([{"say": "Nowhere."}]));
    let message = stage.message("Your question was not sent");
    let message = message["message"].as_str().expect("a message");
    let path = message.split("It is kept in ").nth(1).and_then(|rest| rest.split("; open").next()).expect("a path");
    let kept = testkit::eventually(|| std::fs::read_to_string(path).ok());
    assert!(kept.contains("Where does this go?"), "{kept}");
    drop(session);
    stage.editor.ignore("window/showMessage");
    stage.editor.shutdown();
}
