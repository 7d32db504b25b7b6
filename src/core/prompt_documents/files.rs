//! What lies in the folders of prompt documents: questions, notes of what was sent, and what is old.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::core::ids::FolderId;
use crate::review::Fingerprint;

/// How many questions that were sent are kept of a project.
pub const KEPT_SENT: usize = 100;
/// How long they are kept, and what else the bridge has written for the user to read.
pub const KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How long a document is kept in which nothing was asked.
pub const KEPT_EMPTY: Duration = Duration::from_secs(24 * 60 * 60);

/// What is to be done with the files of prompt documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PromptJob {
    /// List the questions of a folder, by its folder of own files.
    List { folder: FolderId, own: PathBuf },
    /// Read a question, and whether it was sent.
    Fetch { path: PathBuf },
    /// Move a document away; its text is `text` where the editor has it.
    Discard { path: PathBuf, to: PathBuf, text: Option<String> },
}

/// What was done with them.
#[derive(Debug)]
pub enum PromptsDone {
    Listed {
        folder: FolderId,
        questions: Vec<KeptQuestion>,
    },
    /// No text where it could not be read.
    Fetched {
        path: PathBuf,
        text: Option<String>,
        sent: bool,
    },
    Discarded {
        path: PathBuf,
        to: PathBuf,
        result: Result<(), String>,
    },
    /// How many questions earlier runs left unsent.
    Left {
        count: usize,
    },
}

/// A question on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptQuestion {
    pub path: PathBuf,
    /// Without its header; never empty.
    pub question: String,
    /// How long ago it was written.
    pub age: Duration,
    pub sent: bool,
}

/// The note beside a question that says what of it was sent.
pub fn note_of(path: &Path) -> PathBuf {
    path.with_extension("sent")
}

/// The question of a note.
pub fn noted(note: &Path) -> PathBuf {
    note.with_extension("md")
}

pub fn note(sent: Fingerprint) -> String {
    format!("{} {:016x}\n", sent.bytes, sent.hash)
}

pub fn read_note(text: &str) -> Option<Fingerprint> {
    let (bytes, hash) = text.trim().split_once(' ')?;
    Some(Fingerprint { bytes: bytes.parse().ok()?, hash: u64::from_str_radix(hash, 16).ok()? })
}

/// What a note says of a text.
pub fn mark_of(text: &str) -> Fingerprint {
    super::mark(text)
}

/// Whether what a note says is the whole of a document.
pub fn is_sent(text: &str, note: Option<&str>) -> bool {
    note.and_then(read_note) == Some(super::mark(text))
}

/// The question of a document, without its header.
pub fn question_of(text: &str) -> &str {
    text[super::header::read(text).body].trim()
}

/// The name of a document that was thrown away.
pub(super) fn removed_name(path: &Path) -> OsString {
    path.file_name().map(OsString::from).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_says_what_was_sent() {
        let text = "<!-- opencode: x\n-->\n\nWhy?\n";
        let note = note(crate::core::prompt_documents::mark(text));
        assert!(is_sent("<!-- opencode: x\r\n-->\r\n\r\nWhy?", Some(&note)));
        assert!(!is_sent("<!-- opencode: x\n-->\n\nHow?\n", Some(&note)));
        assert!(!is_sent(text, Some("nonsense")));
        assert!(!is_sent(text, None));
    }
}
