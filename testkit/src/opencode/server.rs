//! The server's process, and direct requests to it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use serde_json::Value;
use url::form_urlencoded;

use super::{Announced, Events, Isolation, free_port};
use crate::{http, process};

/// How long the server may take to come up, and to answer.
const PATIENCE: Duration = Duration::from_secs(120);

/// How long it may take to answer while it comes up. A request that 1.18 accepts in the moment
/// after it began to listen never gets an answer; the next one does.
const FIRST_PATIENCE: Duration = Duration::from_secs(1);

/// A running opencode server, isolated and offline; ended with all its children when dropped.
pub struct Opencode {
    // Before the isolation, so that the process is gone before its folders are.
    child: Option<Child>,
    isolation: Isolation,
    folder: PathBuf,
    port: u16,
    password: Option<String>,
    announced: Option<Announced>,
}

impl Opencode {
    pub(super) fn run(
        isolation: Isolation,
        folder: PathBuf,
        port: u16,
        password: Option<String>,
        announced: Option<Announced>,
    ) -> Self {
        let mut server = Self { child: None, isolation, folder, port, password, announced };
        server.launch();
        server
    }

    /// Where it listens, such as `http://127.0.0.1:4096`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The port it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The environment it runs in.
    #[must_use]
    pub fn isolation(&self) -> &Isolation {
        &self.isolation
    }

    /// What it has logged.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read(self.log_path())
            .map_or_else(|error| format!("no log: {error}"), |bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Ends it hard, as a crash would, and waits until it is gone.
    pub fn kill(&mut self) {
        let Some(mut child) = self.child.take() else {
            return;
        };
        process::kill_group(child.id());
        let _ = child.wait();
    }

    /// Starts it again on the same port and with the same data, after ending it if need be.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn restart(&mut self) {
        self.kill();
        self.launch();
    }

    /// The same on another free port.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn restart_elsewhere(&mut self) {
        self.kill();
        self.port = free_port();
        self.launch();
    }

    /// The same on the same port, with another password.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn restart_with_password(&mut self, password: &str) {
        self.kill();
        self.isolation.set_password(password);
        self.password = Some(password.into());
        self.launch();
    }

    /// Asks the server for something about the project.
    ///
    /// # Panics
    /// When it does not answer.
    #[must_use]
    pub fn get(&self, path: &str) -> (u16, Value) {
        self.exchange("GET", path, None)
    }

    /// Sends something about the project to the server. An answer that is not JSON comes as a
    /// string, an empty one as null.
    ///
    /// # Panics
    /// When it does not answer.
    pub fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.exchange("POST", path, Some(&body.to_string()))
    }

    /// Makes the server delete something, and checks that it did.
    ///
    /// # Panics
    /// When it does not.
    pub fn delete(&self, path: &str) {
        let (status, answer) = self.exchange("DELETE", path, None);
        assert_eq!(status, 200, "DELETE {path}: {answer}");
    }

    /// The project's events from now on.
    ///
    /// # Panics
    /// When the server does not give them.
    #[must_use]
    pub fn events(&self) -> Events {
        let response = self.send("GET", "/event", None, PATIENCE).unwrap_or_else(|error| panic!("GET /event: {error}"));
        assert_eq!(response.status, 200, "GET /event");
        let mut events = Events::new(response, PATIENCE);
        events.wait("server.connected", |_| true);
        events
    }

    fn exchange(&self, method: &str, path: &str, body: Option<&str>) -> (u16, Value) {
        self.try_exchange(method, path, body, PATIENCE).unwrap_or_else(|error| {
            panic!("{method} {path}: {error}\n{}", self.log_tail());
        })
    }

    fn try_exchange(
        &self,
        method: &str,
        path: &str,
        body: Option<&str>,
        patience: Duration,
    ) -> io::Result<(u16, Value)> {
        let mut response = self.send(method, path, body, patience)?;
        let mut bytes = Vec::new();
        response.body.read_to_end(&mut bytes)?;
        let text = String::from_utf8_lossy(&bytes);
        let value = match text.trim() {
            "" => Value::Null,
            text => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
        };
        Ok((response.status, value))
    }

    fn send(&self, method: &str, path: &str, body: Option<&str>, patience: Duration) -> io::Result<http::Response> {
        let separator = if path.contains('?') { '&' } else { '?' };
        let directory = self.folder.to_string_lossy();
        let directory: String = form_urlencoded::byte_serialize(directory.as_bytes()).collect();
        let target = format!("{path}{separator}directory={directory}");
        let authorization = self.password.as_ref().map(|password| {
            let pair = format!("opencode:{password}");
            format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
        });
        let headers = authorization.iter().map(|value| ("Authorization", value.as_str())).collect::<Vec<_>>();
        http::send(self.port, method, &target, &headers, body, patience)
    }

    fn launch(&mut self) {
        let log = OpenOptions::new().create(true).append(true).open(self.log_path()).expect("a log file");
        self.child = Some(self.spawn(&log).unwrap_or_else(|error| {
            panic!("{}: {error}", self.isolation.binary().display());
        }));
        let deadline = Instant::now() + PATIENCE;
        // A server that is coming up gives no other sign than that it begins to answer.
        while !self.is_up() {
            let ended = self.child.as_mut().map(Child::try_wait);
            if let Some(Ok(Some(status))) = ended {
                panic!("opencode ended: {status}\n{}", self.log_tail());
            }
            assert!(Instant::now() < deadline, "opencode is not up after {PATIENCE:?}\n{}", self.log_tail());
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn is_up(&self) -> bool {
        let answer = self.try_exchange("GET", "/global/health", None, FIRST_PATIENCE);
        matches!(answer, Ok((200, Value::Object(_))))
    }

    fn spawn(&self, log: &File) -> io::Result<Child> {
        let mut command = guarded(&self.program()?);
        self.isolation.apply(&mut command);
        let listen: &[&str] = match self.announced {
            None => &["serve", "--hostname", "127.0.0.1"],
            Some(_) => &["serve", "--mdns"],
        };
        command
            .args(listen)
            .args(["--print-logs", "--port"])
            .arg(self.port.to_string())
            .current_dir(&self.folder)
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log.try_clone()?);
        process::lead_group(&mut command);
        command.spawn()
    }

    /// opencode's binary, or the same file by another name.
    fn program(&self) -> io::Result<PathBuf> {
        let binary = self.isolation.binary();
        if self.announced != Some(Announced::FromElsewhere) {
            return Ok(binary.to_path_buf());
        }
        let elsewhere = self.isolation.folder().join("elsewhere").with_extension(std::env::consts::EXE_EXTENSION);
        if !elsewhere.exists() && fs::hard_link(binary, &elsewhere).is_err() {
            fs::copy(binary, &elsewhere)?;
        }
        Ok(elsewhere)
    }

    fn log_path(&self) -> PathBuf {
        self.isolation.folder().join("server.log")
    }

    fn log_tail(&self) -> String {
        let log = self.log();
        let lines = log.lines().collect::<Vec<_>>();
        // Old versions log whole rule sets in a line.
        let tail = lines[lines.len().saturating_sub(40)..]
            .iter()
            .map(|line| line.chars().take(300).collect::<String>())
            .collect::<Vec<_>>()
            .join("\n");
        format!("the end of opencode's log:\n{tail}")
    }
}

impl Drop for Opencode {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("{}", self.log_tail());
        }
        self.kill();
    }
}

/// The program, in such a way that it does not outlive this process.
///
/// `Drop` does not run when a test is interrupted or killed. The pipe to the program's standard
/// input closes even then, and a watcher beside it ends the group when it does.
#[cfg(unix)]
fn guarded(program: &Path) -> Command {
    const GUARD: &str = r#"exec 3<&0
(cat <&3 >/dev/null 2>&1; kill -9 0) >/dev/null 2>&1 &
exec "$0" "$@" </dev/null 3<&-"#;
    let mut command = Command::new("/bin/sh");
    command.args(["-c", GUARD]).arg(program);
    command
}

#[cfg(not(unix))]
fn guarded(program: &Path) -> Command {
    Command::new(program)
}
