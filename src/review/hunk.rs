//! Stretches of lines that differ.

use std::ops::Range;
use std::sync::Arc;

use super::diff::{blocks, count_breaks};
use crate::text::TextEdit;

/// A stretch of lines that differs between two texts.
///
/// Lines are 0-based and end at `\n` only (a `\r` stays part of its line). A range is
/// half open; an empty one stands before the line it names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Hunk {
    /// The lines of the text before.
    pub before: Range<u32>,
    /// The lines that stand there after.
    pub after: Range<u32>,
}

/// The hunks between two texts: ordered, apart by at least one unchanged line, as few
/// changed lines as possible. Where more than 2000 lines are to be compared, the rest comes
/// out coarser after 200 ms of search.
pub fn hunks(before: &str, after: &str) -> Vec<Hunk> {
    blocks(before, after).into_iter().map(|b| b.lines).collect()
}

/// A hunk, where it is in both texts, and what the text before holds there: with the text after, all
/// blocks are enough to put the text before together. Offsets are in bytes (UTF-8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    pub lines: Hunk,
    /// Where it starts in the text before.
    pub before_start: usize,
    pub after: Range<usize>,
    /// Its text before. Copies of a review share it.
    pub old: Arc<str>,
}

impl Block {
    /// What it covers in the text before.
    pub fn before(&self) -> Range<usize> {
        self.before_start..self.before_start + self.old.len()
    }

    /// Whether both texts have no unchanged line between this block and the next.
    pub fn meets(&self, next: &Block) -> bool {
        self.before().end == next.before_start && self.after.end == next.after.start
    }

    /// Moves the old side by what an earlier block adds, where that one has become part of
    /// the old text.
    pub fn after_keeping(&mut self, earlier: &Block) {
        let grown = Growth::between(earlier, Side::Before);
        self.before_start = grown.byte(self.before_start);
        self.lines.before = grown.lines(&self.lines.before);
    }

    /// This block of the texts of another one, as a block of the whole texts.
    fn within(self, whole: &Block) -> Block {
        let lines = |range: Range<u32>, start: u32| start + range.start..start + range.end;
        Block {
            before_start: whole.before_start + self.before_start,
            after: whole.after.start + self.after.start..whole.after.start + self.after.end,
            lines: Hunk {
                before: lines(self.lines.before, whole.lines.before.start),
                after: lines(self.lines.after, whole.lines.after.start),
            },
            old: self.old,
        }
    }
}

/// The blocks that are left where the `gone` ones are replaced by what stood there before.
pub(super) fn after_undoing(blocks: &[Block], gone: &[bool]) -> Vec<Block> {
    let mut grown = Growth::default();
    let mut left = Vec::with_capacity(blocks.len());
    for (index, block) in blocks.iter().enumerate() {
        if gone.get(index).is_some_and(|gone| *gone) {
            let own = Growth::between(block, Side::After);
            grown = Growth { bytes: grown.bytes + own.bytes, lines: grown.lines + own.lines };
            continue;
        }
        left.push(grown.moved_after(block));
    }
    left
}

/// The blocks after an edit (in bytes of `after`) that lies in one of them and leaves whole lines
/// there: only that one is looked for anew, the rest of the texts may be long. `None` for other edits.
pub(super) fn reshaped(after: &str, old: &[Block], edit: &TextEdit) -> Option<Vec<Block>> {
    let index = old.partition_point(|block| block.after.end < edit.range.end);
    let block = old.get(index).filter(|block| !block.after.is_empty())?;
    if edit.range.start < block.after.start || edit.range.end >= block.after.end {
        return None;
    }
    let head = after.get(block.after.start..edit.range.start)?;
    let tail = after.get(edit.range.end..block.after.end)?;
    // A line break at the end stays, so that what follows begins a line.
    if !tail.ends_with('\n') || !block.old.ends_with('\n') {
        return None;
    }
    let text = [head, &edit.text, tail].concat();

    let mut new: Vec<Block> = Vec::with_capacity(old.len() + 1);
    new.extend_from_slice(old.get(..index)?);
    new.extend(blocks(&block.old, &text).into_iter().map(|part| part.within(block)));
    let grown = Growth {
        bytes: text.len().cast_signed() - block.after.len().cast_signed(),
        lines: u32::try_from(count_breaks(&text)).unwrap_or(u32::MAX).cast_signed()
            - (block.lines.after.end - block.lines.after.start).cast_signed(),
    };
    new.extend(old.get(index + 1..)?.iter().map(|later| grown.moved_after(later)));
    Some(new)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

/// How much longer a text has become; negative where it is shorter.
#[derive(Clone, Copy, Default)]
struct Growth {
    bytes: isize,
    lines: i32,
}

impl Growth {
    /// By how much `side` of a block grows where it takes the other side's text.
    fn between(block: &Block, side: Side) -> Self {
        let Hunk { before, after } = &block.lines;
        let bytes = block.after.len().cast_signed() - block.old.len().cast_signed();
        let lines = (after.end - after.start).cast_signed() - (before.end - before.start).cast_signed();
        match side {
            Side::Before => Self { bytes, lines },
            Side::After => Self { bytes: -bytes, lines: -lines },
        }
    }

    /// A block behind what has grown in the text after.
    fn moved_after(self, block: &Block) -> Block {
        Block {
            after: self.byte(block.after.start)..self.byte(block.after.end),
            lines: Hunk { before: block.lines.before.clone(), after: self.lines(&block.lines.after) },
            before_start: block.before_start,
            old: Arc::clone(&block.old),
        }
    }

    fn byte(self, at: usize) -> usize {
        at.saturating_add_signed(self.bytes)
    }

    fn lines(self, range: &Range<u32>) -> Range<u32> {
        range.start.saturating_add_signed(self.lines)..range.end.saturating_add_signed(self.lines)
    }
}
