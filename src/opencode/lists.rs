//! What a server has of sessions and questions, for the command line.

use super::client::Client;
use super::error::ClientError;
use super::wire;
use crate::core::ids::{MessageId, SessionId};
use crate::core::server::{PendingQuestion, SessionRecord};

impl Client {
    /// The sessions of the project that are not sub-agents', newest first.
    pub async fn sessions(&self) -> Result<Vec<SessionRecord>, ClientError> {
        let list = self.get(&["session"], &[("roots", "true")]).await?;
        Ok(wire::sessions(&list))
    }

    /// Questions of opencode's own that wait for an answer.
    pub async fn pending_questions(&self) -> Result<Vec<PendingQuestion>, ClientError> {
        let list = self.get(&["question"], &[]).await?;
        Ok(wire::questions(&list))
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
