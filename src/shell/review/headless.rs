//! The core without an editor, for reviews that no bridge has: it keeps them for the moment.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::oneshot;

use super::ReviewError;
use crate::bridge::{self, Inlets};
use crate::config::Overrides;
use crate::core::Event;
use crate::core::changes::{FileFate, ReviewAnswer, ReviewRefusal, ReviewRequest, ReviewWish, ReviewedFile};
use crate::core::command::Command;
use crate::core::event::{EditorEvent, LastWords};
use crate::core::folders::FolderPaths;
use crate::core::ids::{DocumentUri, SessionId};
use crate::core::plugins::PluginFlags;
use crate::core::state::{ClientFiles, Setup};
use crate::doctor;
use crate::editor::backend::run_id;
use crate::editor::commands;
use crate::files;
use crate::links::ConnectionTasks;
use crate::queue::Latest;
use crate::reviews::Shelves;
use crate::shell::note;
use crate::text::Encoding;

/// No editor is told anything and no server is connected to.
pub struct Headless {
    inlets: Inlets,
    shelves: Arc<Shelves>,
    folder: FolderPaths,
    overrides: Overrides,
    settings: Option<PathBuf>,
    /// Sessions at work, once they were asked for.
    busy: Option<Vec<SessionId>>,
}

impl Headless {
    pub fn start(root: PathBuf, overrides: Overrides, settings: Option<PathBuf>) -> Self {
        let folder = FolderPaths { own: files::own_folder(&root), root };
        let setup = Setup {
            folders: vec![folder.clone()],
            encoding: Encoding::Utf8,
            run: run_id(),
            client_files: ClientFiles::default(),
            plugin: PluginFlags::default(),
        };
        let shelves = Arc::new(Shelves::default());
        let outbox = Arc::new(Latest::default());
        let inlets = bridge::start(setup, outbox, ConnectionTasks::default(), Arc::clone(&shelves));
        Self { inlets, shelves, folder, overrides, settings, busy: None }
    }

    pub async fn list(&self) -> Result<Vec<ReviewedFile>, ReviewError> {
        match self.ask(ReviewWish::List).await? {
            ReviewAnswer::Files(files) => Ok(files),
            ReviewAnswer::Diff(_) | ReviewAnswer::Fates(_) => Ok(Vec::new()),
        }
    }

    pub async fn diff(&self, uri: Option<DocumentUri>) -> Result<String, ReviewError> {
        match self.ask(ReviewWish::Diff(uri)).await? {
            ReviewAnswer::Diff(diff) => Ok(diff),
            ReviewAnswer::Files(_) | ReviewAnswer::Fates(_) => Ok(String::new()),
        }
    }

    pub async fn run(
        &mut self,
        command: &str,
        argument: Value,
        file: &ReviewedFile,
    ) -> Result<Vec<FileFate>, ReviewError> {
        let command =
            commands::from_json(command, vec![argument]).map_err(|error| ReviewError::Refused(error.to_string()))?;
        if matches!(command, Command::Undo { .. }) && self.is_at_work(file).await {
            return Err(ReviewError::AtWork(file.file.clone()));
        }
        match self.ask(ReviewWish::Run(Box::new(command))).await? {
            ReviewAnswer::Fates(fates) => Ok(fates),
            ReviewAnswer::Files(_) | ReviewAnswer::Diff(_) => Ok(Vec::new()),
        }
    }

    /// Whether opencode is in the middle of a turn that changed a file. A bridge waits for its end; this process does not.
    async fn is_at_work(&mut self, file: &ReviewedFile) -> bool {
        if self.busy.is_none() {
            self.busy = Some(self.busy_sessions().await);
        }
        let busy = self.busy.as_deref().unwrap_or_default();
        busy.iter().any(|session| file.sessions.iter().any(|changed| changed == session.as_str()))
    }

    async fn busy_sessions(&self) -> Vec<SessionId> {
        let root = Some(self.folder.root.clone());
        let problem = match doctor::reach(&self.overrides, root, self.settings.as_deref()).await {
            Ok(reached) => match reached.client.busy_sessions().await {
                Ok(busy) => return busy,
                Err(error) => error.to_string(),
            },
            Err(unreached) if unreached.absent => return Vec::new(),
            Err(unreached) => unreached.problem,
        };
        note(&format!("whether opencode is at work is not known ({problem})"));
        Vec::new()
    }

    async fn ask(&self, wish: ReviewWish) -> Result<ReviewAnswer, ReviewError> {
        let (reply, answer) = oneshot::channel();
        let request = ReviewRequest { own: self.folder.own.clone(), wish, reply };
        let sent = self.inlets.others.send(Event::ReviewsAsked(request)).await;
        let answer = match sent {
            Ok(()) => answer.await.ok(),
            Err(_) => None,
        };
        match answer {
            Some(Ok(answer)) => Ok(answer),
            Some(Err(ReviewRefusal::Command(error))) => Err(ReviewError::Refused(error.to_string())),
            Some(Err(ReviewRefusal::Elsewhere)) | None => Err(ReviewError::Elsewhere),
        }
    }

    /// Leaves the reviews to others, with everything on disk.
    pub async fn end(self) {
        let (reply, last_words) = oneshot::channel();
        let asked = self.inlets.others.send(Event::Editor(EditorEvent::Leaving { reply })).await;
        self.inlets.written().await;
        if asked.is_err() {
            return;
        }
        let LastWords { reviews, .. } = last_words.await.unwrap_or_default();
        for review in &reviews {
            self.shelves.keep(review);
        }
    }
}
