//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use tracing::level_filters::LevelFilter;

use crate::configs::Editor;
use crate::opencode::own::guard::Order;
use crate::shell::append::Addition;
use crate::shell::ask::Question;
use crate::shell::permissions::Permissions;
use crate::shell::review::Review;
use crate::shell::sessions::Sessions;

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
    /// Put a place in a file, or a text, into the prompt of an attached opencode TUI
    Append(Addition),
    /// List what opencode waits for, or answer it
    Permissions(Permissions),
    /// List the project's sessions, newest first
    Sessions(Sessions),
    /// List what opencode changed and is not reviewed, keep it or take it back
    Review(Review),
    /// Print what an editor needs to start this very program, and say where it goes
    Config {
        /// The editor
        #[arg(value_enum)]
        editor: Editor,
    },
    /// Print completions for a shell
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: Shell,
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

impl LogLevel {
    /// In a shell, beside an answer, only what went wrong matters.
    pub fn beside_answers(self) -> Self {
        if matches!(self, Self::Info) { Self::Warn } else { self }
    }
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

/// What a shell needs to complete the command line.
pub fn completions(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut visible(), "opencode-lsp", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// The command line without what is not for people.
pub fn visible() -> clap::Command {
    let all = Args::command();
    let commands = all.get_subcommands().filter(|command| !command.is_hide_set()).cloned();
    let mut visible = clap::Command::new("opencode-lsp").version(env!("CARGO_PKG_VERSION"));
    visible = visible.args(all.get_arguments().cloned()).subcommands(commands);
    match (all.get_about(), all.get_long_about()) {
        (Some(about), Some(long)) => visible.about(about.clone()).long_about(long.clone()),
        _ => visible,
    }
}
