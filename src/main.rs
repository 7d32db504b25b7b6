//! The `opencode-lsp` program.

use std::process::ExitCode;

use clap::Parser;
use opencode_lsp::cli::{Args, Command};
use opencode_lsp::config::Overrides;
use opencode_lsp::{doctor, logging, server};

fn main() -> ExitCode {
    let args = Args::parse();
    if let Err(error) = logging::start(args.log_level.into(), args.log_file.as_deref()) {
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
    let overrides = Overrides::from_env(args.server);
    let code = match args.command {
        Some(Command::Doctor { directory, json }) => runtime.block_on(doctor::run(overrides, directory, json)),
        None => runtime.block_on(server::run(tokio::io::stdin(), tokio::io::stdout(), overrides)),
    };
    // A read of standard input that is under way cannot be given up: the threads are left behind.
    runtime.shutdown_background();
    ExitCode::from(code)
}
