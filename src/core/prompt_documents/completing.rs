//! Completion in prompt documents: from what is known at once, or after a search that may take a moment.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::oneshot;

use super::header::{Key, Written, read};
use super::wishes::{What, Wish, wish};
use super::{PromptTimer, mentions};
use crate::core::contexts::ContextName;
use crate::core::effect::{Effect, ServerCall, Timer};
use crate::core::ids::{DocumentUri, FolderId};
use crate::core::inert::inert;
use crate::core::server::{Found, ModelName};
use crate::core::state::State;
use crate::text::{Point, Span};

/// An answer that comes later is of no use to somebody who types.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);
/// Entries of one answer at most; what is typed makes them fewer.
const MOST: usize = 100;

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Completion {
    pub items: Vec<CompletionItem>,
    /// With more typed there may be others.
    pub incomplete: bool,
}

/// One thing that could stand at the cursor. All texts but `text` are for people.
#[derive(Debug, Clone, PartialEq)]
pub struct CompletionItem {
    pub label: String,
    /// May be empty, as may `documentation`.
    pub detail: String,
    pub documentation: String,
    pub kind: CompletionKind,
    /// What is replaced, in the client's position encoding.
    pub span: Span,
    pub text: String,
    /// What the written text in `span` is compared with.
    pub filter: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompletionKind {
    File,
    Agent,
    Symbol,
    Command,
    Context,
    Model,
    Key,
    Value,
}

/// Where completions are answered to.
pub type CompletionReply = oneshot::Sender<Option<Completion>>;

#[derive(Debug)]
struct Search {
    path: PathBuf,
    folder: FolderId,
    wish: Wish,
    span: Span,
    reply: CompletionReply,
    /// opencode searches files for it.
    searches: bool,
    found: Option<Found>,
}

#[derive(Debug, Default)]
pub(super) struct Searches {
    last: u64,
    waiting: BTreeMap<u64, Search>,
}

impl State {
    /// Answers at once outside of prompt documents: nobody who types waits for us there.
    pub(in crate::core) fn complete(&mut self, uri: &DocumentUri, point: Point, reply: CompletionReply) {
        // A client that cancelled the request no longer listens, here and below.
        let Some(search) = self.search_at(uri, point) else {
            let _ = reply.send(None);
            return;
        };
        let (path, folder, wish, span) = search;
        self.give_up_searches(&path);
        self.prompt_documents.active = Some(path.clone());
        let awaits_lists = self.want_lists(folder) && self.lacks_a_list(folder, &wish.what);
        let is_connected = self.folders.connection(folder).is_connected();
        let searches = matches!(wish.what, What::At | What::Value(Key::File)) && is_connected;
        let search = Search { path, folder, wish, span, reply, searches, found: None };
        if !searches && !awaits_lists {
            self.answer_search(search, false);
            return;
        }
        self.prompt_documents.searches.last += 1;
        let id = self.prompt_documents.searches.last;
        if searches {
            let symbols = search.wish.what == What::At;
            let query = search.wish.typed.clone();
            self.server(folder, ServerCall::Find { search: id, query, symbols });
        }
        self.prompt_documents.searches.waiting.insert(id, search);
        self.effect(Effect::After(ANSWER_WITHIN, Timer::Prompts(PromptTimer::Completion(id))));
    }

    fn search_at(&self, uri: &DocumentUri, point: Point) -> Option<(PathBuf, FolderId, Wish, Span)> {
        let path = self.prompt_document_at(uri).filter(|path| self.is_question_document(path))?;
        let document = &self.documents.by_path(&path)?.text;
        let wish = wish(&document.text(), document.offset(point, self.encoding))?;
        let span = document.span(wish.at.clone(), self.encoding);
        let folder = self.folder_of_file(&path);
        Some((path, folder, wish, span))
    }

    /// Whether what is wanted needs a list that opencode has not told yet.
    fn lacks_a_list(&self, folder: FolderId, what: &What) -> bool {
        match what {
            What::At | What::Value(Key::Agent) => self.known_agents(folder).is_none(),
            What::Value(Key::Model | Key::Variant) => self.known_models(folder).is_none(),
            What::Slash => self.known_commands(folder).is_none(),
            What::Key | What::Context | What::Value(_) => false,
        }
    }

    /// The user has typed on: what was asked before is answered with nothing.
    fn give_up_searches(&mut self, path: &Path) {
        let waiting = &mut self.prompt_documents.searches.waiting;
        let old: Vec<u64> = waiting.iter().filter(|(_, search)| search.path == path).map(|(id, _)| *id).collect();
        for id in old {
            if let Some(search) = waiting.remove(&id) {
                let _ = search.reply.send(Some(Completion { items: Vec::new(), incomplete: true }));
            }
        }
    }

    pub(in crate::core) fn found(&mut self, id: u64, result: Result<Found, String>) {
        let Some(search) = self.prompt_documents.searches.waiting.get_mut(&id) else {
            return;
        };
        search.found = Some(result.unwrap_or_else(|problem| {
            tracing::warn!(problem, "a search failed");
            Found::default()
        }));
        self.answer_complete_searches();
    }

    pub(super) fn answer_complete_searches(&mut self) {
        let waiting = &self.prompt_documents.searches.waiting;
        let is_complete = |search: &Search| {
            (!search.searches || search.found.is_some()) && !self.lacks_a_list(search.folder, &search.wish.what)
        };
        let complete: Vec<u64> = waiting.iter().filter(|(_, search)| is_complete(search)).map(|(id, _)| *id).collect();
        for id in complete {
            if let Some(search) = self.prompt_documents.searches.waiting.remove(&id) {
                self.answer_search(search, false);
            }
        }
    }

    /// What there is by now must do; what comes later is dropped.
    pub(super) fn completion_timed_out(&mut self, id: u64) {
        if let Some(search) = self.prompt_documents.searches.waiting.remove(&id) {
            self.answer_search(search, true);
        }
    }

    fn answer_search(&self, search: Search, cut: bool) {
        let mut items = self.items(&search);
        let lacks = self.lacks_a_list(search.folder, &search.wish.what);
        let is_searched = matches!(search.wish.what, What::At | What::Value(Key::File));
        let incomplete = cut || lacks || is_searched || items.len() > MOST;
        items.truncate(MOST);
        let _ = search.reply.send(Some(Completion { items, incomplete }));
    }

    fn items(&self, search: &Search) -> Vec<CompletionItem> {
        let Search { folder, wish, span, .. } = search;
        let sign = self.documents.by_path(&search.path).map(|document| document.text.slice(wish.at.clone()));
        let item = |label: String, text: String, kind| CompletionItem {
            filter: text.clone(),
            label: inert(&label, 200),
            detail: String::new(),
            documentation: String::new(),
            kind,
            span: *span,
            text,
        };
        match wish.what {
            What::Key => self
                .missing_keys(search)
                .into_iter()
                .map(|key| CompletionItem {
                    detail: key.description().to_owned(),
                    ..item(key.name().to_owned(), format!("{}: ", key.name()), CompletionKind::Key)
                })
                .collect(),
            What::Context => {
                let hash = sign.is_some_and(|sign| sign.starts_with('#'));
                ContextName::ALL
                    .into_iter()
                    .map(|name| {
                        let text = format!("{{{}}}", name.name());
                        let filter = if hash { format!("#{}", name.name()) } else { text.clone() };
                        CompletionItem {
                            detail: name.description().to_owned(),
                            filter,
                            ..item(text.clone(), text, CompletionKind::Context)
                        }
                    })
                    .collect()
            }
            What::Slash => {
                let commands = self.known_commands(*folder).unwrap_or_default().iter();
                commands
                    .map(|command| CompletionItem {
                        documentation: inert(&command.description, 1000),
                        ..item(format!("/{}", command.name), format!("/{} ", command.name), CompletionKind::Command)
                    })
                    .collect()
            }
            What::At => self.at_items(search, &item),
            What::Value(key) => self.value_items(search, key, &item),
        }
    }

    fn at_items(
        &self,
        search: &Search,
        item: &dyn Fn(String, String, CompletionKind) -> CompletionItem,
    ) -> Vec<CompletionItem> {
        let agents = self.known_agents(search.folder).unwrap_or_default().iter();
        let agents = agents.filter(|agent| agent.subagent && !agent.hidden && matches(&agent.name, &search.wish.typed));
        let agents = agents.filter_map(|agent| {
            let text = mentions::write(&agent.name, None)?;
            let documentation = inert(&agent.description, 1000);
            Some(CompletionItem {
                detail: "agent".to_owned(),
                documentation,
                ..item(text.clone(), text, CompletionKind::Agent)
            })
        });
        let found = search.found.as_ref();
        let files = found.into_iter().flat_map(|found| &found.files).filter_map(|file| {
            let text = mentions::write(file, None)?;
            Some(item(file.clone(), text, CompletionKind::File))
        });
        let symbols = found.into_iter().flat_map(|found| &found.symbols).filter_map(|symbol| {
            let name = self.name_of_file(&symbol.path);
            let text = mentions::write(&name, Some(symbol.lines))?;
            Some(CompletionItem {
                detail: inert(&name, 200),
                filter: format!("@{}", symbol.name),
                ..item(symbol.name.clone(), text, CompletionKind::Symbol)
            })
        });
        agents.chain(files).chain(symbols).collect()
    }

    fn value_items(
        &self,
        search: &Search,
        key: Key,
        item: &dyn Fn(String, String, CompletionKind) -> CompletionItem,
    ) -> Vec<CompletionItem> {
        let typed = &search.wish.typed;
        let detailed = |name: String, detail: &str, kind| CompletionItem {
            detail: inert(detail, 200),
            ..item(name.clone(), name, kind)
        };
        match key {
            Key::File => {
                let project = self.folders.get(search.folder).map(|folder| folder.project().to_path_buf());
                let files = search.found.iter().flat_map(|found| &found.files);
                let names = files
                    .filter_map(|file| self.name_in_header(&DocumentUri::from_path(&project.as_ref()?.join(file))?));
                names.map(|name| item(name.clone(), name, CompletionKind::File)).collect()
            }
            Key::Agent => {
                let agents =
                    self.known_agents(search.folder).unwrap_or_default().iter().filter(|agent| agent.is_offered());
                agents.map(|agent| detailed(agent.name.clone(), &agent.description, CompletionKind::Agent)).collect()
            }
            Key::Model => {
                let models = self.known_models(search.folder).unwrap_or_default().iter();
                let models = models.map(|model| (model.name.to_string(), model));
                let models = models.filter(|(name, model)| matches(name, typed) || matches(&model.title, typed));
                models.map(|(name, model)| detailed(name, &model.title, CompletionKind::Model)).collect()
            }
            Key::Variant => {
                let model = self.written_at(&search.path).and_then(|written| self.model_named(search.folder, &written));
                let variants = model.map(|model| model.variants).unwrap_or_default();
                variants.into_iter().map(|name| item(name.clone(), name, CompletionKind::Value)).collect()
            }
            Key::Session => {
                let new = detailed("new".to_owned(), "a new session", CompletionKind::Value);
                let known = self.sessions.iter().filter(|(_, info)| info.parent.is_none());
                let known = known.map(|(id, info)| detailed(id.to_string(), &info.title, CompletionKind::Value));
                std::iter::once(new).chain(known).collect()
            }
            Key::Lines => Vec::new(),
        }
    }

    fn missing_keys(&self, search: &Search) -> Vec<Key> {
        let written = self.written_at(&search.path);
        let has = |key| written.as_ref().is_some_and(|written| written.fields.iter().any(|field| field.key == key));
        Key::ALL.into_iter().filter(|key| !has(*key)).collect()
    }

    pub(super) fn written_at(&self, path: &Path) -> Option<Written> {
        self.prompt_text(path).map(|text| read(&text))
    }

    /// The model that a header names, as opencode knows it.
    pub(super) fn model_named(&self, folder: FolderId, written: &Written) -> Option<crate::core::catalogue::Model> {
        let name = ModelName::parse(written.value(Key::Model)?)?;
        self.known_models(folder)?.iter().find(|model| model.name == name).cloned()
    }

    pub(super) fn is_question_document(&self, path: &Path) -> bool {
        self.prompt_documents.documents.get(path).is_some_and(super::PromptDocument::is_question)
    }
}

/// Whether all letters of what is typed come in a name, in order.
fn matches(name: &str, typed: &str) -> bool {
    let mut letters = name.chars().flat_map(char::to_lowercase);
    typed.chars().flat_map(char::to_lowercase).all(|letter| letters.any(|other| other == letter))
}
