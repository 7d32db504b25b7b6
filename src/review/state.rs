//! The review of one file.

use std::ops::Range;
use std::sync::Arc;

use super::content::Content;
use super::diff::blocks;
use super::hunk::{Block, Hunk};
use super::ids::{self, HunkId, Ids};
use super::joined::Joined;
use crate::text::TextEdit;

/// The state of a file that the user has reviewed last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Baseline {
    /// What the file held then.
    Known(Content),
    /// The file was changed before anybody saw it: nothing can be compared or undone.
    Unknown,
}

/// What happened to a file, from its baseline to now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// Lines of a text changed.
    Modified,
    /// There was no such file; it may hold a text, or be binary or too large.
    Added,
    /// The file is gone, whatever it held.
    Deleted,
    /// A text that held something holds nothing.
    Emptied,
    /// One of the states is no text, or cannot be read.
    Binary,
    /// One of the states is too large to compare.
    TooLarge,
    /// It is not known what the file held, or whether it existed.
    UnknownBaseline,
}

/// The review of one file: what it held when the user last agreed to it, what it holds
/// now, and the hunks in between.
///
/// Edits of the user in unchanged text go into both, so only what opencode changed (and
/// what the user changed in that) differs. Only that is held of a text before: what it is as a
/// whole follows from the text now. A clone shares all texts, blocks and ids.
#[derive(Debug, Clone)]
pub struct FileReview {
    before: Before,
    current: Content,
    blocks: Arc<[Block]>,
    /// The lines of `blocks`.
    hunks: Arc<[Hunk]>,
    ids: Ids,
    /// Everything was kept and nothing happened since. Only this tells whether a file that
    /// cannot be compared is settled.
    kept: bool,
}

/// What the file held at the baseline.
#[derive(Debug, Clone)]
enum Before {
    /// A text, where there is a text now or no file, which counts as an empty one: the text now with
    /// the blocks' old texts in their places.
    Text,
    /// Anything else, or a text that cannot be compared with what the file holds now.
    Other(Baseline),
}

impl FileReview {
    /// A review that starts with a change from `before` to `now`.
    pub fn new(before: Baseline, now: Content) -> Self {
        let mut review = Self {
            before: Before::Other(Baseline::Unknown),
            current: Content::Absent,
            blocks: Arc::default(),
            hunks: Arc::default(),
            ids: Ids::default(),
            kept: false,
        };
        review.compare(before, now, |_, new| vec![None; new.len()]);
        review
    }

    /// opencode wrote, created or deleted the file again. The baseline stays. Only a hunk
    /// that is the same as before keeps its id.
    pub fn opencode_changed(&mut self, now: Content) {
        let (old_text, new_text) = (self.current.clone(), now.clone());
        let texts = (old_text.comparable().unwrap_or_default(), new_text.comparable().unwrap_or_default());
        self.kept = false;
        self.compare(self.baseline(), now, |old, new| ids::unchanged((old, texts.0), (new, texts.1)));
    }

    /// What the user has reviewed, with the user's own edits since. A text is put together for it,
    /// which takes as long as it is; `baseline_is` and its like are cheaper.
    pub fn baseline(&self) -> Baseline {
        match (&self.before, &self.current) {
            (Before::Text, Content::Text(text)) if self.blocks.is_empty() => {
                Baseline::Known(Content::Text(Arc::clone(text)))
            }
            (Before::Text, _) => Baseline::Known(Content::Text(self.joined().text().into())),
            (Before::Other(before), _) => before.clone(),
        }
    }

    /// Whether it is known what the user has reviewed.
    pub fn baseline_is_known(&self) -> bool {
        !matches!(self.before, Before::Other(Baseline::Unknown))
    }

    /// Whether the user has reviewed a text.
    pub fn baseline_is_text(&self) -> bool {
        matches!(self.before, Before::Text | Before::Other(Baseline::Known(Content::Text(_))))
    }

    /// Whether what the user has reviewed is known to be this.
    pub fn baseline_is(&self, content: &Content) -> bool {
        match (&self.before, content) {
            (Before::Text, Content::Text(text)) => self.joined().is(text),
            (Before::Text, _) => false,
            (Before::Other(before), _) => matches!(before, Baseline::Known(before) if before == content),
        }
    }

    /// Whether two reviews start from the same.
    pub fn has_baseline_of(&self, other: &FileReview) -> bool {
        match (&self.before, &other.before) {
            (Before::Text, Before::Text) => self.joined().is_same(other.joined()),
            (Before::Other(one), Before::Other(other)) => one == other,
            (Before::Text, Before::Other(Baseline::Known(content))) => self.baseline_is(content),
            (Before::Other(Baseline::Known(content)), Before::Text) => other.baseline_is(content),
            (Before::Text, Before::Other(Baseline::Unknown)) | (Before::Other(Baseline::Unknown), Before::Text) => {
                false
            }
        }
    }

    /// What the file holds now.
    pub fn current(&self) -> &Content {
        &self.current
    }

    /// The hunks from the baseline to the current text; an absent file counts as an empty
    /// text. None where one of them is no text or not known.
    pub fn hunks(&self) -> &[Hunk] {
        &self.hunks
    }

    /// The bytes (UTF-8) of the current text that a hunk covers; `0..0` where there is no
    /// such hunk.
    pub fn hunk_bytes(&self, index: usize) -> Range<usize> {
        self.blocks.get(index).map_or(0..0, |block| block.after.clone())
    }

    /// The text that a hunk had at the baseline, with its line breaks.
    pub fn old_text(&self, index: usize) -> &str {
        self.blocks.get(index).map_or("", |block| &block.old)
    }

    /// The id of a hunk. The user's edits keep it as long as the hunk can be told: where two
    /// become one, that is a new one, and of one that is split its first part is the old one.
    pub fn hunk_id(&self, index: usize) -> Option<HunkId> {
        self.ids.get(index)
    }

    /// Which of the hunks has this id now.
    pub fn hunk_index(&self, id: HunkId) -> Option<usize> {
        self.ids.index(id)
    }

    /// What happened to the file. Says nothing once the review is settled.
    pub fn kind(&self) -> ChangeKind {
        let before = match &self.before {
            Before::Text => return self.kind_of_text(),
            Before::Other(Baseline::Unknown) => return ChangeKind::UnknownBaseline,
            Before::Other(Baseline::Known(before)) => before,
        };
        match (before, &self.current) {
            (Content::Absent, _) => ChangeKind::Added,
            (_, Content::Absent) => ChangeKind::Deleted,
            (Content::Binary(_) | Content::Unreadable, _) | (_, Content::Binary(_) | Content::Unreadable) => {
                ChangeKind::Binary
            }
            (Content::TooLarge { .. }, _) | (_, Content::TooLarge { .. }) => ChangeKind::TooLarge,
            (Content::Text(_), Content::Text(_)) => ChangeKind::Modified,
        }
    }

    fn kind_of_text(&self) -> ChangeKind {
        match &self.current {
            Content::Absent => ChangeKind::Deleted,
            Content::Text(now) if now.is_empty() && !self.blocks.is_empty() => ChangeKind::Emptied,
            _ => ChangeKind::Modified,
        }
    }

    /// Whether the file is what it was at the baseline: nothing to show. Of files that are too
    /// large or cannot be read this is known only after [`FileReview::keep_all`].
    pub fn is_settled(&self) -> bool {
        match (&self.before, &self.current) {
            (Before::Other(Baseline::Unknown), _) => false,
            (Before::Other(Baseline::Known(Content::Absent)), Content::Absent) => true,
            (Before::Text, Content::Text(_)) => self.blocks.is_empty(),
            (Before::Other(Baseline::Known(Content::Binary(before))), Content::Binary(now)) if before == now => true,
            _ => self.kept,
        }
    }

    /// Everything is agreed to: the current content is the new baseline.
    pub fn keep_all(&mut self) {
        self.before = match &self.current {
            Content::Text(_) => Before::Text,
            other => Before::Other(Baseline::Known(other.clone())),
        };
        self.kept = true;
        self.ids.clear();
        self.set_blocks(Vec::new());
    }

    /// One hunk is agreed to: its lines move into the baseline. Nothing happens where there
    /// is no such hunk. Keeping the last one keeps all.
    pub fn keep_hunk(&mut self, index: usize) {
        let Some(block) = self.blocks.get(index).cloned() else {
            return;
        };
        if self.blocks.len() == 1 {
            self.keep_all();
            return;
        }

        // Looked for anew, the other hunks might come out differently.
        let mut blocks = self.blocks.to_vec();
        blocks.remove(index);
        for later in blocks.iter_mut().skip(index) {
            later.after_keeping(&block);
        }
        self.ids.remove(index);
        self.set_blocks(blocks);
    }

    /// The edit of the current text (in its bytes) that brings a hunk's old lines back.
    /// `None` where there is no such hunk, and where the file is gone: only
    /// [`FileReview::undo_all`] restores or deletes a file.
    pub fn undo_hunk(&self, index: usize) -> Option<TextEdit> {
        self.current.text()?;
        let block = self.blocks.get(index)?;
        Some(TextEdit { range: block.after.clone(), text: block.old.to_string() })
    }

    /// The edits of the current text (in its bytes, ordered, apart) that undo every hunk at
    /// once. None where nothing can be undone by text.
    pub fn undo_all_edits(&self) -> Vec<TextEdit> {
        (0..self.blocks.len()).filter_map(|index| self.undo_hunk(index)).collect()
    }

    /// What the file must hold to be as it was; `None` where that is not known or no text.
    pub fn undo_all(&self) -> Option<Content> {
        match self.baseline() {
            Baseline::Known(content @ (Content::Absent | Content::Text(_))) => Some(content),
            Baseline::Known(_) | Baseline::Unknown => None,
        }
    }

    /// The blocks, and the text that they are in.
    fn joined(&self) -> Joined<'_> {
        Joined { after: self.current.comparable().unwrap_or_default(), blocks: &self.blocks }
    }

    /// The current text and the blocks, where two texts differ.
    pub(super) fn open_texts(&self) -> Option<(Arc<str>, Arc<[Block]>)> {
        match (&self.before, &self.current) {
            (Before::Text, Content::Text(current)) if !self.blocks.is_empty() => {
                Some((Arc::clone(current), Arc::clone(&self.blocks)))
            }
            _ => None,
        }
    }

    /// Takes both sides as they are, and compares them. `heirs` tells of each new block which of the
    /// old ones it is, by their indices.
    pub(super) fn compare(
        &mut self,
        before: Baseline,
        now: Content,
        heirs: impl FnOnce(&[Block], &[Block]) -> Vec<Option<usize>>,
    ) {
        let old = match &before {
            Baseline::Known(before) => before.comparable(),
            Baseline::Unknown => None,
        };
        let new = old.zip(now.comparable()).map_or_else(Vec::new, |(old, new)| blocks(old, new));
        self.ids.pass_on(&heirs(&self.blocks, &new));
        self.before = match before {
            Baseline::Known(Content::Text(_)) if now.comparable().is_some() => Before::Text,
            before => Before::Other(before),
        };
        self.current = now;
        self.set_blocks(new);
    }

    /// Takes a current text with the blocks between it and the baseline's, and makes the ids those of
    /// the blocks.
    pub(super) fn set_texts(&mut self, now: Arc<str>, blocks: Vec<Block>, name: impl FnOnce(&mut Ids)) {
        name(&mut self.ids);
        self.before = Before::Text;
        self.current = Content::Text(now);
        self.set_blocks(blocks);
    }

    /// Something happened since all was kept.
    pub(super) fn reopen(&mut self) {
        self.kept = false;
    }

    /// The ids must be those of `blocks`.
    fn set_blocks(&mut self, mut blocks: Vec<Block>) {
        // Edits beside blocks can make them cancel out.
        if let (Before::Text, Content::Text(after)) = (&self.before, &self.current)
            && (Joined { after, blocks: &blocks }).is(after)
        {
            blocks.clear();
            self.ids.clear();
        }
        self.hunks = blocks.iter().map(|block| block.lines.clone()).collect();
        self.blocks = blocks.into();
    }
}
