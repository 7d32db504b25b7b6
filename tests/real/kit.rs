//! A project, a model, an opencode and an editor, ready to talk.

use std::process::Command;

use serde_json::{Value, json};
use testkit::{Editor, Model, Opencode, Project};

/// The oldest and the newest version that are supported; every scenario runs on both.
pub const VERSIONS: [&str; 2] = ["1.1.27", "1.18.34"];

pub const PYTHON: &str = "def add(a, b):\n    return a+b\n\n\ndef sub(a, b):\n    return a-b\n";

pub struct Stage {
    pub project: Project,
    pub model: Model,
    pub opencode: Opencode,
    pub editor: Editor,
    _state: tempfile::TempDir,
}

/// The built server with a state folder of its own and nothing from the environment.
pub fn server(state: &tempfile::TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_opencode-lsp"));
    command.env("XDG_STATE_HOME", state.path()).arg("--log-level=debug");
    for name in ["OPENCODE_SERVER", "OPENCODE_SERVER_USERNAME", "OPENCODE_SERVER_PASSWORD"] {
        command.env_remove(name);
    }
    command
}

impl Stage {
    pub fn new(version: &str, files: &[(&str, &str)]) -> Self {
        Self::with(version, files, |_| {})
    }

    /// `adapt` changes what the client says of itself in `initialize`.
    pub fn with(version: &str, files: &[(&str, &str)], adapt: impl FnOnce(&mut Value)) -> Self {
        let project = Project::new(files);
        let model = Model::start();
        let opencode = Opencode::start(version, &project, &model);
        let state = tempfile::tempdir().expect("a folder");
        let editor = Editor::spawn(server(&state));
        editor.set_deadline(testkit::editor::SERVER_DEADLINE);
        let mut params = Editor::default_params(&project);
        params["initializationOptions"] = json!({"server": {"url": opencode.url()}});
        adapt(&mut params);
        editor.initialize(params);
        Self { project, model, opencode, editor, _state: state }
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
        self.editor.command("opencode.ask", json!([argument])).expect("taken");
    }
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
