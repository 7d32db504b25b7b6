//! Whole sessions, for their transcripts.

use serde_json::Value;

use super::client::Client;
use super::error::ClientError;
use super::wire;
use crate::core::ids::SessionId;
use crate::core::server::SessionRecord;

impl Client {
    /// A session with all its messages; without an id the newest of the project. None where there is none.
    pub async fn session(&self, session: Option<&SessionId>) -> Result<Option<SessionRecord>, ClientError> {
        let info = match session {
            Some(session) => self.get(&["session", session.as_str()], &[]).await?,
            None => {
                let list = self.get(&["session"], &[]).await?;
                match wire::newest(&list) {
                    Some(session) => session.clone(),
                    None => return Ok(None),
                }
            }
        };
        let text = |key: &str| info.get(key).and_then(Value::as_str);
        let id = text("id").ok_or_else(|| ClientError::NotOpencode("a session without an id".to_owned()))?;
        let paths = self.paths().clone();
        let url = self.route(&["session", id, "message"], &[]);
        let messages = self.stream(url, move |body| wire::messages(body, &paths)).await?.unwrap_or_default();
        // What it has left to do is worth less than what it said.
        let todos = self.get(&["session", id, "todo"], &[]).await.unwrap_or_default();
        Ok(Some(SessionRecord {
            session: SessionId::from(id),
            parent: text("parentID").map(SessionId::from),
            title: text("title").unwrap_or_default().to_owned(),
            messages: messages.all,
            cut: messages.cut,
            todos: wire::todos(&todos),
        }))
    }
}
