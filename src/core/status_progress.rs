//! The status as one long-lived progress, for editors whose plugin does not show it (`status.progress`).

use super::effect::EditorEffect;
use super::ids::ProgressId;
use super::inert::inert;
use super::plugins::{ConnectionStatus, FolderStatus, Status};
use super::state::State;
use crate::config::Settings;

#[derive(Debug, Default)]
pub(super) struct StatusProgress {
    /// What it says, while there is one.
    shown: Option<String>,
}

impl StatusProgress {
    /// Whether there is one to be made, changed or ended.
    pub(super) fn is_wanted(&self, settings: &Settings) -> bool {
        settings.status.progress || self.shown.is_some()
    }
}

impl State {
    pub(super) fn show_status_progress(&mut self, status: &Status) {
        let id = ProgressId::Status;
        let text = (self.settings.status.progress && !self.plugin.shows_status()).then(|| summary(status));
        if self.status_progress.shown == text {
            return;
        }
        let before = std::mem::replace(&mut self.status_progress.shown, text.clone());
        self.editor(match (before, text) {
            (None, Some(message)) => EditorEffect::BeginProgress { id, title: "opencode".to_owned(), message },
            (_, Some(message)) => EditorEffect::ReportProgress { id, message },
            (_, None) => EditorEffect::EndProgress { id, message: String::new() },
        });
    }
}

/// One line: how it stands in each folder, and what waits for the user.
fn summary(status: &Status) -> String {
    let mut parts: Vec<String> = Vec::new();
    for folder in &status.folders {
        let name = folder.root.file_name().filter(|_| status.folders.len() > 1);
        let name = name.map(|name| format!("{}: ", inert(&name.to_string_lossy(), 40))).unwrap_or_default();
        parts.push(format!("{name}{}", stands(folder)));
    }
    let mut waits = |count: usize, one: &str, many: &str| match count {
        0 => {}
        1 => parts.push(format!("1 {one}")),
        _ => parts.push(format!("{count} {many}")),
    };
    waits(status.pending, "permission request", "permission requests");
    waits(status.questions, "question", "questions");
    waits(status.files, "file to review", "files to review");
    parts.join(", ")
}

fn stands(folder: &FolderStatus) -> String {
    match (folder.connection, &folder.tool) {
        (ConnectionStatus::Connected, Some(tool)) => inert(tool, 60),
        (ConnectionStatus::Connected, None) if folder.busy => "thinking".to_owned(),
        (ConnectionStatus::Connected, None) => "ready".to_owned(),
        (ConnectionStatus::Connecting, _) => "connecting".to_owned(),
        (ConnectionStatus::Choosing, _) => "several servers, choose one".to_owned(),
        (ConnectionStatus::Lost, _) => "connection lost".to_owned(),
        (ConnectionStatus::Failed, _) => "not connected".to_owned(),
    }
}
