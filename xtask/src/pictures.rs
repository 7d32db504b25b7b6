//! `cargo xtask pictures`: what the documentation shows, taken of real editors at work.

use std::path::Path;
use std::process::ExitCode;

use crate::{Result, cargo, test};

/// What the scenarios that take pictures have in their names.
const SCENARIOS: &str = "asks_allows";

/// What the extension's own page shows, which is packaged with it.
const OF_THE_EXTENSION: [(&str, &str); 3] =
    [("vscode-changes", "review"), ("vscode-question", "ask"), ("vscode-proposal", "permission")];

pub fn run() -> Result<ExitCode> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = project.join("docs/pictures");
    std::fs::create_dir_all(&folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    test::fetch_editors();
    let mut command = cargo::command();
    command.args(["test", "--package", "opencode-lsp", "--test", "editors", "--", SCENARIOS]);
    let status = command.env("OPENCODE_LSP_PICTURES", &folder).status();
    let status = status.map_err(|error| format!("cannot run cargo: {error}"))?;
    if !status.success() {
        return Ok(ExitCode::FAILURE);
    }
    let extension = project.join("editors/vscode/images/screenshots");
    for (from, to) in OF_THE_EXTENSION {
        let (from, to) = (folder.join(from).with_extension("png"), extension.join(to).with_extension("png"));
        std::fs::copy(&from, &to).map_err(|error| format!("cannot copy {} ({error})", from.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}
