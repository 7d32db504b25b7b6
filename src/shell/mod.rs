//! opencode-lsp from a shell, an editor's shell command or a task: `ask`, `append`, `permissions`, `sessions`
//! and `review`. Answers go to standard output, what else there is to say to standard error, in one line each.

pub mod append;
pub mod ask;
mod excerpt;
pub mod permissions;
pub mod review;
pub mod sessions;

use std::io::{self, Write as _};
use std::path::PathBuf;

use serde::Serialize;

use crate::config::Overrides;
use crate::core::inert::{inert, inert_json};
use crate::doctor::{self, Reached, Unreached};
use crate::opencode::error::ClientError;

/// It was done.
const DONE: u8 = 0;
/// It was not, and standard error says why.
const FAILED: u8 = 1;
/// It will be done when opencode has finished.
const WAITS: u8 = 3;

/// The longest text of others that is told in a line, in characters.
const MAX_SHOWN: usize = 300;

/// Where it is about.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct At {
    /// The project's folder [default: the current one]
    #[arg(long, value_name = "FOLDER", global = true)]
    pub directory: Option<PathBuf>,
    /// A JSON file with settings as your editor has them, such as {"server": {"url": "…"}}
    #[arg(long, value_name = "FILE", global = true)]
    pub settings: Option<PathBuf>,
}

/// Why nothing came of it, for people.
#[derive(Debug, thiserror::Error)]
pub enum ShellError {
    #[error("{0}")]
    NoServer(String),
    #[error("{path} cannot be read ({error})", path = path.display())]
    File { path: PathBuf, error: io::Error },
    #[error("{} is no text", .0.display())]
    NoText(PathBuf),
    #[error("standard input cannot be read ({0})")]
    Input(io::Error),
    #[error("{0}")]
    Server(#[from] ClientError),
}

impl At {
    /// The server that the project's editor uses.
    async fn reach(self, overrides: &Overrides) -> Result<Reached, ShellError> {
        let reached = doctor::reach(overrides, self.directory, self.settings.as_deref()).await;
        reached.map_err(|Unreached { problem, .. }| ShellError::NoServer(problem))
    }
}

/// Prints what came of it, or why nothing did; the exit code.
fn finish(result: Result<String, impl std::fmt::Display>) -> u8 {
    match result {
        Ok(text) => print(&text),
        Err(error) => fail(&error),
    }
}

/// Prints to standard output; the exit code. Who reads there may have heard enough.
pub fn print(text: &str) -> u8 {
    let mut output = io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => fail(&format!("nothing can be printed ({error})")),
        _ => DONE,
    }
}

fn fail(why: &impl std::fmt::Display) -> u8 {
    note(&why.to_string());
    FAILED
}

/// A line beside the answer.
fn note(text: &str) {
    // There is nobody to tell that standard error is closed.
    let _ = writeln!(io::stderr(), "opencode-lsp: {}", inert(text, 1000));
}

fn json(value: &impl Serialize) -> String {
    match serde_json::to_string_pretty(value) {
        Ok(text) => inert_json(&text) + "\n",
        Err(error) => format!("{{\"problem\": \"{error}\"}}\n"),
    }
}
