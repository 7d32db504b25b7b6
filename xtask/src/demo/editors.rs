//! A real editor on the sample project.

use std::fs;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use serde_json::json;

use super::voice::Voice;
use super::{Kind, Stage, apart, runs, sample};
use crate::Result;

/// An editor that is there.
pub struct Found {
    kind: Kind,
    program: &'static str,
}

/// Finds the editor on the PATH.
pub fn find(kind: Kind) -> Result<Found> {
    let programs: &[&str] = match kind {
        Kind::Nvim => &["nvim"],
        Kind::Helix => &["hx", "helix"],
    };
    let program = programs.iter().find(|program| runs(program));
    let named = programs.iter().map(|program| format!("`{program}`")).collect::<Vec<_>>().join(" or ");
    match program {
        Some(program) => Ok(Found { kind, program }),
        None => {
            Err(format!("there is no {named} on the PATH; install it, or run `cargo xtask demo` without --editor")
                .into())
        }
    }
}

/// Prints what to do, and opens the editor until the user closes it.
pub fn run(found: &Found, stage: &Stage, voice: &Voice) -> Result<ExitCode> {
    let configuration = tempfile::tempdir()?;
    let mut command = apart(Path::new(found.program), &stage.state);
    command.current_dir(stage.project.root());
    match found.kind {
        Kind::Nvim => prepare_nvim(&mut command, configuration.path(), stage)?,
        Kind::Helix => prepare_helix(&mut command, configuration.path(), stage)?,
    }
    command.args([sample::FILE, "README.md"]);
    println!("\n{}\n", instructions(found.kind));
    if std::io::stdin().is_terminal() {
        print!("Press Enter to open {}. ", found.program);
        std::io::stdout().flush()?;
        std::io::stdin().read_line(&mut String::new())?;
    }
    let status = command.status().map_err(|error| format!("cannot run {}: {error}", found.program))?;
    voice.aside("The sample project and its opencode are gone. README.md says how to set up your own editor.");
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn instructions(kind: Kind) -> String {
    let (select, actions, other_file, reload, quit) = match kind {
        Kind::Nvim => ("Vj", "<Space>a", ":n", "Neovim reloads it by itself", ":qa!"),
        Kind::Helix => ("xx", "<Space>a", ":bn", ":reload shows it", ":qa!"),
    };
    format!(
        "In the editor:\n\
         \x20 1. Copy the line that begins with `script:` from README.md ({other_file} goes there).\n\
         \x20 2. In {file}, select the first two lines ({select}) and open the code actions ({actions}).\n\
         \x20 3. Choose “Ask opencode about selection…”: a prompt document opens. Paste the line, save with :w.\n\
         \x20 4. opencode asks for permission to edit: choose “Allow once”.\n\
         \x20 5. The file changes on disk ({reload}); the changed line has a diagnostic, with code actions.\n\
         \x20    Leave with {quit}.",
        file = sample::FILE,
    )
}

fn prepare_nvim(command: &mut Command, folder: &Path, stage: &Stage) -> Result<()> {
    let init = folder.join("init.lua");
    // JSON's strings are Lua's, too.
    let text = include_str!("nvim.lua")
        .replace("BINARY", &json!(stage.binary).to_string())
        .replace("ROOT", &json!(stage.project.root()).to_string())
        .replace("URL", &json!(stage.opencode.url()).to_string());
    write(init.clone(), &text)?;
    command.args(["--clean", "-n", "-u"]).arg(init);
    Ok(())
}

fn prepare_helix(command: &mut Command, folder: &Path, stage: &Stage) -> Result<()> {
    // And TOML's.
    let languages = include_str!("helix.toml")
        .replace("BINARY", &json!(stage.binary).to_string())
        .replace("URL", &json!(stage.opencode.url()).to_string());
    write(folder.join("helix/languages.toml"), &languages)?;
    write(folder.join("helix/config.toml"), "[editor.lsp]\ndisplay-messages = true\n")?;
    command.env("XDG_CONFIG_HOME", folder);
    Ok(())
}

fn write(path: PathBuf, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()).into())
}
