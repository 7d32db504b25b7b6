//! The commands about sessions, who answers in them, what is run in them, and opencode itself.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::commands::{BadCall, read};
use crate::core::command::Command;
use crate::core::ids::{MessageId, SessionId};

const MCP: &str = r#"{"server": "docs", "connect": true}"#;
const RUN: &str = r#"{"command": "review", "arguments": "", "agent": "plan", "model": "provider/model"}"#;
pub(super) const SESSION: &str = r#"{"session": "ses_…", "title": "Parser"}"#;

pub(super) fn from_json(name: &str, argument: Value) -> Result<Command, BadCall> {
    Ok(match name {
        "opencode.init" => Command::Init,
        "opencode.info" => Command::ShowInfo,
        "opencode.mcp" => {
            let McpArgument { server, connect } = read(name, argument, MCP)?;
            Command::Mcp { server, connect }
        }
        name if name.starts_with("opencode.session.") => of_session(name, argument)?,
        name => of_run(name, argument)?,
    })
}

/// Of a command about a session.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct SessionArgument {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub confirmed: bool,
}

impl SessionArgument {
    pub fn of(session: Option<&SessionId>) -> Self {
        Self { session: session.map(SessionId::to_string), ..Self::default() }
    }

    pub fn json(session: Option<&SessionId>) -> Option<Value> {
        Some(json!(Self::of(Some(session?))))
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct McpArgument {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect: Option<bool>,
}

/// Of a command that chooses or runs something by name.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct RunArgument {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arguments: Option<String>,
}

fn of_run(name: &str, argument: Value) -> Result<Command, BadCall> {
    let RunArgument { agent, model, variant, command, arguments } = read(name, argument, RUN)?;
    Ok(match name {
        "opencode.agent" => Command::ChooseAgent { agent },
        "opencode.model" => Command::ChooseModel { model },
        "opencode.variant" => Command::ChooseVariant { variant },
        "opencode.command" => Command::RunCommand { command, arguments },
        "opencode.shell" => Command::RunShell { command },
        other => return Err(BadCall::Unknown(other.to_owned())),
    })
}

/// `opencode.session.…`.
fn of_session(name: &str, argument: Value) -> Result<Command, BadCall> {
    let SessionArgument { session, title, message, confirmed } = read(name, argument, SESSION)?;
    let session = session.map(SessionId::from);
    Ok(match name {
        "opencode.session.new" => Command::NewSession,
        "opencode.session.rename" => Command::RenameSession { session, title },
        "opencode.session.switch" => Command::SwitchSession { session },
        "opencode.session.delete" => Command::DeleteSession { session, confirmed },
        "opencode.session.fork" => Command::ForkSession { session, at: message.map(MessageId::from) },
        "opencode.session.children" => Command::ShowChildren { session },
        "opencode.session.share" => Command::ShareSession { session },
        "opencode.session.compact" => Command::Compact,
        "opencode.session.unshare" => Command::UnshareSession { session },
        other => return Err(BadCall::Unknown(other.to_owned())),
    })
}
