//! Prompt documents: what can be completed in them, what is sent, and that nothing is lost.

use serde_json::{Value, json};
use testkit::Opencode;

use crate::common::PYTHON;
use crate::kit::{Stage, action, prompt_seen, range};

on_every_version! {
    what_opencode_has_is_completed
    the_header_and_mentions_decide_what_the_model_sees
    a_wrong_header_is_said_and_put_right
    a_question_survives_the_servers_death
    what_was_sent_comes_back_from_the_history
    a_question_of_an_earlier_run_is_offered_and_sent
    saving_only_keeps_where_the_user_wants_that
    a_slash_command_is_run
}

// Up to 1.14 opencode finds files by ripgrep, which it downloads where there is none.
on_versions! { files_are_completed: on_1_18_34 "1.18.34" }

/// A prompt document about a place of `a.py`, open in the editor: its URI and its text.
fn document(stage: &Stage) -> (String, String) {
    let uri = stage.project.uri("a.py");
    stage.run("opencode.ask", json!({"uri": uri, "range": range(0..2)}));
    let (document, text) = stage.shown();
    stage.editor.open(&document, "markdown", &text);
    (document, text)
}

/// What is offered at the end of a document with this text.
fn completed(stage: &Stage, document: &str, version: i32, text: &str) -> Value {
    stage.editor.change_full(document, version, text);
    let line = text.matches('\n').count();
    let character = text.rsplit('\n').next().expect("a line").encode_utf16().count();
    let params = json!({"textDocument": {"uri": document}, "position": {"line": line, "character": character}});
    stage.editor.request("textDocument/completion", params).expect("an answer")
}

fn inserted(completion: &Value) -> Vec<&str> {
    let items = completion["items"].as_array().unwrap_or_else(|| panic!("no completion: {completion}"));
    items.iter().map(|item| item["textEdit"]["newText"].as_str().expect("a text")).collect()
}

/// Asks until the server has told what it has: until then an answer has less.
fn completed_with(stage: &Stage, document: &str, text: &str, wanted: &str) -> Value {
    let mut version = 100;
    testkit::eventually(|| {
        version += 1;
        let completion = completed(stage, document, version, text);
        inserted(&completion).contains(&wanted).then_some(completion)
    })
}

fn what_opencode_has_is_completed(version: &str) {
    let config = json!({"command": {"shout": {"template": "Say $ARGUMENTS loudly.", "description": "Shouts."}}});
    let stage = Stage::on(Opencode::builder(version).config(config), &[("a.py", PYTHON)], |_| {});
    let code = stage.open("a.py");
    let (document, text) = document(&stage);
    let header = text.trim_end();
    completed_with(&stage, &document, &format!("{header}\n\nAsk @"), "@explore");
    let commands = completed_with(&stage, &document, &format!("{header}\n\n/sho"), "/shout ");
    let shout = commands["items"].as_array().expect("items").iter().find(|item| item["label"] == "/shout");
    assert_eq!(shout.expect("there")["documentation"], "Shouts.");
    completed_with(&stage, &document, "<!-- opencode: x\nmodel: ", "scripted/scripted-1");
    completed_with(&stage, &document, "<!-- opencode: x\nagent: pl", "plan");
    let contexts = completed(&stage, &document, 90, &format!("{header}\n\nWhy #"));
    assert!(inserted(&contexts).contains(&"{selection}"), "{contexts}");
    // Nobody who types code gets anything.
    let place = json!({"textDocument": {"uri": code}, "position": {"line": 0, "character": 4}});
    for method in ["textDocument/completion", "textDocument/hover"] {
        assert_eq!(stage.editor.request(method, place.clone()), Ok(Value::Null));
    }
    stage.editor.shutdown();
}

fn files_are_completed(version: &str) {
    let stage = Stage::new(version, &[("a.py", PYTHON), ("src/ä b.py", "x = 1\n"), ("src/calculator.py", "y = 1\n")]);
    let (document, _) = document(&stage);
    completed_with(&stage, &document, "See @calc", "@src/calculator.py");
    completed_with(&stage, &document, "See @src/ä", "@\"src/ä b.py\"");
    let file = completed_with(&stage, &document, "<!-- opencode: x\nfile: calc", "src/calculator.py");
    assert_eq!(file["isIncomplete"], true);
    // The file is a link, and hover says how large it is.
    stage.editor.change_full(&document, 300, "See @src/calculator.py#L1");
    let target = format!("{}#L1", stage.project.uri("src/calculator.py"));
    let identifier = json!({"textDocument": {"uri": document}});
    testkit::eventually(|| {
        let links = stage.editor.request("textDocument/documentLink", identifier.clone()).expect("an answer");
        (links[0]["target"] == *target).then_some(())
    });
    let place = json!({"textDocument": {"uri": document}, "position": {"line": 0, "character": 8}});
    let hover = stage.editor.request("textDocument/hover", place).expect("an answer");
    let said = hover["contents"]["value"].as_str().expect("a text");
    assert!(said.contains("the whole file: 6 bytes, 1 line"), "{said}");
    stage.editor.shutdown();
}

fn the_header_and_mentions_decide_what_the_model_sees(version: &str) {
    let stage = Stage::new(version, &[("a.py", PYTHON), ("b c.py", "one = 1\ntwo = 2\nthree = 3\n")]);
    stage.open("a.py");
    let (document, text) = document(&stage);
    assert!(text.contains("\nfile: a.py\nlines: 1-2\n"), "{text}");
    let script = testkit::script(json!([{"say": "Seen."}]));
    let header = text.replace("lines: 1-2", "lines: 6").replace("agent:", "agent: plan");
    let text = format!("{}\n\nCompare with @\"b c.py\"#L2, not with @none.py.\n{script}\n", header.trim_end());
    stage.editor.change_full(&document, 2, &text);
    let shown = stage.editor.wait_diagnostics(&document, |shown| !shown.is_empty());
    assert_eq!(shown[0]["message"], "there is no file `none.py`: it is sent as it is");
    stage.editor.save(&document);
    stage.answer("Seen.");
    let seen = prompt_seen(&stage.model.wait_for_request(1));
    assert!(seen.contains("This is about `a.py`, line 6 (python)."), "{seen}");
    assert!(seen.contains("return a-b") && !seen.contains("return a+b"), "{seen}");
    assert!(seen.contains("two = 2") && !seen.contains("three = 3"), "{seen}");
    let (_, sessions) = stage.opencode.get("/session");
    let id = sessions[0]["id"].as_str().expect("an id");
    let (_, messages) = stage.opencode.get(&format!("/session/{id}/message"));
    assert_eq!(messages[0]["info"]["agent"], "plan", "{messages}");
    stage.editor.shutdown();
}

fn a_wrong_header_is_said_and_put_right(version: &str) {
    let stage = Stage::new(version, &[("a.py", PYTHON)]);
    let (document, text) = document(&stage);
    let script = testkit::script(json!([{"say": "Right."}]));
    let wrong = format!("{}\n\nIs it?\n{script}\n", text.trim_end()).replace("agent:", "agent: biuld");
    stage.editor.change_full(&document, 2, &wrong);
    let shown = stage.editor.wait_diagnostics(&document, |shown| !shown.is_empty());
    assert_eq!(shown[0]["message"], "opencode has no agent `biuld` (is it build?)");
    stage.editor.save(&document);
    stage.message("Your question was not sent: in line 4, opencode has no agent `biuld` (is it build?). It is kept in");
    stage.editor.change_full(&document, 3, &wrong.replace("biuld", "build"));
    stage.editor.save(&document);
    stage.answer("Right.");
    assert_eq!(stage.editor.wait_diagnostics(&document, <[Value]>::is_empty), Vec::<Value>::new());
    stage.editor.shutdown();
}

fn a_question_survives_the_servers_death(version: &str) {
    let mut stage = Stage::new(version, &[("a.py", PYTHON)]);
    let (document, text) = document(&stage);
    stage.connected();
    stage.opencode.kill();
    let script = testkit::script(json!([{"say": "Back."}]));
    stage.editor.change_full(&document, 2, &format!("{text}Are you there?\n{script}\n"));
    stage.editor.save(&document);
    let message = stage.message("Your question was not sent");
    let said = message["message"].as_str().expect("a message");
    let path = url::Url::parse(&document).expect("a URI").to_file_path().expect("a file");
    assert!(said.contains(&path.display().to_string()), "{said}");
    stage.editor.ignore("window/showMessage");
    stage.opencode.restart();
    stage.run("opencode.reconnect", Value::Null);
    testkit::eventually(|| (stage.editor.stderr().matches("connected url=").count() > 1).then_some(()));
    stage.editor.save(&document);
    stage.answer("Back.");
    stage.editor.shutdown();
}

fn what_was_sent_comes_back_from_the_history(version: &str) {
    let stage = Stage::new(version, &[("a.py", PYTHON)]);
    let (first, text) = document(&stage);
    let script = testkit::script(json!([{"say": "Yes."}]));
    let asked = format!("{}\n\nIs this kept?\n{script}\n", text.trim_end());
    let path = url::Url::parse(&first).expect("a URI").to_file_path().expect("a file");
    std::fs::write(&path, &asked).expect("saved");
    stage.editor.change_full(&first, 2, &asked);
    stage.editor.save(&first);
    stage.answer("Yes.");
    stage.editor.close(&first);
    // What was sent is noted on disk when opencode has it.
    testkit::eventually(|| path.with_extension("sent").exists().then_some(()));

    let stage = stage.restart_editor(|_| {});
    stage.run("opencode.history", Value::Null);
    let menu = stage.dialog("Which question?");
    stage.press(&menu, "Is this kept?");
    let (second, text) = stage.shown();
    assert_ne!(second, first);
    assert_eq!(text, asked);
    stage.editor.open(&second, "markdown", &text);
    stage.editor.save(&second);
    stage.answer("Yes.");
    stage.editor.shutdown();
}

fn a_question_of_an_earlier_run_is_offered_and_sent(version: &str) {
    let stage = Stage::new(version, &[("a.py", PYTHON)]);
    let (document, text) = document(&stage);
    let script = testkit::script(json!([{"say": "At last."}]));
    let asked = format!("{}\n\nHalf written\n{script}\n", text.trim_end());
    let path = url::Url::parse(&document).expect("a URI").to_file_path().expect("a file");
    // The editor ends with the document written and not sent, as after a crash.
    let stage = stage.restart_editor(|_| std::fs::write(&path, &asked).expect("written"));
    stage.message("a question of an earlier run was not sent; opencode.history has it");
    stage.run("opencode.history", Value::Null);
    let menu = stage.dialog("Which question?");
    stage.press(&menu, "Half written (not sent");
    let (again, text) = stage.shown();
    assert_eq!((&again, &text), (&document, &asked));
    stage.editor.open(&document, "markdown", &text);
    stage.editor.save(&document);
    stage.answer("At last.");
    let seen = prompt_seen(&stage.model.wait_for_request(1));
    assert!(seen.contains("This is about `a.py`, lines 1-2"), "{seen}");
    stage.editor.shutdown();
}

fn saving_only_keeps_where_the_user_wants_that(version: &str) {
    let set = |params: &mut Value| params["initializationOptions"]["ask"] = json!({"sendOnSave": false});
    let stage = Stage::on(Opencode::builder(version), &[("a.py", PYTHON)], set);
    let (document, text) = document(&stage);
    let script = testkit::script(json!([{"say": "Now."}]));
    stage.editor.change_full(&document, 2, &format!("{text}Later\n{script}\n"));
    stage.editor.save(&document);
    let actions = stage.editor.code_actions(&document, range(0..0), &[]);
    let send = action(&actions, "opencode: send");
    stage.run("opencode.document.send", send["command"]["arguments"][0].clone());
    stage.answer("Now.");
    assert_eq!(stage.model.requests().len(), 1);

    stage.run("opencode.document.discard", Value::Null);
    let message = stage.message("The question is discarded");
    let said = message["message"].as_str().expect("a message");
    let kept = said.split("is kept in ").nth(1).expect("a path");
    assert!(std::fs::read_to_string(kept).expect("a text").contains("Later"));
    let path = url::Url::parse(&document).expect("a URI").to_file_path().expect("a file");
    assert!(!path.exists());
    stage.editor.shutdown();
}

fn a_slash_command_is_run(version: &str) {
    let script = testkit::script(json!([{"say": "LOUD."}]));
    let template = format!("Say $ARGUMENTS loudly.\n{script}");
    let config = json!({"command": {"shout": {"template": template, "description": "Shouts."}}});
    let stage = Stage::on(Opencode::builder(version).config(config), &[("a.py", PYTHON)], |_| {});
    let (document, text) = document(&stage);
    completed_with(&stage, &document, &format!("{}\n\n/sho", text.trim_end()), "/shout ");
    stage.editor.change_full(&document, 200, &format!("{}\n\n/shout something\n", text.trim_end()));
    stage.editor.save(&document);
    stage.answer("LOUD.");
    assert!(prompt_seen(&stage.model.wait_for_request(1)).contains("Say something loudly."));
    stage.editor.shutdown();
}
