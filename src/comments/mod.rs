//! Comments that are for an AI, found in a text without a parser of its language.
//!
//! A comment is one if it ends in `AI!` (do it) or `AI?` (answer it), or begins with `opencode:`. Languages are known
//! by their comments and strings only, so that a string is not taken for a comment; where a text cannot be told
//! apart, a comment is rather missed than found in a string.

mod languages;
mod lines;
mod scanner;
mod syntax;

pub use languages::syntax_of;
pub use lines::{LineEdit, Scanned};
pub use syntax::Syntax;

use std::ops::Range;

/// What a comment wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wish {
    /// `AI!`
    Do,
    /// `AI?`
    Answer,
    /// `opencode:`
    Either,
}

/// A comment for an AI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// 0-based.
    pub line: u32,
    /// In bytes of its line, with its markers.
    pub at: Range<usize>,
    pub wish: Wish,
    /// Without the comment's markers, trimmed.
    pub text: String,
}

/// What the text of a comment wants; none where it is not for an AI.
pub fn wish_of(text: &str) -> Option<Wish> {
    let last = |word: &str| {
        let before = text.strip_suffix(word)?;
        (!before.ends_with(|c: char| c.is_alphanumeric() || c == '_')).then_some(())
    };
    if last("AI!").is_some() {
        return Some(Wish::Do);
    }
    if last("AI?").is_some() {
        return Some(Wish::Answer);
    }
    let rest = text.strip_prefix("opencode:")?;
    // An address begins so, too.
    (!rest.starts_with("//") && !rest.trim().is_empty()).then_some(Wish::Either)
}

#[cfg(test)]
mod tests;
