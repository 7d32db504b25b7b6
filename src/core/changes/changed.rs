//! One changed file, and where its changes come from.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;

use crate::core::ids::{MessageId, SessionId};
use crate::core::place::Place;
use crate::review::{Content, FileReview, HunkId};
use crate::text::Document;

/// How many of its earlier states the editor's own undo can lead a review back to.
const MAX_EARLIER: usize = 20;

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

/// One prompt of a session that is not a sub-agent's, and all that followed from it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Turn {
    pub session: SessionId,
    pub prompt: MessageId,
}

/// Where a change comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// A session that is not a sub-agent's.
    pub session: SessionId,
    /// None where the bridge attached after the prompt.
    pub prompt: Option<MessageId>,
    /// Where the turn was asked; none for turns of others.
    pub origin: Option<Place>,
}

impl Source {
    pub fn turn(&self) -> Option<Turn> {
        Some(Turn { session: self.session.clone(), prompt: self.prompt.clone()? })
    }
}

/// One changed file.
#[derive(Debug, Clone)]
pub struct Changed {
    /// The review of the text that the user sees: the editor's where that goes with it, else the disk's.
    pub review: FileReview,
    /// The review of what the file holds on disk; differs from `review` while the editor has unsaved text.
    pub(super) saved: FileReview,
    /// Reviews as they were before something was taken back in the editor, oldest first: the
    /// editor's own undo leads back to them.
    earlier: VecDeque<FileReview>,
    pub in_editor: InEditor,
    /// What changed it last.
    pub source: Source,
    /// What changed each hunk.
    sources: BTreeMap<HunkId, Source>,
    /// Every session that changed it.
    pub(super) sessions: BTreeSet<SessionId>,
    /// The turn that changed it first, for a baseline that is not known.
    pub(super) prompt: Option<MessageId>,
    /// Nothing has been told of since its baseline was found.
    pub(super) fresh: bool,
    /// The server's own diff, for the user to read where the baseline is unknown.
    pub(super) patch: Option<String>,
    /// Its name before opencode renamed it.
    pub renamed_from: Option<PathBuf>,
    /// What opencode left, before any edit of the user.
    written: Content,
    /// The user's edits are in its text, too.
    pub(super) has_user_edits: bool,
    /// Whether the file on disk begins with a byte order mark, which texts in reviews never have.
    pub(super) bom: bool,
    /// The same of the baseline.
    pub(super) bom_before: bool,
    /// The user's unsaved text is to take its place: not shown until that is saved or gone.
    pub(super) left: bool,
    /// The editor says that it saved this, and the disk was not looked at since.
    saving: Option<Saving>,
    /// Nothing is shown of it while the editor removes or renames it.
    pub(super) hidden: bool,
    /// Tells this review from others of the same file.
    number: u64,
}

impl Changed {
    pub(super) fn new(review: FileReview, source: Source, number: u64) -> Self {
        let mut changed = Self {
            saved: review.clone(),
            written: review.current().clone(),
            review,
            earlier: VecDeque::new(),
            in_editor: InEditor::Closed,
            sessions: BTreeSet::new(),
            prompt: source.prompt.clone(),
            source: source.clone(),
            sources: BTreeMap::new(),
            fresh: true,
            patch: None,
            renamed_from: None,
            has_user_edits: false,
            bom: false,
            bom_before: false,
            left: false,
            saving: None,
            hidden: false,
            number,
        };
        changed.attribute(source);
        changed
    }

    /// opencode wrote, created or deleted the file again.
    pub(super) fn opencode_wrote(&mut self, now: Content, source: Source) {
        self.written = now.clone();
        self.left = false;
        self.saved.opencode_changed(now);
        self.review = self.saved.clone();
        self.earlier.clear();
        self.attribute(source);
    }

    /// The text before is another one than was thought.
    pub(super) fn begin_again(&mut self, review: FileReview, source: Source, number: u64) {
        // Its hunks are numbered anew.
        self.number = number;
        self.left = false;
        self.written = review.current().clone();
        self.review = review.clone();
        self.saved = review;
        self.earlier.clear();
        self.attribute(source);
    }

    /// Hunks that nobody caused yet are this one's.
    fn attribute(&mut self, source: Source) {
        self.sessions.insert(source.session.clone());
        let ids: BTreeSet<HunkId> = hunk_ids(&self.review).collect();
        self.sources.retain(|id, _| ids.contains(id));
        for id in ids {
            self.sources.entry(id).or_insert_with(|| source.clone());
        }
        self.source = source;
    }

    /// What changed a hunk; of one that grew out of others, what changed the file last.
    pub fn source_of(&self, index: usize) -> &Source {
        self.review.hunk_id(index).and_then(|id| self.sources.get(&id)).unwrap_or(&self.source)
    }

    /// The user's side changes the text in the editor.
    pub(super) fn user_changes(&mut self, change: impl FnOnce(&mut FileReview)) {
        let before = self.review.clone();
        change(&mut self.review);
        if self.review.hunks().len() < before.hunks().len() {
            if self.earlier.len() == MAX_EARLIER {
                self.earlier.pop_front();
            }
            self.earlier.push_back(before);
        } else {
            self.has_user_edits = self.has_user_edits || !self.review.has_baseline_of(&before);
        }
    }

    /// The review that an earlier text had, where `text` is one: the editor's undo, or a reload.
    pub(super) fn return_to(&mut self, text: &Document) -> bool {
        let is = |review: &FileReview| review.current().text().is_some_and(|now| text.is_but_for_bom(now));
        if let Some(at) = self.earlier.iter().rposition(is) {
            self.earlier.truncate(at + 1);
            if let Some(review) = self.earlier.pop_back() {
                self.review = review;
            }
            return true;
        }
        if is(&self.saved) {
            self.review = self.saved.clone();
            return true;
        }
        false
    }

    /// The user's side changed the file on disk, with nothing unsaved in the editor.
    pub(super) fn user_wrote(&mut self, now: &str) {
        let before = self.saved.clone();
        self.saved.user_replaced(now);
        self.has_user_edits = self.has_user_edits || !self.saved.has_baseline_of(&before);
        self.review = self.saved.clone();
        self.earlier.clear();
    }

    /// The editor's text, which was not made from opencode's, was written over it.
    pub(super) fn user_overwrote(&mut self, now: &str) {
        self.saved.user_overwrote(now);
        self.has_user_edits = true;
        self.review = self.saved.clone();
        self.earlier.clear();
    }

    /// The bridge took hunks back on disk.
    pub(super) fn undone_on_disk(&mut self, now: &str) {
        self.saved.user_replaced(now);
        self.review = self.saved.clone();
        if self.saved.is_settled() {
            self.bom = self.bom_before;
        }
    }

    pub(super) fn written(&self) -> &Content {
        &self.written
    }

    /// The editor says that it saved its text.
    pub(super) fn begin_save(&mut self, text: &str) {
        let review = (self.in_editor == InEditor::Same).then(|| self.review.clone());
        self.saving = Some(Saving { text: text.to_owned(), review });
    }

    /// The disk holds this since: was it saved? Not if it is as before. What else it holds may be
    /// what opencode made of the saved text.
    pub(super) fn end_save(&mut self, disk: &Content) -> bool {
        let Some(saving) = self.saving.take() else {
            return false;
        };
        let disk = disk.clone().without_bom();
        if disk == *self.saved.current() && disk.text() != Some(saving.text.as_str()) {
            return false;
        }
        match saving.review {
            Some(review) => self.saved = review,
            None => self.user_overwrote(&saving.text),
        }
        true
    }

    /// One hunk is agreed to, in the editor's text and on disk.
    pub(super) fn keep_hunk(&mut self, id: HunkId) {
        for review in [&mut self.review, &mut self.saved].into_iter().chain(&mut self.earlier) {
            if let Some(index) = review.hunk_index(id) {
                review.keep_hunk(index);
            }
        }
    }

    /// Nothing is left to be said of it.
    pub fn is_reviewed(&self) -> bool {
        self.review.is_settled() && self.renamed_from.is_none()
    }

    /// The same, whatever becomes of unsaved text.
    pub(super) fn is_reviewed_on_disk(&self) -> bool {
        self.saved.is_settled() && self.renamed_from.is_none()
    }

    /// The user has decided to put unsaved text in its place.
    pub fn is_left(&self) -> bool {
        self.left && self.in_editor == InEditor::Diverged
    }

    /// Whether something is to be shown of it.
    pub fn is_shown(&self) -> bool {
        !self.is_reviewed() && !self.is_left() && !self.hidden
    }

    /// Whether one turn alone made what is on disk.
    pub(super) fn is_all_of(&self, turn: &Turn) -> bool {
        let hunks = self.saved.hunks().len();
        (0..hunks).all(|index| self.source_of_saved(index).turn().as_ref() == Some(turn))
    }

    /// Whether there is a text to take single hunks back to.
    pub fn has_hunks(&self) -> bool {
        use crate::review::ChangeKind::{Emptied, Modified};
        matches!(self.review.kind(), Modified | Emptied) && !self.review.hunks().is_empty()
    }

    /// Whether the whole of it can be taken back.
    pub fn can_be_undone(&self) -> bool {
        match self.review.current() {
            Content::Text(_) | Content::Absent if self.review.baseline_is_text() => true,
            // Only what can be recognised is removed.
            now @ (Content::Text(_) | Content::Binary(_)) if self.review.baseline_is(&Content::Absent) => {
                *now == self.written
            }
            now => self.renamed_from.is_some() && self.review.baseline_is(now),
        }
    }

    /// Names a hunk, or the whole file: stable while it is the same change.
    pub fn id(&self, index: Option<usize>) -> String {
        match index.and_then(|index| self.review.hunk_id(index)) {
            Some(id) => format!("{}.{id}", self.number),
            None => self.number.to_string(),
        }
    }

    /// Whether a name is this file's, and which hunk it means.
    pub(super) fn named(&self, id: &str) -> Option<Named> {
        if id == self.number.to_string() {
            return Some(Named::File);
        }
        let index = (0..self.review.hunks().len()).find(|index| self.id(Some(*index)) == id)?;
        self.review.hunk_id(index).map(Named::Hunk)
    }

    pub(super) fn saved(&self) -> &FileReview {
        &self.saved
    }

    /// What changed a hunk of what is on disk.
    pub(super) fn source_of_saved(&self, index: usize) -> &Source {
        self.saved.hunk_id(index).and_then(|id| self.sources.get(&id)).unwrap_or(&self.source)
    }

    /// A review of an earlier run: what opencode left, and where its hunks came from, in order.
    pub(super) fn taken_up(&mut self, written: Option<Content>, sources: impl ExactSizeIterator<Item = Source>) {
        if let Some(written) = written {
            self.written = written;
        }
        // A diff that comes out differently cannot be told apart by turns any more.
        if sources.len() != self.review.hunks().len() {
            return;
        }
        for (index, source) in sources.enumerate() {
            self.sessions.insert(source.session.clone());
            if let Some(id) = self.review.hunk_id(index) {
                self.sources.insert(id, source);
            }
        }
    }
}

/// A save that is to be seen on disk.
#[derive(Debug, Clone)]
struct Saving {
    text: String,
    /// The review of that text; none where it had nothing of the review's.
    review: Option<FileReview>,
}

/// What a name names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    File,
    Hunk(HunkId),
}

fn hunk_ids(review: &FileReview) -> impl Iterator<Item = HunkId> {
    (0..review.hunks().len()).filter_map(|index| review.hunk_id(index))
}
