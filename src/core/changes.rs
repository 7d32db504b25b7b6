//! What opencode changed: per file, from the text before its first change to now.
//!
//! That a file changed is only ever concluded from what opencode tells (a finished tool, the end
//! of a step, a turn's diff). The text before comes from what the bridge saw itself or from the
//! server's word, and the latter only where it fits the text that is there now; else the change is
//! shown with an unknown baseline. Nothing is guessed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::command::{CommandError, Outcome};
use super::documents::{same_text, without_bom};
use super::effect::{EditorEffect, Effect, Level, ReadPurpose, ServerCall, Timer};
use super::ids::{DocumentUri, MessageId, SessionId};
use super::place::Place;
use super::server::{EditHint, FileDiff};
use super::showing::file_name;
use super::state::State;
use crate::review::patch::Patch;
use crate::review::{Baseline, Content, FileReview, unified};
use crate::text::TextEdit;

/// How long after a turn's end its diff may still be incomplete: opencode computes it in the background.
const DIFF_SETTLES: Duration = Duration::from_secs(2);

/// One changed file.
#[derive(Debug)]
pub struct Changed {
    pub review: FileReview,
    pub in_editor: InEditor,
    /// Where the turn that changed it was asked.
    pub origin: Option<Place>,
    /// The server's own diff, for the user to read where the baseline is unknown.
    patch: Option<String>,
}

/// How the editor's text stands to the text opencode left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InEditor {
    /// Not open.
    Closed,
    /// Open and the same, with the user's edits since.
    Same,
    /// Open, and still the text from before: the editor has not reloaded it.
    Stale,
    /// Open with text that opencode did not know.
    Diverged,
}

/// A change whose file is being read.
#[derive(Debug)]
struct Arriving {
    hints: Vec<EditHint>,
    session: SessionId,
    /// Changed once more while it was read.
    again: bool,
}

#[derive(Debug, Default)]
pub struct Changes {
    files: BTreeMap<PathBuf, Changed>,
    /// Read while opencode waited for a permission: certainly the text before.
    before: HashMap<PathBuf, Content>,
    arriving: HashMap<PathBuf, Arriving>,
    /// Changed, and only the turn's diff can tell from what.
    unexplained: BTreeMap<PathBuf, SessionId>,
    /// Turns whose diff is being fetched, and whether it must be fetched once more.
    fetching: HashMap<(SessionId, MessageId), bool>,
    /// What the user accepted in this turn: a diff fetched later must not bring it back.
    kept: HashMap<PathBuf, Content>,
    /// After the last fetch of these, what is unexplained stays so.
    last_fetch: BTreeSet<SessionId>,
}

impl Changes {
    pub fn get(&self, path: &Path) -> Option<&Changed> {
        self.files.get(path)
    }

    /// A new turn: what was accepted in the last one no longer matters.
    pub fn new_turn(&mut self) {
        self.kept.clear();
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Path, &Changed)> {
        self.files.iter().map(|(path, changed)| (path.as_path(), changed))
    }
}

impl State {
    /// A file was read while opencode waits for leave to change it.
    pub(super) fn before_read(&mut self, path: PathBuf, content: Content) {
        let waits = self.permissions.open().any(|request| request.file.as_deref() == Some(path.as_path()));
        if waits {
            self.changes.before.insert(path, content);
        }
    }

    /// opencode changed a file: see what it holds now.
    pub(super) fn file_changed(&mut self, session: &SessionId, path: PathBuf, hint: EditHint) {
        if let Some(arriving) = self.changes.arriving.get_mut(&path) {
            // The read under way may still see the text from before this change.
            arriving.again = true;
            if hint != EditHint::Unknown {
                arriving.hints.push(hint);
            }
            return;
        }
        let arriving = Arriving { hints: vec![hint], session: session.clone(), again: false };
        self.changes.arriving.insert(path.clone(), arriving);
        self.effect(Effect::Read { path, why: ReadPurpose::After });
    }

    pub(super) fn after_read(&mut self, path: PathBuf, after: Content) {
        let Some(Arriving { hints, session, again }) = self.changes.arriving.remove(&path) else {
            return;
        };
        self.take_after(path.clone(), strip_bom(after), &hints, &session);
        if again {
            self.file_changed(&session, path, EditHint::Unknown);
        }
    }

    fn take_after(&mut self, path: PathBuf, after: Content, hints: &[EditHint], session: &SessionId) {
        if self.changes.kept.get(&path) == Some(&after) {
            return;
        }
        self.touched.insert(path.clone());
        if let Some(changed) = self.changes.files.get_mut(&path) {
            if *changed.review.current() != after {
                changed.review.opencode_changed(after);
            }
            self.refresh_in_editor(&path);
            return;
        }
        let trusted = self.changes.before.remove(&path).map(strip_bom);
        let clean = self.clean_text(&path);
        let Some(before) = text_before(hints, trusted.as_ref(), clean.as_ref(), &after) else {
            self.explain_later(path, session, after, hints);
            return;
        };
        self.changes.unexplained.remove(&path);
        if before == after {
            return;
        }
        self.track(path, FileReview::new(Baseline::Known(before), after), session, None);
    }

    fn track(&mut self, path: PathBuf, review: FileReview, session: &SessionId, patch: Option<String>) {
        let origin = self.origin_of(session);
        self.changes.files.insert(path.clone(), Changed { review, in_editor: InEditor::Closed, origin, patch });
        self.refresh_in_editor(&path);
        let diverged = self.changes.get(&path).is_some_and(|changed| changed.in_editor == InEditor::Diverged);
        if diverged {
            let name = self.display_path(&path);
            let text = format!(
                "opencode changed {name} on disk while it has unsaved changes here; nothing here was overwritten"
            );
            self.editor(EditorEffect::Message { level: Level::Warning, text });
        }
    }

    /// The text of an open document without unsaved changes: the file's, unless it just changed.
    fn clean_text(&self, path: &Path) -> Option<Content> {
        let document = self.documents.by_path(path)?;
        if self.dirty.contains(&document.uri) {
            return None;
        }
        Some(strip_bom(Content::Text(document.text.text().into())))
    }

    /// Shown at once as changed; the turn's diff may still tell from what.
    fn explain_later(&mut self, path: PathBuf, session: &SessionId, after: Content, hints: &[EditHint]) {
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

    /// The editor's text changed.
    pub(super) fn change_edited(&mut self, uri: &DocumentUri, edits: &[TextEdit]) {
        let Some(path) = uri.to_path() else {
            return;
        };
        let Some(document) = self.documents.get(uri) else {
            return;
        };
        let Some(changed) = self.changes.files.get_mut(&path) else {
            return;
        };
        self.touched.insert(path.clone());
        if changed.in_editor != InEditor::Same {
            self.refresh_in_editor(&path);
            return;
        }
        if document.text.slice(0..3) == "\u{feff}" {
            // The review's text has no byte order mark, so the edit's bytes are not the review's.
            changed.review.user_replaced(without_bom(&document.text.text()));
        } else {
            for edit in edits {
                changed.review.user_edited(edit);
            }
        }
        self.forget_if_settled(&path);
    }

    /// The editor wrote its text over whatever the file held.
    pub(super) fn change_saved(&mut self, uri: &DocumentUri) {
        let Some(path) = uri.to_path() else {
            return;
        };
        let Some(document) = self.documents.get(uri) else {
            return;
        };
        let Some(changed) = self.changes.files.get_mut(&path) else {
            return;
        };
        if changed.in_editor == InEditor::Same {
            return;
        }
        changed.review.user_replaced(without_bom(&document.text.text()));
        self.touched.insert(path.clone());
        self.refresh_in_editor(&path);
        self.forget_if_settled(&path);
    }

    /// The file of a document that was closed counts again.
    pub(super) fn closed_read(&mut self, path: &Path, content: Content) {
        if self.documents.by_path(path).is_some() {
            return;
        }
        let Some(changed) = self.changes.files.get_mut(path) else {
            return;
        };
        let content = strip_bom(content);
        if let (Some(now), Some(current)) = (content.text(), changed.review.current().text())
            && now != current
        {
            changed.review.user_replaced(now);
        }
        self.touched.insert(path.to_path_buf());
        self.refresh_in_editor(path);
        self.forget_if_settled(path);
    }

    /// Compares the editor's text with the one opencode left.
    pub(super) fn refresh_in_editor(&mut self, path: &Path) {
        let Some(changed) = self.changes.files.get_mut(path) else {
            return;
        };
        self.touched.insert(path.to_path_buf());
        let Some(document) = self.documents.by_path(path) else {
            changed.in_editor = InEditor::Closed;
            return;
        };
        let text = document.text.text();
        let baseline = match changed.review.baseline() {
            Baseline::Known(content) => content.text(),
            Baseline::Unknown => None,
        };
        changed.in_editor = if changed.review.current().text().is_some_and(|now| same_text(now, &text)) {
            InEditor::Same
        } else if baseline.is_some_and(|before| same_text(before, &text)) || !self.dirty.contains(&document.uri) {
            InEditor::Stale
        } else {
            InEditor::Diverged
        };
    }

    fn forget_if_settled(&mut self, path: &Path) {
        if self.changes.get(path).is_some_and(|changed| changed.review.is_settled()) {
            self.changes.files.remove(path);
        }
    }

    /// Accepts what is shown of one file, or of all.
    pub(super) fn keep_changes(&mut self, uri: Option<DocumentUri>) -> Result<Outcome, CommandError> {
        let paths: Vec<PathBuf> = match uri {
            Some(uri) => uri.to_path().filter(|path| self.changes.files.contains_key(path)).into_iter().collect(),
            None => self.changes.files.keys().cloned().collect(),
        };
        if paths.is_empty() {
            return Err(CommandError::NothingChanged);
        }
        for path in paths {
            if let Some(changed) = self.changes.files.remove(&path) {
                self.changes.kept.insert(path.clone(), changed.review.current().clone());
            }
            self.touched.insert(path);
        }
        Ok(Outcome::Done)
    }

    pub(super) fn show_diff(&mut self, uri: Option<DocumentUri>) -> Result<Outcome, CommandError> {
        let diffs: Vec<(String, String)> = match uri {
            Some(uri) => {
                let path = uri.to_path().ok_or(CommandError::NothingChanged)?;
                let changed = self.changes.get(&path).ok_or(CommandError::NothingChanged)?;
                vec![(self.display_path(&path), self.diff_of(&path, changed))]
            }
            None => self.changes.iter().map(|(p, c)| (self.display_path(p), self.diff_of(p, c))).collect(),
        };
        let name = match diffs.as_slice() {
            [] => return Err(CommandError::NothingChanged),
            [(name, _)] => file_name(name),
            _ => "all-changes".to_owned(),
        };
        let text: String = diffs.into_iter().map(|(_, diff)| diff).collect();
        Ok(self.show_own(&format!("diffs/{name}.diff"), text))
    }

    fn diff_of(&self, path: &Path, changed: &Changed) -> String {
        let name = self.display_path(path);
        match changed.review.baseline() {
            Baseline::Known(before) => unified(&name, before, changed.review.current()),
            Baseline::Unknown => match &changed.patch {
                Some(patch) => format!("{}\n", patch.trim_end_matches('\n')),
                None => format!("opencode changed {name}; the text before is not known.\n"),
            },
        }
    }
}

/// The text before a series of changes that ended in `after`.
///
/// `trusted` was read while opencode waited for leave; `clean` is the editor's saved text, which is
/// only as good as the editor's last look at the disk.
fn text_before(
    hints: &[EditHint],
    trusted: Option<&Content>,
    clean: Option<&Content>,
    after: &Content,
) -> Option<Content> {
    let first = hints.first()?;
    let said = match first {
        EditHint::Texts { before, .. } => Some(strip_bom(Content::Text(before.as_str().into()))),
        EditHint::Created => Some(Content::Absent),
        EditHint::Deleted { before: Some(before) } => Some(strip_bom(Content::Text(before.as_str().into()))),
        _ => None,
    };
    said.or_else(|| trusted.filter(|seen| *seen != after).cloned())
        .or_else(|| reverse_all(hints, after))
        // The file may have been read between two changes.
        .or_else(|| reverse_all(hints.get(..1)?, after))
        .or_else(|| clean.filter(|seen| *seen != after).cloned())
}

/// Takes every patch back, newest first; none unless each fits exactly.
fn reverse_all(hints: &[EditHint], after: &Content) -> Option<Content> {
    let Content::Text(after) = after else {
        return None;
    };
    let mut text: Arc<str> = after.clone();
    for hint in hints.iter().rev() {
        let EditHint::Patch(patch) = hint else {
            return None;
        };
        text = Patch::parse(patch).ok()?.reverse(&text)?.into();
    }
    Some(Content::Text(text))
}

fn strip_bom(content: Content) -> Content {
    match &content {
        Content::Text(text) => match text.strip_prefix('\u{feff}') {
            Some(rest) => Content::Text(rest.into()),
            None => content,
        },
        _ => content,
    }
}
