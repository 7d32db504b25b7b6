//! Requests about sessions as such.

use serde_json::{Value, json};

use super::client::Client;
use super::error::ClientError;
use super::wire;
use crate::core::catalogue::SessionEntry;
use crate::core::ids::{MessageId, SessionId};
use crate::core::session_commands::SessionChange;

impl Client {
    /// Up to 1.14 a session that is not there is no error, so it is looked up first.
    pub async fn rename_session(&self, session: &SessionId, title: &str) -> Result<(), ClientError> {
        self.look_up(session).await?;
        self.patch(&["session", session.as_str()], json!({ "title": title })).await?.json()?;
        Ok(())
    }

    /// The session as it is then: none where it is deleted, the new one of a fork.
    pub async fn change_session(
        &self,
        session: &SessionId,
        change: &SessionChange,
    ) -> Result<Option<SessionEntry>, ClientError> {
        match change {
            SessionChange::Delete => {
                // Up to 1.14 a session that is not there is deleted with success.
                self.look_up(session).await?;
                self.delete(&["session", session.as_str()]).await?.json()?;
                Ok(None)
            }
            SessionChange::Fork { at } => {
                let body = match at {
                    Some(prompt) => self.fork_before(session, prompt).await?,
                    None => json!({}),
                };
                // Up to 1.14 a fork of what is not there is an empty session.
                self.look_up(session).await?;
                let fork = self.post(&["session", session.as_str(), "fork"], body).await?.json()?;
                Ok(wire::session(&fork))
            }
            SessionChange::Share => {
                let shared = self.post(&["session", session.as_str(), "share"], json!({})).await;
                let shared = match shared {
                    Ok(answer) => answer.json()?,
                    Err(error) => return Err(self.why_not_shared(error).await),
                };
                Ok(wire::session(&shared))
            }
            SessionChange::Unshare => {
                let known = self.get(&["session", session.as_str()], &[]).await?;
                if wire::session(&known).is_none_or(|known| known.link.is_none()) {
                    return Err(ClientError::Refused("it is not shared"));
                }
                let session = self.delete(&["session", session.as_str(), "share"]).await?.json()?;
                Ok(wire::session(&session))
            }
        }
    }

    /// opencode copies what is before a message: the prompt after the one that is to be the last. One that is not
    /// there would make it copy all.
    async fn fork_before(&self, session: &SessionId, last: &MessageId) -> Result<Value, ClientError> {
        let messages = self.get(&["session", session.as_str(), "message"], &[]).await?;
        let prompts = wire::prompts(&messages);
        let at = prompts.iter().position(|prompt| prompt.id == *last);
        let at = at.ok_or_else(|| ClientError::NotFound(format!("message {last}")))?;
        Ok(prompts.get(at + 1).map_or_else(|| json!({}), |next| json!({ "messageID": next.id.as_str() })))
    }

    /// opencode does not always say that sharing is switched off.
    async fn why_not_shared(&self, error: ClientError) -> ClientError {
        let config = self.get(&["config"], &[]).await.unwrap_or_default();
        match config.get("share").and_then(Value::as_str) {
            Some("disabled") => {
                ClientError::Refused("opencode's configuration does not allow it (`\"share\": \"disabled\"`)")
            }
            _ => error,
        }
    }
}
