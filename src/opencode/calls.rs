//! Performs the core's [`ServerCall`]s. Each ends in one [`ServerReply`], connected or not.

use super::client::Client;
use super::error::ClientError;
use crate::core::effect::ServerCall;
use crate::core::event::{ReplyError, RevertError, SendError, ServerReply};
use crate::core::ids::SessionId;
use crate::core::server::PromptPart;

const NOT_CONNECTED: &str = "opencode is not connected";

/// Performs one call; without a client it fails as not connected.
pub async fn perform(call: ServerCall, client: Option<Client>) -> ServerReply {
    let Some(client) = client else {
        return not_connected(call);
    };
    match call {
        ServerCall::CreateSession { draft } => {
            ServerReply::SessionCreated { draft, result: client.create_session().await.map_err(say) }
        }
        ServerCall::Prompt { draft, session, parts } => {
            ServerReply::Prompted { draft, result: prompt(&client, &session, &parts).await }
        }
        ServerCall::FetchTurn { draft, session, prompt, text, taken } => {
            let result = client.turn(&session, prompt.as_ref(), &text, &taken).await.map_err(say);
            ServerReply::Turn { draft, result }
        }
        ServerCall::FetchDiff { session, prompt, explained } => {
            let result = client.diff(&session, &prompt, explained).await.map_err(say);
            ServerReply::Diff { session, prompt, result }
        }
        ServerCall::FetchPermissions { known } => {
            ServerReply::Permissions { known, result: client.permissions().await.map_err(say) }
        }
        ServerCall::Reply { id, reply, message } => {
            let result = client.reply(&id, reply, message.as_deref()).await.map_err(|error| match error {
                ClientError::NotFound(_) => ReplyError::Gone,
                other => ReplyError::Other(other.to_string()),
            });
            ServerReply::Replied { id, reply, result }
        }
        ServerCall::Abort { session } => {
            let result = client.abort(&session).await.map_err(say);
            ServerReply::Aborted { session, result }
        }
        ServerCall::Revert { session, prompt } => {
            let result = client.revert(&session, &prompt).await;
            ServerReply::Reverted { session, prompt, result }
        }
        ServerCall::Unrevert { session } => {
            let result = client.unrevert(&session).await;
            ServerReply::Unreverted { session, result }
        }
        ServerCall::FetchSession { session, show } => {
            let result = client.session(session.as_ref()).await.map_err(say);
            ServerReply::Session { session, show, result }
        }
        ServerCall::Append { text } => {
            ServerReply::Tui { what: "extended", result: client.append_prompt(&text).await.map_err(say) }
        }
        ServerCall::SubmitTui => {
            ServerReply::Tui { what: "submitted", result: client.submit_prompt().await.map_err(say) }
        }
        ServerCall::ClearTui => ServerReply::Tui { what: "cleared", result: client.clear_prompt().await.map_err(say) },
    }
}

async fn prompt(client: &Client, session: &SessionId, parts: &[PromptPart]) -> Result<(), SendError> {
    client.look_up(session).await.map_err(|error| match error {
        ClientError::NotFound(_) => SendError::Gone(error.to_string()),
        // However it failed, the prompt has not been sent.
        other => SendError::Refused(other.to_string()),
    })?;
    client.prompt(session, parts).await.map_err(send_error)
}

fn send_error(error: ClientError) -> SendError {
    match error {
        ClientError::NotFound(_) => SendError::Gone(error.to_string()),
        _ if error.is_refusal() => SendError::Refused(error.to_string()),
        _ => SendError::Unclear(error.to_string()),
    }
}

fn say(error: ClientError) -> String {
    error.to_string()
}

fn not_connected(call: ServerCall) -> ServerReply {
    let problem = || NOT_CONNECTED.to_owned();
    match call {
        ServerCall::CreateSession { draft } => ServerReply::SessionCreated { draft, result: Err(problem()) },
        ServerCall::Prompt { draft, .. } => ServerReply::Prompted { draft, result: Err(SendError::NotConnected) },
        ServerCall::FetchTurn { draft, .. } => ServerReply::Turn { draft, result: Err(problem()) },
        ServerCall::FetchDiff { session, prompt, .. } => ServerReply::Diff { session, prompt, result: Err(problem()) },
        ServerCall::FetchPermissions { known } => ServerReply::Permissions { known, result: Err(problem()) },
        ServerCall::Reply { id, reply, .. } => {
            ServerReply::Replied { id, reply, result: Err(ReplyError::Other(problem())) }
        }
        ServerCall::Abort { session } => ServerReply::Aborted { session, result: Err(problem()) },
        ServerCall::Revert { session, prompt } => {
            ServerReply::Reverted { session, prompt, result: Err(RevertError::Other(problem())) }
        }
        ServerCall::Unrevert { session } => {
            ServerReply::Unreverted { session, result: Err(RevertError::Other(problem())) }
        }
        ServerCall::FetchSession { session, show } => ServerReply::Session { session, show, result: Err(problem()) },
        ServerCall::Append { .. } => ServerReply::Tui { what: "extended", result: Err(problem()) },
        ServerCall::SubmitTui => ServerReply::Tui { what: "submitted", result: Err(problem()) },
        ServerCall::ClearTui => ServerReply::Tui { what: "cleared", result: Err(problem()) },
    }
}
