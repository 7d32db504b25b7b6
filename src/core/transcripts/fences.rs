//! Fenced code in Markdown: where it begins and ends, and the blocks of an answer.

/// A block of code as a model wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeBlock {
    /// The first word behind the fence; empty where there is none.
    pub language: String,
    /// Without the fences and their indentation, each line with its break.
    pub text: String,
}

/// A line that opens a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening<'a> {
    mark: char,
    length: usize,
    /// Characters of white space before it, which the lines of the block may lose.
    indent: usize,
    pub language: &'a str,
}

impl<'a> Opening<'a> {
    /// Reads a line. A fence in a list is one, however deep, and on the list's own line, too.
    pub fn of(line: &'a str) -> Option<Self> {
        let text = line.trim_start();
        let item = without_list_mark(text).trim_start();
        let fence = [text, item].into_iter().find(|text| text.starts_with("```") || text.starts_with("~~~"))?;
        let indent = line[..line.len() - fence.len()].chars().count();
        let mark = if fence.starts_with('`') { '`' } else { '~' };
        let length = fence.chars().take_while(|c| *c == mark).count();
        let info = fence[length..].trim();
        // CommonMark: this would be code within a line.
        if mark == '`' && info.contains('`') {
            return None;
        }
        let language = info.split(|c: char| c.is_whitespace() || matches!(c, '{' | ',')).next().unwrap_or_default();
        Some(Self { mark, length, indent, language })
    }

    pub fn is_closed_by(&self, line: &str) -> bool {
        let line = line.trim();
        line.chars().count() >= self.length && line.chars().all(|c| c == self.mark)
    }

    /// A line of the block without the indentation of its fence.
    pub fn inner<'l>(&self, line: &'l str) -> &'l str {
        let spaces = line.chars().take(self.indent).take_while(|c| matches!(c, ' ' | '\t')).count();
        &line[spaces..]
    }
}

/// `- a`, `3. a` and the like without their mark.
fn without_list_mark(text: &str) -> &str {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let mark = match text.as_bytes().get(digits) {
        Some(b'.' | b')') if (1..10).contains(&digits) => digits + 1,
        Some(b'-' | b'*' | b'+') if digits == 0 => 1,
        _ => return text,
    };
    if text[mark..].starts_with(' ') { &text[mark..] } else { text }
}

/// The closed blocks of a text, in order. One that is still open may not be all there.
pub fn code_blocks(text: &str) -> Vec<CodeBlock> {
    let mut blocks = Vec::new();
    let mut open: Option<(Opening<'_>, String)> = None;
    for line in text.lines() {
        match &mut open {
            None => open = Opening::of(line).map(|opening| (opening, String::new())),
            Some((opening, code)) if !opening.is_closed_by(line) => {
                code.push_str(opening.inner(line));
                code.push('\n');
            }
            Some(_) => {
                if let Some((opening, text)) = open.take() {
                    blocks.push(CodeBlock { language: opening.language.to_owned(), text });
                }
            }
        }
    }
    blocks.retain(|block| !block.text.trim().is_empty());
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(text: &str) -> Vec<(String, String)> {
        code_blocks(text).into_iter().map(|block| (block.language, block.text)).collect()
    }

    fn block(language: &str, text: &str) -> (String, String) {
        (language.to_owned(), text.to_owned())
    }

    #[test]
    fn blocks_are_what_is_between_their_fences() {
        assert_eq!(
            blocks("Try:\n```python\nx = 1\n\n  y\n```\nor\n~~~\n```\na\n~~~\n"),
            [block("python", "x = 1\n\n  y\n"), block("", "```\na\n")]
        );
        assert_eq!(blocks("````md\n```\ninner\n```\n````"), [block("md", "```\ninner\n```\n")]);
        assert_eq!(blocks("```rust,ignore\nfn\r\n```"), [block("rust", "fn\n")]);
    }

    #[test]
    fn a_block_in_a_list_loses_the_list_s_indentation_only() {
        assert_eq!(blocks("1. so\n   ```py\n   if x:\n       y\n   ```"), [block("py", "if x:\n    y\n")]);
        assert_eq!(blocks("- ```py\n  x\n  ```\nafter"), [block("py", "x\n")]);
        assert_eq!(blocks("   ```\nless\n   ```"), [block("", "less\n")]);
    }

    #[test]
    fn what_is_not_closed_or_empty_is_no_block() {
        assert_eq!(blocks("```py\nx = "), []);
        assert_eq!(blocks("```\n\n```"), []);
        assert_eq!(blocks("use ```a``` here\n```a``` b\n"), []);
    }
}
