//! A project, a model, an opencode, and a real editor in a terminal.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use testkit::editors::Packaged;
use testkit::{Model, Opencode, Project, Terminal};

use crate::VERSION;
use crate::common::PYTHON;

/// A project with `a.py`, a model, an opencode, and a home with nothing of the user's.
pub struct Scene {
    pub project: Project,
    pub opencode: Opencode,
    pub model: Model,
    home: tempfile::TempDir,
}

/// The same with an editor in a terminal.
pub struct Stage {
    // Before the rest, so that the editor is gone before what it uses is.
    pub terminal: Terminal,
    pub scene: Scene,
}

impl Stage {
    /// Opens an editor with nothing of the user's on `a.py`; `configure` writes what it reads into the home
    /// that it is given, and says what to open.
    pub fn open(editor: Packaged, configure: impl FnOnce(&mut Command, &Path, &Opencode)) -> Self {
        Self::on(Scene::new(), editor, configure)
    }

    /// The same in a scene of its own.
    pub fn on(scene: Scene, editor: Packaged, configure: impl FnOnce(&mut Command, &Path, &Opencode)) -> Self {
        let mut command = editor.command().expect("an editor");
        scene.isolate(&mut command);
        command.current_dir(scene.project.root());
        configure(&mut command, scene.home(), &scene.opencode);
        let terminal = Terminal::start(&command);
        terminal.wait_for("def add(a, b):");
        Self { scene, terminal }
    }
}

impl Scene {
    pub fn new() -> Self {
        Self::with(PYTHON)
    }

    /// `a.py` holds this text.
    pub fn with(text: &str) -> Self {
        let (project, model) = (Project::new(&[("a.py", text)]), Model::start());
        let opencode = Opencode::start(VERSION, &project, &model);
        Self { project, opencode, model, home: tempfile::tempdir().expect("a folder") }
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Makes a program look for everything in the home.
    pub fn isolate(&self, command: &mut Command) {
        command.env("HOME", self.home());
        for (variable, folder) in [
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_STATE_HOME", "state"),
            ("XDG_CACHE_HOME", "cache"),
            ("XDG_DATA_HOME", "data"),
        ] {
            let folder = self.home().join(folder);
            std::fs::create_dir_all(&folder).expect("a folder");
            command.env(variable, folder);
        }
        for name in ["OPENCODE_SERVER", "OPENCODE_SERVER_USERNAME", "OPENCODE_SERVER_PASSWORD"] {
            command.env_remove(name);
        }
    }

    /// Waits until the file on disk is this.
    pub fn wait_file(&self, text: &str) {
        testkit::eventually(|| (self.project.read("a.py") == text).then_some(()));
    }

    /// A question that makes opencode change both functions, in one edit of the whole file: two lines.
    pub fn question(&self) -> String {
        format!("Spaces?\n{}", self.script())
    }

    /// The same as one line, which is enough for the model.
    pub fn script(&self) -> String {
        testkit::script(self.steps())
    }

    /// Makes any question do the same.
    pub fn whatever_is_asked(&self) {
        self.model.otherwise(self.steps().as_array().expect("steps"));
    }

    fn steps(&self) -> Value {
        self.steps_to(BOTH)
    }

    /// What makes the file hold this text.
    pub fn steps_to(&self, text: &str) -> Value {
        let path = self.project.path("a.py");
        json!([
            {"tool": "read", "input": {"filePath": path}},
            {"tool": "write", "input": {"filePath": path, "content": text}},
            {"say": "Spaces added."},
        ])
    }
}

/// What opencode makes of the file.
pub const BOTH: &str = "def add(a, b):\n    return a + b\n\n\ndef sub(a, b):\n    return a - b\n";
/// The first change kept, the second undone.
pub const HALF: &str = "def add(a, b):\n    return a + b\n\n\ndef sub(a, b):\n    return a-b\n";

/// A string as JSON, Lua and TOML write it.
pub fn quoted(text: impl AsRef<Path>) -> String {
    json!(text.as_ref()).to_string()
}

/// What `opencode-lsp config` prints for an editor.
pub fn configuration(editor: &str) -> String {
    let printed = Command::new(env!("CARGO_BIN_EXE_opencode-lsp")).args(["config", editor]).output().expect("run");
    String::from_utf8(printed.stdout).expect("UTF-8")
}
