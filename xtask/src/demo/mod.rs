//! `cargo xtask demo`: the bridge at work, to be read in a terminal or tried in an editor.

mod ear;
mod editors;
mod own_server;
mod sample;
mod story;
mod voice;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use clap::ValueEnum;
use tempfile::TempDir;
use testkit::{Model, Opencode, Project, install, versions};

use crate::Result;
use crate::cargo::{self, Profile};
use voice::Voice;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The opencode to get and use
    #[arg(long, default_value = versions::newest(), conflicts_with = "server")]
    version: String,
    /// Use your own running opencode, with its own model, on the current folder
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// Open this editor on a sample project instead
    #[arg(long, value_enum, conflicts_with = "server")]
    editor: Option<Kind>,
}

/// An editor that the demo can open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    Nvim,
    Helix,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    let voice = Voice::new();
    if let Some(url) = &args.server {
        let binary = cargo::build(Profile::Dev)?;
        return own_server::run(&binary, url, &voice);
    }
    // What may be missing is said before anything takes long.
    let editor = args.editor.map(editors::find).transpose()?;
    if !runs("git") {
        return Err("the demo makes a sample git repository, and there is no `git` on the PATH".into());
    }
    let binary = cargo::build(Profile::Dev)?;
    install::opencode(&args.version)?;
    let stage = Stage::set(&args.version, binary)?;
    voice.aside(&format!(
        "opencode {} runs at {} with a scripted model: nothing leaves this machine.",
        args.version,
        stage.opencode.url()
    ));
    match editor {
        Some(editor) => editors::run(&editor, &stage, &voice),
        None => story::tell(&stage, &voice),
    }
}

/// A sample project, an opencode whose model is scripted, and the built server.
pub struct Stage {
    // In the order in which they are to end.
    opencode: Opencode,
    _model: Model,
    project: Project,
    binary: PathBuf,
    state: TempDir,
}

impl Stage {
    fn set(version: &str, binary: PathBuf) -> Result<Self> {
        let state = tempfile::tempdir()?;
        let project = sample::project();
        let model = Model::start();
        let opencode = Opencode::start(version, &project, &model);
        Ok(Self { opencode, _model: model, project, binary, state })
    }

    /// What an editor says in `initializationOptions`.
    fn options(&self) -> serde_json::Value {
        serde_json::json!({"server": {"url": self.opencode.url()}})
    }
}

/// The program, with a state folder of its own and no opencode of the environment.
fn apart(program: &Path, state: &TempDir) -> Command {
    let mut command = Command::new(program);
    command.env("XDG_STATE_HOME", state.path());
    for name in ["OPENCODE_SERVER", "OPENCODE_SERVER_USERNAME", "OPENCODE_SERVER_PASSWORD"] {
        command.env_remove(name);
    }
    command
}

fn runs(program: &str) -> bool {
    let asked = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}
