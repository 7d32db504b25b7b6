//! Ready prompts: the user's and ours, from menus, code actions and `opencode.prompt`.

use super::actions::{Action, ActionKind, ActionQuery};
use super::command::{Ask, Command, CommandError, Outcome};
use super::contexts::{ContextName, mentions};
use super::inert::inert;
use super::menus::{Entry, Menu};
use super::place::Place;
use super::server::PromptOptions;
use super::state::State;
use super::writing::Writing;
use crate::config::{Prompt, Route};

impl State {
    /// Runs a ready prompt about a place; without a name, lets the user choose.
    pub(super) fn run_prompt(&mut self, name: Option<&str>, place: Option<Place>) -> Result<Outcome, CommandError> {
        let place = place.or_else(|| self.active.clone());
        let Some(name) = name else {
            let entries = self.prompt_entries(place.as_ref());
            if entries.is_empty() {
                return Err(CommandError::NoPrompts);
            }
            return Ok(self.offer(Menu { title: "Which prompt?".to_owned(), entries }));
        };
        let Some(prompt) = self.settings.prompts.get(name).cloned() else {
            let known: Vec<&str> = self.settings.prompts.iter().map(|prompt| prompt.name.as_str()).collect();
            let known = inert(&known.join(", "), 500);
            return Err(CommandError::NoSuchPrompt { name: inert(name, 100), known });
        };
        let options =
            PromptOptions { agent: prompt.agent.clone(), model: prompt.model.clone(), ..PromptOptions::default() };
        let ask = Ask { place, prompt: Some(prompt.prompt.clone()), options, ..Ask::default() };
        if let Some(problem) = unknown_context(&prompt) {
            self.keep_undelivered(ask, None, &problem);
            return Ok(Outcome::Done);
        }
        match prompt.route {
            Route::Tui => self.prompt_tui(ask, prompt.is_submitted()),
            Route::Session if prompt.is_submitted() => {
                self.start_turn(ask, None);
                Ok(Outcome::Done)
            }
            Route::Session => Ok(self.open_prompt_document(Writing::Question(Box::new(ask)))),
        }
    }

    /// Everything that can be asked for at a place.
    pub(super) fn more(&mut self, place: Option<Place>) -> Outcome {
        let place = place.or_else(|| self.active.clone());
        let entries = self.more_entries(place.as_ref());
        self.offer(Menu { title: "What is opencode to do?".to_owned(), entries })
    }

    /// What the menu *opencode: more…* has. What else belongs into it is added here.
    fn more_entries(&self, place: Option<&Place>) -> Vec<Entry> {
        let ask = Ask { place: place.cloned(), ..Ask::default() };
        let mut entries = vec![Entry::new("Ask…", "", Command::Ask(ask))];
        entries.extend(self.comment_entry());
        entries.extend(self.prompt_entries(place));
        entries.push(Entry::new("Earlier questions…", "the newest first", Command::History { uri: None }));
        entries.extend(self.manage_entries());
        entries
    }

    fn prompt_entries(&self, place: Option<&Place>) -> Vec<Entry> {
        let entry = |prompt: &Prompt| Entry::new(prompt.title.as_str(), detail(prompt), run(prompt, place));
        self.settings.prompts.iter().map(entry).collect()
    }

    /// *opencode: more…*, and the prompts that are to be code actions.
    pub(super) fn prompt_actions(&self, query: &ActionQuery, place: &Place, actions: &mut Vec<Action>) {
        let selected = place.span.is_some_and(|span| span.start != span.end);
        if selected || !query.automatic {
            actions.extend(self.settings.prompts.iter().filter(|prompt| prompt.code_action).map(|prompt| Action {
                title: format!("opencode: {}", inert(&prompt.title, 80)),
                kind: prompt.kind.clone().map(ActionKind::Other),
                command: run(prompt, Some(place)),
                diagnostics: Vec::new(),
            }));
        }
        if !query.automatic {
            let command = Command::More { place: Some(place.clone()) };
            actions
                .push(Action { title: "opencode: more…".to_owned(), kind: None, command, diagnostics: Vec::new() });
        }
    }
}

fn run(prompt: &Prompt, place: Option<&Place>) -> Command {
    Command::Prompt { name: Some(prompt.name.clone()), place: place.cloned() }
}

/// Where it goes, if not the usual way.
fn detail(prompt: &Prompt) -> &'static str {
    match (prompt.route, prompt.is_submitted()) {
        (Route::Session, true) => "",
        (Route::Session, false) => "to be edited first",
        (Route::Tui, false) => "into the TUI's prompt",
        (Route::Tui, true) => "in the TUI",
    }
}

/// In a ready prompt a name that is none is a mistake; in a question it is code or prose.
fn unknown_context(prompt: &Prompt) -> Option<String> {
    let unknown = mentions(&prompt.prompt).into_iter().find(|mention| mention.context.is_none())?;
    let known: Vec<String> = ContextName::ALL.into_iter().map(ContextName::mention).collect();
    Some(format!(
        "the prompt `{}` of your settings names {{{}}}, and there is no such context; there are {}. What is meant as \
         it is stands between backticks",
        inert(&prompt.name, 100),
        inert(&unknown.word, 100),
        known.join(", ")
    ))
}
