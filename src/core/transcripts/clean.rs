//! Text of a model or a user as a part of a Markdown document: it stays readable, and can neither pretend to
//! be a part of the document that it is not, nor lead anywhere but to files of the project.
//!
//! Code keeps its text. In all other text, what would become an image, a link, HTML, a heading of ours or
//! the end of a line's code is written with a backslash, so that it shows as it was written.

use std::collections::BTreeMap;

use super::fences::Opening;
use super::mentions::Known;
use crate::core::inert::{fence, inert_lines};

/// Link definitions: what stands in brackets, and where it leads.
pub type Links = BTreeMap<String, String>;

/// What the lines of tools begin with; no text of a model's may.
pub const TOOL_MARKS: [&str; 3] = ["- ✓ ", "- ✗ ", "- … "];

/// A text as Markdown, without empty lines around it. Mentions of known files become links `[a.py:3]`, whose
/// definitions go to `links`.
pub fn clean(text: &str, known: &Known<'_>, links: &mut Links) -> String {
    let text = inert_lines(text);
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    let mut open: Option<(Opening<'_>, String)> = None;
    for line in text.trim_end().lines() {
        match &mut open {
            None => match Opening::of(line) {
                Some(opening) => open = Some((opening, String::new())),
                None => {
                    clean_line(line, known, links, &mut out);
                    out.push('\n');
                }
            },
            Some((opening, code)) if !opening.is_closed_by(line) => {
                code.push_str(opening.inner(line));
                code.push('\n');
            }
            Some(_) => {
                if let Some((opening, code)) = open.take() {
                    push_code(&mut out, opening.language, &code);
                }
            }
        }
    }
    // What streams may be in the middle of its code.
    if let Some((opening, code)) = open {
        push_code(&mut out, opening.language, &code);
    }
    out.trim_matches('\n').to_owned()
}

/// A block that its content cannot end.
pub fn push_code(out: &mut String, language: &str, code: &str) {
    let fence = fence(code);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+' | '#' | '.');
    let language: String = language.chars().filter(|c| is_plain(*c)).take(30).collect();
    let end = if code.is_empty() || code.ends_with('\n') { "" } else { "\n" };
    out.push_str(&format!("{fence}{language}\n{code}{end}{fence}\n"));
}

/// Code within a line: `text`, whatever is in it.
pub fn code_span(text: &str) -> String {
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

fn clean_line(line: &str, known: &Known<'_>, links: &mut Links, out: &mut String) {
    let text = line.trim_start();
    out.push_str(&line[..line.len() - text.len()]);
    let level = text.chars().take_while(|c| *c == '#').count();
    if (1..=4).contains(&level) && text[level..].starts_with([' ', '\t']) {
        // The first two levels of headings are the document's own.
        out.push_str("##");
    } else if TOOL_MARKS.iter().any(|mark| text.starts_with(mark)) {
        out.push('\\');
    }
    let mut rest = text;
    while let Some(at) = rest.find(['`', '\\']) {
        clean_words(&rest[..at], known, links, out);
        rest = &rest[at..];
        if rest.starts_with('\\') {
            // A backslash takes the meaning of what comes after it, a backtick's too.
            let length = 1 + rest[1..].chars().next().map_or(0, |c| if c.is_ascii_punctuation() { 1 } else { 0 });
            out.push_str(&rest[..length]);
            rest = &rest[length..];
            continue;
        }
        let ticks = rest.bytes().take_while(|byte| *byte == b'`').count();
        match end_of_span(rest, ticks) {
            Some(end) => {
                push_span(&rest[..end], ticks, known, links, out);
                rest = &rest[end..];
            }
            None => {
                // A span that would go on in another line, where it would swallow what is not meant.
                out.push_str(&"\\`".repeat(ticks));
                rest = &rest[ticks..];
            }
        }
    }
    clean_words(rest, known, links, out);
}

/// Where the code ends that begins with so many backticks: behind as many.
fn end_of_span(text: &str, ticks: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = ticks;
    while at < bytes.len() {
        let run = bytes[at..].iter().take_while(|byte| **byte == b'`').count();
        if run == ticks {
            return Some(at + run);
        }
        at += run.max(1);
    }
    None
}

fn push_span(span: &str, ticks: usize, known: &Known<'_>, links: &mut Links, out: &mut String) {
    let inner = span[ticks..span.len() - ticks].trim();
    if let Some(target) = known.target(inner, true).filter(|_| may_be_label(span)) {
        out.push_str(&format!("[{span}]"));
        links.insert(span.to_owned(), target);
    } else if span.contains('|') {
        // In a table it ends here, whatever the backticks say.
        push_escaped(span, out);
    } else {
        out.push_str(span);
    }
}

fn clean_words(text: &str, known: &Known<'_>, links: &mut Links, out: &mut String) {
    let is_word = |c: char| !c.is_whitespace() && !"()[]<>\"',;|".contains(c);
    let mut rest = text;
    while !rest.is_empty() {
        let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let word = &rest[..length];
        let name = word.trim_start_matches(['*', '_', '@']);
        let start = word.len() - name.len();
        // The end of a sentence is no part of a name.
        let name = name.trim_end_matches(['.', ':', '!', '?', '*', '_']);
        let target = if name.contains([':', '#']) { known.target(name, false) } else { None };
        if let Some(target) = target.filter(|_| may_be_label(name)) {
            push_escaped(&word[..start], out);
            out.push_str(&format!("[{name}]"));
            push_escaped(&word[start + name.len()..], out);
            links.insert(name.to_owned(), target);
            rest = &rest[length..];
            continue;
        }
        let end = rest[length..].find(is_word).map_or(rest.len(), |at| length + at);
        push_escaped(&rest[..end], out);
        rest = &rest[end..];
    }
}

/// Whether this can stand in brackets.
fn may_be_label(label: &str) -> bool {
    !label.contains(['[', ']', '\\'])
}

/// Writes a text so that nothing in it is a link, an image, or HTML.
fn push_escaped(text: &str, out: &mut String) {
    for (at, c) in text.char_indices() {
        let next = text[at + c.len_utf8()..].chars().next();
        let before = out.chars().next_back();
        let is_meant = match c {
            '<' => next.is_none_or(|next| next.is_ascii_alphabetic() || matches!(next, '/' | '!' | '?')),
            '[' => before == Some('!'),
            '(' => before == Some(']'),
            ':' => before == Some(']') && begins_with_bracket(out),
            _ => false,
        };
        if is_meant {
            out.push('\\');
        }
        out.push(c);
    }
}

/// Whether what is written of the line could be the label of a definition, in a list or a quotation, too.
fn begins_with_bracket(out: &str) -> bool {
    let line = &out[out.rfind('\n').map_or(0, |at| at + 1)..];
    let is_mark = |c: char| c.is_whitespace() || c.is_ascii_digit() || matches!(c, '>' | '-' | '*' | '+' | '.' | ')');
    line.trim_start_matches(is_mark).starts_with('[')
}

#[cfg(all(test, unix))]
mod tests {
    use std::path::Path;

    use super::*;

    fn cleaned(text: &str) -> String {
        let is_known = |path: &Path| path.ends_with("src/a.py");
        let mut links = Links::new();
        let text = clean(text, &Known { project: Path::new("/p"), is_known: &is_known }, &mut links);
        assert!(links.values().all(|target| target.starts_with("file:///p/src/a.py")), "{links:?}");
        text
    }

    #[test]
    fn words_stay_as_they_are() {
        for text in [
            "It adds.\n\nTwo numbers.",
            "- a\n- b\n  1. c *d* **e** _f_",
            "`Vec<T>` is [not] a < b, 3 > 2; a[0] (so)",
            "```python\n# not a heading ![x](y)\n```",
            "| a | `Vec<T>` |\n|---|---|",
            "``a`b``",
        ] {
            assert_eq!(cleaned(text), text);
        }
    }

    #[test]
    fn nothing_leads_away_or_pretends() {
        for (text, expected) in [
            ("![x](https://evil/?q)", "!\\[x]\\(https://evil/?q)"),
            ("[Allow](command:x) [a]: b", "[Allow]\\(command:x) [a]\\: b"),
            ("see [a]: b\n> 1. [a]: b", "see [a]: b\n> 1. [a]\\: b"),
            ("![x][y]", "!\\[x][y]"),
            ("a <img src=x> <!-- b", "a \\<img src=x> \\<!-- b"),
            ("## Turn\n# Top\n###### six", "#### Turn\n### Top\n###### six"),
            ("- ✓ `bash` rm", "\\- ✓ `bash` rm"),
            // Neither a backslash nor another line turns code into text behind our back.
            ("\\`![x](y)\\`", "\\`!\\[x]\\(y)\\`"),
            ("`a\n`![x](y)`", "\\`a\n`![x](y)`"),
            ("``\n- ![x](y) ``", "\\`\\`\n- !\\[x]\\(y) \\`\\`"),
            ("| `a | ![x](y)` |", "| `a | !\\[x]\\(y)` |"),
            ("a\u{202e}b", "a⟨U+202E⟩b"),
        ] {
            assert_eq!(cleaned(text), expected, "{text}");
        }
    }

    #[test]
    fn code_cannot_be_broken_out_of() {
        assert_eq!(cleaned("```py\nx\n~~~\n![x](y)"), "```py\nx\n~~~\n![x](y)\n```");
        assert_eq!(cleaned("~~~\n```\n~~~\n![x](y)"), "````\n```\n````\n!\\[x]\\(y)");
        // A fence that is indented this far would be no fence to others.
        assert_eq!(cleaned("    ```\n![x](y)\n    ```"), "```\n![x](y)\n```");
        assert_eq!(cleaned("``` <img>\nx\n```"), "```img\nx\n```");
    }

    #[test]
    fn mentions_become_links() {
        for (text, expected) in [
            ("See src/a.py:3.", "See [src/a.py:3]."),
            ("(src/a.py#L3-5) **src/a.py:1** @src/a.py#L2", "([src/a.py#L3-5]) **[src/a.py:1]** @[src/a.py#L2]"),
            ("`src/a.py:3` and `src/a.py`", "[`src/a.py:3`] and [`src/a.py`]"),
            ("src/a.py and src/b.py:3", "src/a.py and src/b.py:3"),
            ("src/a.py:3(x) src/a.py:4: so", "[src/a.py:3]\\(x) [src/a.py:4]\\: so"),
            ("Look at src/a.py:4: so", "Look at [src/a.py:4]: so"),
            ("[src/a.py:3](https://evil)", "[[src/a.py:3]]\\(https://evil)"),
        ] {
            assert_eq!(cleaned(text), expected, "{text}");
        }
    }

    #[test]
    fn code_in_a_line_is_whole() {
        assert_eq!(code_span("ls -la"), "`ls -la`");
        assert_eq!(code_span("echo `date`"), "`` echo `date` ``");
    }
}
