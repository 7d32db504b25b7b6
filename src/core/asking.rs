//! From a place and a question to what is sent: prompts, and additions to the TUI's prompt.

use std::path::Path;

use super::command::{Ask, CommandError, Outcome};
use super::documents::OpenDocument;
use super::effect::{EditorEffect, Effect, Level, ReadPurpose, ServerCall};
use super::folders::Folder;
use super::inert::fence;
use super::place::Place;
use super::prompt::{Excerpt, append_text, compose, is_saved};
use super::server::PromptPart;
use super::state::State;
use super::writing::Writing;

impl State {
    /// Asks at once, or gives the user a document to write the question in.
    pub(super) fn ask(&mut self, ask: Ask) -> Outcome {
        let ask = Ask { place: ask.place.or_else(|| self.active.clone()), ..ask };
        if ask.prompt.as_deref().is_some_and(|prompt| !prompt.trim().is_empty()) {
            self.start_turn(ask, None);
            return Outcome::Done;
        }
        self.ask_for_text(Writing::Question(Box::new(ask)))
    }

    /// The parts of a prompt, from what the editor and the disk hold now.
    pub(super) fn compose(&self, ask: &Ask, on_disk: Option<&str>) -> Vec<PromptPart> {
        let question = &question_of(ask);
        let open = ask.place.as_ref().and_then(|place| self.documents.get(&place.uri));
        let closed = ask.place.as_ref().zip(on_disk).filter(|_| open.is_none());
        let closed = closed.map(|(place, text)| OpenDocument::new(place.uri.clone(), String::new(), 0, text));
        let (Some(place), Some(document)) = (&ask.place, open.or(closed.as_ref())) else {
            // A place that cannot be read is still worth its name.
            let parts = compose(question, None, None, false, &ask.diagnostics);
            return match &ask.place {
                Some(place) => name_place(parts, &self.name_of(place)),
                None => parts,
            };
        };
        let excerpt = Excerpt::of(document, place.span, self.project_of(place), self.encoding);
        let saved = is_saved(document, on_disk);
        compose(question, Some(&excerpt), document.path.as_deref(), saved, &ask.diagnostics)
    }

    pub(super) fn name_of(&self, place: &Place) -> String {
        place.uri.to_path().map_or_else(|| place.uri.to_string(), |path| self.name_of_file(&path))
    }

    /// The folder that opencode works in for a place.
    pub(super) fn project_of(&self, place: &Place) -> &Path {
        self.folders.get(self.folder_of(Some(place))).map_or(Path::new(""), Folder::project)
    }

    pub(super) fn append(&mut self, place: Option<Place>) -> Result<Outcome, CommandError> {
        let place = place.or_else(|| self.active.clone());
        self.connected(self.folder_of(place.as_ref()))?;
        let place = place.ok_or(CommandError::NoPlace)?;
        if self.documents.get(&place.uri).is_none() {
            return Err(CommandError::NoPlace);
        }
        match place.uri.to_path() {
            Some(path) => {
                self.appending.push(place);
                self.effect(Effect::Read { path, why: ReadPurpose::Append });
            }
            None => self.append_place(&place, None),
        }
        Ok(Outcome::Done)
    }

    /// The file of the oldest waiting addition was read.
    pub(super) fn append_read(&mut self, path: &Path, on_disk: Option<&str>) {
        let Some(index) = self.appending.iter().position(|place| place.uri.to_path().as_deref() == Some(path)) else {
            return;
        };
        let place = self.appending.remove(index);
        self.append_place(&place, on_disk);
    }

    fn append_place(&mut self, place: &Place, on_disk: Option<&str>) {
        let Some(document) = self.documents.get(&place.uri) else {
            return;
        };
        let excerpt = Excerpt::of(document, place.span, self.project_of(place), self.encoding);
        let text = append_text(&excerpt, is_saved(document, on_disk));
        self.server(self.folder_of(Some(place)), ServerCall::Append { text });
    }

    pub(super) fn tui_answered(&mut self, what: &str, result: Result<(), String>) {
        if let Err(problem) = result {
            let text = format!("opencode's prompt could not be {what}: {problem}");
            self.editor(EditorEffect::Message { level: Level::Error, text });
        }
    }
}

/// The question with what goes along with it.
pub(super) fn question_of(ask: &Ask) -> String {
    let mut question = ask.prompt.as_deref().unwrap_or_default().trim_end().to_owned();
    if let Some(diff) = &ask.about_change {
        let fence = fence(diff);
        question.push_str(&format!("\n\nIt is about this change of yours:\n{fence}diff\n{diff}{fence}"));
    }
    if let Some(undone) = &ask.undone {
        question.push_str(&format!("\n\n{undone}"));
    }
    question
}

/// The question with all that goes along with it, to be written down.
pub(super) fn with_what_goes_along(ask: &Ask) -> String {
    let mut text = question_of(ask);
    if !ask.diagnostics.is_empty() {
        text.push_str("\n\nDiagnostics there:");
        for diagnostic in &ask.diagnostics {
            text.push_str(&format!("\n- {}", diagnostic.replace('\n', " ")));
        }
    }
    text
}

fn name_place(parts: Vec<PromptPart>, name: &str) -> Vec<PromptPart> {
    parts
        .into_iter()
        .map(|part| match part {
            PromptPart::Text(text) => {
                PromptPart::Text(format!("{text}\n\nThis is about `{}`.", name.replace('`', "'")))
            }
            other @ (PromptPart::File { .. } | PromptPart::Agent(_)) => other,
        })
        .collect()
}
