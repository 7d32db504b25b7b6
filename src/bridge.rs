//! The loop: takes events to the owner of the state, one at a time, and performs what it wants done.
//!
//! Nothing here waits for the editor, for opencode or for the disk: everything that waits is a task
//! that posts an event.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::config::ServerSettings;
use crate::core::effect::{EditorEffect, Effect};
use crate::core::{Event, State};
use crate::files;
use crate::opencode::{Client, calls, connection};
use crate::queue::Latest;

/// Events that may wait; behind them whoever sends is slowed down.
const WAITING_EVENTS: usize = 1024;
/// A turn of the loop that takes longer than this delays the editor noticeably.
const SLOW_TURN: Duration = Duration::from_millis(50);

/// Where events go in. The editor's are taken first, so that a flood from opencode delays no one who types.
#[derive(Debug, Clone)]
pub struct Inlets {
    pub editor: mpsc::Sender<Event>,
    pub others: mpsc::Sender<Event>,
}

/// The task that keeps the connection. Ending it ends an own server too.
#[derive(Debug, Clone, Default)]
pub struct ConnectionTask(Arc<Mutex<Option<JoinHandle<()>>>>);

impl ConnectionTask {
    fn replace(&self, new: Option<JoinHandle<()>>) -> Option<JoinHandle<()>> {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *slot, new)
    }

    /// Ends the task and waits until everything it owns is gone.
    pub async fn end(&self) {
        let Some(task) = self.replace(None) else {
            return;
        };
        task.abort();
        if let Err(error) = task.await
            && error.is_panic()
        {
            tracing::error!(%error, "the connection's task had failed");
        }
    }
}

struct Bridge {
    state: State,
    root: PathBuf,
    outbox: Arc<Latest<EditorEffect>>,
    own_files: Arc<Latest<(PathBuf, String)>>,
    connection: ConnectionTask,
    client: watch::Sender<Option<Client>>,
    inlets: Inlets,
}

/// Starts the loop. It ends when nobody can send it events any more.
pub fn start(state: State, root: PathBuf, outbox: Arc<Latest<EditorEffect>>, connection: ConnectionTask) -> Inlets {
    let (editor, editor_events) = mpsc::channel(WAITING_EVENTS);
    let (others, other_events) = mpsc::channel(WAITING_EVENTS);
    let inlets = Inlets { editor, others };
    let own_files = Arc::new(Latest::default());
    tokio::spawn(write_own_files(Arc::clone(&own_files)));
    let (client, _) = watch::channel(None);
    let bridge = Bridge { state, root, outbox, own_files, connection, client, inlets: inlets.clone() };
    tokio::spawn(bridge.run(editor_events, other_events));
    inlets
}

impl Bridge {
    async fn run(mut self, mut editor: mpsc::Receiver<Event>, mut others: mpsc::Receiver<Event>) {
        loop {
            let event = tokio::select! {
                biased;
                Some(event) = editor.recv() => event,
                Some(event) = others.recv() => event,
                else => return,
            };
            self.turn(event);
        }
    }

    fn turn(&mut self, event: Event) {
        let since = Instant::now();
        // A fault in one event must not take the others along.
        match catch_unwind(AssertUnwindSafe(|| self.state.handle(event))) {
            Ok(effects) => effects.into_iter().for_each(|effect| self.perform(effect)),
            Err(_) => tracing::error!("an event was given up after a fault; please report it"),
        }
        let took = since.elapsed();
        if took > SLOW_TURN {
            tracing::warn!(?took, "a slow turn of the loop");
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Editor(effect) => push(&self.outbox, effect),
            Effect::Server(call) => {
                let client = self.client.borrow().clone();
                let events = self.inlets.others.clone();
                tokio::spawn(async move {
                    let reply = calls::perform(call, client).await;
                    post(&events, Event::Reply(reply)).await;
                });
            }
            Effect::Connect(settings) => self.connect(settings),
            Effect::Read { path, why } => {
                let events = self.inlets.others.clone();
                tokio::spawn(async move {
                    let file = path.clone();
                    let read = tokio::task::spawn_blocking(move || files::read_content(&file)).await;
                    match read {
                        Ok(content) => post(&events, Event::FileRead { path, why, content }).await,
                        Err(error) => tracing::error!(%error, "a file could not be read"),
                    }
                });
            }
            Effect::WriteOwn { path, text } => {
                let file = path.clone();
                self.own_files.push((path, text), |(old, _)| *old == file);
            }
            Effect::After(delay, timer) => {
                let events = self.inlets.others.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(delay).await;
                    post(&events, Event::Timer(timer)).await;
                });
            }
        }
    }

    fn connect(&mut self, settings: ServerSettings) {
        if let Some(old) = self.connection.replace(None) {
            old.abort();
        }
        self.client.send_replace(None);
        let task = connection::run(settings, self.root.clone(), self.client.clone(), self.inlets.others.clone());
        self.connection.replace(Some(tokio::spawn(task)));
    }
}

/// Nobody listens any more when the bridge ends.
async fn post(events: &mpsc::Sender<Event>, event: Event) {
    let _ = events.send(event).await;
}

/// Only the newest diagnostics of a document and the newest report of a progress matter.
fn push(outbox: &Latest<EditorEffect>, effect: EditorEffect) {
    let same = match &effect {
        EditorEffect::Publish { uri, .. } => Some(Same::Diagnostics(uri.clone())),
        EditorEffect::ReportProgress { id, .. } => Some(Same::Progress(*id)),
        _ => None,
    };
    outbox.push(effect, |old| match (&same, old) {
        (Some(Same::Diagnostics(uri)), EditorEffect::Publish { uri: old, .. }) => uri == old,
        (Some(Same::Progress(id)), EditorEffect::ReportProgress { id: old, .. }) => id == old,
        _ => false,
    });
}

enum Same {
    Diagnostics(crate::core::ids::DocumentUri),
    Progress(crate::core::ids::ProgressId),
}

async fn write_own_files(files: Arc<Latest<(PathBuf, String)>>) {
    loop {
        let (path, text) = files.pop().await;
        let written = tokio::task::spawn_blocking(move || write_own(&path, &text)).await;
        if let Err(error) = written {
            tracing::error!(%error, "an own file could not be written");
        }
    }
}

/// Writes a file of the bridge's own; a failure is logged, as whoever opens the file will see it.
pub fn write_own(path: &Path, text: &str) {
    if let Err(error) = files::write_own(path, text) {
        tracing::error!(path = %path.display(), %error, "an own file could not be written");
    }
}
