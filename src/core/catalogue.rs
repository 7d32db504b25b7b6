//! What opencode lists: sessions, agents, models, slash commands. Names and texts are as opencode says them.

use std::time::Duration;

use super::ids::{MessageId, SessionId};
use super::info::Section;
use super::server::ModelName;

/// What can be listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum List {
    /// Of this project, the newest first, without sub-agents'.
    Sessions,
    /// Those of a session's sub-agents.
    Children(SessionId),
    /// The prompts of a session, oldest first.
    Prompts(SessionId),
    Agents,
    Models,
    Commands,
    Mcp,
    /// All there is to know of this opencode.
    Info,
}

/// The answer to a [`List`], of the same kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Listed {
    Sessions(Vec<SessionEntry>),
    Prompts(Vec<PromptEntry>),
    Agents(Vec<Agent>),
    Models(Vec<Model>),
    Commands(Vec<SlashCommand>),
    Mcp(Vec<McpServer>),
    Info(Vec<Section>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionEntry {
    pub id: SessionId,
    pub title: String,
    pub parent: Option<SessionId>,
    /// Milliseconds since 1970, by the server's clock.
    pub updated: u64,
    /// How long ago that was.
    pub age: Duration,
    /// Its link, where it is shared.
    pub link: Option<String>,
    /// Those of its last prompt; only newer versions say so.
    pub agent: Option<String>,
    pub model: Option<ModelName>,
}

/// A prompt of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptEntry {
    pub id: MessageId,
    /// The user's own text; empty where opencode wrote it.
    pub text: String,
    /// What the model answered.
    pub answer: String,
    pub agent: Option<String>,
    pub model: Option<ModelName>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    pub name: String,
    /// May be empty.
    pub description: String,
    /// Whether a session may have it as its own; sub-agents and opencode's hidden ones may not.
    pub primary: bool,
    /// Made for sub-agents; may be called by name in a prompt.
    pub subagent: bool,
    pub hidden: bool,
    pub model: Option<ModelName>,
}

impl Agent {
    /// Whether it is one for a session.
    pub fn is_offered(&self) -> bool {
        self.primary && !self.hidden
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    pub name: ModelName,
    pub title: String,
    /// Its provider's.
    pub provider: String,
    /// The one for questions that name none.
    pub is_default: bool,
    /// Names of its own for how hard it is to think.
    pub variants: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlashCommand {
    pub name: String,
    /// May be empty.
    pub description: String,
    /// Whether its template has a place for arguments; not known of all.
    pub takes_arguments: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct McpServer {
    pub name: String,
    /// opencode's word: `connected`, `disabled`, `failed`, `needs auth` and so on.
    pub state: String,
    pub problem: Option<String>,
    pub is_connected: bool,
}

/// How long ago something was, for people.
pub fn ago(age: Duration) -> String {
    let minutes = age.as_secs() / 60;
    match minutes {
        0 => "just now".to_owned(),
        1..60 => format!("{minutes} min ago"),
        60..1440 => format!("{} h ago", minutes / 60),
        1440..2880 => "yesterday".to_owned(),
        _ => format!("{} days ago", minutes / 1440),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_told_in_the_largest_unit() {
        let told = [0, 59, 60, 3599, 7200, 86_400, 200_000].map(|seconds| ago(Duration::from_secs(seconds)));
        assert_eq!(told, ["just now", "just now", "1 min ago", "59 min ago", "2 h ago", "yesterday", "2 days ago"]);
    }
}
