//! Anything in any order.

use proptest::prelude::*;

use super::ids::{Seen, ids};
use super::{applied, binary, check_review, config, content, known, text};
use crate::review::{Baseline, Content, FileReview, HunkId};
use crate::text::TextEdit;

#[derive(Debug, Clone)]
enum Op {
    Opencode(Content),
    Edit(TextEdit),
    Replace(String),
    Keep(usize),
    Undo(usize),
    KeepAll,
}

fn any_content() -> impl Strategy<Value = Content> {
    prop_oneof![
        12 => text().prop_map(|t| content(&t)),
        1 => Just(Content::Absent),
        1 => (0u8..2).prop_map(binary),
        1 => Just(Content::Unreadable),
        1 => Just(Content::TooLarge { bytes: 20_000_000 }),
    ]
}

fn edit() -> impl Strategy<Value = TextEdit> {
    let place = prop_oneof![20 => 0usize..40, 1 => Just(usize::MAX), 1 => any::<usize>()];
    (place, 0usize..12, any::<bool>(), text()).prop_map(|(start, len, backwards, text)| {
        let end = if backwards { start.saturating_sub(len) } else { start.saturating_add(len) };
        TextEdit { range: start..end, text }
    })
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => any_content().prop_map(Op::Opencode),
        12 => edit().prop_map(Op::Edit),
        3 => text().prop_map(Op::Replace),
        2 => (0usize..4).prop_map(Op::Keep),
        2 => (0usize..4).prop_map(Op::Undo),
        1 => Just(Op::KeepAll),
    ]
}

fn replaced(text: &str, edit: &TextEdit) -> String {
    let start = text.floor_char_boundary(edit.range.start);
    let end = text.floor_char_boundary(edit.range.end).max(start);
    [&text[..start], &edit.text, &text[end..]].concat()
}

fn without(mut ids: Vec<HunkId>, index: usize) -> Vec<HunkId> {
    if index < ids.len() {
        ids.remove(index);
    }
    ids
}

/// Checks which hunks are left. They may have cancelled out.
fn assert_left(review: &FileReview, expected: &[HunkId]) {
    if !review.is_settled() {
        assert_eq!(ids(review), expected);
    }
}

fn run(review: &mut FileReview, op: &Op) {
    let was_settled = review.is_settled();
    match op {
        Op::Opencode(now) => {
            let before = review.baseline();
            review.opencode_changed(now.clone());
            assert_eq!(review.baseline(), before);
            assert_eq!(review.current(), now);
        }
        Op::Edit(edit) => {
            let expected = review.current().text().map(|text| replaced(text, edit));
            review.user_edited(edit);
            if let Some(expected) = expected {
                assert_eq!(review.current().text(), Some(expected.as_str()));
            }
            assert!(!was_settled || review.is_settled());
        }
        Op::Replace(now) => {
            review.user_replaced(now);
            assert_eq!(review.current().text(), Some(now.as_str()));
            assert!(!was_settled || review.is_settled());
        }
        Op::Keep(index) => {
            let (expected, current) = (without(ids(review), *index), review.current().clone());
            review.keep_hunk(*index);
            assert_eq!(review.current(), &current);
            assert_left(review, &expected);
        }
        Op::Undo(index) => {
            if let Some(edit) = review.undo_hunk(*index) {
                let (expected, before) = (without(ids(review), *index), review.baseline());
                review.user_edited(&edit);
                assert_eq!(review.baseline(), before);
                assert_left(review, &expected);
            }
        }
        Op::KeepAll => {
            let current = review.current().clone();
            review.keep_all();
            assert_eq!(review.current(), &current);
            assert!(review.hunks().is_empty() && review.is_settled());
        }
    }
}

/// The edit between two texts as an editor reports it that compares from the front.
fn first_difference(old: &str, new: &str) -> TextEdit {
    let prefix: usize = old.chars().zip(new.chars()).take_while(|(a, b)| a == b).map(|(c, _)| c.len_utf8()).sum();
    let (old_rest, new_rest) = (&old[prefix..], &new[prefix..]);
    let suffix: usize =
        old_rest.chars().rev().zip(new_rest.chars().rev()).take_while(|(a, b)| a == b).map(|(c, _)| c.len_utf8()).sum();
    TextEdit { range: prefix..old.len() - suffix, text: new_rest[..new_rest.len() - suffix].to_owned() }
}

proptest! {
    #![proptest_config(config(10_000))]

    #[test]
    fn any_sequence_keeps_its_promises(
        before in prop_oneof![9 => any_content().prop_map(Baseline::Known), 1 => Just(Baseline::Unknown)],
        now in any_content(),
        ops in prop::collection::vec(op(), 0..8),
    ) {
        let mut review = FileReview::new(before, now);
        let mut seen = Seen::default();
        check_review(&review);
        seen.look(&review);
        for op in &ops {
            run(&mut review, op);
            check_review(&review);
            seen.look(&review);
            review.kind();
        }
    }

    #[test]
    fn undoing_all_hunks_gives_the_baseline(before in text(), after in text()) {
        let review = FileReview::new(known(&before), content(&after));
        let mut current = after;
        prop_assert_eq!(applied(&current, &review.undo_all_edits()), before.as_str());
        for index in (0..review.hunks().len()).rev() {
            current = replaced(&current, &review.undo_hunk(index).unwrap());
        }
        prop_assert_eq!(current, before);
    }

    #[test]
    fn an_undo_that_comes_back_is_an_undo(
        before in text(),
        after in text(),
        picks in prop::collection::vec((any::<prop::sample::Index>(), 0usize..3), 12),
    ) {
        let mut review = FileReview::new(known(&before), content(&after));
        for (pick, way) in picks {
            if review.is_settled() {
                break;
            }
            let hunks = review.hunks().len();
            let undo = review.undo_hunk(pick.index(hunks)).unwrap();
            let old = review.current().text().unwrap().to_owned();
            let new = replaced(&old, &undo);
            match way {
                0 => review.user_edited(&undo),
                1 => review.user_edited(&first_difference(&old, &new)),
                _ => review.user_replaced(&new),
            }
            check_review(&review);
            prop_assert_eq!(review.baseline(), known(&before));
            prop_assert_eq!(review.current().text(), Some(new.as_str()));
        }
    }

    #[test]
    fn several_undos_may_come_back_at_once(before in text(), after in text(), picks in prop::collection::vec(any::<bool>(), 12)) {
        let mut review = FileReview::new(known(&before), content(&after));
        let mut now = after;
        for index in (0..review.hunks().len()).rev() {
            if picks[index] {
                now = replaced(&now, &review.undo_hunk(index).unwrap());
            }
        }
        if picks[11] {
            review.user_replaced(&now);
        } else {
            let old = review.current().text().unwrap().to_owned();
            review.user_edited(&first_difference(&old, &now));
        }
        check_review(&review);
        prop_assert_eq!(review.current().text(), Some(now.as_str()));
        prop_assert_eq!(review.baseline(), known(&before));
    }

    #[test]
    fn keeping_hunk_by_hunk_keeps_all(before in text(), after in text(), picks in prop::collection::vec(any::<prop::sample::Index>(), 24)) {
        let mut review = FileReview::new(known(&before), content(&after));
        for pick in picks {
            if review.hunks().is_empty() {
                break;
            }
            review.keep_hunk(pick.index(review.hunks().len()));
            check_review(&review);
            prop_assert_eq!(review.current().text(), Some(after.as_str()));
        }
        prop_assert!(review.is_settled());
        prop_assert_eq!(review.baseline(), known(&after));
    }
}
