//! Cases that have a name.

use super::{baseline, binary, check_review, content, known};
use crate::review::{Baseline, ChangeKind, Content, FileReview, Hunk};
use crate::text::TextEdit;

fn review(before: &str, now: &str) -> FileReview {
    FileReview::new(known(before), content(now))
}

/// Replaces the only occurrence of `old` in the current text.
fn edit(review: &mut FileReview, old: &str, new: &str) {
    let text = review.current().text().unwrap();
    assert_eq!(text.matches(old).count(), 1, "{old:?} in {text:?}");
    let start = text.find(old).unwrap();
    let edit = TextEdit { range: start..start + old.len(), text: new.to_owned() };
    review.user_edited(&edit);
    check_review(review);
}

fn insert(review: &mut FileReview, at: usize, new: &str) {
    let edit = TextEdit { range: at..at, text: new.to_owned() };
    review.user_edited(&edit);
    check_review(review);
}

#[test]
fn says_what_happened() {
    let large = Content::TooLarge { bytes: 20_000_000 };
    let known = Baseline::Known;
    for (before, now, kind) in [
        (known(content("a\n")), content("b\n"), ChangeKind::Modified),
        (known(Content::Absent), content("b\n"), ChangeKind::Added),
        (known(Content::Absent), binary(1), ChangeKind::Added),
        (known(content("a\n")), Content::Absent, ChangeKind::Deleted),
        (known(binary(1)), Content::Absent, ChangeKind::Deleted),
        (known(content("a\n")), content(""), ChangeKind::Emptied),
        (known(content("a\n")), binary(1), ChangeKind::Binary),
        (known(binary(2)), binary(1), ChangeKind::Binary),
        (known(content("a\n")), Content::Unreadable, ChangeKind::Binary),
        (known(Content::Unreadable), large.clone(), ChangeKind::Binary),
        (known(content("a\n")), large, ChangeKind::TooLarge),
        (Baseline::Unknown, content("a\n"), ChangeKind::UnknownBaseline),
    ] {
        let review = FileReview::new(before, now);
        assert_eq!(review.kind(), kind, "{review:?}");
        assert!(!review.is_settled());
    }
}

#[test]
fn typing_beside_a_hunk_goes_into_the_baseline() {
    let mut r = review("top\nold\nend\n", "top\nnew\nend\n");
    edit(&mut r, "top", "top!");
    edit(&mut r, "end", "the end");
    edit(&mut r, "top!\n", "top!\nown line\n");
    assert_eq!(baseline(&r).as_deref(), Some("top!\nown line\nold\nthe end\n"));
    assert_eq!(r.hunks(), [Hunk { before: 2..3, after: 2..3 }]);
    assert_eq!(r.hunk_bytes(0), 14..18);
}

#[test]
fn typing_in_a_hunk_reshapes_it() {
    let mut r = review("top\nold\nend\n", "top\nnew\nend\n");
    edit(&mut r, "new", "new and own");
    edit(&mut r, "own\n", "own\nmore\n");
    assert_eq!(baseline(&r).as_deref(), Some("top\nold\nend\n"));
    assert_eq!(r.hunks(), [Hunk { before: 1..2, after: 1..3 }]);
    edit(&mut r, "new and own\nmore\n", "old\n");
    assert!(r.is_settled());
}

#[test]
fn joining_a_line_with_a_hunk_touches_it() {
    let mut r = review("top\nold\nend\n", "top\nnew\nend\n");
    edit(&mut r, "top\nn", "topn");
    assert_eq!(baseline(&r).as_deref(), Some("top\nold\nend\n"));
    let mut r = review("top\nold\nend\n", "top\nnew\nend\n");
    edit(&mut r, "w\ne", "we");
    assert_eq!(baseline(&r).as_deref(), Some("top\nold\nend\n"));
}

#[test]
fn lines_typed_right_above_or_below_a_hunk_are_the_users() {
    let mut r = review("top\nold\nend\n", "top\nnew\nend\n");
    insert(&mut r, 4, "above\n");
    insert(&mut r, 14, "below\n");
    assert_eq!(baseline(&r).as_deref(), Some("top\nabove\nold\nbelow\nend\n"));
    assert_eq!(r.current().text(), Some("top\nabove\nnew\nbelow\nend\n"));
}

#[test]
fn a_line_typed_at_the_end_of_a_hunk_belongs_to_it() {
    let mut r = review("top\nold\nend\n", "top\nnew\nend\n");
    insert(&mut r, 7, "\nmore");
    assert_eq!(baseline(&r).as_deref(), Some("top\nold\nend\n"));
    assert_eq!(r.hunks(), [Hunk { before: 1..2, after: 1..3 }]);
}

#[test]
fn deleted_lines_that_come_back_are_no_longer_deleted() {
    // The second form is what an editor reports that compares character by character.
    for (at, new) in [(2, "cat\n"), (3, "at\nc")] {
        let mut r = review("a\ncat\nc\n", "a\nc\n");
        insert(&mut r, at, new);
        assert!(r.is_settled());
        assert_eq!(baseline(&r).as_deref(), Some("a\ncat\nc\n"));
    }
}

#[test]
fn one_of_the_deleted_lines_may_come_back() {
    let mut r = review("a\n1\n2\nb\n", "a\nb\n");
    insert(&mut r, 2, "1\n");
    assert_eq!(baseline(&r).as_deref(), Some("a\n1\n2\nb\n"));
    assert_eq!(r.hunks(), [Hunk { before: 2..3, after: 2..2 }]);
    // A change of the line below is that line's.
    let mut r = review("a\n1\n2\nb\n", "a\nb\n");
    insert(&mut r, 2, "own ");
    assert_eq!(baseline(&r).as_deref(), Some("a\n1\n2\nown b\n"));
}

#[test]
fn one_of_two_equal_lines_is_the_inserted_one() {
    let mut r = review("a\nx\nb\nold\n", "a\nx\nx\nb\nnew\n");
    r.user_edited(&TextEdit { range: 2..4, text: String::new() });
    assert_eq!(baseline(&r).as_deref(), Some("a\nx\nb\nold\n"));
    assert_eq!(r.hunks().len(), 1);
}

#[test]
fn an_edit_after_a_last_line_without_a_break_touches_it() {
    let mut r = review("a\nold", "a\nnew");
    insert(&mut r, 5, "\nmore\n");
    assert_eq!(baseline(&r).as_deref(), Some("a\nold"));
    let mut r = review("a\nold", "a\nnew\n");
    insert(&mut r, 6, "more\n");
    assert_eq!(baseline(&r).as_deref(), Some("a\nold"));
    let mut r = review("a\nold\n", "a\nnew\n");
    insert(&mut r, 6, "more");
    assert_eq!(baseline(&r).as_deref(), Some("a\nold\nmore"));
}

#[test]
fn hunks_that_cancel_out_vanish() {
    // The line was moved; without the one it was moved across nothing has changed.
    let mut r = review("x\ng\nend\n", "g\nx\nend\n");
    edit(&mut r, "g\n", "");
    assert!(r.current().text() == Some("x\nend\n"));
    check_review(&r);
}

#[test]
fn a_reload_is_taken_apart_by_lines() {
    let mut r = review("1\n2\n3\n4\n5\n6\n", "1\n2\nthree\n4\n5\n6\n");
    r.user_replaced("one\n2\nTHREE\n4\n5\nsix\n");
    assert_eq!(baseline(&r).as_deref(), Some("one\n2\n3\n4\n5\nsix\n"));
    assert_eq!(r.hunks(), [Hunk { before: 2..3, after: 2..3 }]);
    // The same as one edit of the whole text.
    let mut r = review("1\n2\n3\n4\n5\n6\n", "1\n2\nthree\n4\n5\n6\n");
    r.user_edited(&TextEdit { range: 0..16, text: "one\n2\nTHREE\n4\n5\nsix\n".to_owned() });
    assert_eq!(baseline(&r).as_deref(), Some("one\n2\n3\n4\n5\nsix\n"));
}

#[test]
fn a_second_change_of_opencode_keeps_the_baseline() {
    let mut r = review("a\nb\n", "a\nB\n");
    edit(&mut r, "a", "own a");
    r.opencode_changed(content("own a\nB\nc\n"));
    check_review(&r);
    assert_eq!(baseline(&r).as_deref(), Some("own a\nb\n"));
    r.opencode_changed(content("own a\nb\n"));
    assert!(r.is_settled());
}

#[test]
fn a_new_file_stays_new_while_it_is_edited() {
    let mut r = FileReview::new(Baseline::Known(Content::Absent), content(""));
    assert!(r.hunks().is_empty() && !r.is_settled());
    insert(&mut r, 0, "x\n");
    assert_eq!(r.kind(), ChangeKind::Added);
    assert_eq!(r.hunks().len(), 1);
    assert_eq!(r.undo_all(), Some(Content::Absent));
    r.keep_hunk(0);
    assert!(r.is_settled());
    assert_eq!(r.baseline(), known("x\n"));
}

#[test]
fn a_deleted_file_can_only_come_back_as_a_whole() {
    let mut r = FileReview::new(known("a\nb\n"), Content::Absent);
    assert_eq!(r.hunks(), [Hunk { before: 0..2, after: 0..0 }]);
    assert_eq!(r.undo_hunk(0), None);
    assert!(r.undo_all_edits().is_empty());
    assert_eq!(r.undo_all(), Some(content("a\nb\n")));
    r.user_edited(&TextEdit { range: 0..0, text: "x".to_owned() });
    assert_eq!(r.current(), &Content::Absent);
    r.user_replaced("a\nb\n");
    assert!(r.is_settled());

    let mut r = FileReview::new(known("a\nb\n"), Content::Absent);
    r.keep_hunk(0);
    assert_eq!(r.baseline(), Baseline::Known(Content::Absent));
    assert!(r.is_settled());
}

#[test]
fn what_cannot_be_compared_is_settled_by_keeping_only() {
    for content in [Content::TooLarge { bytes: 20_000_000 }, Content::Unreadable] {
        let mut r = FileReview::new(Baseline::Known(content.clone()), content.clone());
        assert!(!r.is_settled());
        assert_eq!(r.undo_all(), None);
        r.keep_all();
        assert!(r.is_settled());
        r.opencode_changed(content);
        assert!(!r.is_settled());
    }
}

#[test]
fn binary_files_are_told_apart() {
    let mut r = FileReview::new(Baseline::Known(binary(1)), binary(2));
    assert!(!r.is_settled());
    assert_eq!(r.undo_all(), None);
    r.opencode_changed(binary(1));
    assert!(r.is_settled());
}

#[test]
fn an_unknown_baseline_stays_unknown() {
    let mut r = FileReview::new(Baseline::Unknown, content("a\n"));
    insert(&mut r, 0, "x\n");
    r.opencode_changed(content("b\n"));
    assert_eq!(r.baseline(), Baseline::Unknown);
    assert!(r.hunks().is_empty() && !r.is_settled());
    assert_eq!(r.undo_all(), None);
    r.keep_all();
    assert_eq!(r.baseline(), known("b\n"));
}

#[test]
fn a_lone_carriage_return_is_no_line_break() {
    let r = review("a\rb\nc\n", "a\rB\nc\n");
    assert_eq!(r.hunks(), [Hunk { before: 0..1, after: 0..1 }]);
    assert_eq!(r.hunk_bytes(0), 0..4);
    assert_eq!(r.hunk_bytes(7), 0..0);
}
