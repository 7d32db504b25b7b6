//! Files that are not the editor's to tell of: closed ones, and those it has not reloaded.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::InEditor;
use crate::core::effect::{Effect, ReadPurpose, Timer};
use crate::core::state::State;
use crate::review::Content;

/// Several changes in a row are one: editors empty a file before they write it.
const SETTLES: Duration = Duration::from_millis(15);
/// A file that is missing or empty for this long is meant to be so.
const MISSING_FOR: Duration = Duration::from_millis(300);

impl State {
    /// A watched file is being changed on disk, by whomever.
    pub(in crate::core) fn disk_changing(&mut self, path: PathBuf) {
        if self.changes.get(&path).is_some() && self.changes.changing.insert(path.clone()) {
            self.effect(Effect::After(SETTLES, Timer::Disk(path)));
        }
    }

    pub(in crate::core) fn disk_settled(&mut self, path: PathBuf) {
        self.changes.changing.remove(&path);
        self.disk_changed(path);
    }

    /// A file that is under review may hold something else now.
    pub(in crate::core) fn disk_changed(&mut self, path: PathBuf) {
        if self.changes.get(&path).is_some() {
            self.effect(Effect::Read { path, why: ReadPurpose::Disk });
        }
    }

    /// What the disk holds of a file after it changed, or after its document was closed.
    pub(in crate::core) fn disk_read(&mut self, path: &Path, content: Content) {
        self.changes.looking.remove(path);
        self.refresh_in_editor(path);
        let is_editors = |state: InEditor| matches!(state, InEditor::Same | InEditor::Diverged);
        let is_busy_with = self.is_being_undone(path) || self.changes.arriving.contains_key(path);
        let may_be_opencodes = !self.busy.is_empty() || self.turn_undo.is_at_work();
        let Some(changed) = self.changes.files.get_mut(path).filter(|changed| !is_editors(changed.in_editor)) else {
            return;
        };
        let bom = content.begins_with_bom();
        let content = content.without_bom();
        let is_nothing = content.is_absent() || content.text() == Some("");
        if !is_nothing {
            self.changes.missing.remove(path);
        }
        if content == Content::Unreadable {
            // Nothing is known of it now; what is known of it before stays.
            return;
        }
        if *changed.saved.current() == content {
            // What was not saved is gone with its document.
            changed.review = changed.saved.clone();
            self.forget_if_reviewed(path);
            return;
        }
        if is_busy_with {
            return;
        }
        if may_be_opencodes {
            // opencode's own word on what it writes comes after the fact.
            self.changes.unattributed.insert(path.to_path_buf());
            return;
        }
        if is_nothing && self.changes.missing.insert(path.to_path_buf()) {
            self.changes.changing.insert(path.to_path_buf());
            self.effect(Effect::After(MISSING_FOR, Timer::Disk(path.to_path_buf())));
            return;
        }
        self.changes.missing.remove(path);
        match (&content, changed.saved.current()) {
            (Content::Text(now), Content::Text(_)) => {
                changed.user_wrote(now);
                changed.bom = bom;
                self.changed_on_disk(path);
                self.forget_if_reviewed(path);
            }
            _ => {
                tracing::info!(path = %path.display(), "replaced or removed by the user: no longer reviewed");
                self.settle(path);
            }
        }
    }

    /// A turn is over and has told everything: what else changed meanwhile was the user's doing.
    pub(in crate::core) fn attribute_to_the_user(&mut self) {
        if !self.busy.is_empty() || self.turn_undo.is_at_work() {
            return;
        }
        for path in std::mem::take(&mut self.changes.unattributed) {
            self.disk_changed(path);
        }
    }

    /// Has exactly those files watched that are under review.
    pub(in crate::core) fn watch_touched(&mut self) {
        for path in self.touched.clone() {
            let wanted = self.changes.files.contains_key(&path);
            if wanted && self.changes.watched.insert(path.clone()) {
                self.effect(Effect::Watch { path, on: true });
            } else if !wanted && self.changes.watched.remove(&path) {
                self.effect(Effect::Watch { path, on: false });
            }
        }
    }
}
