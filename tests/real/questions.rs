//! opencode asks something; the user answers, or not, in every way an editor has.

use serde_json::{Value, json};
use testkit::Opencode;

use crate::kit::{PYTHON, Stage, action, prompt_seen, range, titles};

on_every_version! {
    several_questions_are_answered_one_after_another
    an_answer_is_written_in_a_document
    a_dismissed_question_ends_the_turn
    without_dialogs_code_actions_answer
    answered_elsewhere_it_disappears
    a_question_outlives_the_language_server
    a_stopped_turn_takes_its_question_along
}

fn one() -> Value {
    let options = json!([{"label": "Tabs", "description": "as ever"}, {"label": "Spaces", "description": "four"}]);
    json!({"question": "Tabs or spaces?", "header": "Style", "options": options})
}

fn many() -> Value {
    let options = json!([{"label": "Tests", "description": ""}, {"label": "Docs", "description": ""}]);
    json!({"question": "What else?", "header": "More", "options": options, "multiple": true})
}

fn asking(stage: &Stage, questions: Value) -> String {
    let uri = stage.open("a.py");
    let steps = json!([{"tool": "question", "input": {"questions": questions}}, {"say": "Thank you."}]);
    stage.ask(&uri, 0..2, "Ask me.", steps);
    uri
}

/// What the model was told by the tool.
fn told(stage: &Stage) -> String {
    let requests = stage.model.requests();
    let messages = requests.last().expect("a request")["messages"].as_array().expect("messages").clone();
    let tool = messages.iter().rfind(|message| message["role"] == "tool").expect("a tool's answer");
    tool["content"].to_string()
}

fn several_questions_are_answered_one_after_another(version: &str) {
    let stage = Stage::new(version, &[("a.py", PYTHON)]);
    let uri = asking(&stage, json!([one(), many()]));
    let first = stage.dialog("question 1 of 2): Tabs or spaces?");
    stage.editor.wait_diagnostics(&uri, |shown| shown.iter().any(|d| d["code"] == "question"));
    stage.press(&first, "Spaces (four)");
    stage.press(&stage.dialog("question 2 of 2): What else?"), "[ ] Tests");
    stage.press(&stage.dialog("Chosen: Tests."), "[ ] Docs");
    stage.press(&stage.dialog("Chosen: Tests, Docs."), "[x] Tests");
    stage.press(&stage.dialog("Chosen: Docs."), "Done");
    stage.answer("Thank you.");
    stage.editor.wait_diagnostics(&uri, |shown| shown.is_empty());
    let told = told(&stage);
    assert!(told.contains("Spaces") && told.contains("Docs") && !told.contains("Tests,"), "{told}");
    stage.editor.shutdown();
}

fn an_answer_is_written_in_a_document(version: &str) {
    let stage = Stage::new(version, &[("a.py", PYTHON)]);
    asking(&stage, json!([one()]));
    stage.press(&stage.dialog("Tabs or spaces?"), "Write an answer…");
    let (uri, text) = stage.shown();
    assert!(text.contains("write your answer to “Tabs or spaces?” below"), "{text}");
    let path = url::Url::parse(&uri).expect("a URI").to_file_path().expect("a file");
    std::fs::write(path, format!("{text}Both, of course.\n")).expect("saved");
    stage.answer("Thank you.");
    let told = told(&stage);
    assert!(told.contains("Both, of course."), "{told}");
    stage.editor.shutdown();
}

fn a_dismissed_question_ends_the_turn(version: &str) {
    let stage = Stage::new(version, &[("a.py", PYTHON)]);
    let uri = asking(&stage, json!([one()]));
    stage.press(&stage.dialog("Tabs or spaces?"), "Dismiss the question");
    stage.editor.wait_diagnostics(&uri, |shown| shown.is_empty());
    stage.message("opencode stopped, as its question was dismissed");
    stage.editor.shutdown();
}

/// As Helix 25.01 has it.
fn without_dialogs_code_actions_answer(version: &str) {
    let stage = Stage::on(Opencode::builder(version), &[("a.py", PYTHON)], |_| {});
    stage.editor.on_request("window/showMessageRequest", |_| Err(json!({"code": -32601, "message": "unknown"})));
    let uri = asking(&stage, json!([one()]));
    stage.message("The answers are among the code actions now.");
    stage.editor.wait_diagnostics(&uri, |shown| shown.iter().any(|d| d["code"] == "question"));
    let actions = stage.editor.code_actions(&uri, range(0..0), &[]);
    assert!(titles(&actions).contains(&"opencode: Tabs (as ever)"), "{:?}", titles(&actions));
    let command = &action(&actions, "opencode: Tabs (as ever)")["command"];
    stage.run("opencode.question.pick", command["arguments"][0].clone());
    stage.message("opencode: Thank you.");
    assert!(told(&stage).contains("Tabs"));
    stage.editor.shutdown();
}

fn answered_elsewhere_it_disappears(version: &str) {
    let stage = Stage::new(version, &[("a.py", PYTHON)]);
    let uri = asking(&stage, json!([one()]));
    let dialog = stage.dialog("Tabs or spaces?");
    stage.editor.wait_diagnostics(&uri, |shown| shown.iter().any(|d| d["code"] == "question"));
    let (_, open) = stage.opencode.get("/question");
    let id = open[0]["id"].as_str().expect("an id").to_owned();
    stage.opencode.post(&format!("/question/{id}/reply"), json!({"answers": [["Tabs"]]}));
    stage.editor.wait_diagnostics(&uri, |shown| shown.is_empty());
    stage.press(&dialog, "Spaces");
    stage.message("That question was already answered elsewhere; nothing was done.");
    stage.answer("Thank you.");
    assert!(told(&stage).contains("Tabs"));
    stage.editor.shutdown();
}

fn a_question_outlives_the_language_server(version: &str) {
    let stage = Stage::new(version, &[("a.py", PYTHON)]);
    asking(&stage, json!([one()]));
    stage.dialog("Tabs or spaces?");
    let stage = stage.restart_editor(|_| {});
    stage.press(&stage.dialog("Tabs or spaces?"), "Spaces");
    testkit::eventually(|| told_at_last(&stage).then_some(()));
    stage.editor.shutdown();
}

fn told_at_last(stage: &Stage) -> bool {
    let requests = stage.model.requests();
    let last = requests.last().expect("a request");
    prompt_seen(last).contains("Ask me.")
        && last["messages"].to_string().contains("Spaces")
        && last["messages"].as_array().is_some_and(|all| all.iter().any(|message| message["role"] == "tool"))
}

fn a_stopped_turn_takes_its_question_along(version: &str) {
    let stage = Stage::new(version, &[("a.py", PYTHON)]);
    let uri = asking(&stage, json!([one()]));
    stage.dialog("Tabs or spaces?");
    stage.editor.wait_diagnostics(&uri, |shown| shown.iter().any(|d| d["code"] == "question"));
    stage.run("opencode.abort", Value::Null);
    stage.editor.wait_diagnostics(&uri, |shown| shown.is_empty());
    testkit::eventually(|| (stage.opencode.get("/question").1 == json!([])).then_some(()));
    stage.editor.wait_progress(|step| step["value"]["kind"] == "end");
    stage.editor.shutdown();
}
