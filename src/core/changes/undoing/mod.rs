//! Taking changes back: in the editor's text where the file is open there, else on disk.
//!
//! Nothing counts as undone until it is seen: a text edit by the `didChange` that leads to the
//! expected text (an editor may say `applied: true` and have skipped it), a file operation by
//! reading the file. What is under way for a file makes the next wait, and so does a turn of
//! opencode that is still at work: it knows the text that it left, and might write at the same time.

mod begin;
mod progress;
mod reported;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::core::changes::verdicts::listed;
use crate::core::effect::{EditorEffect, FileChange, Level, WorkspaceEdit};
use crate::core::ids::JobId;
use crate::core::inert::inert;
use crate::core::state::State;
use crate::review::{Content, HunkId};
pub use reported::{Fate, FileFate};
use reported::{Report, ReportId};

/// An editor that says nothing to `workspace/applyEdit` for this long has not done it.
const ANSWERED_WITHIN: Duration = Duration::from_secs(10);
/// The `didChange` of an applied edit may come after the answer, by no more than this.
const SEEN_WITHIN: Duration = Duration::from_secs(1);

/// What is to be taken back of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::core::changes) enum Wanted {
    Hunks(BTreeSet<HunkId>),
    File,
    /// Nothing: opencode's changes, which led to this, are taken over into text of the user's.
    Merge {
        of: Content,
    },
    /// Nothing: a file comes back that opencode lost.
    Rescue,
}

/// Files that are taken back together: what becomes of them is said once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::core::changes) struct Batch(u64);

#[derive(Debug, Default)]
struct Outcomes {
    files: usize,
    left: usize,
    in_editor: usize,
    problems: Vec<String>,
    /// The user was told that it takes until opencode has finished.
    said_to_wait: bool,
    /// Who else is told what becomes of each file.
    report: Option<ReportId>,
}

#[derive(Debug)]
struct Job {
    path: PathBuf,
    wanted: Wanted,
    batch: Batch,
    step: Step,
    /// What is taken back, to tell opencode.
    diff: String,
}

#[derive(Debug)]
enum Step {
    /// The editor was asked for a text: seen when it has it.
    Text { expected: String },
    /// The bridge changes the file; where it writes a text, that is the review's next.
    OnDisk { text: Option<String> },
    /// The file is read: the editor is asked only if it is still what opencode left.
    Checking { edit: WorkspaceEdit, change: FileChange },
    /// The editor was asked for a file operation.
    ByEditor { change: FileChange },
    /// The file is read: did the editor do it?
    Verifying { change: FileChange },
}

#[derive(Debug, Default)]
pub(in crate::core) struct Undoing {
    last: u64,
    jobs: BTreeMap<JobId, Job>,
    batches: BTreeMap<Batch, Outcomes>,
    waiting: BTreeMap<PathBuf, (Wanted, Batch)>,
    reports: BTreeMap<ReportId, Report>,
    /// The one that what is just being begun belongs to.
    reporting: Option<ReportId>,
}

impl Undoing {
    /// A number for an edit that is no undo.
    pub(in crate::core) fn next_job(&mut self) -> JobId {
        self.last += 1;
        JobId(self.last)
    }

    pub(in crate::core::changes) fn begin_batch(&mut self, files: usize) -> Batch {
        self.last += 1;
        let batch = Batch(self.last);
        let report = self.expect_fates(files);
        self.batches.insert(batch, Outcomes { files, left: files, report, ..Outcomes::default() });
        batch
    }

    /// Whether a hunk is to be taken back once opencode has finished.
    pub(in crate::core) fn waits(&self, path: &Path, hunk: Option<HunkId>) -> bool {
        match (self.waiting.get(path), hunk) {
            (Some((Wanted::Hunks(hunks), _)), Some(hunk)) => hunks.contains(&hunk),
            (Some((Wanted::File, _)), _) => true,
            _ => false,
        }
    }
}

impl State {
    /// Takes a file back, or remembers to do so when nobody else is at work on it.
    pub(in crate::core::changes) fn undo_when_safe(&mut self, path: PathBuf, wanted: Wanted, batch: Batch) {
        if !self.is_being_undone(&path) && !self.is_at_work_on(&path) {
            self.start_undo(path, wanted, batch);
            return;
        }
        if self.is_at_work_on(&path) {
            self.say_that_it_waits(&path, batch);
            self.fate_in(batch, &path, Fate::Waits);
        }
        self.touched.insert(path.clone());
        let Some((earlier, _)) = self.undoing.waiting.get_mut(&path) else {
            self.undoing.waiting.insert(path, (wanted, batch));
            return;
        };
        match (earlier, wanted) {
            (Wanted::Hunks(hunks), Wanted::Hunks(more)) => hunks.extend(more),
            (earlier, wanted @ Wanted::File) => *earlier = wanted,
            _ => {}
        }
        // The earlier one speaks for both.
        self.undone_in(batch, &path, Fate::Waits);
    }

    /// Once for files that are taken back together.
    fn say_that_it_waits(&mut self, path: &Path, batch: Batch) {
        let Some(outcomes) = self.undoing.batches.get_mut(&batch) else {
            return;
        };
        if std::mem::replace(&mut outcomes.said_to_wait, true) {
            return;
        }
        let on = match outcomes.files {
            0 | 1 => format!(" on {}", inert(&self.display_path(path), 100)),
            _ => String::new(),
        };
        let text = format!("opencode is still at work{on}: the undo waits for the end of its turn");
        self.editor(EditorEffect::Message { level: Level::Info, text });
    }

    /// Starts what waited and need not wait any more.
    pub(in crate::core) fn undo_what_waited(&mut self) {
        if self.undoing.waiting.is_empty() {
            return;
        }
        let ready = |path: &&PathBuf| !self.is_being_undone(path) && !self.is_at_work_on(path);
        let ready: Vec<PathBuf> = self.undoing.waiting.keys().filter(ready).cloned().collect();
        for path in ready {
            if let Some((wanted, batch)) = self.undoing.waiting.remove(&path) {
                self.touched.insert(path.clone());
                self.start_undo(path, wanted, batch);
            }
        }
    }

    /// The user has thought better of it.
    pub(in crate::core::changes) fn forget_waiting(&mut self, path: &Path, hunk: Option<HunkId>) {
        let Some((wanted, batch)) = self.undoing.waiting.get_mut(path) else {
            return;
        };
        let batch = *batch;
        if let (Wanted::Hunks(hunks), Some(hunk)) = (wanted, hunk) {
            hunks.remove(&hunk);
            if !hunks.is_empty() {
                return;
            }
        }
        self.undoing.waiting.remove(path);
        self.undone_in(batch, path, Fate::Kept);
    }

    pub(in crate::core::changes) fn is_being_undone(&self, path: &Path) -> bool {
        self.undoing.jobs.values().any(|job| job.path == path)
    }

    /// Whether opencode is in the middle of a turn that changed a file, or its change is just being read.
    fn is_at_work_on(&self, path: &Path) -> bool {
        let sessions = self.changes.get(path).map(|changed| &changed.sessions);
        let changed_it = |busy| sessions.is_some_and(|sessions| sessions.contains(&self.root_of(busy)));
        self.changes.arriving.contains_key(path) || self.turn_undo.is_at_work() || self.busy.iter().any(changed_it)
    }
}

impl Outcomes {
    /// What happened, where the user does not see it anyway.
    fn message(&self) -> Option<(Level, String)> {
        if !self.problems.is_empty() {
            return Some((Level::Warning, format!("Nothing was undone in {}", listed(&self.problems, 5))));
        }
        if self.files <= 1 {
            return None;
        }
        let unsaved = match self.in_editor {
            0 => String::new(),
            some => format!("; {some} of them in the editor, to be saved"),
        };
        Some((Level::Info, format!("opencode's changes in {} files are undone{unsaved}", self.files)))
    }
}
