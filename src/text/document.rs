//! A text that is edited in small steps.

use std::ops::Range;

use ropey::{Rope, RopeSlice};

use super::{Encoding, Point, Span};

/// A replacement in a text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TextEdit {
    /// What is replaced: bytes (UTF-8) of the text before the edit, half open.
    pub range: Range<usize>,
    /// What stands there afterwards.
    pub text: String,
}

/// A text held as a rope: cheap to clone, cheap to edit anywhere.
///
/// Lines end at exactly `\n`, `\r\n` and `\r`. Line endings and a byte order mark are
/// kept as they are. No input makes a method panic: everything is clamped to the text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document {
    rope: Rope,
}

impl Document {
    /// A document that holds `text`.
    pub fn new(text: &str) -> Self {
        Self { rope: Rope::from_str(text) }
    }

    /// The whole text.
    pub fn text(&self) -> String {
        self.rope.to_string()
    }

    /// Whether it is this text, but for a byte order mark of its own.
    pub fn is_but_for_bom(&self, text: &str) -> bool {
        let bom = self.bom_bytes();
        self.rope.len_bytes() - bom == text.len() && self.rope.byte_slice(bom..) == *text
    }

    /// How many bytes (UTF-8) of byte order mark the text begins with: 3 or none.
    pub fn bom_bytes(&self) -> usize {
        match self.rope.get_char(0) {
            Some(first @ '\u{feff}') => first.len_utf8(),
            _ => 0,
        }
    }

    pub fn has_carriage_return(&self) -> bool {
        self.rope.chunks().any(|chunk| chunk.contains('\r'))
    }

    /// The length of the text in bytes (UTF-8).
    pub fn len_bytes(&self) -> usize {
        self.rope.len_bytes()
    }

    /// The number of lines: one more than there are line breaks.
    pub fn line_count(&self) -> u32 {
        to_u32(self.rope.len_lines())
    }

    /// The byte offset (UTF-8) of a point whose character counts in `e`.
    ///
    /// A line past the end is the end of the text; a character past the end of its line
    /// is the place before the line break; a point inside a character is its start.
    pub fn offset(&self, p: Point, e: Encoding) -> usize {
        let line = p.line as usize;
        if line >= self.rope.len_lines() {
            return self.rope.len_bytes();
        }

        let start = self.rope.line_to_byte(line);
        let content = self.line_content(line);
        let character = p.character as usize;
        start
            + match e {
                Encoding::Utf8 => floor(content, character),
                Encoding::Utf16 => {
                    let unit = character.min(content.len_utf16_cu());
                    content.char_to_byte(content.utf16_cu_to_char(unit))
                }
                Encoding::Utf32 => content.char_to_byte(character.min(content.len_chars())),
            }
    }

    /// The point of a byte offset (UTF-8), its character counting in `e`.
    ///
    /// An offset past the end is the end of the text; one inside a character is its
    /// start; one inside `\r\n` is the place before it.
    pub fn point(&self, byte: usize, e: Encoding) -> Point {
        let byte = byte.min(self.rope.len_bytes());
        let line = self.rope.byte_to_line(byte);
        let content = self.line_content(line);
        let within = floor(content, byte - self.rope.line_to_byte(line));
        let character = match e {
            Encoding::Utf8 => within,
            Encoding::Utf16 => content.char_to_utf16_cu(content.byte_to_char(within)),
            Encoding::Utf32 => content.byte_to_char(within),
        };

        Point { line: to_u32(line), character: to_u32(character) }
    }

    /// The bytes (UTF-8) of a span whose characters count in `e`, clamped like
    /// [`Document::offset`]; a reversed span is taken the right way round.
    pub fn range(&self, s: Span, e: Encoding) -> Range<usize> {
        let a = self.offset(s.start, e);
        let b = self.offset(s.end, e);
        a.min(b)..a.max(b)
    }

    /// The span of a byte range (UTF-8), its characters counting in `e`, clamped like [`Document::point`].
    pub fn span(&self, bytes: Range<usize>, e: Encoding) -> Span {
        Span { start: self.point(bytes.start, e), end: self.point(bytes.end, e) }
    }

    /// The text of a byte range (UTF-8), clamped to the text; ends inside a character
    /// move to its start. A reversed range is empty.
    pub fn slice(&self, bytes: Range<usize>) -> String {
        let whole = self.rope.slice(..);
        let start = floor(whole, bytes.start);
        let end = floor(whole, bytes.end);
        if start >= end {
            return String::new();
        }
        self.rope.byte_slice(start..end).to_string()
    }

    /// Replaces a span (characters counting in `e`, clamped like [`Document::range`]), or
    /// the whole text where there is none, and says what was done in bytes.
    pub fn edit(&mut self, span: Option<Span>, new: &str, e: Encoding) -> TextEdit {
        let range = match span {
            Some(span) => self.range(span, e),
            None => 0..self.rope.len_bytes(),
        };

        if range.len() == self.rope.len_bytes() {
            self.rope = Rope::from_str(new);
        } else {
            let start = self.rope.byte_to_char(range.start);
            let end = self.rope.byte_to_char(range.end);
            self.rope.remove(start..end);
            self.rope.insert(start, new);
        }

        TextEdit { range, text: new.to_owned() }
    }

    /// The span from the start of the first of `lines` (0-based, half open) to the end of
    /// the last before its line break, characters counting in `e`. An empty or reversed
    /// range is the empty span at the start of its first line; lines past the end of the
    /// text are its end.
    pub fn lines_span(&self, lines: Range<u32>, e: Encoding) -> Span {
        let text_end = || self.point(self.rope.len_bytes(), e);
        let exists = |line: u32| (line as usize) < self.rope.len_lines();
        let start = if exists(lines.start) { Point { line: lines.start, character: 0 } } else { text_end() };
        let end = match lines.end.checked_sub(1) {
            Some(last) if lines.start < lines.end && exists(last) => self.line_end(last, e),
            Some(_) if lines.start < lines.end => text_end(),
            _ => start,
        };

        Span { start, end }
    }

    /// The lines that a byte range (UTF-8, clamped) lies in: at least one. A line is not among them
    /// where the range ends at its start.
    pub fn lines_of(&self, bytes: Range<usize>) -> Range<u32> {
        let start = bytes.start.min(self.rope.len_bytes());
        let end = bytes.end.clamp(start, self.rope.len_bytes());
        let (first, last) = (self.rope.byte_to_line(start), self.rope.byte_to_line(end));
        let ends_before = last > first && self.rope.line_to_byte(last) == end;
        to_u32(first)..to_u32(if ends_before { last } else { last + 1 })
    }

    /// The point of the end of a line, before its break. The line must exist.
    fn line_end(&self, line: u32, e: Encoding) -> Point {
        // Most lines lie in one piece of the rope, where they are cheap to read.
        let character = match self.rope.line(line as usize).as_str() {
            Some(text) => units(without_break(text), e),
            None => self.line_units(line as usize, e),
        };
        Point { line, character: to_u32(character) }
    }

    fn line_units(&self, line: usize, e: Encoding) -> usize {
        let content = self.line_content(line);
        match e {
            Encoding::Utf8 => content.len_bytes(),
            Encoding::Utf16 => content.len_utf16_cu(),
            Encoding::Utf32 => content.len_chars(),
        }
    }

    /// A line without its break. The line must exist.
    fn line_content(&self, line: usize) -> RopeSlice<'_> {
        let slice = self.rope.line(line);
        let mut end = slice.len_chars();
        if end > 0 && slice.char(end - 1) == '\n' {
            end -= 1;
        }
        if end > 0 && slice.char(end - 1) == '\r' {
            end -= 1;
        }
        slice.slice(..end)
    }
}

fn without_break(line: &str) -> &str {
    let line = line.strip_suffix('\n').unwrap_or(line);
    line.strip_suffix('\r').unwrap_or(line)
}

fn units(text: &str, e: Encoding) -> usize {
    match e {
        Encoding::Utf8 => text.len(),
        Encoding::Utf16 => text.encode_utf16().count(),
        Encoding::Utf32 => text.chars().count(),
    }
}

/// The last character boundary at or before `byte`, within the text.
fn floor(text: RopeSlice<'_>, byte: usize) -> usize {
    text.char_to_byte(text.byte_to_char(byte.min(text.len_bytes())))
}

fn to_u32(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
