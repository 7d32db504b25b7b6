//! Places in the user's files, and how they are written for people and for opencode.

use std::path::{Path, PathBuf};

use url::Url;

use super::ids::DocumentUri;
use crate::text::Span;

/// A document and, maybe, a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub uri: DocumentUri,
    /// In the client's position encoding.
    pub span: Option<Span>,
}

impl DocumentUri {
    /// The file behind a `file:` URI; none for `untitled:` and the like.
    pub fn to_path(&self) -> Option<PathBuf> {
        Url::parse(self.as_str()).ok()?.to_file_path().ok()
    }

    /// The URI of a file, percent-encoded. None for a path that is not absolute.
    pub fn from_path(path: &Path) -> Option<Self> {
        Url::from_file_path(path).ok().map(|url| Self::from(url.as_str()))
    }
}

/// The 1-based, inclusive lines that a span touches; a span that ends at the start of a line does not touch that line.
pub fn lines_of(span: Span) -> (u32, u32) {
    let (start, end) = if span.end < span.start { (span.end, span.start) } else { (span.start, span.end) };
    let last = if end.character == 0 && end.line > start.line { end.line - 1 } else { end.line };
    (start.line.saturating_add(1), last.saturating_add(1))
}

/// `path` relative to `root` with `/` between its parts; none outside of it.
pub fn relative(path: &Path, root: &Path) -> Option<String> {
    let rest = path.strip_prefix(root).ok()?;
    let parts: Vec<_> = rest.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// `lines 3-7` or `line 3`, from 1-based inclusive lines.
pub fn describe_lines((first, last): (u32, u32)) -> String {
    if first == last { format!("line {first}") } else { format!("lines {first}-{last}") }
}

/// opencode's mention of a place in its prompt: `@src/a.rs#L10-20`.
pub fn mention(path: &str, lines: Option<(u32, u32)>) -> String {
    match lines {
        None => format!("@{path}"),
        Some((first, last)) if first == last => format!("@{path}#L{first}"),
        Some((first, last)) => format!("@{path}#L{first}-{last}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Point;

    fn span(start: (u32, u32), end: (u32, u32)) -> Span {
        Span { start: Point { line: start.0, character: start.1 }, end: Point { line: end.0, character: end.1 } }
    }

    #[test]
    fn lines_are_counted_as_people_do() {
        assert_eq!(lines_of(span((0, 0), (0, 0))), (1, 1));
        assert_eq!(lines_of(span((1, 4), (3, 0))), (2, 3));
        assert_eq!(lines_of(span((3, 1), (1, 4))), (2, 4));
        assert_eq!(lines_of(span((u32::MAX, 0), (u32::MAX, 5))), (u32::MAX, u32::MAX));
    }

    #[test]
    fn mentions() {
        assert_eq!(mention("a b.py", Some((10, 20))), "@a b.py#L10-20");
        assert_eq!(mention("a.py", Some((3, 3))), "@a.py#L3");
    }

    #[test]
    fn only_files_have_paths() {
        assert_eq!(DocumentUri::from("untitled:Untitled-1").to_path(), None);
        assert_eq!(DocumentUri::from("not a uri").to_path(), None);
        #[cfg(unix)]
        assert_eq!(DocumentUri::from("file:///tmp/%C3%BC%20%23.py").to_path(), Some(PathBuf::from("/tmp/ü #.py")));
    }
}
