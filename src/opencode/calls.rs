//! Performs the core's [`ServerCall`]s. Each ends in one [`ServerReply`], connected or not.

use super::client::Client;
use super::error::ClientError;
use crate::core::effect::ServerCall;
use crate::core::event::{ReplyError, RevertError, SendError, ServerReply};
use crate::core::ids::{MessageId, SessionId};
use crate::core::runs::Run;
use crate::core::server::{PromptOptions, PromptPart};

/// Performs one call; without a client it fails as not connected.
pub async fn perform(call: ServerCall, client: Option<Client>) -> ServerReply {
    let client = || client.as_ref().ok_or(ClientError::NotConnected);
    match call {
        ServerCall::CreateSession { draft } => {
            let result = async { client()?.create_session().await }.await.map_err(say);
            ServerReply::SessionCreated { draft, result }
        }
        ServerCall::Prompt { draft, session, parts, options } => {
            let result = match client() {
                Ok(client) => prompt(client, &session, &parts, &options).await,
                Err(_) => Err(SendError::NotConnected),
            };
            ServerReply::Prompted { draft, result }
        }
        ServerCall::Run { draft, session, run, options } => {
            let result = match client() {
                Ok(client) => self::run(client, &session, &run, &options).await,
                Err(_) => Err(SendError::NotConnected),
            };
            ServerReply::Ran { draft, result }
        }
        ServerCall::FetchTurn { draft, session, prompt, text, taken } => {
            let result = async { client()?.turn(&session, prompt.as_ref(), &text, &taken).await }.await.map_err(say);
            ServerReply::Turn { draft, result }
        }
        ServerCall::FetchDiff { session, prompt, explained } => {
            let result = async { client()?.diff(&session, &prompt, explained).await }.await.map_err(say);
            ServerReply::Diff { session, prompt, result }
        }
        ServerCall::FetchUncommitted { draft } => {
            let result = async { client()?.uncommitted().await }.await.map_err(say);
            ServerReply::Uncommitted { draft, result }
        }
        ServerCall::FetchPermissions { known } => {
            let result = async { client()?.permissions().await }.await.map_err(say);
            ServerReply::Permissions { known, result }
        }
        ServerCall::Reply { id, reply, message } => {
            let result = async { client()?.reply(&id, reply, message.as_deref()).await }.await;
            ServerReply::Replied { id, reply, result: result.map_err(reply_error) }
        }
        ServerCall::FetchQuestions { known } => {
            let result = async { client()?.questions().await }.await.map_err(say);
            ServerReply::Questions { known, result }
        }
        ServerCall::ReplyQuestion { id, answers } => {
            let result = async { client()?.reply_question(&id, answers.as_deref()).await }.await;
            ServerReply::QuestionReplied { id, result: result.map_err(reply_error) }
        }
        ServerCall::Abort { session } => {
            let result = async { client()?.abort(&session).await }.await.map_err(say);
            ServerReply::Aborted { session, result }
        }
        ServerCall::Revert { session, prompt } => {
            let result = match client() {
                Ok(client) => client.revert(&session, &prompt).await,
                Err(error) => Err(RevertError::Other(error.to_string())),
            };
            ServerReply::Reverted { session, prompt, result }
        }
        ServerCall::Unrevert { session } => {
            let result = match client() {
                Ok(client) => client.unrevert(&session).await,
                Err(error) => Err(RevertError::Other(error.to_string())),
            };
            ServerReply::Unreverted { session, result }
        }
        ServerCall::RenameSession { session, title } => {
            let result = async { client()?.rename_session(&session, &title).await }.await.map_err(say);
            ServerReply::SessionChanged { what: "renamed", result }
        }
        ServerCall::ChangeSession { session, change } => {
            let result = async { client()?.change_session(&session, &change).await }.await.map_err(say);
            ServerReply::SessionDone { session, change, result }
        }
        ServerCall::Manage { what } => {
            let result = async { client()?.manage(&what).await }.await.map_err(say);
            ServerReply::Managed { what, result }
        }
        ServerCall::FetchList { list, why } => {
            let result = async { client()?.list(&list).await }.await.map_err(say);
            ServerReply::Listed { why, result }
        }
        ServerCall::Find { search, query, symbols } => {
            let result = async { client()?.find(&query, symbols).await }.await.map_err(say);
            ServerReply::Found { search, result }
        }
        ServerCall::FetchSession { session, show } => {
            let result = async { client()?.session(session.as_ref()).await }.await.map_err(say);
            ServerReply::Session { session, show, result }
        }
        ServerCall::Append { text } => {
            let result = async { client()?.append_prompt(&text).await }.await.map_err(say);
            ServerReply::Tui { what: "extended", result }
        }
        ServerCall::AppendAndSubmit { text } => {
            let result = async {
                let client = client()?;
                client.append_prompt(&text).await?;
                client.submit_prompt().await
            };
            ServerReply::Tui { what: "extended and submitted", result: result.await.map_err(say) }
        }
        ServerCall::SubmitTui => {
            let result = async { client()?.submit_prompt().await }.await.map_err(say);
            ServerReply::Tui { what: "submitted", result }
        }
        ServerCall::ClearTui => {
            let result = async { client()?.clear_prompt().await }.await.map_err(say);
            ServerReply::Tui { what: "cleared", result }
        }
    }
}

/// Whether a session can be asked with these options. However this fails, nothing has been sent.
async fn prepare(client: &Client, session: &SessionId, options: &PromptOptions) -> Result<(), SendError> {
    client.look_up(session).await.map_err(|error| match error {
        ClientError::NotFound(_) => SendError::Gone(error.to_string()),
        other => SendError::Refused(other.to_string()),
    })?;
    match client.missing(options).await {
        Ok(None) => Ok(()),
        Ok(Some(missing)) => Err(SendError::Missing(missing)),
        Err(error) => Err(SendError::Refused(error.to_string())),
    }
}

async fn run(
    client: &Client,
    session: &SessionId,
    run: &Run,
    options: &PromptOptions,
) -> Result<Option<MessageId>, SendError> {
    prepare(client, session, options).await?;
    client.run(session, run, options).await.map_err(|error| match error {
        // It was answered, so it is over.
        ClientError::Status { .. } => SendError::Refused(error.to_string()),
        other => send_error(other),
    })
}

async fn prompt(
    client: &Client,
    session: &SessionId,
    parts: &[PromptPart],
    options: &PromptOptions,
) -> Result<(), SendError> {
    prepare(client, session, options).await?;
    client.prompt(session, parts, options).await.map_err(send_error)
}

fn send_error(error: ClientError) -> SendError {
    match error {
        ClientError::NotFound(_) => SendError::Gone(error.to_string()),
        _ if error.is_refusal() => SendError::Refused(error.to_string()),
        _ => SendError::Unclear(error.to_string()),
    }
}

fn reply_error(error: ClientError) -> ReplyError {
    match error {
        ClientError::NotFound(_) => ReplyError::Gone,
        other => ReplyError::Other(other.to_string()),
    }
}

fn say(error: ClientError) -> String {
    error.to_string()
}
