//! Finds comments, a line at a time: what is open at the end of a line is open at the beginning of the next.

use std::ops::Range;

use super::syntax::{Apostrophe, Escape, Extra, Quote, Syntax};

/// What is open at the beginning of a line, the innermost last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Open(Vec<Frame>);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Frame {
    /// A string: its place among the syntax's.
    Text(usize),
    /// The code in a template, with so many braces of its own open.
    Inserted(u32),
    /// A block comment, with so many others in it open: its place among the syntax's.
    Block(usize, u32),
    /// Everything up to this.
    Until(String),
    /// Everything up to a line that is this word, which more may follow.
    Lines(String, bool),
}

/// Deeper nesting is not followed: that is no text that somebody wrote.
const MAX_OPEN: usize = 32;
const MAX_DEPTH: u32 = 32;

/// Longer lines are nothing that somebody writes, and are passed over: every key typed in one would read it all.
const MAX_LINE: usize = 4096;

/// A comment's bytes in its line, and its text within.
pub(super) type Found = (Range<usize>, Range<usize>);

/// Reads a line, without its break. The last comment in it is given back.
pub(super) fn scan_line(syntax: &Syntax, open: &mut Open, line: &str) -> Option<Found> {
    if line.len() > MAX_LINE {
        return None;
    }
    let mut scan = Scan { syntax, line, at: 0, open: std::mem::take(&mut open.0), here: Vec::new(), found: None };
    scan.run();
    *open = Open(scan.open);
    scan.found
}

struct Scan<'a> {
    syntax: &'a Syntax,
    line: &'a str,
    at: usize,
    open: Vec<Frame>,
    /// Here documents that begin with the next line, in their order.
    here: Vec<(String, bool)>,
    found: Option<Found>,
}

impl<'a> Scan<'a> {
    fn run(&mut self) {
        if let Some(Frame::Lines(end, more)) = self.open.last() {
            let is_end = |rest: &str| rest.is_empty() || (*more && !rest.starts_with(is_word));
            if self.line.trim().strip_prefix(end.as_str()).is_some_and(is_end) {
                self.open.pop();
            }
            return;
        }
        while self.at < self.line.len() {
            match self.open.last() {
                Some(Frame::Text(index)) => self.in_text(*index),
                Some(Frame::Block(index, depth)) => self.in_block(*index, *depth),
                Some(Frame::Until(end)) => {
                    let end = end.clone();
                    self.skip_past(&end);
                }
                Some(Frame::Lines(..)) => return,
                Some(Frame::Inserted(_)) | None => self.in_code(),
            }
        }
        self.end_of_line();
    }

    fn rest(&self) -> &'a str {
        &self.line[self.at..]
    }

    fn before(&self) -> Option<char> {
        self.line[..self.at].chars().next_back()
    }

    fn skip(&mut self, chars: usize) {
        let len: usize = self.rest().chars().take(chars).map(char::len_utf8).sum();
        self.at += len;
    }

    /// One character at least, and on to a byte that may mean something.
    fn skip_to(&mut self, means: impl Fn(u8) -> bool) {
        self.skip(1);
        let rest = self.rest();
        // Characters of several bytes are taken one by one.
        let dull = rest.bytes().position(|byte| means(byte) || !byte.is_ascii()).unwrap_or(rest.len());
        self.at += dull;
    }

    fn push(&mut self, frame: Frame) {
        if self.open.len() < MAX_OPEN {
            self.open.push(frame);
        }
    }

    /// What is open ends with this.
    fn skip_past(&mut self, end: &str) {
        match self.rest().find(end) {
            Some(found) => {
                self.at += found + end.len();
                self.open.pop();
            }
            None => self.at = self.line.len(),
        }
    }

    fn in_text(&mut self, index: usize) {
        let Some(Quote { close, escape, .. }) = self.syntax.strings.get(index) else {
            self.open.pop();
            return;
        };
        let rest = self.rest();
        if matches!(escape, Escape::Backslash | Escape::Template) && rest.starts_with('\\') {
            self.skip(2);
        } else if *escape == Escape::Template && rest.starts_with("${") {
            self.at += 2;
            self.push(Frame::Inserted(0));
        } else if let Some(rest) = rest.strip_prefix(close) {
            self.at += close.len();
            if *escape == Escape::Doubled && rest.starts_with(close) {
                self.at += close.len();
            } else {
                self.open.pop();
            }
        } else {
            let first = close.as_bytes()[0];
            self.skip_to(|byte| byte == first || matches!(byte, b'\\' | b'$'));
        }
    }

    fn in_block(&mut self, index: usize, depth: u32) {
        let Some((begin, end)) = self.syntax.block.get(index) else {
            self.open.pop();
            return;
        };
        if self.rest().starts_with(end) {
            self.at += end.len();
            self.open.pop();
            if depth > 0 {
                self.push(Frame::Block(index, depth - 1));
            }
        } else if self.syntax.nested && self.rest().starts_with(begin) {
            self.at += begin.len();
            self.open.pop();
            self.push(Frame::Block(index, (depth + 1).min(MAX_DEPTH)));
        } else {
            let marks = [begin.as_bytes()[0], end.as_bytes()[0]];
            self.skip_to(|byte| marks.contains(&byte));
        }
    }

    fn in_code(&mut self) {
        if self.comment() || self.special() || self.string() || self.brace() {
            return;
        }
        // Of what begins with a letter there are raw strings and `REM`.
        self.skip_to(|byte| {
            !(byte == b' ' || byte.is_ascii_alphanumeric()) || matches!(byte, b'r' | b'R' | b'b' | b'c')
        });
    }

    /// A comment that begins here.
    fn comment(&mut self) -> bool {
        let from = self.at;
        for (index, (begin, end)) in self.syntax.block.iter().enumerate() {
            let Some(rest) = self.rest().strip_prefix(begin) else {
                continue;
            };
            match rest.find(end).filter(|at| !self.syntax.nested || !rest[..*at].contains(begin)) {
                Some(length) => {
                    let text = from + begin.len()..from + begin.len() + length;
                    self.at = text.end + end.len();
                    self.found = Some((from..self.at, text));
                }
                None => {
                    self.at += begin.len();
                    self.push(Frame::Block(index, 0));
                }
            }
            return true;
        }
        let Some(marker) = self.syntax.line.iter().find(|marker| self.rest().starts_with(**marker)) else {
            return false;
        };
        if !self.may_comment() {
            return false;
        }
        let text = from + marker.len();
        if self.syntax.extra == Extra::Lua
            && let Some(end) = long_bracket(&self.line[text..])
        {
            self.at = text + end.len();
            match self.rest().find(&end) {
                Some(length) => {
                    let text = self.at..self.at + length;
                    self.at = text.end + end.len();
                    self.found = Some((from..self.at, text));
                }
                None => self.push(Frame::Until(end)),
            }
            return true;
        }
        self.found = Some((from..self.line.len(), text..self.line.len()));
        self.at = self.line.len();
        true
    }

    /// Whether what looks like a comment's marker is one here.
    fn may_comment(&self) -> bool {
        match self.syntax.extra {
            Extra::WholeLines => self.line[..self.at].trim().is_empty(),
            Extra::Words | Extra::Shell | Extra::Ruby => self.before().is_none_or(|before| {
                before.is_whitespace() || matches!(before, ';' | '(' | ')' | '{' | '}' | '|' | '&')
            }),
            Extra::Php => !self.rest().starts_with("#["),
            _ => true,
        }
    }

    fn string(&mut self) -> bool {
        let in_word = self.before().is_some_and(is_word);
        for (index, quote) in self.syntax.strings.iter().enumerate() {
            let is_apostrophe = quote.open.starts_with('\'') && self.syntax.apostrophe == Apostrophe::NotInWords;
            if self.rest().starts_with(quote.open) && !(is_apostrophe && in_word) {
                self.at += quote.open.len();
                self.push(Frame::Text(index));
                return true;
            }
        }
        if self.syntax.apostrophe == Apostrophe::Character && self.rest().starts_with('\'') {
            self.character();
            return true;
        }
        false
    }

    /// `'x'` or `'\n'`; else the apostrophe means something else.
    fn character(&mut self) {
        let mut chars = self.rest().char_indices().skip(1);
        let quoted = match chars.next() {
            Some((_, '\\')) => {
                chars.next();
                let rest = chars.next().map_or("", |(at, _)| &self.rest()[at..]);
                let end = rest.find('\'').filter(|end| *end <= 10);
                end.map(|end| self.rest().len() - rest.len() + end + 1)
            }
            Some(_) => chars.next().filter(|(_, c)| *c == '\'').map(|(at, _)| at + 1),
            None => None,
        };
        self.at += quoted.unwrap_or(1);
    }

    fn brace(&mut self) -> bool {
        let Some(Frame::Inserted(depth)) = self.open.last_mut() else {
            return false;
        };
        match self.line.as_bytes()[self.at] {
            b'{' => *depth = (*depth + 1).min(MAX_DEPTH),
            b'}' if *depth == 0 => {
                self.open.pop();
            }
            b'}' => *depth -= 1,
            _ => return false,
        }
        self.at += 1;
        true
    }

    /// What only this language has.
    fn special(&mut self) -> bool {
        match self.syntax.extra {
            Extra::Nothing | Extra::Words | Extra::WholeLines => false,
            Extra::Script => self.regular_expression(),
            Extra::Rust => self.until(rust_raw),
            Extra::Cpp => self.until(cpp_raw),
            Extra::Lua => self.until(|rest, _| long_bracket(rest).map(|end| (end.len(), end))),
            Extra::Shell => self.escaped() || self.here_document(shell_word),
            Extra::Ruby => self.regular_expression() || self.here_document(ruby_word),
            Extra::Php => self.here_document(php_word),
            Extra::Tex => self.escaped(),
            Extra::Zig => {
                let is_text = self.rest().starts_with("\\\\") && self.line[..self.at].trim().is_empty();
                if is_text {
                    self.at = self.line.len();
                }
                is_text
            }
        }
    }

    fn escaped(&mut self) -> bool {
        let is_escaped = self.rest().starts_with('\\');
        if is_escaped {
            self.skip(2);
        }
        is_escaped
    }

    /// A raw string: how long its opening is, and its end.
    fn until(&mut self, raw: impl Fn(&str, Option<char>) -> Option<(usize, String)>) -> bool {
        let Some((length, end)) = raw(self.rest(), self.before()) else {
            return false;
        };
        self.at += length;
        self.push(Frame::Until(end));
        true
    }

    fn here_document(&mut self, word: impl Fn(&str, &str) -> Option<(usize, String)>) -> bool {
        let Some((length, end)) = word(self.rest(), &self.line[..self.at]) else {
            return false;
        };
        self.at += length;
        self.here.push((end, self.syntax.extra == Extra::Php));
        true
    }

    /// A `/` after a value divides; elsewhere it begins a regular expression, which ends in its line.
    fn regular_expression(&mut self) -> bool {
        if !self.rest().starts_with('/') {
            return false;
        }
        let before = self.line[..self.at].trim_end();
        let word = before.rsplit(|c| !is_word(c)).next().unwrap_or_default();
        let divides = match before.chars().next_back() {
            None => false,
            Some(c) if is_word(c) => {
                !matches!(word, "return" | "typeof" | "case" | "in" | "of" | "if" | "when" | "unless" | "and" | "or")
            }
            Some(c) => matches!(c, ')' | ']' | '}' | '"' | '\'' | '`'),
        };
        if divides {
            return false;
        }
        let (mut in_class, mut escaped) = (false, false);
        for (at, c) in self.rest().char_indices().skip(1) {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '[' => in_class = true,
                ']' => in_class = false,
                '/' if !in_class => {
                    self.at += at + 1;
                    return true;
                }
                _ => {}
            }
        }
        false
    }

    /// Strings of one line end with it, unless its break is escaped; here documents begin.
    fn end_of_line(&mut self) {
        if let Some(Frame::Text(index)) = self.open.last() {
            let quote = self.syntax.strings.get(*index);
            let escapes = quote.is_some_and(|quote| matches!(quote.escape, Escape::Backslash | Escape::Template));
            let backslashes = self.line.len() - self.line.trim_end_matches('\\').len();
            let goes_on = quote.is_some_and(|quote| quote.long) || (escapes && backslashes % 2 == 1);
            if !goes_on {
                self.open.pop();
            }
        }
        for (end, more) in std::mem::take(&mut self.here).into_iter().rev() {
            self.push(Frame::Lines(end, more));
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// `r"`, `br#"`.
fn rust_raw(rest: &str, before: Option<char>) -> Option<(usize, String)> {
    if before.is_some_and(is_word) {
        return None;
    }
    let raw = rest.strip_prefix(['b', 'c']).unwrap_or(rest).strip_prefix('r')?;
    let quoted = raw.trim_start_matches('#');
    let hashes = raw.len() - quoted.len();
    quoted.starts_with('"').then(|| (rest.len() - quoted.len() + 1, format!("\"{}", "#".repeat(hashes))))
}

/// `R"x(`, maybe after `u8` or the like.
fn cpp_raw(rest: &str, before: Option<char>) -> Option<(usize, String)> {
    if before.is_some_and(|c| is_word(c) && !matches!(c, 'u' | 'U' | 'L' | '8')) {
        return None;
    }
    let (mark, _) = rest.strip_prefix("R\"")?.split_once('(')?;
    let fits = mark.len() <= 16 && !mark.contains([')', '\\', ' ', '"']);
    fits.then(|| ("R\"(".len() + mark.len(), format!("){mark}\"")))
}

/// The end of what begins with `[[` or `[==[`.
fn long_bracket(rest: &str) -> Option<String> {
    let inner = rest.strip_prefix('[')?;
    let signs = inner.len() - inner.trim_start_matches('=').len();
    inner[signs..].starts_with('[').then(|| format!("]{}]", "=".repeat(signs)))
}

/// `<<END`, `<<-'END'`; not a shift, which is in `((…))`.
fn shell_word(rest: &str, before: &str) -> Option<(usize, String)> {
    let word = rest.strip_prefix("<<")?;
    if word.starts_with('<') || before.ends_with('<') || before.contains("((") {
        return None;
    }
    let word = word.strip_prefix(['-', '~']).unwrap_or(word).trim_start();
    named(rest, word)
}

/// `<<~END`, `<<"END"`; `<<` alone before what cannot be a value only.
fn ruby_word(rest: &str, before: &str) -> Option<(usize, String)> {
    let word = rest.strip_prefix("<<")?;
    if let Some(word) = word.strip_prefix(['~', '-']) {
        return named(rest, word);
    }
    let begins = before.trim_end().ends_with(['=', '(', ',']);
    named(rest, word).filter(|_| begins && word.starts_with(|c: char| c == '"' || c == '\'' || c.is_ascii_uppercase()))
}

fn php_word(rest: &str, _: &str) -> Option<(usize, String)> {
    let word = rest.strip_prefix("<<<")?.trim_start();
    named(rest, word)
}

/// The name of a here document, maybe quoted, and how much of `rest` is read with it.
fn named(rest: &str, word: &str) -> Option<(usize, String)> {
    let quote = word.chars().next().filter(|c| matches!(c, '"' | '\''));
    let name = word.trim_start_matches(['"', '\'', '\\']);
    let end = name.find(|c| !is_word(c)).unwrap_or(name.len());
    if end == 0 || name.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let after = name[end..].strip_prefix(quote.unwrap_or('\0')).unwrap_or(&name[end..]);
    Some((rest.len() - after.len(), name[..end].to_owned()))
}
