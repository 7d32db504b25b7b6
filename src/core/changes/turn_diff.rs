//! The diff of a turn: it explains the changes that nothing else explains.

use std::path::PathBuf;
use std::time::Duration;

use super::{Source, Told, Unexplained};
use crate::core::effect::{Effect, ServerCall, Timer};
use crate::core::ids::{MessageId, SessionId};
use crate::core::server::{EditHint, FileDiff};
use crate::core::state::State;
use crate::review::{Baseline, Content, FileReview};

/// How long after a turn's end its diff may still be incomplete: opencode computes it in the background.
const DIFF_SETTLES: Duration = Duration::from_secs(2);

impl State {
    /// A change whose text before is not known from what told of it.
    pub(super) fn unexplained(
        &mut self,
        path: PathBuf,
        session: &SessionId,
        source: Source,
        after: Content,
        hints: &[EditHint],
        told: Told,
    ) {
        match (told, self.prompts.get(session).cloned()) {
            // A diff in the middle of a turn may lag behind the disk; the last one will tell.
            (Told::Diff, Some(prompt)) => {
                let unexplained = Unexplained { session: session.clone(), prompt, hints: Vec::new() };
                self.changes.unexplained.entry(path).or_insert(unexplained);
            }
            (Told::Tool, Some(prompt)) => {
                let unexplained =
                    Unexplained { session: session.clone(), prompt: prompt.clone(), hints: hints.to_vec() };
                self.changes.unexplained.insert(path, unexplained);
                self.fetch_diff(session, prompt);
            }
            (Told::LastDiff, _) | (_, None) => {
                self.changes.unexplained.remove(&path);
                let patch = hints.iter().rev().find_map(|hint| match hint {
                    EditHint::Patch(patch) => Some(patch.to_string()),
                    _ => None,
                });
                self.track(&path, FileReview::new(Baseline::Unknown, after), source, patch);
            }
        }
    }

    /// Asks for the diff of a turn, one request at a time.
    fn fetch_diff(&mut self, session: &SessionId, prompt: MessageId) {
        let Some(home) = self.known_home(session) else {
            self.diff_fetched(session, prompt, Err("its folder is gone".to_owned()));
            return;
        };
        let key = (session.clone(), prompt.clone());
        if let Some(again) = self.changes.fetching.get_mut(&key) {
            *again = true;
            return;
        }
        self.changes.fetching.insert(key, false);
        let explained = self.changes.iter().filter(|(_, changed)| changed.review.baseline_is_known());
        let explained = explained.map(|(path, _)| path.to_path_buf()).collect();
        self.server(home, ServerCall::FetchDiff { session: session.clone(), prompt, explained });
    }

    /// The session is idle: its diff now, and once more when it is certainly complete.
    pub(in crate::core) fn turn_changes_end(&mut self, session: &SessionId) {
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
        self.fetch_diff(session, prompt.clone());
        self.effect(Effect::After(DIFF_SETTLES, Timer::Diff(session.clone(), prompt)));
    }

    pub(in crate::core) fn diff_settled(&mut self, session: &SessionId, prompt: MessageId) {
        self.changes.last_fetch.insert((session.clone(), prompt.clone()));
        self.fetch_diff(session, prompt);
    }

    pub(in crate::core) fn diff_fetched(
        &mut self,
        session: &SessionId,
        prompt: MessageId,
        result: Result<Vec<FileDiff>, String>,
    ) {
        let key = (session.clone(), prompt.clone());
        if self.changes.fetching.remove(&key).unwrap_or_default() {
            // Something changed meanwhile: only the next answer counts.
            self.fetch_diff(session, prompt);
            return;
        }
        let told = if self.changes.last_fetch.remove(&key) { Told::LastDiff } else { Told::Diff };
        match result {
            Ok(files) if self.known_home(session).is_some() => self.diff_arrived(session, &prompt, files, told),
            // What its folder showed is shown no more.
            Ok(_) => {}
            Err(problem) => tracing::warn!(%session, problem, "no diff of the turn"),
        }
        if told == Told::LastDiff {
            self.give_up_explaining(session, &prompt);
            self.attribute_to_the_user();
        }
    }

    fn diff_arrived(&mut self, session: &SessionId, prompt: &MessageId, files: Vec<FileDiff>, told: Told) {
        let source = self.source_of_prompt(session, prompt);
        let is_old = self.prompts.get(session).is_some_and(|newest| newest != prompt);
        for file in files {
            // What the turn before had told of already is seen, and may be reviewed by now.
            if is_old && !self.changes.unexplained.contains_key(&file.path) && self.is_told(session, prompt, &file.path)
            {
                continue;
            }
            let known = self.changes.get(&file.path).is_some_and(|c| c.review.baseline_is_known());
            // A diff is no new change: what was kept or taken back since stays so.
            let settled = self.changes.is_settled(&file.path, &source);
            if !known && !settled && file.hint != EditHint::Unknown {
                self.file_changed_by(session, source.clone(), file.path, file.hint, told);
            }
        }
    }

    /// No more will be said of these: they are shown as changed, from an unknown text.
    fn give_up_explaining(&mut self, session: &SessionId, prompt: &MessageId) {
        let of_it = |told: &Unexplained| told.session == *session && told.prompt == *prompt;
        let paths = self.changes.unexplained.iter().filter(|(_, told)| of_it(told)).map(|(path, _)| path.clone());
        let paths: Vec<PathBuf> = paths.collect();
        let source = self.source_of_prompt(session, prompt);
        for path in paths {
            self.file_changed_by(session, source.clone(), path, EditHint::Unknown, Told::LastDiff);
        }
    }

    /// What a session worked on then. Of a sub-agent's prompt only the session that it works for is known.
    fn source_of_prompt(&self, session: &SessionId, prompt: &MessageId) -> Source {
        let mut source = self.source_of(session);
        if source.session == *session {
            source.prompt = Some(prompt.clone());
        }
        source
    }
}
