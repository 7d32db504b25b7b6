//! What of a text is prose: outside of code blocks and inline code, where signs mean what they mean in code.

use std::ops::Range;

/// The stretches of prose, in bytes and in order. None reaches over a line break.
pub fn prose(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let (mut offset, mut in_block) = (0, false);
    for line in text.split_inclusive('\n') {
        let fence = line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~");
        in_block ^= fence;
        if !fence && !in_block {
            in_line(line, offset, &mut found);
        }
        offset += line.len();
    }
    found
}

fn in_line(line: &str, offset: usize, found: &mut Vec<Range<usize>>) {
    let line = line.trim_end_matches(['\n', '\r']);
    let mut from = 0;
    let mut push = |range: Range<usize>| {
        if !range.is_empty() {
            found.push(offset + range.start..offset + range.end);
        }
    };
    while let Some(open) = line[from..].find('`').map(|at| from + at) {
        let Some(close) = line[open + 1..].find('`').map(|at| open + 1 + at) else {
            break;
        };
        push(from..open);
        from = close + 1;
    }
    push(from..line.len());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_no_prose() {
        let text = "a `b` c ` d\r\n```\ne\n```\nf";
        let found: Vec<&str> = prose(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, ["a ", " c ` d", "f"]);
    }
}
