//! A language client that does nothing but note when each message came.

use std::io::{self, BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::PATIENCE;
use crate::Result;

/// `/proc` counts in hundredths of a second, on every Linux there is.
const MILLIS_A_TICK: u64 = 10;

/// A running server. Its requests are answered by [`Pipe::next`].
pub struct Pipe {
    child: Child,
    input: Input,
    frames: Receiver<Frame>,
    last_id: i64,
}

/// A message and when its last byte was read.
pub struct Frame {
    pub at: Instant,
    pub message: Value,
}

/// The server's input, for several threads.
#[derive(Clone)]
pub struct Input(Arc<Mutex<ChildStdin>>);

impl Input {
    /// Writes one message.
    pub fn send(&self, message: &Value) -> io::Result<()> {
        let body = message.to_string();
        let frame = format!("Content-Length: {}\r\n\r\n{body}", body.len());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write_all(frame.as_bytes())
    }
}

impl Pipe {
    /// Starts the server with nothing of the user's.
    pub fn spawn(binary: &Path, state: &Path) -> Result<Self> {
        let mut command = Command::new(binary);
        command.env("XDG_STATE_HOME", state);
        for name in ["OPENCODE_SERVER", "OPENCODE_SERVER_USERNAME", "OPENCODE_SERVER_PASSWORD"] {
            command.env_remove(name);
        }
        Self::start(command)
    }

    /// Starts a program that reads and writes messages.
    pub fn start(mut command: Command) -> Result<Self> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let program = command.get_program().to_owned();
        let mut child = command.spawn().map_err(|error| format!("{}: {error}", program.display()))?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let (Some(stdin), Some(stdout)) = (stdin, stdout) else {
            return Err("a child without pipes".into());
        };
        let (sender, frames) = mpsc::channel();
        thread::spawn(move || {
            let mut reader = BufReader::new(stdout);
            // An end of the output shows as the channel's.
            while let Ok(frame) = read(&mut reader) {
                if sender.send(frame).is_err() {
                    return;
                }
            }
        });
        Ok(Self { child, input: Input(Arc::new(Mutex::new(stdin))), frames, last_id: 0 })
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What all its threads have used so far.
    pub fn processor_time(&self) -> Result<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid()))?;
        // The name before it is in parentheses and may hold anything. Then: 12 and 13 are user and system time.
        let rest = stat.rsplit(')').next().unwrap_or_default();
        let ticks: u64 = rest.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse().unwrap_or(0)).sum();
        Ok(Duration::from_millis(ticks * MILLIS_A_TICK))
    }

    pub fn input(&self) -> Input {
        self.input.clone()
    }

    pub fn notify(&self, method: &str, params: &Value) -> Result<()> {
        Ok(self.input.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}))?)
    }

    /// Sends a request and gives its id.
    pub fn request(&mut self, method: &str, params: &Value) -> Result<i64> {
        self.last_id += 1;
        self.input.send(&json!({"jsonrpc": "2.0", "id": self.last_id, "method": method, "params": params}))?;
        Ok(self.last_id)
    }

    /// The next message. A request of the server is answered with null: a dialog is dismissed.
    pub fn next(&mut self) -> Result<Frame> {
        let frame = self.frames.recv_timeout(PATIENCE).map_err(|_| "the server says nothing")?;
        if let (Some(id), Some(_)) = (frame.message.get("id"), frame.message.get("method")) {
            self.input.send(&json!({"jsonrpc": "2.0", "id": id, "result": null}))?;
        }
        Ok(frame)
    }

    /// Reads on until the response to a request.
    pub fn response(&mut self, id: i64) -> Result<Frame> {
        loop {
            let frame = self.next()?;
            if frame.message.get("method").is_some() || frame.message["id"] != id {
                continue;
            }
            if let Some(error) = frame.message.get("error") {
                return Err(format!("request {id}: {error}").into());
            }
            return Ok(frame);
        }
    }

    /// Ends the server as the protocol has it.
    pub fn end(mut self) -> Result<()> {
        self.last_id += 1;
        self.input.send(&json!({"jsonrpc": "2.0", "id": self.last_id, "method": "shutdown"}))?;
        self.response(self.last_id)?;
        self.input.send(&json!({"jsonrpc": "2.0", "method": "exit"}))?;
        let status = self.child.wait()?;
        if !status.success() {
            return Err(format!("the server ended badly: {status}").into());
        }
        Ok(())
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        // Ended already, or given up.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads one message.
pub fn read(reader: &mut impl BufRead) -> io::Result<Frame> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("Content-Length: ") {
            length = value.parse().map_err(io::Error::other)?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let at = Instant::now();
    Ok(Frame { at, message: serde_json::from_slice(&body)? })
}
