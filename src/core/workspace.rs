//! Settings and workspace folders as they change.

use std::path::{Path, PathBuf};

use super::connection::Connection;
use super::effect::{EditorEffect, Effect, Level};
use super::folders::FolderSettings;
use super::ids::{DraftId, FolderId};
use super::server::{Failure, Reconnect};
use super::state::State;
use crate::config::Settings;

/// What becomes of the turns of a folder that goes.
const FOLDER_GONE: &str = "its folder was removed from the workspace";

impl State {
    pub(super) fn configured(&mut self, settings: Settings, warnings: Vec<String>, folders: Vec<FolderSettings>) {
        if !warnings.is_empty() && self.warnings != warnings {
            let text = format!("opencode-lsp settings: {}", warnings.join("; "));
            self.editor(EditorEffect::Message { level: Level::Warning, text });
        }
        self.warnings = warnings;
        self.settings = settings;
        self.comments_configured();
        self.folders_are(folders);
    }

    /// The workspace has these folders now. Without any, it keeps those it had: documents stay open.
    fn folders_are(&mut self, mut folders: Vec<FolderSettings>) {
        if folders.is_empty() {
            return;
        }
        // Into the places that are about to change.
        self.keep_reviews();
        let places = self.places_of_reviews();
        let is_listed = |root: &Path| folders.iter().any(|folder| folder.paths.root == root);
        let gone: Vec<FolderId> =
            self.folders.iter().filter(|(_, folder)| !is_listed(&folder.paths.root)).map(|(id, _)| id).collect();
        // Who uses another one's connection is first to leave it: the last one forgets what it asked for.
        folders
            .sort_by_key(|folder| self.folders.at(&folder.paths.root).is_none_or(|id| self.folders.carrier(id) == id));
        for folder in folders {
            match self.folders.at(&folder.paths.root) {
                Some(id) => self.folder_configured(id, folder),
                None => {
                    let own = folder.paths.own.clone();
                    let id = self.folders.add(folder.paths, folder.server);
                    self.effect(Effect::Restore(own));
                    self.connect(id, Reconnect::AsBefore);
                }
            }
        }
        let left: Vec<PathBuf> = gone.into_iter().filter_map(|id| self.folder_gone(id)).collect();
        self.move_kept_reviews(places);
        for own in left {
            self.effect(Effect::LeaveReviews(own));
        }
    }

    fn folder_configured(&mut self, id: FolderId, new: FolderSettings) {
        let Some(folder) = self.folders.get_mut(id) else {
            return;
        };
        let is_same = folder.connection != Connection::Idle && folder.settings.is_same(&new.server);
        folder.settings = new.server;
        if !is_same {
            folder.connection = Connection::Connecting;
            self.connect_elsewhere(id, Reconnect::AsBefore);
        }
    }

    /// Returns the folder of its own files.
    fn folder_gone(&mut self, id: FolderId) -> Option<PathBuf> {
        self.started(id, "its folder was removed");
        self.give_back_turns(id, FOLDER_GONE);
        for draft in self.turns_of(id) {
            if let Some(turn) = self.turns.running.get_mut(&draft) {
                turn.failure.get_or_insert(Failure::Error { message: FOLDER_GONE.to_owned() });
            }
            self.finish(draft, Vec::new());
        }
        self.drop_choices(id);
        let carrier = self.folders.get(id).and_then(|folder| folder.uses);
        let heir = carrier.or_else(|| self.folders.sharers(id).first().copied());
        if heir.is_none() {
            self.forget_permissions(id);
            self.forget_questions(id);
            let folders = &self.folders;
            self.busy.retain(|session| folders.home(session) != Some(id));
        }
        self.attribute_to_the_user();
        self.folders.hand_over(id, heir);
        self.release_sharers(id, FOLDER_GONE);
        let folder = self.folders.remove(id)?;
        self.forget_reviews_in(&folder.paths.root);
        self.effect(Effect::Disconnect(id));
        Some(folder.paths.own)
    }

    pub(super) fn turns_of(&self, id: FolderId) -> Vec<DraftId> {
        self.turns.running.iter().filter(|(_, turn)| turn.folder == id).map(|(draft, _)| *draft).collect()
    }
}
