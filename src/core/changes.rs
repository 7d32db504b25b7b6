//! What opencode changed: per file, from the text before its first change to now.
//!
//! That a file changed is only ever concluded from what opencode tells (a finished tool, the end
//! of a step, a turn's diff). The text before comes from what the bridge saw itself or from the
//! server's word, and the latter only where it fits the text that is there now; else the change is
//! shown with an unknown baseline. Nothing is guessed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::baseline::{reverse_last, strip_bom, text_before};
use super::effect::{EditorEffect, Effect, Level, ReadPurpose};
use super::ids::{DocumentUri, MessageId, SessionId};
use super::place::Place;
use super::server::EditHint;
use super::state::State;
use crate::review::{Baseline, Content, FileReview};

/// One changed file.
#[derive(Debug)]
pub struct Changed {
    pub review: FileReview,
    pub in_editor: InEditor,
    /// The session whose turn changed it first (not a sub-agent's), and that turn.
    pub(super) session: SessionId,
    pub(super) prompt: Option<MessageId>,
    /// The review as it was before the user took the last of it back, without saving.
    pub(super) undone: Option<FileReview>,
    /// Nothing has been told of since its baseline was found.
    fresh: bool,
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

/// Who told of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// A tool or the end of a step: it certainly changed.
    Tool,
    /// The diff of a turn that may go on.
    Diff,
    /// The diff of a turn that is over: nothing more will be told.
    LastDiff,
}

/// A change whose file is being read.
#[derive(Debug)]
pub(super) struct Arriving {
    hints: Vec<EditHint>,
    session: SessionId,
    told: Told,
    /// Changed once more while it was read.
    again: bool,
}

/// A change of which it is not known from what.
#[derive(Debug)]
pub(super) struct Unexplained {
    pub(super) session: SessionId,
    pub(super) prompt: MessageId,
    pub(super) hints: Vec<EditHint>,
}

#[derive(Debug, Default)]
pub struct Changes {
    pub(super) files: BTreeMap<PathBuf, Changed>,
    /// Read while opencode waited for a permission: certainly the text before.
    pub(super) before: HashMap<PathBuf, Content>,
    pub(super) arriving: HashMap<PathBuf, Arriving>,
    /// Changed, and from what can only be told with a later hint or the turn's diff; with the hints so far.
    pub(super) unexplained: BTreeMap<PathBuf, Unexplained>,
    /// Turns whose diff is being fetched, and whether it must be fetched once more.
    pub(super) fetching: HashMap<(SessionId, MessageId), bool>,
    /// What the user accepted, or took back by hand, in the turn of a session: a diff fetched later
    /// must not bring it back.
    pub(super) settled: HashMap<PathBuf, (SessionId, Content)>,
    /// Turns whose diff is being fetched for the last time.
    pub(super) last_fetch: BTreeSet<(SessionId, MessageId)>,
}

impl Changes {
    pub fn get(&self, path: &Path) -> Option<&Changed> {
        self.files.get(path)
    }

    /// A new turn of a session: what was settled in its last one no longer matters.
    pub fn new_turn(&mut self, session: &SessionId) {
        self.settled.retain(|_, (settled_in, _)| settled_in != session);
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Path, &Changed)> {
        self.files.iter().map(|(path, changed)| (path.as_path(), changed))
    }
}

impl State {
    /// A file was read while opencode waits for leave to change it.
    pub(super) fn before_read(&mut self, path: PathBuf, content: Content) {
        if self.is_waited_for(&path) {
            self.changes.before.insert(path, content);
        }
    }

    /// The user saved a file while opencode waits for leave to change it: that is the text before.
    pub(super) fn before_again(&mut self, uri: &DocumentUri) {
        if let Some(path) = uri.to_path().filter(|path| self.is_waited_for(path)) {
            self.effect(Effect::Read { path, why: ReadPurpose::Before });
        }
    }

    /// Whether opencode waits for leave to change a file.
    pub(super) fn is_waited_for(&self, path: &Path) -> bool {
        self.permissions.open().any(|request| request.file.as_deref() == Some(path))
    }

    /// opencode changed a file: see what it holds now.
    pub(super) fn file_changed(&mut self, session: &SessionId, path: PathBuf, hint: EditHint, told: Told) {
        if let Some(arriving) = self.changes.arriving.get_mut(&path) {
            // The read under way may still see the text from before this change.
            if told == Told::Tool {
                arriving.again = true;
                if hint != EditHint::Unknown {
                    arriving.hints.push(hint);
                }
            }
            return;
        }
        let arriving = Arriving { hints: vec![hint], session: session.clone(), told, again: false };
        self.changes.arriving.insert(path.clone(), arriving);
        self.effect(Effect::Read { path, why: ReadPurpose::After });
    }

    pub(super) fn after_read(&mut self, path: PathBuf, after: Content) {
        let Some(mut arriving) = self.changes.arriving.remove(&path) else {
            return;
        };
        if arriving.told == Told::Tool
            && let Some(earlier) = self.changes.unexplained.get(&path)
            && self.prompts.get(&earlier.session) == Some(&earlier.prompt)
        {
            arriving.hints.splice(..0, earlier.hints.iter().cloned());
        }
        let trusted = self.changes.before.remove(&path).map(strip_bom);
        self.take_after(path.clone(), strip_bom(after), &arriving, trusted.as_ref());
        if arriving.again {
            self.file_changed(&arriving.session, path, EditHint::Unknown, Told::Tool);
        }
    }

    fn take_after(&mut self, path: PathBuf, after: Content, arriving: &Arriving, trusted: Option<&Content>) {
        let Arriving { hints, session, told, .. } = arriving;
        let settled = |(_, content): &(SessionId, Content)| *content == after;
        if !self.changes.files.contains_key(&path) && self.changes.settled.get(&path).is_some_and(settled) {
            self.changes.unexplained.remove(&path);
            return;
        }
        self.touched.insert(path.clone());
        if let Some(changed) = self.changes.files.get_mut(&path) {
            let moved = *changed.review.current() != after;
            match changed.review.baseline() {
                Baseline::Known(before) if !moved => {
                    // The first read may have seen this change too, and taken it for old text.
                    match reverse_last(hints, before).filter(|_| changed.fresh) {
                        Some(earlier) => changed.review = FileReview::new(Baseline::Known(earlier), after),
                        None => changed.fresh = false,
                    }
                }
                Baseline::Known(_) => {
                    changed.fresh = false;
                    changed.review.opencode_changed(after);
                }
                Baseline::Unknown if changed.prompt.as_ref() != self.prompts.get(session) => {
                    // What an earlier turn did to it is still not known.
                    changed.review.opencode_changed(after);
                }
                Baseline::Unknown => match text_before(hints, trusted, None, &after) {
                    Some(before) => changed.review = FileReview::new(Baseline::Known(before), after),
                    None => changed.review.opencode_changed(after),
                },
            }
            self.reread_in_editor(&path);
            if moved {
                self.say_if_diverged(&path);
            }
            return;
        }
        match text_before(hints, trusted, self.clean_text(&path).as_ref(), &after) {
            Some(before) => {
                self.changes.unexplained.remove(&path);
                if before != after {
                    self.track(path, FileReview::new(Baseline::Known(before), after), session, None);
                }
            }
            None => self.unexplained(path, session, after, hints, *told),
        }
    }

    pub(super) fn track(&mut self, path: PathBuf, review: FileReview, session: &SessionId, patch: Option<String>) {
        let origin = self.origin_of(session);
        let prompt = self.prompts.get(session).cloned();
        self.changes.settled.remove(&path);
        self.changes.files.insert(
            path.clone(),
            Changed {
                review,
                in_editor: InEditor::Closed,
                session: self.root_of(session),
                prompt,
                undone: None,
                fresh: true,
                origin,
                patch,
            },
        );
        self.reread_in_editor(&path);
        self.say_if_diverged(&path);
    }

    /// After the write: the editor holds text that opencode did not know.
    fn say_if_diverged(&mut self, path: &Path) {
        let diverged = self.changes.get(path).is_some_and(|changed| changed.in_editor == InEditor::Diverged);
        if diverged {
            let name = self.display_path(path);
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
