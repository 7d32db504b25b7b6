//! Prompt documents: Markdown files in which the user writes a question; saving one sends it.
//!
//! A question's document is all there is to know about it: its place and who is to answer it stand in its header
//! ([`header`]), everything that goes along in its text. So one that an earlier run left works as one of this run.

mod checks;
mod completing;
mod discarding;
pub mod files;
mod header;
mod history;
mod hovers;
mod keeping;
mod links;
mod mentioned;
pub mod mentions;
mod near;
mod offers;
pub(super) mod prose;
mod sending;
mod slash;
mod template;
#[cfg(test)]
mod tests;
mod wishes;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

pub use completing::{Completion, CompletionItem, CompletionKind, CompletionReply};
pub use header::SessionWish;
pub use hovers::Hover;
pub use links::Link;
pub(super) use mentioned::Mentioned;

use super::command::Outcome;
use super::effect::Diagnostic;
use super::ids::{DocumentUri, DraftId, FolderId};
use super::state::State;
use super::writing::{TextArgument, Writing};
use crate::review::{Content, Fingerprint};
use checks::Checked;
use completing::Searches;

/// The folder of questions, in the folder of the bridge's own files.
pub const PROMPTS: &str = "prompts";
/// The folder of other texts that the user is asked for.
pub const TEXTS: &str = "texts";

/// Why a file is read for a prompt document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PromptRead {
    /// It may have been saved by an editor that does not send it to us.
    Poll,
    /// To send it at the user's word.
    Send,
    /// To add it to the TUI's prompt.
    Tui,
    /// The note beside it that says what of it was sent.
    Note,
    /// A file that a question mentions, before it is sent.
    Mentioned(DraftId),
    /// A file that a prompt document names: is it there?
    Check,
}

/// Things of prompt documents that come after a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PromptTimer {
    /// Look at those that no `didSave` comes for.
    Poll,
    /// One was not changed for a moment: look what is wrong with it.
    Check(PathBuf),
    /// A completion has waited long enough.
    Completion(u64),
}

/// What a document's text is for.
#[derive(Debug, Clone)]
enum Purpose {
    Question,
    Argument(TextArgument),
}

#[derive(Debug, Clone)]
pub struct PromptDocument {
    purpose: Purpose,
    /// What was sent last, so that saving it again does not send it twice.
    sent: Option<Fingerprint>,
    /// What the bridge wrote or could not send: its mere presence on disk sends nothing.
    written: Option<Fingerprint>,
    /// Nothing was asked in what the bridge wrote: saving it as it is asks nothing either.
    blank: bool,
    /// The next `didSave` is the editor's own doing (VS Code's auto save), not the user's.
    saved_by_itself: bool,
    /// The user has thrown it away: saving it only keeps it.
    discarded: bool,
    polls: u32,
    /// A look at what is wrong with it is due.
    check_due: bool,
    diagnostics: Vec<Diagnostic>,
}

impl PromptDocument {
    fn new(purpose: Purpose) -> Self {
        Self {
            purpose,
            sent: None,
            written: None,
            blank: false,
            saved_by_itself: false,
            discarded: false,
            polls: 0,
            check_due: false,
            diagnostics: Vec::new(),
        }
    }

    fn is_question(&self) -> bool {
        matches!(self.purpose, Purpose::Question)
    }
}

#[derive(Debug, Default)]
pub struct PromptDocuments {
    documents: BTreeMap<PathBuf, PromptDocument>,
    /// Being written, and not known to be on disk yet.
    keeping: BTreeMap<PathBuf, String>,
    polling: bool,
    last: u64,
    /// The one that the user was in last.
    active: Option<PathBuf>,
    /// What is known of files that are named in them.
    checked: HashMap<PathBuf, Checked>,
    searches: Searches,
}

impl PromptDocuments {
    pub fn contains(&self, path: &Path) -> bool {
        self.documents.contains_key(path)
    }

    pub fn diagnostics(&self, path: &Path) -> &[Diagnostic] {
        self.documents.get(path).map_or(&[], |document| &document.diagnostics)
    }

    /// The one that a command without a name is about.
    fn current(&self) -> Option<PathBuf> {
        let active = self.active.clone().filter(|path| self.contains(path));
        active
            .or_else(|| self.documents.iter().rfind(|(_, document)| !document.discarded).map(|(path, _)| path.clone()))
    }
}

/// What tells texts apart, however the editor ends lines and files.
fn mark(text: &str) -> Fingerprint {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim_end();
    let lines: Vec<&str> = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect();
    Fingerprint::of(lines.join("\n").as_bytes())
}

impl State {
    /// Gives the user a document to write in.
    pub(super) fn open_prompt_document(&mut self, writing: Writing) -> Outcome {
        let template = self.template(&writing);
        let path = self.new_prompt_document(&writing);
        self.wrote(&path, &template.text, template.blank);
        self.show_line(path, Some(template.text), true, Some(template.line))
    }

    fn new_prompt_document(&mut self, writing: &Writing) -> PathBuf {
        let (purpose, place) = match writing {
            Writing::Question(ask) => (Purpose::Question, ask.place.as_ref()),
            Writing::Argument(argument) => (Purpose::Argument(argument.clone()), None),
        };
        self.new_document(self.folder_of(place), purpose)
    }

    fn new_document(&mut self, folder: FolderId, purpose: Purpose) -> PathBuf {
        let lies_in = match purpose {
            Purpose::Question => PROMPTS,
            Purpose::Argument(_) => TEXTS,
        };
        self.prompt_documents.last += 1;
        let path = self.own_file(folder, &format!("{lies_in}/prompt-{}-{}.md", self.run, self.prompt_documents.last));
        self.prompt_documents.documents.insert(path.clone(), PromptDocument::new(purpose));
        self.poll_prompt_documents_later();
        path
    }

    /// The bridge itself writes this into a prompt document.
    fn wrote(&mut self, path: &Path, text: &str, blank: bool) {
        if let Some(document) = self.prompt_documents.documents.get_mut(path) {
            document.written = Some(mark(text));
            document.blank = blank;
        }
    }

    /// The prompt document of a URI.
    pub(super) fn prompt_document_at(&self, uri: &DocumentUri) -> Option<PathBuf> {
        uri.to_path().filter(|path| self.prompt_documents.contains(path))
    }

    /// A document was opened: it may be a question that an earlier run left.
    pub(super) fn prompt_document_opened(&mut self, uri: &DocumentUri) {
        let Some(path) = uri.to_path() else {
            return;
        };
        self.take_up_prompt_document(&path);
        if self.prompt_documents.contains(&path) {
            self.prompt_documents.active = Some(path.clone());
            self.want_catalogue(&path);
            self.check_soon(&path);
        }
    }

    /// Makes a file that lies where questions do one of this run's.
    fn take_up_prompt_document(&mut self, path: &Path) {
        let lies_there = path.extension().is_some_and(|extension| extension == "md")
            && path.parent().is_some_and(|folder| folder.ends_with(PROMPTS))
            && self.folders.is_own(path);
        if !lies_there || self.prompt_documents.contains(path) {
            return;
        }
        self.prompt_documents.documents.insert(path.to_path_buf(), PromptDocument::new(Purpose::Question));
        self.read_for(files::note_of(path), PromptRead::Note);
        self.poll_prompt_documents_later();
    }

    /// The user is in a document.
    pub(super) fn prompt_document_touched(&mut self, uri: &DocumentUri) {
        if let Some(path) = self.prompt_document_at(uri) {
            self.prompt_documents.active = Some(path);
        }
    }

    pub(super) fn prompt_document_changed(&mut self, uri: &DocumentUri) {
        if let Some(path) = self.prompt_document_at(uri) {
            self.prompt_documents.active = Some(path.clone());
            self.check_soon(&path);
        }
    }

    fn read_for(&mut self, path: PathBuf, why: PromptRead) {
        self.effect(super::effect::Effect::Read { path, why: super::effect::ReadPurpose::PromptDocument(why) });
    }

    /// A file was read for a prompt document.
    pub(super) fn prompt_document_read(&mut self, path: PathBuf, why: PromptRead, content: &Content) {
        match why {
            PromptRead::Poll => self.prompt_document_polled(path, content),
            PromptRead::Send => self.send_read(path, content),
            PromptRead::Tui => self.tui_read(&path, content),
            PromptRead::Note => self.note_read(&path, content),
            PromptRead::Mentioned(draft) => self.mentioned_read(draft, path, content),
            PromptRead::Check => self.checked(path, content),
        }
    }

    pub(super) fn prompt_timer(&mut self, timer: PromptTimer) {
        match timer {
            PromptTimer::Poll => self.poll_prompt_documents(),
            PromptTimer::Check(path) => self.check_due(&path),
            PromptTimer::Completion(search) => self.completion_timed_out(search),
        }
    }

    /// The text of a prompt document as the editor has it.
    fn prompt_text(&self, path: &Path) -> Option<String> {
        self.documents.by_path(path).map(|document| document.text.text())
    }
}
