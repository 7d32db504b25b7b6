//! What a file holds.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Files larger than this are not compared, in bytes.
const MAX_BYTES: usize = 10 * 1024 * 1024;

/// How much of a file is searched for a NUL byte, in bytes. Git looks as far.
const SNIFFED_BYTES: usize = 8000;

const BOM: char = '\u{feff}';

/// What a file holds, as far as it can be reviewed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// There is no such file.
    Absent,
    /// A text, with its line endings and its byte order mark.
    Text(Arc<str>),
    /// Something that is no UTF-8 text.
    Binary(Fingerprint),
    /// More than 10 MiB.
    TooLarge {
        /// The size of the file in bytes.
        bytes: u64,
    },
    /// Something that cannot be read as a file: a folder, a pipe, or what the system refuses.
    Unreadable,
}

/// What tells contents apart that are not kept. Stable between runs and builds, but no proof
/// against contents that were made to collide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fingerprint {
    /// How many bytes there are.
    pub bytes: u64,
    /// Their FNV-1a hash of 64 bits.
    pub hash: u64,
}

impl Fingerprint {
    /// The fingerprint of these bytes.
    pub fn of(bytes: &[u8]) -> Fingerprint {
        const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
        const PRIME: u64 = 0x0100_0000_01b3;
        let hash = bytes.iter().fold(BASIS, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME));
        Fingerprint { bytes: bytes.len() as u64, hash }
    }
}

impl Content {
    /// What the bytes of an existing file are: too large above 10 MiB, binary with a NUL
    /// byte in the first 8000 bytes or with invalid UTF-8, else text.
    pub fn from_bytes(bytes: &[u8]) -> Content {
        if bytes.len() > MAX_BYTES {
            return Content::TooLarge { bytes: bytes.len() as u64 };
        }
        if bytes.iter().take(SNIFFED_BYTES).any(|&b| b == 0) {
            return Content::Binary(Fingerprint::of(bytes));
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => Content::Text(text.into()),
            Err(_) => Content::Binary(Fingerprint::of(bytes)),
        }
    }

    /// The text, where it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Content::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether there is no such file.
    pub fn is_absent(&self) -> bool {
        *self == Content::Absent
    }

    /// Whether it is a text with a byte order mark.
    pub fn begins_with_bom(&self) -> bool {
        self.text().is_some_and(|text| text.starts_with(BOM))
    }

    /// The same without its byte order mark, which editors keep to themselves.
    pub fn without_bom(self) -> Content {
        match &self {
            Content::Text(text) => match text.strip_prefix(BOM) {
                Some(rest) => Content::Text(rest.into()),
                None => self,
            },
            _ => self,
        }
    }

    /// Whether it is said to be no text: binary, or nothing that can be read.
    pub(super) fn is_no_text(&self) -> bool {
        matches!(self, Content::Binary(_) | Content::Unreadable)
    }

    /// The text that lines are compared by: an absent file has none of them.
    pub(super) fn comparable(&self) -> Option<&str> {
        match self {
            Content::Absent => Some(""),
            Content::Text(text) => Some(text),
            Content::Binary(_) | Content::TooLarge { .. } | Content::Unreadable => None,
        }
    }
}
