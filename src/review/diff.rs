//! The line diff.

use std::ops::Range;
use std::time::{Duration, Instant};

use similar::algorithms::IdentifyDistinct;
use similar::{Algorithm, DiffOp, capture_diff_deadline};

use super::hunk::{Block, Hunk};

/// How long the search for a small diff may take in large texts.
const TIME_LIMIT: Duration = Duration::from_millis(200);

/// How many lines, of both texts together, are searched without that limit. It takes less
/// even in a debug build, and hunks must not depend on how busy the machine is.
const UNLIMITED_LINES: usize = 2000;

/// The largest product of line counts for which the smallest diff is searched for;
/// above, heuristics keep the search short.
const EXACT_WORK: usize = 4_000_000;

/// The blocks that differ between two texts.
pub(super) fn blocks(before: &str, after: &str) -> Vec<Block> {
    if before == after {
        return Vec::new();
    }

    let prefix = common_prefix(before, after);
    let (old, new) = (tail(before, prefix), tail(after, prefix));
    let suffix = common_suffix(old, new);
    let old = Lines::new(old, suffix);
    let new = Lines::new(new, suffix);
    let first_line = count_breaks(before.get(..prefix).unwrap_or_default());

    gaps(&old, &new)
        .into_iter()
        .map(|(b, a)| {
            let range = old.bytes(&b, prefix);
            Block {
                before_start: range.start,
                after: new.bytes(&a, prefix),
                old: before.get(range).unwrap_or_default().into(),
                lines: Hunk { before: lines(b, first_line), after: lines(a, first_line) },
            }
        })
        .collect()
}

/// The number of `\n` in a text.
pub(super) fn count_breaks(text: &str) -> usize {
    text.bytes().filter(|&b| b == b'\n').count()
}

/// The differing stretches, in lines of `old` and `new`.
fn gaps(old: &Lines<'_>, new: &Lines<'_>) -> Vec<(Range<usize>, Range<usize>)> {
    let (old_len, new_len) = (old.lines.len(), new.lines.len());
    if old_len == 0 || new_len == 0 {
        return vec![(0..old_len, 0..new_len)];
    }

    let algorithm = if old_len.saturating_mul(new_len) <= EXACT_WORK { Algorithm::RawMyers } else { Algorithm::Myers };
    let ids = IdentifyDistinct::<u32>::new(&old.lines, 0..old_len, &new.lines, 0..new_len);
    // Only the search is limited: what comes before it grows no faster than the text.
    let is_limited = old_len.saturating_add(new_len) > UNLIMITED_LINES;
    let deadline = if is_limited { Instant::now().checked_add(TIME_LIMIT) } else { None };
    let ops = capture_diff_deadline(
        algorithm,
        ids.old_lookup(),
        ids.old_range(),
        ids.new_lookup(),
        ids.new_range(),
        deadline,
    );

    let mut gaps = Vec::new();
    let (mut o, mut n) = (0, 0);
    let equal = ops.into_iter().filter_map(|op| match op {
        DiffOp::Equal { old_index, new_index, len } => Some((old_index, new_index, len)),
        _ => None,
    });
    for (old_index, new_index, len) in equal.chain([(old_len, new_len, 0)]) {
        if o < old_index || n < new_index {
            gaps.push((o..old_index, n..new_index));
        }
        (o, n) = (old_index + len, new_index + len);
    }
    gaps
}

/// The lines of a text, and where they start in it.
struct Lines<'a> {
    lines: Vec<&'a str>,
    /// In bytes; one more than there are lines: the last is the end.
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    /// The lines of `text` without its last `suffix` bytes.
    fn new(text: &'a str, suffix: usize) -> Self {
        let text = text.get(..text.len().saturating_sub(suffix)).unwrap_or(text);
        let lines: Vec<_> = text.split_inclusive('\n').collect();
        let mut starts = Vec::with_capacity(lines.len() + 1);
        let mut at = 0;
        starts.push(at);
        for line in &lines {
            at += line.len();
            starts.push(at);
        }
        Self { lines, starts }
    }

    fn bytes(&self, lines: &Range<usize>, offset: usize) -> Range<usize> {
        let at = |line: usize| offset + self.starts.get(line).copied().unwrap_or_default();
        at(lines.start)..at(lines.end)
    }
}

fn lines(range: Range<usize>, first: usize) -> Range<u32> {
    let line = |n: usize| u32::try_from(first + n).unwrap_or(u32::MAX);
    line(range.start)..line(range.end)
}

fn tail(text: &str, from: usize) -> &str {
    text.get(from..).unwrap_or_default()
}

/// How many bytes of whole lines both texts start with.
fn common_prefix(a: &str, b: &str) -> usize {
    const STEP: usize = 64;
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let steps = a.chunks_exact(STEP).zip(b.chunks_exact(STEP));
    let skip = steps.take_while(|(x, y)| x == y).count() * STEP;
    let rest = a.iter().zip(b).skip(skip);
    let equal = skip + rest.take_while(|(x, y)| x == y).count();

    // The last line in common may go on differently in one of the texts.
    a.iter().take(equal).rposition(|&b| b == b'\n').map_or(0, |at| at + 1)
}

/// How many bytes of whole lines both texts end with.
fn common_suffix(a: &str, b: &str) -> usize {
    const STEP: usize = 64;
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let steps = a.rchunks_exact(STEP).zip(b.rchunks_exact(STEP));
    let skip = steps.take_while(|(x, y)| x == y).count() * STEP;
    let rest = a.iter().rev().zip(b.iter().rev()).skip(skip);
    let equal = skip + rest.take_while(|(x, y)| x == y).count();

    // The first line in common may begin earlier in one of the texts.
    a.iter().skip(a.len() - equal).position(|&b| b == b'\n').map_or(0, |at| equal - at - 1)
}
