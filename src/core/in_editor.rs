//! How the editor's text stands to the text that opencode left, and what the user's edits do to it.

use std::path::Path;

use super::baseline::strip_bom;
use super::changes::InEditor;
use super::documents::{same_lines, same_text, without_bom};
use super::ids::DocumentUri;
use super::state::State;
use crate::review::{Baseline, Content};
use crate::text::TextEdit;

impl State {
    /// The editor's text changed.
    pub(super) fn change_edited(&mut self, uri: &DocumentUri, edits: &[TextEdit]) {
        let Some(path) = uri.to_path() else {
            return;
        };
        let Some(document) = self.documents.get(uri) else {
            return;
        };
        let Some(changed) = self.changes.files.get_mut(&path) else {
            return;
        };
        self.touched.insert(path.clone());
        if changed.in_editor != InEditor::Same {
            self.reread_in_editor(&path);
            return;
        }
        if changed.review.is_settled()
            && let Some(undone) = changed.undone.take()
            && undone.current().text().is_some_and(|text| same_text(text, &document.text.text()))
        {
            // The user took the undo of opencode's change back.
            changed.review = undone;
            return;
        }
        let before = changed.review.clone();
        if document.text.slice(0..3) == "\u{feff}" {
            // The review's text has no byte order mark, so the edit's bytes are not the review's.
            changed.review.user_replaced(without_bom(&document.text.text()));
        } else {
            for edit in edits {
                changed.review.user_edited(edit);
            }
        }
        // Until it is saved, the disk has opencode's text, and the user may yet want it back.
        if changed.review.is_settled() && !before.is_settled() {
            changed.undone = Some(before);
        }
    }

    /// The editor wrote its text over whatever the file held.
    pub(super) fn change_saved(&mut self, uri: &DocumentUri) {
        let Some(path) = uri.to_path() else {
            return;
        };
        let Some(document) = self.documents.get(uri) else {
            return;
        };
        let Some(changed) = self.changes.files.get_mut(&path) else {
            return;
        };
        if changed.in_editor == InEditor::Same {
            self.forget_if_settled(&path);
            return;
        }
        changed.review.user_replaced(without_bom(&document.text.text()));
        self.touched.insert(path.clone());
        self.refresh_in_editor(&path);
        self.forget_if_settled(&path);
    }

    /// The file of a document that was closed counts again.
    pub(super) fn closed_read(&mut self, path: &Path, content: Content) {
        if self.documents.by_path(path).is_some() {
            return;
        }
        let Some(changed) = self.changes.files.get_mut(path) else {
            return;
        };
        let content = strip_bom(content);
        if let (Some(now), Some(current)) = (content.text(), changed.review.current().text())
            && now != current
        {
            changed.review.user_replaced(now);
        }
        self.touched.insert(path.to_path_buf());
        self.refresh_in_editor(path);
        self.forget_if_settled(path);
    }

    /// The same where the text that opencode left is certainly what the disk holds. A reload arrives
    /// as an edit, but leaves nothing to save.
    pub(super) fn reread_in_editor(&mut self, path: &Path) {
        self.refresh_in_editor(path);
        let same = self.changes.get(path).is_some_and(|changed| changed.in_editor == InEditor::Same);
        if same && let Some(document) = self.documents.by_path(path) {
            self.dirty.remove(&document.uri);
        }
    }

    /// Compares the editor's text with the one opencode left.
    pub(super) fn refresh_in_editor(&mut self, path: &Path) {
        let Some(changed) = self.changes.files.get_mut(path) else {
            return;
        };
        self.touched.insert(path.to_path_buf());
        let Some(document) = self.documents.by_path(path) else {
            changed.in_editor = InEditor::Closed;
            return;
        };
        let text = document.text.text();
        let baseline = match changed.review.baseline() {
            Baseline::Known(content) => content.text(),
            Baseline::Unknown => None,
        };
        changed.in_editor = if changed.review.current().text().is_some_and(|now| same_text(now, &text)) {
            InEditor::Same
        } else if baseline.is_some_and(|before| same_text(before, &text)) || !self.dirty.contains(&document.uri) {
            InEditor::Stale
        } else {
            InEditor::Diverged
        };
    }

    fn forget_if_settled(&mut self, path: &Path) {
        if self.changes.get(path).is_some_and(|changed| changed.review.is_settled()) {
            self.settle(path);
        }
    }

    /// Nothing of a file is to be shown any more, until opencode changes it again.
    pub(super) fn settle(&mut self, path: &Path) {
        self.touched.insert(path.to_path_buf());
        if let Some(changed) = self.changes.files.remove(path) {
            let content = changed.review.current().clone();
            self.changes.settled.insert(path.to_path_buf(), (changed.session, content));
        }
    }

    /// A document was opened: with text that is not the file's?
    pub(super) fn opened_read(&mut self, path: &Path, content: &Content) {
        let Some(document) = self.documents.by_path(path) else {
            return;
        };
        if content.text().is_some_and(|text| !same_lines(text, &document.text.text())) {
            self.dirty.insert(document.uri.clone());
            self.refresh_in_editor(path);
        }
    }
}
