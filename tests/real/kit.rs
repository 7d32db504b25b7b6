//! A project, a model, an opencode and an editor, ready to talk.

use serde_json::{Value, json};
use testkit::editor::ServerRequest;
use testkit::{Editor, Model, Opencode, Project};

pub use crate::common::{PYTHON, server};

/// One scenario, a `fn(version: &str)`, as a test for each of these versions.
macro_rules! on_versions {
    ($scenario:ident: $($test:ident $version:literal)*) => {
        mod $scenario {
            $(#[test]
            fn $test() {
                super::$scenario($version);
            })*
        }
    };
}

/// Runs each scenario on the oldest and the newest supported version.
macro_rules! on_every_version {
    ($($scenario:ident)*) => {$(
        on_versions! { $scenario: on_1_1_27 "1.1.27" on_1_18_34 "1.18.34" }
    )*};
}

/// The same on the versions between which the telling of changes differs, too.
macro_rules! on_four_versions {
    ($($scenario:ident)*) => {$(
        on_versions! { $scenario: on_1_1_27 "1.1.27" on_1_3_2 "1.3.2" on_1_15_13 "1.15.13" on_1_18_34 "1.18.34" }
    )*};
}

pub struct Stage {
    pub project: Project,
    pub model: Model,
    pub opencode: Opencode,
    pub editor: Editor,
    pub state: tempfile::TempDir,
}

impl Stage {
    pub fn new(version: &str, files: &[(&str, &str)]) -> Self {
        Self::on(Opencode::builder(version), files, |_| {})
    }

    /// opencode asks for nothing.
    pub fn trusting(version: &str, files: &[(&str, &str)]) -> Self {
        let permission = json!({"edit": "allow", "bash": "allow"});
        Self::on(Opencode::builder(version).permission(permission), files, |_| {})
    }

    /// `adapt` changes what the client says of itself in `initialize`.
    pub fn on(opencode: testkit::Builder, files: &[(&str, &str)], adapt: impl FnOnce(&mut Value)) -> Self {
        let (project, model) = (Project::new(files), Model::start());
        let opencode = opencode.start(&project, &model);
        Self::with(project, model, opencode, adapt)
    }

    /// The same around a server that runs already.
    pub fn with(project: Project, model: Model, opencode: Opencode, adapt: impl FnOnce(&mut Value)) -> Self {
        let state = tempfile::tempdir().expect("a folder");
        let editor = Self::editor(&project, &opencode, &state, adapt);
        Self { project, model, opencode, editor, state }
    }

    fn editor(
        project: &Project,
        opencode: &Opencode,
        state: &tempfile::TempDir,
        adapt: impl FnOnce(&mut Value),
    ) -> Editor {
        let editor = Editor::spawn(server(state));
        editor.set_deadline(testkit::editor::SERVER_DEADLINE);
        let mut params = Editor::default_params(project);
        params["initializationOptions"] = json!({"server": {"url": opencode.url()}});
        adapt(&mut params);
        editor.initialize(params);
        editor
    }

    /// Ends the language server as an editor does that is closed, and starts another after a while.
    pub fn restart_editor(self, meanwhile: impl FnOnce(&Project)) -> Self {
        let Self { project, model, opencode, editor, state } = self;
        editor.shutdown();
        meanwhile(&project);
        let editor = Self::editor(&project, &opencode, &state, |_| {});
        Self { project, model, opencode, editor, state }
    }

    /// Makes the edit that the bridge asks for, in a document of this version and text; its text now.
    pub fn make_edit(&self, uri: &str, version: i64, text: &str) -> String {
        let request = self.editor.expect_request("workspace/applyEdit", |_| true);
        let change = &request.params["edit"]["documentChanges"][0];
        assert_eq!(change["textDocument"], json!({"uri": uri, "version": version}), "{change}");
        let text = edited(text, change["edits"].as_array().expect("edits"));
        let next = i32::try_from(version + 1).expect("a small number");
        self.editor.change_full(uri, next, &text);
        self.editor.answer(&request, Ok(json!({"applied": true})));
        text
    }

    /// Does the file operation that the bridge asks for, as an editor that can.
    pub fn do_file_operation(&self) {
        let request = self.editor.expect_request("workspace/applyEdit", |_| true);
        let change = &request.params["edit"]["documentChanges"][0];
        let path = |key: &str| {
            let uri = url::Url::parse(change[key].as_str().expect("a URI")).expect("a URI");
            uri.to_file_path().expect("a file")
        };
        match change["kind"].as_str() {
            Some("delete") => std::fs::remove_file(path("uri")).expect("removed"),
            Some("rename") => std::fs::rename(path("oldUri"), path("newUri")).expect("renamed"),
            _ => panic!("no file operation: {change}"),
        }
        self.editor.answer(&request, Ok(json!({"applied": true})));
    }

    /// The argument of a command that names the change which is shown first on a line (0-based).
    pub fn change_on(&self, uri: &str, line: u64) -> Value {
        let shown = self.editor.diagnostics(uri);
        let found = shown.iter().find(|shown| shown["range"]["start"]["line"] == line);
        let found = found.unwrap_or_else(|| panic!("nothing on line {line} among {shown:?}"));
        json!({"uri": uri, "id": found["data"]["id"]})
    }

    /// Waits until these changes are shown of a file, by message and first line.
    pub fn wait_changes(&self, uri: &str, changes: &[(&str, u64)]) {
        self.editor.wait_diagnostics(uri, |shown| {
            let shown: Vec<(String, u64)> = said(shown).into_iter().map(|(said, line, _)| (said, line)).collect();
            shown.len() == changes.len()
                && shown.iter().zip(changes).all(|(shown, (said, line))| shown.0 == *said && shown.1 == *line)
        });
    }

    /// Waits until the bridge is connected: until then it refuses what cannot wait.
    pub fn connected(&self) {
        testkit::eventually(|| self.editor.stderr().contains("connected url=").then_some(()));
    }

    /// The dialog with this text in its message.
    pub fn dialog(&self, text: &str) -> ServerRequest {
        self.editor.expect_request("window/showMessageRequest", |params| {
            params["message"].as_str().is_some_and(|message| message.contains(text))
        })
    }

    /// The message with this text.
    pub fn message(&self, text: &str) -> Value {
        self.editor.expect_notification("window/showMessage", |params| {
            params["message"].as_str().is_some_and(|message| message.contains(text))
        })
    }

    /// Answers the dialog with a button that it offers.
    pub fn press(&self, dialog: &ServerRequest, button: &str) {
        let offered: Vec<&str> = dialog.params["actions"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|action| action["title"].as_str())
            .collect();
        let title = offered.iter().find(|title| title.starts_with(button));
        let title = title.unwrap_or_else(|| panic!("no button {button:?} among {offered:?}"));
        self.editor.answer(dialog, Ok(json!({ "title": title })));
    }

    /// Allows a tool once it is reported. Before that opencode may still be taking the snapshot that
    /// a step's changes are told and undone from (1.1.27 to 1.3.2), and then miss them.
    pub fn allow_slowly(&self, what: &str, tool: &str) {
        let dialog = self.dialog(&format!("opencode wants to {what}"));
        let reported = |step: &Value| step["value"]["message"].as_str().is_some_and(|said| said.starts_with(tool));
        self.editor.wait_progress(reported);
        self.press(&dialog, "Allow once");
    }

    /// Waits for the answer whose first line this is, and leaves it.
    pub fn answer(&self, first_line: &str) {
        let dialog = self.dialog(&format!("opencode: {first_line}"));
        self.editor.answer(&dialog, Ok(Value::Null));
    }

    /// The document that the bridge shows next: its URI and its text.
    pub fn shown(&self) -> (String, String) {
        let request = self.editor.expect_request("window/showDocument", |_| true);
        self.editor.answer(&request, Ok(json!({"success": true})));
        let uri = request.params["uri"].as_str().expect("a URI").to_owned();
        let path = url::Url::parse(&uri).expect("a URI").to_file_path().expect("a file");
        (uri, std::fs::read_to_string(path).expect("a written file"))
    }

    /// Runs a command that must be taken.
    pub fn run(&self, command: &str, argument: Value) -> Value {
        let arguments = if argument.is_null() { json!([]) } else { json!([argument]) };
        self.editor.command(command, arguments).unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    /// Opens a file of the project as it is on disk.
    pub fn open(&self, name: &str) -> String {
        let uri = self.project.uri(name);
        self.editor.open(&uri, "python", &self.project.read(name));
        uri
    }

    /// Runs the action *Ask opencode about selection…* with a prompt that carries a script.
    pub fn ask(&self, uri: &str, lines: std::ops::Range<u32>, question: &str, steps: Value) {
        let actions = self.editor.code_actions(uri, range(lines), &[]);
        let mut argument = action(&actions, "Ask opencode about selection…")["command"]["arguments"][0].clone();
        argument["prompt"] = json!(format!("{question}\n{}", testkit::script(steps)));
        self.run("opencode.ask", argument);
    }
}

/// A text with the edits of `workspace/applyEdit`: whole lines, in the order of the text.
fn edited(text: &str, edits: &[Value]) -> String {
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    for edit in edits.iter().rev() {
        let at = |end: &str| {
            let position = &edit["range"][end];
            assert_eq!(position["character"], 0, "whole lines only: {edit}");
            usize::try_from(position["line"].as_u64().expect("a line")).expect("a small number")
        };
        let new = edit["newText"].as_str().expect("a text").split_inclusive('\n');
        lines.splice(at("start")..at("end"), new);
    }
    lines.concat()
}

pub fn range(lines: std::ops::Range<u32>) -> Value {
    json!({"start": {"line": lines.start, "character": 0}, "end": {"line": lines.end, "character": 0}})
}

/// The action with this title.
pub fn action<'a>(actions: &'a [Value], title: &str) -> &'a Value {
    actions
        .iter()
        .find(|action| action["title"] == title)
        .unwrap_or_else(|| panic!("no action {title:?} among {:?}", titles(actions)))
}

pub fn titles(actions: &[Value]) -> Vec<&str> {
    actions.iter().filter_map(|action| action["title"].as_str()).collect()
}

/// What a model needs to edit line 2 of [`PYTHON`]: up to 1.3 a file must be read before it is edited.
pub fn edit_steps(project: &Project) -> Value {
    let path = project.path("a.py");
    json!([
        {"tool": "read", "input": {"filePath": path}},
        {"tool": "edit", "input": {"filePath": path, "oldString": "return a+b", "newString": "return a + b"}},
        {"say": "Spaces added.\nAnything else?"},
    ])
}

/// What the user's last prompt looked like to the model: all its text.
pub fn prompt_seen(request: &Value) -> String {
    let messages = request["messages"].as_array().expect("messages");
    let user = messages.iter().rfind(|message| message["role"] == "user").expect("a user message");
    match &user["content"] {
        Value::String(text) => text.clone(),
        parts => parts.as_array().into_iter().flatten().filter_map(|part| part["text"].as_str()).collect(),
    }
}

/// The messages of the bridge's own diagnostics, with their first and last line.
pub fn said(diagnostics: &[Value]) -> Vec<(String, u64, u64)> {
    diagnostics
        .iter()
        .filter(|diagnostic| diagnostic["source"] == "opencode")
        .map(|diagnostic| {
            let line = |end: &str| diagnostic["range"][end]["line"].as_u64().expect("a line");
            (diagnostic["message"].as_str().expect("a message").to_owned(), line("start"), line("end"))
        })
        .collect()
}

/// Somebody else's prompt, which waits for leave to edit `a.py`. The events go on from there.
pub fn somebody_asks(opencode: &Opencode, project: &Project) -> testkit::Events {
    let mut events = opencode.events();
    let (_, session) = opencode.post("/session", json!({}));
    let text = format!("Add spaces.\n{}", testkit::script(edit_steps(project)));
    let path = format!("/session/{}/prompt_async", session["id"].as_str().expect("an id"));
    opencode.post(&path, json!({"parts": [{"type": "text", "text": text}]}));
    events.wait("permission.asked", |_| true);
    events
}
