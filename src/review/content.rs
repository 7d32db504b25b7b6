//! What a file holds.

use std::sync::Arc;

/// Files larger than this are not compared, in bytes.
const MAX_BYTES: usize = 10 * 1024 * 1024;

/// How much of a file is searched for a NUL byte, in bytes. Git looks as far.
const SNIFFED_BYTES: usize = 8000;

/// What a file holds, as far as it can be reviewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// There is no such file.
    Absent,
    /// A text, with its line endings and its byte order mark.
    Text(Arc<str>),
    /// Something that is no UTF-8 text.
    Binary,
    /// More than 10 MiB.
    TooLarge {
        /// The size of the file in bytes.
        bytes: u64,
    },
}

impl Content {
    /// What the bytes of an existing file are: too large above 10 MiB, binary with a NUL
    /// byte in the first 8000 bytes or with invalid UTF-8, else text.
    pub fn from_bytes(bytes: &[u8]) -> Content {
        if bytes.len() > MAX_BYTES {
            return Content::TooLarge { bytes: bytes.len() as u64 };
        }
        if bytes.iter().take(SNIFFED_BYTES).any(|&b| b == 0) {
            return Content::Binary;
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => Content::Text(text.into()),
            Err(_) => Content::Binary,
        }
    }

    /// The text, where it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Content::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text that lines are compared by: an absent file has none of them.
    pub(super) fn comparable(&self) -> Option<&str> {
        match self {
            Content::Absent => Some(""),
            Content::Text(text) => Some(text),
            Content::Binary | Content::TooLarge { .. } => None,
        }
    }
}
