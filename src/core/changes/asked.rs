//! What the command line asks of the reviews of a folder: a list, a diff, or a verdict and what becomes of it.
//!
//! Nothing is answered before what an earlier run left has been taken up, and only by the process that
//! keeps the folder's reviews: others may know less.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use super::{Changed, FileFate, InEditor};
use crate::core::command::{Command, CommandError};
use crate::core::effect::Effect;
use crate::core::ids::DocumentUri;
use crate::core::state::State;
use crate::review::{ChangeKind, Fingerprint};

pub(super) type Reply = oneshot::Sender<Result<ReviewAnswer, ReviewRefusal>>;

#[derive(Debug)]
pub struct ReviewRequest {
    /// The workspace folder, by the folder of the bridge's own files.
    pub own: PathBuf,
    pub wish: ReviewWish,
    pub reply: Reply,
}

#[derive(Debug)]
pub enum ReviewWish {
    List,
    /// Of one file, or of all.
    Diff(Option<DocumentUri>),
    Run(Box<Command>),
}

#[derive(Debug, Clone, PartialEq)]
pub enum ReviewAnswer {
    Files(Vec<ReviewedFile>),
    Diff(String),
    Fates(Vec<FileFate>),
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReviewRefusal {
    #[error("another opencode-lsp keeps the reviews of this folder")]
    Elsewhere,
    #[error("{0}")]
    Command(#[from] CommandError),
}

/// A file with changes that are not reviewed. Texts are as they are, not inert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReviewedFile {
    /// Absolute.
    pub path: PathBuf,
    /// Within the workspace folder where it can be.
    pub file: String,
    pub uri: String,
    pub kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renamed_from: Option<String>,
    /// How the editor's text stands to opencode's.
    pub editor: String,
    /// Those that changed it.
    pub sessions: Vec<String>,
    /// What is said of the file as a whole; none where its hunks say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// To be undone when opencode has finished.
    pub waits: bool,
    pub hunks: Vec<ReviewedHunk>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReviewedHunk {
    /// The same for the same change in every process, as long as the text before it stays the same.
    pub id: String,
    /// The `data.id` of its diagnostic, which another process does not know.
    pub data_id: String,
    /// 1-based.
    pub line: u32,
    pub message: String,
    pub removed: String,
    pub added: String,
    pub waits: bool,
}

/// A request that waits for what is kept.
#[derive(Debug)]
pub(super) struct Asked {
    request: ReviewRequest,
    /// Whether this process keeps the reviews.
    held: Option<bool>,
}

impl State {
    pub(in crate::core) fn reviews_asked(&mut self, request: ReviewRequest) {
        self.effect(Effect::HoldReviews(request.own.clone()));
        self.changes.asked.push(Asked { request, held: None });
    }

    pub(in crate::core) fn reviews_held(&mut self, own: &Path, held: bool) {
        let first = self.changes.asked.iter_mut().find(|asked| asked.held.is_none() && asked.request.own == own);
        if let Some(asked) = first {
            asked.held = Some(held);
        }
    }

    /// Answers what can be answered now.
    pub(in crate::core) fn answer_asked(&mut self) {
        if self.changes.asked.is_empty() || !self.changes.looking.is_empty() {
            return;
        }
        let asked = std::mem::take(&mut self.changes.asked);
        for asked in asked {
            match asked.held {
                Some(held) => self.answer_request(asked.request, held),
                None => self.changes.asked.push(asked),
            }
        }
    }

    fn answer_request(&mut self, request: ReviewRequest, held: bool) {
        let ReviewRequest { own, wish, reply } = request;
        let is_here = self.folders.iter().any(|(_, folder)| folder.paths.own == own);
        let answer = match wish {
            _ if !held || !is_here => Err(ReviewRefusal::Elsewhere),
            ReviewWish::List => Ok(ReviewAnswer::Files(self.reviewed_in(&own))),
            ReviewWish::Diff(uri) => self.diff_in(&own, uri.as_ref()).map(ReviewAnswer::Diff).map_err(Into::into),
            ReviewWish::Run(command) => {
                self.run_reported(*command, reply);
                return;
            }
        };
        // Who asked may have gone away.
        let _ = reply.send(answer);
    }

    /// Runs a command, and tells what becomes of each of its files once that is known.
    fn run_reported(&mut self, command: Command, reply: Reply) {
        self.undoing.begin_report(reply);
        match self.command(command) {
            Ok(_) => self.undoing.end_report(),
            Err(error) => {
                if let Some(reply) = self.undoing.drop_report() {
                    let _ = reply.send(Err(error.into()));
                }
            }
        }
    }

    /// What is shown of the files whose reviews are kept in a folder.
    fn reviewed_in(&self, own: &Path) -> Vec<ReviewedFile> {
        let files = self.changes.iter().filter(|(path, _)| self.folders.keeping(path) == Some(own));
        files
            .filter(|(_, changed)| changed.is_shown())
            .filter_map(|(path, changed)| self.reviewed_file(path, changed))
            .collect()
    }

    fn reviewed_file(&self, path: &Path, changed: &Changed) -> Option<ReviewedFile> {
        let shown = self.change_diagnostics(path, changed);
        let whole = changed.id(None);
        let hunk = |index: usize| {
            let data_id = changed.id(Some(index));
            let shown = shown.iter().find(|shown| shown.id == data_id)?;
            let removed = changed.review.old_text(index).to_owned();
            let now = changed.review.current().text().unwrap_or_default();
            let added = now.get(changed.review.hunk_bytes(index)).unwrap_or_default().to_owned();
            let before = changed.review.hunks().get(index)?.before.start;
            Some(ReviewedHunk {
                id: lasting_id(before, &removed, &added),
                data_id,
                line: shown.span.start.line.saturating_add(1),
                message: shown.message.clone(),
                removed,
                added,
                waits: self.undoing.waits(path, changed.review.hunk_id(index)),
            })
        };
        Some(ReviewedFile {
            path: path.to_path_buf(),
            file: self.name_of_file(path),
            uri: DocumentUri::from_path(path)?.to_string(),
            kind: kind(changed.review.kind()).to_owned(),
            renamed_from: changed.renamed_from.as_ref().map(|from| self.name_of_file(from)),
            editor: in_editor(changed.in_editor).to_owned(),
            sessions: changed.sessions.iter().map(ToString::to_string).collect(),
            message: shown.iter().find(|shown| shown.id == whole).map(|shown| shown.message.clone()),
            waits: self.undoing.waits(path, None),
            hunks: (0..changed.review.hunks().len()).filter_map(hunk).collect(),
        })
    }

    fn diff_in(&self, own: &Path, uri: Option<&DocumentUri>) -> Result<String, CommandError> {
        let wanted = uri.map(DocumentUri::to_path);
        let is_wanted = |path: &Path| wanted.as_ref().is_none_or(|wanted| wanted.as_deref() == Some(path));
        let files = self.changes.iter().filter(|(path, _)| self.folders.keeping(path) == Some(own));
        let diffs: Vec<String> =
            files.filter(|(path, _)| is_wanted(path)).map(|(path, changed)| self.diff_of(path, changed)).collect();
        if diffs.is_empty() { Err(CommandError::NothingChanged) } else { Ok(diffs.concat()) }
    }
}

/// From where it begins in the text before (0-based line), and both its texts.
fn lasting_id(line: u32, removed: &str, added: &str) -> String {
    let all = [line.to_string().as_str(), "\0", removed, "\0", added].concat();
    format!("{:08x}", Fingerprint::of(all.as_bytes()).hash & 0xffff_ffff)
}

fn kind(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Modified => "modified",
        ChangeKind::Added => "created",
        ChangeKind::Deleted => "deleted",
        ChangeKind::Emptied => "emptied",
        ChangeKind::Binary => "notText",
        ChangeKind::TooLarge => "tooLarge",
        ChangeKind::UnknownBaseline => "unknown",
    }
}

fn in_editor(state: InEditor) -> &'static str {
    match state {
        InEditor::Closed => "closed",
        InEditor::Same => "same",
        InEditor::Stale => "notReloaded",
        InEditor::Diverged => "unsaved",
    }
}
