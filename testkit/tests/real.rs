//! The whole kit against real servers: a scripted turn that edits a file.

use std::collections::HashSet;

use serde_json::{Value, json};
use testkit::{Model, Opencode, Project, script};

const BEFORE: &str = "def add(a, b):\n    return a+b\n";
const AFTER: &str = "def add(a, b):\n    return a + b\n";

fn id(answer: &(u16, Value)) -> String {
    assert_eq!(answer.0, 200, "{}", answer.1);
    answer.1["id"].as_str().expect("an id").into()
}

fn prompt(server: &Opencode, session: &str, steps: Value) {
    let text = format!("Please do this.\n{}\nThank you.", script(steps));
    let body = json!({"parts": [{"type": "text", "text": text}]});
    let (status, answer) = server.post(&format!("/session/{session}/prompt_async"), body);
    assert_eq!(status, 204, "{answer}");
}

fn edits_a_file(version: &str) {
    let project = Project::new(&[("a.py", BEFORE)]);
    let model = Model::start();
    let server = Opencode::start(version, &project, &model);
    let session = id(&server.post("/session", json!({})));
    let mut events = server.events();

    let file = project.path("a.py");
    prompt(
        &server,
        &session,
        json!([
            {"say": "I look first.", "tool": "read", "input": {"filePath": file}},
            {"tool": "edit", "input": {"filePath": file, "oldString": "a+b", "newString": "a + b"}},
            {"say": "It is done."},
        ]),
    );
    let asked = events.wait("permission.asked", |asked| asked["permission"] == "edit");
    assert_eq!(project.read("a.py"), BEFORE);
    let request = asked["properties"]["id"].as_str().expect("an id");
    let reply = server.post(&format!("/permission/{request}/reply"), json!({"reply": "once"}));
    assert_eq!(reply, (200, json!(true)));
    events.wait("session.idle", |idle| idle["sessionID"] == session.as_str());
    assert_eq!(project.read("a.py"), AFTER);
    assert_eq!(model.requests().len(), 3);
    // Nothing of the kit's own is in the project.
    assert_eq!(project.git(&["status", "--porcelain"]), " M a.py\n");

    // A turn that hangs at a gate and is aborted. Its session would do for the next prompt only
    // after a while: 1.1 tells of idleness before the aborted turn has wound up, and that then
    // takes a new turn with it.
    prompt(&server, &session, json!([{"gate": "g", "say": "never to end"}]));
    model.waiting_at("g");
    let abort = server.post(&format!("/session/{session}/abort"), json!({}));
    assert_eq!(abort.0, 200);
    events.wait("session.error", |error| error["error"]["name"] == "MessageAbortedError");

    let session = id(&server.post("/session", json!({})));
    prompt(&server, &session, json!([{"fail": "out of quota"}]));
    let error = events.wait("session.error", |error| error["sessionID"] == session.as_str());
    assert!(error.to_string().contains("out of quota"), "{error}");
}

fn survives_a_restart(version: &str) {
    let project = Project::new(&[("a.py", BEFORE)]);
    let model = Model::start();
    let mut server =
        Opencode::builder(version).password("secret word").permission(json!({"edit": "allow"})).start(&project, &model);
    let session = id(&server.post("/session", json!({})));
    let port = server.port();
    server.restart();
    assert_eq!(server.port(), port);
    assert_eq!(id(&server.get(&format!("/session/{session}"))), session);
    let mut events = server.events();
    prompt(
        &server,
        &session,
        json!([
            {"tools": [
                {"tool": "write", "input": {"filePath": project.path("b.py"), "content": "b = 1\n"}},
                {"tool": "write", "input": {"filePath": project.path("c.py"), "content": "c = 1\n"}},
            ]},
        ]),
    );
    events.wait("session.idle", |_| true);
    assert_eq!(project.read("b.py"), "b = 1\n");
    assert_eq!(project.read("c.py"), "c = 1\n");

    let inside: HashSet<u32> = server.isolation().processes().into_iter().collect();
    assert_eq!(inside.is_empty(), !cfg!(target_os = "linux"));
    server.kill();
    assert!(server.isolation().processes().is_empty());
}

#[test]
fn old_server_edits_a_file() {
    edits_a_file("1.1.27");
}

#[test]
fn new_server_edits_a_file() {
    edits_a_file("1.18.34");
}

#[test]
fn old_server_survives_a_restart() {
    survives_a_restart("1.1.27");
}

#[test]
fn new_server_survives_a_restart() {
    survives_a_restart("1.18.34");
}
