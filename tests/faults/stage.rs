//! What the scenarios have in common.

use std::ops::Deref;

use serde_json::{Value, json};
use testkit::{Editor, Model, Opencode, Project, Proxy};

use crate::kit::{PYTHON, Stage};

pub const FILES: &[(&str, &str)] = &[("a.py", PYTHON)];

/// The permission that [`crate::kit::edit_steps`] asks for.
pub const EDIT: &str = "opencode wants to edit a.py";

/// The progress of a turn while there is no connection.
pub const LOST: &str = "the connection to opencode is lost; waiting for it";

/// A stage whose bridge speaks to its server through a proxy.
pub struct Proxied {
    stage: Stage,
    pub proxy: Proxy,
}

impl Deref for Proxied {
    type Target = Stage;

    fn deref(&self) -> &Stage {
        &self.stage
    }
}

impl Proxied {
    pub fn new(version: &str) -> Self {
        Self::prepared(version, |_, _| {})
    }

    /// `prepare` changes the proxy, and the client's `initialize`, before anyone speaks.
    pub fn prepared(version: &str, prepare: impl FnOnce(&Proxy, &mut Value)) -> Self {
        let (project, model) = (Project::new(FILES), Model::start());
        let opencode = Opencode::start(version, &project, &model);
        let proxy = Proxy::before(opencode.port());
        let stage = Stage::with(project, model, opencode, |params| {
            params["initializationOptions"]["server"]["url"] = json!(proxy.url());
            prepare(&proxy, params);
        });
        Self { stage, proxy }
    }

    pub fn shutdown(self) {
        self.stage.editor.shutdown();
    }
}

/// Asks a question that is answered, as if nothing had happened.
pub fn goes_on(stage: &Stage, uri: &str) {
    stage.ask(uri, 0..1, "Are you there?", json!([{"say": "Still here."}]));
    stage.answer("Still here.");
}

/// Checks that the prompt document which a message names holds a question.
pub fn assert_kept(said: &Value, question: &str) {
    let said = said["message"].as_str().expect("a message");
    let path = said.split("It is kept in ").nth(1).and_then(|rest| rest.split("; open").next());
    let path = path.unwrap_or_else(|| panic!("no document is named: {said}"));
    let kept = std::fs::read_to_string(path).expect("a prompt document");
    assert!(kept.contains(question), "{kept}");
}

/// Failed attempts to connect so far.
pub fn attempts(editor: &Editor) -> usize {
    editor.stderr().matches("no connection").count()
}

/// Tells the bridge other settings of the server.
pub fn configure(stage: &Stage, server: Value) {
    stage.editor.notify("workspace/didChangeConfiguration", json!({"settings": {"opencode": {"server": server}}}));
}

/// The one session that there is.
pub fn only_session(stage: &Stage) -> String {
    let (_, sessions) = stage.opencode.get("/session");
    let ids: Vec<&str> =
        sessions.as_array().expect("a list").iter().filter_map(|session| session["id"].as_str()).collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
    ids[0].to_owned()
}
