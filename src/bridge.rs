//! The loop: takes events to the owner of the state, one at a time, and performs what it wants done.
//!
//! Nothing here waits for the editor, for opencode or for the disk: everything that waits is a task
//! that posts an event.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinHandle;

use crate::config::ServerSettings;
use crate::core::changes::KeptReview;
use crate::core::effect::{EditorEffect, Effect};
use crate::core::event::FileRefusal;
use crate::core::server::Reconnect;
use crate::core::{Event, State};
use crate::files;
use crate::opencode::connection::{self, Plan};
use crate::opencode::{Client, calls, discovery};
use crate::queue::Latest;
use crate::review::Content;
use crate::reviews::Reviews;
use crate::watch::Watcher;

/// Events that may wait; behind them whoever sends is slowed down.
const WAITING_EVENTS: usize = 1024;
/// Files that are read at once. More would not be faster, and the editor's messages are read and written by
/// the same threads.
const READS_AT_ONCE: usize = 8;
/// A turn of the loop that takes longer than this delays the editor noticeably.
const SLOW_TURN: Duration = Duration::from_millis(50);

/// Where events go in. The editor's are taken first, so that a flood from opencode delays no one who types.
#[derive(Debug, Clone)]
pub struct Inlets {
    pub editor: mpsc::Sender<Event>,
    pub others: mpsc::Sender<Event>,
}

/// The task that keeps the connection. Ending it leaves an own server, which ends with its last user.
#[derive(Debug, Clone, Default)]
pub struct ConnectionTask(Arc<Mutex<Slot>>);

#[derive(Debug, Default)]
struct Slot {
    task: Option<JoinHandle<()>>,
    /// The process ends: no connection is made any more.
    ended: bool,
}

impl ConnectionTask {
    /// Puts a task in the place of the one before, which is ended.
    fn replace(&self, start: impl FnOnce() -> JoinHandle<()>) {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if slot.ended {
            return;
        }
        if let Some(old) = slot.task.replace(start()) {
            old.abort();
        }
    }

    /// Ends the task for good and waits until everything it owns is gone.
    pub async fn end(&self) {
        let task = {
            let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            slot.ended = true;
            slot.task.take()
        };
        let Some(task) = task else {
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
    /// The workspace folder.
    root: PathBuf,
    /// The folder of the bridge's own files of this project.
    own: PathBuf,
    outbox: Arc<Latest<EditorEffect>>,
    own_files: Arc<Latest<(PathBuf, String)>>,
    kept: Arc<Latest<(PathBuf, Option<Box<KeptReview>>)>>,
    watcher: Watcher,
    connection: ConnectionTask,
    /// The client to use now, and what the connection has to say. Both belong to one connection, so
    /// that nothing of the one before it can be taken for the new one's.
    client: watch::Receiver<Option<Client>>,
    from_opencode: mpsc::Receiver<Event>,
    inlets: Inlets,
    reading: Arc<Semaphore>,
}

/// Starts the loop. It ends when nobody can send it events any more.
pub fn start(
    state: State,
    root: PathBuf,
    own: PathBuf,
    outbox: Arc<Latest<EditorEffect>>,
    connection: ConnectionTask,
    reviews: Arc<Reviews>,
) -> Inlets {
    let (editor, editor_events) = mpsc::channel(WAITING_EVENTS);
    let (others, other_events) = mpsc::channel(WAITING_EVENTS);
    let inlets = Inlets { editor, others };
    let own_files = Arc::new(Latest::default());
    tokio::spawn(write_own_files(Arc::clone(&own_files)));
    let kept = Arc::new(Latest::default());
    tokio::spawn(keep_reviews(reviews, Arc::clone(&kept), inlets.others.clone()));
    let watcher = Watcher::new(inlets.others.clone());
    let (_, client) = watch::channel(None);
    let (_, from_opencode) = mpsc::channel(1);
    let inlets_of_loop = inlets.clone();
    let bridge = Bridge {
        state,
        root,
        own,
        outbox,
        own_files,
        kept,
        watcher,
        connection,
        client,
        from_opencode,
        inlets: inlets_of_loop,
        reading: Arc::new(Semaphore::new(READS_AT_ONCE)),
    };
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
                Some(event) = self.from_opencode.recv() => event,
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
            Effect::Connect(settings, how) => self.connect(settings, how),
            Effect::FindServers(settings) => {
                let events = self.inlets.others.clone();
                let folder = self.root.clone();
                tokio::spawn(async move {
                    let (here, others) = discovery::sorted(&settings, &folder).await;
                    post(&events, Event::ServersFound { here, others }).await;
                });
            }
            Effect::Read { path, why } => {
                let (events, reading) = (self.inlets.others.clone(), Arc::clone(&self.reading));
                tokio::spawn(async move {
                    // Kept until the content is taken: what waits for the state is not piled up. Never closed.
                    let _turn = reading.acquire().await;
                    let file = path.clone();
                    let read = tokio::task::spawn_blocking(move || files::read_content(&file)).await;
                    let content = read.unwrap_or_else(|error| {
                        tracing::error!(%error, "a file could not be read");
                        Content::Unreadable
                    });
                    post(&events, Event::FileRead { path, why, content }).await;
                });
            }
            Effect::ChangeFile { job, change } => {
                let events = self.inlets.others.clone();
                tokio::spawn(async move {
                    let changed = tokio::task::spawn_blocking(move || files::change(&change)).await;
                    let result = changed.unwrap_or_else(|error| Err(FileRefusal::Failed(error.to_string())));
                    post(&events, Event::FileChangeDone { job, result }).await;
                });
            }
            Effect::Watch { path, on } => self.watcher.watch(&path, on),
            Effect::KeepReview { path, review } => {
                let file = path.clone();
                self.kept.push((path, review), |(old, _)| *old == file);
            }
            Effect::Keep { path, text, question, problem } => {
                let events = self.inlets.others.clone();
                tokio::spawn(async move {
                    let file = path.clone();
                    let written = tokio::task::spawn_blocking(move || write_own(&file, &text)).await.unwrap_or(false);
                    post(&events, Event::Kept { path, question, problem, written }).await;
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

    fn connect(&mut self, settings: ServerSettings, how: Reconnect) {
        let (client, watched) = watch::channel(None);
        let (events, received) = mpsc::channel(WAITING_EVENTS);
        self.client = watched;
        self.from_opencode = received;
        let plan = Plan { settings, folder: self.root.clone(), own_files: self.own.clone(), how };
        self.connection.replace(|| tokio::spawn(connection::run(plan, client, events)));
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
        EditorEffect::RefreshLenses => Some(Same::Lenses),
        _ => None,
    };
    outbox.push(effect, |old| match (&same, old) {
        (Some(Same::Diagnostics(uri)), EditorEffect::Publish { uri: old, .. }) => uri == old,
        (Some(Same::Progress(id)), EditorEffect::ReportProgress { id: old, .. }) => id == old,
        (Some(Same::Lenses), EditorEffect::RefreshLenses) => true,
        _ => false,
    });
}

enum Same {
    Diagnostics(crate::core::ids::DocumentUri),
    Progress(crate::core::ids::ProgressId),
    Lenses,
}

/// Gives back what an earlier run left, then writes down what comes.
async fn keep_reviews(
    reviews: Arc<Reviews>,
    kept: Arc<Latest<(PathBuf, Option<Box<KeptReview>>)>>,
    events: mpsc::Sender<Event>,
) {
    let earlier = Arc::clone(&reviews);
    match tokio::task::spawn_blocking(move || earlier.restore()).await {
        Ok(restored) if restored.is_empty() => {}
        Ok(restored) => post(&events, Event::Restored(restored)).await,
        Err(error) => tracing::error!(%error, "the reviews of the last run could not be read"),
    }
    drop(events);
    loop {
        let (path, review) = kept.pop().await;
        let reviews = Arc::clone(&reviews);
        let written = tokio::task::spawn_blocking(move || reviews.keep(&path, review.as_deref())).await;
        if let Err(error) = written {
            tracing::error!(%error, "a review could not be written down");
        }
    }
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

/// Writes a file of the bridge's own, and says whether that worked; a failure is logged.
pub fn write_own(path: &Path, text: &str) -> bool {
    match files::write_own(path, text) {
        Ok(()) => true,
        Err(error) => {
            tracing::error!(path = %path.display(), %error, "an own file could not be written");
            false
        }
    }
}
