//! The bridge's side of the guard: starts it, gives it the password, listens to what it says.

use std::collections::VecDeque;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};

use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;

use super::guard::Word;
use super::place::Seat;
use super::{Plan, SpawnError, process, random_hex};

/// Lines of the server's output that are kept for the message when it dies.
const LAST_WORDS: usize = 8;

/// A guard that has been told to start a server.
#[derive(Debug)]
pub struct Guarded {
    guard: Box<Child>,
    heard: Heard,
    stage: watch::Receiver<Stage>,
}

#[derive(Debug, Clone)]
enum Stage {
    Running,
    Refused { reason: String },
    Ended,
}

/// Starts the guard. With a seat its leases decide how long the server runs, else the guard's input does.
pub async fn guarded(
    plan: &Plan,
    port: u16,
    password: &SecretString,
    seat: Option<&Seat>,
) -> Result<Guarded, SpawnError> {
    let mark = match seat.and_then(|seat| seat.folder().file_name()) {
        Some(name) => name.to_string_lossy().into_owned(),
        None => random_hex::<8>().map_err(SpawnError::Random)?,
    };
    let mut command = Command::new(&plan.program);
    command.arg("guard").arg("--directory").arg(&plan.directory);
    command.args(["--port", &port.to_string(), "--mark", &mark]);
    if let Some(seat) = seat {
        command.arg("--seat").arg(seat.folder());
    }
    command.arg("--").arg(&plan.command);
    // None of the bridge's own pipes: the guard may outlive it, and an editor waits for their end.
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    process::detach(&mut command);
    let mut guard = command.spawn().map_err(|source| SpawnError::Guard { command: plan.command.clone(), source })?;

    let heard = Heard::default();
    let (told, stage) = watch::channel(Stage::Running);
    if let Some(output) = guard.stdout.take() {
        tokio::spawn(heard.clone().listen(output, told));
    }
    if let Some(mut input) = guard.stdin.take() {
        // Arguments are visible to every user of the machine, a pipe is not. A guard that cannot be
        // told has ended, which is noticed where it is listened to.
        let _ = input.write_all(format!("{}\n", password.expose_secret()).as_bytes()).await;
        if seat.is_none() {
            guard.stdin = Some(input);
        }
    }
    Ok(Guarded { guard: Box::new(guard), heard, stage })
}

impl Guarded {
    /// Waits for the server's end, and says why it came.
    pub async fn ended(&mut self, command: &str) -> SpawnError {
        let command = command.to_owned();
        // An error is the end too: nobody listens any more.
        let stage = self.stage.wait_for(|stage| !matches!(stage, Stage::Running)).await;
        match stage.as_deref() {
            Ok(Stage::Refused { reason }) => SpawnError::Start { command, reason: reason.clone() },
            _ => SpawnError::Died { command, words: self.heard.say() },
        }
    }

    pub fn not_ready(&self, plan: &Plan) -> SpawnError {
        SpawnError::NotReady { command: plan.command.clone(), after: plan.healthy_within, words: self.heard.say() }
    }

    pub fn into_guard(self) -> Box<Child> {
        self.guard
    }
}

/// The end of what the server printed.
#[derive(Debug, Clone, Default)]
struct Heard(Arc<Mutex<VecDeque<String>>>);

impl Heard {
    /// Listens until the guard has ended.
    async fn listen(self, output: impl AsyncRead + Unpin, stage: watch::Sender<Stage>) {
        let mut lines = BufReader::new(output).lines();
        let mut last = Stage::Ended;
        while let Ok(Some(line)) = lines.next_line().await {
            match serde_json::from_str(&line) {
                Ok(Word::Said(line)) => {
                    tracing::debug!(target: "opencode", "{line}");
                    self.keep(line);
                }
                Ok(Word::Refused(reason)) => last = Stage::Refused { reason },
                Ok(Word::Ended(status)) => {
                    tracing::info!(status, "the own server has ended");
                    self.keep(status);
                }
                Err(error) => tracing::warn!(%error, "the guard of the own server said something else"),
            }
        }
        // Everything it had to say is known by now.
        stage.send_replace(last);
    }

    fn keep(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == LAST_WORDS {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    fn say(&self) -> String {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let said: Vec<&str> = lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty()).collect();
        if said.is_empty() {
            return "it said nothing".to_owned();
        }
        said.join(" | ")
    }
}
