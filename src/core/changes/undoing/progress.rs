//! What the editor and the disk say of a change that is being taken back, and what is said in the end.

use std::path::Path;

use super::{ANSWERED_WITHIN, Batch, Fate, Job, SEEN_WITHIN, Step, Wanted};
use crate::core::changes::Changed;
use crate::core::effect::{EditorEffect, Effect, Level, ReadPurpose, Timer};
use crate::core::event::{Applied, FileRefusal};
use crate::core::ids::JobId;
use crate::core::inert::inert;
use crate::core::state::State;
use crate::review::Content;

impl State {
    /// The editor's text of a file is this now: what was asked for?
    pub(in crate::core::changes) fn undo_arrived(&mut self, path: &Path, text: &str) {
        let is_it = |job: &Job| job.path == path && matches!(&job.step, Step::Text { expected } if expected == text);
        let Some(id) = self.undoing.jobs.iter().find(|(_, job)| is_it(job)).map(|(id, _)| *id) else {
            return;
        };
        if let Some(job) = self.undoing.jobs.remove(&id) {
            self.undo_done(job, true);
        }
    }

    /// The editor's answer to `workspace/applyEdit`.
    pub(in crate::core) fn edit_applied(&mut self, id: JobId, applied: Applied) {
        let Some(job) = self.undoing.jobs.get_mut(&id) else {
            return;
        };
        match (applied, &job.step) {
            (Applied::Yes, Step::ByEditor { change }) => {
                job.step = Step::Verifying { change: change.clone() };
                let path = job.path.clone();
                self.effect(Effect::Read { path, why: ReadPurpose::Undo(id) });
            }
            (Applied::Yes, _) => self.effect(Effect::After(SEEN_WITHIN, Timer::Undo(id))),
            (Applied::No { reason }, _) => {
                let why = match reason {
                    Some(reason) => format!("the editor refused it: {}", inert(&reason, 200)),
                    None => "the editor refused it, its text may have changed meanwhile".to_owned(),
                };
                self.job_failed(id, &why);
            }
        }
    }

    pub(in crate::core) fn undo_due(&mut self, id: JobId) {
        self.job_failed(id, "the editor did not make the change");
    }

    /// What the file holds before the editor is asked, or after it said that it was done.
    pub(in crate::core) fn undo_read(&mut self, id: JobId, content: &Content) {
        let Some(job) = self.undoing.jobs.get_mut(&id) else {
            return;
        };
        let expected = self.changes.files.get(&job.path).map(|changed| changed.saved.current());
        let is_same = expected == Some(&content.clone().without_bom());
        match std::mem::replace(&mut job.step, Step::OnDisk { text: None }) {
            Step::Checking { edit, change } if is_same => {
                job.step = Step::ByEditor { change };
                self.editor(EditorEffect::Edit { job: id, edit });
                self.effect(Effect::After(ANSWERED_WITHIN, Timer::Undo(id)));
            }
            Step::Verifying { .. } if content.is_absent() => {
                if let Some(job) = self.undoing.jobs.remove(&id) {
                    self.undo_done(job, false);
                }
            }
            // Neovim skips what its open buffers are in the way of, and says that it was done.
            Step::Verifying { change } if is_same => self.effect(Effect::ChangeFile { job: id, change }),
            _ => self.job_failed(id, &FileRefusal::Changed.to_string()),
        }
    }

    /// The bridge has changed a file, or left it alone.
    pub(in crate::core) fn file_change_done(&mut self, id: JobId, result: Result<(), FileRefusal>) {
        match result {
            Ok(()) => {
                if let Some(job) = self.undoing.jobs.remove(&id) {
                    self.undo_done(job, false);
                }
            }
            Err(refusal) => self.job_failed(id, &refusal.to_string()),
        }
    }

    fn undo_done(&mut self, job: Job, in_editor: bool) {
        let Job { path, wanted, batch, step, diff } = job;
        if matches!(wanted, Wanted::Merge { .. } | Wanted::Rescue) {
            let taken = |changed: &Changed| match &wanted {
                Wanted::Merge { of } => changed.saved.current() == of,
                _ => true,
            };
            // What opencode wrote meanwhile is still to be reviewed.
            if self.changes.get(&path).is_some_and(taken) {
                self.settle(&path);
            }
            let is_merge = matches!(wanted, Wanted::Merge { .. });
            if is_merge {
                let name = inert(&self.display_path(&path), 100);
                let text = format!(
                    "opencode's changes are in your text of {name} now. Save it over the file, even if the editor warns \
                     that the file has changed; do not reload"
                );
                self.editor(EditorEffect::Message { level: Level::Info, text });
            }
            let fate = if is_merge { Fate::InEditor } else { Fate::Undone };
            self.undone_in(batch, &path, fate);
            return;
        }
        self.tell_later(&path, diff);
        match step {
            Step::Text { .. } => {}
            Step::OnDisk { text: Some(text) } => {
                if let Some(changed) = self.changes.files.get_mut(&path) {
                    changed.undone_on_disk(&text);
                }
                self.changed_on_disk(&path);
                self.forget_if_reviewed(&path);
            }
            _ => {
                self.settle(&path);
                self.say_if_still_open(&path);
            }
        }
        let renamed = self.changes.get(&path).is_some_and(|changed| changed.renamed_from.is_some());
        if renamed && wanted == Wanted::File && !in_editor {
            // Its text is as it was; now its name.
            self.undo_whole_file(path, batch);
            return;
        }
        let fate = if in_editor { Fate::InEditor } else { Fate::Undone };
        self.undone_in(batch, &path, fate);
    }

    /// A new file is removed, and its document stays open in some editors (Helix).
    fn say_if_still_open(&mut self, path: &Path) {
        let removed = self.changes.settled.get(path).is_some_and(|settled| !settled.content.is_absent());
        if removed && self.documents.by_path(path).is_some() {
            let name = inert(&self.display_path(path), 100);
            let text = format!("{name} is gone from the disk; close it, as saving it would write it again");
            self.editor(EditorEffect::Message { level: Level::Info, text });
        }
    }

    /// Whether anything is shown of a file for now.
    pub(super) fn set_hidden(&mut self, path: &Path, hidden: bool) {
        if let Some(changed) = self.changes.files.get_mut(path) {
            changed.hidden = hidden;
            self.touched.insert(path.to_path_buf());
        }
    }

    fn job_failed(&mut self, id: JobId, why: &str) {
        if let Some(job) = self.undoing.jobs.remove(&id) {
            self.set_hidden(&job.path, false);
            self.undo_failed(job.batch, &job.path, why);
            // What is shown follows what is there.
            self.disk_changed(job.path);
        }
    }

    pub(in crate::core::changes) fn undo_failed(&mut self, batch: Batch, path: &Path, why: &str) {
        let problem = format!("{} ({why})", inert(&self.display_path(path), 100));
        if let Some(outcomes) = self.undoing.batches.get_mut(&batch) {
            outcomes.problems.push(problem);
        }
        self.undone_in(batch, path, Fate::Refused(why.to_owned()));
    }

    /// A file of a batch is done with.
    pub(super) fn undone_in(&mut self, batch: Batch, path: &Path, fate: Fate) {
        let in_editor = fate == Fate::InEditor;
        self.fate_in(batch, path, fate);
        let Some(outcomes) = self.undoing.batches.get_mut(&batch) else {
            return;
        };
        outcomes.left = outcomes.left.saturating_sub(1);
        outcomes.in_editor += usize::from(in_editor);
        if outcomes.left > 0 {
            return;
        }
        let Some(outcomes) = self.undoing.batches.remove(&batch) else {
            return;
        };
        if let Some((level, text)) = outcomes.message() {
            self.editor(EditorEffect::Message { level, text });
        }
    }
}
