//! What opencode changed: per file, from the text before its first change to now.
//!
//! That a file changed is only ever concluded from what opencode tells (a finished tool, the end
//! of a step, a turn's diff). The text before comes from what the bridge saw itself or from the
//! server's word, and the latter only where it fits the text that is there now; else the change is
//! shown with an unknown baseline. Nothing is guessed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::baseline::{strip_bom, text_before};
use super::effect::{EditorEffect, Effect, Level, ReadPurpose};
use super::ids::{MessageId, SessionId};
use super::place::Place;
use super::server::EditHint;
use super::state::State;
use crate::review::{Baseline, Content, FileReview};

/// One changed file.
#[derive(Debug)]
pub struct Changed {
    pub review: FileReview,
    pub in_editor: InEditor,
    /// Where the turn that changed it was asked.
    pub origin: Option<Place>,
    /// The server's own diff, for the user to read where the baseline is unknown.
    pub(super) patch: Option<String>,
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
pub(super) struct Arriving {
    hints: Vec<EditHint>,
    session: SessionId,
    /// Changed once more while it was read.
    again: bool,
}

#[derive(Debug, Default)]
pub struct Changes {
    pub(super) files: BTreeMap<PathBuf, Changed>,
    /// Read while opencode waited for a permission: certainly the text before.
    pub(super) before: HashMap<PathBuf, Content>,
    pub(super) arriving: HashMap<PathBuf, Arriving>,
    /// Changed, and only the turn's diff can tell from what.
    pub(super) unexplained: BTreeMap<PathBuf, SessionId>,
    /// Turns whose diff is being fetched, and whether it must be fetched once more.
    pub(super) fetching: HashMap<(SessionId, MessageId), bool>,
    /// What the user accepted in this turn: a diff fetched later must not bring it back.
    pub(super) kept: HashMap<PathBuf, Content>,
    /// After the last fetch of these, what is unexplained stays so.
    pub(super) last_fetch: BTreeSet<SessionId>,
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

    pub(super) fn track(&mut self, path: PathBuf, review: FileReview, session: &SessionId, patch: Option<String>) {
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
}
