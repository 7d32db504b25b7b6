//! Slash commands, shell commands and compaction: requests that are answered at their end.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::client::Client;
use super::error::ClientError;
use super::wire;
use crate::core::catalogue::PromptEntry;
use crate::core::choices::Missing;
use crate::core::ids::{MessageId, SessionId};
use crate::core::runs::Run;
use crate::core::server::{ModelName, PromptOptions};

/// A turn may take this long; its events say how it stands meanwhile.
const RUN_WITHIN: Duration = Duration::from_secs(24 * 60 * 60);

impl Client {
    /// Runs something in a session that was just looked up; the prompt that opencode wrote for it, where it says so.
    pub async fn run(
        &self,
        session: &SessionId,
        run: &Run,
        options: &PromptOptions,
    ) -> Result<Option<MessageId>, ClientError> {
        let (route, body) = match run {
            Run::Command { name, arguments } => {
                let known = wire::commands(&self.get(&["command"], &[]).await?);
                if !known.iter().any(|command| command.name == *name) {
                    return Err(ClientError::NoCommand(name.clone()));
                }
                ("command", wire::command_body(name, arguments, options))
            }
            Run::Shell { command } => {
                let agent = match &options.agent {
                    Some(agent) => agent.clone(),
                    None => self.agent_of(session).await?,
                };
                ("shell", wire::shell_body(command, &agent, options))
            }
            Run::Compact => {
                let model = match &options.model {
                    Some(model) => Some(model.clone()),
                    None => self.model_of(session).await?,
                };
                let model = model.ok_or(ClientError::Refused("opencode has no model; log in to a provider first"))?;
                ("summarize", json!({ "providerID": model.provider, "modelID": model.model }))
            }
        };
        let url = self.route(&["session", session.as_str(), route], &[]);
        let answer = self.call_within(RUN_WITHIN, Method::POST, url, Some(body)).await?.json()?;
        Ok(wire::ran(&answer))
    }

    /// What a prompt names must be there: 1.1 takes one that names another agent, and never answers it.
    pub async fn missing(&self, options: &PromptOptions) -> Result<Option<Missing>, ClientError> {
        if let Some(agent) = &options.agent {
            let agents = wire::agents(&self.get(&["agent"], &[]).await?);
            if !agents.iter().any(|known| known.name == *agent) {
                return Ok(Some(Missing::Agent(agent.clone())));
            }
        }
        if let Some(model) = &options.model {
            let models = wire::models(&self.get(&["config", "providers"], &[]).await?);
            if !models.iter().any(|known| known.name == *model) {
                return Ok(Some(Missing::Model(model.clone())));
            }
        }
        Ok(None)
    }

    async fn last_prompt(&self, session: &SessionId) -> Result<Option<PromptEntry>, ClientError> {
        let messages = self.get(&["session", session.as_str(), "message"], &[]).await?;
        Ok(wire::prompts(&messages).pop())
    }

    /// The agent of the last prompt, else the first one for sessions.
    async fn agent_of(&self, session: &SessionId) -> Result<String, ClientError> {
        let agents = wire::agents(&self.get(&["agent"], &[]).await?);
        let last = self.last_prompt(session).await?.and_then(|prompt| prompt.agent);
        let last = last.filter(|last| agents.iter().any(|agent| agent.name == *last));
        let first = || agents.iter().find(|agent| agent.is_offered()).map(|agent| agent.name.clone());
        last.or_else(first).ok_or(ClientError::Refused("opencode has no agent"))
    }

    async fn model_of(&self, session: &SessionId) -> Result<Option<ModelName>, ClientError> {
        if let Some(model) = self.last_prompt(session).await?.and_then(|prompt| prompt.model) {
            return Ok(Some(model));
        }
        let config: Value = self.get(&["config"], &[]).await?;
        Ok(wire::default_model(&config, &self.get(&["config", "providers"], &[]).await?))
    }
}
