//! `opencode-lsp permissions`: what opencode waits for, and the user's word on it.

use std::path::Path;

use clap::{Subcommand, ValueEnum};
use serde::Serialize;

use super::{At, MAX_SHOWN, ShellError, finish, json};
use crate::config::Overrides;
use crate::core::ids::PermissionId;
use crate::core::inert::inert;
use crate::core::permissions::label_always;
use crate::core::server::{PermissionReply, PermissionRequest};
use crate::doctor::Reached;
use crate::opencode::error::ClientError;

#[derive(Debug, clap::Args)]
pub struct Permissions {
    #[command(subcommand)]
    command: Option<PermissionCommand>,
    #[command(flatten)]
    at: At,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum PermissionCommand {
    /// Answer one
    Reply {
        /// Which one, as they are listed
        #[arg(value_name = "ID")]
        id: String,
        /// What to say; `always` covers the patterns that are listed with it
        #[arg(value_enum, value_name = "REPLY")]
        reply: Word,
        /// What opencode is to know, with `reject`
        #[arg(long, value_name = "TEXT")]
        message: Option<String>,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Word {
    Once,
    Always,
    Reject,
}

#[derive(Debug, thiserror::Error)]
enum PermissionError {
    #[error("{0}")]
    Shell(#[from] ShellError),
    #[error("there is no permission request {0}; it may have been answered elsewhere, see opencode-lsp permissions")]
    Unknown(String),
    #[error("a message goes with `reject` only; leave --message out")]
    Message,
}

/// A request as `--json` prints it.
#[derive(Serialize)]
struct Listed<'a> {
    id: &'a str,
    session: &'a str,
    /// opencode's word for it: `edit`, `bash` and so on.
    kind: &'a str,
    title: String,
    patterns: &'a [String],
    /// What *always* would allow from now on.
    always: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a Path>,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    diff: Option<&'a str>,
}

pub async fn run(overrides: Overrides, permissions: Permissions) -> u8 {
    let Permissions { command, at, json } = permissions;
    finish(match command {
        None => list(&overrides, at, json).await.map_err(PermissionError::from),
        Some(PermissionCommand::Reply { id, reply, message }) => answer(&overrides, at, &id, reply, message).await,
    })
}

async fn list(overrides: &Overrides, at: At, as_json: bool) -> Result<String, ShellError> {
    let Reached { client, root, own: _own } = at.reach(overrides).await?;
    let pending = client.permissions().await?;
    if as_json {
        let listed: Vec<Listed> = pending.iter().map(|request| listed(request, &root)).collect();
        return Ok(json(&listed));
    }
    if pending.is_empty() {
        return Ok("opencode asks for nothing.\n".to_owned());
    }
    let line = |request: &PermissionRequest| {
        let always = label_always(request);
        format!("{}  {}  [{always}]\n", inert(request.id.as_str(), 100), inert(&request.summary(&root), MAX_SHOWN))
    };
    Ok(pending.iter().map(line).collect())
}

fn listed<'a>(request: &'a PermissionRequest, root: &Path) -> Listed<'a> {
    Listed {
        id: request.id.as_str(),
        session: request.session.as_str(),
        kind: &request.permission,
        title: format!("opencode wants to {}", request.summary(root)),
        patterns: &request.patterns,
        always: &request.always,
        file: request.file.as_deref(),
        command: request.command.as_deref(),
        diff: request.diff.as_deref(),
    }
}

async fn answer(
    overrides: &Overrides,
    at: At,
    id: &str,
    word: Word,
    message: Option<String>,
) -> Result<String, PermissionError> {
    let (reply, said) = match word {
        Word::Once => (PermissionReply::Once, "Allowed once"),
        Word::Always => (PermissionReply::Always, "Allowed from now on"),
        Word::Reject => (PermissionReply::Reject, "Rejected"),
    };
    if message.is_some() && reply != PermissionReply::Reject {
        return Err(PermissionError::Message);
    }
    let Reached { client, root, own: _own } = at.reach(overrides).await?;
    let unknown = || PermissionError::Unknown(id.to_owned());
    let pending = client.permissions().await.map_err(ShellError::from)?;
    let request = pending.iter().find(|request| request.id.as_str() == id).ok_or_else(unknown)?;
    match client.reply(&PermissionId::from(id), reply, message.as_deref()).await {
        Ok(()) => Ok(format!("{said}: {}\n", inert(&request.summary(&root), MAX_SHOWN))),
        Err(ClientError::NotFound(_)) => Err(unknown()),
        Err(error) => Err(ShellError::from(error).into()),
    }
}
