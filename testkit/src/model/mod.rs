//! The language model behind the server.

mod script;
mod server;
mod stream;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

pub use script::script;

/// The provider's name in opencode's configuration.
pub(crate) const PROVIDER_ID: &str = "scripted";
/// The model's name there.
pub(crate) const MODEL_ID: &str = "scripted-1";

/// How long [`Model::waiting_at`] and [`Model::wait_for_request`] wait.
const PATIENCE: Duration = Duration::from_secs(120);

/// An OpenAI-compatible model on loopback that does what the prompt says.
///
/// A prompt with a [`script`] line in it gets that script's steps, one per request; which one
/// is next follows from the conversation that the request carries, so that sessions do not
/// disturb each other and a repeated request gets a repeated answer. The last script of a
/// conversation stays in force: a prompt without one, after it, gets the steps that are left,
/// then `Done.` A conversation without any script gets the steps of [`Model::otherwise`], else `Done:`
/// and the prompt's first line.
pub struct Model {
    shared: Arc<Shared>,
    address: SocketAddr,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    requests: Vec<Value>,
    open: HashSet<String>,
    /// How many responses are blocked, by gate.
    blocked: HashMap<String, usize>,
    otherwise: Option<Vec<Value>>,
    closed: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Model {
    /// Starts a model on a port of its own.
    ///
    /// # Panics
    /// When there is no port to be had.
    #[must_use]
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a loopback port");
        let address = listener.local_addr().expect("the port's number");
        let shared = Arc::new(Shared::default());
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if accepting.lock().closed {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let shared = Arc::clone(&accepting);
                // A client that goes away in the middle is no concern of the model's.
                thread::spawn(move || drop(server::serve(&stream, &shared)));
            }
        });
        Self { shared, address }
    }

    /// What to configure as the provider's `baseURL`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// The requests of turns so far, oldest first; those for titles are not among them.
    #[must_use]
    pub fn requests(&self) -> Vec<Value> {
        self.shared.lock().requests.clone()
    }

    /// Waits until there have been at least `count` requests; the `count`-th of them.
    ///
    /// # Panics
    /// When they do not come.
    pub fn wait_for_request(&self, count: usize) -> Value {
        assert!(count > 0, "requests are counted from 1");
        let state = self.wait(&format!("request number {count}"), |state| state.requests.len() >= count);
        state.requests[count - 1].clone()
    }

    /// What it does in a conversation without a script, where the prompt is one that people would write.
    pub fn otherwise(&self, steps: &[Value]) {
        self.shared.lock().otherwise = Some(steps.into());
    }

    /// Opens a gate, for good: what waits there goes on, what comes later does not wait.
    pub fn open(&self, gate: &str) {
        self.shared.lock().open.insert(gate.into());
        self.shared.changed.notify_all();
    }

    /// Waits until a response is held back at this gate.
    ///
    /// # Panics
    /// When none comes there.
    pub fn waiting_at(&self, gate: &str) {
        drop(self.wait(&format!("a response at the gate {gate:?}"), |state| {
            state.blocked.get(gate).is_some_and(|count| *count > 0)
        }));
    }

    fn wait(&self, what: &str, arrived: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let deadline = Instant::now() + PATIENCE;
        let mut state = self.shared.lock();
        loop {
            if arrived(&state) {
                return state;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let blocked = state.blocked.keys().cloned().collect::<Vec<_>>();
                let count = state.requests.len();
                drop(state);
                panic!(
                    "the model waited {PATIENCE:?} for {what}; it has had {count} requests, \
                     and these gates have been reached: {blocked:?}"
                );
            }
            state = self.shared.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_all();
        // The listener looks at `closed` when somebody connects.
        let _ = TcpStream::connect(self.address);
    }
}
