//! Nonsense from the editor: a clear error to the caller or a line in the log, and on it goes.

use serde_json::{Value, json};

use crate::stage::{Stage, lone_editor};

/// It still answers, and with sense.
fn still_alive(editor: &testkit::Editor, uri: &str) {
    let range = json!({"start": {"line": 0, "character": 0}, "end": {"line": 1, "character": 0}});
    assert_eq!(editor.code_actions(uri, range, &[]).len(), 3);
}

#[test]
fn malformed_messages_are_answered_and_survived() {
    let (project, editor, _state) = lone_editor();
    for (bytes, code) in [
        (&b"Content-Length: 1\r\n\r\n{"[..], -32700),
        (b"Content-Length: 3\r\n\r\n\xff\xfe\xfd", -32700),
        (b"Content-Length: 2\r\n\r\n[]", -32600),
        (b"Content-Length: 17\r\n\r\n{\"jsonrpc\":\"2.0\"}", -32600),
        (b"Content-Length: 44\r\n\r\n{\"jsonrpc\":\"1.0\",\"id\":9,\"method\":\"shutdown\"}", -32600),
    ] {
        editor.send_raw(bytes);
        assert_eq!(editor.expect_unaddressed_error()["code"], code);
    }
    editor.send_raw(b"what is this?\r\n\r\nContent-Type: nonsense\r\n\r\n");
    still_alive(&editor, &project.uri("a.py"));
    editor.shutdown();
}

#[test]
fn unknown_methods_and_commands_are_refused() {
    let (project, editor, _state) = lone_editor();
    let error = editor.request("textDocument/fly", json!({})).expect_err("unknown");
    assert_eq!(error["code"], -32601);
    editor.notify("textDocument/flew", json!({}));
    editor.notify("$/whatever", json!({}));
    let refused = |command: &str, arguments: Value| {
        let error = editor.command(command, arguments).expect_err("refused");
        assert_eq!(error["code"], -32602, "{error}");
        error["message"].as_str().expect("words").to_owned()
    };
    assert!(refused("opencode.fly", json!([])).contains("there is no command `opencode.fly`; there are opencode.ask,"));
    for argument in [json!("a.py"), json!(7), json!([]), json!({"uri": 3}), json!({"uri": "file:///a", "range": "all"})]
    {
        assert!(refused("opencode.ask", json!([argument])).starts_with("opencode.ask: "));
    }
    assert!(refused("opencode.permission.reply", json!([{"id": "per_1", "reply": "yes"}])).contains("once"));
    let error = editor.command("opencode.permission.reply", json!([{"id": "per_1", "reply": "once"}]));
    assert_eq!(error.expect_err("there is none")["code"], -32803);
    still_alive(&editor, &project.uri("a.py"));
    editor.shutdown();
}

#[test]
fn parameters_of_the_wrong_shape_are_refused() {
    let (project, editor, _state) = lone_editor();
    for params in [json!(null), json!({}), json!({"textDocument": {"uri": "not a uri"}}), json!([1, 2])] {
        assert!(editor.request("textDocument/codeAction", params.clone()).is_err(), "{params}");
        editor.notify("textDocument/didOpen", params.clone());
        editor.notify("textDocument/didChange", params);
    }
    still_alive(&editor, &project.uri("a.py"));
    editor.shutdown();
}

#[test]
fn documents_that_were_never_opened_can_still_be_asked_about() {
    let stage = Stage::new();
    let uri = stage.project.uri("a.py");
    stage.editor.change_full(&uri, 7, "never opened");
    stage.editor.save(&uri);
    stage.editor.close(&uri);
    stage.ask(&uri, "Why?").expect("taken");
    let body = stage.fake.wait_for("POST /session/ses_fake/prompt_async", 1);
    assert_eq!(body["parts"][0], json!({"type": "text", "text": "Why?\n\nThis is about `a.py`."}));
    assert_eq!((&body["parts"][1]["type"], &body["parts"][1]["url"]), (&json!("file"), &json!(uri)));
    stage.editor.shutdown();
}

#[test]
fn documents_that_are_no_files_travel_as_text() {
    let stage = Stage::new();
    let uri = "untitled:Untitled-1";
    stage.editor.open(uri, "python", "x = 1\n");
    stage.ask(uri, "Why?").expect("taken");
    let body = stage.fake.wait_for("POST /session/ses_fake/prompt_async", 1);
    let text = body["parts"][0]["text"].as_str().expect("a text");
    assert!(
        text.contains("This is about `untitled:Untitled-1` (python), as it is in the editor (not saved):"),
        "{text}"
    );
    assert!(text.contains("```python\nx = 1\n```"), "{text}");
    stage.editor.shutdown();
}

#[test]
fn selections_of_other_projects_travel_as_text() {
    let stage = Stage::new();
    let other = testkit::Project::new(&[("b.py", "y = 2\n")]);
    let uri = other.uri("b.py");
    stage.editor.open(&uri, "python", "y = 2\n");
    stage.ask(&uri, "Why?").expect("taken");
    let body = stage.fake.wait_for("POST /session/ses_fake/prompt_async", 1);
    assert_eq!(body["parts"].as_array().expect("parts").len(), 1);
    let text = body["parts"][0]["text"].as_str().expect("a text");
    assert!(text.contains(&other.path("b.py").display().to_string()), "{text}");
    assert!(text.contains("y = 2"), "{text}");
    stage.editor.shutdown();
}

#[test]
fn ranges_of_nonsense_are_clamped() {
    let stage = Stage::new();
    let uri = stage.open("a.py");
    let position = |line: u32, character: u32| json!({"line": line, "character": character});
    let far = 2_147_483_647;
    for (start, end) in [
        (position(far, far), position(far, far)),
        (position(4, 2), position(0, 9)),
        (position(0, far), position(1, far)),
    ] {
        let range = json!({"start": start, "end": end});
        assert!(!stage.editor.code_actions(&uri, range.clone(), &[]).is_empty());
        stage.editor.command("opencode.ask", json!([{"uri": uri, "range": range, "prompt": "Why?"}])).expect("taken");
    }
    // An edit from beyond the end to before the beginning, in the middle of a character.
    stage.editor.change(
        &uri,
        2,
        json!([{"range": {"start": position(far, 1), "end": position(0, 0)}, "text": "a😀b"}]),
    );
    stage.editor.change(&uri, 3, json!([{"range": {"start": position(0, 2), "end": position(0, 2)}, "text": "x"}]));
    stage.ask(&uri, "And now?").expect("taken");
    let body = stage.fake.wait_for("POST /session/ses_fake/prompt_async", 4);
    let text = body["parts"][0]["text"].as_str().expect("a text");
    assert!(text.contains("```python\nax😀b\n```"), "{text}");
    stage.editor.shutdown();
}

#[test]
fn a_document_of_100_megabytes_is_opened_edited_and_asked_about() {
    let stage = Stage::new();
    let uri = stage.project.uri("big.txt");
    let line = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde\n";
    let text = line.repeat(100 * 1024 * 1024 / line.len());
    stage.editor.open(&uri, "text", &text);
    let range = json!({"start": {"line": 1000, "character": 0}, "end": {"line": 1000, "character": 4}});
    stage.editor.change(&uri, 2, json!([{"range": range, "text": "here"}]));
    stage.editor.command("opencode.ask", json!([{"uri": uri, "range": range, "prompt": "Why?"}])).expect("taken");
    let body = stage.fake.wait_for("POST /session/ses_fake/prompt_async", 1);
    let text = body["parts"][0]["text"].as_str().expect("a text");
    assert!(text.contains("line 1001") && text.contains("here456789abcdef") && text.len() < 1000, "{}", text.len());
    stage.editor.shutdown();
}

#[test]
fn a_burst_of_changes_is_taken_in_order() {
    let stage = Stage::new();
    let uri = stage.open("a.py");
    let mut burst = Vec::new();
    let mut expected = String::new();
    for number in 0..2000 {
        // Each at the end of the one before, so that any other order gives another text.
        let at = json!({"line": 0, "character": expected.len()});
        let range = if number == 0 {
            json!({"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}})
        } else {
            json!({"start": at, "end": at})
        };
        let text = format!("{number},");
        expected.push_str(&text);
        let params = json!({"textDocument": {"uri": uri, "version": number + 2}, "contentChanges": [{"range": range, "text": text}]});
        let message = json!({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": params}).to_string();
        burst.extend(format!("Content-Length: {}\r\n\r\n{message}", message.len()).into_bytes());
    }
    stage.editor.send_raw(&burst);
    stage.ask(&uri, "All there?").expect("taken");
    let body = stage.fake.wait_for("POST /session/ses_fake/prompt_async", 1);
    let text = body["parts"][0]["text"].as_str().expect("a text");
    assert!(text.contains(&expected), "{text}");
    stage.editor.shutdown();
}
