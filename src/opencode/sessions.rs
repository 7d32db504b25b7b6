//! Requests about sessions as such.

use serde_json::json;

use super::client::Client;
use super::error::ClientError;
use crate::core::ids::SessionId;

impl Client {
    /// Up to 1.14 a session that is not there is no error, so it is looked up first.
    pub async fn rename_session(&self, session: &SessionId, title: &str) -> Result<(), ClientError> {
        self.look_up(session).await?;
        self.patch(&["session", session.as_str()], json!({ "title": title })).await?.json()?;
        Ok(())
    }
}
