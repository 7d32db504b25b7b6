//! `cargo xtask pictures`: what the documentation shows, taken of real editors at work.

use std::path::Path;
use std::process::ExitCode;

use crate::{Result, cargo, test};

/// What the scenarios that take pictures have in their names.
const SCENARIOS: &str = "asks_allows";

pub fn run() -> Result<ExitCode> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/pictures");
    std::fs::create_dir_all(&folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    test::fetch_editors();
    let mut command = cargo::command();
    command.args(["test", "--package", "opencode-lsp", "--test", "editors", "--", SCENARIOS]);
    let status = command.env("OPENCODE_LSP_PICTURES", &folder).status();
    let status = status.map_err(|error| format!("cannot run cargo: {error}"))?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
