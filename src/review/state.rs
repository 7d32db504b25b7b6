//! The review of one file.

use std::ops::Range;
use std::sync::Arc;

use super::content::Content;
use super::diff::blocks;
use super::hunk::{Block, Hunk, after_undoing, reshaped};
use super::ids::{self, HunkId, Ids};
use super::territory::{Owner, owner, replace, shift, split};
use super::undo::undone;
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
/// what the user changed in that) differs.
#[derive(Debug, Clone)]
pub struct FileReview {
    baseline: Baseline,
    current: Content,
    blocks: Vec<Block>,
    /// The lines of `blocks`.
    hunks: Vec<Hunk>,
    ids: Ids,
    /// Everything was kept and nothing happened since. Only this tells whether a file that
    /// cannot be compared is settled.
    kept: bool,
}

impl FileReview {
    /// A review that starts with a change from `before` to `now`.
    pub fn new(before: Baseline, now: Content) -> Self {
        let mut review = Self {
            baseline: before,
            current: now,
            blocks: Vec::new(),
            hunks: Vec::new(),
            ids: Ids::default(),
            kept: false,
        };
        let blocks = review.compared();
        review.ids.pass_on(&vec![None; blocks.len()]);
        review.set_blocks(blocks);
        review
    }

    /// opencode wrote, created or deleted the file again. The baseline stays. Only a hunk
    /// that is the same as before keeps its id.
    pub fn opencode_changed(&mut self, now: Content) {
        let old = std::mem::replace(&mut self.current, now);
        self.kept = false;
        let blocks = self.compared();
        let old = (self.blocks.as_slice(), old.comparable().unwrap_or_default());
        let new = (blocks.as_slice(), self.current.comparable().unwrap_or_default());
        let heirs = ids::unchanged(old, new);
        self.ids.pass_on(&heirs);
        self.set_blocks(blocks);
    }

    /// The user edited the current text (the edit counts in its bytes, and is clamped).
    ///
    /// What lies in unchanged text moves into the baseline; what touches a hunk changes the
    /// current text only. An edit that spans both is taken apart by lines. An edit that leads
    /// to the text with hunks undone is that undo, wherever it says it happened. Where
    /// nothing is left to review, the baseline follows every edit. Without a current text
    /// nothing happens; [`FileReview::user_replaced`] brings one.
    pub fn user_edited(&mut self, edit: &TextEdit) {
        let Content::Text(current) = &self.current else {
            return;
        };
        let current = Arc::clone(current);
        let start = current.floor_char_boundary(edit.range.start);
        let end = current.floor_char_boundary(edit.range.end).max(start);
        let edit = TextEdit { range: start..end, text: edit.text.clone() };
        if current.get(start..end) == Some(edit.text.as_str()) {
            return;
        }

        let now: Arc<str> = replace(&current, std::slice::from_ref(&edit)).into();
        self.absorb(&current, now, edit, false);
    }

    /// The user's side replaced the whole text (a reload, a checkout, a formatter). Each
    /// line edit between the two texts is treated like [`FileReview::user_edited`] does.
    /// A file that had no text is changed without its baseline.
    pub fn user_replaced(&mut self, now: &str) {
        let Content::Text(current) = &self.current else {
            let whole = TextEdit { range: 0..0, text: now.to_owned() };
            self.follow(now.into(), &[whole]);
            return;
        };
        if **current == *now {
            return;
        }
        let current = Arc::clone(current);
        let whole = TextEdit { range: 0..current.len(), text: now.to_owned() };
        self.absorb(&current, now.into(), whole, true);
    }

    /// The user put a text in the place of the current one that was not made from it: only what
    /// is in both as opencode wrote it is still opencode's, all else is the user's.
    pub fn user_overwrote(&mut self, now: &str) {
        let (Baseline::Known(Content::Text(before)), Content::Text(current)) = (&self.baseline, &self.current) else {
            self.user_replaced(now);
            return;
        };
        let new = |block: &Block, text: &str| text.get(block.after.clone()).unwrap_or_default().to_owned();
        let mut undone = Vec::new();
        for block in blocks(before, now) {
            let text = new(&block, now);
            let touches = |old: &&Block| old.before.start <= block.before.end && block.before.start <= old.before.end;
            let mut touched = self.blocks.iter().filter(touches);
            if touched.clone().any(|old| is_part(&block, &text, old, &new(old, current))) {
                let old = before.get(block.before.clone()).unwrap_or_default().to_owned();
                undone.push(TextEdit { range: block.after, text: old });
            } else if touched.any(|old| shares_a_line(&new(old, current), &text)) {
                // The user has worked on what opencode wrote.
                self.user_replaced(now);
                return;
            }
        }
        self.baseline = Baseline::Known(Content::Text(replace(now, &undone).into()));
        self.current = Content::Text(now.into());
        self.kept = false;
        let blocks = self.compared();
        self.ids.pass_on(&vec![None; blocks.len()]);
        self.set_blocks(blocks);
    }

    /// What the user has reviewed, with the user's own edits since.
    pub fn baseline(&self) -> &Baseline {
        &self.baseline
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
        let Baseline::Known(before) = &self.baseline else {
            return ChangeKind::UnknownBaseline;
        };
        match (before, &self.current) {
            (Content::Absent, _) => ChangeKind::Added,
            (_, Content::Absent) => ChangeKind::Deleted,
            (Content::Binary(_) | Content::Unreadable, _) | (_, Content::Binary(_) | Content::Unreadable) => {
                ChangeKind::Binary
            }
            (Content::TooLarge { .. }, _) | (_, Content::TooLarge { .. }) => ChangeKind::TooLarge,
            (Content::Text(old), Content::Text(new)) if new.is_empty() && !old.is_empty() => ChangeKind::Emptied,
            (Content::Text(_), Content::Text(_)) => ChangeKind::Modified,
        }
    }

    /// Whether the file is what it was at the baseline: nothing to show. Of files that are too
    /// large or cannot be read this is known only after [`FileReview::keep_all`].
    pub fn is_settled(&self) -> bool {
        match (&self.baseline, &self.current) {
            (Baseline::Unknown, _) => false,
            (Baseline::Known(Content::Absent), Content::Absent) => true,
            (Baseline::Known(Content::Text(_)), Content::Text(_)) => self.blocks.is_empty(),
            (Baseline::Known(Content::Binary(before)), Content::Binary(now)) if before == now => true,
            _ => self.kept,
        }
    }

    /// Everything is agreed to: the current content is the new baseline.
    pub fn keep_all(&mut self) {
        self.baseline = Baseline::Known(self.current.clone());
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
        let (Baseline::Known(Content::Text(before)), Content::Text(after)) = (&self.baseline, &self.current) else {
            return;
        };

        let kept = TextEdit {
            range: block.before.clone(),
            text: after.get(block.after.clone()).unwrap_or_default().to_owned(),
        };
        let before = replace(before, &[kept]);
        self.baseline = Baseline::Known(Content::Text(before.into()));

        // Looked for anew, the other hunks might come out differently.
        let mut blocks = std::mem::take(&mut self.blocks);
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
        let (before, _) = self.sides()?;
        let block = self.blocks.get(index)?;
        Some(TextEdit { range: block.after.clone(), text: before.get(block.before.clone())?.to_owned() })
    }

    /// The edits of the current text (in its bytes, ordered, apart) that undo every hunk at
    /// once. None where nothing can be undone by text.
    pub fn undo_all_edits(&self) -> Vec<TextEdit> {
        (0..self.blocks.len()).filter_map(|index| self.undo_hunk(index)).collect()
    }

    /// What the file must hold to be as it was; `None` where that is not known or no text.
    pub fn undo_all(&self) -> Option<Content> {
        match &self.baseline {
            Baseline::Known(content @ (Content::Absent | Content::Text(_))) => Some(content.clone()),
            Baseline::Known(_) | Baseline::Unknown => None,
        }
    }

    /// Both sides as texts, where both can be compared.
    fn sides(&self) -> Option<(&str, &str)> {
        match &self.baseline {
            Baseline::Known(before) => Some((before.comparable()?, self.current.comparable()?)),
            Baseline::Unknown => None,
        }
    }

    /// The baseline's text, where there is one that differs from the current text.
    fn open_text(&self) -> Option<&str> {
        match &self.baseline {
            Baseline::Known(before) if !self.is_settled() => before.text(),
            _ => None,
        }
    }

    /// Moves from `current` to `now` by an edit of the user, in bytes of `current`. It is
    /// taken apart by lines where that is asked for, or needed to tell whose it is.
    fn absorb(&mut self, current: &str, now: Arc<str>, edit: TextEdit, by_lines: bool) {
        let Some(before) = self.open_text() else {
            self.follow(now, &[edit]);
            return;
        };
        if let Some(gone) = undone(before, current, &self.blocks, &edit, &now) {
            self.current = Content::Text(now);
            // Looked for anew, the other hunks might come out differently.
            let blocks = after_undoing(std::mem::take(&mut self.blocks), &gone);
            self.ids.drop_gone(&gone);
            self.set_blocks(blocks);
            return;
        }

        let is_in_hunk = !by_lines && owner(before, current, &self.blocks, &edit) == Owner::Hunk;
        if is_in_hunk && let Some(blocks) = reshaped(before, current, &self.blocks, &edit) {
            self.ids.pass_on(&ids::moved(&self.blocks, &blocks, &[], &[edit]));
            self.current = Content::Text(now);
            self.set_blocks(blocks);
            return;
        }

        let owner = |edit: &TextEdit| owner(before, current, &self.blocks, edit);
        let edits = if by_lines || owner(&edit) == Owner::Both { split(current, &edit) } else { vec![edit] };
        let home = |edit: &TextEdit| match owner(edit) {
            Owner::Unchanged(home) => Some((edit.clone(), home)),
            Owner::Hunk | Owner::Both => None,
        };
        let homed: Vec<_> = edits.iter().filter_map(home).collect();
        let mapped: Vec<_> =
            homed.iter().map(|(edit, home)| TextEdit { range: home.before.clone(), text: edit.text.clone() }).collect();
        let baseline = replace(before, &mapped);
        let shifted = if homed.len() == edits.len() { shift(current, &self.blocks, &homed) } else { None };

        self.baseline = Baseline::Known(Content::Text(baseline.into()));
        self.current = Content::Text(now);
        match shifted {
            Some(blocks) => self.set_blocks(blocks),
            None => self.compare_after(&mapped, &edits),
        }
    }

    /// Takes a text of the user as it is: the current text after `edits`. The baseline stays,
    /// but a settled review stays settled.
    fn follow(&mut self, now: Arc<str>, edits: &[TextEdit]) {
        let settled = self.is_settled();
        self.current = Content::Text(now);
        self.kept = false;
        if settled {
            self.baseline = Baseline::Known(self.current.clone());
        }
        self.compare_after(&[], edits);
    }

    /// Looks for the blocks anew after the user's edits of both texts, in bytes of the texts
    /// before them.
    fn compare_after(&mut self, before: &[TextEdit], after: &[TextEdit]) {
        let blocks = self.compared();
        self.ids.pass_on(&ids::moved(&self.blocks, &blocks, before, after));
        self.set_blocks(blocks);
    }

    fn compared(&self) -> Vec<Block> {
        self.sides().map_or_else(Vec::new, |(before, after)| blocks(before, after))
    }

    /// The ids must be those of `blocks`.
    fn set_blocks(&mut self, mut blocks: Vec<Block>) {
        // Edits beside blocks can make them cancel out.
        if self.sides().is_some_and(|(before, after)| before == after) {
            blocks.clear();
            self.ids.clear();
        }
        self.hunks = blocks.iter().map(|block| block.lines.clone()).collect();
        self.blocks = blocks;
    }
}

/// Blank lines say nothing of where a text comes from.
fn shares_a_line(left: &str, right: &str) -> bool {
    left.lines().any(|line| !line.trim().is_empty() && right.lines().any(|other| other == line))
}

/// Whether a changed stretch is nothing but some of what another one changed.
fn is_part(part: &Block, text: &str, whole: &Block, new: &str) -> bool {
    let is_within = whole.before.start <= part.before.start && part.before.end <= whole.before.end;
    is_within && text.lines().all(|line| new.lines().any(|other| other == line))
}
