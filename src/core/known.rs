//! What is known of opencode's agents, models and commands, so that a prompt can be completed and checked at once.

use std::collections::HashMap;
use std::time::Duration;

use super::catalogue::{Agent, List, Listed, Model, SlashCommand};
use super::effect::{Effect, ServerCall, Timer};
use super::ids::FolderId;
use super::lists::ListPurpose;
use super::state::State;

/// What was fetched is used for so long; then it is fetched again when it is next wanted.
const FRESH: Duration = Duration::from_secs(60);

/// The lists of one connection.
#[derive(Debug, Clone, Default)]
struct Lists {
    agents: Option<Vec<Agent>>,
    models: Option<Vec<Model>>,
    commands: Option<Vec<SlashCommand>>,
    /// How many answers are awaited.
    awaited: usize,
    fresh: bool,
}

/// The lists of all connections, by the folder whose connection it is.
#[derive(Debug, Default)]
pub(super) struct Known(HashMap<FolderId, Lists>);

impl State {
    /// Fetches the lists of a folder where they are not known, or old. Whether anything is to come.
    pub(super) fn want_lists(&mut self, folder: FolderId) -> bool {
        let carrier = self.folders.carrier(folder);
        let is_connected = self.folders.connection(folder).is_connected();
        let lists = self.known.0.entry(carrier).or_default();
        if lists.awaited > 0 || lists.fresh || !is_connected {
            return lists.awaited > 0;
        }
        lists.awaited = 3;
        let is_first = lists.agents.is_none();
        for list in [List::Agents, List::Models, List::Commands] {
            self.server(carrier, ServerCall::FetchList { list, why: ListPurpose::Known });
        }
        if is_first {
            // The first search of a server takes seconds, as it looks at all files (1.18): nobody waits for this one.
            self.server(carrier, ServerCall::Find { search: 0, query: String::new(), symbols: false });
        }
        true
    }

    /// A list that was wanted here has come, or did not.
    pub(super) fn list_known(&mut self, carrier: FolderId, result: Result<Listed, String>) {
        let Some(lists) = self.known.0.get_mut(&carrier) else {
            return;
        };
        lists.awaited = lists.awaited.saturating_sub(1);
        match result {
            Ok(Listed::Agents(agents)) => lists.agents = Some(agents),
            Ok(Listed::Models(models)) => lists.models = Some(models),
            Ok(Listed::Commands(commands)) => lists.commands = Some(commands),
            Ok(other) => tracing::error!(?other, "a list that was not asked for"),
            Err(problem) => tracing::warn!(problem, "a list of opencode's did not come"),
        }
        if lists.awaited == 0 {
            lists.fresh = true;
            self.effect(Effect::After(FRESH, Timer::ListsOld(carrier)));
        }
        self.lists_arrived(carrier);
    }

    pub(super) fn lists_old(&mut self, carrier: FolderId) {
        if let Some(lists) = self.known.0.get_mut(&carrier) {
            lists.fresh = false;
        }
    }

    /// A connection is another one now.
    pub(super) fn forget_lists(&mut self, carrier: FolderId) {
        self.known.0.remove(&carrier);
    }

    fn lists(&self, folder: FolderId) -> Option<&Lists> {
        self.known.0.get(&self.folders.carrier(folder))
    }

    /// None where opencode has not told them.
    pub(super) fn known_agents(&self, folder: FolderId) -> Option<&[Agent]> {
        self.lists(folder)?.agents.as_deref()
    }

    pub(super) fn known_models(&self, folder: FolderId) -> Option<&[Model]> {
        self.lists(folder)?.models.as_deref()
    }

    pub(super) fn known_commands(&self, folder: FolderId) -> Option<&[SlashCommand]> {
        self.lists(folder)?.commands.as_deref()
    }

    /// Whether a prompt can call an agent of this name.
    pub(super) fn is_agent(&self, folder: FolderId, name: &str) -> bool {
        let mut agents = self.known_agents(folder).unwrap_or_default().iter();
        agents.any(|agent| agent.name == name && agent.subagent && !agent.hidden)
    }
}
