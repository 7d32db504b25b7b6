//! *Discard*: a prompt document goes, and its text is kept for a while all the same.

use std::path::{Path, PathBuf};

use super::files::{PromptJob, PromptsDone, removed_name};
use crate::core::command::{CommandError, Outcome};
use crate::core::effect::{EditorEffect, Effect, Level};
use crate::core::ids::DocumentUri;
use crate::core::state::State;

impl State {
    /// `opencode.document.discard`.
    pub(in crate::core) fn discard_document(&mut self, uri: Option<&DocumentUri>) -> Result<Outcome, CommandError> {
        let path = self.document_or_current(uri)?;
        let text = self.prompt_text(&path);
        let to = self.own_file(self.folder_of_file(&path), "removed").join(removed_name(&path));
        if let Some(document) = self.prompt_documents.documents.get_mut(&path) {
            document.discarded = true;
            document.diagnostics = Vec::new();
        }
        self.touched.insert(path.clone());
        self.effect(Effect::Prompts(PromptJob::Discard { path, to, text }));
        Ok(Outcome::Done)
    }

    pub(in crate::core) fn prompts_done(&mut self, done: PromptsDone) {
        match done {
            PromptsDone::Listed { folder, questions } => self.offer_history(folder, questions),
            PromptsDone::Fetched { path, text, sent } => self.history_chosen(path, text, sent),
            PromptsDone::Discarded { path, to, result } => self.discarded(path, &to, result),
            PromptsDone::Left { count: 0 } => {}
            PromptsDone::Left { count } => {
                let text = match count {
                    1 => "opencode: a question of an earlier run was not sent; opencode.history has it".to_owned(),
                    _ => format!(
                        "opencode: {count} questions of an earlier run were not sent; opencode.history has them"
                    ),
                };
                self.editor(EditorEffect::Message { level: Level::Info, text });
            }
        }
    }

    fn discarded(&mut self, path: PathBuf, to: &Path, result: Result<(), String>) {
        let (level, text) = match result {
            Ok(()) if self.documents.by_path(&path).is_some() => (
                Level::Info,
                format!("The question is discarded; close its document. Its text is kept in {}", to.display()),
            ),
            Ok(()) => (Level::Info, format!("The question is discarded; its text is kept in {}", to.display())),
            Err(problem) => {
                if let Some(document) = self.prompt_documents.documents.get_mut(&path) {
                    document.discarded = false;
                }
                (Level::Error, format!("{} could not be removed: {problem}", path.display()))
            }
        };
        self.editor(EditorEffect::Message { level, text });
    }
}
