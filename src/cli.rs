//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use tracing::level_filters::LevelFilter;

use crate::ask::Question;
use crate::configs::Editor;
use crate::opencode::own::guard::Order;

/// A language server that brings a running opencode into every editor that speaks LSP.
///
/// Without a subcommand it speaks LSP on standard input and output.
// Not to be printed: the address may hold a password.
#[derive(Parser)]
#[command(name = "opencode-lsp", version)]
pub struct Args {
    #[command(subcommand)]
    pub command: Option<Command>,

    /// The opencode server to use, such as http://127.0.0.1:4096 [default: the setting server.url, else $OPENCODE_SERVER]
    #[arg(long, global = true, value_name = "URL")]
    pub server: Option<String>,

    /// Also write the log to this file
    #[arg(long, global = true, value_name = "FILE")]
    pub log_file: Option<PathBuf>,

    /// How much to log
    #[arg(long, global = true, value_enum, default_value_t = LogLevel::Info)]
    pub log_level: LogLevel,

    /// Speak LSP on standard input and output, as without it; some editors always pass this
    #[arg(long)]
    pub stdio: bool,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Say which opencode server would be used, and what is wrong with it
    Doctor {
        /// The project's folder [default: the current one]
        #[arg(long, value_name = "FOLDER")]
        directory: Option<PathBuf>,
        /// A JSON file with settings as your editor has them, such as {"server": {"url": "…"}}
        #[arg(long, value_name = "FILE")]
        settings: Option<PathBuf>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Ask opencode a question and print its answer, for editors that can run shell commands
    Ask(Question),
    /// Print what an editor needs to start this very program, and say where it goes
    Config {
        /// The editor
        #[arg(value_enum)]
        editor: Editor,
    },
    /// Hold an own server until the last bridge has left; opencode-lsp runs it by itself
    #[command(hide = true)]
    Guard(Order),
    /// Become a command that ends with its guard; the guard runs it by itself
    #[command(hide = true)]
    Guarded {
        /// The guard's process
        guard: u32,
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<OsString>,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
}

impl From<LogLevel> for LevelFilter {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Error => Self::ERROR,
            LogLevel::Warn => Self::WARN,
            LogLevel::Info => Self::INFO,
            LogLevel::Debug => Self::DEBUG,
        }
    }
}
