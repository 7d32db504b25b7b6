//! One harmless question to the user's own opencode.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

use serde_json::{Value, json};
use testkit::Editor;

use super::ear::{Ear, Heard, is_permission, text_of};
use super::story::tell_dialog;
use super::voice::{Voice, Who};
use crate::Result;

/// How long a model may be silent.
const PATIENCE: Duration = Duration::from_secs(300);

/// How long an abort may take.
const LAST_WORDS: Duration = Duration::from_secs(2);

const QUESTION: &str = "In one sentence: what is this project?";

/// Asks about the current folder. The server's password comes from the environment, as for the bridge itself.
pub fn run(binary: &Path, url: &str, voice: &Voice) -> Result<ExitCode> {
    let folder = std::env::current_dir()?;
    let state = tempfile::tempdir()?;
    let mut command = Command::new(binary);
    command.env("XDG_STATE_HOME", state.path()).args(["--server", url]);
    let editor = Editor::spawn(command);
    println!();
    editor.initialize(Editor::params_for(&folder));
    voice.say(Who::Editor, &format!("starts opencode-lsp on {} for the opencode at {url}", folder.display()));
    let told = tell(&editor, voice);
    // What runs at the user's opencode on our behalf is not left behind.
    if told.is_err() && editor.command("opencode.abort", json!([])).is_ok() {
        let mut ear = Ear::new(&editor, LAST_WORDS);
        while ear.next().is_ok() {}
    }
    editor.kill();
    told.map(|()| ExitCode::SUCCESS)
}

fn tell(editor: &Editor, voice: &Voice) -> Result<()> {
    voice.say(Who::You, QUESTION);
    editor
        .command("opencode.ask", json!([{ "prompt": QUESTION }]))
        .map_err(|error| error["message"].as_str().unwrap_or("opencode.ask was refused").to_owned())?;
    let mut ear = Ear::new(editor, PATIENCE);
    loop {
        match ear.next()? {
            Heard::Progress(text) => voice.say(Who::Bridge, &format!("progress: {text}")),
            Heard::Dialog(dialog) if is_permission(&dialog) => {
                tell_dialog(voice, &dialog);
                voice.aside("         The demo decides nothing: answer it in opencode itself, or stop with Ctrl-C.");
            }
            Heard::Dialog(answer) => {
                voice.say(Who::Bridge, text_of(&answer));
                editor.answer(&answer, Ok(Value::Null));
                return Ok(());
            }
            // Nothing but trouble is told this way.
            Heard::Message(text) => return Err(text.into()),
            Heard::ShowDocument(wanted) => editor.answer(&wanted, Ok(json!({"success": false}))),
        }
    }
}
