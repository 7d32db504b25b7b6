//! A server that answers as opencode 1.18 does as long as nobody tells it otherwise: for speed, and
//! for faults that a real one does not produce on demand.

use std::collections::{HashMap, HashSet};
use std::io::{self, BufReader, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use serde_json::{Value, json};

use crate::http::{Body, Head};
use crate::versions;

/// How long to wait for a request.
const PATIENCE: Duration = Duration::from_secs(30);

/// A fake opencode on loopback; gone when dropped.
pub struct Fake {
    address: SocketAddr,
    shared: Arc<Shared>,
}

/// What the fake saw: method and path, and the body.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Such as `POST /session`.
    pub route: String,
    /// The body; null where there is none.
    pub body: Value,
    /// The header of that name.
    pub authorization: Option<String>,
}

#[derive(Default)]
struct State {
    answers: HashMap<String, Answer>,
    /// The header without which everything is refused.
    demanded: Option<String>,
    seen: Vec<Seen>,
    /// Routes that get no answer for now.
    held: HashSet<String>,
    streams: Vec<TcpStream>,
    closed: bool,
}

#[derive(Clone)]
struct Answer {
    status: u16,
    kind: String,
    location: Option<String>,
    body: Vec<u8>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fake {
    /// Starts it on a free port.
    ///
    /// # Panics
    /// When loopback has none.
    #[must_use]
    pub fn start() -> Self {
        Self::start_on(Ipv4Addr::LOCALHOST.into())
    }

    /// Starts it on another address of this machine.
    ///
    /// # Panics
    /// When there is no such address.
    #[must_use]
    pub fn start_on(ip: IpAddr) -> Self {
        let listener = TcpListener::bind((ip, 0)).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let fake = Self { address, shared: Arc::default() };
        for (route, body) in [
            ("GET /global/health", json!({"healthy": true, "version": versions::newest()})),
            ("GET /path", json!({"worktree": "/", "directory": "/"})),
            ("GET /permission", json!([])),
            ("GET /question", json!([])),
            ("GET /session/status", json!({})),
            ("POST /session", json!({"id": "ses_fake"})),
            ("GET /session/ses_fake", json!({"id": "ses_fake"})),
            ("GET /session/ses_fake/message", json!([])),
            ("GET /session/ses_fake/diff", json!([])),
        ] {
            fake.answer(route, 200, "application/json", body.to_string().as_bytes());
        }
        fake.answer("POST /session/ses_fake/prompt_async", 204, "application/json", b"");
        let shared = Arc::clone(&fake.shared);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if shared.lock().closed {
                    return;
                }
                let shared = Arc::clone(&shared);
                // A client that leaves in the middle is no fault of the test.
                thread::spawn(move || drop(serve(stream, &shared)));
            }
        });
        fake
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The port it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Answers 401 from now on to who has not this password (the user is `opencode`).
    pub fn demand(&self, password: &str) {
        let pair = base64::engine::general_purpose::STANDARD.encode(format!("opencode:{password}"));
        self.shared.lock().demanded = Some(format!("Basic {pair}"));
    }

    /// Sends who asks for a route to another address.
    pub fn redirect(&self, route: &str, to: &str) {
        let answer = Answer { status: 302, kind: "text/html".into(), location: Some(to.into()), body: Vec::new() };
        self.shared.lock().answers.insert(route.into(), answer);
    }

    /// Answers a route, `GET /path`, so from now on.
    pub fn answer(&self, route: &str, status: u16, kind: &str, body: &[u8]) {
        let answer = Answer { status, kind: kind.into(), location: None, body: body.into() };
        self.shared.lock().answers.insert(route.into(), answer);
    }

    /// Answers this route no more until it is released.
    pub fn hold(&self, route: &str) {
        self.shared.lock().held.insert(route.into());
    }

    /// Answers a held route, also who waits for it.
    pub fn release(&self, route: &str) {
        self.shared.lock().held.remove(route);
        self.shared.changed.notify_all();
    }

    /// Sends an event to every open stream.
    pub fn push(&self, event: &Value) {
        self.push_raw(format!("data: {event}\n\n").as_bytes());
    }

    /// Sends bytes to every open stream as they are.
    pub fn push_raw(&self, bytes: &[u8]) {
        self.shared.lock().streams.retain_mut(|stream| stream.write_all(bytes).and_then(|()| stream.flush()).is_ok());
    }

    /// Closes every open stream.
    pub fn break_streams(&self) {
        for stream in self.shared.lock().streams.drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Waits until somebody listens to events.
    pub fn wait_for_stream(&self) {
        self.wait("an event stream", |state| (!state.streams.is_empty()).then_some(()));
    }

    /// Waits for the count-th request of a route, counted from 1, and gives its body.
    pub fn wait_for(&self, route: &str, count: usize) -> Value {
        self.wait(route, |state| {
            state.seen.iter().filter(|seen| seen.route == route).nth(count - 1).map(|seen| seen.body.clone())
        })
    }

    /// Everything asked so far.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        self.shared.lock().seen.clone()
    }

    fn wait<T>(&self, what: &str, look: impl Fn(&State) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        let mut state = self.shared.lock();
        loop {
            if let Some(found) = look(&state) {
                return found;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "{what} did not come; there were {:?}", state.seen);
            state = self.shared.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_all();
        self.break_streams();
        // Wakes the listener, so that it sees the end.
        drop(TcpStream::connect(self.address));
    }
}

fn serve(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let Some(head) = Head::read(&mut reader)? else {
        return Ok(());
    };
    let mut body = Vec::new();
    Body::of_request(&head, reader).read_to_end(&mut body)?;
    let route = head.route();
    let authorization = head.header("authorization").map(str::to_owned);
    let answer = {
        let mut state = shared.lock();
        let refused = state.demanded.is_some() && state.demanded != authorization;
        let body = serde_json::from_slice(&body).unwrap_or_default();
        state.seen.push(Seen { route: route.clone(), body, authorization });
        shared.changed.notify_all();
        while state.held.contains(&route) && !state.closed {
            state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        match refused {
            true => Some(Answer { status: 401, kind: "text/plain".into(), location: None, body: Vec::new() }),
            false => state.answers.get(&route).cloned(),
        }
    };
    shared.changed.notify_all();
    if route == "GET /event" && answer.is_none() {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")?;
        stream.write_all(b"data: {\"type\":\"server.connected\",\"properties\":{}}\n\n")?;
        shared.lock().streams.push(stream);
        shared.changed.notify_all();
        return Ok(());
    }
    // What 1.14 and newer do with a route they do not know.
    let page = Answer { status: 200, kind: "text/html".into(), location: None, body: b"<!doctype html>".to_vec() };
    let Answer { status, kind, location, body } = answer.unwrap_or(page);
    let location = location.map(|location| format!("Location: {location}\r\n")).unwrap_or_default();
    let head = format!(
        "HTTP/1.1 {status} Fake\r\nContent-Type: {kind}\r\n{location}Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(&body)
}
