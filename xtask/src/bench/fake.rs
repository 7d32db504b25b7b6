//! As much of opencode's server as the bridge needs to be connected, with events on demand.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use testkit::versions;

use super::turn::{DIFF, ITSELF, MESSAGES, TODO};
use crate::Result;

/// The server; it listens until the process ends.
pub struct Fake {
    port: u16,
    says: Arc<Says>,
    /// The path of each request, when it has been answered.
    answered: Receiver<String>,
}

/// What the threads of all connections say.
struct Says {
    project: PathBuf,
    /// The open event streams.
    streams: Mutex<Vec<TcpStream>>,
    /// The diff of the turn, in JSON.
    diff: Mutex<Arc<str>>,
    /// The messages of the session, in JSON.
    messages: Mutex<Arc<str>>,
}

impl Says {
    fn push_raw(&self, events: &[u8]) -> io::Result<()> {
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        streams.iter_mut().try_for_each(|stream| stream.write_all(events))
    }
}

/// Sends events, from any thread.
pub struct Speaker(Arc<Says>);

impl Speaker {
    pub fn push_raw(&self, events: &[u8]) -> io::Result<()> {
        self.0.push_raw(events)
    }
}

/// What the bridge asks for last when it connects.
const LAST: &str = "/session/status";

impl Fake {
    pub fn start(project: &Path) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let (done, answered) = mpsc::channel();
        let list = || Mutex::new(Arc::from("[]"));
        let (streams, diff, messages) = (Mutex::default(), list(), list());
        let says = Arc::new(Says { project: project.to_path_buf(), streams, diff, messages });
        let shared = Arc::clone(&says);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (done, says) = (done.clone(), Arc::clone(&shared));
                // A client that goes away is no concern of the server's.
                thread::spawn(move || drop(serve(stream, &says, &done)));
            }
        });
        Ok(Self { port, says, answered })
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Waits until the bridge has asked for everything that it wants at the beginning.
    pub fn wait_connected(&self, patience: Duration) -> Result<()> {
        self.wait_answered(LAST, patience)
    }

    /// Waits until a request for this path has been answered that was not waited for before.
    pub fn wait_answered(&self, wanted: &str, patience: Duration) -> Result<()> {
        loop {
            let path = self.answered.recv_timeout(patience).map_err(|_| format!("nobody asks for {wanted}"))?;
            if path == wanted {
                return Ok(());
            }
        }
    }

    /// What every turn's diff is from now on, in JSON.
    pub fn set_diff(&self, diff: &str) {
        *self.says.diff.lock().unwrap_or_else(PoisonError::into_inner) = Arc::from(diff);
    }

    /// What the messages of the session are from now on, in JSON.
    pub fn set_messages(&self, messages: &str) {
        *self.says.messages.lock().unwrap_or_else(PoisonError::into_inner) = Arc::from(messages);
    }

    /// Sends an event.
    pub fn push(&self, kind: &str, properties: &Value) -> io::Result<()> {
        let event = json!({"id": "evt_1", "type": kind, "properties": properties});
        self.push_raw(format!("data: {event}\n\n").as_bytes())
    }

    /// Sends events as they are.
    pub fn push_raw(&self, events: &[u8]) -> io::Result<()> {
        self.says.push_raw(events)
    }

    /// What another thread can send events with.
    pub fn speaker(&self) -> Speaker {
        Speaker(Arc::clone(&self.says))
    }
}

/// Answers the requests of one connection, until it becomes an event stream.
fn serve(mut stream: TcpStream, says: &Says, done: &Sender<String>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    while let Some(path) = request(&mut reader)? {
        if path == "/event" {
            let hello = json!({"type": "server.connected", "properties": {}});
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
            stream.write_all(format!("{head}data: {hello}\n\n").as_bytes())?;
            says.streams.lock().unwrap_or_else(PoisonError::into_inner).push(stream);
            return Ok(());
        }
        let body: Option<Arc<str>> = match path.as_str() {
            "/global/health" => Some(json!({"healthy": true, "version": versions::newest()}).to_string().into()),
            "/path" => Some(json!({"worktree": says.project, "directory": says.project}).to_string().into()),
            "/permission" => Some("[]".into()),
            LAST => Some("{}".into()),
            ITSELF => Some(json!({"id": "ses_1", "title": "A session"}).to_string().into()),
            TODO => Some("[]".into()),
            MESSAGES => Some(Arc::clone(&says.messages.lock().unwrap_or_else(PoisonError::into_inner))),
            DIFF => Some(Arc::clone(&says.diff.lock().unwrap_or_else(PoisonError::into_inner))),
            _ => None,
        };
        let status = if body.is_some() { "200 OK" } else { "404 Not Found" };
        let body = body.unwrap_or_else(|| r#"{"name":"NotFoundError"}"#.into());
        let length = body.len();
        let head = format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n");
        stream.write_all((head + &body).as_bytes())?;
        // Nobody listens any more when the measurement is over.
        let _ = done.send(path);
    }
    Ok(())
}

/// The path of the next request, without its query; none when the client is done.
fn request(reader: &mut BufReader<TcpStream>) -> io::Result<Option<String>> {
    let mut first = String::new();
    if reader.read_line(&mut first)? == 0 {
        return Ok(None);
    }
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
    }
    io::copy(&mut reader.take(length), &mut io::sink())?;
    let target = first.split(' ').nth(1).unwrap_or_default();
    Ok(Some(target.split('?').next().unwrap_or_default().to_owned()))
}
