//! What the user's edits do to a review.

use std::ops::Range;
use std::sync::Arc;

use super::content::Content;
use super::diff::blocks;
use super::hunk::{Block, after_undoing, reshaped};
use super::ids;
use super::joined::Joined;
use super::state::{Baseline, FileReview};
use super::territory::{Owner, owner, replace, shift, split};
use super::undo::undone;
use crate::text::TextEdit;

impl FileReview {
    /// The user edited the current text (the edit counts in its bytes, and is clamped).
    ///
    /// What lies in unchanged text moves into the baseline; what touches a hunk changes the
    /// current text only. An edit that spans both is taken apart by lines. An edit that leads
    /// to the text with hunks undone is that undo, wherever it says it happened. Where
    /// nothing is left to review, the baseline follows every edit. Without a current text
    /// nothing happens; [`FileReview::user_replaced`] brings one.
    pub fn user_edited(&mut self, edit: &TextEdit) {
        let Content::Text(current) = self.current() else {
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
        let Content::Text(current) = self.current() else {
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
        let (Baseline::Known(Content::Text(before)), Content::Text(current)) =
            (self.baseline(), self.current().clone())
        else {
            self.user_replaced(now);
            return;
        };
        let old_blocks = self.open_texts().map(|(_, blocks)| blocks).unwrap_or_default();
        let new = |block: &Block, text: &str| text.get(block.after.clone()).unwrap_or_default().to_owned();
        let mut undone = Vec::new();
        for block in blocks(&before, now) {
            let text = new(&block, now);
            let touches = |old: &&Block| meet(&old.before(), &block.before());
            let mut touched = old_blocks.iter().filter(touches);
            if touched.clone().any(|old| is_part(&block, &text, old, &new(old, &current))) {
                undone.push(TextEdit { range: block.after, text: block.old.to_string() });
            } else if touched.any(|old| shares_a_line(&new(old, &current), &text)) {
                // The user has worked on what opencode wrote.
                self.user_replaced(now);
                return;
            }
        }
        let before = Baseline::Known(Content::Text(replace(now, &undone).into()));
        self.reopen();
        self.compare(before, Content::Text(now.into()), |_, new| vec![None; new.len()]);
    }

    /// Moves from `current` to `now` by an edit of the user, in bytes of `current`. It is
    /// taken apart by lines where that is asked for, or needed to tell whose it is.
    fn absorb(&mut self, current: &str, now: Arc<str>, edit: TextEdit, by_lines: bool) {
        let Some((_, old)) = self.open_texts() else {
            self.follow(now, &[edit]);
            return;
        };
        if let Some(gone) = undone(current, &old, &edit, &now) {
            // Looked for anew, the other hunks might come out differently.
            self.set_texts(now, after_undoing(&old, &gone), |ids| ids.drop_gone(&gone));
            return;
        }

        let is_in_hunk = !by_lines && owner(current, &old, &edit) == Owner::Hunk;
        if is_in_hunk && let Some(blocks) = reshaped(current, &old, &edit) {
            let heirs = ids::moved(&old, &blocks, &[], &[edit]);
            self.set_texts(now, blocks, |ids| ids.pass_on(&heirs));
            return;
        }

        let owner = |edit: &TextEdit| owner(current, &old, edit);
        let edits = if by_lines || owner(&edit) == Owner::Both { split(current, &edit) } else { vec![edit] };
        let home = |edit: &TextEdit| match owner(edit) {
            Owner::Unchanged(home) => Some((edit.clone(), home)),
            Owner::Hunk | Owner::Both => None,
        };
        let homed: Vec<_> = edits.iter().filter_map(home).collect();
        if homed.len() == edits.len()
            && let Some(blocks) = shift(current, &old, &homed)
        {
            self.set_texts(now, blocks, |_| {});
            return;
        }

        let mapped: Vec<_> =
            homed.into_iter().map(|(edit, home)| TextEdit { range: home.before, text: edit.text }).collect();
        let before = replace(&Joined { after: current, blocks: &old }.text(), &mapped);
        let before = Baseline::Known(Content::Text(before.into()));
        self.compare(before, Content::Text(now), |old, new| ids::moved(old, new, &mapped, &edits));
    }

    /// Takes a text of the user as it is: the current text after `edits`. The baseline stays,
    /// but a settled review stays settled.
    fn follow(&mut self, now: Arc<str>, edits: &[TextEdit]) {
        let now = Content::Text(now);
        let before = if self.is_settled() { Baseline::Known(now.clone()) } else { self.baseline() };
        self.reopen();
        self.compare(before, now, |old, new| ids::moved(old, new, &[], edits));
    }
}

fn meet(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start <= b.end && b.start <= a.end
}

/// Blank lines say nothing of where a text comes from.
fn shares_a_line(left: &str, right: &str) -> bool {
    left.lines().any(|line| !line.trim().is_empty() && right.lines().any(|other| other == line))
}

/// Whether a changed stretch is nothing but some of what another one changed.
fn is_part(part: &Block, text: &str, whole: &Block, new: &str) -> bool {
    let is_within = whole.before().start <= part.before().start && part.before().end <= whole.before().end;
    is_within && text.lines().all(|line| new.lines().any(|other| other == line))
}
