//! The open documents of the editor, mirrored in the order of its notifications.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::ids::DocumentUri;
use crate::text::{Document, Encoding, Span, TextEdit};

/// One document as the editor has it, saved or not.
#[derive(Debug, Clone)]
pub struct OpenDocument {
    pub uri: DocumentUri,
    pub path: Option<PathBuf>,
    pub language: String,
    pub version: i32,
    pub text: Document,
}

/// All open documents, by URI.
#[derive(Debug, Default)]
pub struct Documents {
    open: HashMap<DocumentUri, OpenDocument>,
    by_path: HashMap<PathBuf, DocumentUri>,
}

impl Documents {
    /// Takes a document over; one that was open already is replaced.
    pub fn open(&mut self, uri: DocumentUri, language: String, version: i32, text: &str) {
        let path = uri.to_path();
        if let Some(path) = &path {
            self.by_path.insert(path.clone(), uri.clone());
        }
        let document = OpenDocument { uri: uri.clone(), path, language, version, text: Document::new(text) };
        self.open.insert(uri, document);
    }

    /// Applies edits in order; each range refers to the text after the one before it.
    ///
    /// Returns what was done in bytes, or none where the document was never opened.
    pub fn change(
        &mut self,
        uri: &DocumentUri,
        version: i32,
        edits: Vec<(Option<Span>, String)>,
        encoding: Encoding,
    ) -> Option<Vec<TextEdit>> {
        let document = self.open.get_mut(uri)?;
        document.version = version;
        Some(edits.into_iter().map(|(span, text)| document.text.edit(span, &text, encoding)).collect())
    }

    pub fn close(&mut self, uri: &DocumentUri) -> Option<OpenDocument> {
        let document = self.open.remove(uri)?;
        if let Some(path) = &document.path
            && self.by_path.get(path) == Some(uri)
        {
            self.by_path.remove(path);
        }
        Some(document)
    }

    pub fn get(&self, uri: &DocumentUri) -> Option<&OpenDocument> {
        self.open.get(uri)
    }

    pub fn by_path(&self, path: &Path) -> Option<&OpenDocument> {
        self.by_path.get(path).and_then(|uri| self.open.get(uri))
    }

    /// The editor's own URI of a file where it is open, else a new one.
    pub fn uri_of(&self, path: &Path) -> Option<DocumentUri> {
        self.by_path.get(path).cloned().or_else(|| DocumentUri::from_path(path))
    }

    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.by_path.keys().map(PathBuf::as_path)
    }
}

/// Whether two texts are the same but for a byte order mark, which editors keep to themselves.
pub fn same_text(left: &str, right: &str) -> bool {
    without_bom(left) == without_bom(right)
}

/// The same for editors that hold every text with line feeds only.
pub fn same_lines(left: &str, right: &str) -> bool {
    let lines = |text| without_bom(text).split('\n').map(|line: &str| line.strip_suffix('\r').unwrap_or(line));
    lines(left).eq(lines(right))
}

pub fn without_bom(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}
