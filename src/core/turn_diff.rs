//! The diff of a turn: it explains the changes that nothing else explains.

use std::path::PathBuf;
use std::time::Duration;

use super::changes::Told;
use super::effect::{Effect, ServerCall, Timer};
use super::ids::{MessageId, SessionId};
use super::server::{EditHint, FileDiff};
use super::state::State;
use crate::review::{Baseline, Content, FileReview};

/// How long after a turn's end its diff may still be incomplete: opencode computes it in the background.
const DIFF_SETTLES: Duration = Duration::from_secs(2);

impl State {
    /// A change whose text before is not known from what told of it.
    pub(super) fn unexplained(
        &mut self,
        path: PathBuf,
        session: &SessionId,
        after: Content,
        hints: &[EditHint],
        told: Told,
    ) {
        match told {
            Told::Tool if self.prompts.contains_key(session) => {
                let hints = hints.iter().filter(|hint| **hint != EditHint::Unknown).cloned().collect();
                self.changes.unexplained.insert(path, (session.clone(), hints));
                self.fetch_diff(session);
            }
            // A diff in the middle of a turn may lag behind the disk; the last one will tell.
            Told::Diff => {
                self.changes.unexplained.entry(path).or_insert_with(|| (session.clone(), Vec::new()));
            }
            Told::Tool | Told::LastDiff => {
                self.changes.unexplained.remove(&path);
                let patch = hints.iter().rev().find_map(|hint| match hint {
                    EditHint::Patch(patch) => Some(patch.clone()),
                    _ => None,
                });
                self.track(path, FileReview::new(Baseline::Unknown, after), session, patch);
            }
        }
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
        // What was asked and not done in this turn says nothing of the next.
        let waited: Vec<PathBuf> =
            self.changes.before.keys().filter(|path| !self.is_waited_for(path)).cloned().collect();
        for path in waited {
            if !self.changes.arriving.contains_key(&path) {
                self.changes.before.remove(&path);
            }
        }
        self.fetch_diff(session);
        self.effect(Effect::After(DIFF_SETTLES, Timer::Diff(session.clone(), prompt)));
    }

    pub(super) fn diff_settled(&mut self, session: &SessionId, prompt: MessageId) {
        if self.prompts.get(session) == Some(&prompt) {
            self.changes.last_fetch.insert((session.clone(), prompt));
            self.fetch_diff(session);
        }
    }

    pub(super) fn diff_fetched(
        &mut self,
        session: &SessionId,
        prompt: MessageId,
        result: Result<Vec<FileDiff>, String>,
    ) {
        let key = (session.clone(), prompt);
        if self.changes.fetching.remove(&key).unwrap_or_default() {
            // Something changed meanwhile: only the next answer counts.
            self.fetch_diff(session);
            return;
        }
        let told = if self.changes.last_fetch.remove(&key) { Told::LastDiff } else { Told::Diff };
        match result {
            Ok(files) => self.diff_arrived(session, files, told),
            Err(problem) => tracing::warn!(%session, problem, "no diff of the turn"),
        }
        if told == Told::LastDiff {
            self.give_up_explaining(session);
        }
    }

    fn diff_arrived(&mut self, session: &SessionId, files: Vec<FileDiff>, told: Told) {
        for file in files {
            let known = self.changes.get(&file.path).is_some_and(|c| *c.review.baseline() != Baseline::Unknown);
            if !known && file.hint != EditHint::Unknown {
                self.file_changed(session, file.path, file.hint, told);
            }
        }
    }

    /// No more will be said of these: they are shown as changed, from an unknown text.
    fn give_up_explaining(&mut self, session: &SessionId) {
        let paths: Vec<PathBuf> =
            self.changes.unexplained.iter().filter(|(_, (s, _))| s == session).map(|(path, _)| path.clone()).collect();
        for path in paths {
            self.file_changed(session, path, EditHint::Unknown, Told::LastDiff);
        }
    }
}
