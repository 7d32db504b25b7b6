//! The loop: takes events to the owner of the state, one at a time, and performs what it wants done.
//!
//! Nothing here waits for the editor, for opencode or for the disk: everything that waits is a task
//! that posts an event.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::core::effect::{EditorEffect, Effect, ReviewToKeep};
use crate::core::event::FileRefusal;
use crate::core::prompt_documents::files::PromptsDone;
use crate::core::state::Setup;
use crate::core::{Event, State};
use crate::files;
use crate::links::{ConnectionTasks, Links};
use crate::opencode::connection::Plan;
use crate::opencode::{calls, discovery};
use crate::own_log::OwnLog;
use crate::prompts;
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
/// A shell command that keeps a folder's reviews for a moment is waited for at the start.
const OTHERS_WITHIN: Duration = Duration::from_secs(1);

/// Where events go in. The editor's are taken first, so that a flood from opencode delays no one who types.
#[derive(Debug, Clone)]
pub struct Inlets {
    pub editor: mpsc::Sender<Event>,
    pub others: mpsc::Sender<Event>,
    writing: Writing,
}

/// What waits to be written.
#[derive(Debug, Clone, Default)]
struct Writing {
    own_files: Arc<Latest<OwnOrder>>,
    kept: Arc<Latest<ReviewOrder>>,
}

impl Inlets {
    /// Waits until everything is on disk that was wanted so far.
    pub async fn written(&self) {
        let (own_files, kept) = (oneshot::channel(), oneshot::channel());
        self.writing.own_files.push(OwnOrder::Reached(own_files.0), |_| false);
        self.writing.kept.push(ReviewOrder::Reached(kept.0), |_| false);
        // They end without a word only when the process does.
        let _ = tokio::join!(own_files.1, kept.1);
    }
}

struct Bridge {
    state: State,
    outbox: Arc<Latest<EditorEffect>>,
    writing: Writing,
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
    let writing = Writing::default();
    tokio::spawn(write_own_files(Arc::clone(&writing.own_files)));
    for folder in &setup.folders {
        writing.kept.push(ReviewOrder::Restore(folder.own.clone()), |_| false);
        tokio::spawn(tidy(folder.own.clone(), others.clone()));
    }
    tokio::spawn(keep_reviews(shelves, Arc::clone(&writing.kept), others.clone()));
    let inlets = Inlets { editor, others, writing: writing.clone() };
    let watcher = Watcher::new(inlets.others.clone());
    let inlets_of_loop = inlets.clone();
    let bridge = Bridge {
        state: State::new(setup),
        outbox,
        writing,
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
            Effect::GitDiff { draft, root } => {
                let events = self.inlets.others.clone();
                tokio::spawn(async move {
                    let result = crate::git::uncommitted(&root).await;
                    post(&events, Event::GitDiff { draft, result }).await;
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
            Effect::Restore(own) => {
                tokio::spawn(tidy(own.clone(), self.inlets.others.clone()));
                self.writing.kept.push(ReviewOrder::Restore(own), |_| false);
            }
            Effect::HoldReviews(own) => self.writing.kept.push(ReviewOrder::Hold(own), |_| false),
            Effect::LeaveReviews(own) => self.writing.kept.push(ReviewOrder::Leave(own), |_| false),
            Effect::KeepReview(review) => {
                let (own, path) = (review.own.clone(), review.path.clone());
                let is_same =
                    |old: &ReviewOrder| matches!(old, ReviewOrder::Keep(old) if old.own == own && old.path == path);
                self.writing.kept.push(ReviewOrder::Keep(review), is_same);
            }
            Effect::Keep { path, text, question, problem } => {
                let events = self.inlets.others.clone();
                tokio::spawn(async move {
                    let file = path.clone();
                    let written = tokio::task::spawn_blocking(move || write_own(&file, &text)).await.unwrap_or(false);
                    post(&events, Event::Kept { path, question, problem, written }).await;
                });
            }
            Effect::Prompts(job) => {
                let events = self.inlets.others.clone();
                tokio::spawn(async move {
                    match tokio::task::spawn_blocking(move || prompts::perform(job)).await {
                        Ok(done) => post(&events, Event::Prompts(done)).await,
                        Err(error) => tracing::error!(%error, "files of prompt documents could not be handled"),
                    }
                });
            }
            Effect::WriteOwn { path, text } => {
                let file = path.clone();
                let is_same = |old: &OwnOrder| matches!(old, OwnOrder::Write(old, _) if *old == file);
                self.writing.own_files.push(OwnOrder::Write(path, text), is_same);
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

/// What is to be done with the bridge's own files, in order.
#[derive(Debug)]
enum OwnOrder {
    Write(PathBuf, String),
    /// Say that all before it is done.
    Reached(oneshot::Sender<()>),
}

/// What is to be done with kept reviews, in order.
#[derive(Debug)]
enum ReviewOrder {
    /// Give back what an earlier run left in a folder of own files.
    Restore(PathBuf),
    /// The same at once, and say whether this process keeps them.
    Hold(PathBuf),
    Keep(ReviewToKeep),
    /// Others may keep the reviews of this folder from now on.
    Leave(PathBuf),
    /// Say that all before it is done.
    Reached(oneshot::Sender<()>),
}

async fn keep_reviews(shelves: Arc<Shelves>, orders: Arc<Latest<ReviewOrder>>, events: mpsc::Sender<Event>) {
    loop {
        let order = orders.pop().await;
        let shelves = Arc::clone(&shelves);
        let done = tokio::task::spawn_blocking(move || match order {
            ReviewOrder::Restore(own) => {
                let reviews = shelves.of(&own).restore(OTHERS_WITHIN);
                vec![Event::Restored(own, reviews)]
            }
            ReviewOrder::Hold(own) => {
                let reviews = shelves.of(&own).restore(Duration::ZERO);
                let held = shelves.of(&own).hold();
                vec![Event::Restored(own.clone(), reviews), Event::ReviewsHeld { own, held }]
            }
            ReviewOrder::Keep(review) => {
                shelves.keep(&review);
                Vec::new()
            }
            ReviewOrder::Leave(own) => {
                shelves.leave(&own);
                Vec::new()
            }
            ReviewOrder::Reached(reply) => {
                let _ = reply.send(());
                Vec::new()
            }
        });
        match done.await {
            Ok(told) => {
                for event in told {
                    post(&events, event).await;
                }
            }
            Err(error) => tracing::error!(%error, "reviews could not be read or written down"),
        }
    }
}

/// Clears away what is old of a project, and keeps others from doing it as long as the process lives.
async fn tidy(own: PathBuf, events: mpsc::Sender<Event>) {
    let tidied = tokio::task::spawn_blocking(move || prompts::tidy(&own)).await;
    let Ok(Some(prompts::Tidied { lock, unsent })) = tidied else {
        return;
    };
    post(&events, Event::Prompts(PromptsDone::Left { count: unsent })).await;
    std::future::pending::<()>().await;
    drop(lock);
}

async fn write_own_files(files: Arc<Latest<OwnOrder>>) {
    loop {
        let (path, text) = match files.pop().await {
            OwnOrder::Write(path, text) => (path, text),
            OwnOrder::Reached(reply) => {
                // Who waited may have gone away.
                let _ = reply.send(());
                continue;
            }
        };
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
