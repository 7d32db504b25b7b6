//! The text that a question or an addition is about: lines of a file, or what standard input has.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::ShellError;
use crate::core::documents::OpenDocument;
use crate::core::ids::DocumentUri;
use crate::core::place::relative;
use crate::core::prompt::Excerpt;
use crate::text::{Encoding, Point, Span};

#[derive(Debug, clap::Args)]
pub struct About {
    /// The file that it is about
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Its lines, such as 3-7 or 3, counted from 1
    #[arg(long, visible_alias = "range", value_name = "LINES", value_parser = lines, requires = "file")]
    lines: Option<(u32, u32)>,
    /// Read the text that it is about from standard input, such as a selection that is not saved
    #[arg(long)]
    stdin: bool,
}

/// A text and where it is from.
pub struct Found {
    pub excerpt: Excerpt,
    /// The file, where its text is the saved one.
    pub path: Option<PathBuf>,
}

impl About {
    /// None where nothing is named.
    pub fn find(self, root: &Path) -> Result<Option<Found>, ShellError> {
        let Self { file, lines, stdin } = self;
        if stdin {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).map_err(ShellError::Input)?;
            let name = file.map_or_else(|| "the selection".to_owned(), |file| name_of(&file, root));
            let excerpt = Excerpt { name, in_project: false, language: String::new(), lines, text };
            return Ok(Some(Found { excerpt, path: None }));
        }
        let Some(file) = file else {
            return Ok(None);
        };
        let failed = |error| ShellError::File { path: file.clone(), error };
        let path = match in_project(&file, root) {
            Some(name) => root.join(name),
            None => std::path::absolute(&file).map_err(failed)?,
        };
        let bytes = std::fs::read(&path).map_err(failed)?;
        let text = String::from_utf8(bytes).map_err(|_| ShellError::NoText(file.clone()))?;
        let uri = DocumentUri::from_path(&path).ok_or_else(|| ShellError::NoText(file.clone()))?;
        let document = OpenDocument::new(uri, String::new(), 1, &text);
        let span = lines.map(|(first, last)| Span {
            start: Point { line: first - 1, character: 0 },
            end: Point { line: last - 1, character: u32::MAX },
        });
        let excerpt = Excerpt::of(&document, span, root, Encoding::Utf16);
        Ok(Some(Found { excerpt, path: Some(path) }))
    }
}

fn name_of(file: &Path, root: &Path) -> String {
    in_project(file, root).unwrap_or_else(|| file.display().to_string())
}

/// The name of a file within the project, by whatever way it was named.
fn in_project(file: &Path, root: &Path) -> Option<String> {
    relative(&file.canonicalize().ok()?, &root.canonicalize().ok()?)
}

/// `3-7` or `3`: 1-based, inclusive.
fn lines(text: &str) -> Result<(u32, u32), String> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (first.trim().parse(), last.trim().parse()) {
        (Ok(first @ 1..), Ok(last)) if first <= last => Ok((first, last)),
        _ => Err("must be such as 3-7 or 3, counted from 1".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_one_or_a_range() {
        assert_eq!(lines("3"), Ok((3, 3)));
        assert_eq!(lines("3-7"), Ok((3, 7)));
        for wrong in ["0", "7-3", "", "-", "3-", "a", "3-4-5", "-1"] {
            assert!(lines(wrong).is_err(), "{wrong}");
        }
    }
}
