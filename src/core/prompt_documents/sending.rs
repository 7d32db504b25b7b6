//! From a prompt document to a question: when it is sent, and why not.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::header::{Key, Written, read};
use super::mentioned::span_of_lines;
use super::slash::slash;
use super::template::is_uri;
use super::{PromptDocument, PromptRead, PromptTimer, Purpose, mark, mentions};
use crate::core::command::{Ask, Command, CommandError, Outcome};
use crate::core::effect::{EditorEffect, Effect, Level, ServerCall, Timer};
use crate::core::ids::{DocumentUri, FolderId};
use crate::core::inert::inert;
use crate::core::place::Place;
use crate::core::runs::Run;
use crate::core::state::State;
use crate::core::turns::Turn;
use crate::review::Content;

/// How often a prompt document is looked at that the editor does not send us.
const POLL: Duration = Duration::from_millis(500);
/// How often in all: after this the document is only sent by `didSave`.
const MAX_POLLS: u32 = 7200;

/// Past every character of a line; the largest number LSP allows (`uinteger`).
pub(super) const END_OF_LINE: u32 = i32::MAX as u32;

/// Why a document is to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Because {
    /// The user saved it.
    Saved,
    /// It is on disk.
    Found,
    /// The user said so.
    Told,
}

/// What a document asks for.
enum Wanted {
    Question(Box<Ask>),
    Command(Box<Command>),
}

impl State {
    /// `willSave` of a prompt document: half a question that the editor saves by itself is not sent.
    pub(in crate::core) fn prompt_document_saving(&mut self, uri: &DocumentUri, by_hand: bool) {
        if let Some(document) = uri.to_path().and_then(|path| self.prompt_documents.documents.get_mut(&path)) {
            document.saved_by_itself = !by_hand;
        }
    }

    /// `didSave` of a prompt document.
    pub(in crate::core) fn prompt_document_saved(&mut self, uri: &DocumentUri) {
        let Some(path) = self.prompt_document_at(uri) else {
            return;
        };
        let Some(text) = self.prompt_text(&path) else {
            return;
        };
        self.look_again(&path);
        let Some(document) = self.prompt_documents.documents.get_mut(&path) else {
            return;
        };
        if !std::mem::take(&mut document.saved_by_itself) && !document.discarded {
            self.send_prompt_document(path, &text, Because::Saved);
        }
    }

    /// The user's word: `opencode.document.send`.
    pub(in crate::core) fn send_document(&mut self, uri: Option<&DocumentUri>) -> Result<Outcome, CommandError> {
        let path = self.document_or_current(uri)?;
        match self.prompt_text(&path) {
            Some(text) => self.send_prompt_document(path, &text, Because::Told),
            None => self.read_for(path, PromptRead::Send),
        }
        Ok(Outcome::Done)
    }

    pub(super) fn send_read(&mut self, path: PathBuf, content: &Content) {
        match content.text() {
            Some(text) => self.send_prompt_document(path, text, Because::Told),
            None => self.no_such_text(&path),
        }
    }

    pub(super) fn no_such_text(&mut self, path: &Path) {
        let text = format!("{} cannot be read: save it first", path.display());
        self.editor(EditorEffect::Message { level: Level::Error, text });
    }

    /// `opencode.document.tui`.
    pub(in crate::core) fn document_to_tui(&mut self, uri: Option<&DocumentUri>) -> Result<Outcome, CommandError> {
        let path = self.document_or_current(uri)?;
        self.connected(self.folder_of_file(&path))?;
        match self.prompt_text(&path) {
            Some(text) => self.append_document(&path, &text),
            None => self.read_for(path, PromptRead::Tui),
        }
        Ok(Outcome::Done)
    }

    pub(super) fn tui_read(&mut self, path: &Path, content: &Content) {
        match content.text() {
            Some(text) => self.append_document(path, text),
            None => self.no_such_text(path),
        }
    }

    fn append_document(&mut self, path: &Path, text: &str) {
        let written = read(text);
        let body = text[written.body.clone()].trim();
        let file = written.value(Key::File).filter(|file| !is_uri(file));
        let mention = file.and_then(|file| mentions::write(file, written.lines().ok().flatten()));
        let text = mention.into_iter().chain([body.to_owned()]).collect::<Vec<_>>().join(" ");
        self.server(self.folder_of_file(path), ServerCall::Append { text: format!("{} ", text.trim()) });
    }

    pub(super) fn document_or_current(&mut self, uri: Option<&DocumentUri>) -> Result<PathBuf, CommandError> {
        let path = match uri {
            Some(uri) => uri.to_path(),
            None => self.prompt_documents.current(),
        };
        let path = path.ok_or(CommandError::NoPromptDocument)?;
        self.take_up_prompt_document(&path);
        if !self.prompt_documents.contains(&path) {
            return Err(CommandError::NoPromptDocument);
        }
        Ok(path)
    }

    fn send_prompt_document(&mut self, path: PathBuf, text: &str, because: Because) {
        let now = mark(text);
        let sends_on_save = self.settings.ask.send_on_save;
        let Some(document) = self.prompt_documents.documents.get_mut(&path) else {
            return;
        };
        let is_as_written = document.written == Some(now);
        let holds = match because {
            Because::Told => true,
            _ if document.sent == Some(now) || document.is_question() && !sends_on_save => false,
            Because::Saved => !(is_as_written && document.blank),
            Because::Found => !is_as_written,
        };
        if !holds {
            return;
        }
        if Self::question_in(text).is_empty() && read(text).problems.is_empty() {
            if because == Because::Told {
                let text = "There is nothing to send: write your question below the header".to_owned();
                self.editor(EditorEffect::Message { level: Level::Warning, text });
            }
            return;
        }
        let purpose = document.purpose.clone();
        document.discarded = false;
        let wanted = match purpose {
            Purpose::Argument(argument) => {
                Ok(Wanted::Command(Box::new(argument.command(Self::question_in(text).to_owned()))))
            }
            Purpose::Question => self.wanted_by(&path, text),
        };
        let wanted = match wanted {
            Ok(wanted) => wanted,
            Err(problem) => {
                self.wrote(&path, text, false);
                self.say_kept(&path, &problem);
                return;
            }
        };
        if let Some(document) = self.prompt_documents.documents.get_mut(&path) {
            document.sent = Some(now);
        }
        match wanted {
            Wanted::Question(ask) => self.start_turn(*ask, Some(path)),
            Wanted::Command(command) => {
                if let Err(error) = self.command(*command) {
                    self.not_sent(&path);
                    self.say_kept(&path, &error.to_string());
                }
            }
        }
    }

    /// Reads a document as a question, or says what is wrong with it.
    fn wanted_by(&self, path: &Path, text: &str) -> Result<Wanted, String> {
        let written = read(text);
        let line_of = |at: usize| text[..at].matches('\n').count() + 1;
        let said = |problem: super::header::Problem| format!("in line {}, {}", line_of(problem.at.start), problem.text);
        if let Some(problem) = written.all_problems().into_iter().next() {
            return Err(said(problem));
        }
        let folder = self.folder_of_file(path);
        if let Some(problem) = self.unknown_in_header(folder, &written).into_iter().next() {
            return Err(said(problem));
        }
        let options = written.options().map_err(said)?;
        let ask = Ask {
            place: self.place_in_header(folder, &written),
            prompt: Some(text[written.body.clone()].trim().to_owned()),
            session: written.session(),
            options,
            ..Ask::default()
        };
        self.slash_command_of(folder, ask)
    }

    /// A question, or the slash command that it is.
    fn slash_command_of(&self, folder: FolderId, ask: Ask) -> Result<Wanted, String> {
        let question = ask.prompt.as_deref().unwrap_or_default();
        let Some(slash) = slash(question) else {
            return Ok(Wanted::Question(Box::new(ask)));
        };
        let commands = self.known_commands(folder);
        if commands.is_some_and(|commands| commands.iter().any(|command| command.name == slash.name)) {
            let run = Run::Command { name: slash.name.to_owned(), arguments: slash.arguments.to_owned() };
            return Ok(Wanted::Question(Box::new(Ask { run: Some(Box::new(run)), place: None, ..ask })));
        }
        let name = inert(slash.name, 60);
        match commands {
            _ if !slash.is_plain() => Ok(Wanted::Question(Box::new(ask))),
            None => Err(format!("opencode has not told its commands yet, so that /{name} is not known")),
            Some(_) => Err(format!("opencode has no command /{name}; to ask about it, begin with another word")),
        }
    }

    /// Why a question cannot be about what its header names.
    pub(in crate::core) fn lost_place(&self, turn: &Turn, on_disk: Option<&str>) -> Option<String> {
        let place = turn.ask.place.as_ref().filter(|_| turn.document.is_some() && on_disk.is_none())?;
        let path = place.uri.to_path().filter(|_| self.documents.get(&place.uri).is_none())?;
        let name = inert(&self.display_path(&path), 200);
        Some(format!("its header names `{name}`, which is not there, or is no text"))
    }

    /// The place that a header names.
    pub(super) fn place_in_header(&self, folder: FolderId, written: &Written) -> Option<Place> {
        let file = written.value(Key::File)?;
        let uri = match is_uri(file) {
            true => Some(DocumentUri::from(file)),
            false => self.path_in_header(folder, file).and_then(|path| self.documents.uri_of(&path)),
        }?;
        let span = written.lines().ok().flatten().map(span_of_lines);
        Some(Place { uri, span })
    }

    /// The file of a name in a header.
    pub(super) fn path_in_header(&self, folder: FolderId, file: &str) -> Option<PathBuf> {
        if is_uri(file) {
            return DocumentUri::from(file).to_path();
        }
        self.folders.get(folder).map(|folder| folder.paths.root.join(file))
    }

    /// opencode has a question: its document belongs to the history.
    pub(in crate::core) fn prompt_document_arrived(&mut self, path: &Path) {
        let Some(document) = self.prompt_documents.documents.get(path).filter(|document| document.is_question()) else {
            return;
        };
        if let Some(sent) = document.sent {
            self.effect(Effect::WriteOwn { path: super::files::note_of(path), text: super::files::note(sent) });
        }
    }

    pub(super) fn note_read(&mut self, note: &Path, content: &Content) {
        let sent = content.text().and_then(super::files::read_note);
        if let Some(document) = self.prompt_documents.documents.get_mut(&super::files::noted(note)) {
            document.sent = document.sent.or(sent);
        }
    }

    /// Editors that attach the bridge to code only never say that a Markdown file was saved.
    pub(super) fn poll_prompt_documents(&mut self) {
        self.prompt_documents.polling = false;
        let sends_on_save = self.settings.ask.send_on_save;
        let paths: Vec<PathBuf> = self
            .prompt_documents
            .documents
            .iter()
            .filter(|(path, document)| document.waits(sends_on_save) && self.documents.by_path(path).is_none())
            .map(|(path, _)| path.clone())
            .collect();
        for path in paths {
            self.read_for(path, PromptRead::Poll);
        }
        for document in self.prompt_documents.documents.values_mut() {
            document.polls = document.polls.saturating_add(1);
        }
        self.poll_prompt_documents_later();
    }

    pub(super) fn poll_prompt_documents_later(&mut self) {
        let sends_on_save = self.settings.ask.send_on_save;
        let mut documents = self.prompt_documents.documents.values();
        if self.prompt_documents.polling || !documents.any(|document| document.waits(sends_on_save)) {
            return;
        }
        self.prompt_documents.polling = true;
        self.effect(Effect::After(POLL, Timer::Prompts(PromptTimer::Poll)));
    }

    pub(super) fn prompt_document_polled(&mut self, path: PathBuf, content: &Content) {
        if self.documents.by_path(&path).is_some() {
            return;
        }
        if let Some(text) = content.text() {
            self.send_prompt_document(path, text, Because::Found);
        }
    }
}

impl PromptDocument {
    fn waits(&self, sends_on_save: bool) -> bool {
        let takes_saved = sends_on_save || !self.is_question();
        self.sent.is_none() && !self.discarded && takes_saved && self.polls < MAX_POLLS
    }
}
