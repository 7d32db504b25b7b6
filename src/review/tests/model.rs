//! A file as stretches of lines of which it is known who changed them.

use proptest::prelude::*;

use crate::text::TextEdit;

/// A stretch of a file.
#[derive(Debug, Clone)]
pub(super) enum Part {
    Same(String),
    /// With a number that is another one for each part, from 1.
    Changed {
        before: String,
        after: String,
        tag: usize,
    },
}

/// One edit of the user: which unchanged part, where in it, how much, and what instead.
pub(super) type Step = (prop::sample::Index, prop::sample::Index, prop::sample::Index, usize);

/// Lines that occur nowhere else, so that every diff finds the same parts.
pub(super) fn unique(tag: &str, part: usize, count: usize, end: &str) -> String {
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
                tag: i + 1,
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
pub(super) fn take(parts: &mut [Part], step: &Step, number: usize) -> Option<TextEdit> {
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

pub(super) fn step() -> impl Strategy<Value = Step> {
    (any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0usize..6)
}

/// One change of opencode: which part, from which line, how many lines, how many instead,
/// and in which way.
pub(super) type Change = (prop::sample::Index, prop::sample::Index, usize, usize, usize);

pub(super) fn change() -> impl Strategy<Value = Change> {
    (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0usize..3, 0usize..3, 0usize..6)
}

/// Does the change in the model: in unchanged lines, or once more in changed ones. Whether
/// there is anything that it could change.
pub(super) fn write(parts: &mut Vec<Part>, change: &Change, number: usize) -> bool {
    let (which, from, old, new, way) = change;
    if parts.is_empty() {
        parts.push(Part::Same(String::new()));
    }
    let index = which.index(parts.len());
    let is_last = index + 1 == parts.len();
    let lines = unique("again", number, *new, "\n");
    let new_parts = match &parts[index] {
        Part::Same(text) => {
            let starts: Vec<usize> = text.split_inclusive('\n').map(|line| line.len()).collect();
            // The last line of the file stays, and with it a text without a break at its end.
            let count = starts.len() - usize::from(is_last && !starts.is_empty());
            let first = from.index(count + 1);
            let end = count.min(first + old);
            let at = |line: usize| starts[..line].iter().sum::<usize>();
            let part = |text: &str| Part::Same(text.to_owned());
            let before = text[at(first)..at(end)].to_owned();
            vec![part(&text[..at(first)]), Part::Changed { before, after: lines, tag: 0 }, part(&text[at(end)..])]
        }
        Part::Changed { before, after, .. } => {
            let after = match way {
                0 => before.clone(),
                1 => after.clone() + &lines,
                2 => lines + after,
                _ => lines,
            };
            vec![Part::Changed { before: before.clone(), after, tag: 0 }]
        }
    };
    let text = after(parts);
    parts.splice(index..=index, new_parts);
    text != after(parts)
}

/// Brings parts that meet together, and those that are no change back. What is new gets a
/// tag: changes with tag 0, and those that are made of several.
pub(super) fn tidy(parts: &mut Vec<Part>, next_tag: &mut usize) {
    let mut tidied: Vec<Part> = Vec::with_capacity(parts.len());
    for part in parts.drain(..) {
        let part = match part {
            Part::Changed { before, after, .. } if before == after => Part::Same(before),
            part => part,
        };
        match (tidied.last_mut(), part) {
            (_, Part::Same(text)) if text.is_empty() => {}
            (Some(Part::Same(last)), Part::Same(text)) => last.push_str(&text),
            (Some(Part::Changed { before, after, tag }), Part::Changed { before: b, after: a, .. }) => {
                before.push_str(&b);
                after.push_str(&a);
                *tag = 0;
            }
            (_, part) => tidied.push(part),
        }
    }
    for part in &mut tidied {
        if let Part::Changed { tag: tag @ 0, .. } = part {
            *next_tag += 1;
            *tag = *next_tag;
        }
    }
    *parts = tidied;
}

/// Whether every line diff finds the parts as they are: no line that was replaced is there
/// now, and no line that replaces another was there before.
pub(super) fn is_clear(parts: &[Part]) -> bool {
    let (old, new) = (before(parts), after(parts));
    let lacks =
        |text: &str, lines: &str| lines.split_inclusive('\n').all(|line| text.split_inclusive('\n').all(|l| l != line));
    parts.iter().all(|part| match part {
        Part::Same(_) => true,
        Part::Changed { before, after, .. } => lacks(&new, before) && lacks(&old, after),
    })
}
