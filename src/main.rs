//! The `opencode-lsp` program.

use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use opencode_lsp::cli::{Args, Command, LogLevel};
use opencode_lsp::config::Overrides;
use opencode_lsp::opencode::own::guard;
use opencode_lsp::{cli, configs, doctor, logging, server, shell};

fn main() -> ExitCode {
    let Args { command, server, log_file, log_level, stdio: _ } = Args::parse();
    let log_file = log_file.as_deref();
    let beside = log_level.beside_answers();
    match command {
        None => {
            run(log_level, log_file, server::run(tokio::io::stdin(), tokio::io::stdout(), Overrides::from_env(server)))
        }
        Some(Command::Doctor { directory, settings, json }) => {
            run(log_level, log_file, doctor::run(Overrides::from_env(server), directory, settings, json))
        }
        Some(Command::Ask(question)) => run(beside, log_file, shell::ask::run(Overrides::from_env(server), question)),
        Some(Command::Append(addition)) => {
            run(beside, log_file, shell::append::run(Overrides::from_env(server), addition))
        }
        Some(Command::Permissions(permissions)) => {
            run(beside, log_file, shell::permissions::run(Overrides::from_env(server), permissions))
        }
        Some(Command::Sessions(sessions)) => {
            run(beside, log_file, shell::sessions::run(Overrides::from_env(server), sessions))
        }
        Some(Command::Review(review)) => run(beside, log_file, shell::review::run(Overrides::from_env(server), review)),
        Some(Command::Completions { shell: which }) => ExitCode::from(shell::print(&cli::completions(which))),
        Some(Command::Config { editor }) => configs::run(editor),
        // Not for people: no log, and a runtime of its own or none.
        Some(Command::Guard(order)) => guard::run(&order),
        Some(Command::Guarded { guard, command }) => guard::become_guarded(guard, &command),
    }
}

fn run(log_level: LogLevel, log_file: Option<&Path>, work: impl Future<Output = u8>) -> ExitCode {
    if let Err(error) = logging::start(log_level.into(), log_file) {
        eprintln!("opencode-lsp: the log file cannot be opened ({error}); choose another with --log-file");
        return ExitCode::FAILURE;
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(16)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("opencode-lsp: the system refuses threads ({error})");
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(work);
    // A read of standard input that is under way cannot be given up: the threads are left behind.
    runtime.shutdown_background();
    ExitCode::from(code)
}
