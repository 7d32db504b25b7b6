//! How the editor's text stands to the text that opencode left, and what the user's edits do to it.

use std::path::Path;

use super::{InEditor, Settled};
use crate::core::documents::{same_lines, same_text, without_bom};
use crate::core::effect::{Effect, ReadPurpose};
use crate::core::ids::DocumentUri;
use crate::core::state::State;
use crate::review::{Baseline, Content};
use crate::text::TextEdit;

impl State {
    /// The editor's text changed.
    pub(in crate::core) fn change_edited(&mut self, uri: &DocumentUri, edits: &[TextEdit]) {
        let Some(path) = uri.to_path() else {
            return;
        };
        let Some(document) = self.documents.get(uri) else {
            return;
        };
        if !self.changes.files.contains_key(&path) && self.is_being_undone(&path) {
            // Its review went with its folder, after the editor was asked.
            let text = document.text.text();
            self.undo_arrived(&path, without_bom(&text));
            return;
        }
        let Some(changed) = self.changes.files.get_mut(&path) else {
            return;
        };
        self.touched.insert(path.clone());
        if changed.in_editor != InEditor::Same {
            self.reloaded(&path);
        } else if !changed.return_to(&document.text) {
            // The review's text has no byte order mark: where the editor's has one, bytes differ.
            let whole = document.text.bom_bytes() > 0;
            changed.user_changes(|review| match whole {
                true => review.user_replaced(without_bom(&document.text.text())),
                false => edits.iter().for_each(|edit| review.user_edited(edit)),
            });
        }
        if self.is_being_undone(&path)
            && let Some(text) = self.documents.get(uri).map(|document| document.text.text())
        {
            self.undo_arrived(&path, without_bom(&text));
        }
    }

    /// A document was said to be saved. Neovim says so, too, when the user declined, or saved a copy.
    pub(in crate::core) fn change_saving(&mut self, uri: &DocumentUri) {
        let Some(path) = uri.to_path() else {
            self.dirty.remove(uri);
            return;
        };
        if let (Some(document), Some(changed)) = (self.documents.get(uri), self.changes.files.get_mut(&path)) {
            changed.begin_save(without_bom(&document.text.text()));
        }
        if let Some(document) = self.documents.get(uri).filter(|_| !self.busy.is_empty()) {
            let text = Content::Text(document.text.text().into()).without_bom();
            self.changes.said_saved.insert(path.clone(), text);
        }
        self.changes.saving.insert(path.clone());
        self.effect(Effect::Read { path, why: ReadPurpose::Saved });
    }

    /// What the file holds after that.
    pub(in crate::core) fn saved_read(&mut self, path: &Path, content: Content) {
        self.changes.saving.remove(path);
        self.end_save(path, &content);
        let document = self.documents.by_path(path);
        let is_same = |text: &str| document.is_some_and(|document| same_lines(text, &document.text.text()));
        if !content.text().is_some_and(is_same) {
            self.disk_read(path, content);
            return;
        }
        if let Some(uri) = document.map(|document| document.uri.clone()) {
            self.dirty.remove(&uri);
        }
        if !self.busy.is_empty() {
            let turns = self.turn_undo.turns_begun();
            self.changes.saved_meanwhile.insert(path.to_path_buf(), (turns, content.clone().without_bom()));
        }
        self.refresh_in_editor(path);
        if let Some(changed) = self.changes.files.get_mut(path).filter(|changed| changed.in_editor != InEditor::Same) {
            // The change was told of while the user saved over it.
            changed.user_overwrote(content.without_bom().text().unwrap_or_default());
            self.changed_on_disk(path);
        }
        self.forget_if_reviewed(path);
    }

    /// The first look at the disk after a document was said to be saved.
    pub(super) fn end_save(&mut self, path: &Path, content: &Content) {
        let saved = self.changes.files.get_mut(path).is_some_and(|changed| changed.end_save(content));
        if saved {
            self.review_moved(path);
            self.refresh_in_editor(path);
        }
    }

    /// The editor's text may be what the disk holds now. A reload arrives as an edit, but leaves
    /// nothing to save.
    fn reloaded(&mut self, path: &Path) {
        self.refresh_in_editor(path);
        let same = self.changes.get(path).is_some_and(|changed| changed.in_editor == InEditor::Same);
        if same && let Some(document) = self.documents.by_path(path) {
            self.dirty.remove(&document.uri);
        }
    }

    /// The disk certainly holds another text now, which the review has already.
    pub(super) fn changed_on_disk(&mut self, path: &Path) {
        self.review_moved(path);
        self.reloaded(path);
    }

    /// A review is another one: it is shown anew, and kept for the next run.
    pub(super) fn review_moved(&mut self, path: &Path) {
        self.touched.insert(path.to_path_buf());
        self.changes.unkept.insert(path.to_path_buf());
    }

    /// Compares the editor's text with the one opencode left.
    pub(in crate::core) fn refresh_in_editor(&mut self, path: &Path) {
        let Some(changed) = self.changes.files.get_mut(path) else {
            return;
        };
        self.touched.insert(path.to_path_buf());
        if let Some(disk) = changed.saved.current().text() {
            self.documents.follow_line_breaks(path, disk);
        }
        let Some(document) = self.documents.by_path(path) else {
            // What was not saved is gone with its document.
            changed.review = changed.saved.clone();
            changed.in_editor = InEditor::Closed;
            changed.left = false;
            return;
        };
        let text = document.text.text();
        let is = |content: &Content| content.text().is_some_and(|other| same_text(other, &text));
        changed.in_editor = if is(changed.saved.current()) {
            changed.review = changed.saved.clone();
            InEditor::Same
        } else if is(changed.review.current()) {
            InEditor::Same
        } else {
            // What the editor shows has nothing of the review's: that follows the disk.
            changed.review = changed.saved.clone();
            let is_baseline = matches!(changed.saved.baseline(), Baseline::Known(before) if is(&before));
            if is_baseline || !self.dirty.contains(&document.uri) { InEditor::Stale } else { InEditor::Diverged }
        };
        changed.left &= changed.in_editor == InEditor::Diverged;
    }

    pub(super) fn forget_if_reviewed(&mut self, path: &Path) {
        if self.changes.get(path).is_some_and(|changed| changed.is_reviewed() && changed.is_reviewed_on_disk()) {
            self.settle(path);
        }
    }

    /// Nothing of a file is to be shown any more, until opencode changes it again.
    pub(super) fn settle(&mut self, path: &Path) {
        self.review_moved(path);
        if let Some(changed) = self.changes.files.remove(path) {
            let content = changed.saved.current().clone();
            self.changes.settled.insert(path.to_path_buf(), Settled { source: changed.source, content });
        }
    }

    /// A document was opened: with text that is not the file's?
    pub(in crate::core) fn opened_read(&mut self, path: &Path, content: &Content) {
        if let Some(disk) = content.text() {
            self.documents.follow_line_breaks(path, disk);
        }
        let Some(document) = self.documents.by_path(path) else {
            return;
        };
        if content.text().is_some_and(|text| !same_lines(text, &document.text.text())) {
            self.dirty.insert(document.uri.clone());
            self.refresh_in_editor(path);
        }
    }
}
