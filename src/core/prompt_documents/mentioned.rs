//! What the `@…` of a question stand for when it is sent: files, and agents that are to be called.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::PromptRead;
use super::mentions::{AtMention, at_mentions};
use crate::core::command::Ask;
use crate::core::documents::OpenDocument;
use crate::core::ids::{DraftId, FolderId};
use crate::core::prompt::{Excerpt, is_saved};
use crate::core::server::PromptPart;
use crate::core::state::State;
use crate::core::turns::Stage;
use crate::review::Content;
use crate::text::{Point, Span};

/// More than these are not looked for in one question.
const MOST: usize = 100;

/// What is known of the files that a question mentions.
#[derive(Debug, Clone, Default)]
pub(in crate::core) struct Mentioned {
    waiting: BTreeSet<PathBuf>,
    /// opencode is yet to tell its agents.
    waits_for_agents: bool,
    found: BTreeMap<PathBuf, Content>,
}

impl Mentioned {
    fn is_complete(&self) -> bool {
        self.waiting.is_empty() && !self.waits_for_agents
    }
}

impl State {
    /// Looks at what a question mentions before it is put together. True while that takes; then
    /// [`State::prepare`] comes again.
    pub(in crate::core) fn looks_at_mentions(&mut self, draft: DraftId) -> bool {
        let Some(turn) = self.turns.running.get(&draft) else {
            return false;
        };
        if let Some(mentioned) = &turn.mentioned {
            return !mentioned.is_complete();
        }
        let folder = turn.folder;
        // What a slash command mentions, opencode looks for itself.
        let mentions = if turn.ask.run.is_some() { Vec::new() } else { mentions_of(&turn.ask) };
        let mut waiting = BTreeSet::new();
        for mention in &mentions {
            waiting.extend(self.files_meant(folder, &mention.name));
        }
        let waits_for_agents = !mentions.is_empty() && !self.ask_for_agents(folder);
        let mentioned = Mentioned { waiting: waiting.clone(), waits_for_agents, found: BTreeMap::new() };
        let is_complete = mentioned.is_complete();
        if let Some(turn) = self.turns.running.get_mut(&draft) {
            turn.stage = Stage::Reading;
            turn.mentioned = Some(mentioned);
        }
        for path in waiting {
            self.read_for(path, PromptRead::Mentioned(draft));
        }
        !is_complete
    }

    pub(super) fn mentioned_read(&mut self, draft: DraftId, path: PathBuf, content: &Content) {
        let mentioned = self.turns.running.get_mut(&draft).and_then(|turn| turn.mentioned.as_mut());
        let Some(mentioned) = mentioned else {
            return;
        };
        if !mentioned.waiting.remove(&path) {
            return;
        }
        mentioned.found.insert(path, content.clone());
        if mentioned.is_complete() {
            self.prepare(draft);
        }
    }

    /// The agents of a folder's opencode are known, or will not be.
    pub(super) fn agents_arrived(&mut self, connection: FolderId) {
        let users = self.folders.users(connection);
        let mut complete = Vec::new();
        for (draft, turn) in self.turns.running.iter_mut().filter(|(_, turn)| users.contains(&turn.folder)) {
            if let Some(mentioned) = turn.mentioned.as_mut().filter(|mentioned| mentioned.waits_for_agents) {
                mentioned.waits_for_agents = false;
                if mentioned.is_complete() {
                    complete.push(*draft);
                }
            }
        }
        for draft in complete {
            self.prepare(draft);
        }
    }

    /// The files that a name can mean: opencode counts from its own folder, the user from the workspace folder.
    pub(super) fn files_meant(&self, folder: FolderId, name: &str) -> Vec<PathBuf> {
        let Some(folder) = self.folders.get(folder) else {
            return Vec::new();
        };
        let mut paths = vec![folder.project().join(name), folder.paths.root.join(name)];
        paths.dedup();
        paths
    }

    /// The parts of a prompt that its mentions are.
    pub(in crate::core) fn mentioned_parts(&self, draft: DraftId) -> Vec<PromptPart> {
        let Some(turn) = self.turns.running.get(&draft) else {
            return Vec::new();
        };
        let Some(mentioned) = &turn.mentioned else {
            return Vec::new();
        };
        let mut parts: Vec<PromptPart> = Vec::new();
        for mention in mentions_of(&turn.ask) {
            let files = self.files_meant(turn.folder, &mention.name);
            let found =
                files.iter().find_map(|path| Some((path, mentioned.found.get(path)?)).filter(|(_, c)| is_file(c)));
            let part = match found {
                Some((path, content)) => self.file_part(turn.folder, path, content, &mention),
                None if self.is_agent(turn.folder, &mention.name) => Some(PromptPart::Agent(mention.name)),
                None => None,
            };
            parts.extend(part.filter(|part| !parts.contains(part)));
        }
        parts
    }

    fn file_part(&self, folder: FolderId, path: &Path, content: &Content, mention: &AtMention) -> Option<PromptPart> {
        let root = self.folders.get(folder)?.project();
        let whole = |in_project: bool| {
            in_project.then(|| PromptPart::File {
                path: path.to_path_buf(),
                name: mention.name.clone(),
                lines: mention.lines,
            })
        };
        let Some(disk) = content.text() else {
            return whole(path.starts_with(root));
        };
        let uri = self.documents.uri_of(path)?;
        let closed;
        let document = match self.documents.by_path(path) {
            Some(document) => document,
            None => {
                closed = OpenDocument::new(uri, String::new(), 0, disk);
                &closed
            }
        };
        let span = mention.lines.map(span_of_lines);
        let excerpt = Excerpt::of(document, span, root, self.encoding);
        let saved = is_saved(document, Some(disk));
        if saved && excerpt.in_project {
            return Some(PromptPart::File { path: path.to_path_buf(), name: excerpt.name, lines: excerpt.lines });
        }
        let why = if saved { "" } else { ", as it is in the editor (not saved)" };
        Some(PromptPart::Text(format!("{}{why}:\n{}", excerpt.place(), excerpt.block())))
    }
}

/// Whole lines, 1-based and inclusive.
pub(super) fn span_of_lines((first, last): (u32, u32)) -> Span {
    Span {
        start: Point { line: first.saturating_sub(1), character: 0 },
        end: Point { line: last.saturating_sub(1), character: super::sending::END_OF_LINE },
    }
}

fn mentions_of(ask: &Ask) -> Vec<AtMention> {
    let mut mentions = at_mentions(ask.prompt.as_deref().unwrap_or_default());
    mentions.truncate(MOST);
    mentions
}

/// What can be sent as a file: a text, however long.
fn is_file(content: &Content) -> bool {
    matches!(content, Content::Text(_) | Content::TooLarge { .. })
}
