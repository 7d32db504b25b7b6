//! Texts as an editor addresses them: points in lines and encoded units, over a rope.

mod document;
mod packed;
mod point;

pub use document::{Document, TextEdit};
pub use packed::{PackedText, Packer, Packs, Place};
pub use point::{Encoding, Point, Span};

#[cfg(test)]
mod tests;
