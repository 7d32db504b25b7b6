//! Notifications that are written as they are. `tower_lsp_server::Client` makes a tree of JSON values
//! of each one first, which takes longer than all else where there are hundreds of diagnostics.

use serde::Serialize;
use tokio::sync::{mpsc, oneshot};
use tower_lsp_server::ls_types::notification::Notification;

/// The way to the writer, past the client's own queue.
#[derive(Debug)]
pub struct Direct(mpsc::Sender<Body>);

/// What the writer takes out.
pub type Bodies = mpsc::Receiver<Body>;

/// The body of a message.
#[derive(Debug)]
pub struct Body {
    pub json: String,
    /// Dropped when it is written.
    _written: oneshot::Sender<()>,
}

#[derive(Serialize)]
struct Message<P> {
    jsonrpc: &'static str,
    method: &'static str,
    params: P,
}

impl Direct {
    pub fn new() -> (Self, Bodies) {
        let (sender, bodies) = mpsc::channel(1);
        (Self(sender), bodies)
    }

    /// Waits until it is written: what is sent by other ways after this comes after it.
    /// Nothing may be sent before `initialize` is answered.
    pub async fn notify<N: Notification>(&self, params: N::Params) {
        let message = Message { jsonrpc: "2.0", method: N::METHOD, params };
        let json = match serde_json::to_string(&message) {
            Ok(json) => json,
            Err(error) => {
                tracing::error!(%error, method = N::METHOD, "a message that cannot be written as JSON");
                return;
            }
        };
        let (sender, written) = oneshot::channel();
        // The writer is gone only when the output is, and then all ends.
        if self.0.send(Body { json, _written: sender }).await.is_ok() {
            let _ = written.await;
        }
    }
}
