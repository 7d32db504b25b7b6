//! What the user is about to write at a place of a prompt document.

use std::ops::Range;

use super::header::{Key, read};
use super::mentions::{begins_word, is_plain};
use super::prose::prose;

/// What could stand at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A key of the header.
    Key,
    Value(Key),
    /// `{context}`, also after `#`.
    Context,
    /// `@file`, `@agent` or a symbol.
    At,
    /// `/command`.
    Slash,
}

/// What could stand there, what of it is written, and what is to be replaced by it, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    pub what: What,
    /// Without the sign that it begins with.
    pub typed: String,
    pub at: Range<usize>,
}

/// What the user is about to write at a byte offset; none where it is just text.
pub fn wish(text: &str, offset: usize) -> Option<Wish> {
    let written = read(text);
    // One without an end goes on where the user writes.
    let has_end = text[written.header.clone()].ends_with("-->");
    let goes_on = !written.header.is_empty() && !has_end && offset == written.header.end;
    if written.header.contains(&offset) || goes_on {
        return in_header(text, written.header.start, offset);
    }
    if !written.body.contains(&offset) && offset != written.body.end {
        return None;
    }
    let line = written.body.start.max(text[..offset].rfind('\n').map_or(0, |at| at + 1));
    if !is_prose(text, written.body.start, offset) {
        return None;
    }
    let body = &text[written.body.start..];
    let first = written.body.start + body.len() - body.trim_start().len();
    if let Some(typed) = text.get(first..offset).and_then(|typed| typed.strip_prefix('/')) {
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | ':' | '.' | '/');
        if typed.chars().all(is_name) {
            return Some(Wish { what: What::Slash, typed: typed.to_owned(), at: first..offset });
        }
    }
    context(text, line, offset).or_else(|| at_sign(text, line, offset))
}

/// Whether the text before a place is not code.
fn is_prose(text: &str, body: usize, offset: usize) -> bool {
    // An end of a line is in no stretch of prose: what is written is what stands before.
    let up_to = &text[body..offset];
    let line = up_to.rfind('\n').map_or(0, |at| at + 1);
    up_to.len() == line || prose(up_to).last().is_some_and(|last| last.end == up_to.len())
}

fn in_header(text: &str, start: usize, offset: usize) -> Option<Wish> {
    let line = text[..offset].rfind('\n').map(|at| at + 1).filter(|line| *line > start)?;
    let before = &text[line..offset];
    let Some((name, value)) = before.split_once(':') else {
        let typed = before.trim_start();
        let rest = text[offset..].lines().next().unwrap_or_default();
        let is_name = typed.chars().all(|c| c.is_ascii_alphabetic()) && !rest.contains(':');
        return is_name.then(|| Wish { what: What::Key, typed: typed.to_owned(), at: offset - typed.len()..offset });
    };
    let key = Key::ALL.into_iter().find(|key| key.name() == name.trim())?;
    let typed = value.trim_start();
    Some(Wish { what: What::Value(key), typed: typed.to_owned(), at: offset - typed.len()..offset })
}

/// `{sel`, with the brace that an editor has closed by itself, or `#sel`.
fn context(text: &str, line: usize, offset: usize) -> Option<Wish> {
    let before = &text[line..offset];
    let typed = &before[before.trim_end_matches(|c: char| c.is_ascii_lowercase()).len()..];
    let sign = offset - typed.len();
    let start = sign.checked_sub(1).filter(|start| *start >= line)?;
    let opens = match text.as_bytes()[start] {
        b'{' => true,
        b'#' => text[line..start].chars().next_back().is_none_or(char::is_whitespace),
        _ => false,
    };
    let end = if text[offset..].starts_with('}') && text.as_bytes()[start] == b'{' { offset + 1 } else { offset };
    opens.then(|| Wish { what: What::Context, typed: typed.to_owned(), at: start..end })
}

fn at_sign(text: &str, line: usize, offset: usize) -> Option<Wish> {
    let before = &text[line..offset];
    let sign = before.rfind('@').filter(|sign| begins_word(&before[..*sign]))?;
    let typed = &before[sign + 1..];
    let wish = |typed: &str, end| Wish { what: What::At, typed: typed.to_owned(), at: line + sign..end };
    match typed.strip_prefix('"') {
        Some(quoted) => {
            let closed = text[offset..].starts_with('"');
            (!quoted.contains('"')).then(|| wish(quoted, offset + usize::from(closed)))
        }
        None => typed.chars().all(is_plain).then(|| wish(typed, offset)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wished for at `‸`: what, what is typed, and what would be replaced.
    fn at(marked: &str) -> Option<(What, String, String)> {
        let offset = marked.find('‸').expect("a mark");
        let text = marked.replace('‸', "");
        wish(&text, offset).map(|wish| (wish.what, wish.typed, text[wish.at].to_owned()))
    }

    fn wished(what: What, typed: &str, replaced: &str) -> Option<(What, String, String)> {
        Some((what, typed.to_owned(), replaced.to_owned()))
    }

    const HEADER: &str = "<!-- opencode: x\nfile: a.py\n-->\n\n";

    #[test]
    fn in_the_text() {
        let text = |rest: &str| at(&format!("{HEADER}{rest}"));
        assert_eq!(text("See @src/ä‸ and"), wished(What::At, "src/ä", "@src/ä"));
        assert_eq!(text("(@‸)"), wished(What::At, "", "@"));
        assert_eq!(text("@\"a b‸\""), wished(What::At, "a b", "@\"a b\""));
        assert_eq!(text("me@host‸"), None);
        assert_eq!(text("@a b‸"), None);
        assert_eq!(text("Why {sel‸}?"), wished(What::Context, "sel", "{sel}"));
        assert_eq!(text("Why #‸"), wished(What::Context, "", "#"));
        assert_eq!(text("a#b‸"), None);
        assert_eq!(text("\n/rev‸"), wished(What::Slash, "rev", "/rev"));
        assert_eq!(text("/review ma‸"), None);
        assert_eq!(text("Not /rev‸"), None);
        assert_eq!(text("`@a‸`"), None);
        assert_eq!(text("```\n@a‸"), None);
        assert_eq!(text("plain‸"), None);
        assert_eq!(text("‸"), None);
        assert_eq!(at("@a‸"), wished(What::At, "a", "@a"));
    }

    #[test]
    fn in_the_header() {
        let header = |line: &str| at(&format!("<!-- opencode: x\n{line}\n-->\nWhy?"));
        assert_eq!(header("mo‸"), wished(What::Key, "mo", "mo"));
        assert_eq!(header("‸"), wished(What::Key, "", ""));
        assert_eq!(header("mo‸del: x"), None);
        assert_eq!(header("model: an‸"), wished(What::Value(Key::Model), "an", "an"));
        assert_eq!(header("agent:‸"), wished(What::Value(Key::Agent), "", ""));
        assert_eq!(header("colour: re‸"), None);
        assert_eq!(at("<!-- opencode: @a‸\n-->"), None);
        assert_eq!(at("<!-- opencode: x\nmodel: an‸"), wished(What::Value(Key::Model), "an", "an"));
        assert_eq!(at("<!-- opencode: x\n-->‸"), None);
    }
}
