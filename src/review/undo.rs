//! Telling an undo from any other edit.

use super::hunk::Block;
use crate::text::TextEdit;

/// How many ways of reading a text are followed at once. More come up only where many
/// hunks repeat each other, and then any of them will do.
const MAX_READINGS: usize = 16;

/// Which blocks are undone, where `now` is `after` with some of its blocks replaced by what
/// stood there before; `None` where it is not.
///
/// Only the texts tell: of two equal lines an editor may report either as the deleted one,
/// and a line diff may find either. Where the texts allow several readings, `edit` (in bytes
/// of `after`) says which blocks are likely meant.
pub(super) fn undone(after: &str, blocks: &[Block], edit: &TextEdit, now: &str) -> Option<Vec<bool>> {
    let is_undo = |block: &Block| block.after == edit.range && *block.old == *edit.text;
    if let Some(index) = blocks.iter().position(is_undo) {
        return Some((0..blocks.len()).map(|i| i == index).collect());
    }

    let mut steps = Steps::default();
    let mut heads = vec![Head { read: 0, last: None }];
    let mut at = 0;
    for block in blocks {
        let gap = after.get(at..block.after.start).unwrap_or_default();
        let old: &str = &block.old;
        let new = after.get(block.after.clone()).unwrap_or_default();
        at = block.after.end;

        let is_meant = block.after.start <= edit.range.end && edit.range.start <= block.after.end;
        let ways = if is_meant { [(old, true), (new, false)] } else { [(new, false), (old, true)] };
        let mut next: Vec<Head> = Vec::with_capacity(heads.len() + 1);
        for head in &heads {
            let Some(start) = skip(now, head.read, gap) else {
                continue;
            };
            for (text, is_undone) in ways {
                let Some(read) = skip(now, start, text) else {
                    continue;
                };
                if next.len() < MAX_READINGS && next.iter().all(|other| other.read != read) {
                    next.push(Head { read, last: Some(steps.push(head.last, is_undone)) });
                }
            }
        }
        heads = next;
        if heads.is_empty() {
            return None;
        }
    }

    let tail = after.get(at..).unwrap_or_default();
    let whole = heads.iter().find(|head| skip(now, head.read, tail) == Some(now.len()))?;
    Some(steps.path(whole.last))
}

/// A way of reading a text, so far.
struct Head {
    /// In bytes.
    read: usize,
    /// The index of its last step.
    last: Option<usize>,
}

/// How each block was read: a tree that the readings share.
#[derive(Default)]
struct Steps(Vec<(Option<usize>, bool)>);

impl Steps {
    fn push(&mut self, previous: Option<usize>, is_undone: bool) -> usize {
        self.0.push((previous, is_undone));
        self.0.len() - 1
    }

    /// The steps that lead to `last`, first to last.
    fn path(&self, last: Option<usize>) -> Vec<bool> {
        let step = |at: Option<usize>| at.and_then(|at| self.0.get(at));
        let mut path: Vec<bool> =
            std::iter::successors(step(last), |(previous, _)| step(*previous)).map(|(_, undone)| *undone).collect();
        path.reverse();
        path
    }
}

/// The place behind `expected`, where that stands at `start`.
fn skip(text: &str, start: usize, expected: &str) -> Option<usize> {
    let found = text.as_bytes().get(start..)?.starts_with(expected.as_bytes());
    found.then_some(start + expected.len())
}
