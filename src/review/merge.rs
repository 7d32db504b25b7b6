//! Two changes of one text, brought together.

use std::ops::Range;

use super::diff::blocks;
use super::hunk::Block;
use crate::text::TextEdit;

/// The edits of `ours` that bring the changes from `base` to `theirs` into it: in its bytes
/// (UTF-8), on whole lines, ordered and apart. `None` where both sides changed the same or
/// touching lines differently. What both changed alike needs no edit.
pub fn merge(base: &str, ours: &str, theirs: &str) -> Option<Vec<TextEdit>> {
    if ours == theirs {
        return Some(Vec::new());
    }
    let mut ours = Side::new(base, ours);
    let mut theirs = Side::new(base, theirs);
    let mut edits = Vec::new();
    while let Some(stretch) = next_stretch(&mut ours, &mut theirs) {
        let Stretch { ours: our_part, theirs: their_part } = stretch;
        if their_part.blocks == 0 {
            continue;
        }
        let (old, new) = (ours.text.get(our_part.range.clone())?, theirs.text.get(their_part.range)?);
        if old == new {
            continue;
        }
        if our_part.blocks > 0 {
            return None;
        }
        edits.push(TextEdit { range: our_part.range, text: new.to_owned() });
    }
    Some(edits)
}

/// A changed text, read block by block.
struct Side<'a> {
    text: &'a str,
    blocks: Vec<Block>,
    /// The index of the next block.
    next: usize,
}

/// A stretch of the base that has changed, as both sides have it.
struct Stretch {
    ours: Part,
    theirs: Part,
}

/// What a side has in place of a stretch of the base.
struct Part {
    /// Bytes of its text.
    range: Range<usize>,
    /// How many blocks of the side are in the stretch.
    blocks: usize,
}

impl<'a> Side<'a> {
    fn new(base: &str, text: &'a str) -> Self {
        Self { text, blocks: blocks(base, text), next: 0 }
    }

    fn peek(&self) -> Option<Range<usize>> {
        self.blocks.get(self.next).map(Block::before)
    }

    /// Takes the blocks that start before byte `end` of the base or right there, and says
    /// how far all of it reaches.
    fn take(&mut self, mut end: usize) -> usize {
        while let Some(block) = self.peek().filter(|block| block.start <= end) {
            end = end.max(block.end);
            self.next += 1;
        }
        end
    }

    /// What stands for `stretch`, whose blocks are those from `first` to the next.
    fn part(&self, stretch: &Range<usize>, first: usize) -> Part {
        // Unchanged text is as long in both: count from the block before it.
        let origin = |index: usize| {
            let block = index.checked_sub(1).and_then(|last| self.blocks.get(last));
            block.map_or((0, 0), |block| (block.before().end, block.after.end))
        };
        let place = |at: usize, (before, after): (usize, usize)| at - before + after;
        let start = place(stretch.start, origin(first));
        let end = place(stretch.end, origin(self.next));
        Part { range: start..end, blocks: self.next - first }
    }
}

/// The next stretch of changes that overlap or touch each other, and are apart from all
/// others.
fn next_stretch(ours: &mut Side<'_>, theirs: &mut Side<'_>) -> Option<Stretch> {
    let start = [ours.peek(), theirs.peek()].into_iter().flatten().map(|block| block.start).min()?;
    let (our_first, their_first) = (ours.next, theirs.next);
    let mut end = start;
    loop {
        let reached = theirs.take(ours.take(end));
        if reached == end {
            break;
        }
        end = reached;
    }
    let stretch = start..end;
    Some(Stretch { ours: ours.part(&stretch, our_first), theirs: theirs.part(&stretch, their_first) })
}
