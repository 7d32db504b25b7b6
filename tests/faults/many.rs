//! Many bridges on one server.

use serde_json::{Value, json};
use testkit::{Editor, Model, Opencode, Project};

use crate::common::server;
use crate::kit::somebody_asks;
use crate::stage::{EDIT, FILES};

on_every_version! { ten_bridges_answer_one_permission }
on_versions! { ten_bridges_answer_one_permission_each: on_1_18_34 "1.18.34" }

const BRIDGES: usize = 10;
const ASKED: &str = "opencode wants to run";

struct Bridge {
    editor: Editor,
    _state: tempfile::TempDir,
}

fn bridges(project: &Project, opencode: &Opencode) -> Vec<Bridge> {
    (0..BRIDGES)
        .map(|_| {
            let state = tempfile::tempdir().expect("a folder");
            let editor = Editor::spawn(server(&state));
            editor.set_deadline(testkit::editor::SERVER_DEADLINE);
            let mut params = Editor::default_params(project);
            params["initializationOptions"] = json!({"server": {"url": opencode.url()}});
            editor.initialize(params);
            editor.open(&project.uri("a.py"), "python", &project.read("a.py"));
            Bridge { editor, _state: state }
        })
        .collect()
}

fn with_text<'a>(text: &'a str) -> impl Fn(&Value) -> bool + 'a {
    move |params| params["message"].as_str().is_some_and(|message| message.contains(text))
}

fn ten_bridges_answer_one_permission(version: &str) {
    let (project, model) = (Project::new(FILES), Model::start());
    let opencode = Opencode::start(version, &project, &model);
    let mut events = somebody_asks(&opencode, &project);
    let bridges = bridges(&project, &opencode);
    let dialogs: Vec<_> = bridges
        .iter()
        .map(|bridge| bridge.editor.expect_request("window/showMessageRequest", with_text(EDIT)))
        .collect();
    for (bridge, dialog) in bridges.iter().zip(&dialogs) {
        bridge.editor.answer(dialog, Ok(json!({"title": "Allow once"})));
    }
    events.wait("session.idle", |_| true);
    assert!(project.read("a.py").contains("return a + b"));
    for bridge in bridges {
        // All see the change. Those who came too late may have been told so: once.
        bridge.editor.wait_diagnostics(&project.uri("a.py"), |shown| {
            shown.iter().any(|d| d["code"] == "change") && shown.iter().all(|d| d["code"] != "permission")
        });
        let told = bridge.editor.log().matches("already answered elsewhere").count();
        assert!(told <= 1, "{}", bridge.editor.log());
        bridge.editor.ignore("window/showMessage");
        bridge.editor.shutdown();
    }
}

fn ten_bridges_answer_one_permission_each(version: &str) {
    let (project, model) = (Project::new(FILES), Model::start());
    let opencode = Opencode::start(version, &project, &model);
    let bridges = bridges(&project, &opencode);
    for (number, bridge) in bridges.iter().enumerate() {
        let input = json!({"command": format!("echo {number} >> said.txt"), "description": "say it"});
        let step = json!({"tool": "bash", "input": input});
        let prompt =
            format!("Number {number}.\n{}", testkit::script(json!([step, {"say": format!("Said {number}.")}])));
        bridge.editor.command("opencode.ask", json!([{"prompt": prompt}])).expect("taken");
    }
    let mut numbers = (0..BRIDGES).map(|number| number.to_string()).collect::<Vec<_>>();
    for (number, bridge) in bridges.iter().enumerate() {
        // Each sees all ten requests and answers its own.
        let own = format!("echo {number} >> said.txt");
        let shown = testkit::eventually(|| {
            let (_, pending) = opencode.get("/permission");
            pending.as_array()?.iter().find(|request| request.to_string().contains(&own)).cloned()
        });
        testkit::eventually(|| {
            bridge.editor.command("opencode.permission.reply", json!([{"id": shown["id"], "reply": "once"}])).ok()
        });
    }
    for (number, bridge) in bridges.iter().enumerate() {
        let answer =
            bridge.editor.expect_request("window/showMessageRequest", with_text(&format!("opencode: Said {number}.")));
        bridge.editor.answer(&answer, Ok(Value::Null));
    }
    let mut said: Vec<String> = project.read("said.txt").lines().map(|line| line.trim().to_owned()).collect();
    said.sort();
    numbers.sort();
    assert_eq!(said, numbers);
    for bridge in bridges {
        // Dialogs about the others' requests: nobody has to answer them.
        let log = bridge.editor.log();
        let asked = log.lines().filter(|line| line.contains("showMessageRequest") && line.contains(ASKED));
        for _ in asked {
            bridge.editor.expect_request("window/showMessageRequest", with_text(ASKED));
        }
        bridge.editor.shutdown();
    }
}
