//! A program that only computes and writes for each keystroke: what the machine itself adds to a figure.

use std::hash::{DefaultHasher, Hasher};
use std::hint::black_box;
use std::io::{self, Write as _};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::pipe::{Pipe, read};
use crate::Result;

/// What is computed at once, in bytes: a few microseconds.
const AT_ONCE: usize = 4096;
const CALIBRATIONS: usize = 200;
const ROUNDS: u32 = 100;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Processor time for each message, in microseconds
    #[arg(long)]
    micros: u64,
    /// Length of the text in each answer
    #[arg(long)]
    bytes: usize,
}

/// Starts the program: `busy` for each change of a document, then an answer of so many bytes.
pub fn start(busy: Duration, bytes: usize) -> Result<Pipe> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["control", "--micros", &busy.as_micros().to_string(), "--bytes", &bytes.to_string()]);
    Pipe::start(command)
}

/// The program: one thread, no allocation that matters, nothing to wait for.
pub fn run(args: &Args) -> Result<ExitCode> {
    let mut input = io::stdin().lock();
    let rounds = rounds_in(Duration::from_micros(args.micros));
    let text = "x".repeat(args.bytes);
    while let Ok(frame) = read(&mut input) {
        let answer = match frame.message["method"].as_str() {
            Some("exit") => break,
            Some("textDocument/didChange") => {
                compute(rounds);
                let params = json!({
                    "uri": frame.message["params"]["textDocument"]["uri"],
                    "version": frame.message["params"]["textDocument"]["version"],
                    "diagnostics": [&text],
                });
                json!({"jsonrpc": "2.0", "method": "textDocument/publishDiagnostics", "params": params})
            }
            _ => json!({"jsonrpc": "2.0", "id": frame.message["id"], "result": Value::Null}),
        };
        let body = answer.to_string();
        let mut output = io::stdout().lock();
        write!(output, "Content-Length: {}\r\n\r\n{body}", body.len())?;
        output.flush()?;
    }
    Ok(ExitCode::SUCCESS)
}

/// How much is computed in that time where nothing comes between.
fn rounds_in(time: Duration) -> u32 {
    let fastest = (0..CALIBRATIONS).map(|_| {
        let begun = Instant::now();
        compute(ROUNDS);
        begun.elapsed()
    });
    let fastest = fastest.min().unwrap_or_default().max(Duration::from_nanos(1));
    (time.as_secs_f64() / fastest.as_secs_f64() * f64::from(ROUNDS)) as u32
}

fn compute(rounds: u32) {
    let block = [7; AT_ONCE];
    for _ in 0..rounds {
        let mut hasher = DefaultHasher::new();
        hasher.write(black_box(&block));
        black_box(hasher.finish());
    }
}
