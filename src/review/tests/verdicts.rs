//! Verdicts on hunks: in which order they are given does not matter.

use proptest::prelude::*;

use super::ids::ids;
use super::{check_review, config, content, known, text};
use crate::review::{Baseline, Content, FileReview, HunkId};

#[derive(Debug, Clone, Copy)]
enum Verdict {
    Keep,
    Undo,
    None,
}

fn verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![3 => Just(Verdict::Keep), 3 => Just(Verdict::Undo), 1 => Just(Verdict::None)]
}

/// Gives the verdicts in this order.
fn decide(review: &mut FileReview, verdicts: &[(HunkId, Verdict)]) {
    for (id, verdict) in verdicts {
        let index = review.hunk_index(*id).unwrap();
        match verdict {
            Verdict::Keep => review.keep_hunk(index),
            Verdict::Undo => {
                let edit = review.undo_hunk(index).unwrap();
                review.user_edited(&edit);
            }
            Verdict::None => {}
        }
        check_review(review);
    }
}

/// The texts of both sides, and the ids of the hunks between them.
fn outcome(review: &FileReview) -> (Baseline, Content, Vec<HunkId>) {
    (review.baseline(), review.current().clone(), ids(review))
}

proptest! {
    #![proptest_config(config(10_000))]

    #[test]
    fn their_order_does_not_matter(
        before in text(),
        after in text(),
        verdicts in prop::collection::vec((verdict(), any::<u16>(), any::<u16>()), 12),
    ) {
        let review = FileReview::new(known(&before), content(&after));
        let given: Vec<_> = ids(&review).into_iter().zip(verdicts).collect();
        let ordered = |key: fn(&(u16, u16)) -> u16| {
            let mut given = given.clone();
            given.sort_by_key(|(_, (_, a, b))| key(&(*a, *b)));
            given.into_iter().map(|(id, (verdict, _, _))| (id, verdict)).collect::<Vec<_>>()
        };
        let (mut one, mut other) = (review.clone(), review.clone());
        decide(&mut one, &ordered(|keys| keys.0));
        decide(&mut other, &ordered(|keys| keys.1));
        prop_assert_eq!(outcome(&one), outcome(&other));
    }
}
