//! Applying a patch to exactly the text it was made for.

use super::{Chunk, Kind};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Forward,
    Backward,
}

/// The other text of the patch, or `None` where anything does not match.
pub(super) fn apply(hunks: &[Chunk], text: &str, direction: Direction) -> Option<String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let (consumed, produced) = match direction {
        Direction::Forward => (Kind::Removed, Kind::Added),
        Direction::Backward => (Kind::Added, Kind::Removed),
    };

    let mut out = Output::default();
    let mut at = 0;
    for hunk in hunks {
        let start = hunk.start(consumed) as usize;
        // A start before `at` or after the end is no range, and no match.
        out.lines(lines.get(at..start)?)?;
        at = start;

        for line in &hunk.lines {
            if line.kind != produced {
                if *lines.get(at)? != line.text {
                    return None;
                }
                at += 1;
            }
            if line.kind != consumed {
                out.line(&line.text)?;
            }
        }
    }
    out.lines(lines.get(at..)?)?;

    let wants_empty = |side| hunks.iter().any(|hunk| hunk.says_empty(side));
    if (wants_empty(consumed) && !text.is_empty()) || (wants_empty(produced) && !out.text.is_empty()) {
        return None;
    }
    Some(out.text)
}

impl Chunk {
    /// The 0-based line it starts at in the text that holds the lines of kind `side`.
    fn start(&self, side: Kind) -> u32 {
        match side {
            Kind::Added => self.after,
            Kind::Kept | Kind::Removed => self.before,
        }
    }

    /// Whether it says that the text which would hold the lines of kind `side` is empty: it
    /// shows no line of it, not even around, and starts at its top.
    fn says_empty(&self, side: Kind) -> bool {
        let shown = |kind| kind == side || kind == Kind::Kept;
        self.start(side) == 0 && !self.lines.iter().any(|line| shown(line.kind))
    }
}

#[derive(Default)]
struct Output {
    text: String,
}

impl Output {
    /// Adds a line; nothing can follow one without a line break.
    fn line(&mut self, line: &str) -> Option<()> {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            return None;
        }
        self.text.push_str(line);
        Some(())
    }

    fn lines(&mut self, lines: &[&str]) -> Option<()> {
        lines.iter().try_for_each(|line| self.line(line))
    }
}
