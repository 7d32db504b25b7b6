//! What tests with and without a real opencode share.

use std::process::Command;

pub const PYTHON: &str = "def add(a, b):\n    return a+b\n\n\ndef sub(a, b):\n    return a-b\n";

#[allow(dead_code, reason = "editors start it themselves")]
/// The built server with a state folder of its own and nothing from the environment.
pub fn server(state: &tempfile::TempDir) -> Command {
    let mut command = program(state);
    command.arg("--log-level=debug");
    command
}

/// The same without a word on its log, as a shell starts it.
pub fn program(state: &tempfile::TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_opencode-lsp"));
    command.env("XDG_STATE_HOME", state.path());
    for name in ["OPENCODE_SERVER", "OPENCODE_SERVER_USERNAME", "OPENCODE_SERVER_PASSWORD"] {
        command.env_remove(name);
    }
    command
}
