//! Completion in prompt documents while the server takes its time.

use serde_json::{Value, json};

use crate::stage::Stage;

#[test]
fn nobody_waits_for_a_slow_search() {
    let agents = json!([{"name": "explore", "mode": "subagent", "permission": [], "options": {}}]);
    let stage = Stage::prepared(|fake| {
        fake.answer("GET /agent", 200, "application/json", agents.to_string().as_bytes());
        fake.answer("GET /command", 200, "application/json", b"[]");
        fake.answer("GET /config", 200, "application/json", b"{}");
        fake.answer("GET /config/providers", 200, "application/json", b"{\"providers\": [], \"default\": {}}");
        fake.hold("GET /find/file");
    });
    let uri = stage.open("a.py");
    testkit::eventually(|| stage.editor.stderr().contains("connected url=").then_some(()));
    stage.editor.command("opencode.ask", json!([{"uri": uri}])).expect("taken");
    let shown = stage.editor.expect_request("window/showDocument", |_| true);
    stage.editor.answer(&shown, Ok(json!({"success": true})));
    let document = shown.params["uri"].as_str().expect("a URI");
    stage.editor.open(document, "markdown", "See @ex");
    let place = json!({"textDocument": {"uri": document}, "position": {"line": 0, "character": 7}});

    // Two at once: the first is given up for the second, which is answered in time with what is known.
    let first = stage.editor.start_request("textDocument/completion", place.clone());
    let second = stage.editor.start_request("textDocument/completion", place.clone());
    let nothing = json!({"isIncomplete": true, "items": []});
    assert_eq!(stage.editor.response(first), Ok(nothing));
    let completion = stage.editor.response(second).expect("an answer");
    assert_eq!(completion["isIncomplete"], true);
    assert_eq!(completion["items"][0]["textEdit"]["newText"], "@explore");

    // The loop does not wait for a search either.
    let third = stage.editor.start_request("textDocument/completion", place.clone());
    let lines = json!({"start": {"line": 0, "character": 0}, "end": {"line": 1, "character": 0}});
    assert!(!stage.editor.code_actions(&uri, lines, &[]).is_empty());
    assert_eq!(stage.editor.response(third).expect("an answer")["isIncomplete"], true);

    stage.fake.answer("GET /find/file", 200, "application/json", b"[\"src/ex.py\"]");
    stage.fake.release("GET /find/file");
    testkit::eventually(|| {
        let completion = stage.editor.request("textDocument/completion", place.clone()).expect("an answer");
        let items = completion["items"].as_array().expect("items");
        let inserted: Vec<&Value> = items.iter().map(|item| &item["textEdit"]["newText"]).collect();
        (inserted == ["@explore", "@src/ex.py"]).then_some(())
    });
    stage.editor.shutdown();
}
