//! A proxy on loopback in front of a real server, which spoils what passes through it where it is told to.

mod request;
mod stream;

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::fake::Seen;
use stream::Stream;

/// How long to wait for a request.
const PATIENCE: Duration = Duration::from_secs(120);

/// What becomes of a request and its answer.
#[derive(Debug, Clone)]
pub enum Fault {
    /// The server is not asked; this is the answer.
    Answer {
        /// The HTTP status.
        status: u16,
        /// The content type.
        kind: &'static str,
        /// The body.
        body: String,
    },
    /// The server is asked, and its answer ends after so many bytes of the body; at 0 there is not even a head.
    Cut(usize),
    /// The server is asked, and its answer arrives so much later.
    Late(Duration),
}

/// What is done to each event: given one with its empty line, those that are sent in its place.
pub(crate) type Tamper = Box<dyn FnMut(&[u8]) -> Vec<Vec<u8>> + Send>;

struct Rule {
    matches: Box<dyn Fn(&str) -> bool + Send>,
    fault: Fault,
}

#[derive(Default)]
pub(crate) struct State {
    rules: Vec<Rule>,
    seen: Vec<Seen>,
    streams: Vec<Arc<Stream>>,
    /// How many events a stream gives before it is closed.
    most_events: Option<usize>,
    closed: bool,
}

#[derive(Default)]
pub(crate) struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    /// Apart from the state, as it may take its time.
    tamper: Mutex<Option<Tamper>>,
}

impl Shared {
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a request, and what is to become of it.
    pub(crate) fn note(&self, seen: Seen) -> Option<Fault> {
        let mut state = self.lock();
        let rule = state.rules.iter().rev().find(|rule| (rule.matches)(&seen.route));
        let fault = rule.map(|rule| rule.fault.clone());
        state.seen.push(seen);
        self.changed.notify_all();
        fault
    }

    pub(crate) fn tampered(&self, event: Vec<u8>) -> Vec<Vec<u8>> {
        match self.tamper.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            Some(tamper) => tamper(&event),
            None => vec![event],
        }
    }
}

/// A proxy in front of a server on this machine; gone when dropped.
///
/// It passes everything on as it is until it is told otherwise. What it is told holds for what comes
/// from then on, until [`Proxy::heal`].
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

impl Proxy {
    /// Starts it on a free port, in front of the server on this port.
    ///
    /// # Panics
    /// When loopback has no free port.
    #[must_use]
    pub fn before(server: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let shared = Arc::<Shared>::default();
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if accepting.lock().closed {
                    return;
                }
                let shared = Arc::clone(&accepting);
                // Either side may leave in the middle: that is what the tests are about.
                thread::spawn(move || drop(request::serve(client, server, &shared)));
            }
        });
        Self { port, shared }
    }

    /// Its address, to be given to the bridge in the server's place.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Spoils requests whose route, `GET /path`, matches. Of several rules the newest counts.
    pub fn spoil(&self, matches: impl Fn(&str) -> bool + Send + 'static, fault: Fault) {
        self.shared.lock().rules.push(Rule { matches: Box::new(matches), fault });
    }

    /// Does something to each event of the server.
    pub fn tamper(&self, tamper: impl FnMut(&[u8]) -> Vec<Vec<u8>> + Send + 'static) {
        *self.shared.tamper.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(tamper));
    }

    /// Closes each event stream that is opened from now on after so many events.
    pub fn close_streams_after(&self, events: usize) {
        self.shared.lock().most_events = Some(events);
    }

    /// Passes everything on as it is again. Streams that were made silent stay so.
    pub fn heal(&self) {
        let mut state = self.shared.lock();
        state.rules.clear();
        state.most_events = None;
        drop(state);
        *self.shared.tamper.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// How many event streams are open now.
    #[must_use]
    pub fn open_streams(&self) -> usize {
        self.shared.lock().streams.len()
    }

    /// Sends bytes into every open event stream, between two events of the server.
    pub fn inject(&self, bytes: &[u8]) {
        for stream in self.streams() {
            stream.send(bytes);
        }
    }

    /// Sends an event into every open event stream.
    pub fn inject_event(&self, event: &Value) {
        self.inject(format!("data: {event}\n\n").as_bytes());
    }

    /// Lets no byte through on the streams that are open now, and leaves them open.
    pub fn silence_streams(&self) {
        for stream in self.streams() {
            stream.silence();
        }
    }

    /// Closes the streams that are open now.
    pub fn break_streams(&self) {
        for stream in self.streams() {
            stream.close();
        }
    }

    /// How many requests matched so far.
    #[must_use]
    pub fn count(&self, matches: impl Fn(&str) -> bool) -> usize {
        self.shared.lock().seen.iter().filter(|seen| matches(&seen.route)).count()
    }

    /// Waits for the count-th request that matches, counted from 1, and gives its body.
    ///
    /// # Panics
    /// When it does not come.
    pub fn wait_for(&self, matches: impl Fn(&str) -> bool, count: usize) -> Value {
        let deadline = Instant::now() + PATIENCE;
        let mut state = self.shared.lock();
        loop {
            if let Some(seen) = state.seen.iter().filter(|seen| matches(&seen.route)).nth(count - 1) {
                return seen.body.clone();
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let routes: Vec<&str> = state.seen.iter().map(|seen| seen.route.as_str()).collect();
            assert!(!left.is_zero(), "request number {count} did not come; there were {routes:?}");
            state = self.shared.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn streams(&self) -> Vec<Arc<Stream>> {
        self.shared.lock().streams.clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.break_streams();
        // Wakes the listener, so that it sees the end.
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
    }
}
