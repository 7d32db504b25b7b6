//! `/name arguments` on the first line of a prompt: one of opencode's slash commands.

use std::ops::Range;

/// What may be a slash command. Whether it is one, opencode's list of commands says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slash<'a> {
    pub name: &'a str,
    /// The name without its slash, in bytes of the text.
    pub at: Range<usize>,
    /// Everything after it, on all lines, trimmed.
    pub arguments: &'a str,
}

impl Slash<'_> {
    /// Whether it can be nothing else: a name with another slash may be a path.
    pub fn is_plain(&self) -> bool {
        !self.name.contains('/')
    }
}

/// The slash command that a text begins with.
pub fn slash(text: &str) -> Option<Slash<'_>> {
    let rest = text.trim_start().strip_prefix('/')?;
    let start = text.len() - rest.len();
    let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
    let name = &rest[..length];
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | ':' | '.' | '/');
    let first = name.chars().next()?;
    if !first.is_alphanumeric() || !name.chars().all(is_name) {
        return None;
    }
    Some(Slash { name, at: start..start + length, arguments: rest[length..].trim() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_with_their_arguments() {
        let read = slash("\n\n/review main\nonly tests\n").expect("a command");
        assert_eq!((read.name, read.at.clone(), read.arguments), ("review", 3..9, "main\nonly tests"));
        assert!(read.is_plain());
        assert!(!slash("/usr/bin/env fails").expect("maybe a command").is_plain());
        for text in ["", "/", "// a comment", "/* a comment */", "a /review", "/ review", "/a?b"] {
            assert_eq!(slash(text), None, "{text}");
        }
    }
}
