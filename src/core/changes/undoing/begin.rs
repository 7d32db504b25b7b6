//! How a change is taken back: which way, and the first step.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{ANSWERED_WITHIN, Batch, Fate, Job, Step, Wanted};
use crate::core::changes::InEditor;
use crate::core::documents::without_bom;
use crate::core::effect::{EditorEffect, Effect, FileChange, Level, ReadPurpose, Timer, WorkspaceEdit};
use crate::core::ids::JobId;
use crate::core::showing::file_name;
use crate::core::state::State;
use crate::review::{Baseline, Content, replace};
use crate::text::TextEdit;

impl State {
    pub(super) fn start_undo(&mut self, path: PathBuf, wanted: Wanted, batch: Batch) {
        let Some(changed) = self.changes.get(&path) else {
            self.undo_failed(batch, &path, "that change is not there any more");
            return;
        };
        if changed.in_editor == InEditor::Diverged {
            let name = self.display_path(&path);
            let text = format!(
                "Your text of {name} stays as it is. Save it over the file to replace opencode's text on disk, even if \
                 the editor warns that the file has changed; do not reload"
            );
            self.editor(EditorEffect::Message { level: Level::Info, text });
            // Nothing is settled before it is saved: closed without that, opencode's text stands.
            if let Some(changed) = self.changes.files.get_mut(&path) {
                changed.left = true;
            }
            let why = "the editor holds text of it that is not saved";
            self.touched.insert(path.clone());
            self.undone_in(batch, &path, Fate::Refused(why.to_owned()));
            return;
        }
        let edits = match &wanted {
            Wanted::Hunks(hunks) => {
                let mut indices: Vec<usize> =
                    hunks.iter().filter_map(|hunk| changed.review.hunk_index(*hunk)).collect();
                indices.sort_unstable();
                indices.into_iter().filter_map(|index| changed.review.undo_hunk(index)).collect()
            }
            Wanted::File | Wanted::Merge { .. } | Wanted::Rescue => changed.review.undo_all_edits(),
        };
        if changed.has_hunks() {
            if edits.is_empty() {
                self.undo_failed(batch, &path, "that change is not there any more");
                return;
            }
            match changed.in_editor {
                InEditor::Same => self.edit_text(&path, wanted, edits, "Undo opencode's change", batch),
                _ => self.write_text(path, wanted, &edits, batch),
            }
            return;
        }
        self.undo_whole_file(path, batch);
    }

    /// A new file goes, a deleted one comes back, a renamed one gets its name back.
    pub(super) fn undo_whole_file(&mut self, path: PathBuf, batch: Batch) {
        let Some(changed) = self.changes.get(&path) else {
            return;
        };
        if changed.is_reviewed() {
            self.undone_in(batch, &path, Fate::Undone);
            return;
        }
        let expected = changed.saved.current().clone();
        let is_new = changed.saved.baseline_is(&Content::Absent);
        if self.has_unsaved(&path) || (is_new && *changed.written() != expected) {
            self.undo_failed(batch, &path, "you have changed it since");
            return;
        }
        let bom = changed.bom_before;
        match (changed.renamed_from.clone(), changed.saved.baseline()) {
            (Some(to), _) => {
                // With the old name open, too, Neovim refuses, and Helix opens it twice.
                let is_for_editor = self.client_files.rename && self.documents.by_path(&to).is_none();
                let by_editor = WorkspaceEdit::rename(&path, &to).filter(|_| is_for_editor);
                let change = FileChange::Rename { from: path.clone(), to, expected };
                self.change_file(path, by_editor, change, batch);
            }
            (None, Baseline::Known(Content::Absent)) => {
                let uri = self.documents.uri_of(&path).filter(|_| self.client_files.delete);
                let by_editor = uri.map(|uri| WorkspaceEdit::Delete { uri });
                self.keep_removed(&path, &expected);
                let change = FileChange::Remove { path: path.clone(), expected };
                self.change_file(path, by_editor, change, batch);
            }
            // An editor would create it empty and leave the text unsaved.
            (None, Baseline::Known(Content::Text(before))) => {
                let change = FileChange::Write { path: path.clone(), expected, text: before, bom };
                self.change_file(path, None, change, batch);
            }
            (None, _) => self.undo_failed(batch, &path, "its old contents are not known"),
        }
    }

    /// What looks new may be a file that was only moved (1.1 does not tell the old name): its text stays somewhere.
    pub(in crate::core::changes) fn keep_removed(&mut self, path: &Path, content: &Content) {
        let Some(text) = content.text() else {
            return;
        };
        self.undoing.last += 1;
        let name = format!("{}-{}-{}", self.run, self.undoing.last, file_name(&self.name_of_file(path)));
        let path = self.removed_folder(path).join(name);
        self.effect(Effect::WriteOwn { path, text: text.to_owned() });
    }

    /// Where the text of a removed file is kept.
    pub(in crate::core::changes) fn removed_folder(&self, path: &Path) -> PathBuf {
        self.own_file(self.folder_of_file(path), "removed")
    }

    pub(in crate::core::changes) fn has_unsaved(&self, path: &Path) -> bool {
        self.documents.by_path(path).is_some_and(|document| self.dirty.contains(&document.uri))
    }

    fn change_file(&mut self, path: PathBuf, by_editor: Option<WorkspaceEdit>, change: FileChange, batch: Batch) {
        let diff = self.changes.get(&path).map(|changed| self.diff_of_part(&path, changed, None)).unwrap_or_default();
        match by_editor {
            Some(edit) => {
                // An editor may keep what it shows of the file under the other name (Neovim).
                self.set_hidden(&path, true);
                let job = self.add_job(path.clone(), Wanted::File, batch, Step::Checking { edit, change }, diff);
                self.effect(Effect::Read { path, why: ReadPurpose::Undo(job) });
            }
            None => {
                let job = self.add_job(path, Wanted::File, batch, Step::OnDisk { text: None }, diff);
                self.effect(Effect::ChangeFile { job, change });
            }
        }
    }

    /// The text of a file that is not open, or not reloaded.
    fn write_text(&mut self, path: PathBuf, wanted: Wanted, edits: &[TextEdit], batch: Batch) {
        let Some(changed) = self.changes.get(&path) else {
            return;
        };
        let Some(now) = changed.saved.current().text() else {
            return;
        };
        let text = replace(now, edits);
        let all = edits.len() == changed.review.hunks().len();
        let bom = if all { changed.bom_before } else { changed.bom };
        let expected = changed.saved.current().clone();
        let diff = self.diff_between(&path, &text, now);
        let change = FileChange::Write { path: path.clone(), expected, text: text.as_str().into(), bom };
        let job = self.add_job(path, wanted, batch, Step::OnDisk { text: Some(text) }, diff);
        self.effect(Effect::ChangeFile { job, change });
    }

    /// Asks the editor for edits of an open document, in bytes of its text without a byte order mark.
    pub(in crate::core::changes) fn edit_text(
        &mut self,
        path: &Path,
        wanted: Wanted,
        edits: Vec<TextEdit>,
        label: &str,
        batch: Batch,
    ) {
        let Some(document) = self.documents.by_path(path) else {
            self.undo_failed(batch, path, "it was closed meanwhile");
            return;
        };
        let whole = document.text.text();
        let now = without_bom(&whole);
        let bom = whole.len() - now.len();
        let expected = replace(now, &edits);
        let edits = edits.into_iter().map(|edit| {
            let range = edit.range.start + bom..edit.range.end + bom;
            (document.text.span(range, self.encoding), document.for_editor(edit.text))
        });
        let edit = WorkspaceEdit::Text {
            uri: document.uri.clone(),
            version: document.version,
            edits: edits.collect(),
            label: label.to_owned(),
        };
        let diff = if matches!(wanted, Wanted::Merge { .. }) {
            String::new()
        } else {
            self.diff_between(path, &expected, now)
        };
        let job = self.add_job(path.to_path_buf(), wanted, batch, Step::Text { expected }, diff);
        self.editor(EditorEffect::Edit { job, edit });
        self.effect(Effect::After(ANSWERED_WITHIN, Timer::Undo(job)));
    }

    fn diff_between(&self, path: &Path, before: &str, after: &str) -> String {
        let content = |text: &str| Content::Text(text.into());
        crate::review::unified(&self.name_of_file(path), &content(before), &content(after))
    }

    fn add_job(&mut self, path: PathBuf, wanted: Wanted, batch: Batch, step: Step, diff: String) -> JobId {
        self.undoing.last += 1;
        let id = JobId(self.undoing.last);
        self.undoing.jobs.insert(id, Job { path, wanted, batch, step, diff });
        id
    }

    /// Puts a file back that is gone and should not be.
    pub(in crate::core::changes) fn put_back(&mut self, path: PathBuf, text: Arc<str>, bom: bool) {
        let batch = self.undoing.begin_batch(1);
        let job = self.add_job(path.clone(), Wanted::Rescue, batch, Step::OnDisk { text: None }, String::new());
        let change = FileChange::Write { path, expected: Content::Absent, text, bom };
        self.effect(Effect::ChangeFile { job, change });
    }
}
