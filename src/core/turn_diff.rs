//! The diff of a turn: it explains the changes that nothing else explains.

use std::path::PathBuf;
use std::time::Duration;

use super::effect::{Effect, ServerCall, Timer};
use super::ids::{MessageId, SessionId};
use super::server::{EditHint, FileDiff};
use super::state::State;
use crate::review::{Baseline, Content, FileReview};

/// How long after a turn's end its diff may still be incomplete: opencode computes it in the background.
const DIFF_SETTLES: Duration = Duration::from_secs(2);

impl State {
    /// Shown at once as changed; the turn's diff may still tell from what.
    pub(super) fn explain_later(&mut self, path: PathBuf, session: &SessionId, after: Content, hints: &[EditHint]) {
        let patch = hints.iter().rev().find_map(|hint| match hint {
            EditHint::Patch(patch) => Some(patch.clone()),
            _ => None,
        });
        if self.changes.last_fetch.contains(session) || !self.prompts.contains_key(session) {
            self.track(path, FileReview::new(Baseline::Unknown, after), session, patch);
            return;
        }
        self.changes.unexplained.insert(path, session.clone());
        self.fetch_diff(session);
    }

    /// Asks for the diff of the session's newest turn, one request at a time.
    pub(super) fn fetch_diff(&mut self, session: &SessionId) {
        let Some(prompt) = self.prompts.get(session).cloned() else {
            return;
        };
        let key = (session.clone(), prompt.clone());
        if let Some(again) = self.changes.fetching.get_mut(&key) {
            *again = true;
            return;
        }
        self.changes.fetching.insert(key, false);
        self.server(ServerCall::FetchDiff { session: session.clone(), prompt });
    }

    /// The session is idle: its diff now, and once more when it is certainly complete.
    pub(super) fn turn_changes_end(&mut self, session: &SessionId) {
        let Some(prompt) = self.prompts.get(session).cloned() else {
            return;
        };
        self.fetch_diff(session);
        self.effect(Effect::After(DIFF_SETTLES, Timer::Diff(session.clone(), prompt)));
    }

    pub(super) fn diff_settled(&mut self, session: SessionId, prompt: &MessageId) {
        if self.prompts.get(&session) != Some(prompt) {
            return;
        }
        self.changes.last_fetch.insert(session.clone());
        self.fetch_diff(&session);
    }

    pub(super) fn diff_fetched(
        &mut self,
        session: SessionId,
        prompt: MessageId,
        result: Result<Vec<FileDiff>, String>,
    ) {
        let again = self.changes.fetching.remove(&(session.clone(), prompt)).unwrap_or_default();
        match result {
            Ok(files) => self.diff_arrived(&session, files),
            Err(problem) => tracing::warn!(%session, problem, "no diff of the turn"),
        }
        if again {
            self.fetch_diff(&session);
            return;
        }
        if self.changes.last_fetch.remove(&session) {
            self.give_up_explaining(&session);
        }
    }

    fn diff_arrived(&mut self, session: &SessionId, files: Vec<FileDiff>) {
        for file in files {
            let known = self.changes.get(&file.path).is_some_and(|c| *c.review.baseline() != Baseline::Unknown);
            if !known && !self.changes.arriving.contains_key(&file.path) && file.hint != EditHint::Unknown {
                self.changes.files.remove(&file.path);
                self.changes.unexplained.entry(file.path.clone()).or_insert_with(|| session.clone());
                self.file_changed(session, file.path, file.hint);
            }
        }
    }

    /// No more will be said of these: they are shown as changed, from an unknown text.
    fn give_up_explaining(&mut self, session: &SessionId) {
        let paths: Vec<PathBuf> =
            self.changes.unexplained.iter().filter(|(_, s)| *s == session).map(|(path, _)| path.clone()).collect();
        for path in paths {
            self.changes.unexplained.remove(&path);
            if self.changes.get(&path).is_none() && !self.changes.arriving.contains_key(&path) {
                self.changes.last_fetch.insert(session.clone());
                self.file_changed(session, path, EditHint::Unknown);
            }
        }
    }
}
