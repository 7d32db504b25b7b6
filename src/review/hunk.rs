//! Stretches of lines that differ.

use std::ops::Range;

use super::diff::blocks;

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
/// changed lines as possible. After 200 ms of search the rest comes out coarser.
pub fn hunks(before: &str, after: &str) -> Vec<Hunk> {
    blocks(before, after).into_iter().map(|b| b.lines).collect()
}

/// A hunk and the bytes (UTF-8) it covers in both texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    pub lines: Hunk,
    pub before: Range<usize>,
    pub after: Range<usize>,
}

impl Block {
    /// Whether both texts have no unchanged line between this block and the next.
    pub fn meets(&self, next: &Block) -> bool {
        self.before.end == next.before.start && self.after.end == next.after.start
    }
    /// Moves this block's old side by what `earlier` adds, where that one has become part
    /// of the old text.
    pub fn rebase(&mut self, earlier: &Block) {
        let byte = |at: usize| (at + earlier.after.len()).saturating_sub(earlier.before.len());
        self.before = byte(self.before.start)..byte(self.before.end);

        let (old, new) = (&earlier.lines.before, &earlier.lines.after);
        let line = |at: u32| {
            at.saturating_add(new.end.saturating_sub(new.start)).saturating_sub(old.end.saturating_sub(old.start))
        };
        self.lines.before = line(self.lines.before.start)..line(self.lines.before.end);
    }
}
