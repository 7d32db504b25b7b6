//! The project's own commands: `cargo xtask demo`, `test`, `docs`, `pictures`, `versions`, `bench`.

mod bench;
mod cargo;
mod demo;
mod docs;
mod man;
mod pictures;
mod test;
mod versions;

use std::error::Error;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Whatever went wrong; its text is for the user.
pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[derive(Debug, Parser)]
#[command(name = "xtask", bin_name = "cargo xtask", about = "The project's own commands")]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show opencode-lsp at work: with a real opencode and a scripted model, or with your own opencode
    Demo(demo::Args),
    /// Get what the tests need, and run them all
    Test(test::Args),
    /// Write the references of settings and commands, the settings' JSON schema and the man page, from the code
    Docs,
    /// Take the pictures of the documentation anew, of real editors at work
    Pictures,
    /// Run the short scenarios on every version of opencode and print the outcomes as a Markdown table
    Versions(versions::Args),
    /// Measure the release build and print the figures as a Markdown table
    Bench(bench::Args),
    /// What `bench` compares with: computes and answers, nothing else
    #[command(hide = true)]
    Control(bench::control::Args),
}

fn main() -> ExitCode {
    let outcome = match Args::parse().command {
        Command::Demo(args) => demo::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Docs => docs::run(),
        Command::Pictures => pictures::run(),
        Command::Versions(args) => versions::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Control(args) => bench::control::run(&args),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
