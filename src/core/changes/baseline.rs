//! Where the text before a change comes from, and when it is believed.

use std::sync::Arc;

use crate::core::server::EditHint;
use crate::review::Content;
use crate::review::patch::Patch;

/// The text before a series of changes that ended in `after`.
///
/// `trusted` was read while opencode waited for leave; `clean` is the editor's saved text, which is
/// only as good as the editor's last look at the disk.
pub(super) fn text_before(
    hints: &[EditHint],
    trusted: Option<&Content>,
    clean: Option<&Content>,
    after: &Content,
) -> Option<Content> {
    let first = hints.first()?;
    let said = match first {
        EditHint::Texts { before, .. } => Some(Content::Text(before.as_str().into()).without_bom()),
        EditHint::Created => Some(Content::Absent),
        EditHint::Deleted { before: Some(before) } => Some(Content::Text(before.as_str().into()).without_bom()),
        _ => None,
    };
    said.or_else(|| reverse_all(hints, after))
        // The file may have been read between two changes.
        .or_else(|| reverse_all(hints.get(..1)?, after))
        .or_else(|| trusted.filter(|seen| *seen != after).cloned())
        // The document was opened, or reloaded, after the first change.
        .or_else(|| reverse_all(hints.get(..1)?, clean?))
        .or_else(|| clean.filter(|seen| *seen != after).cloned())
}

/// Takes every patch back, newest first; none unless each fits exactly.
pub(super) fn reverse_all(hints: &[EditHint], after: &Content) -> Option<Content> {
    let Content::Text(after) = after else {
        return None;
    };
    let mut text: Arc<str> = after.clone();
    for hint in hints.iter().rev() {
        let EditHint::Patch(patch) = hint else {
            return None;
        };
        text = Patch::parse(patch).ok()?.reverse(&text)?.into();
    }
    Some(Content::Text(text))
}

/// The text before the newest of these changes, where it is a patch that fits `text` exactly.
pub(super) fn reverse_last(hints: &[EditHint], text: &Content) -> Option<Content> {
    match hints.last()? {
        EditHint::Patch(_) => reverse_all(hints.get(hints.len() - 1..)?, text),
        _ => None,
    }
}
