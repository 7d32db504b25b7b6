//! A project, a fake opencode and an editor.

use serde_json::{Value, json};
use testkit::{Editor, Fake, Project};

pub use crate::common::{PYTHON, program, server};

pub struct Stage {
    pub project: Project,
    pub fake: Fake,
    pub editor: Editor,
    _state: tempfile::TempDir,
}

/// An editor that has not said anything yet.
pub fn silent_editor() -> (Project, Editor, tempfile::TempDir) {
    let project = Project::new(&[("a.py", PYTHON)]);
    let state = tempfile::tempdir().expect("a folder");
    let editor = Editor::spawn(server(&state));
    (project, editor, state)
}

/// An editor without any opencode.
pub fn lone_editor() -> (Project, Editor, tempfile::TempDir) {
    let (project, editor, state) = silent_editor();
    editor.initialize(Editor::default_params(&project));
    (project, editor, state)
}

impl Stage {
    pub fn new() -> Self {
        Self::prepared(|_| {})
    }

    /// `prepare` changes the fake before anyone asks it anything.
    pub fn prepared(prepare: impl FnOnce(&Fake)) -> Self {
        let (project, editor, state) = silent_editor();
        let fake = Fake::start();
        prepare(&fake);
        let mut params = Editor::default_params(&project);
        params["initializationOptions"] = json!({"server": {"url": fake.url()}});
        editor.initialize(params);
        Self { project, fake, editor, _state: state }
    }

    pub fn open(&self, name: &str) -> String {
        let uri = self.project.uri(name);
        self.editor.open(&uri, "python", &self.project.read(name));
        uri
    }

    pub fn message(&self, text: &str) -> String {
        message(&self.editor, text)
    }

    /// A permission request as a server tells of it.
    pub fn permission(&self, id: &str) -> Value {
        json!({
            "id": id, "sessionID": "ses_fake", "permission": "edit", "patterns": ["a.py"], "always": ["*"],
            "metadata": {"filepath": self.project.path("a.py"), "diff": "@@ -2,1 +2,1 @@\n-    return a+b\n+    return a + b\n"},
        })
    }

    pub fn ask(&self, uri: &str, prompt: &str) -> Result<Value, Value> {
        self.editor.command("opencode.ask", json!([{"uri": uri, "prompt": prompt}]))
    }
}

/// The message with this text.
pub fn message(editor: &Editor, text: &str) -> String {
    let params = editor.expect_notification("window/showMessage", |params| {
        params["message"].as_str().is_some_and(|message| message.contains(text))
    });
    params["message"].as_str().expect("a message").to_owned()
}
