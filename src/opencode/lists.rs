//! Requests for lists.

use super::client::Client;
use super::error::ClientError;
use super::wire;
use crate::core::catalogue::{List, Listed, SessionEntry};
use crate::core::ids::{MessageId, SessionId};

/// Sessions that are asked for at most.
const MAX_SESSIONS: &str = "50";

impl Client {
    pub async fn list(&self, list: &List) -> Result<Listed, ClientError> {
        Ok(match list {
            List::Sessions => Listed::Sessions(self.sessions().await?),
            List::Children(session) => {
                // Up to 1.14 a session that is not there has an empty list.
                self.look_up(session).await?;
                Listed::Sessions(wire::sessions(&self.get(&["session", session.as_str(), "children"], &[]).await?))
            }
            List::Prompts(session) => {
                self.look_up(session).await?;
                Listed::Prompts(wire::prompts(&self.get(&["session", session.as_str(), "message"], &[]).await?))
            }
            List::Agents => Listed::Agents(wire::agents(&self.get(&["agent"], &[]).await?)),
            List::Models => {
                let providers = self.get(&["config", "providers"], &[]).await?;
                let default = wire::default_model(&self.get(&["config"], &[]).await?, &providers);
                let mut models = wire::models(&providers);
                models.iter_mut().for_each(|model| model.is_default = Some(&model.name) == default.as_ref());
                Listed::Models(models)
            }
            List::Mcp => Listed::Mcp(self.mcp_servers().await?),
            List::Info => Listed::Info(self.info().await?),
            List::Commands => Listed::Commands(wire::commands(&self.get(&["command"], &[]).await?)),
        })
    }

    /// The newest sessions of the project that are not sub-agents', newest first.
    pub async fn sessions(&self) -> Result<Vec<SessionEntry>, ClientError> {
        let answer = self.get(&["session"], &[("roots", "true"), ("limit", MAX_SESSIONS)]).await?;
        Ok(wire::sessions(&answer))
    }

    /// The prompts of a session that have this text.
    pub async fn prompts_like(&self, session: &SessionId, text: &str) -> Result<Vec<MessageId>, ClientError> {
        let mut found = Vec::new();
        while let Some(prompt) = self.turn(session, None, text, &found).await?.prompt {
            found.push(prompt);
        }
        Ok(found)
    }
}
