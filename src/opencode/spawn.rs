//! An own `opencode serve`: on loopback, with a random password, ended with the bridge.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use process_wrap::tokio::{ChildWrapper, CommandWrap};
use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};

use super::client::{Client, Target};

const HEALTHY_WITHIN: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(50);
const LOOK_FOR: Duration = Duration::from_secs(1);
const USERNAME: &str = "opencode";
/// Lines of the server's output that are kept for the message when it dies.
const LAST_WORDS: usize = 8;

#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    #[error("`{command}` could not be started ({source}); install opencode or set server.command")]
    Start { command: String, source: std::io::Error },
    #[error("`{command} serve` ended at once: {words}")]
    Died { command: String, words: String },
    #[error("`{command} serve` is not ready after {} s: {words}", HEALTHY_WITHIN.as_secs())]
    NotReady { command: String, words: String },
    #[error("no free port on loopback ({0})")]
    Port(std::io::Error),
    #[error("no random password ({0})")]
    Random(getrandom::Error),
}

/// A running server of the bridge's own. Dropping it ends it and all its children.
#[derive(Debug)]
pub struct OwnServer {
    child: Box<dyn ChildWrapper>,
    port: u16,
    password: SecretString,
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        // The shells that opencode's tools run are groups of their own.
        let left = self.child.id().map(descendants).unwrap_or_default();
        // The whole process group (a job on Windows): opencode starts language servers and shells.
        if let Err(error) = self.child.start_kill() {
            tracing::debug!(%error, "the own server was gone already");
        }
        for pid in left {
            kill(pid);
        }
    }
}

impl OwnServer {
    /// Starts `command serve` in a folder and waits until it answers.
    pub async fn start(command: &str, directory: &Path) -> Result<Self, SpawnError> {
        let port = free_port().map_err(SpawnError::Port)?;
        let password = random_password().map_err(SpawnError::Random)?;
        let mut wrap = CommandWrap::with_new(command, |command| {
            command
                .args(["serve", "--hostname", "127.0.0.1", "--port", &port.to_string()])
                .current_dir(directory)
                // Arguments are visible to every user of the machine, the environment is not.
                .env("OPENCODE_SERVER_USERNAME", USERNAME)
                .env("OPENCODE_SERVER_PASSWORD", password.expose_secret())
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
        });
        wrap.wrap(process_wrap::tokio::KillOnDrop);
        own_group(&mut wrap);
        let start = |source| SpawnError::Start { command: command.to_owned(), source };
        let mut child = wrap.spawn().map_err(start)?;
        let words = LastWords::default();
        if let Some(out) = child.stdout().take() {
            tokio::spawn(words.clone().listen(out));
        }
        if let Some(err) = child.stderr().take() {
            tokio::spawn(words.clone().listen(err));
        }
        let mut server = Self { child, port, password };
        server.wait_until_healthy(command, directory, &words).await?;
        Ok(server)
    }

    async fn wait_until_healthy(
        &mut self,
        command: &str,
        directory: &Path,
        words: &LastWords,
    ) -> Result<(), SpawnError> {
        let deadline = tokio::time::Instant::now() + HEALTHY_WITHIN;
        loop {
            if !self.is_running() {
                return Err(SpawnError::Died { command: command.to_owned(), words: words.say() });
            }
            // 1.18.34 never answers a request that arrives just as it begins to listen, so each look
            // is short and on a connection of its own.
            if let Ok(client) = Client::new(&self.target(), directory)
                && let Ok(Ok(_)) = tokio::time::timeout(LOOK_FOR, client.version()).await
            {
                return Ok(());
            }
            if tokio::time::Instant::now() > deadline {
                return Err(SpawnError::NotReady { command: command.to_owned(), words: words.say() });
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    pub fn target(&self) -> Target {
        Target {
            url: format!("http://127.0.0.1:{}", self.port),
            username: USERNAME.to_owned(),
            password: Some(self.password.clone()),
        }
    }
}

/// Children, and theirs, of a process.
#[cfg(target_os = "linux")]
fn descendants(pid: u32) -> Vec<u32> {
    let parent = |pid: u32| -> Option<u32> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name before it, in parentheses, may hold anything.
        stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
    };
    let running = std::fs::read_dir("/proc").into_iter().flatten().map_while(Result::ok);
    let running = running.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let parents: Vec<(u32, u32)> = running.filter_map(|pid| Some((pid, parent(pid)?))).collect();
    let mut found = vec![pid];
    let mut next = 0;
    while let Some(&pid) = found.get(next) {
        found.extend(parents.iter().filter(|(_, parent)| *parent == pid).map(|(child, _)| *child));
        next += 1;
    }
    found.split_off(1)
}

/// Elsewhere the group, or the job on Windows, has to do.
#[cfg(not(target_os = "linux"))]
fn descendants(_pid: u32) -> Vec<u32> {
    Vec::new()
}

#[cfg(target_os = "linux")]
fn kill(pid: u32) {
    let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(Err(error)) = pid.map(|pid| rustix::process::kill_process(pid, rustix::process::Signal::KILL)) {
        tracing::debug!(%error, "a child of the own server was gone already");
    }
}

#[cfg(not(target_os = "linux"))]
fn kill(_pid: u32) {}

#[cfg(unix)]
fn own_group(wrap: &mut CommandWrap) {
    wrap.wrap(process_wrap::tokio::ProcessGroup::leader());
}

#[cfg(windows)]
fn own_group(wrap: &mut CommandWrap) {
    wrap.wrap(process_wrap::tokio::JobObject);
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

fn random_password() -> Result<SecretString, getrandom::Error> {
    let mut bytes = [0_u8; 24];
    getrandom::fill(&mut bytes)?;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(SecretString::from(hex))
}

/// The end of what the server printed.
#[derive(Debug, Clone, Default)]
struct LastWords(Arc<Mutex<VecDeque<String>>>);

impl LastWords {
    /// Reads to the end: a full pipe would stop the server.
    async fn listen(self, output: impl AsyncRead + Unpin) {
        let mut lines = BufReader::new(output).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            tracing::debug!(target: "opencode", "{line}");
            let mut words = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if words.len() == LAST_WORDS {
                words.pop_front();
            }
            words.push_back(line);
        }
    }

    fn say(&self) -> String {
        let words = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if words.is_empty() {
            return "it said nothing".to_owned();
        }
        words.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" | ")
    }
}
