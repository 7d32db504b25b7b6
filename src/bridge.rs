//! The loop: takes events to the owner of the state, one at a time, and performs what it wants done.
//!
//! Nothing here waits for the editor, for opencode or for the disk: everything that waits is a task
//! that posts an event.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, mpsc};

use crate::core::effect::{EditorEffect, Effect, ReviewToKeep};
use crate::core::event::FileRefusal;
use crate::core::state::Setup;
use crate::core::{Event, State};
use crate::files;
use crate::links::{ConnectionTasks, Links};
use crate::opencode::connection::Plan;
use crate::opencode::{calls, discovery};
use crate::own_log::OwnLog;
use crate::queue::Latest;
use crate::review::Content;
use crate::reviews::Shelves;
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

struct Bridge {
    state: State,
    outbox: Arc<Latest<EditorEffect>>,
    own_files: Arc<Latest<(PathBuf, String)>>,
    kept: Arc<Latest<ReviewOrder>>,
    watcher: Watcher,
    links: Links,
    inlets: Inlets,
    reading: Arc<Semaphore>,
    own_log: OwnLog,
}

/// Starts the loop, which goes on until the process ends.
pub fn start(
    setup: Setup,
    outbox: Arc<Latest<EditorEffect>>,
    connections: ConnectionTasks,
    shelves: Arc<Shelves>,
) -> Inlets {
    let (editor, editor_events) = mpsc::channel(WAITING_EVENTS);
    let (others, other_events) = mpsc::channel(WAITING_EVENTS);
    let inlets = Inlets { editor, others };
    let own_files = Arc::new(Latest::default());
    tokio::spawn(write_own_files(Arc::clone(&own_files)));
    let kept = Arc::new(Latest::default());
    for folder in &setup.folders {
        kept.push(ReviewOrder::Restore(folder.own.clone()), |_| false);
    }
    tokio::spawn(keep_reviews(shelves, Arc::clone(&kept), inlets.others.clone()));
    let watcher = Watcher::new(inlets.others.clone());
    let inlets_of_loop = inlets.clone();
    let bridge = Bridge {
        state: State::new(setup),
        outbox,
        own_files,
        kept,
        watcher,
        links: Links::new(connections),
        inlets: inlets_of_loop,
        reading: Arc::new(Semaphore::new(READS_AT_ONCE)),
        own_log: OwnLog::start(),
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
                event = self.links.heard() => event,
                // Until somebody is connected, lines wait in their queue.
                line = self.own_log.next(), if self.links.any_client().is_some() => {
                    if let Some(client) = self.links.any_client() {
                        self.own_log.post(client, line);
                    }
                    continue;
                }
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
            Effect::Server(folder, call) => {
                let client = self.links.client(folder);
                let events = self.inlets.others.clone();
                tokio::spawn(async move {
                    let reply = calls::perform(call, client).await;
                    post(&events, Event::Reply(folder, reply)).await;
                });
            }
            Effect::Connect { folder, paths, settings, how } => {
                let plan = Plan { settings, folder: paths.root, own_files: paths.own, how };
                self.links.connect(folder, plan);
            }
            Effect::Disconnect(folder) => self.links.disconnect(folder),
            Effect::FindServers { folder, root, settings } => {
                let events = self.inlets.others.clone();
                tokio::spawn(async move {
                    let (here, others) = discovery::sorted(&settings, &root).await;
                    post(&events, Event::ServersFound { folder, here, others }).await;
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
            Effect::Restore(own) => self.kept.push(ReviewOrder::Restore(own), |_| false),
            Effect::LeaveReviews(own) => self.kept.push(ReviewOrder::Leave(own), |_| false),
            Effect::KeepReview(review) => {
                let (own, path) = (review.own.clone(), review.path.clone());
                let is_same =
                    |old: &ReviewOrder| matches!(old, ReviewOrder::Keep(old) if old.own == own && old.path == path);
                self.kept.push(ReviewOrder::Keep(review), is_same);
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
        EditorEffect::Status(_) => Some(Same::Status),
        _ => None,
    };
    outbox.push(effect, |old| match (&same, old) {
        (Some(Same::Diagnostics(uri)), EditorEffect::Publish { uri: old, .. }) => uri == old,
        (Some(Same::Progress(id)), EditorEffect::ReportProgress { id: old, .. }) => id == old,
        (Some(Same::Lenses), EditorEffect::RefreshLenses) | (Some(Same::Status), EditorEffect::Status(_)) => true,
        _ => false,
    });
}

enum Same {
    Diagnostics(crate::core::ids::DocumentUri),
    Progress(crate::core::ids::ProgressId),
    Lenses,
    Status,
}

/// What is to be done with kept reviews, in order.
enum ReviewOrder {
    /// Give back what an earlier run left in a folder of own files.
    Restore(PathBuf),
    Keep(ReviewToKeep),
    /// Others may keep the reviews of this folder from now on.
    Leave(PathBuf),
}

async fn keep_reviews(shelves: Arc<Shelves>, orders: Arc<Latest<ReviewOrder>>, events: mpsc::Sender<Event>) {
    loop {
        let order = orders.pop().await;
        let shelves = Arc::clone(&shelves);
        let done = tokio::task::spawn_blocking(move || match order {
            ReviewOrder::Restore(own) => {
                let reviews = shelves.of(&own).restore();
                (!reviews.is_empty()).then_some(Event::Restored(own, reviews))
            }
            ReviewOrder::Keep(review) => {
                shelves.keep(&review);
                None
            }
            ReviewOrder::Leave(own) => {
                shelves.leave(&own);
                None
            }
        });
        match done.await {
            Ok(None) => {}
            Ok(Some(restored)) => post(&events, restored).await,
            Err(error) => tracing::error!(%error, "reviews could not be read or written down"),
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
