//! What has to be known of a language to find its comments.

/// A language's comments and strings.
#[derive(Debug, PartialEq, Eq)]
pub struct Syntax {
    /// What begins a comment to the end of the line.
    pub line: &'static [&'static str],
    /// What begins and ends other comments.
    pub block: &'static [(&'static str, &'static str)],
    /// Block comments have block comments in them.
    pub nested: bool,
    /// Longer openings first.
    pub strings: &'static [Quote],
    pub apostrophe: Apostrophe,
    pub extra: Extra,
}

/// One kind of string.
#[derive(Debug, PartialEq, Eq)]
pub struct Quote {
    pub open: &'static str,
    pub close: &'static str,
    pub escape: Escape,
    /// It may go on in the next line.
    pub long: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escape {
    None,
    Backslash,
    /// The closing mark twice stands for itself.
    Doubled,
    /// With a backslash; `${` to `}` is code.
    Template,
}

/// What `'` is where it is not among the strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Apostrophe {
    /// Nothing of interest, or a string like others.
    Plain,
    /// It quotes one character, and means something else as well (lifetimes, digits, primes).
    Character,
    /// It quotes, but not within a word.
    NotInWords,
}

/// What is special about a language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extra {
    Nothing,
    /// `/…/` may be a regular expression.
    Script,
    /// `r#"…"#`
    Rust,
    /// `R"x(…)x"`
    Cpp,
    /// `[==[ … ]==]`
    Lua,
    /// `#` begins a comment between words only, backslashes escape in code, `<<END`.
    Shell,
    /// `<<~END`
    Ruby,
    /// `<<<END`
    Php,
    /// Comments begin between words only.
    Words,
    /// A backslash escapes in code.
    Tex,
    /// A line that begins with `\\` is a string.
    Zig,
    /// Comments are whole lines.
    WholeLines,
}

const fn quote(open: &'static str, close: &'static str, escape: Escape, long: bool) -> Quote {
    Quote { open, close, escape, long }
}

/// `"…"` in one line.
pub const SHORT: Quote = quote("\"", "\"", Escape::Backslash, false);
/// `"…"` over several.
pub const LONG: Quote = quote("\"", "\"", Escape::Backslash, true);
/// `'…'`
pub const SHORT_SINGLE: Quote = quote("'", "'", Escape::Backslash, false);
pub const LONG_SINGLE: Quote = quote("'", "'", Escape::Backslash, true);
pub const RAW_SINGLE: Quote = quote("'", "'", Escape::None, true);
pub const RAW_SINGLE_LINE: Quote = quote("'", "'", Escape::None, false);
/// `$'…'`
pub const DOLLAR_SINGLE: Quote = quote("$'", "'", Escape::Backslash, true);
pub const DOUBLED: Quote = quote("\"", "\"", Escape::Doubled, true);
pub const DOUBLED_LINE: Quote = quote("\"", "\"", Escape::Doubled, false);
pub const DOUBLED_SINGLE: Quote = quote("'", "'", Escape::Doubled, true);
/// `"""…"""`
pub const TRIPLE: Quote = quote("\"\"\"", "\"\"\"", Escape::Backslash, true);
pub const TRIPLE_SINGLE: Quote = quote("'''", "'''", Escape::Backslash, true);
pub const RAW_TRIPLE: Quote = quote("\"\"\"", "\"\"\"", Escape::None, true);
pub const RAW_TRIPLE_SINGLE: Quote = quote("'''", "'''", Escape::None, true);
/// Backticks.
pub const TEMPLATE: Quote = quote("`", "`", Escape::Template, true);
pub const BACKTICKS: Quote = quote("`", "`", Escape::None, true);
/// C#'s `@"…"` and `$@"…"`.
pub const VERBATIM: Quote = quote("@\"", "\"", Escape::Doubled, true);
/// PowerShell's.
pub const HERE: Quote = quote("@\"", "\"@", Escape::None, true);
pub const HERE_SINGLE: Quote = quote("@'", "'@", Escape::None, true);
/// Nix's.
pub const TWO_SINGLE: Quote = quote("''", "''", Escape::None, true);
