//! Prompt documents: Markdown files in which the user writes a question; saving one sends it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::command::{Ask, Outcome};
use super::effect::{EditorEffect, Effect, Level, ReadPurpose, Timer};
use super::ids::{DocumentUri, DraftId};
use super::inert::inert;
use super::place::{Place, describe_lines, lines_of};
use super::state::State;
use super::turns::Turn;
use super::writing::Writing;
use crate::review::Content;

/// How often a prompt document is looked at that the editor does not send us.
const POLL: Duration = Duration::from_millis(500);
/// How often in all: after this the document is only sent by `didSave`.
const MAX_POLLS: u32 = 7200;

const HEADER_END: &str = "-->";
/// Where the question is written: below the header. 0-based.
const QUESTION_LINE: u32 = 2;

#[derive(Debug, Clone)]
pub struct PromptDocument {
    writing: Writing,
    /// What was sent last, so that saving it again does not send it twice.
    sent: Option<String>,
    /// What could not be sent: saving it again sends it, its mere presence on disk does not.
    failed: Option<String>,
    /// The next `didSave` is the editor's own doing (VS Code's auto save), not the user's.
    saved_by_itself: bool,
    polls: u32,
}

#[derive(Debug, Default)]
pub struct PromptDocuments {
    documents: BTreeMap<PathBuf, PromptDocument>,
    /// Being written, and not known to be on disk yet.
    keeping: BTreeMap<PathBuf, String>,
    polling: bool,
    last: u64,
}

impl PromptDocuments {
    pub fn contains(&self, path: &Path) -> bool {
        self.documents.contains_key(path)
    }
}

impl State {
    /// Gives the user a document to write in, with the question so far.
    pub(super) fn open_prompt_document(&mut self, writing: Writing) -> Outcome {
        let question = match &writing {
            Writing::Question(ask) => ask.prompt.clone().unwrap_or_default(),
            Writing::Argument(_) => String::new(),
        };
        let text = self.prompt_template(&writing, &question);
        let path = self.new_prompt_document(writing);
        // What it begins with is not sent before the user has said so.
        if let Some(document) = self.prompt_documents.documents.get_mut(&path).filter(|_| !question.is_empty()) {
            document.failed = Some(question.trim().to_owned());
        }
        self.show_line(path, Some(text), true, Some(QUESTION_LINE))
    }

    /// A question that did not arrive: its text is kept where it can be sent again.
    pub(super) fn keep_undelivered(&mut self, ask: Ask, known: Option<PathBuf>, problem: &str) {
        let path = match known {
            Some(path) if self.prompt_documents.contains(&path) => {
                if let Some(document) = self.prompt_documents.documents.get_mut(&path) {
                    document.failed = document.sent.take();
                }
                path
            }
            _ => {
                let question = ask.prompt.clone().unwrap_or_default();
                let writing = Writing::Question(Box::new(ask));
                let text = self.prompt_template(&writing, &question);
                let path = self.new_prompt_document(writing);
                if let Some(document) = self.prompt_documents.documents.get_mut(&path) {
                    document.failed = Some(question.trim().to_owned());
                }
                let problem = problem.to_owned();
                self.prompt_documents.keeping.insert(path.clone(), text.clone());
                self.effect(Effect::Keep { path, text, question, problem });
                return;
            }
        };
        self.say_kept(&path, problem);
    }

    fn say_kept(&mut self, path: &Path, problem: &str) {
        let text = format!(
            "Your question was not sent: {problem}. It is kept in {}; open and save that file to send it again.",
            path.display()
        );
        self.poll_prompt_documents_later();
        self.editor(EditorEffect::Message { level: Level::Error, text });
    }

    /// The question is on disk; or it is given back in the message itself, whole.
    pub(super) fn question_kept(&mut self, path: &Path, question: &str, problem: &str, written: bool) {
        self.prompt_documents.keeping.remove(path);
        if written {
            self.say_kept(path, problem);
            return;
        }
        let text = format!(
            "Your question was not sent: {problem}. It could not be kept in a file either; here it is:\n{question}"
        );
        self.editor(EditorEffect::Message { level: Level::Error, text });
    }

    /// Questions that only the bridge holds, as prompt documents to be written. They are given up
    /// here: whoever asks for them takes them over.
    pub(super) fn take_unsent_questions(&mut self) -> Vec<(PathBuf, String)> {
        let mut questions: Vec<(PathBuf, String)> =
            std::mem::take(&mut self.prompt_documents.keeping).into_iter().collect();
        let unsent = |turn: &Turn| turn.prompt().is_none() && turn.document.is_none();
        let drafts: Vec<DraftId> =
            self.turns.running.iter().filter(|(_, turn)| unsent(turn)).map(|(draft, _)| *draft).collect();
        for draft in drafts {
            let Some(turn) = self.turns.running.remove(&draft) else {
                continue;
            };
            let question = turn.question().to_owned();
            let writing = Writing::Question(Box::new(turn.ask));
            let text = self.prompt_template(&writing, &question);
            questions.push((self.new_prompt_document(writing), text));
        }
        questions
    }

    fn new_prompt_document(&mut self, writing: Writing) -> PathBuf {
        self.prompt_documents.last += 1;
        let name = format!("prompt-{}-{}.md", self.run, self.prompt_documents.last);
        let (folder, writing) = match writing {
            Writing::Question(mut ask) => {
                ask.prompt = None;
                (self.folder_of(ask.place.as_ref()), Writing::Question(ask))
            }
            argument @ Writing::Argument(_) => (self.folders.here(), argument),
        };
        let path = self.own_file(folder, &format!("prompts/{name}"));
        self.prompt_documents.documents.insert(
            path.clone(),
            PromptDocument { writing, sent: None, failed: None, saved_by_itself: false, polls: 0 },
        );
        self.poll_prompt_documents_later();
        path
    }

    fn prompt_template(&self, writing: &Writing, text: &str) -> String {
        let header = match writing {
            Writing::Question(ask) => {
                let place = match &ask.place {
                    Some(place) => inert(&self.describe(place), 200).replace(HEADER_END, ""),
                    None => "the project".to_owned(),
                };
                format!("about {place}. Write your question below; saving this file sends it.")
            }
            Writing::Argument(argument) => {
                format!("write {} below; saving this file takes it.", argument.wanted().replace(HEADER_END, ""))
            }
        };
        format!("<!-- opencode: {header} {HEADER_END}\n\n{text}\n")
    }

    pub(super) fn describe(&self, place: &Place) -> String {
        let name = place.uri.to_path().map_or_else(|| place.uri.to_string(), |path| self.display_path(&path));
        match place.span {
            Some(span) => format!("{name}, {}", describe_lines(lines_of(span))),
            None => name,
        }
    }

    /// `willSave` of a prompt document: half a question that the editor saves by itself is not sent.
    pub(super) fn prompt_document_saving(&mut self, uri: &DocumentUri, by_hand: bool) {
        if let Some(document) = uri.to_path().and_then(|path| self.prompt_documents.documents.get_mut(&path)) {
            document.saved_by_itself = !by_hand;
        }
    }

    /// `didSave` of a prompt document.
    pub(super) fn prompt_document_saved(&mut self, uri: &DocumentUri) {
        let Some(path) = uri.to_path().filter(|path| self.prompt_documents.contains(path)) else {
            return;
        };
        let Some(text) = self.documents.get(uri).map(|document| document.text.text()) else {
            return;
        };
        let by_itself = self.prompt_documents.documents.get_mut(&path).map(|d| std::mem::take(&mut d.saved_by_itself));
        if by_itself != Some(true) {
            self.send_prompt_document(path, &text);
        }
    }

    fn send_prompt_document(&mut self, path: PathBuf, text: &str) {
        let question = question_of(text);
        let Some(document) = self.prompt_documents.documents.get_mut(&path) else {
            return;
        };
        if question.is_empty() || document.sent.as_deref() == Some(question) {
            return;
        }
        document.sent = Some(question.to_owned());
        match document.writing.clone() {
            Writing::Question(ask) => self.start_turn(Ask { prompt: Some(question.to_owned()), ..*ask }, Some(path)),
            Writing::Argument(argument) => self.run(argument.command(question.to_owned())),
        }
    }

    /// Editors that attach the bridge to code only never say that a Markdown file was saved.
    pub(super) fn poll_prompt_documents(&mut self) {
        self.prompt_documents.polling = false;
        let paths: Vec<PathBuf> = self
            .prompt_documents
            .documents
            .iter()
            .filter(|(path, document)| document.waits() && self.documents.by_path(path).is_none())
            .map(|(path, _)| path.clone())
            .collect();
        for path in paths {
            self.effect(Effect::Read { path, why: ReadPurpose::PromptDocument });
        }
        for document in self.prompt_documents.documents.values_mut() {
            document.polls = document.polls.saturating_add(1);
        }
        self.poll_prompt_documents_later();
    }

    fn poll_prompt_documents_later(&mut self) {
        if self.prompt_documents.polling || !self.prompt_documents.documents.values().any(PromptDocument::waits) {
            return;
        }
        self.prompt_documents.polling = true;
        self.effect(Effect::After(POLL, Timer::PromptDocuments));
    }

    pub(super) fn prompt_document_read(&mut self, path: PathBuf, content: &Content) {
        if self.documents.by_path(&path).is_some() {
            return;
        }
        let Some(text) = content.text() else {
            return;
        };
        let failed = self.prompt_documents.documents.get(&path).and_then(|document| document.failed.as_deref());
        if failed != Some(question_of(text)) {
            self.send_prompt_document(path, text);
        }
    }
}

impl PromptDocument {
    fn waits(&self) -> bool {
        self.sent.is_none() && self.polls < MAX_POLLS
    }
}

/// The text below the header, trimmed.
fn question_of(text: &str) -> &str {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let body = match text.trim_start().strip_prefix("<!-- opencode:") {
        Some(rest) => rest.split_once(HEADER_END).map_or("", |(_, body)| body),
        None => text,
    };
    body.trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_not_the_question() {
        assert_eq!(question_of("<!-- opencode: about a.py. -->\r\n\r\nWhy? \r\n"), "Why?");
        assert_eq!(question_of("<!-- opencode: about a.py. -->\n\n\n"), "");
        assert_eq!(question_of("<!-- opencode: cut"), "");
        assert_eq!(question_of("No header"), "No header");
    }
}
