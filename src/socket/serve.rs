//! The bridge's side: a socket for each workspace folder, whose requests become events.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::client;
use super::place::{self, Files};
use super::wire::{self, Answer, DIFF, LIST, Request};
use crate::core::Event;
use crate::core::changes::{ReviewAnswer, ReviewRefusal, ReviewRequest, ReviewWish};
use crate::core::folders::FolderPaths;
use crate::core::ids::DocumentUri;
use crate::editor::commands;

/// The commands that may come this way: those that a shell has. All else is the editor's.
const COMMANDS: [&str; 3] = ["opencode.review.keep", "opencode.review.undo", "opencode.turn.keep"];
/// A request is a short line.
const MAX_REQUEST: u64 = 1024 * 1024;
/// A client that says nothing for this long is left.
const SILENT_FOR: Duration = Duration::from_secs(60);

/// The sockets of all workspace folders, by the folders of the bridge's own files.
#[derive(Debug, Clone, Default)]
pub struct Sockets(Arc<Mutex<Open>>);

#[derive(Debug, Default)]
struct Open {
    listening: HashMap<PathBuf, JoinHandle<()>>,
    files: HashMap<PathBuf, Files>,
    /// The process ends: nothing is opened any more.
    ended: bool,
}

impl Sockets {
    /// Listens for these folders, and no others. Their requests go to `events`.
    pub fn are(&self, folders: &[FolderPaths], events: &mpsc::Sender<Event>) {
        let mut open = self.lock();
        if open.ended {
            return;
        }
        let gone: Vec<PathBuf> =
            open.listening.keys().filter(|own| folders.iter().all(|folder| folder.own != **own)).cloned().collect();
        for own in gone {
            open.close(&own);
        }
        for folder in folders {
            if !open.listening.contains_key(&folder.own) {
                let task = tokio::spawn(self.clone().listen(folder.own.clone(), events.clone()));
                open.listening.insert(folder.own.clone(), task);
            }
        }
    }

    /// Nobody is heard any more, and nothing is left on disk.
    pub fn end(&self) {
        let mut open = self.lock();
        open.ended = true;
        let all: Vec<PathBuf> = open.listening.keys().cloned().collect();
        for own in all {
            open.close(&own);
        }
    }

    async fn listen(self, own: PathBuf, events: mpsc::Sender<Event>) {
        client::sweep(&own).await;
        let folder = own.clone();
        let opened = tokio::task::spawn_blocking(move || place::open(&folder)).await.map_err(std::io::Error::other);
        let (mut listener, record, files) = match opened.and_then(|opened| opened) {
            Ok(opened) => opened,
            Err(error) => {
                tracing::warn!(%error, "no socket: `opencode-lsp review` in a shell does not reach this editor");
                return;
            }
        };
        if !self.remember(&own, files) {
            return;
        }
        loop {
            match listener.accept().await {
                Ok(stream) => {
                    let talk = talk(stream, record.key.clone(), own.clone(), events.clone());
                    tokio::spawn(async move {
                        if let Err(error) = talk.await {
                            tracing::debug!(%error, "a client of the socket has gone");
                        }
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "the socket takes nobody");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        }
    }

    /// False where the folder has gone meanwhile; then its files go, too.
    fn remember(&self, own: &Path, files: Files) -> bool {
        let mut open = self.lock();
        if open.ended || !open.listening.contains_key(own) {
            files.remove();
            return false;
        }
        open.files.insert(own.to_path_buf(), files);
        true
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn close(&mut self, own: &Path) {
        if let Some(task) = self.listening.remove(own) {
            task.abort();
        }
        if let Some(files) = self.files.remove(own) {
            files.remove();
        }
    }
}

/// Answers one client, until it goes.
async fn talk(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    key: String,
    own: PathBuf,
    events: mpsc::Sender<Event>,
) -> std::io::Result<()> {
    while let Ok(line) = tokio::time::timeout(SILENT_FOR, wire::read_line(&mut stream, MAX_REQUEST)).await {
        let Some(line) = line? else {
            return Ok(());
        };
        let answer = match serde_json::from_slice::<Request>(&line) {
            Ok(request) if request.key == key => answer(request, &own, &events).await,
            Ok(_) => return Ok(()),
            Err(error) => Answer::Error(format!("the request is not understood ({error})")),
        };
        wire::write_line(&mut stream, &answer).await?;
    }
    Ok(())
}

async fn answer(request: Request, own: &Path, events: &mpsc::Sender<Event>) -> Answer {
    let wish = match wish(&request.command, request.arguments) {
        Ok(wish) => wish,
        Err(problem) => return Answer::Error(problem),
    };
    match ask(own, wish, events).await {
        Ok(ReviewAnswer::Files(files)) => Answer::Result(json!(files)),
        Ok(ReviewAnswer::Diff(diff)) => Answer::Result(json!(diff)),
        Ok(ReviewAnswer::Fates(fates)) => Answer::Result(json!(fates)),
        Err(ReviewRefusal::Elsewhere) => Answer::Elsewhere,
        Err(ReviewRefusal::Command(error)) => Answer::Error(error.to_string()),
    }
}

fn wish(command: &str, arguments: Vec<Value>) -> Result<ReviewWish, String> {
    match command {
        LIST => Ok(ReviewWish::List),
        DIFF => {
            let uri = arguments.first().and_then(|argument| argument["uri"].as_str());
            Ok(ReviewWish::Diff(uri.map(DocumentUri::from)))
        }
        name if COMMANDS.contains(&name) => commands::from_json(name, arguments)
            .map(|command| ReviewWish::Run(Box::new(command)))
            .map_err(|error| error.to_string()),
        other => Err(format!("`{other}` does not come this way; there are {LIST}, {DIFF}, {}", COMMANDS.join(", "))),
    }
}

/// Asks the core, and waits for its answer.
pub(super) async fn ask(
    own: &Path,
    wish: ReviewWish,
    events: &mpsc::Sender<Event>,
) -> Result<ReviewAnswer, ReviewRefusal> {
    let (reply, answer) = oneshot::channel();
    let asked = events.send(Event::ReviewsAsked(ReviewRequest { own: own.to_path_buf(), wish, reply })).await;
    match asked {
        Ok(()) => answer.await.unwrap_or(Err(ReviewRefusal::Elsewhere)),
        // The bridge ends.
        Err(_) => Err(ReviewRefusal::Elsewhere),
    }
}
