//! What changed in a file since the last state the user has reviewed.
//!
//! Lines here end at `\n` only; a `\r` is part of its line. Positions in an editor count
//! lines differently ([`crate::text::Document`]), so go from one to the other by bytes.

mod content;
mod diff;
mod edited;
mod hunk;
mod ids;
mod joined;
mod merge;
mod state;
mod territory;
mod undo;
mod unified;

pub mod patch;

pub use content::{Content, Fingerprint};
pub use hunk::{Hunk, hunks};
pub use ids::HunkId;
pub use merge::merge;
pub use state::{Baseline, ChangeKind, FileReview};
pub use territory::replace;
pub use unified::unified;

#[cfg(test)]
mod tests;
