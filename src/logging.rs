//! The log: to standard error, and to a file where one is named. Standard output carries LSP only.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::layer;
use tracing_subscriber::prelude::*;

use crate::own_log::ToOpencode;

/// Starts logging. Fails only where the file cannot be opened.
pub fn start(level: LevelFilter, file: Option<&Path>) -> io::Result<()> {
    // Libraries may log what passes through them, headers with passwords included.
    let ours = Targets::new().with_target("opencode_lsp", level).with_target("opencode", level);
    let file = file.map(open).transpose()?;
    let to_file = file.map(|file| layer().with_ansi(false).with_writer(std::sync::Mutex::new(file)));
    let to_stderr = layer().with_ansi(false).with_writer(io::stderr);
    tracing_subscriber::registry().with(ours).with(to_stderr).with(to_file).with(ToOpencode).init();
    Ok(())
}

/// Appends; readable by the user only.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}
