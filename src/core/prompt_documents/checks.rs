//! What is wrong in a prompt document, as diagnostics in it.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::header::{Key, Problem, Written, read};
use super::mentions::{AtMention, at_mentions};
use super::near::near;
use super::slash::slash;
use super::{PromptRead, PromptTimer};
use crate::core::contexts::{self, ContextName};
use crate::core::effect::{Diagnostic, Effect, Level, Timer};
use crate::core::ids::FolderId;
use crate::core::inert::inert;
use crate::core::state::State;
use crate::review::Content;

pub const CODE_PROMPT: &str = "prompt";

/// How long nothing must be typed before something is called wrong.
const QUIET: Duration = Duration::from_millis(300);
/// Files that are known at once; more than these are looked at anew.
const MOST: usize = 1000;

/// What is known of a file that a prompt document names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Checked {
    Absent,
    Text {
        bytes: usize,
        lines: usize,
    },
    /// Too large to be read here.
    Large {
        bytes: u64,
    },
    Binary {
        bytes: u64,
    },
    /// A folder, or what the system refuses.
    Unreadable,
}

impl Checked {
    fn of(content: &Content) -> Self {
        match content {
            Content::Absent => Self::Absent,
            Content::Text(text) => Self::Text { bytes: text.len(), lines: text.lines().count() },
            Content::TooLarge { bytes } => Self::Large { bytes: *bytes },
            Content::Binary(fingerprint) => Self::Binary { bytes: fingerprint.bytes },
            Content::Unreadable => Self::Unreadable,
        }
    }
}

impl State {
    /// Looks at a document when the user has stopped to type.
    pub(super) fn check_soon(&mut self, path: &Path) {
        let Some(document) = self.prompt_documents.documents.get_mut(path).filter(|document| document.is_question())
        else {
            return;
        };
        if !std::mem::replace(&mut document.check_due, true) {
            self.effect(Effect::After(QUIET, Timer::Prompts(PromptTimer::Check(path.to_path_buf()))));
        }
    }

    /// opencode can be asked now what it has.
    pub(in crate::core) fn check_open_documents(&mut self) {
        let documents = self.prompt_documents.documents.keys();
        let open: Vec<PathBuf> = documents.filter(|path| self.documents.by_path(path).is_some()).cloned().collect();
        for path in open {
            self.check_soon(&path);
        }
    }

    pub(super) fn check_due(&mut self, path: &Path) {
        if let Some(document) = self.prompt_documents.documents.get_mut(path) {
            document.check_due = false;
        }
        self.want_catalogue(path);
        for file in self.files_named(path) {
            if !self.prompt_documents.checked.contains_key(&file) {
                self.read_for(file, PromptRead::Check);
            }
        }
        self.check(path);
    }

    /// It was saved: files may have come or gone since they were looked at.
    pub(super) fn look_again(&mut self, path: &Path) {
        for file in self.files_named(path) {
            self.prompt_documents.checked.remove(&file);
        }
        self.check_soon(path);
    }

    pub(super) fn checked(&mut self, path: PathBuf, content: &Content) {
        if self.prompt_documents.checked.len() >= MOST {
            self.prompt_documents.checked.clear();
        }
        self.prompt_documents.checked.insert(path, Checked::of(content));
        self.check_all();
    }

    pub(super) fn want_catalogue(&mut self, path: &Path) {
        self.want_lists(self.folder_of_file(path));
    }

    /// Agents, models or commands are known now.
    pub(in crate::core) fn lists_arrived(&mut self, carrier: FolderId) {
        if self.known_agents(carrier).is_some() || !self.want_lists(carrier) {
            self.agents_arrived(carrier);
        }
        self.answer_complete_searches();
        self.check_all();
    }

    /// Whether the agents of a folder are known; if not, they are on their way, or cannot be.
    pub(super) fn ask_for_agents(&mut self, folder: FolderId) -> bool {
        !self.want_lists(folder) || self.known_agents(folder).is_some()
    }

    fn check_all(&mut self) {
        let paths: Vec<PathBuf> = self.prompt_documents.documents.keys().cloned().collect();
        for path in paths {
            self.check(&path);
        }
    }

    fn check(&mut self, path: &Path) {
        let diagnostics = match self.prompt_text(path) {
            Some(text) if self.is_question_document(path) => self.found_wrong(path, &text),
            _ => Vec::new(),
        };
        let Some(document) = self.prompt_documents.documents.get_mut(path).filter(|document| !document.discarded)
        else {
            return;
        };
        if document.diagnostics != diagnostics {
            document.diagnostics = diagnostics;
            self.touched.insert(path.to_path_buf());
        }
    }

    /// The files that a document names, in its header and its text.
    fn files_named(&self, path: &Path) -> Vec<PathBuf> {
        let Some(text) = self.prompt_text(path).filter(|_| self.is_question_document(path)) else {
            return Vec::new();
        };
        let (written, folder) = (read(&text), self.folder_of_file(path));
        let header = written.value(Key::File).and_then(|file| self.path_in_header(folder, file));
        let mentions = at_mentions(&text[written.body.clone()]);
        let mentioned = mentions.iter().flat_map(|mention| self.files_meant(folder, &mention.name));
        header.into_iter().chain(mentioned).collect()
    }

    fn found_wrong(&self, path: &Path, text: &str) -> Vec<Diagnostic> {
        let (written, folder) = (read(text), self.folder_of_file(path));
        let mut found: Vec<(Level, Problem)> = Vec::new();
        found.extend(written.all_problems().into_iter().map(|problem| (Level::Error, problem)));
        found.extend(self.unknown_in_header(folder, &written).into_iter().map(|problem| (Level::Error, problem)));
        found.extend(self.header_file_problem(folder, &written));
        let body = &text[written.body.clone()];
        let within = |at: Range<usize>| written.body.start + at.start..written.body.start + at.end;
        for mention in at_mentions(body) {
            let problem = self.mention_problem(folder, &mention);
            found.extend(problem.map(|text| (Level::Warning, Problem { at: within(mention.at), text })));
        }
        for mention in contexts::mentions(body).into_iter().filter(|mention| mention.context.is_none()) {
            if let Some(meant) = near(&mention.word, ContextName::ALL.map(ContextName::name)) {
                let text =
                    format!("there is no context {{{}}}, it is sent as it is (is it {{{meant}}}?)", mention.word);
                found.push((Level::Warning, Problem { at: within(mention.at), text }));
            }
        }
        if let (Some(slash), Some(commands)) = (slash(body), self.known_commands(folder))
            && slash.is_plain()
            && !commands.iter().any(|command| command.name == slash.name)
        {
            let names = commands.iter().map(|command| command.name.as_str());
            let meant =
                near(slash.name, names).map(|name| format!(" (is it /{}?)", inert(name, 60))).unwrap_or_default();
            let text = format!("opencode has no command /{}{meant}", inert(slash.name, 60));
            found.push((Level::Error, Problem { at: within(slash.at), text }));
        }
        let Some(document) = self.documents.by_path(path) else {
            return Vec::new();
        };
        let diagnostics = found.into_iter().enumerate().map(|(index, (level, problem))| Diagnostic {
            span: document.text.span(problem.at, self.encoding),
            level,
            code: CODE_PROMPT,
            message: problem.text,
            id: format!("prompt-{index}"),
            related: None,
        });
        diagnostics.collect()
    }

    /// Names in a header that opencode does not have; nothing where it has not told what it has.
    pub(super) fn unknown_in_header(&self, folder: FolderId, written: &Written) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut unknown = |key: Key, has: &str, meant: Option<&str>| {
            if let Some(field) = written.field(key) {
                let meant = meant.map(|meant| format!(" (is it {}?)", inert(meant, 60))).unwrap_or_default();
                let text = format!("opencode has no {has} `{}`{meant}", inert(&field.value, 60));
                problems.push(Problem { at: field.at.clone(), text });
            }
        };
        if let (Some(agent), Some(agents)) = (written.value(Key::Agent), self.known_agents(folder))
            && !agents.iter().any(|known| known.name == agent)
        {
            let names = agents.iter().filter(|agent| agent.is_offered()).map(|agent| agent.name.as_str());
            unknown(Key::Agent, "agent", near(agent, names));
        }
        let named = self.model_named(folder, written);
        if let (Some(model), Some(models), None) = (written.value(Key::Model), self.known_models(folder), &named)
            && written.options().is_ok()
        {
            let names: Vec<String> = models.iter().map(|model| model.name.to_string()).collect();
            unknown(Key::Model, "model", near(model, names.iter().map(String::as_str)));
        }
        if let (Some(variant), Some(model)) = (written.value(Key::Variant), &named)
            && !model.variants.is_empty()
            && !model.variants.iter().any(|known| known == variant)
        {
            unknown(Key::Variant, "variant", near(variant, model.variants.iter().map(String::as_str)));
        }
        if let Some(field) = written.field(Key::Session)
            && field.value != "new"
            && !field.value.starts_with("ses")
        {
            let text = "`session` must be new, or the id of a session, ses_…".to_owned();
            problems.push(Problem { at: field.at.clone(), text });
        }
        problems
    }

    fn header_file_problem(&self, folder: FolderId, written: &Written) -> Option<(Level, Problem)> {
        let field = written.field(Key::File)?;
        let path = self.path_in_header(folder, &field.value)?;
        let is_open = self.documents.by_path(&path).is_some();
        let name = inert(&field.value, 100);
        let text = match self.prompt_documents.checked.get(&path)? {
            Checked::Absent | Checked::Unreadable if is_open => return None,
            Checked::Absent => format!("there is no file `{name}`"),
            Checked::Unreadable => format!("`{name}` is no file that can be read"),
            Checked::Binary { .. } => format!("`{name}` is no text"),
            Checked::Large { .. } => return None,
            Checked::Text { lines, .. } => {
                let (first, _) = written.lines().ok().flatten()?;
                let at = written.field(Key::Lines)?.at.clone();
                let text = beyond(&name, first, *lines).filter(|_| !is_open)?;
                return Some((Level::Warning, Problem { at, text }));
            }
        };
        Some((Level::Error, Problem { at: field.at.clone(), text }))
    }

    /// What is known of the file that a mention means: the first that is there, else one that is not.
    pub(super) fn mentioned_file(&self, folder: FolderId, mention: &AtMention) -> Option<(PathBuf, Checked)> {
        let files = self.files_meant(folder, &mention.name);
        let known: Vec<(PathBuf, Checked)> = files
            .into_iter()
            .filter_map(|path| self.prompt_documents.checked.get(&path).map(|checked| (path, *checked)))
            .collect();
        known.iter().find(|(_, checked)| *checked != Checked::Absent).or(known.first()).cloned()
    }

    fn mention_problem(&self, folder: FolderId, mention: &AtMention) -> Option<String> {
        let name = inert(&mention.name, 100);
        let (path, checked) = self.mentioned_file(folder, mention)?;
        match checked {
            Checked::Text { lines, .. } => {
                let is_open = self.documents.by_path(&path).is_some();
                mention.lines.and_then(|(first, _)| beyond(&name, first, lines)).filter(|_| !is_open)
            }
            Checked::Large { .. } => None,
            _ if self.is_agent(folder, &mention.name) => None,
            Checked::Binary { .. } => Some(format!("`{name}` is no text: only its name is sent")),
            Checked::Unreadable => Some(format!("`{name}` is no file that can be read: only its name is sent")),
            Checked::Absent if mention.is_path() => Some(format!("there is no file `{name}`: it is sent as it is")),
            Checked::Absent => {
                let agents = self.known_agents(folder)?;
                if let Some(agent) = agents.iter().find(|agent| agent.name == mention.name && !agent.hidden) {
                    let agent = inert(&agent.name, 60);
                    return Some(format!(
                        "{agent} cannot be called; to have it answer, write `agent: {agent}` in the header"
                    ));
                }
                let callable = agents.iter().filter(|agent| agent.subagent && !agent.hidden);
                let meant = near(&mention.name, callable.map(|agent| agent.name.as_str()))?;
                Some(format!("opencode has no agent `{name}` (is it @{}?)", inert(meant, 60)))
            }
        }
    }
}

fn beyond(name: &str, first: u32, lines: usize) -> Option<String> {
    (first as usize > lines.max(1)).then(|| format!("`{name}` has only {lines} lines"))
}
