//! What the user took back, to be told to opencode with the next question of the same folder.

use std::path::Path;

use crate::core::command::{CommandError, Outcome};
use crate::core::effect::{EditorEffect, Level};
use crate::core::ids::FolderId;
use crate::core::inert::fence;
use crate::core::state::State;

/// The most that goes along, in bytes: a model's attention is worth something.
const MAX_TOLD: usize = 16 * 1024;

#[derive(Debug, Default)]
pub(in crate::core) struct Telling {
    /// Names and diffs, from the text that stands now to opencode's.
    undone: Vec<(String, String)>,
    /// The user wants it told.
    wanted: bool,
}

impl Telling {
    /// Whether there is something that could be told, and is not going to be.
    pub(in crate::core) fn can_be_offered(&self) -> bool {
        !self.undone.is_empty() && !self.wanted
    }
}

impl State {
    pub(super) fn tell_later(&mut self, path: &Path, diff: String) {
        let name = self.name_of_file(path);
        if let Some(folder) = self.folders.get_mut(self.folder_of_file(path)) {
            folder.telling.undone.push((name, diff));
        }
    }

    /// The command *tell opencode*: with the next question.
    pub(in crate::core) fn tell(&mut self) -> Result<Outcome, CommandError> {
        let here = self.folders.get_mut(self.folders.here()).filter(|folder| !folder.telling.undone.is_empty());
        here.ok_or(CommandError::NothingUndone)?.telling.wanted = true;
        let text = "What you have undone goes along with your next question to opencode".to_owned();
        self.editor(EditorEffect::Message { level: Level::Info, text });
        Ok(Outcome::Done)
    }

    /// What goes along with a question that is being asked.
    pub(in crate::core) fn take_told(&mut self, folder: FolderId) -> Option<String> {
        let telling = &mut self.folders.get_mut(folder)?.telling;
        if !std::mem::take(&mut telling.wanted) {
            return None;
        }
        let undone = std::mem::take(&mut telling.undone);
        let mut diffs = String::new();
        let mut left_out: Vec<String> = Vec::new();
        for (name, diff) in undone {
            if diffs.len() + diff.len() > MAX_TOLD {
                left_out.push(name);
            } else {
                diffs.push_str(&diff);
            }
        }
        let fence = fence(&diffs);
        let mut text = format!("I have undone these changes of yours:\n{fence}diff\n{diffs}{fence}");
        if !left_out.is_empty() {
            left_out.dedup();
            text.push_str(&format!("\nand others in {}.", left_out.join(", ")));
        }
        Some(text)
    }
}
