//! Waiting for what the server says, with a deadline and without polling.

use std::process::ExitStatus;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::state::State;
use super::{Editor, ServerRequest};

impl Editor {
    /// Waits for the response to a request: the result, or the error object.
    ///
    /// # Errors
    /// The server's error.
    ///
    /// # Panics
    /// When it does not come.
    pub fn response(&self, id: i64) -> Result<Value, Value> {
        self.wait(&format!("the response to request {id}"), |state| state.responses.remove(&id))
    }

    /// Takes the first notification of this method that matches, waiting for it if need be.
    /// The parameters.
    ///
    /// # Panics
    /// When none comes.
    pub fn expect_notification(&self, method: &str, matches: impl Fn(&Value) -> bool) -> Value {
        let message = self.wait(&format!("the notification {method}"), |state| {
            take(state, |message| {
                message["method"] == method && message.get("id").is_none() && matches(&message["params"])
            })
        });
        message["params"].clone()
    }

    /// Takes the first request of this method that matches, waiting for it if need be.
    ///
    /// # Panics
    /// When none comes.
    pub fn expect_request(&self, method: &str, matches: impl Fn(&Value) -> bool) -> ServerRequest {
        let message = self.wait(&format!("the request {method}"), |state| {
            take(state, |message| {
                message["method"] == method && message.get("id").is_some() && matches(&message["params"])
            })
        });
        ServerRequest { id: message["id"].clone(), params: message["params"].clone() }
    }

    /// Takes the first error response without an id, which is the answer to something the
    /// server could not read. The error object.
    ///
    /// # Panics
    /// When none comes.
    pub fn expect_unaddressed_error(&self) -> Value {
        let message = self
            .wait("an error response without an id", |state| take(state, |message| message.get("method").is_none()));
        message["error"].clone()
    }

    /// Takes the oldest message that nobody has taken, a whole one, if there is one in this time.
    ///
    /// For a program that tells what happens; a test says what it expects.
    ///
    /// # Panics
    /// When the server breaks the protocol or closes its output.
    pub fn next_within(&self, patience: Duration) -> Option<Value> {
        self.check();
        let next = self.wait_until(Instant::now() + patience, |state| match state.unread.pop_front() {
            Some(message) => Some(Some(message)),
            None if state.ended => Some(None),
            None => None,
        });
        match next {
            Some(Some(message)) => Some(message),
            Some(None) => panic!("the server closed its output"),
            None => None,
        }
    }

    /// Waits until a document's diagnostics are like this; they are none before the first
    /// were published.
    ///
    /// # Panics
    /// When they do not become so.
    pub fn wait_diagnostics(&self, uri: &str, matches: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        self.wait(&format!("other diagnostics for {uri}"), |state| {
            let list = state.diagnostics.get(uri).map_or(&[][..], Vec::as_slice);
            matches(list).then(|| list.to_vec())
        })
    }

    /// Waits for a `$/progress` whose parameters match; an earlier one will do.
    ///
    /// # Panics
    /// When none comes.
    pub fn wait_progress(&self, matches: impl Fn(&Value) -> bool) -> Value {
        self.wait("progress", |state| state.progress.iter().find(|params| matches(params)).cloned())
    }

    /// Waits until the server's process has ended, however that came about.
    ///
    /// # Panics
    /// When it goes on.
    pub fn wait_exit(&self, deadline: Duration) -> ExitStatus {
        let status = self.wait_until(Instant::now() + deadline, |state| state.exit);
        let Some(status) = status else {
            panic!("the server still runs after {deadline:?}");
        };
        self.done.store(true, Ordering::Relaxed);
        status
    }

    /// Waits for something; panics when the server breaks the protocol or ends before.
    pub(super) fn wait<T>(&self, what: &str, find: impl Fn(&mut State) -> Option<T>) -> T {
        enum End<T> {
            Found(T),
            Fault(String),
            Closed,
        }
        let deadline = self.shared.lock().deadline;
        let end = self.wait_until(Instant::now() + deadline, |state| {
            if let Some(fault) = &state.fault {
                return Some(End::Fault(fault.clone()));
            }
            if let Some(found) = find(state) {
                return Some(End::Found(found));
            }
            state.ended.then_some(End::Closed)
        });
        match end {
            Some(End::Found(found)) => found,
            Some(End::Fault(fault)) => panic!("the session cannot go on: {fault}"),
            Some(End::Closed) => panic!("the server closed its output instead of sending {what}"),
            None => {
                let others = self.shared.lock().leftovers().join("\n");
                panic!("{what} did not come within {deadline:?}; unread are:\n{others}");
            }
        }
    }

    fn wait_until<T>(&self, deadline: Instant, find: impl Fn(&mut State) -> Option<T>) -> Option<T> {
        let mut state = self.shared.lock();
        loop {
            if let Some(found) = find(&mut state) {
                return Some(found);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            state = self.shared.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

fn take(state: &mut State, matches: impl Fn(&Value) -> bool) -> Option<Value> {
    let index = state.unread.iter().position(matches)?;
    state.unread.remove(index)
}
