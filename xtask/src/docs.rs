//! `cargo xtask docs`: what the code knows best is written by it.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use opencode_lsp::config::schema::schema;
use opencode_lsp::config::table::{Default, Kind, SETTINGS, Setting};
use opencode_lsp::editor::command_table::COMMANDS;

use crate::{Result, man};

pub fn run() -> Result<ExitCode> {
    for (path, text) in written()? {
        fs::write(&path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        println!("{}", path.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// The files and what belongs into them.
fn written() -> Result<[(PathBuf, String); 4]> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let schema = format!("{:#}\n", schema());
    Ok([
        (docs.join("settings.md"), settings()),
        (docs.join("commands.md"), commands()),
        (docs.join("settings.schema.json"), schema),
        (docs.join("opencode-lsp.1"), man::page()?),
    ])
}

const SETTINGS_HEAD: &str = "\
# Settings

Written by `cargo xtask docs`; the texts are in `src/config/table.rs`.

They reach the server as `initializationOptions`, or in the section `opencode` of the editor's
configuration (`workspace/configuration`, `workspace/didChangeConfiguration`); the same shape in both, such as
`{\"server\": {\"url\": \"http://127.0.0.1:4096\"}}`. A wrong value is named once, and its default is used.
[settings.schema.json](settings.schema.json) is their JSON schema.
";

const SETTINGS_TAIL: &str = "
On the command line: `--server URL` (wins over the setting), `--log-file FILE`, `--log-level error|warn|info|debug`.
In the environment: `OPENCODE_SERVER` (where no setting names a server), `OPENCODE_SERVER_USERNAME`,
`OPENCODE_SERVER_PASSWORD`. The log goes to standard error, without secrets. A password in the address of
`--server` is for every user of the machine to see; in a setting or in the environment it is not.
";

fn settings() -> String {
    let mut text = SETTINGS_HEAD.to_owned();
    for setting in SETTINGS {
        let Setting { key, description, .. } = setting;
        let _ = write!(text, "\n## `{key}`\n\n{description}\n");
        if let Kind::Choice(choices) = setting.kind {
            text.push('\n');
            for (value, meaning) in choices {
                let _ = writeln!(text, "- `\"{value}\"`: {meaning}");
            }
        }
        let _ = write!(text, "\n{}, {}.\n", kind(&setting.kind), default(&setting.default));
    }
    text.push_str(SETTINGS_TAIL);
    text
}

fn kind(kind: &Kind) -> &'static str {
    match kind {
        Kind::Text => "A string",
        Kind::Flag => "`true` or `false`",
        Kind::Seconds => "A whole number above 0",
        Kind::Choice(_) => "One of these strings",
        Kind::Program => "A string or a list of strings",
        Kind::Folders => "An object of strings, or a list of pairs",
        Kind::Prompts => "An object of objects",
    }
}

fn default(default: &Default) -> String {
    match default {
        Default::Text(text) => format!("by default `\"{text}\"`"),
        Default::Flag(flag) => format!("by default `{flag}`"),
        Default::Number(number) => format!("by default `{number}`"),
        Default::None => "not set by default".to_owned(),
    }
}

const COMMANDS_HEAD: &str = "\
# Commands

Written by `cargo xtask docs`; the texts are in `src/editor/command_table.rs`.

All of them work without an argument (`workspace/executeCommand`; in Helix `:lsp-workspace-command`). With one, it
is a single object; `uri` and `range` are as in LSP.

| command | argument | what it does |
|---|---|---|
";

const COMMANDS_TAIL: &str = "
Commands that open a document also return its URI, `{\"uri\": …}`. Those that ask before they act ask with a
dialog; in an editor without dialogs, running one again within 30 seconds is the answer.
";

fn commands() -> String {
    let mut text = COMMANDS_HEAD.to_owned();
    for command in COMMANDS {
        let argument = if command.argument.is_empty() { String::new() } else { format!("`{}`", command.argument) };
        let _ = writeln!(text, "| `{}` | {argument} | {} |", command.name, command.description);
    }
    text.push_str(COMMANDS_TAIL);
    text
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn the_vscode_extension_has_the_same_settings() {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../editors/vscode/settings.mjs");
        let output = Command::new("node").arg(script).arg("--check").output().expect("Node.js starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    #[test]
    fn the_references_are_what_the_code_says() {
        for (path, text) in written().expect("texts") {
            let there = fs::read_to_string(&path).unwrap_or_default();
            assert_eq!(there, text, "{} is old: run cargo xtask docs", path.display());
        }
    }
}
