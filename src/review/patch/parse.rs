//! Reading a patch.

use super::{Chunk, Kind, Line, Patch, PatchError};

pub(super) fn parse(text: &str) -> Result<Patch, PatchError> {
    if text.trim().is_empty() {
        return Err(PatchError::Empty);
    }

    let mut lines = Lines::new(text);
    let has_header = skip_header(&mut lines)?;
    let mut hunks: Vec<Chunk> = Vec::new();
    let mut next = Place::default();
    while let Some(line) = lines.next() {
        if line.trim_end().is_empty() {
            continue;
        }
        let number = lines.number;
        if starts_file(line) {
            return Err(PatchError::SecondFile { line: number });
        }

        let header = Header::parse(line).ok_or(PatchError::Header { line: number })?;
        let (before, after) = (header.before.first(), header.after.first());
        let (Some(before), Some(after)) = (before, after) else {
            return Err(PatchError::Header { line: number });
        };
        // Between two hunks both texts have the same lines.
        let between = before.checked_sub(next.before);
        if between.is_none() || between != after.checked_sub(next.after) {
            return Err(PatchError::Misplaced { line: number });
        }
        next = Place {
            before: before.saturating_add(header.before.count),
            after: after.saturating_add(header.after.count),
        };
        hunks.push(Chunk { before, after, lines: body(&mut lines, &header)? });
    }

    if hunks.is_empty() && !has_header {
        return Err(PatchError::NotAPatch);
    }
    Ok(Patch { hunks })
}

/// Goes to the first hunk, and says whether there was a `---` and `+++` header before it.
fn skip_header(lines: &mut Lines<'_>) -> Result<bool, PatchError> {
    let (mut old, mut new) = (false, false);
    while let Some(line) = lines.peek() {
        if line.starts_with("@@") {
            break;
        }
        let number = lines.number + 1;
        for (mark, seen) in [("--- ", &mut old), ("+++ ", &mut new)] {
            if line.starts_with(mark) && std::mem::replace(seen, true) {
                return Err(PatchError::SecondFile { line: number });
            }
        }
        lines.next();
    }
    Ok(old && new)
}

fn starts_file(line: &str) -> bool {
    ["Index: ", "diff ", "--- ", "+++ ", "===="].iter().any(|mark| line.starts_with(mark))
}

/// The lines of a hunk, as many as its header states.
fn body(lines: &mut Lines<'_>, header: &Header) -> Result<Vec<Line>, PatchError> {
    let (mut old, mut new) = (header.before.count, header.after.count);
    let mut body: Vec<Line> = Vec::new();
    loop {
        if let Some(last) = body.last_mut()
            && lines.peek().is_some_and(|line| line.starts_with('\\'))
        {
            // "\ No newline at end of file", in whatever language.
            lines.next();
            if last.text.ends_with('\n') {
                last.text.pop();
            }
            continue;
        }
        if old == 0 && new == 0 {
            return Ok(body);
        }

        let line = lines.next().ok_or(PatchError::Truncated)?;
        let wrong = PatchError::Body { line: lines.number };
        let (kind, text) = split_mark(line).ok_or(wrong.clone())?;
        let left = match kind {
            Kind::Kept => (old.checked_sub(1), new.checked_sub(1)),
            Kind::Removed => (old.checked_sub(1), Some(new)),
            Kind::Added => (Some(old), new.checked_sub(1)),
        };
        let (Some(old_left), Some(new_left)) = left else {
            return Err(wrong);
        };
        (old, new) = (old_left, new_left);
        body.push(Line { kind, text: format!("{text}\n") });
    }
}

fn split_mark(line: &str) -> Option<(Kind, &str)> {
    // Some senders strip the white space of an empty unchanged line.
    if line.is_empty() || line == "\r" {
        return Some((Kind::Kept, line));
    }
    if let Some(text) = line.strip_prefix(' ') {
        return Some((Kind::Kept, text));
    }
    if let Some(text) = line.strip_prefix('-') {
        return Some((Kind::Removed, text));
    }
    Some((Kind::Added, line.strip_prefix('+')?))
}

/// Where the next hunk may start, 0-based.
#[derive(Default)]
struct Place {
    before: u32,
    after: u32,
}

struct Header {
    before: Stated,
    after: Stated,
}

impl Header {
    /// `@@ -1,2 +3,4 @@` and anything after it; a missing count is 1.
    fn parse(line: &str) -> Option<Header> {
        let rest = line.strip_prefix("@@ -")?;
        let (ranges, _) = rest.split_once(" @@")?;
        let (before, after) = ranges.split_once(" +")?;
        Some(Header { before: Stated::parse(before)?, after: Stated::parse(after)? })
    }
}

/// A range as a hunk header states it.
struct Stated {
    /// 1-based first line; of an empty range the line before it.
    start: u32,
    count: u32,
}

impl Stated {
    fn parse(text: &str) -> Option<Stated> {
        let (start, count) = text.split_once(',').unwrap_or((text, "1"));
        Some(Stated { start: start.parse().ok()?, count: count.parse().ok()? })
    }

    /// The 0-based first line.
    fn first(&self) -> Option<u32> {
        if self.count == 0 {
            return Some(self.start);
        }
        self.start.checked_sub(1)
    }
}

/// The lines of the patch without their `\n`.
struct Lines<'a> {
    lines: std::iter::Peekable<std::str::Split<'a, char>>,
    /// 1-based number of the line that came last.
    number: usize,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        let text = text.strip_suffix('\n').unwrap_or(text);
        Self { lines: text.split('\n').peekable(), number: 0 }
    }

    fn peek(&mut self) -> Option<&'a str> {
        self.lines.peek().copied()
    }

    fn next(&mut self) -> Option<&'a str> {
        let line = self.lines.next()?;
        self.number += 1;
        Some(line)
    }
}
