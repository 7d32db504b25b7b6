//! The transcript of a session, and the code of an answer.

use serde_json::{Value, json};
use testkit::{Opencode, Project, eventually};

use crate::kit::{PYTHON, Stage, action, range};

on_every_version! {
    an_answer_with_tools_links_and_code_comes_live
    the_session_of_a_tui_can_be_read_along
    a_transcript_is_there_after_a_restart
    a_sub_agent_s_steps_are_under_its_task
}

const SAID: &str = "Look at a.py:2 and `a.py`:\n\n```python\n    return a * b\n```\n\nThat is all.";

fn steps(project: &Project) -> Value {
    let todo = |content: &str, status: &str, id: &str| json!({"content": content, "status": status, "priority": "high", "id": id});
    json!([
        {"tool": "read", "input": {"filePath": project.path("a.py")}},
        {"tool": "bash", "input": {"command": "echo out of it", "description": "says something"}},
        {"tool": "todowrite", "input": {"todos": [todo("look", "completed", "1"), todo("tell", "in_progress", "2")]}},
        {"gate": "rest", "say": SAID},
    ])
}

/// Shows a transcript until it has this in it: its URI and its text.
fn shown_with(stage: &Stage, argument: &Value, what: &str) -> (String, String) {
    eventually(|| {
        stage.run("opencode.answer.show", argument.clone());
        Some(stage.shown()).filter(|(_, text)| text.contains(what))
    })
}

fn ask_of(stage: &Stage, method: &str, uri: &str) -> Value {
    stage.editor.request(method, json!({"textDocument": {"uri": uri}})).expect("an answer")
}

/// The line of a text that begins like this.
fn line_of(text: &str, beginning: &str) -> u32 {
    let line = text.lines().position(|line| line.starts_with(beginning));
    let line = line.unwrap_or_else(|| panic!("no line {beginning:?} in {text}"));
    u32::try_from(line).expect("a small number")
}

fn an_answer_with_tools_links_and_code_comes_live(version: &str) {
    let stage = Stage::trusting(version, &[("a.py", PYTHON)]);
    let uri = stage.open("a.py");
    stage.ask(&uri, 0..2, "Which line?", steps(&stage.project));
    stage.model.waiting_at("rest");
    let (document, text) = shown_with(&stage, &Value::Null, "\nLook");
    for said in ["## Which line?\n", "\n- ✓ `read` [a.py]\n", "`echo out of it`\n  ```text\n  out of it\n  ```\n"] {
        assert!(text.contains(said), "no {said:?} in {text}");
    }
    assert!(!text.contains("\nThat is all.") && text.contains("\n…\n"), "{text}");
    assert!(text.contains("Todo (1 of 2 done):\n\n- [x] look\n- [ ] tell (at work)\n"), "{text}");
    // It is written while it grows, without being asked for again.
    stage.model.open("rest");
    let path = url::Url::parse(&document).expect("a URI").to_file_path().expect("a file");
    let read = || std::fs::read_to_string(&path).expect("a transcript");
    eventually(|| read().contains("\nThat is all.").then_some(()));
    stage.answer("Look at a.py:2");
    let text = eventually(|| Some(read()).filter(|text| text.contains(" tokens in, ")));
    assert!(
        text.contains("Look at [a.py:2] and [`a.py`]:\n\n```python\n    return a * b\n```\n\nThat is all.\n"),
        "{text}"
    );

    stage.editor.open(&document, "markdown", &text);
    let links = ask_of(&stage, "textDocument/documentLink", &document);
    let line = line_of(&text, "Look at");
    let link = links.as_array().expect("links").iter().find(|link| link["range"]["start"]["line"] == line);
    let link = link.unwrap_or_else(|| panic!("no link in line {line}: {links}"));
    assert_eq!(link["target"], format!("{uri}#L2"));
    let at = json!({"textDocument": {"uri": document}, "position": {"line": line, "character": 10}});
    let place = stage.editor.request("textDocument/definition", at).expect("a place");
    assert_eq!((&place["uri"], &place["range"]["start"]["line"]), (&json!(uri), &json!(1)));
    let symbols = ask_of(&stage, "textDocument/documentSymbol", &document);
    assert!(symbols.to_string().contains("✓ `read` [a.py]"), "{symbols}");
    let folds = ask_of(&stage, "textDocument/foldingRange", &document);
    let first = line_of(&text, "```python");
    let is_code = |fold: &Value| fold["startLine"] == first && fold["endLine"] == first + 2;
    assert!(folds.as_array().expect("folds").iter().any(is_code), "{folds}");
    // Other documents have none of these from us.
    for method in ["documentLink", "documentSymbol", "foldingRange"] {
        assert_eq!(ask_of(&stage, &format!("textDocument/{method}"), &uri), Value::Null);
    }

    let actions = stage.editor.code_actions(&uri, range(1..2), &[]);
    let command = &action(&actions, "Apply code block to selection")["command"];
    stage.run("opencode.answer.insert", command["arguments"][0].clone());
    let now = stage.make_edit(&uri, 1, PYTHON);
    assert_eq!(now, PYTHON.replacen("    return a+b\n", "    return a * b\n", 1));
    stage.editor.shutdown();
}

/// A session that somebody else has, with an answer.
fn somebody_s(opencode: &Opencode, question: &str, answer: &str) -> String {
    let (_, session) = opencode.post("/session", json!({}));
    let id = session["id"].as_str().expect("an id").to_owned();
    somebody_asks(opencode, &id, question, answer);
    id
}

fn somebody_asks(opencode: &Opencode, id: &str, question: &str, answer: &str) {
    let mut events = opencode.events();
    let text = format!("{question}\n{}", testkit::script(json!([{"say": answer}])));
    opencode.post(&format!("/session/{id}/prompt_async"), json!({"parts": [{"type": "text", "text": text}]}));
    events.wait("session.idle", |event| event["sessionID"] == id);
}

fn the_session_of_a_tui_can_be_read_along(version: &str) {
    let stage = Stage::new(version, &[("a.py", PYTHON)]);
    stage.connected();
    let old = somebody_s(&stage.opencode, "Who asks?", "Somebody does.");
    somebody_s(&stage.opencode, "Who else?", "Nobody else.");
    // The session that was asked in last, and another one by its name.
    let (_, text) = shown_with(&stage, &Value::Null, "## Who else?");
    assert!(text.contains("Nobody else."), "{text}");
    let (document, text) = shown_with(&stage, &json!({"session": old}), "## Who asks?");
    assert!(text.contains("\n\nSomebody does.\n"), "{text}");
    // From now on it follows.
    somebody_asks(&stage.opencode, &old, "Still there?", "Still here.");
    let path = url::Url::parse(&document).expect("a URI").to_file_path().expect("a file");
    let text = eventually(|| {
        let text = std::fs::read_to_string(&path).expect("a transcript");
        text.contains("Still here.").then_some(text)
    });
    assert!(text.find("## Who asks?") < text.find("## Still there?"), "{text}");
    stage.editor.shutdown();
}

fn a_transcript_is_there_after_a_restart(version: &str) {
    let stage = Stage::new(version, &[("a.py", PYTHON)]);
    let uri = stage.open("a.py");
    stage.ask(&uri, 0..1, "What is it?", json!([{"say": "This:\n\n```\nit\n```"}]));
    stage.answer("This:");
    let stage = stage.restart_editor(|_| {});
    stage.connected();
    let uri = stage.open("a.py");
    let (_, text) = shown_with(&stage, &Value::Null, "## What is it?");
    assert!(text.contains("\nThis:\n\n```\nit\n```\n"), "{text}");
    let actions = stage.editor.code_actions(&uri, range(0..0), &[]);
    let command = &action(&actions, "Insert answer's code here")["command"];
    stage.run("opencode.answer.insert", command["arguments"][0].clone());
    let request = stage.editor.expect_request("workspace/applyEdit", |_| true);
    assert_eq!(request.params["edit"]["documentChanges"][0]["edits"][0]["newText"], "\nit");
    stage.editor.answer(&request, Ok(json!({"applied": false, "failureReason": "not now"})));
    stage.message("The answer's code was not inserted: the editor refused it: not now");
    stage.editor.shutdown();
}

fn a_sub_agent_s_steps_are_under_its_task(version: &str) {
    let stage = Stage::trusting(version, &[("a.py", PYTHON)]);
    let uri = stage.open("a.py");
    let inner = testkit::script(json!([
        {"tool": "read", "input": {"filePath": stage.project.path("a.py")}},
        {"say": "There is a function."},
    ]));
    let task = json!({"description": "look around", "prompt": format!("Look.\n{inner}"), "subagent_type": "general"});
    stage.ask(&uri, 0..1, "Look.", json!([{"tool": "task", "input": task}, {"say": "Looked."}]));
    stage.answer("Looked.");
    let expected = "- ✓ `task` `look around`\n  - ✓ `read` [a.py]\n";
    let (_, text) = shown_with(&stage, &Value::Null, expected);
    assert!(text.contains("There is a function."), "{text}");
    // The same from the server's record.
    let stage = stage.restart_editor(|_| {});
    stage.connected();
    shown_with(&stage, &Value::Null, expected);
    stage.editor.shutdown();
}
