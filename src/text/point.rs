//! Positions in a text.

/// The unit in which [`Point::character`] counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Encoding {
    /// Bytes of UTF-8.
    Utf8,
    /// UTF-16 code units: what a client that negotiated nothing uses.
    #[default]
    Utf16,
    /// Unicode scalar values.
    Utf32,
}

/// A place between two characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Point {
    /// 0-based line; lines end at `\n`, `\r\n` or `\r`.
    pub line: u32,
    /// 0-based offset in the line, in units of an [`Encoding`] named elsewhere.
    pub character: u32,
}

/// A half-open stretch of text. It may be reversed where a client sends it so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Span {
    /// The first place inside.
    pub start: Point,
    /// The first place after.
    pub end: Point,
}
