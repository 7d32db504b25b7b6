//! What an editor can be told of a transcript's text: its turns and tool calls, what folds, and where its links
//! lead. Read from the text that the editor has, which may be an older one, or of an earlier run.

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::clean::TOOL_MARKS;
use super::fences::Opening;
use super::mentions::{self, Lines};

/// A turn. Lines are 0-based and half open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    pub title: String,
    pub lines: Range<u32>,
    pub calls: Vec<Call>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Its line without the list's mark.
    pub title: String,
    pub lines: Range<u32>,
}

/// Lines that fold, from the first to the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fold {
    pub first: u32,
    pub last: u32,
}

/// A link: where it is in the text, in bytes, and the file that it leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub range: Range<usize>,
    pub address: String,
    pub path: PathBuf,
    pub lines: Option<Lines>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Of a block of code; its first line, its last one and what is between.
    Code(Edge),
    Heading,
    Call,
    Quote,
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edge {
    First,
    Inside,
    Last,
}

/// Each line with what it is.
fn kinds(text: &str) -> impl Iterator<Item = (&str, Kind)> {
    let mut open: Option<Opening<'_>> = None;
    text.split('\n').map(move |line| {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let kind = match &open {
            Some(opening) if opening.is_closed_by(line) => {
                open = None;
                Kind::Code(Edge::Last)
            }
            Some(_) => Kind::Code(Edge::Inside),
            None => {
                open = Opening::of(line);
                match open {
                    Some(_) => Kind::Code(Edge::First),
                    None if line.starts_with("## ") => Kind::Heading,
                    None if TOOL_MARKS.iter().any(|mark| line.starts_with(mark)) => Kind::Call,
                    None if line.starts_with('>') => Kind::Quote,
                    None => Kind::Other,
                }
            }
        };
        (line, kind)
    })
}

/// The turns, in order.
pub fn turns(text: &str) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    let mut in_call = false;
    for (number, (line, kind)) in (0..).zip(kinds(text)) {
        let call = turns.last_mut().and_then(|turn| turn.calls.last_mut()).filter(|_| in_call);
        // What belongs to a call is indented, and an empty line ends it.
        if let Some(call) = call
            && line.starts_with("  ")
        {
            call.lines.end = number + 1;
        } else {
            in_call = false;
        }
        match kind {
            Kind::Heading => {
                let title = line[3..].trim().to_owned();
                turns.push(Turn { title, lines: number..number + 1, calls: Vec::new() });
            }
            Kind::Call => {
                if let Some(turn) = turns.last_mut() {
                    turn.calls.push(Call { title: line[2..].trim().to_owned(), lines: number..number + 1 });
                    in_call = true;
                }
            }
            Kind::Code(_) | Kind::Quote | Kind::Other => {}
        }
        // An end without text is not the turn's.
        if let Some(turn) = turns.last_mut()
            && !line.trim().is_empty()
        {
            turn.lines.end = number + 1;
        }
    }
    turns
}

/// What folds: turns, calls with what came out of them, blocks of code, quotations.
pub fn folds(text: &str) -> Vec<Fold> {
    let mut folds = Vec::new();
    let mut push = |first: u32, last: u32| {
        if last > first {
            folds.push(Fold { first, last });
        }
    };
    for turn in turns(text) {
        push(turn.lines.start, turn.lines.end - 1);
        turn.calls.iter().for_each(|call| push(call.lines.start, call.lines.end - 1));
    }
    let (mut code, mut quote) = (None, None);
    let mut last = 0;
    for (number, (line, kind)) in (0..).zip(kinds(text)) {
        match kind {
            // The block of a call folds with its line.
            Kind::Code(Edge::First) if !line.starts_with("  ") => code = Some(number),
            Kind::Code(Edge::Last) => {
                if let Some(first) = code.take() {
                    push(first, number);
                }
            }
            _ => {}
        }
        match (kind, quote) {
            (Kind::Quote, None) => quote = Some(number),
            (Kind::Quote, Some(_)) | (_, None) => {}
            (_, Some(first)) => {
                push(first, last);
                quote = None;
            }
        }
        last = number;
    }
    if let Some(first) = quote {
        push(first, last);
    }
    folds.sort_by_key(|fold| (fold.first, std::cmp::Reverse(fold.last)));
    folds.dedup();
    folds
}

/// The links into these folders.
pub fn links(text: &str, roots: &[PathBuf]) -> Vec<Link> {
    let is_inside = |path: &Path| roots.iter().any(|root| path.starts_with(root));
    let defined: std::collections::HashMap<&str, Target> = kinds(text)
        .filter(|(_, kind)| *kind == Kind::Other)
        .filter_map(|(line, _)| {
            let (label, address) = line.strip_prefix('[')?.split_once("]: ")?;
            let (path, lines) = mentions::of_address(address)?;
            is_inside(&path).then(|| (label, Target { address: address.to_owned(), path, lines }))
        })
        .collect();
    let mut links = Vec::new();
    let mut start = 0;
    for (line, kind) in kinds(text) {
        let is_definition = line.starts_with('[') && line.contains("]: file:");
        if !matches!(kind, Kind::Code(_)) && !is_definition && !defined.is_empty() {
            for (at, _) in line.match_indices('[') {
                let Some(length) = line[at + 1..].find(']') else {
                    break;
                };
                let inner = at + 1..at + 1 + length;
                if let Some(Target { address, path, lines }) = defined.get(&line[inner.clone()]).cloned() {
                    links.push(Link { range: start + inner.start..start + inner.end, address, path, lines });
                }
            }
        }
        start += line.len();
        start += if text[start..].starts_with("\r\n") { 2 } else { 1 };
    }
    links
}

#[derive(Debug, Clone)]
struct Target {
    address: String,
    path: PathBuf,
    lines: Option<Lines>,
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    const TEXT: &str = "# T\n\n## Why?\n\n- ✓ `read` [a.py]\n- ✗ `bash` `x`\n  ```text\n  ## no turn\n  ```\n\n> _Thinking:_\n>\n> [a.py]\n\n\
        See [a.py:3].\n\n```py\n[a.py]\n```\n\n[a.py]: file:///p/a.py\n[a.py:3]: file:///p/a.py#L3\n[x]: file:///etc/x\n\n\
        ## More\n\n[a.py:3] [x]\n";

    #[test]
    fn turns_have_calls() {
        let turns = turns(TEXT);
        let told: Vec<(&str, Range<u32>)> =
            turns.iter().map(|turn| (turn.title.as_str(), turn.lines.clone())).collect();
        assert_eq!(told, [("Why?", 2..23), ("More", 24..27)]);
        let calls: Vec<(&str, Range<u32>)> =
            turns[0].calls.iter().map(|call| (call.title.as_str(), call.lines.clone())).collect();
        assert_eq!(calls, [("✓ `read` [a.py]", 4..5), ("✗ `bash` `x`", 5..9)]);
    }

    #[test]
    fn what_is_long_folds() {
        let told: Vec<(u32, u32)> = folds(TEXT).iter().map(|fold| (fold.first, fold.last)).collect();
        assert_eq!(told, [(2, 22), (5, 8), (10, 12), (16, 18), (24, 26)]);
    }

    #[test]
    fn links_lead_into_the_project_only() {
        let links = links(TEXT, &[PathBuf::from("/p")]);
        let told: Vec<(&str, &str)> =
            links.iter().map(|link| (&TEXT[link.range.clone()], link.address.as_str())).collect();
        let (whole, line) = ("file:///p/a.py", "file:///p/a.py#L3");
        assert_eq!(told, [("a.py", whole), ("a.py", whole), ("a.py:3", line), ("a.py:3", line)]);
        assert_eq!(links[2].lines, Some((3, 3)));
        let crlf = TEXT.replace('\n', "\r\n");
        assert!(
            super::links(&crlf, &[PathBuf::from("/p")]).iter().all(|link| crlf[link.range.clone()].starts_with("a.py"))
        );
        assert_eq!(super::links(&crlf, &[PathBuf::from("/p")]).len(), 4);
    }
}
