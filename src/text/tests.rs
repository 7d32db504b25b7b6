//! The rope against a naive reading of the same text.

use std::ops::Range;

use proptest::prelude::*;

use super::*;

/// Start, end before the break, and end after the break of each line, in bytes.
fn naive_lines(text: &str) -> Vec<(usize, usize, usize)> {
    let bytes = text.as_bytes();
    let mut lines = Vec::new();
    let mut start = 0;
    let mut i = 0;
    while i < bytes.len() {
        let width = match bytes[i] {
            b'\r' if bytes.get(i + 1) == Some(&b'\n') => 2,
            b'\r' | b'\n' => 1,
            _ => {
                i += 1;
                continue;
            }
        };
        lines.push((start, i, i + width));
        i += width;
        start = i;
    }
    lines.push((start, bytes.len(), bytes.len()));
    lines
}

fn width(c: char, e: Encoding) -> usize {
    match e {
        Encoding::Utf8 => c.len_utf8(),
        Encoding::Utf16 => c.len_utf16(),
        Encoding::Utf32 => 1,
    }
}

fn naive_offset(text: &str, p: Point, e: Encoding) -> usize {
    let Some(&(start, end, _)) = naive_lines(text).get(p.line as usize) else {
        return text.len();
    };
    let mut units = 0;
    for (at, c) in text[start..end].char_indices() {
        units += width(c, e);
        if units > p.character as usize {
            return start + at;
        }
    }
    end
}

fn naive_point(text: &str, byte: usize, e: Encoding) -> Point {
    let byte = byte.min(text.len());
    let lines = naive_lines(text);
    let line = lines.iter().position(|&(_, _, next)| byte < next).unwrap_or(lines.len() - 1);
    let (start, end, _) = lines[line];
    let byte = text.floor_char_boundary(byte.min(end));
    Point { line: line as u32, character: text[start..byte].chars().map(|c| width(c, e)).sum::<usize>() as u32 }
}

fn naive_lines_span(text: &str, lines: Range<u32>, e: Encoding) -> Span {
    let all = naive_lines(text);
    let start = all.get(lines.start as usize).map_or(text.len(), |line| line.0);
    let end = if lines.start >= lines.end {
        start
    } else {
        all.get(lines.end as usize - 1).map_or(text.len(), |line| line.1)
    };
    Span { start: naive_point(text, start, e), end: naive_point(text, end, e) }
}

/// With how often each is taken.
const PIECES: [(usize, &str); 14] = [
    (4, "\n"),
    (3, "\r\n"),
    (2, "\r"),
    (4, "a"),
    (2, "é"),
    (2, "漢"),
    (2, "😀"),
    (1, "e\u{301}"),
    (1, "\u{feff}"),
    (1, "\u{2028}"),
    (1, "\u{85}"),
    (1, "\u{b}"),
    (1, "\0"),
    (1, "a long stretch of plain words that fills a leaf of the rope "),
];

fn text() -> impl Strategy<Value = String> {
    // One list to draw from: a union of as many strategies takes most of a test's time.
    let pieces: Vec<&str> = PIECES.iter().flat_map(|(times, piece)| std::iter::repeat_n(*piece, *times)).collect();
    prop::collection::vec(prop::sample::select(pieces), 0..60).prop_map(|pieces| pieces.concat())
}

fn encoding() -> impl Strategy<Value = Encoding> {
    prop::sample::select(vec![Encoding::Utf8, Encoding::Utf16, Encoding::Utf32])
}

fn number() -> impl Strategy<Value = u32> {
    prop_oneof![20 => 0u32..12, 4 => 0u32..120, 1 => Just(u32::MAX), 1 => any::<u32>()]
}

fn point() -> impl Strategy<Value = Point> {
    (number(), number()).prop_map(|(line, character)| Point { line, character })
}

fn span() -> impl Strategy<Value = Span> {
    (point(), point()).prop_map(|(start, end)| Span { start, end })
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(10_000))]

    #[test]
    fn reads_like_the_naive_model(t in text(), p in point(), s in span(), byte in 0usize..400, e in encoding()) {
        let doc = Document::new(&t);
        prop_assert_eq!(doc.text(), t.as_str());
        prop_assert_eq!(doc.len_bytes(), t.len());
        prop_assert_eq!(doc.line_count() as usize, naive_lines(&t).len());
        prop_assert_eq!(doc.offset(p, e), naive_offset(&t, p, e));
        prop_assert_eq!(doc.point(byte, e), naive_point(&t, byte, e));

        let (a, b) = (naive_offset(&t, s.start, e), naive_offset(&t, s.end, e));
        prop_assert_eq!(doc.range(s, e), a.min(b)..a.max(b));
        let (first, last) = (naive_point(&t, a.min(b), e), naive_point(&t, a.max(b), e));
        let ends_before = last.character == 0 && last.line > first.line;
        let end = if ends_before { last.line } else { last.line + 1 };
        prop_assert_eq!(doc.lines_of(a.min(b)..a.max(b)), first.line..end);

        let lines = s.start.line..s.end.line;
        prop_assert_eq!(doc.lines_span(lines.clone(), e), naive_lines_span(&t, lines, e));
    }

    #[test]
    fn points_and_offsets_are_inverse(t in text(), byte in 0usize..400, e in encoding()) {
        let doc = Document::new(&t);
        let offset = doc.offset(doc.point(byte, e), e);
        prop_assert!(offset <= byte);
        prop_assert_eq!(doc.offset(doc.point(offset, e), e), offset);
    }

    #[test]
    fn a_byte_order_mark_is_set_aside(t in text(), other in text(), mark in any::<bool>()) {
        let marked = if mark { format!("\u{feff}{t}") } else { t.clone() };
        let doc = Document::new(&marked);
        let rest = marked.strip_prefix('\u{feff}').unwrap_or(&marked);
        prop_assert_eq!(doc.bom_bytes(), marked.len() - rest.len());
        prop_assert!(doc.is_but_for_bom(rest));
        prop_assert_eq!(doc.is_but_for_bom(&other), rest == other);
    }

    #[test]
    fn slices_are_clamped(t in text(), a in 0usize..400, b in 0usize..400) {
        let doc = Document::new(&t);
        let (from, to) = (t.floor_char_boundary(a), t.floor_char_boundary(b));
        prop_assert_eq!(doc.slice(a..b), t.get(from..to).unwrap_or(""));
    }
}

proptest! {
    #![proptest_config(config(1_500))]

    #[test]
    fn edits_follow_the_naive_model(
        t in text(),
        steps in prop::collection::vec((prop::option::weighted(0.95, span()), text(), encoding()), 1..6),
    ) {
        let mut doc = Document::new(&t);
        let mut naive = t;
        for (span, new, e) in steps {
            let range = match span {
                None => 0..naive.len(),
                Some(s) => {
                    let (a, b) = (naive_offset(&naive, s.start, e), naive_offset(&naive, s.end, e));
                    a.min(b)..a.max(b)
                }
            };
            let done = doc.edit(span, &new, e);
            prop_assert_eq!(&done, &TextEdit { range: range.clone(), text: new.clone() });
            naive.replace_range(range, &new);
            prop_assert_eq!(doc.text(), naive.as_str());
            prop_assert_eq!(doc.line_count() as usize, naive_lines(&naive).len());
        }
    }
}

#[test]
fn counts_lines() {
    for (text, lines) in [("", 1), ("a", 1), ("a\n", 2), ("a\r\n", 2), ("a\rb", 2), ("\n\r", 3), ("\u{2028}", 1)] {
        assert_eq!(Document::new(text).line_count(), lines, "{text:?}");
    }
}

#[test]
fn surrogates_round_down() {
    let doc = Document::new("\u{feff}x😀y\r\nz");
    let at = |line, character| doc.offset(Point { line, character }, Encoding::Utf16);
    assert_eq!(at(0, 1), 3);
    assert_eq!(at(0, 3), 4);
    assert_eq!(at(0, 4), 8);
    assert_eq!(at(0, 99), 9);
    assert_eq!(at(1, 0), 11);
    assert_eq!(at(7, 0), 12);
}

#[test]
fn line_spans_stop_before_the_break() {
    let doc = Document::new("ab\r\ncd\n");
    let span = |a: u32, b: u32| {
        let span = doc.lines_span(a..b, Encoding::Utf16);
        ((span.start.line, span.start.character), (span.end.line, span.end.character))
    };
    assert_eq!(span(0, 1), ((0, 0), (0, 2)));
    assert_eq!(span(0, 2), ((0, 0), (1, 2)));
    assert_eq!(span(1, 1), ((1, 0), (1, 0)));
    assert_eq!(span(2, 2), ((2, 0), (2, 0)));
    assert_eq!(span(0, 99), ((0, 0), (2, 0)));
    assert_eq!(span(99, 100), ((2, 0), (2, 0)));
}
