//! `opencode.history`: the questions that were sent, to be asked again, and those that were not.

use std::path::PathBuf;

use super::Purpose;
use super::files::{KeptQuestion, PromptJob};
use super::header::read;
use crate::core::catalogue::ago;
use crate::core::command::{Command, CommandError, Outcome};
use crate::core::effect::{EditorEffect, Effect, Level};
use crate::core::ids::{DocumentUri, FolderId};
use crate::core::inert::{first_line, inert};
use crate::core::menus::{Entry, Menu};
use crate::core::state::State;

/// How many questions the menu has.
const SHOWN: usize = 50;

impl State {
    /// Without a document, the user chooses.
    pub(in crate::core) fn history(&mut self, uri: Option<&DocumentUri>) -> Result<Outcome, CommandError> {
        let Some(uri) = uri else {
            let folder = self.folders.here();
            let own = self.own_file(folder, "");
            self.effect(Effect::Prompts(PromptJob::List { folder, own }));
            return Ok(Outcome::Done);
        };
        let path = uri.to_path().filter(|path| self.folders.is_own(path)).ok_or(CommandError::NoPromptDocument)?;
        self.effect(Effect::Prompts(PromptJob::Fetch { path }));
        Ok(Outcome::Done)
    }

    /// Newest first, as they come; those that were not sent before all others.
    pub(super) fn offer_history(&mut self, folder: FolderId, questions: Vec<KeptQuestion>) {
        if questions.is_empty() {
            let text = "There is no question in the history of this project yet".to_owned();
            self.editor(EditorEffect::Message { level: Level::Info, text });
            return;
        }
        let (sent, unsent): (Vec<_>, Vec<_>) = questions.into_iter().partition(|question| question.sent);
        let entries = unsent.into_iter().chain(sent).take(SHOWN).filter_map(|question| {
            let label = first_line(&question.question).unwrap_or_default();
            let when = ago(question.age);
            let detail = if question.sent { when } else { format!("not sent, {when}") };
            let uri = DocumentUri::from_path(&question.path)?;
            Some(Entry::new(inert(label, 60), detail, Command::History { uri: Some(uri) }))
        });
        let entries: Vec<Entry> = entries.collect();
        let title = match self.folders.name(folder) {
            Some(name) => format!("Which question of {name}?"),
            None => "Which question?".to_owned(),
        };
        self.offer(Menu { title, entries });
    }

    /// One that was sent is written anew, with its place; one that was not is gone on with.
    pub(super) fn history_chosen(&mut self, path: PathBuf, text: Option<String>, sent: bool) {
        let Some(text) = text else {
            self.no_such_text(&path);
            return;
        };
        if !sent {
            self.take_up_prompt_document(&path);
            self.wrote(&path, &text, false);
            self.show_path(path, None, true);
            return;
        }
        let new = self.new_document(self.folder_of_file(&path), Purpose::Question);
        self.wrote(&new, &text, false);
        let line = text[..read(&text).body.start].matches('\n').count() + 1;
        self.show_line(new, Some(text), true, u32::try_from(line).ok());
    }
}
