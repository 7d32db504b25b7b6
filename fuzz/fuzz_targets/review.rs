//! Anything in any order, done to a review that must keep its promises.

#![no_main]

use std::collections::HashSet;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use opencode_lsp::review::{Baseline, Content, FileReview, Fingerprint, HunkId, merge};
use opencode_lsp::text::TextEdit;

#[derive(Debug, Arbitrary)]
struct Input {
    before: Option<File>,
    now: File,
    ops: Vec<Op>,
}

#[derive(Debug, Arbitrary)]
enum File {
    Lines(Lines),
    Text(String),
    Absent,
    Binary(u8),
    TooLarge,
    Unreadable,
}

/// Few different lines, so that texts share many.
#[derive(Debug, Arbitrary)]
struct Lines(Vec<Line>);

#[derive(Debug, Arbitrary)]
enum Line {
    A,
    B,
    C,
    Empty,
    Wide,
    Crlf,
    Cr,
    NoBreak,
}

#[derive(Debug, Arbitrary)]
enum Op {
    Opencode(File),
    /// In bytes, anywhere.
    Edit {
        start: u16,
        len: u16,
        text: Lines,
    },
    Type {
        start: u8,
        text: String,
    },
    Replace(Lines),
    Keep(u8),
    Undo(u8),
    /// The text without these hunks comes back as a whole.
    ReplaceUndone(u64),
    UndoAll,
    KeepAll,
    /// The user's side takes in what leads from the baseline to this text.
    Merge(Lines),
}

impl Lines {
    fn text(&self) -> String {
        let line = |line: &Line| match line {
            Line::A => "a\n",
            Line::B => "b\n",
            Line::C => "c\n",
            Line::Empty => "\n",
            Line::Wide => "é😀\n",
            Line::Crlf => "a\r\n",
            Line::Cr => "a\r",
            Line::NoBreak => "a",
        };
        self.0.iter().map(line).collect()
    }
}

impl File {
    fn content(&self) -> Content {
        match self {
            File::Lines(lines) => Content::Text(lines.text().into()),
            File::Text(text) => Content::Text(text.as_str().into()),
            File::Absent => Content::Absent,
            File::Binary(byte) => Content::Binary(Fingerprint::of(&[*byte])),
            File::TooLarge => Content::TooLarge { bytes: 20_000_000 },
            File::Unreadable => Content::Unreadable,
        }
    }
}

fuzz_target!(|input: Input| {
    let before = input.before.map_or(Baseline::Unknown, |file| Baseline::Known(file.content()));
    let mut review = FileReview::new(before, input.now.content());
    let mut ids = Ids::default();
    check(&review, &mut ids);
    for op in &input.ops {
        run(&mut review, op);
        check(&review, &mut ids);
    }
});

fn run(review: &mut FileReview, op: &Op) {
    let was_settled = review.is_settled();
    match op {
        Op::Opencode(file) => {
            let before = review.baseline();
            review.opencode_changed(file.content());
            assert_eq!(review.baseline(), before);
            assert_eq!(review.current(), &file.content());
        }
        Op::Edit { start, len, text } => {
            let start = usize::from(*start);
            edit(review, &TextEdit { range: start..start + usize::from(*len), text: text.text() });
            assert!(!was_settled || review.is_settled());
        }
        Op::Type { start, text } => {
            let start = usize::from(*start);
            edit(review, &TextEdit { range: start..start, text: text.clone() });
            assert!(!was_settled || review.is_settled());
        }
        Op::Replace(text) => replace(review, &text.text()),
        Op::Keep(index) => {
            let (index, current) = (usize::from(*index), review.current().clone());
            let left = others(review, |at| at == index);
            review.keep_hunk(index);
            assert_eq!(review.current(), &current);
            assert_left(review, &left);
        }
        Op::Undo(index) => {
            let index = usize::from(*index);
            let Some(undo) = review.undo_hunk(index) else {
                return;
            };
            let left = others(review, |at| at == index);
            let before = review.baseline();
            edit(review, &undo);
            assert_eq!(review.baseline(), before);
            assert_left(review, &left);
        }
        Op::ReplaceUndone(mask) => {
            let Some(text) = review.current().text() else {
                return;
            };
            // More than a few hunks in a row may be read in more ways than are followed.
            let is_picked = |at: usize| at < 4 && mask & (1 << at) != 0;
            let undos = (0..review.hunks().len()).filter(|at| is_picked(*at)).filter_map(|at| review.undo_hunk(at));
            let now = applied(text, &undos.collect::<Vec<_>>());
            let few = review.hunks().len() <= 4;
            let before = review.baseline();
            replace(review, &now);
            assert!(!few || was_settled || review.baseline() == before);
        }
        Op::UndoAll => {
            let Some(text) = review.current().text() else {
                return;
            };
            let now = applied(text, &review.undo_all_edits());
            let before = review.baseline();
            replace(review, &now);
            assert!(was_settled || review.baseline() == before);
            assert!(review.hunks().is_empty());
        }
        Op::KeepAll => {
            let current = review.current().clone();
            review.keep_all();
            assert_eq!(review.current(), &current);
            assert!(review.is_settled());
        }
        Op::Merge(theirs) => {
            let theirs = theirs.text();
            let (Baseline::Known(before), Some(ours)) = (review.baseline(), review.current().text()) else {
                return;
            };
            let base = before.text().unwrap_or_default();
            let merged = merge(base, ours, &theirs).map(|edits| applied(ours, &edits));
            let other = merge(base, &theirs, ours).map(|edits| applied(&theirs, &edits));
            assert_eq!(merged, other);
            if let Some(now) = merged {
                replace(review, &now);
            }
        }
    }
}

/// An edit of the user, which must lead to exactly the text that it says.
fn edit(review: &mut FileReview, edit: &TextEdit) {
    let expected = review.current().text().map(|text| {
        let start = text.floor_char_boundary(edit.range.start);
        let end = text.floor_char_boundary(edit.range.end).max(start);
        [&text[..start], &edit.text, &text[end..]].concat()
    });
    review.user_edited(edit);
    assert_eq!(review.current().text(), expected.as_deref());
}

fn replace(review: &mut FileReview, now: &str) {
    let was_settled = review.is_settled();
    review.user_replaced(now);
    assert_eq!(review.current().text(), Some(now));
    assert!(!was_settled || review.is_settled());
}

fn others(review: &FileReview, gone: impl Fn(usize) -> bool) -> Vec<HunkId> {
    (0..review.hunks().len()).filter(|at| !gone(*at)).filter_map(|at| review.hunk_id(at)).collect()
}

/// The hunks that are left, unless they cancel out.
fn assert_left(review: &FileReview, left: &[HunkId]) {
    let now = others(review, |_| false);
    assert!(now == left || now.is_empty() && review.is_settled(), "{left:?} {review:?}");
}

#[derive(Default)]
struct Ids {
    ever: HashSet<HunkId>,
    now: Vec<HunkId>,
}

fn check(review: &FileReview, ids: &mut Ids) {
    let now = others(review, |_| false);
    assert_eq!(now.len(), review.hunks().len());
    for (index, id) in now.iter().enumerate() {
        assert_eq!(review.hunk_index(*id), Some(index));
        assert!(ids.now.contains(id) || ids.ever.insert(*id), "{id} is used again: {review:?}");
    }
    ids.now = now;

    review.kind();
    let Baseline::Known(before) = review.baseline() else {
        assert!(review.hunks().is_empty());
        return;
    };
    let (before, Some(after)) = (before.text(), review.current().text()) else {
        return;
    };
    check_hunks(review, before.unwrap_or_default(), after);
    if let Some(before) = before {
        assert_eq!(review.is_settled(), before == after);
    }
}

/// Hunks fit their texts, lie apart, and undone they give the baseline.
fn check_hunks(review: &FileReview, before: &str, after: &str) {
    let comparable = matches!(review.baseline(), Baseline::Known(Content::Absent | Content::Text(_)));
    let lines: Vec<&str> = after.split_inclusive('\n').collect();
    let mut last: Option<(u32, u32)> = None;
    for (index, hunk) in review.hunks().iter().enumerate() {
        assert!(!hunk.before.is_empty() || !hunk.after.is_empty());
        assert!(last.is_none_or(|(old, new)| old < hunk.before.start && new < hunk.after.start), "{review:?}");
        last = Some((hunk.before.end, hunk.after.end));
        let bytes = |lines: &[&str]| lines.iter().map(|line| line.len()).sum::<usize>();
        let start = bytes(&lines[..hunk.after.start as usize]);
        let len = bytes(&lines[hunk.after.start as usize..hunk.after.end as usize]);
        assert_eq!(review.hunk_bytes(index), start..start + len);
    }
    let undos = review.undo_all_edits();
    if comparable {
        assert_eq!(review.hunks().is_empty(), before == after);
        assert_eq!(applied(after, &undos), before);
    } else {
        assert!(undos.is_empty());
    }
}

fn applied(text: &str, edits: &[TextEdit]) -> String {
    assert!(edits.windows(2).all(|pair| pair[0].range.end < pair[1].range.start), "{edits:?}");
    let mut text = text.to_owned();
    for edit in edits.iter().rev() {
        text.replace_range(edit.range.clone(), &edit.text);
    }
    text
}
