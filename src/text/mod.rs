//! Texts as an editor addresses them: points in lines and encoded units, over a rope.

mod document;
mod point;

pub use document::{Document, TextEdit};
pub use point::{Encoding, Point, Span};

#[cfg(test)]
mod tests;
