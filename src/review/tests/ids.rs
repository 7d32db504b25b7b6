//! What keeps the id of a hunk, and what does not.

use std::collections::HashSet;

use super::{check_review, content, known};
use crate::review::{FileReview, HunkId};
use crate::text::TextEdit;

/// Checks that ids are never used again.
#[derive(Default)]
pub(super) struct Seen {
    ever: HashSet<HunkId>,
    now: Vec<HunkId>,
}

impl Seen {
    pub fn look(&mut self, review: &FileReview) {
        let now = ids(review);
        for id in &now {
            assert!(self.now.contains(id) || self.ever.insert(*id), "{id} is used again: {review:?}");
        }
        assert_eq!(now.iter().collect::<HashSet<_>>().len(), now.len(), "{review:?}");
        self.now = now;
    }
}

pub(super) fn ids(review: &FileReview) -> Vec<HunkId> {
    (0..review.hunks().len()).map(|index| review.hunk_id(index).unwrap()).collect()
}

fn numbers(review: &FileReview) -> Vec<u64> {
    check_review(review);
    ids(review).into_iter().map(|id| id.0).collect()
}

fn review(before: &str, now: &str) -> FileReview {
    FileReview::new(known(before), content(now))
}

/// Replaces the only occurrence of `old` in the current text.
fn edit(review: &mut FileReview, old: &str, new: &str) {
    let text = review.current().text().unwrap();
    assert_eq!(text.matches(old).count(), 1, "{old:?} in {text:?}");
    let start = text.find(old).unwrap();
    review.user_edited(&TextEdit { range: start..start + old.len(), text: new.to_owned() });
}

#[test]
fn typing_keeps_ids() {
    let mut r = review("1\n2\n3\n-\n4\n5\n", "1\ntwo\n3\n-\nfour\n5\n");
    assert_eq!(numbers(&r), [0, 1]);
    edit(&mut r, "two", "two!");
    edit(&mut r, "1\n", "own\n1\n");
    edit(&mut r, "four\n", "four\nmore\n");
    edit(&mut r, "5\n", "");
    assert_eq!(numbers(&r), [0, 1]);
    // An edit of a hunk and of the line beside it.
    edit(&mut r, "two!\n3\n", "TWO\nthree\n");
    assert_eq!(numbers(&r), [0, 1]);
    assert_eq!(r.hunk_index(HunkId(7)), None);
}

#[test]
fn verdicts_keep_the_ids_of_others() {
    let mut r = review("1\n2\n3\n4\n5\n6\n", "one\n2\nthree\n4\nfive\n6\n");
    let undo = r.undo_hunk(1).unwrap();
    r.user_edited(&undo);
    assert_eq!(numbers(&r), [0, 2]);
    r.keep_hunk(0);
    assert_eq!(numbers(&r), [2]);
    assert_eq!(r.hunk_index(HunkId(2)), Some(0));
}

#[test]
fn merged_hunks_are_a_new_one() {
    let mut r = review("1\n2\n3\n4\n5\n6\n", "one\n2\nthree\n4\nfive\n6\n");
    edit(&mut r, "2\n", "");
    assert_eq!(numbers(&r), [3, 2]);
}

#[test]
fn the_first_part_of_a_split_hunk_is_the_old_one() {
    let mut r = review("1\n2\n3\n4\n", "one\ntwo\nthree\n4\n");
    edit(&mut r, "two", "2");
    assert_eq!(numbers(&r), [0, 1]);
}

#[test]
fn a_hunk_that_opencode_changed_is_a_new_one() {
    let mut r = review("1\n2\n3\n4\n5\n6\n", "one\n2\nthree\n4\nfive\n6\n");
    r.opencode_changed(content("one\n2\nTHREE\n4\nfive\n6\nseven\n"));
    assert_eq!(numbers(&r), [0, 3, 2, 4]);
    // One of two equal hunks is taken back.
    let mut r = review("1\n2\n1\n2\n", "1\nx\n2\n1\nx\n2\n");
    r.opencode_changed(content("1\n2\n1\nx\n2\n"));
    assert_eq!(numbers(&r), [1]);
    // A hunk that comes back is one that the user has not seen.
    r.opencode_changed(content("1\nx\n2\n1\nx\n2\n"));
    assert_eq!(numbers(&r), [2, 1]);
    r.keep_all();
    r.opencode_changed(content("1\n"));
    assert_eq!(numbers(&r), [3]);
}

#[test]
fn blocks_that_cancel_out_beside_an_edit_vanish() {
    let mut r = review("x\ng\nend\n", "g\nx\nend\n");
    edit(&mut r, "x", "g");
    assert!(r.is_settled());
    assert!(numbers(&r).is_empty());
}
