//! Edits of the user strictly outside of hunks, against a model that knows which lines are
//! whose.

use proptest::prelude::*;

use super::{baseline, check_review, config, content, known};
use crate::review::FileReview;
use crate::text::TextEdit;

/// A stretch of a file.
#[derive(Debug, Clone)]
pub(super) enum Part {
    Same(String),
    Changed { before: String, after: String },
}

/// One edit of the user: which unchanged part, where in it, how much, and what instead.
type Step = (prop::sample::Index, prop::sample::Index, prop::sample::Index, usize);

/// Lines that occur nowhere else, so that every diff finds the same parts.
fn unique(tag: &str, part: usize, count: usize, end: &str) -> String {
    (0..count).map(|line| format!("{tag}{part}é{line}{end}")).collect()
}

pub(super) fn parts() -> impl Strategy<Value = Vec<Part>> {
    let end = prop_oneof![2 => Just("\n"), 1 => Just("\r\n")];
    let part = (1usize..4, 0usize..3, 0usize..3, end);
    (any::<bool>(), prop::collection::vec(part, 1..6)).prop_map(|(same_first, sizes)| {
        let mut parts = Vec::new();
        for (i, (same, old, new, end)) in sizes.into_iter().enumerate() {
            if i > 0 || same_first {
                parts.push(Part::Same(unique("same", i, same, end)));
            }
            parts.push(Part::Changed {
                before: unique("old", i, old, end),
                after: unique("new", i, new.max(usize::from(old == 0)), end),
            });
        }
        parts.push(Part::Same(unique("tail", 0, 2, "\n")));
        parts
    })
}

pub(super) fn before(parts: &[Part]) -> String {
    let side = |part: &Part| match part {
        Part::Same(text) => text.clone(),
        Part::Changed { before, .. } => before.clone(),
    };
    parts.iter().map(side).collect()
}

pub(super) fn after(parts: &[Part]) -> String {
    let side = |part: &Part| match part {
        Part::Same(text) => text.clone(),
        Part::Changed { after, .. } => after.clone(),
    };
    parts.iter().map(side).collect()
}

/// Does the step in the model, and says what it is in bytes of the current text. `None`
/// where it would not be strictly outside.
fn take(parts: &mut [Part], step: &Step, number: usize) -> Option<TextEdit> {
    let (which, from, to, what) = step;
    let candidates: Vec<usize> =
        (0..parts.len()).filter(|&i| matches!(&parts[i], Part::Same(text) if !text.is_empty())).collect();
    let index = *candidates.get(which.index(candidates.len().max(1)))?;
    let offset = after(&parts[..index]).len();
    let follows_deletion = index > 0 && matches!(&parts[index - 1], Part::Changed { after, .. } if after.is_empty());
    let is_last = index + 1 == parts.len();
    let Part::Same(text) = &mut parts[index] else {
        return None;
    };

    let at = |index: &prop::sample::Index| text.floor_char_boundary(index.index(text.len() + 1));
    let (start, end) = (at(from).min(at(to)), at(from).max(at(to)));
    let new = match what {
        0 => String::new(),
        1 => format!("u{number}"),
        2 => format!("u{number}\n"),
        3 => format!("\nu{number}"),
        4 => format!("u{number}\r\nv{number}😀\r\n"),
        _ => "\n".to_owned(),
    };
    // At its last place, an edit of the part must leave whole lines; at its first place,
    // an insertion must not stand where lines were deleted.
    let mut edited = text.clone();
    edited.replace_range(start..end, &new);
    let whole = edited.is_empty() || edited.ends_with('\n');
    let at_deletion = start == end && start == 0 && follows_deletion;
    if (!is_last && (!whole || end == text.len() && start == end)) || at_deletion {
        return None;
    }
    *text = edited;
    Some(TextEdit { range: offset + start..offset + end, text: new })
}

fn step() -> impl Strategy<Value = Step> {
    (any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0usize..6)
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
            prop_assert_eq!(baseline(&review), Some(old.as_str()));
        }
        prop_assert_eq!(review.undo_all(), Some(content(&before(&parts))));
    }
}
