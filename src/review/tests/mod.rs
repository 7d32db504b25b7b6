//! Properties of hunks and reviews on random texts, and cases that have a name.

mod cases;
mod hunks;
mod ids;
mod merges;
mod model;
mod sequences;
mod strangers;
mod verdicts;

use std::sync::Arc;

use proptest::prelude::*;

use super::{Content, FileReview, Fingerprint, Hunk};
use crate::text::TextEdit;

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Texts of few different lines, so that they share many, with every line ending.
fn text() -> impl Strategy<Value = String> {
    let line = prop::sample::select(vec!["a", "b", "c", "", "}", "é😀", "\u{feff}x", "ab"]);
    let end = prop_oneof![12 => Just("\n"), 2 => Just("\r\n"), 1 => Just("\r"), 1 => Just("")];
    let last = prop_oneof![3 => Just(String::new()), 1 => Just("a".to_owned()), 1 => Just("z".to_owned())];
    (prop::collection::vec((line, end), 0..12), last).prop_map(|(lines, last)| {
        let lines: String = lines.iter().flat_map(|(line, end)| [*line, *end]).collect();
        lines + &last
    })
}

fn content(text: &str) -> Content {
    Content::Text(text.into())
}

fn binary(byte: u8) -> Content {
    Content::Binary(Fingerprint::of(&[0, byte]))
}

fn known(text: &str) -> super::Baseline {
    super::Baseline::Known(content(text))
}

fn baseline(review: &FileReview) -> Option<Arc<str>> {
    match review.baseline() {
        super::Baseline::Known(Content::Text(text)) => Some(text),
        super::Baseline::Known(_) | super::Baseline::Unknown => None,
    }
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// A text with edits applied, which must be ordered and apart.
fn applied(text: &str, edits: &[TextEdit]) -> String {
    assert!(edits.windows(2).all(|pair| pair[0].range.end < pair[1].range.start), "{edits:?}");
    let mut text = text.to_owned();
    for edit in edits.iter().rev() {
        text.replace_range(edit.range.clone(), &edit.text);
    }
    text
}

/// Checks what every list of hunks promises.
fn check_hunks(before: &str, after: &str, hunks: &[Hunk]) {
    let (old, new) = (lines(before), lines(after));
    let mut rebuilt = String::new();
    let mut at = 0;
    let mut last: Option<&Hunk> = None;
    for hunk in hunks {
        assert!(!hunk.before.is_empty() || !hunk.after.is_empty());
        if let Some(last) = last {
            assert!(last.before.end < hunk.before.start, "{before:?} {after:?} {hunks:?}");
            assert!(last.after.end < hunk.after.start);
        }
        rebuilt.extend(new[at..hunk.after.start as usize].iter().copied());
        let range = hunk.before.start as usize..hunk.before.end as usize;
        rebuilt.extend(old[range].iter().copied());
        at = hunk.after.end as usize;
        last = Some(hunk);
    }
    rebuilt.extend(new[at..].iter().copied());
    assert_eq!(rebuilt, before);
    assert_eq!(hunks.is_empty(), before == after);
}

/// Checks that what a review has in store fits its two texts.
fn check_review(review: &FileReview) {
    let (Some(before), Some(after)) = (baseline(review), review.current().text()) else {
        return;
    };
    let before = &*before;
    check_hunks(before, after, review.hunks());
    assert_eq!(review.is_settled(), before == after);
    assert!(review.baseline_is_known() && review.baseline_is_text() && review.has_baseline_of(review));
    assert!(review.baseline_is(&content(before)) && !review.baseline_is(&content(&[before, "a"].concat())));
    assert_eq!(review.baseline_is(review.current()), before == after);
    assert!(review.has_baseline_of(&FileReview::new(known(before), Content::Absent)));
    assert_eq!(review.has_baseline_of(&FileReview::new(known(after), content("a"))), before == after);
    assert_eq!(review.hunk_id(review.hunks().len()), None);
    assert_eq!(applied(after, &review.undo_all_edits()), before);
    for (index, hunk) in review.hunks().iter().enumerate() {
        assert_eq!(review.hunk_id(index).and_then(|id| review.hunk_index(id)), Some(index));
        let start: usize = lines(after)[..hunk.after.start as usize].iter().map(|l| l.len()).sum();
        let len: usize = lines(after)[hunk.after.start as usize..hunk.after.end as usize].iter().map(|l| l.len()).sum();
        assert_eq!(review.hunk_bytes(index), start..start + len);
    }
}
