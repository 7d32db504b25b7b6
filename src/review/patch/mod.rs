//! Unified patches of one file, as opencode sends them.

mod apply;
mod parse;

use std::ops::Range;

use super::hunk::Hunk;

/// A patch of one file.
///
/// It holds what the patch says and trusts none of it: applying compares every line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    hunks: Vec<Chunk>,
}

/// Why a text is no patch of one file. Lines are 1-based, for people to read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    /// Nothing but white space: what opencode sends for a binary file.
    #[error("the patch is empty")]
    Empty,
    /// Neither a file header nor a hunk.
    #[error("neither a file header nor a hunk")]
    NotAPatch,
    /// A line that should start a hunk does not.
    #[error("line {line}: not a hunk header")]
    Header {
        /// 1-based line of the patch.
        line: usize,
    },
    /// A hunk whose place does not follow from the hunks before it.
    #[error("line {line}: the hunk is out of place")]
    Misplaced {
        /// 1-based line of the patch.
        line: usize,
    },
    /// A line inside a hunk that is neither kept, removed nor added.
    #[error("line {line}: not a line of a hunk")]
    Body {
        /// 1-based line of the patch.
        line: usize,
    },
    /// The patch ends before its last hunk does.
    #[error("the patch is cut off")]
    Truncated,
    /// The patch goes on with another file.
    #[error("line {line}: a second file")]
    SecondFile {
        /// 1-based line of the patch.
        line: usize,
    },
}

/// One `@@` section.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Chunk {
    /// 0-based line of the old text it starts at.
    before: u32,
    /// 0-based line of the new text it starts at.
    after: u32,
    lines: Vec<Line>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    kind: Kind,
    /// With its `\n`, unless the patch says that there is none.
    text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Kept,
    Removed,
    Added,
}

impl Patch {
    /// Reads opencode's form: an `Index:` line and a `====` line (both optional), `---`
    /// and `+++` (optional, names and what follows them are ignored), then the hunks.
    ///
    /// A patch that has a file header and no hunks is valid and changes nothing.
    pub fn parse(text: &str) -> Result<Patch, PatchError> {
        parse::parse(text)
    }

    /// The text after the patch, or `None` where `before` is not exactly the text that it
    /// was made for, as far as the patch shows it: at the stated lines, with the same
    /// line endings and the same end of file. A hunk at the top that shows no line of a
    /// text (`-0,0`, `+0,0`) says that this text is empty.
    pub fn apply(&self, before: &str) -> Option<String> {
        apply::apply(&self.hunks, before, apply::Direction::Forward)
    }

    /// The text before the patch, or `None` where `after` is not exactly the text that it
    /// leads to, compared like [`Patch::apply`] does.
    pub fn reverse(&self, after: &str) -> Option<String> {
        apply::apply(&self.hunks, after, apply::Direction::Backward)
    }

    /// The lines of the old text (0-based, half open, split at `\n`) that are removed or
    /// replaced; an empty range where lines are only inserted.
    pub fn changed_lines_before(&self) -> Vec<Range<u32>> {
        self.runs().into_iter().map(|run| run.before).collect()
    }

    /// The lines of the new text (0-based, half open, split at `\n`) that are inserted or
    /// replace others; an empty range where lines are only removed.
    pub fn changed_lines_after(&self) -> Vec<Range<u32>> {
        self.runs().into_iter().map(|run| run.after).collect()
    }

    /// The stretches without an unchanged line in between.
    fn runs(&self) -> Vec<Hunk> {
        let mut runs: Vec<Hunk> = Vec::new();
        for chunk in &self.hunks {
            let (mut before, mut after) = (chunk.before, chunk.after);
            for line in &chunk.lines {
                let (removed, added) = match line.kind {
                    Kind::Kept => (0, 0),
                    Kind::Removed => (1, 0),
                    Kind::Added => (0, 1),
                };
                if line.kind == Kind::Kept {
                    (before, after) = (before.saturating_add(1), after.saturating_add(1));
                    continue;
                }

                let next = (before.saturating_add(removed), after.saturating_add(added));
                match runs.last_mut() {
                    Some(run) if run.before.end == before && run.after.end == after => {
                        (run.before.end, run.after.end) = next;
                    }
                    _ => runs.push(Hunk { before: before..next.0, after: after..next.1 }),
                }
                (before, after) = next;
            }
        }
        runs
    }
}

#[cfg(test)]
mod tests;
