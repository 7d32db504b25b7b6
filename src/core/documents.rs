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
    /// As the editor has it, but with the file's line breaks where the editor holds line feeds for them.
    pub text: Document,
    /// The editor holds a line feed for every CR LF of the file (Emacs, Kakoune).
    holds_line_feeds: bool,
}

impl OpenDocument {
    pub fn new(uri: DocumentUri, language: String, version: i32, text: &str) -> Self {
        let (path, text) = (uri.to_path(), Document::new(text));
        Self { uri, path, language, version, text, holds_line_feeds: false }
    }

    /// Takes over the line breaks of the file, if the editor may hold line feeds for them.
    fn follow_line_breaks(&mut self, disk: &str) {
        let all_crlf = has_only_crlf(disk);
        if self.holds_line_feeds && !all_crlf {
            self.hold_as_it_is();
            return;
        }
        if self.holds_line_feeds || !all_crlf || self.text.has_carriage_return() {
            return;
        }
        let text = self.text.text();
        if same_lines(&text, disk) {
            self.text = Document::new(&text.replace('\n', "\r\n"));
            self.holds_line_feeds = true;
        }
    }

    fn hold_as_it_is(&mut self) {
        self.text = Document::new(&self.text.text().replace("\r\n", "\n"));
        self.holds_line_feeds = false;
    }

    fn edit(&mut self, span: Option<Span>, text: &str, encoding: Encoding) -> TextEdit {
        if !self.holds_line_feeds {
            return self.text.edit(span, text, encoding);
        }
        if text.contains('\r') {
            // It does hold carriage returns after all: the whole text is another one.
            let whole = 0..self.text.len_bytes();
            self.hold_as_it_is();
            self.text.edit(span, text, encoding);
            return TextEdit { range: whole, text: self.text.text() };
        }
        self.text.edit(span, &text.replace('\n', "\r\n"), encoding)
    }

    /// A text of the file's as the editor is to be given it.
    pub fn for_editor(&self, text: String) -> String {
        if self.holds_line_feeds { text.replace("\r\n", "\n") } else { text }
    }
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
        if let Some(path) = uri.to_path() {
            self.by_path.insert(path, uri.clone());
        }
        let document = OpenDocument::new(uri.clone(), language, version, text);
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
        Some(edits.into_iter().map(|(span, text)| document.edit(span, &text, encoding)).collect())
    }

    /// The file of an open document holds this text.
    pub fn follow_line_breaks(&mut self, path: &Path, disk: &str) {
        if let Some(document) = self.by_path.get(path).and_then(|uri| self.open.get_mut(uri)) {
            document.follow_line_breaks(disk);
        }
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

    /// By the editor's own URI, or by another one of the same file: what percent-encodes differs.
    pub fn get(&self, uri: &DocumentUri) -> Option<&OpenDocument> {
        self.open.get(uri).or_else(|| self.by_path(&uri.to_path()?))
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

/// Whether there are line breaks and all of them are CR LF.
fn has_only_crlf(text: &str) -> bool {
    let mut lines = text.split('\n').rev().skip(1).peekable();
    lines.peek().is_some() && lines.all(|line| line.ends_with('\r') && !line[..line.len() - 1].contains('\r'))
}

pub fn without_bom(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_found_by_another_spelling_of_its_uri() {
        let mut documents = Documents::default();
        let uri = if cfg!(windows) { "file:///C:/c++/x.cpp" } else { "file:///c++/x.cpp" };
        documents.open(uri.into(), "cpp".to_owned(), 1, "int x;\n");
        assert!(documents.get(&uri.replace('+', "%2B").as_str().into()).is_some());
        assert!(documents.get(&uri.replace('x', "y").as_str().into()).is_none());
    }

    #[test]
    fn only_whole_crlf_texts_are_followed() {
        for (text, is) in
            [("a\r\nb\r\n", true), ("a\r\nb", true), ("a\r\nb\n", false), ("a", false), ("a\r\r\n", false)]
        {
            assert_eq!(has_only_crlf(text), is, "{text:?}");
        }
    }
}
