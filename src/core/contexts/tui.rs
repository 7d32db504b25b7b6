//! A prompt with what it names, for the prompt of an attached TUI.

use super::{ContextName, Gathering, contexts_of};
use crate::core::command::{Ask, CommandError, Outcome};
use crate::core::effect::ServerCall;
use crate::core::ids::{DraftId, FolderId};
use crate::core::place::mention;
use crate::core::server::PromptPart;
use crate::core::state::State;

/// What is on its way into the TUI's prompt.
#[derive(Debug, Clone)]
pub(super) struct ForTui {
    pub(super) folder: FolderId,
    pub(super) ask: Ask,
    submit: bool,
}

impl State {
    pub(in crate::core) fn prompt_tui(&mut self, ask: Ask, submit: bool) -> Result<Outcome, CommandError> {
        let folder = self.connected(self.folder_of(ask.place.as_ref()))?;
        let mut prompt = ask.prompt.clone().unwrap_or_default();
        // A prompt that names nothing is about its place.
        if contexts_of(&prompt).is_empty() && ask.place.is_some() {
            prompt = format!("{}\n\nThis is about {}.", prompt.trim_end(), ContextName::Selection.mention());
        }
        self.turns.last += 1;
        let draft = DraftId(self.turns.last);
        let ask = Ask { prompt: Some(prompt), ..ask };
        self.gather_for(draft, Gathering::for_tui(ForTui { folder, ask, submit }));
        Ok(Outcome::Done)
    }

    pub(super) fn put_into_tui(&mut self, tui: ForTui, parts: Vec<PromptPart>) {
        let mut text = String::new();
        let mut mentions = Vec::new();
        for part in parts {
            match part {
                PromptPart::Text(part) => text.push_str(&part),
                PromptPart::File { name, lines, .. } => mentions.push(mention(&name, lines)),
                PromptPart::Agent(name) => mentions.push(format!("@{name}")),
            }
        }
        if !mentions.is_empty() {
            text.push_str("\n\n");
            text.push_str(&mentions.join(" "));
        }
        text.push(' ');
        let call = if tui.submit { ServerCall::AppendAndSubmit { text } } else { ServerCall::Append { text } };
        self.server(tui.folder, call);
    }
}
