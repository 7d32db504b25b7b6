//! Names of hunks that outlive edits.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::hunk::Block;
use crate::text::TextEdit;

/// Names a hunk within its review. It is never used for another one of the same review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HunkId(pub u64);

impl fmt::Display for HunkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The ids of a review's blocks.
#[derive(Debug, Clone, Default)]
pub(super) struct Ids {
    /// In the order of the blocks. Copies of a review share them.
    given: Arc<[HunkId]>,
    next: u64,
}

impl Ids {
    pub fn get(&self, index: usize) -> Option<HunkId> {
        self.given.get(index).copied()
    }

    pub fn index(&self, id: HunkId) -> Option<usize> {
        self.given.iter().position(|given| *given == id)
    }

    pub fn clear(&mut self) {
        self.given = Arc::default();
    }

    /// Forgets the id of one block.
    pub fn remove(&mut self, index: usize) {
        let others = self.given.iter().enumerate().filter(|(at, _)| *at != index);
        self.given = others.map(|(_, id)| *id).collect();
    }

    /// Forgets the ids of the `gone` blocks.
    pub fn drop_gone(&mut self, gone: &[bool]) {
        let mut gone = gone.iter();
        let left = self.given.iter().filter(|_| !gone.next().is_some_and(|gone| *gone));
        self.given = left.copied().collect();
    }

    /// Names blocks by the old blocks they are: each stands for an index, and no index may
    /// come twice. The others get new ids.
    pub fn pass_on(&mut self, heirs: &[Option<usize>]) {
        let mut given = Vec::with_capacity(heirs.len());
        for heir in heirs {
            let inherited = heir.and_then(|index| self.get(index));
            given.push(inherited.unwrap_or_else(|| self.fresh()));
        }
        self.given = given.into();
    }

    fn fresh(&mut self) -> HunkId {
        let id = HunkId(self.next);
        self.next += 1;
        id
    }
}

/// Which old block each new block is, where only blocks that replace the same lines of the
/// baseline by the same text are the same. The baseline must not have moved.
pub(super) fn unchanged(old: (&[Block], &str), new: (&[Block], &str)) -> Vec<Option<usize>> {
    let (old_blocks, old_text) = old;
    let (new_blocks, new_text) = new;
    // Ranges of one text that lie apart are in order: each is found at one place at most.
    let same = |block: &Block| {
        let place = |block: &Block| (block.before_start, block.old.len());
        let index = old_blocks.partition_point(|old| place(old) < place(block));
        let old = old_blocks.get(index).filter(|old| place(old) == place(block))?;
        (old_text.get(old.after.clone()) == new_text.get(block.after.clone())).then_some(index)
    };
    new_blocks.iter().map(same).collect()
}

/// Which old block each new block is after edits of the user, of the baseline and of the
/// current text (each ordered, in bytes of the text before them).
///
/// A block that is where an old one has moved to is that one. Of the others a block is the
/// one old block it overlaps or touches in both texts, unless there are several, or an
/// earlier block is that one.
pub(super) fn moved(
    old: &[Block],
    new: &[Block],
    before_edits: &[TextEdit],
    after_edits: &[TextEdit],
) -> Vec<Option<usize>> {
    let before = follow(old.iter().map(Block::before), before_edits);
    let after = follow(old.iter().map(|block| block.after.clone()), after_edits);
    let places: Vec<Place> = before.into_iter().zip(after).map(|(before, after)| Place { before, after }).collect();

    let mut taken = vec![false; old.len()];
    let mut heirs: Vec<Option<usize>> = new.iter().map(|block| claim(&mut taken, &places, block, Place::is)).collect();
    for (heir, block) in heirs.iter_mut().zip(new) {
        if heir.is_none() {
            *heir = claim(&mut taken, &places, block, Place::touches);
        }
    }
    heirs
}

/// Finds the only place that `fits` a block, unless it is taken, and takes it.
fn claim(taken: &mut [bool], places: &[Place], block: &Block, fits: impl Fn(&Place, &Block) -> bool) -> Option<usize> {
    let first = places.partition_point(|place| place.after.end < block.after.start);
    let near = places.iter().enumerate().skip(first).take_while(|(_, place)| place.after.start <= block.after.end);
    let mut fitting = near.filter(|(_, place)| fits(place, block));
    let (index, _) = fitting.next()?;
    if fitting.next().is_some() {
        return None;
    }
    let was_taken = std::mem::replace(taken.get_mut(index)?, true);
    (!was_taken).then_some(index)
}

/// Where an old block has moved to, in bytes of both texts.
struct Place {
    before: Range<usize>,
    after: Range<usize>,
}

impl Place {
    fn is(&self, block: &Block) -> bool {
        self.before == block.before() && self.after == block.after
    }

    fn touches(&self, block: &Block) -> bool {
        let meet = |a: &Range<usize>, b: &Range<usize>| a.start <= b.end && b.start <= a.end;
        meet(&self.before, &block.before()) && meet(&self.after, &block.after)
    }
}

/// Where ranges of a text are after edits of it. What is put in at the very ends of a range
/// is outside of it, and of an edit that reaches into a range all that it put in is inside.
fn follow(ranges: impl Iterator<Item = Range<usize>>, edits: &[TextEdit]) -> Vec<Range<usize>> {
    let mut grown: Vec<isize> = Vec::with_capacity(edits.len() + 1);
    let mut sum = 0;
    grown.push(sum);
    for edit in edits {
        sum += edit.text.len().cast_signed() - edit.range.len().cast_signed();
        grown.push(sum);
    }
    let after = |edits: usize, at: usize| at.saturating_add_signed(grown.get(edits).copied().unwrap_or_default());

    let start = |at: usize| {
        let passed = edits.partition_point(|edit| edit.range.end <= at);
        let around = edits.get(passed).filter(|edit| edit.range.start < at);
        after(passed, around.map_or(at, |edit| edit.range.start))
    };
    let end = |at: usize| {
        let begun = edits.partition_point(|edit| edit.range.start < at);
        let around = begun.checked_sub(1).and_then(|last| edits.get(last)).filter(|edit| edit.range.end > at);
        after(begun, around.map_or(at, |edit| edit.range.end))
    };
    let follow = |range: Range<usize>| {
        let (start, end) = (start(range.start), end(range.end));
        start.min(end)..start.max(end)
    };
    ranges.map(follow).collect()
}
