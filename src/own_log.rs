//! The bridge's own warnings and errors, for opencode's log (`POST /log`).
//!
//! The queue is bounded and nothing waits for it: what does not fit is dropped, and what cannot be posted is not
//! spoken of, as that would be one more line to post.

use std::fmt::Write;
use std::future::pending;
use std::sync::{Arc, OnceLock};

use tokio::sync::{Semaphore, mpsc};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use crate::core::inert::inert;
use crate::opencode::Client;

/// Lines that may wait.
const WAITING: usize = 64;
/// Lines that are posted at once.
const AT_ONCE: usize = 4;
/// Characters of a line.
const LONGEST: usize = 1000;

static QUEUE: OnceLock<mpsc::Sender<Line>> = OnceLock::new();

/// A line as opencode takes it.
#[derive(Debug)]
pub struct Line {
    pub level: &'static str,
    pub text: String,
}

/// Where the lines of this process come out.
#[derive(Debug)]
pub struct OwnLog {
    /// None where somebody has them already.
    lines: Option<mpsc::Receiver<Line>>,
    posting: Arc<Semaphore>,
}

impl OwnLog {
    pub fn start() -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        let lines = QUEUE.set(sender).ok().map(|()| receiver);
        Self { lines, posting: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    pub async fn next(&mut self) -> Line {
        let line = match &mut self.lines {
            Some(lines) => lines.recv().await,
            None => None,
        };
        match line {
            Some(line) => line,
            None => pending().await,
        }
    }

    /// Posts a line, if not too many are on their way.
    pub fn post(&self, client: Client, line: Line) {
        let Ok(turn) = Arc::clone(&self.posting).try_acquire_owned() else {
            return;
        };
        tokio::spawn(async move {
            // A server without a log is no reason to say anything.
            let _ = client.log(line.level, &line.text).await;
            drop(turn);
        });
    }
}

/// Takes warnings and errors from the log. What may be logged holds no secrets, and is cut here.
#[derive(Debug)]
pub struct ToOpencode;

impl<S: Subscriber> Layer<S> for ToOpencode {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let level = match *event.metadata().level() {
            Level::ERROR => "error",
            Level::WARN => "warn",
            _ => return,
        };
        let Some(queue) = QUEUE.get() else {
            return;
        };
        let mut text = Text::default();
        event.record(&mut text);
        let line = Line { level, text: inert(&format!("{}{}", text.message, text.fields), LONGEST) };
        // Full: opencode's log is not worth a wait.
        let _ = queue.try_send(line);
    }
}

#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        // Writing into a text does not fail.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}
