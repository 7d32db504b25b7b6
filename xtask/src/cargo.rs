//! Calling cargo.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::Result;

/// The cargo that runs this program, in the workspace's folder.
pub fn command() -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(program);
    command.current_dir(workspace());
    command
}

/// The workspace's folder.
pub fn workspace() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_path_buf()
}

/// How to build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    Dev,
    Release,
}

/// Builds the server and tells where its binary is. Cargo's progress goes to standard error.
pub fn build(profile: Profile) -> Result<PathBuf> {
    let mut command = command();
    command.args(["build", "--package", "opencode-lsp", "--bin", "opencode-lsp"]);
    command.arg("--message-format=json-render-diagnostics");
    if profile == Profile::Release {
        command.arg("--release");
    }
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(|error| format!("cannot run cargo: {error}"))?;
    let stdout = child.stdout.take().ok_or("cargo without output")?;
    let mut binary = None;
    for line in BufReader::new(stdout).lines() {
        // What is not JSON comes from a build script.
        let message: Value = serde_json::from_str(&line?).unwrap_or_default();
        if message["target"]["name"] == "opencode-lsp"
            && let Some(executable) = message["executable"].as_str()
        {
            binary = Some(PathBuf::from(executable));
        }
    }
    if !child.wait()?.success() {
        return Err("opencode-lsp does not build; see above".into());
    }
    binary.ok_or_else(|| "cargo did not say where the binary is".into())
}
