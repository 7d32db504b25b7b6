//! Whose an edit of the current text is: of the unchanged text, which the baseline shares,
//! or of a hunk.

use std::ops::Range;
use std::sync::Arc;

use super::diff::{blocks, count_breaks};
use super::hunk::{Block, Hunk};
use crate::text::TextEdit;

/// Where an edit of unchanged text belongs in the baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Home {
    /// The index of the first block after the edit.
    pub next: usize,
    /// The bytes (UTF-8) of the baseline that correspond to the edited ones.
    pub before: Range<usize>,
}

/// Whose an edit is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Owner {
    /// It lies wholly in unchanged text.
    Unchanged(Home),
    /// It lies wholly in a hunk.
    Hunk,
    /// It touches a hunk and what is beside it.
    Both,
}

/// Whose an edit of `after` is. Its range must lie in `after`, on character boundaries.
pub(super) fn owner(after: &str, blocks: &[Block], edit: &TextEdit) -> Owner {
    let Range { start, end } = edit.range;
    // At a place where lines were deleted, two stretches meet.
    let first = blocks.partition_point(|block| block.after.start < end);
    for next in first..=blocks.len() {
        let gap = Gap::new(after, blocks, next);
        if gap.after.start > start {
            break;
        }
        if end > gap.after.end || !gap.takes(after, edit) {
            continue;
        }
        let offset = |at: usize| at - gap.after.start + gap.before_start;
        return Owner::Unchanged(Home { next, before: offset(start)..offset(end) });
    }

    let holds = |block: &Block| block.after.start <= start && end <= block.after.end;
    let touched = blocks.partition_point(|block| block.after.end < end);
    if blocks.get(touched).is_some_and(holds) {
        return Owner::Hunk;
    }
    Owner::Both
}

/// A stretch of unchanged text between two blocks.
struct Gap<'a> {
    /// Bytes of the current text.
    after: Range<usize>,
    /// The byte of the baseline where the same text starts.
    before_start: usize,
    previous: Option<&'a Block>,
    next: Option<&'a Block>,
}

impl<'a> Gap<'a> {
    /// The stretch before the block with index `next`.
    fn new(after: &str, blocks: &'a [Block], next: usize) -> Self {
        let previous = next.checked_sub(1).and_then(|i| blocks.get(i));
        let next = blocks.get(next);
        let start = previous.map_or(0, |block| block.after.end);
        let end = next.map_or(after.len(), |block| block.after.start);
        let before_start = previous.map_or(0, |block| block.before().end);
        Self { after: start..end, before_start, previous, next }
    }

    /// Whether an edit within the bounds of this stretch changes nothing beside it: it
    /// must leave whole lines behind, or it would change the first line of the next hunk.
    fn takes(&self, after: &str, edit: &TextEdit) -> bool {
        let Range { start, end } = edit.range;
        // After a last line without a break, what is typed goes on with that line.
        if self.previous.is_some_and(|block| !block.old.is_empty() && !block.old.ends_with('\n'))
            || !is_line_start(after, self.after.start)
        {
            return false;
        }

        let inserts = start == end;
        if inserts && start == self.after.start && self.previous.is_some_and(is_deletion) {
            // Whole lines at this place may well be the deleted ones coming back.
            return !self.after.is_empty() && !edit.text.contains('\n');
        }
        let Some(next) = self.next else {
            return true;
        };
        if end < self.after.end {
            return true;
        }
        if inserts && is_deletion(next) {
            return false;
        }
        if edit.text.is_empty() {
            return is_line_start(after, start);
        }
        edit.text.ends_with('\n')
    }
}

fn is_deletion(block: &Block) -> bool {
    block.after.is_empty()
}

fn is_line_start(text: &str, at: usize) -> bool {
    text.get(..at).is_some_and(|head| head.is_empty() || head.ends_with('\n'))
}

/// An edit as the line edits it amounts to, ordered and apart by at least one line.
///
/// The edit's range must lie in `text`, on character boundaries.
pub(super) fn split(text: &str, edit: &TextEdit) -> Vec<TextEdit> {
    let Range { start, end } = edit.range;
    let (Some(head), Some(rest)) = (text.get(..start), text.get(end..)) else {
        return Vec::new();
    };
    let first = head.rfind('\n').map_or(0, |at| at + 1);
    let lead = head.get(first..).unwrap_or_default();
    let whole_lines =
        is_line_start(text, end) && (edit.text.ends_with('\n') || (edit.text.is_empty() && lead.is_empty()));
    let trail = if whole_lines { "" } else { rest.split_inclusive('\n').next().unwrap_or_default() };

    let old = text.get(first..end + trail.len()).unwrap_or_default();
    let new = [lead, &edit.text, trail].concat();
    blocks(old, &new)
        .into_iter()
        .map(|block| TextEdit {
            range: first + block.before().start..first + block.before().end,
            text: new.get(block.after).unwrap_or_default().to_owned(),
        })
        .collect()
}

/// A text with edits applied. They must be ordered and apart, in bytes of `text`.
pub fn replace(text: &str, edits: &[TextEdit]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        out.push_str(text.get(at..edit.range.start).unwrap_or_default());
        out.push_str(&edit.text);
        at = edit.range.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// The blocks after edits that all have a home, or `None` where they must be looked for
/// anew because two of them meet.
///
/// `edits` are in bytes of `after`, ordered.
pub(super) fn shift(after: &str, blocks: &[Block], edits: &[(TextEdit, Home)]) -> Option<Vec<Block>> {
    let mut delta = Delta::default();
    let mut edits = edits.iter().peekable();
    let mut shifted: Vec<Block> = Vec::with_capacity(blocks.len());
    for (index, block) in blocks.iter().enumerate() {
        while let Some((edit, _)) = edits.next_if(|(_, home)| home.next <= index) {
            delta.add(after.get(edit.range.clone()).unwrap_or_default(), &edit.text);
        }
        let block = delta.moved(block);
        if shifted.last().is_some_and(|last| last.meets(&block)) {
            return None;
        }
        shifted.push(block);
    }
    Some(shifted)
}

/// How far what follows the edits has moved. Blocks are preceded by whole lines, so lines
/// are as many as line breaks.
#[derive(Default)]
struct Delta {
    removed: (usize, usize),
    added: (usize, usize),
}

impl Delta {
    fn add(&mut self, old: &str, new: &str) {
        self.removed.0 += old.len();
        self.removed.1 += count_breaks(old);
        self.added.0 += new.len();
        self.added.1 += count_breaks(new);
    }

    fn moved(&self, block: &Block) -> Block {
        let byte = |at: usize| (at + self.added.0).saturating_sub(self.removed.0);
        let line = |at: u32| {
            let line = (at as usize + self.added.1).saturating_sub(self.removed.1);
            u32::try_from(line).unwrap_or(u32::MAX)
        };
        let lines = |range: &Range<u32>| line(range.start)..line(range.end);
        Block {
            before_start: byte(block.before_start),
            after: byte(block.after.start)..byte(block.after.end),
            lines: Hunk { before: lines(&block.lines.before), after: lines(&block.lines.after) },
            old: Arc::clone(&block.old),
        }
    }
}
