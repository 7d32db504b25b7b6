//! The comments of a document, kept up with its edits: only lines that changed are read again.

use std::ops::Range;

use super::scanner::{Open, scan_line};
use super::{Comment, Syntax, wish_of};
use crate::text::{Document, Encoding, Point, Span};

/// Larger texts are not looked at, in bytes.
const MOST: usize = 2 * 1024 * 1024;

/// What was open anywhere is forgotten where it is more than this: it is searched from line to line.
const MOST_KINDS: usize = 1000;

/// An edit, in lines of the text before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineEdit {
    first: u32,
    /// How many breaks were removed, and are there instead.
    removed: u32,
    added: u32,
}

impl LineEdit {
    /// None for an edit of the whole text.
    pub fn of(span: Option<Span>, text: &str) -> Option<Self> {
        let Span { start, end } = span?;
        let (first, last) = (start.line.min(end.line), start.line.max(end.line));
        let added = Document::new(text).line_count().saturating_sub(1);
        Some(Self { first, removed: last - first, added })
    }
}

/// What was found in a document.
#[derive(Debug, Clone)]
pub struct Scanned {
    syntax: &'static Syntax,
    /// What is open at the beginning of each line: its place in `kinds`.
    open: Vec<u32>,
    /// Everything that was open anywhere; the first one is nothing.
    kinds: Vec<Open>,
    comments: Vec<Comment>,
}

impl Scanned {
    pub fn new(syntax: &'static Syntax, text: &Document) -> Self {
        let mut scanned = Self { syntax, open: Vec::new(), kinds: vec![Open::default()], comments: Vec::new() };
        scanned.read_all(text);
        scanned
    }

    /// In the order of their lines.
    pub fn comments(&self) -> &[Comment] {
        &self.comments
    }

    /// The text was edited, in this order; none of `edits` is known where the whole text is another one.
    /// Says whether the comments are others, or elsewhere.
    pub fn edited(&mut self, edits: &[Option<LineEdit>], text: &Document) -> bool {
        let before = self.comments.clone();
        self.update(edits, text);
        before != self.comments
    }

    /// The same; how many lines were read.
    pub(super) fn update(&mut self, edits: &[Option<LineEdit>], text: &Document) -> usize {
        let is_too_much = text.len_bytes() > MOST || self.kinds.len() > MOST_KINDS;
        let changed = if is_too_much { None } else { self.moved(edits) };
        // A lone CR may have become part of a CR LF: then the lines are not where they are thought to be.
        match changed.filter(|_| self.open.len() == count(text)) {
            Some(lines) => self.read(lines, text),
            None => self.read_all(text),
        }
    }

    /// Moves what is known to where it is now, and says which lines have to be read.
    fn moved(&mut self, edits: &[Option<LineEdit>]) -> Option<Range<usize>> {
        let mut changed: Option<Range<usize>> = None;
        for edit in edits {
            let LineEdit { first, removed, added } = (*edit)?;
            let (at, gone, new) = (index(first), index(removed), index(added));
            if at + gone >= self.open.len() {
                return None;
            }
            self.open.splice(at + 1..at + 1 + gone, std::iter::repeat_n(0, new));
            self.comments.retain(|comment| !(at..=at + gone).contains(&index(comment.line)));
            for comment in self.comments.iter_mut().filter(|comment| index(comment.line) > at) {
                comment.line = comment.line - removed + added;
            }
            let here = at..at + new + 1;
            changed = Some(match changed {
                None => here,
                Some(range) => {
                    let moved = |line: usize| match line {
                        line if line <= at => line,
                        line => (line.max(at + 1 + gone) - gone + new).max(at + 1),
                    };
                    moved(range.start).min(here.start)..moved(range.end).max(here.end)
                }
            });
        }
        Some(changed.unwrap_or_default())
    }

    fn read_all(&mut self, text: &Document) -> usize {
        self.comments.clear();
        self.kinds.truncate(1);
        self.open = vec![0; count(text)];
        if text.len_bytes() > MOST {
            return 0;
        }
        self.read(0..self.open.len(), text)
    }

    /// Reads these lines, and more until what follows is as it was; how many.
    fn read(&mut self, lines: Range<usize>, text: &Document) -> usize {
        let mut found = Vec::new();
        let mut at = lines.start;
        let mut open = self.kinds.get(self.open.get(at).copied().map_or(0, index)).cloned().unwrap_or_default();
        while at < self.open.len() {
            found.extend(self.comment_in(&mut open, at, text));
            at += 1;
            let kind = self.kind(&open);
            match self.open.get_mut(at) {
                Some(known) if at >= lines.end && *known == kind => break,
                Some(known) => *known = kind,
                None => break,
            }
        }
        self.comments.retain(|comment| !(lines.start..at).contains(&index(comment.line)));
        self.comments.extend(found);
        self.comments.sort_by_key(|comment| comment.line);
        at - lines.start
    }

    fn comment_in(&self, open: &mut Open, line: usize, text: &Document) -> Option<Comment> {
        let number = u32::try_from(line).ok()?;
        let start = text.offset(Point { line: number, character: 0 }, Encoding::Utf8);
        let end = text.offset(Point { line: number, character: u32::MAX }, Encoding::Utf8);
        let content = text.slice(start..end);
        let (at, inner) = scan_line(self.syntax, open, &content)?;
        let said = content[inner].trim_start_matches(|c: char| {
            c.is_whitespace() || matches!(c, '/' | '#' | '!' | '-' | '*' | ';' | '%' | '"' | '\'')
        });
        let said = said.trim_end();
        Some(Comment { line: number, at, wish: wish_of(said)?, text: said.to_owned() })
    }

    fn kind(&mut self, open: &Open) -> u32 {
        let known = self.kinds.iter().position(|known| known == open);
        let place = known.unwrap_or_else(|| {
            self.kinds.push(open.clone());
            self.kinds.len() - 1
        });
        u32::try_from(place).unwrap_or(0)
    }
}

fn count(text: &Document) -> usize {
    index(text.line_count())
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
