//! Bringing two changes of one text together.

use proptest::prelude::*;

use super::model::{Part, after, before, parts};
use super::{applied, config, lines, text};
use crate::review::merge;
use crate::text::TextEdit;

/// Checks that edits are of whole lines, and gives the text they lead to.
fn merged(base: &str, ours: &str, theirs: &str) -> Option<String> {
    let edits = merge(base, ours, theirs)?;
    let is_start = |at: usize| at == 0 || ours[..at].ends_with('\n');
    let is_whole =
        |edit: &TextEdit| is_start(edit.range.start) && (edit.range.end == ours.len() || is_start(edit.range.end));
    assert!(edits.iter().all(is_whole), "{edits:?}");
    Some(applied(ours, &edits))
}

/// The parts with the changes of some of them only.
fn with_some(parts: &[Part], wanted: impl Fn(usize) -> bool) -> String {
    let side = |(index, part): (usize, &Part)| match part {
        Part::Changed { before, .. } if !wanted(index) => before.clone(),
        Part::Changed { after, .. } => after.clone(),
        Part::Same(text) => text.clone(),
    };
    parts.iter().enumerate().map(side).collect()
}

proptest! {
    #![proptest_config(config(10_000))]

    #[test]
    fn one_change_is_taken_as_it_is(base in text(), changed in text()) {
        prop_assert_eq!(merged(&base, &base, &changed), Some(changed.clone()));
        prop_assert_eq!(merge(&base, &changed, &base), Some(Vec::new()));
        prop_assert_eq!(merge(&base, &changed, &changed), Some(Vec::new()));
    }

    #[test]
    fn neither_side_comes_first(base in text(), a in text(), b in text()) {
        prop_assert_eq!(merged(&base, &a, &b), merged(&base, &b, &a));
    }

    #[test]
    fn no_line_is_made_up(base in text(), a in text(), b in text()) {
        let Some(text) = merged(&base, &a, &b) else {
            return Ok(());
        };
        let known: Vec<&str> = [&base, &a, &b].into_iter().flat_map(|text| lines(text)).collect();
        prop_assert!(lines(&text).iter().all(|line| known.contains(line)));
    }

    #[test]
    fn changes_apart_are_both_taken(parts in parts(), whose in prop::collection::vec(0usize..3, 12)) {
        let base = before(&parts);
        let ours = with_some(&parts, |index| whose[index] != 1);
        let theirs = with_some(&parts, |index| whose[index] != 0);
        prop_assert_eq!(merged(&base, &ours, &theirs), Some(after(&parts)));
    }
}

#[test]
fn changes_of_the_same_lines_are_a_conflict() {
    for (base, ours, theirs, expected) in [
        ("1\n2\n3\n", "one\n2\n3\n", "1\n2\nthree\n", Some("one\n2\nthree\n")),
        ("1\n2\n3\n", "1\ntwo\n3\n", "1\nzwei\n3\n", None),
        ("1\n2\n3\n", "1\n2!\n3\n", "1\n3\n", None),
        // They touch.
        ("1\n2\n3\n", "one\n2\n3\n", "1\ntwo\n3\n", None),
        ("1\n2\n3\n", "1\na\n2\n3\n", "1\nb\n2\n3\n", None),
        ("1\n2\n3\n", "1\na\n2\n3\n", "1\n3\n", None),
        // The same on both sides, and more on one.
        ("1\n2\n3\n", "1\ntwo\n3\n", "1\ntwo\nthree\n", None),
        ("1\n2\n3\n4\n", "1\ntwo\n3\n4\n", "1\ntwo\n3\n4\n5\n", Some("1\ntwo\n3\n4\n5\n")),
        // The last line without a break.
        ("1\n2\n3", "one\n2\n3", "1\n2\n3\n", Some("one\n2\n3\n")),
        ("1\n2", "1\n2\n", "1\n2\n3\n", None),
        ("", "a\n", "b\n", None),
        ("a\n", "", "a\n", Some("")),
    ] {
        assert_eq!(merged(base, ours, theirs).as_deref(), expected, "{base:?} {ours:?} {theirs:?}");
    }
}

#[test]
fn edits_count_in_our_text() {
    let edits = merge("1\n2\n3\n4\n5\n", "one\nmore\n2\n3\n4\n5\n", "1\n2\ndrei\n4\n5\nsix\n");
    let edit = |range, text: &str| TextEdit { range, text: text.to_owned() };
    assert_eq!(edits, Some(vec![edit(11..13, "drei\n"), edit(17..17, "six\n")]));
}
