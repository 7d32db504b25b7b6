//! What becomes of a verdict, file by file, for who waits to hear it (the command line).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Batch, Undoing};
use crate::core::changes::asked::{Reply, ReviewAnswer};
use crate::core::state::State;

/// What became of opencode's changes of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", content = "why", rename_all = "camelCase")]
pub enum Fate {
    Kept,
    Undone,
    /// In the editor's text, which is not saved.
    InEditor,
    /// opencode is at work on it: it will be undone at the end of the turn.
    Waits,
    /// Nothing happened, and why.
    Refused(String),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFate {
    /// Absolute.
    pub path: PathBuf,
    #[serde(flatten)]
    pub fate: Fate,
}

#[derive(Debug)]
pub(super) struct Report {
    /// Files whose fate is open.
    left: usize,
    /// All files that it is about are known.
    complete: bool,
    fates: BTreeMap<PathBuf, Fate>,
    reply: Reply,
}

/// Which report a batch of undos belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ReportId(u64);

impl Undoing {
    /// From now on until [`Undoing::end_report`], what is begun is reported to who waits for this reply.
    pub(in crate::core::changes) fn begin_report(&mut self, reply: Reply) {
        self.last += 1;
        let id = ReportId(self.last);
        self.reports.insert(id, Report { left: 0, complete: false, fates: BTreeMap::new(), reply });
        self.reporting = Some(id);
    }

    /// No more files will be added; the fates are told once all are known.
    pub(in crate::core::changes) fn end_report(&mut self) {
        let Some(id) = self.reporting.take() else {
            return;
        };
        if let Some(report) = self.reports.get_mut(&id) {
            report.complete = true;
        }
        self.tell_if_known(id);
    }

    /// Nothing came of it; who waits is to be told why.
    pub(in crate::core::changes) fn drop_report(&mut self) -> Option<Reply> {
        let report = self.reports.remove(&self.reporting.take()?)?;
        Some(report.reply)
    }

    /// The report of what is just being begun expects so many more fates.
    pub(super) fn expect_fates(&mut self, files: usize) -> Option<ReportId> {
        let id = self.reporting?;
        self.reports.get_mut(&id)?.left += files;
        Some(id)
    }

    /// A file is counted once, whatever else is learned of it.
    fn learn(&mut self, id: ReportId, path: &Path, fate: Fate) {
        let Some(report) = self.reports.get_mut(&id) else {
            return;
        };
        if report.fates.insert(path.to_path_buf(), fate).is_none() {
            report.left = report.left.saturating_sub(1);
        }
        self.tell_if_known(id);
    }

    fn tell_if_known(&mut self, id: ReportId) {
        if self.reports.get(&id).is_some_and(|report| report.complete && report.left == 0)
            && let Some(report) = self.reports.remove(&id)
        {
            let fates = report.fates.into_iter().map(|(path, fate)| FileFate { path, fate });
            // Who asked may have gone away.
            let _ = report.reply.send(Ok(ReviewAnswer::Fates(fates.collect())));
        }
    }
}

impl State {
    /// What becomes of a file that is taken back with others.
    pub(super) fn fate_in(&mut self, batch: Batch, path: &Path, fate: Fate) {
        if let Some(id) = self.undoing.batches.get(&batch).and_then(|outcomes| outcomes.report) {
            self.undoing.learn(id, path, fate);
        }
    }

    /// The fate of a file that is decided at once.
    pub(in crate::core::changes) fn fate_now(&mut self, path: &Path, fate: Fate) {
        let report = self.undoing.reporting.and_then(|id| self.undoing.reports.get_mut(&id));
        if let Some(report) = report {
            report.fates.insert(path.to_path_buf(), fate);
        }
    }
}
