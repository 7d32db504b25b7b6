//! What the server has said and nobody has asked for yet.

use std::collections::{HashMap, HashSet, VecDeque};
use std::process::ExitStatus;
use std::sync::mpsc::Sender;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::wire;

/// A fixed answer to a kind of request.
pub(crate) type Handler = Box<dyn FnMut(&Value) -> Result<Value, Value> + Send>;

/// Everything the reading threads and the test share.
pub(crate) struct Shared {
    state: Mutex<State>,
    pub(crate) changed: Condvar,
}

pub(crate) struct State {
    /// Where messages to the server go; gone when its input is to be closed.
    pub(crate) out: Option<Sender<Vec<u8>>>,
    pub(crate) deadline: Duration,
    /// Notifications and requests that nobody has taken.
    pub(crate) unread: VecDeque<Value>,
    pub(crate) pending: HashSet<i64>,
    pub(crate) responses: HashMap<i64, Result<Value, Value>>,
    pub(crate) diagnostics: HashMap<String, Vec<Value>>,
    pub(crate) progress: Vec<Value>,
    pub(crate) ignored: HashSet<String>,
    pub(crate) handlers: HashMap<String, Handler>,
    pub(crate) stderr: Vec<String>,
    log: Vec<String>,
    begun: Instant,
    /// What the server did against the protocol.
    pub(crate) fault: Option<String>,
    /// Whether the server's output has ended.
    pub(crate) ended: bool,
    pub(crate) exit: Option<ExitStatus>,
    /// Whether the server's output is left alone.
    pub(crate) deaf: bool,
}

impl Shared {
    pub(crate) fn new(out: Sender<Vec<u8>>) -> Self {
        let state = State {
            out: Some(out),
            deadline: super::DEADLINE,
            unread: VecDeque::new(),
            pending: HashSet::new(),
            responses: HashMap::new(),
            diagnostics: HashMap::new(),
            progress: Vec::new(),
            ignored: HashSet::new(),
            handlers: HashMap::new(),
            stderr: Vec::new(),
            log: Vec::new(),
            begun: Instant::now(),
            fault: None,
            ended: false,
            exit: None,
            deaf: false,
        };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // A test's own predicate may have panicked under the lock; the report is still wanted.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits as long as the server's output is to be left alone.
    pub(crate) fn wait_to_listen(&self) {
        let state = self.lock();
        drop(self.changed.wait_while(state, |state| state.deaf).unwrap_or_else(PoisonError::into_inner));
    }

    /// Changes the state and wakes who waits.
    pub(crate) fn update(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }
}

impl State {
    /// Sends a message, as far as the server still listens.
    pub(crate) fn send(&mut self, message: &Value) {
        self.note("-->", message);
        self.send_bytes(wire::frame(message));
    }

    pub(crate) fn send_bytes(&mut self, bytes: Vec<u8>) {
        if let Some(out) = &self.out {
            // A server that has gone is noticed by its output ending.
            let _ = out.send(bytes);
        }
    }

    pub(crate) fn answer(&mut self, id: &Value, answer: Result<Value, Value>) {
        self.send(&match answer {
            Ok(result) => json!({"jsonrpc": "2.0", "id": id, "result": result}),
            Err(error) => json!({"jsonrpc": "2.0", "id": id, "error": error}),
        });
    }

    /// Takes in a message from the server.
    pub(crate) fn receive(&mut self, message: Value) {
        self.note("<--", &message);
        if let Some(method) = message["method"].as_str() {
            let method = method.to_owned();
            self.receive_call(&method, message);
            return;
        }
        let result = message.get("result").cloned();
        let error = message.get("error").cloned();
        let answer = match (result, error) {
            (Some(result), None) => Ok(result),
            (None, Some(error)) => Err(error),
            _ => return self.fail(&format!("neither one thing nor the other: {message}")),
        };
        // The answer to something whose id the server could not read.
        if message["id"].is_null() && answer.is_err() {
            self.unread.push_back(message);
            return;
        }
        let id = message["id"].as_i64();
        let Some(id) = id.filter(|id| self.pending.remove(id)) else {
            return self.fail(&format!("a response to no request: {message}"));
        };
        self.responses.insert(id, answer);
    }

    fn receive_call(&mut self, method: &str, message: Value) {
        if let Some(id) = message.get("id") {
            if let Some(handler) = self.handlers.get_mut(method) {
                let answer = handler(&message["params"]);
                self.answer(&id.clone(), answer);
            } else {
                self.unread.push_back(message);
            }
            return;
        }
        let params = &message["params"];
        match method {
            "textDocument/publishDiagnostics" => {
                let (Some(uri), Some(list)) = (params["uri"].as_str(), params["diagnostics"].as_array()) else {
                    return self.fail(&format!("no diagnostics in {message}"));
                };
                self.diagnostics.insert(uri.into(), list.clone());
            }
            "$/progress" => self.progress.push(params.clone()),
            _ if self.ignored.contains(method) => {}
            _ => self.unread.push_back(message),
        }
    }

    /// Records what the server did against the protocol; the first such thing counts.
    pub(crate) fn fail(&mut self, reason: &str) {
        self.fault.get_or_insert_with(|| reason.into());
    }

    /// Whatever nobody has taken, one message a line.
    pub(crate) fn leftovers(&self) -> Vec<String> {
        let responses = self.responses.iter().map(|(id, answer)| match answer {
            Ok(result) => format!("response to {id}: {result}"),
            Err(error) => format!("response to {id}: error {error}"),
        });
        self.unread.iter().map(Value::to_string).chain(responses).collect()
    }

    /// Adds a line to the transcript.
    pub(crate) fn note(&mut self, direction: &str, what: &impl std::fmt::Display) {
        let time = self.begun.elapsed().as_secs_f64();
        self.log.push(format!("{time:8.3} {direction} {what}"));
    }

    /// Everything that was said, in order.
    pub(crate) fn transcript(&self) -> String {
        self.log.join("\n")
    }

    /// The last of what the server wrote to its standard error.
    pub(crate) fn stderr_tail(&self) -> String {
        let from = self.stderr.len().saturating_sub(40);
        self.stderr[from..].join("\n")
    }
}
