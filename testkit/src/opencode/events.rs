//! What the server tells while it works.

use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::http::{Body, Response};

/// The events of one project, from [`Opencode::events`](crate::Opencode::events).
pub struct Events {
    lines: BufReader<Body<BufReader<TcpStream>>>,
    stream: TcpStream,
    seen: Vec<String>,
    patience: Duration,
}

impl Events {
    pub(crate) fn new(response: Response, patience: Duration) -> Self {
        Self { lines: BufReader::new(response.body), stream: response.stream, seen: Vec::new(), patience }
    }

    /// Reads on until an event of this type matches; those before it are passed over.
    ///
    /// # Panics
    /// When none comes in a minute, or the server closes the stream.
    pub fn wait(&mut self, kind: &str, matches: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + self.patience;
        loop {
            let Some(event) = self.next(deadline) else {
                panic!("no event {kind} that matches; there were:\n{}", self.seen.join("\n"));
            };
            if event["type"] == kind && matches(&event["properties"]) {
                return event;
            }
        }
    }

    /// The next event, or nothing when it does not come.
    fn next(&mut self, deadline: Instant) -> Option<Value> {
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            self.stream.set_read_timeout(Some(left)).ok()?;
            let mut line = String::new();
            if self.lines.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let Some(data) = line.strip_prefix("data:") else {
                continue;
            };
            let event = serde_json::from_str(data).expect("an event in JSON");
            self.seen.push(data.trim().chars().take(300).collect());
            return Some(event);
        }
    }
}
