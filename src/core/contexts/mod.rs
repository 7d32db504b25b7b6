//! Contexts: what a prompt can name, such as `{selection}`, to be put in its place when it is sent.

mod gathering;
mod known;
mod lookup;
mod preview;
mod symbol;
mod tui;
mod writing;

use std::ops::Range;

use super::prompt_documents::prose::prose;

pub(super) use gathering::Gathering;
pub(super) use known::Contexts;
pub use preview::Preview;

/// One thing that a prompt can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ContextName {
    Selection,
    Line,
    File,
    Buffers,
    Diagnostics,
    Visible,
    Diff,
    Git,
    Symbol,
}

impl ContextName {
    pub const ALL: [Self; 9] = [
        Self::Selection,
        Self::Line,
        Self::File,
        Self::Buffers,
        Self::Diagnostics,
        Self::Visible,
        Self::Diff,
        Self::Git,
        Self::Symbol,
    ];

    /// As it is written between braces.
    pub fn name(self) -> &'static str {
        match self {
            Self::Selection => "selection",
            Self::Line => "line",
            Self::File => "file",
            Self::Buffers => "buffers",
            Self::Diagnostics => "diagnostics",
            Self::Visible => "visible",
            Self::Diff => "diff",
            Self::Git => "git",
            Self::Symbol => "symbol",
        }
    }

    /// For people.
    pub fn description(self) -> &'static str {
        match self {
            Self::Selection => "the selected lines",
            Self::Line => "the line of the cursor",
            Self::File => "the whole file",
            Self::Buffers => "all open files, with their unsaved text",
            Self::Diagnostics => "the diagnostics of the file that are known here",
            Self::Visible => "the lines around the selection, as far as a screen shows them",
            Self::Diff => "what opencode changed and is not reviewed yet",
            Self::Git => "what git says has changed since the last commit",
            Self::Symbol => "the function or type around the cursor",
        }
    }

    /// As it is written in a prompt.
    pub fn mention(self) -> String {
        format!("{{{}}}", self.name())
    }

    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|context| context.name() == name)
    }
}

/// A `{word}` in a prompt: where it is, in bytes, and what it names; none where nothing is called so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    pub at: Range<usize>,
    pub word: String,
    pub context: Option<ContextName>,
}

/// The `{word}`s of lower-case letters in a prompt, outside of inline code and code blocks, where braces are code.
pub fn mentions(text: &str) -> Vec<Mention> {
    let mut found = Vec::new();
    for stretch in prose(text) {
        in_prose(&text[stretch.clone()], stretch.start, &mut found);
    }
    found
}

/// The contexts that a prompt names, each once, in their order.
pub fn contexts_of(text: &str) -> Vec<ContextName> {
    let mut names = Vec::new();
    for name in mentions(text).into_iter().filter_map(|mention| mention.context) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn in_prose(text: &str, offset: usize, found: &mut Vec<Mention>) {
    let mut at = 0;
    while let Some(next) = text[at..].find('{') {
        let start = at + next;
        at = start + 1;
        let Some(word) = text[at..].split_once('}').map(|(word, _)| word) else {
            return;
        };
        if word.is_empty() || !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
            continue;
        }
        let end = at + word.len() + 1;
        found.push(Mention { at: offset + start..offset + end, word: word.to_owned(), context: ContextName::of(word) });
        at = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let known = |mention: &Mention| mention.context.map(ContextName::name) == Some(mention.word.as_str());
        mentions(text)
            .iter()
            .map(|mention| format!("{}{}", &text[mention.at.clone()], if known(mention) { "" } else { "?" }))
            .collect()
    }

    #[test]
    fn names_between_braces_are_found() {
        assert_eq!(words("Explain {selection} of {file}."), ["{selection}", "{file}"]);
        assert_eq!(words("ä {seletcion} {} {A} { line } {{line}}"), ["{seletcion}?", "{line}"]);
        assert_eq!(words("open { and {diff"), Vec::<String>::new());
    }

    #[test]
    fn braces_of_code_are_code() {
        assert_eq!(
            words("`{file}` {file} ``` {line}\n```rust\nfn a() {line}\n```\n{git}"),
            ["{file}", "{line}", "{git}"]
        );
        assert_eq!(words("a ` alone {file}"), ["{file}"]);
    }
}
