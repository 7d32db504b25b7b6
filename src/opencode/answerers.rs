//! Whether the agent and the model that a prompt asks for are there.
//!
//! opencode takes prompts for others, too (1.1.27 and 1.18.34): for an unknown agent it answers 204 and keeps
//! nothing, for an unknown model it keeps the prompt and never answers it.

use super::client::Client;
use super::error::ClientError;
use super::wire;
use crate::core::inert::inert;
use crate::core::server::PromptOptions;

/// How many names a message lists.
const MOST: usize = 12;

impl Client {
    /// Why nobody would answer, for people; none where somebody would, or it cannot be told.
    pub async fn cannot_answer(&self, options: &PromptOptions) -> Option<String> {
        if let Some(agent) = &options.agent {
            let agents = self.get(&["agent"], &[]).await;
            let known = known(agents.map(|answer| wire::agents(&answer)))?;
            if !known.contains(agent) {
                return Some(format!("opencode has no agent `{}`; {}", inert(agent, 100), listed(&known)));
            }
        }
        let model = options.model.as_ref()?;
        let models = self.get(&["config", "providers"], &[]).await;
        let known = known(models.map(|answer| wire::models(&answer)))?;
        if known.contains(model) {
            return None;
        }
        let of_provider = known.iter().filter(|known| known.provider == model.provider);
        let mut near: Vec<String> = of_provider.map(ToString::to_string).collect();
        if near.is_empty() {
            near = known.iter().map(ToString::to_string).collect();
        }
        Some(format!("opencode has no model `{}`; {}", inert(&model.to_string(), 100), listed(&near)))
    }
}

fn known<T>(answer: Result<Option<Vec<T>>, ClientError>) -> Option<Vec<T>> {
    answer.unwrap_or_else(|error| {
        tracing::warn!(%error, "it cannot be told who can answer");
        None
    })
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        return "it has none".to_owned();
    }
    let shown = inert(&names.iter().take(MOST).map(String::as_str).collect::<Vec<_>>().join(", "), 500);
    match names.len().saturating_sub(MOST) {
        0 => format!("there are {shown}"),
        more => format!("there are {shown} and {more} more"),
    }
}
