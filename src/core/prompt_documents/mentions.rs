//! `@path`, `@path#L3-7`, `@"a path with spaces"` and `@agent` in a prompt.

use std::ops::Range;

use super::prose::prose;

/// One `@…` of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtMention {
    /// All of it, in bytes.
    pub at: Range<usize>,
    /// A path or the name of an agent.
    pub name: String,
    /// 1-based, inclusive.
    pub lines: Option<(u32, u32)>,
}

impl AtMention {
    /// Whether it can only be meant as a file: a word alone may be an agent, or code such as a decorator.
    pub fn is_path(&self) -> bool {
        self.lines.is_some() || self.name.contains(['/', '\\', '.'])
    }
}

/// All `@…` outside of code that stand at the start of a word.
pub fn at_mentions(text: &str) -> Vec<AtMention> {
    let mut found = Vec::new();
    for stretch in prose(text) {
        let mut at = stretch.start;
        while let Some(sign) = text[at..stretch.end].find('@').map(|next| at + next) {
            at = sign + 1;
            if !begins_word(&text[..sign]) {
                continue;
            }
            if let Some(mention) = mention_at(text, sign, stretch.end) {
                at = mention.at.end;
                found.push(mention);
            }
        }
    }
    found
}

/// Whether a word can begin after this text: an address such as `me@host` has no mention in it.
pub fn begins_word(before: &str) -> bool {
    before
        .chars()
        .next_back()
        .is_none_or(|c| c.is_whitespace() || matches!(c, '(' | '[' | '{' | '"' | '\'' | ',' | ';' | ':'))
}

fn mention_at(text: &str, sign: usize, end: usize) -> Option<AtMention> {
    let rest = &text[sign + 1..end];
    if let Some(quoted) = rest.strip_prefix('"') {
        let name = quoted.split_once('"').map(|(name, _)| name).filter(|name| !name.is_empty())?;
        let after = &quoted[name.len() + 1..];
        let (lines, length) = lines_suffix(after);
        let at = sign..sign + 1 + name.len() + 2 + length;
        return Some(AtMention { at, name: name.to_owned(), lines });
    }
    let word = &rest[..rest.find(|c| !is_plain(c)).unwrap_or(rest.len())];
    let word = word.trim_end_matches(is_end);
    let hash = word.rfind("#L").filter(|hash| lines_suffix(&word[*hash..]).1 == word.len() - hash);
    let (name, lines) = match hash {
        Some(hash) => (&word[..hash], lines_suffix(&word[hash..]).0),
        None => (word, None),
    };
    (!name.is_empty()).then(|| AtMention { at: sign..sign + 1 + word.len(), name: name.to_owned(), lines })
}

/// Whether a character can stand in a path without quotes.
pub fn is_plain(c: char) -> bool {
    !c.is_whitespace()
        && !c.is_control()
        && !matches!(c, ',' | ';' | '(' | ')' | '[' | ']' | '{' | '}' | '<' | '>' | '"' | '\'' | '`' | '@')
}

/// What ends a sentence, not a path.
fn is_end(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | ':')
}

/// `#L3`, `#L3-7` or `#L3-L7` at the start of a text, and how many bytes that is.
fn lines_suffix(text: &str) -> (Option<(u32, u32)>, usize) {
    let none = (None, 0);
    let Some(rest) = text.strip_prefix("#L") else {
        return none;
    };
    let number = |text: &str| {
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        text[..digits].parse::<u32>().ok().filter(|line| *line > 0).map(|line| (line, digits))
    };
    let Some((first, digits)) = number(rest) else {
        return none;
    };
    let after = &rest[digits..];
    let second = after.strip_prefix('-').map(|after| after.strip_prefix('L').unwrap_or(after));
    match second.and_then(|second| Some((second, number(second)?))) {
        Some((second, (last, more))) if last >= first => (Some((first, last)), text.len() - second.len() + more),
        _ => (Some((first, first)), "#L".len() + digits),
    }
}

/// A mention as it is written; none for a path that cannot be.
pub fn write(path: &str, lines: Option<(u32, u32)>) -> Option<String> {
    let is_shown = crate::core::inert::inert(path, usize::MAX) == path;
    if path.is_empty() || !is_shown || path.contains(['"', '`']) {
        return None;
    }
    let plain = path.chars().all(is_plain) && !path.ends_with(is_end) && !path.contains("#L");
    let mut text = if plain { format!("@{path}") } else { format!("@\"{path}\"") };
    match lines {
        None => {}
        Some((first, last)) if first == last => text.push_str(&format!("#L{first}")),
        Some((first, last)) => text.push_str(&format!("#L{first}-{last}")),
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::type_complexity, reason = "what a test compares")]
    fn found(text: &str) -> Vec<(String, Option<(u32, u32)>, &str)> {
        at_mentions(text).into_iter().map(|m| (m.name, m.lines, &text[m.at])).collect()
    }

    #[test]
    fn mentions_are_found_where_a_word_begins() {
        let text = "See @src/a.py#L3-7, @b.py. (@explore) me@host.org and @\"a b.py\"#L2 or @c.py#L5-L9!";
        assert_eq!(
            found(text),
            [
                ("src/a.py".to_owned(), Some((3, 7)), "@src/a.py#L3-7"),
                ("b.py".to_owned(), None, "@b.py"),
                ("explore".to_owned(), None, "@explore"),
                ("a b.py".to_owned(), Some((2, 2)), "@\"a b.py\"#L2"),
                ("c.py".to_owned(), Some((5, 9)), "@c.py#L5-L9"),
            ]
        );
    }

    #[test]
    fn what_is_no_mention_is_none() {
        assert_eq!(found("@ @, `@a.py` @\"open\n```\n@b.py\n```\nx@y"), []);
        assert_eq!(found("@a.py#Lx")[0].0, "a.py#Lx");
        assert_eq!(found("@a.py#L0")[0].1, None);
        assert_eq!(found("@a.py#L7-3")[0], ("a.py#L7-3".to_owned(), None, "@a.py#L7-3"));
    }
}
