//! What a prompt names is gathered before it is written: which text is saved, and what git says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::lookup::Item;
use super::tui::ForTui;
use super::{ContextName, contexts_of};
use crate::core::command::Ask;
use crate::core::effect::{EditorEffect, Effect, Level, ReadPurpose, ServerCall, Timer};
use crate::core::ids::{DraftId, FolderId};
use crate::core::inert::{first_line, inert};
use crate::core::prompt::is_saved;
use crate::core::state::State;
use crate::core::turns::Stage;

/// A prompt waits no longer for what it names.
const WITHIN: Duration = Duration::from_secs(10);

/// What is known for one prompt so far.
#[derive(Debug, Clone, Default)]
pub(in crate::core) struct Gathering {
    /// Files that are being read, to see whether their text is saved.
    reading: BTreeSet<PathBuf>,
    /// Files that held the text of this version of their document.
    saved: BTreeMap<PathBuf, i32>,
    asking_git: bool,
    /// What git says, or why it says nothing; none where it has not answered.
    git: Option<Result<String, String>>,
    /// Where it is no question that is to be sent.
    pub(super) tui: Option<ForTui>,
}

impl Gathering {
    pub(super) fn for_tui(tui: ForTui) -> Self {
        Self { tui: Some(tui), ..Self::default() }
    }

    pub(super) fn git(&self) -> Result<&str, &str> {
        match &self.git {
            Some(Ok(diff)) => Ok(diff),
            Some(Err(problem)) => Err(problem),
            None => Err("git did not answer in time"),
        }
    }
}

impl State {
    pub(in crate::core) fn names_contexts(ask: &Ask) -> bool {
        !ask.also.is_empty() || !contexts_of(ask.prompt.as_deref().unwrap_or_default()).is_empty()
    }

    /// Finds out what has to be asked of the disk and of git, and asks.
    pub(in crate::core) fn gather(&mut self, draft: DraftId) {
        self.gather_for(draft, Gathering::default());
    }

    pub(super) fn gather_for(&mut self, draft: DraftId, mut gathering: Gathering) {
        let Some((folder, ask)) = self.gathered_for(draft, &gathering) else {
            return;
        };
        let names = contexts_of(ask.prompt.as_deref().unwrap_or_default());
        let asks_git = names.contains(&ContextName::Git);
        let mut paths = BTreeSet::new();
        for name in names {
            let found = self.look_up(name, ask.place.as_ref(), &ask.diagnostics, Err(""));
            for item in found.into_iter().flat_map(|found| found.items) {
                if let Item::Excerpt { path: Some(path), .. } = item {
                    paths.insert(path);
                }
            }
        }
        paths.extend(ask.also.iter().filter_map(|place| place.uri.to_path()));
        gathering.reading.clone_from(&paths);
        gathering.asking_git = asks_git;
        let running = &self.turns.running;
        self.contexts.gathering.retain(|draft, other| other.tui.is_some() || running.contains_key(draft));
        self.contexts.gathering.insert(draft, gathering);
        for path in paths {
            self.effect(Effect::Read { path, why: ReadPurpose::Context(draft) });
        }
        if asks_git {
            self.server(folder, ServerCall::FetchUncommitted { draft });
        }
        self.effect(Effect::After(WITHIN, Timer::Context(draft)));
        self.write_if_gathered(draft);
    }

    /// What is gathered for: a question that is not sent yet, or a prompt for the TUI.
    fn gathered_for<'a>(&'a self, draft: DraftId, gathering: &'a Gathering) -> Option<(FolderId, &'a Ask)> {
        if let Some(tui) = &gathering.tui {
            return Some((tui.folder, &tui.ask));
        }
        let turn = self.turns.running.get(&draft).filter(|turn| turn.stage == Stage::Reading)?;
        Some((turn.folder, &turn.ask))
    }

    pub(in crate::core) fn context_read(&mut self, draft: DraftId, path: PathBuf, on_disk: Option<&str>) {
        let document = self.documents.by_path(&path).filter(|document| is_saved(document, on_disk));
        let version = document.map(|document| document.version);
        if let Some(gathering) = self.contexts.gathering.get_mut(&draft) {
            gathering.reading.remove(&path);
            if let Some(version) = version {
                gathering.saved.insert(path, version);
            }
        }
        self.write_if_gathered(draft);
    }

    /// What opencode says that git says; up to 1.14 it cannot be asked, and git is.
    pub(in crate::core) fn uncommitted_fetched(&mut self, draft: DraftId, result: Result<String, String>) {
        match result {
            Ok(diff) => self.git_answered(draft, Ok(diff)),
            Err(problem) => {
                tracing::debug!(problem, "opencode does not tell what is not committed; asking git");
                let gathering = self.contexts.gathering.get(&draft);
                let folder = gathering.and_then(|gathering| self.gathered_for(draft, gathering));
                let folder = folder.and_then(|(folder, _)| self.folders.get(folder));
                if let Some(root) = folder.map(|folder| folder.project().to_path_buf()) {
                    self.effect(Effect::GitDiff { draft, root });
                }
            }
        }
    }

    pub(in crate::core) fn git_answered(&mut self, draft: DraftId, result: Result<String, String>) {
        if let Some(gathering) = self.contexts.gathering.get_mut(&draft) {
            gathering.asking_git = false;
            gathering.git = Some(result.map_err(|problem| inert(first_line(&problem).unwrap_or_default(), 200)));
        }
        self.write_if_gathered(draft);
    }

    /// What is not known by now is left out, and said to be.
    pub(in crate::core) fn gathered_long_enough(&mut self, draft: DraftId) {
        if let Some(gathering) = self.contexts.gathering.get_mut(&draft) {
            gathering.reading.clear();
            gathering.asking_git = false;
        }
        self.write_if_gathered(draft);
    }

    fn write_if_gathered(&mut self, draft: DraftId) {
        let done = |gathering: &Gathering| gathering.reading.is_empty() && !gathering.asking_git;
        if !self.contexts.gathering.get(&draft).is_some_and(done) {
            return;
        }
        let Some(gathering) = self.contexts.gathering.remove(&draft) else {
            return;
        };
        let Some((_, ask)) = self.gathered_for(draft, &gathering) else {
            return;
        };
        let written = self.write_prompt(ask, &gathering);
        if !written.without.is_empty() {
            let without: Vec<String> = written.without.iter().map(|without| inert(without, 200)).collect();
            let text = format!("Your prompt goes without {}.", without.join("; without "));
            self.editor(EditorEffect::Message { level: Level::Warning, text });
        }
        match gathering.tui {
            Some(tui) => self.put_into_tui(tui, written.parts),
            None => self.send_composed(draft, written.parts),
        }
    }

    /// Whether the editor's text of a file is still what the file was seen to hold.
    pub(super) fn is_as_read(&self, path: &Path, gathered: &Gathering) -> bool {
        let version = self.documents.by_path(path).map(|document| document.version);
        version.is_some() && gathered.saved.get(path).copied() == version
    }
}
