//! What opencode itself holds of a session.

use serde_json::Value;

use crate::kit::Stage;

/// The one session there is, by its id.
pub fn session(stage: &Stage) -> String {
    let (_, sessions) = stage.opencode.get("/session");
    let [session] = sessions.as_array().expect("a list").as_slice() else {
        panic!("one session, not {sessions}");
    };
    session["id"].as_str().expect("an id").to_owned()
}

/// The messages of the one session.
pub fn messages(stage: &Stage) -> Vec<Value> {
    let (_, messages) = stage.opencode.get(&format!("/session/{}/message", session(stage)));
    messages.as_array().expect("a list").clone()
}

/// Everything that one side has said, `user` or `assistant`.
pub fn said_by(stage: &Stage, role: &str) -> String {
    let messages = messages(stage);
    let of_role = messages.iter().filter(|message| message["info"]["role"] == role);
    let parts = of_role.flat_map(|message| message["parts"].as_array().expect("parts"));
    parts.filter_map(|part| part["text"].as_str()).collect::<Vec<_>>().join("\n")
}

/// How the calls of a tool ended.
pub fn calls_of(stage: &Stage, tool: &str) -> Vec<String> {
    let messages = messages(stage);
    let parts = messages.iter().flat_map(|message| message["parts"].as_array().expect("parts"));
    let calls = parts.filter(|part| part["type"] == "tool" && part["tool"] == tool);
    calls.map(|call| call["state"]["status"].as_str().expect("a status").to_owned()).collect()
}

/// Waits until the last answer has ended with this error and the session is idle: 1.14 to 1.18 say
/// that it is idle before they are done with an error, and store a prompt that comes in between but
/// never run it.
pub fn ended_with(stage: &Stage, error: &str) {
    testkit::eventually(|| {
        let messages = messages(stage);
        let answer = &messages.last().expect("a message")["info"];
        (answer["error"]["name"] == error).then_some(())
    });
    testkit::eventually(|| {
        let (_, sessions) = stage.opencode.get("/session/status");
        let idle = |status: &Value| status["type"] == "idle";
        sessions.as_object().expect("an object").values().all(idle).then_some(())
    });
}
