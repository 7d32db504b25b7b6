//! `opencode-lsp guard`: a process between the bridges and an own server, which outlives any of them.
//!
//! It starts the server and waits. When the last bridge is gone, in whatever way, it ends the server
//! with everything that the server started, and then itself. It reads the password from its first line
//! of input, and says on its output, one JSON value a line, what the server prints and how it ends.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{ExitCode, ExitStatus, Stdio};
use std::time::Duration;

use process_wrap::tokio::{ChildWrapper, CommandWrap};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::place::Post;
use super::{USERNAME, process};

/// The variable that names a server to everything it starts.
pub const MARK: &str = "OPENCODE_LSP_SERVER";
/// How the launcher says that there is no such program.
const REFUSED: &str = "opencode-lsp: not started: ";
/// Longer lines of the server come in pieces.
const LONGEST_LINE: u64 = 4096;
/// Lines that may wait for a bridge to read them; more are lost, as the server must not wait.
const WAITING_LINES: usize = 256;
/// What is still in the pipes when everything has ended gets this long.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// What the guard is to do; the password comes on its input.
#[derive(Debug, clap::Args)]
pub struct Order {
    #[arg(long)]
    directory: PathBuf,
    #[arg(long)]
    port: u16,
    /// The name of the server, for everything it starts
    #[arg(long)]
    mark: String,
    /// The folder with the server's leases; without it the server ends with the input
    #[arg(long)]
    seat: Option<PathBuf>,
    command: String,
}

/// What the guard says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// A line of the server.
    Said(String),
    /// There is no such program, or it must not be run.
    Refused(String),
    /// The server's exit status.
    Ended(String),
}

/// Guards a server to its end.
pub fn run(order: &Order) -> ExitCode {
    process::leave_session();
    // One thread runs everything, the main one: the server's parent-death signal is tied to it.
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("opencode-lsp: the system refuses threads ({error})");
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(guard(order));
    // Neither a read of the input nor the wait for a lock can be given up.
    runtime.shutdown_background();
    code
}

/// Becomes a command that ends with its guard. Returns only if that fails.
pub fn become_guarded(guard: u32, command: &[OsString]) -> ExitCode {
    let error = process::become_guarded(guard, command);
    eprintln!("{REFUSED}{error}");
    // A shell's code for a command that is not found.
    ExitCode::from(127)
}

async fn guard(order: &Order) -> ExitCode {
    let mut input = BufReader::new(tokio::io::stdin());
    let Some(password) = first_line(&mut input).await else {
        eprintln!("opencode-lsp: `guard` is for opencode-lsp itself; run it without a subcommand");
        return ExitCode::FAILURE;
    };
    // No folder any more: whoever gave the order has ended.
    let Ok(post) = order.seat.as_deref().map(Post::take).transpose() else {
        return ExitCode::FAILURE;
    };
    let (words, speaking) = speak();
    let mut server = match spawn(order, &password) {
        Ok(server) => server,
        Err(error) => {
            say(&words, Word::Refused(error.to_string())).await;
            return end(words, speaking, post).await;
        }
    };
    let pid = server.id();
    let listening = [
        server.stdout().take().map(|out| tokio::spawn(hear(out, words.clone()))),
        server.stderr().take().map(|err| tokio::spawn(hear(err, words.clone()))),
    ];
    let status = tokio::select! {
        status = server.wait() => Some(status),
        () = left(input, post.as_ref()) => None,
        () = process::told_to_end() => None,
    };
    if let Some(post) = &post {
        post.close();
    }
    end_server(&mut *server, pid, &order.mark);
    for listening in listening.into_iter().flatten() {
        // The ends of its pipes may have been passed on to who is no child of it.
        let _ = tokio::time::timeout(LAST_WORDS, listening).await;
    }
    if let Some(status) = status {
        say(&words, Word::Ended(in_words(status))).await;
    }
    end(words, speaking, post).await
}

async fn first_line(input: &mut (impl AsyncBufRead + Unpin)) -> Option<String> {
    let mut line = String::new();
    input.read_line(&mut line).await.ok()?;
    let line = line.trim_end();
    (!line.is_empty()).then(|| line.to_owned())
}

fn spawn(order: &Order, password: &str) -> std::io::Result<Box<dyn ChildWrapper>> {
    let mut wrap = CommandWrap::from(process::tied_to_this_thread(&order.command));
    wrap.command_mut()
        .args(["serve", "--hostname", "127.0.0.1", "--port", &order.port.to_string()])
        .current_dir(&order.directory)
        .env(MARK, &order.mark)
        // Arguments are visible to every user of the machine, the environment is not.
        .env("OPENCODE_SERVER_USERNAME", USERNAME)
        .env("OPENCODE_SERVER_PASSWORD", password)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    process::in_own_group(&mut wrap);
    wrap.spawn()
}

/// Done when no bridge needs the server any more.
async fn left(mut input: impl AsyncBufRead + Unpin, post: Option<&Post>) {
    match post.map(Post::left) {
        Some(Ok(left)) => left.await,
        // Without leases the pipe is the one that tells.
        Some(Err(_)) | None => while input.read_u8().await.is_ok() {},
    }
}

/// The server, and everything it started.
fn end_server(server: &mut dyn ChildWrapper, pid: Option<u32>, mark: &str) {
    // The shells that opencode's tools run are groups of their own.
    let left = pid.map(process::descendants).unwrap_or_default();
    // The whole process group (a job on Windows). It may be gone already.
    let _ = server.start_kill();
    left.into_iter().for_each(process::kill);
    process::end_marked(mark);
}

/// Hands on what the server prints. Reads to the end: a full pipe would stop the server.
async fn hear(output: impl AsyncRead + Unpin, words: mpsc::Sender<Word>) {
    let mut output = BufReader::new(output);
    let mut line = Vec::new();
    loop {
        line.clear();
        match (&mut output).take(LONGEST_LINE).read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        let word = match text.strip_prefix(REFUSED) {
            Some(reason) => Word::Refused(reason.to_owned()),
            None => Word::Said(text),
        };
        let _ = words.try_send(word);
    }
}

/// Writes what is said for the bridge that started the guard, as long as that one reads.
fn speak() -> (mpsc::Sender<Word>, JoinHandle<()>) {
    let (words, mut said) = mpsc::channel::<Word>(WAITING_LINES);
    let speaking = tokio::spawn(async move {
        let mut output = tokio::io::stdout();
        let mut heard = true;
        while let Some(word) = said.recv().await {
            let Ok(line) = serde_json::to_string(&word) else {
                continue;
            };
            heard =
                heard && output.write_all(format!("{line}\n").as_bytes()).await.is_ok() && output.flush().await.is_ok();
        }
    });
    (words, speaking)
}

async fn say(words: &mpsc::Sender<Word>, word: Word) {
    let _ = tokio::time::timeout(LAST_WORDS, words.send(word)).await;
}

async fn end(words: mpsc::Sender<Word>, speaking: JoinHandle<()>, post: Option<Post>) -> ExitCode {
    drop(words);
    let _ = tokio::time::timeout(LAST_WORDS, speaking).await;
    if let Some(post) = post {
        post.clear();
    }
    ExitCode::SUCCESS
}

fn in_words(status: std::io::Result<ExitStatus>) -> String {
    status.map_or_else(|error| error.to_string(), |status| status.to_string())
}
