//! Requests about questions of opencode's `question` tool.

use serde_json::json;

use super::client::Client;
use super::error::ClientError;
use super::wire;
use crate::core::ids::QuestionId;
use crate::core::server::QuestionRequest;

impl Client {
    pub async fn questions(&self) -> Result<Vec<QuestionRequest>, ClientError> {
        Ok(wire::questions(&self.get(&["question"], &[]).await?))
    }

    /// The same where a server without that route must not be one without everything else.
    pub async fn questions_if_known(&self) -> Result<Vec<QuestionRequest>, ClientError> {
        match self.questions().await {
            Err(error @ (ClientError::NotFound(_) | ClientError::NotOpencode(_) | ClientError::Status { .. })) => {
                tracing::info!(%error, "the server tells no questions");
                Ok(Vec::new())
            }
            other => other,
        }
    }

    /// Answers in the questions' order, or rejects. Up to 1.14 an answer to an unknown question is a success
    /// too, so the question is looked up first.
    pub async fn reply_question(&self, id: &QuestionId, answers: Option<&[Vec<String>]>) -> Result<(), ClientError> {
        if !self.is_asked(id).await? {
            return Err(ClientError::NotFound(format!("question {id}")));
        }
        let sent = match answers {
            Some(answers) => self.post(&["question", id.as_str(), "reply"], json!({ "answers": answers })).await,
            None => self.post(&["question", id.as_str(), "reject"], json!({})).await,
        };
        match sent {
            Ok(_) => Ok(()),
            // It may have arrived although nothing came back.
            Err(error) if !error.is_refusal() && matches!(self.is_asked(id).await, Ok(false)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn is_asked(&self, id: &QuestionId) -> Result<bool, ClientError> {
        Ok(self.questions().await?.iter().any(|request| request.id == *id))
    }
}
