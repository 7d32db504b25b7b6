//! A project, a model, an opencode and a real editor in a terminal.

use std::path::Path;
use std::process::Command;

use serde_json::json;
use testkit::editors::Packaged;
use testkit::{Model, Opencode, Project, Terminal};

use crate::VERSION;
use crate::common::PYTHON;

pub struct Stage {
    pub project: Project,
    _opencode: Opencode,
    pub terminal: Terminal,
    pub model: Model,
    _home: tempfile::TempDir,
}

impl Stage {
    /// Opens an editor with nothing of the user's on `a.py`; `configure` writes what it reads into the home
    /// that it is given, and says what to open.
    pub fn open(editor: Packaged, configure: impl FnOnce(&mut Command, &Path, &Opencode)) -> Self {
        let (project, model) = (Project::new(&[("a.py", PYTHON)]), Model::start());
        let opencode = Opencode::start(VERSION, &project, &model);
        let home = tempfile::tempdir().expect("a folder");
        let mut command = editor.command().expect("an editor");
        command.env("HOME", home.path());
        for (variable, folder) in [
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_STATE_HOME", "state"),
            ("XDG_CACHE_HOME", "cache"),
            ("XDG_DATA_HOME", "data"),
        ] {
            let folder = home.path().join(folder);
            std::fs::create_dir_all(&folder).expect("a folder");
            command.env(variable, folder);
        }
        for name in ["OPENCODE_SERVER", "OPENCODE_SERVER_USERNAME", "OPENCODE_SERVER_PASSWORD"] {
            command.env_remove(name);
        }
        command.current_dir(project.root());
        configure(&mut command, home.path(), &opencode);
        let terminal = Terminal::start(&command);
        terminal.wait_for("def add(a, b):");
        Self { project, _opencode: opencode, terminal, model, _home: home }
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
        let path = self.project.path("a.py");
        testkit::script(json!([
            {"tool": "read", "input": {"filePath": path}},
            {"tool": "write", "input": {"filePath": path, "content": BOTH}},
            {"say": "Spaces added."},
        ]))
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
