//! `cargo xtask test`: what the tests need, then the tests.

use std::process::{Command, ExitCode, Stdio};

use testkit::editors::Packaged;
use testkit::vscode::VsCode;
use testkit::{install, versions};

use crate::{Result, cargo};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Passed on to `cargo nextest run`, or to `cargo test` where nextest is not installed
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    // Before the tests, so that no test's time limit runs while tens of megabytes come in.
    for version in versions::at_every_change() {
        install::opencode(version)?;
    }
    fetch_editors();
    // Without doctests: there are none.
    let mut command = runner(&["--workspace", "--tests"]);
    let status = command.args(&args.rest).status().map_err(|error| format!("cannot run cargo: {error}"))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// The tests themselves say what becomes of an editor that is missing.
pub fn fetch_editors() {
    for editor in Packaged::ALL {
        if let Err(error) = editor.command() {
            eprintln!("xtask: {} is not to be had: {error}", editor.name());
        }
    }
    if let Err(error) = VsCode::find().and_then(|vscode| vscode.with_extension()) {
        eprintln!("xtask: VS Code is not ready: {error}");
    }
}

/// `cargo nextest run`, or `cargo test` where nextest is not installed, for these packages and targets.
pub fn runner(what: &[&str]) -> Command {
    let mut command = cargo::command();
    if has_nextest() {
        command.args(["nextest", "run"]);
    } else {
        eprintln!("xtask: `cargo nextest` is not installed; running `cargo test`, which is slower");
        command.arg("test");
    }
    command.args(what);
    command
}

fn has_nextest() -> bool {
    let asked = cargo::command().args(["nextest", "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}
