//! Telling an undo from any other edit.

use super::hunk::Block;

/// How many ways of reading a text are followed at once. More come up only where many
/// hunks repeat each other, and then any of them will do.
const MAX_READINGS: usize = 16;

/// Whether `now` is `after` with some of its blocks replaced by what stood there before.
///
/// Only the texts tell: of two equal lines an editor may report either as the deleted one,
/// and a line diff may find either.
pub(super) fn only_undoes(before: &str, after: &str, blocks: &[Block], now: &str) -> bool {
    let now = now.as_bytes();
    // How much of `now` is read, in bytes, for every way to read it so far.
    let mut read = vec![0];
    let mut at = 0;
    for block in blocks {
        let gap = after.get(at..block.after.start).unwrap_or_default();
        let old = before.get(block.before.clone()).unwrap_or_default();
        let new = after.get(block.after.clone()).unwrap_or_default();
        at = block.after.end;

        let mut next = Vec::with_capacity(read.len() + 1);
        for start in read.iter().filter_map(|&start| skip(now, start, gap)) {
            for end in [old, new].iter().filter_map(|text| skip(now, start, text)) {
                if !next.contains(&end) && next.len() < MAX_READINGS {
                    next.push(end);
                }
            }
        }
        read = next;
        if read.is_empty() {
            return false;
        }
    }

    let tail = after.get(at..).unwrap_or_default();
    let is_end = |&start: &usize| skip(now, start, tail) == Some(now.len());
    read.iter().any(is_end)
}

/// The place behind `expected`, where that stands at `start`.
fn skip(text: &[u8], start: usize, expected: &str) -> Option<usize> {
    let found = text.get(start..)?.starts_with(expected.as_bytes());
    found.then_some(start + expected.len())
}
