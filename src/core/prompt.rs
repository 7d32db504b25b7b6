//! How a prompt is written: the question, where it comes from, and the text it is about.

use std::path::Path;

use super::documents::{OpenDocument, same_lines};
use super::inert::fence;
use super::place::{describe_lines, lines_of, mention, relative};
use super::server::PromptPart;
use crate::text::{Encoding, Span};

/// The selected text and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// Relative to the project, or absolute outside of it, or the URI of what is no file.
    pub name: String,
    /// Set for a file inside the project.
    pub in_project: bool,
    pub language: String,
    /// 1-based, inclusive; none for a whole document.
    pub lines: Option<(u32, u32)>,
    pub text: String,
}

impl Excerpt {
    /// Cuts the place out of a document: whole lines, as people speak of them.
    pub fn of(document: &OpenDocument, span: Option<Span>, root: &Path, encoding: Encoding) -> Self {
        let inside = document.path.as_deref().and_then(|path| relative(path, root));
        let name = match (&inside, &document.path) {
            (Some(name), _) => name.clone(),
            (None, Some(path)) => path.display().to_string(),
            (None, None) => document.uri.to_string(),
        };
        let lines = span.map(|span| {
            let last_line = document.text.line_count();
            let (first, last) = lines_of(span);
            (first.min(last_line), last.min(last_line))
        });
        let text = match lines {
            None => document.text.text(),
            Some((first, last)) => {
                let span = document.text.lines_span(first - 1..last, encoding);
                document.text.slice(document.text.range(span, encoding))
            }
        };
        Self { name, in_project: inside.is_some(), language: document.language.clone(), lines, text }
    }

    /// `src/a.py, lines 3-7 (python)`.
    pub(super) fn place(&self) -> String {
        let mut place = format!("`{}`", self.name.replace('`', "'"));
        if let Some(lines) = self.lines {
            place.push_str(", ");
            place.push_str(&describe_lines(lines));
        }
        if !self.language.is_empty() {
            place.push_str(&format!(" ({})", self.language));
        }
        place
    }

    pub(super) fn block(&self) -> String {
        let fence = fence(&self.text);
        let end = if self.text.ends_with('\n') || self.text.is_empty() { "" } else { "\n" };
        format!("{fence}{}\n{}{end}{fence}", self.language, self.text)
    }
}

/// Whether the editor's text is what the file holds, so that opencode may read it from disk.
pub fn is_saved(document: &OpenDocument, on_disk: Option<&str>) -> bool {
    on_disk.is_some_and(|disk| same_lines(&document.text.text(), disk))
}

/// The parts of a prompt: saved text of the project travels as a `file` part, everything else as text that says so.
pub fn compose(
    question: &str,
    excerpt: Option<&Excerpt>,
    path: Option<&Path>,
    saved: bool,
    diagnostics: &[String],
) -> Vec<PromptPart> {
    let mut text = question.trim_end().to_owned();
    if !diagnostics.is_empty() {
        text.push_str("\n\nDiagnostics there:");
        for diagnostic in diagnostics {
            text.push_str("\n- ");
            text.push_str(&diagnostic.replace('\n', " "));
        }
    }
    let Some(excerpt) = excerpt else {
        return vec![PromptPart::Text(text)];
    };
    text.push_str(&format!("\n\nThis is about {}", excerpt.place()));
    match path {
        Some(path) if saved && excerpt.in_project => {
            text.push('.');
            let file = PromptPart::File { path: path.to_path_buf(), name: excerpt.name.clone(), lines: excerpt.lines };
            vec![PromptPart::Text(text), file]
        }
        _ => {
            let why = if saved { "" } else { ", as it is in the editor (not saved)" };
            text.push_str(&format!("{why}:\n{}", excerpt.block()));
            vec![PromptPart::Text(text)]
        }
    }
}

/// What goes into the TUI's prompt: a mention of saved text, else the text itself with its place.
pub fn append_text(excerpt: &Excerpt, saved: bool) -> String {
    if saved && excerpt.in_project {
        return format!("{} ", mention(&excerpt.name, excerpt.lines));
    }
    let why = if saved { "" } else { ", not saved" };
    format!("{}{why}:\n{}\n", excerpt.place(), excerpt.block())
}

/// The text that finds this prompt again among the session's messages.
pub fn key_text(parts: &[PromptPart]) -> &str {
    parts
        .iter()
        .find_map(|part| match part {
            PromptPart::Text(text) => Some(text.as_str()),
            PromptPart::File { .. } | PromptPart::Agent(_) => None,
        })
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::ids::DocumentUri;
    use crate::text::Point;

    fn document(text: &str) -> OpenDocument {
        OpenDocument::new(DocumentUri::from("file:///p/src/a.py"), "python".to_owned(), 1, text)
    }

    fn lines(first: u32, last: u32) -> Option<Span> {
        Some(Span { start: Point { line: first, character: 1 }, end: Point { line: last, character: 1 } })
    }

    fn excerpt(text: &str, span: Option<Span>, root: &str) -> Excerpt {
        Excerpt::of(&document(text), span, Path::new(root), Encoding::Utf16)
    }

    #[test]
    fn saved_text_travels_as_a_file_with_its_lines() {
        let excerpt = excerpt("a\nb\nc\n", lines(1, 1), "/p");
        let path = Path::new("/p/src/a.py");
        assert_eq!(
            compose("Why?", Some(&excerpt), Some(path), true, &[]),
            [
                PromptPart::Text("Why?\n\nThis is about `src/a.py`, line 2 (python).".to_owned()),
                PromptPart::File { path: path.to_path_buf(), name: "src/a.py".to_owned(), lines: Some((2, 2)) },
            ]
        );
        assert_eq!(append_text(&excerpt, true), "@src/a.py#L2 ");
    }

    #[test]
    fn unsaved_text_travels_as_text_and_says_so() {
        let excerpt = excerpt("a\r\n```b\r\nc", lines(1, 2), "/p");
        let path = Path::new("/p/src/a.py");
        assert_eq!(
            compose("Why?", Some(&excerpt), Some(path), false, &["E1: bad\nthing".to_owned()]),
            [PromptPart::Text(
                "Why?\n\nDiagnostics there:\n- E1: bad thing\n\nThis is about `src/a.py`, lines 2-3 (python), \
                 as it is in the editor (not saved):\n````python\n```b\r\nc\n````"
                    .to_owned()
            )]
        );
        assert_eq!(
            append_text(&excerpt, false),
            "`src/a.py`, lines 2-3 (python), not saved:\n````python\n```b\r\nc\n````\n"
        );
    }

    #[test]
    fn a_file_of_another_project_travels_as_text_with_its_whole_path() {
        let excerpt = excerpt("a\n", lines(0, 0), "/elsewhere");
        let parts = compose("Why?", Some(&excerpt), Some(Path::new("/p/src/a.py")), true, &[]);
        assert_eq!(
            parts,
            [PromptPart::Text("Why?\n\nThis is about `/p/src/a.py`, line 1 (python):\n```python\na\n```".to_owned())]
        );
    }

    #[test]
    fn nonsense_lines_are_clamped() {
        assert_eq!(excerpt("a\n", lines(7, u32::MAX), "/p").lines, Some((2, 2)));
    }
}
