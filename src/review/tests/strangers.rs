//! Edits of the user strictly outside of hunks, and changes of opencode in between, against
//! a model that knows which lines are whose.

use std::collections::HashMap;

use proptest::prelude::*;

use super::ids::{Seen, ids};
use super::model::{Change, Part, Step, after, before, change, is_clear, parts, step, take, tidy, write};
use super::{check_review, config, content, known};
use crate::review::{FileReview, HunkId};

#[derive(Debug, Clone)]
enum Event {
    User(Step),
    Opencode(Change),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![3 => step().prop_map(Event::User), 2 => change().prop_map(Event::Opencode)]
}

/// Checks that there is one hunk for each changed part, with one id as long as it is there.
fn check_ids(review: &FileReview, parts: &[Part], known: &mut HashMap<usize, HunkId>) {
    let tag = |part: &Part| match part {
        Part::Changed { tag, .. } => Some(*tag),
        Part::Same(_) => None,
    };
    let tags: Vec<usize> = parts.iter().filter_map(tag).collect();
    let ids = ids(review);
    assert_eq!(tags.len(), ids.len(), "{parts:?} {review:?}");
    for (tag, id) in tags.into_iter().zip(ids) {
        assert!(known.get(&tag).is_none_or(|before| *before == id), "{parts:?} {review:?}");
        let is_new = known.insert(tag, id).is_none();
        assert!(!is_new || known.values().filter(|other| **other == id).count() == 1, "{parts:?} {review:?}");
    }
}

/// Checks what the user may do with a review as it is.
fn check_verdicts(review: &FileReview) {
    for (index, id) in ids(review).into_iter().enumerate() {
        let mut undone = review.clone();
        let edit = review.undo_hunk(index).unwrap();
        undone.user_edited(&edit);
        check_review(&undone);
        assert_eq!(undone.baseline(), review.baseline());
        assert_eq!(undone.hunk_index(id), None);
        assert_eq!(undone.hunks().len() + 1, review.hunks().len());
    }
    let mut kept = review.clone();
    kept.keep_all();
    assert_eq!(kept.current(), review.current());
    assert!(kept.is_settled());
}

proptest! {
    #![proptest_config(config(10_000))]

    #[test]
    fn edits_outside_survive_undo(mut parts in parts(), steps in prop::collection::vec(step(), 0..8), whole in any::<bool>()) {
        let mut review = FileReview::new(known(&before(&parts)), content(&after(&parts)));
        for (number, step) in steps.iter().enumerate() {
            let Some(edit) = take(&mut parts, step, number) else {
                continue;
            };
            if whole && !edit.text.contains('\n') && edit.range.is_empty() {
                review.user_replaced(&after(&parts));
            } else {
                review.user_edited(&edit);
            }
            check_review(&review);
            let (old, new) = (before(&parts), after(&parts));
            prop_assert_eq!(review.current().text(), Some(new.as_str()));
            prop_assert_eq!(review.baseline(), known(&old));
        }
        prop_assert_eq!(review.undo_all(), Some(content(&before(&parts))));
    }

    #[test]
    fn edits_outside_survive_whatever_opencode_does(mut parts in parts(), events in prop::collection::vec(event(), 0..10)) {
        let mut review = FileReview::new(known(&before(&parts)), content(&after(&parts)));
        let mut seen = Seen::default();
        let mut tagged = HashMap::new();
        let mut next_tag = parts.len();
        tidy(&mut parts, &mut next_tag);
        check_ids(&review, &parts, &mut tagged);
        seen.look(&review);
        for (number, event) in events.iter().enumerate() {
            let mut changed = parts.clone();
            let edit = match event {
                Event::User(step) => take(&mut changed, step, number),
                Event::Opencode(_) => None,
            };
            let wrote = matches!(event, Event::Opencode(change) if write(&mut changed, change, number));
            tidy(&mut changed, &mut next_tag);
            if (edit.is_none() && !wrote) || !is_clear(&changed) {
                continue;
            }
            parts = changed;
            match edit {
                Some(edit) => review.user_edited(&edit),
                None => review.opencode_changed(content(&after(&parts))),
            }
            check_review(&review);
            check_ids(&review, &parts, &mut tagged);
            seen.look(&review);
            prop_assert_eq!(review.current(), &content(&after(&parts)));
            prop_assert_eq!(review.undo_all(), Some(content(&before(&parts))));
        }
        check_verdicts(&review);
    }
}
