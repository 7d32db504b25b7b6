//! A language client that expects the server to keep to the protocol.

mod documents;
mod handshake;
mod life;
mod state;
mod wait;
mod wire;

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use state::Shared;

/// How long an [`Editor`] waits for anything.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// How long to wait where a real opencode does the work; see [`Editor::set_deadline`].
pub const SERVER_DEADLINE: Duration = Duration::from_secs(120);

/// An editor, as far as a language server can tell.
///
/// Messages from the server stay queued until a test takes them, and whoever ends with
/// [`Editor::shutdown`] learns of those that nobody took. Not among them are diagnostics and
/// progress, which are kept apart; what [`Editor::ignore`] names; and requests that
/// [`Editor::on_request`] answers (by default `window/workDoneProgress/create`,
/// `workspace/codeLens/refresh`, `client/registerCapability` and `client/unregisterCapability`).
///
/// A server that breaks the protocol makes the next call panic, and so does one that ends or
/// falls silent while a test waits for something.
///
/// A predicate that is given to a waiting method looks at its argument only: it must not use the
/// editor, which is locked meanwhile.
pub struct Editor {
    shared: Arc<Shared>,
    pid: u32,
    next_id: AtomicI64,
    /// Whether the test has ended the server in some proper way.
    done: AtomicBool,
}

/// A request of the server that waits for [`Editor::answer`].
#[derive(Debug, Clone)]
pub struct ServerRequest {
    /// The server's name for it.
    pub id: Value,
    /// The method's parameters; null when it has none.
    pub params: Value,
}

impl Editor {
    /// Starts the server, with pipes to all three of its standard streams.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn spawn(command: Command) -> Self {
        let (shared, pid) = life::spawn(command);
        let editor = Self { shared, pid, next_id: AtomicI64::new(1), done: AtomicBool::new(false) };
        let silent = [
            "window/workDoneProgress/create",
            "workspace/codeLens/refresh",
            "client/registerCapability",
            "client/unregisterCapability",
        ];
        for method in silent {
            editor.on_request(method, |_| Ok(Value::Null));
        }
        editor
    }

    /// Changes how long everything waits from now on; [`DEADLINE`] before that.
    pub fn set_deadline(&self, deadline: Duration) {
        self.shared.lock().deadline = deadline;
    }

    /// Sends a request and waits for its response: the result, or the error object.
    ///
    /// # Errors
    /// The server's error.
    pub fn request(&self, method: &str, params: Value) -> Result<Value, Value> {
        let id = self.start_request(method, params);
        self.response(id)
    }

    /// Sends a request and gives the id to ask [`Editor::response`] for.
    pub fn start_request(&self, method: &str, params: Value) -> i64 {
        self.check();
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let mut message = call(method, params);
        message["id"] = id.into();
        let mut state = self.shared.lock();
        state.pending.insert(id);
        state.send(&message);
        id
    }

    /// Sends a notification.
    pub fn notify(&self, method: &str, params: Value) {
        self.check();
        self.shared.lock().send(&call(method, params));
    }

    /// Answers a request of the server.
    pub fn answer(&self, request: &ServerRequest, answer: Result<Value, Value>) {
        self.check();
        self.shared.lock().answer(&request.id, answer);
    }

    /// Writes bytes to the server's input as they are.
    pub fn send_raw(&self, bytes: &[u8]) {
        self.check();
        let mut state = self.shared.lock();
        state.note("-->", &format!("raw {:?}", String::from_utf8_lossy(bytes)));
        state.send_bytes(bytes.to_vec());
    }

    /// Makes notifications of this method no news.
    pub fn ignore(&self, method: &str) {
        let mut state = self.shared.lock();
        state.ignored.insert(method.into());
        let ignored = |message: &Value| message["method"] == method && message.get("id").is_none();
        state.unread.retain(|message| !ignored(message));
    }

    /// Answers every request of this method that comes from now on, at once. The answer must
    /// not use the editor.
    pub fn on_request(&self, method: &str, answer: impl FnMut(&Value) -> Result<Value, Value> + Send + 'static) {
        let mut state = self.shared.lock();
        state.handlers.insert(method.into(), Box::new(answer));
    }

    /// Answers no request of this method by itself any more.
    pub fn leave_unanswered(&self, method: &str) {
        self.shared.lock().handlers.remove(method);
    }

    /// The diagnostics published last for a document; none when there never were any.
    #[must_use]
    pub fn diagnostics(&self, uri: &str) -> Vec<Value> {
        self.check();
        let state = self.shared.lock();
        state.diagnostics.get(uri).cloned().unwrap_or_default()
    }

    /// The parameters of all `$/progress` notifications so far.
    #[must_use]
    pub fn progress(&self) -> Vec<Value> {
        self.check();
        self.shared.lock().progress.clone()
    }

    /// Everything that was said, with the seconds since the start.
    #[must_use]
    pub fn log(&self) -> String {
        self.shared.lock().transcript()
    }

    /// What the server has written to its standard error.
    #[must_use]
    pub fn stderr(&self) -> String {
        self.shared.lock().stderr.join("\n")
    }

    /// The server's process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Panics when the server has broken the protocol.
    fn check(&self) {
        let fault = self.shared.lock().fault.clone();
        if let Some(fault) = fault {
            panic!("the session cannot go on: {fault}");
        }
    }
}

/// A message without an id. Null stands for no parameters, which JSON-RPC leaves out.
fn call(method: &str, params: Value) -> Value {
    let mut message = json!({"jsonrpc": "2.0", "method": method});
    if !params.is_null() {
        message["params"] = params;
    }
    message
}
