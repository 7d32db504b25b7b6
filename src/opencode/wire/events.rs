//! Events of `/event` and the lists that say the same.

use std::path::PathBuf;

use serde_json::Value;

use super::changes::{git_unquote, tool_hint};
use super::questions::question_request;
use super::{Paths, sessions, string, strings};
use crate::core::ids::{MessageId, PartId, PermissionId, QuestionId, SessionId};
use crate::core::server::{
    Failure, Part, PartKind, PermissionRequest, ServerEvent, Status, Told, ToolCall, ToolStatus,
};
use crate::core::transcripts::shorten;

/// One event, `{type, properties}`; none where it means nothing to the bridge.
pub fn event(value: &Value, paths: &Paths) -> Option<ServerEvent> {
    let properties = value.get("properties")?;
    let session = || session_of(properties);
    match string(value, "type")? {
        "session.created" | "session.updated" => {
            let info = properties.get("info")?;
            Some(ServerEvent::Session {
                session: SessionId::from(string(info, "id")?),
                parent: string(info, "parentID").map(SessionId::from),
                title: string(info, "title").unwrap_or_default().to_owned(),
                undone: info.pointer("/revert/messageID").and_then(Value::as_str).map(MessageId::from),
            })
        }
        "session.deleted" => {
            Some(ServerEvent::SessionDeleted { session: SessionId::from(string(properties.get("info")?, "id")?) })
        }
        "session.status" => {
            let status = properties.get("status")?;
            let status = match string(status, "type")? {
                "idle" => Status::Idle,
                "retry" => Status::Retrying { message: string(status, "message").unwrap_or_default().to_owned() },
                _ => Status::Busy,
            };
            Some(ServerEvent::Status { session: session()?, status })
        }
        "session.error" => {
            Some(ServerEvent::Failed { session: session()?, failure: failure(properties.get("error")?) })
        }
        "message.updated" => message(properties.get("info")?),
        "message.removed" | "message.part.removed" => Some(ServerEvent::Removed {
            session: session()?,
            message: MessageId::from(string(properties, "messageID")?),
            part: string(properties, "partID").map(PartId::from),
        }),
        "todo.updated" => {
            Some(ServerEvent::Todos { session: session()?, todos: sessions::todos(properties.get("todos")?) })
        }
        "message.part.updated" => part(properties, paths),
        "message.part.delta" if string(properties, "field") == Some("text") => Some(ServerEvent::TextDelta {
            session: session()?,
            message: MessageId::from(string(properties, "messageID")?),
            part: PartId::from(string(properties, "partID")?),
            delta: string(properties, "delta")?.to_owned(),
        }),
        "permission.asked" => permission(properties, paths).map(ServerEvent::PermissionAsked),
        "permission.replied" => {
            // 1.1 to 1.18 say `requestID`; `permissionID` belongs to the older form of the event.
            let id = string(properties, "requestID").or_else(|| string(properties, "permissionID"))?;
            Some(ServerEvent::PermissionReplied { request: PermissionId::from(id) })
        }
        "question.asked" => question_request(properties).map(ServerEvent::QuestionAsked),
        "question.replied" | "question.rejected" => {
            Some(ServerEvent::QuestionSettled { request: QuestionId::from(string(properties, "requestID")?) })
        }
        _ => None,
    }
}

fn session_of(value: &Value) -> Option<SessionId> {
    string(value, "sessionID").map(SessionId::from)
}

fn message(info: &Value) -> Option<ServerEvent> {
    let session = session_of(info)?;
    let message = MessageId::from(string(info, "id")?);
    match string(info, "role")? {
        "user" => Some(ServerEvent::UserMessage { session, message }),
        "assistant" => Some(ServerEvent::AnswerMessage { session, message, info: sessions::answer_info(info) }),
        _ => None,
    }
}

fn part(properties: &Value, paths: &Paths) -> Option<ServerEvent> {
    let part = properties.get("part")?;
    Some(ServerEvent::Part {
        session: session_of(part).or_else(|| session_of(properties))?,
        message: MessageId::from(string(part, "messageID")?),
        part: part_of(part, paths)?,
    })
}

/// A part, of an event or of a list. None for a tool that does not say its state.
pub(super) fn part_of(part: &Value, paths: &Paths) -> Option<Part> {
    let kind = match string(part, "type")? {
        // Text that opencode adds to a prompt by itself (the file a `file` part names) is not the user's.
        "text" if part.get("synthetic").and_then(Value::as_bool) == Some(true) => PartKind::Other,
        "text" => PartKind::Text { text: string(part, "text").unwrap_or_default().to_owned() },
        "reasoning" => PartKind::Reasoning { text: string(part, "text").unwrap_or_default().to_owned() },
        "tool" => PartKind::Tool(tool(part, paths)?),
        "patch" => {
            let files = strings(part, "files").iter().filter_map(|name| patched_file(name, paths)).collect();
            PartKind::Changed { files }
        }
        _ => PartKind::Other,
    };
    Some(Part { id: PartId::from(string(part, "id")?), kind })
}

/// opencode 1.1.27 writes a non-ASCII name git-quoted behind the project's path: `/project/"\303\274.py"`.
fn patched_file(name: &str, paths: &Paths) -> Option<PathBuf> {
    let quoted = name.find("/\"").filter(|_| name.ends_with('"'));
    match quoted.and_then(|at| Some((&name[..at], git_unquote(&name[at + 1..])?))) {
        Some((folder, file)) => paths.resolve(&format!("{folder}/{file}")),
        None => paths.resolve(name),
    }
}

fn tool(part: &Value, paths: &Paths) -> Option<ToolCall> {
    let name = string(part, "tool")?.to_owned();
    let state = part.get("state")?;
    let status = match string(state, "status")? {
        "completed" => ToolStatus::Completed,
        "error" => ToolStatus::Failed,
        "running" => ToolStatus::Running,
        _ => ToolStatus::Pending,
    };
    let input = state.get("input").unwrap_or(&Value::Null);
    let file = string(input, "filePath").and_then(|path| paths.resolve(path));
    let about = file
        .as_ref()
        .map(|file| file.strip_prefix(&paths.directory).unwrap_or(file).display().to_string())
        .or_else(|| {
            let keys = ["filePath", "command", "pattern", "url", "description"];
            keys.iter().find_map(|key| string(input, key)).map(str::to_owned)
        });
    let edit = match status {
        ToolStatus::Completed => tool_hint(&name, state),
        _ => None,
    };
    // Only what has ended is shown with what came out of it.
    let output = string(state, "output").or_else(|| string(state, "error")).filter(|_| status.is_end()).map(shorten);
    let child = state.pointer("/metadata/sessionId").and_then(Value::as_str).map(SessionId::from);
    let told = Told { output, child: child.filter(|_| name == "task") };
    Some(ToolCall { name, status, about, file, edit, told })
}

/// Why a turn ended: `session.error`, or the `error` of a message.
pub(super) fn failure(error: &Value) -> Failure {
    if string(error, "name") == Some("MessageAbortedError") {
        return Failure::Aborted;
    }
    let message = error.pointer("/data/message").and_then(Value::as_str);
    let message = message.or_else(|| string(error, "message")).or_else(|| string(error, "name"));
    Failure::Error { message: message.unwrap_or("unknown error").to_owned() }
}

/// `GET /permission`.
pub fn permissions(list: &Value, paths: &Paths) -> Vec<PermissionRequest> {
    list.as_array().into_iter().flatten().filter_map(|request| permission(request, paths)).collect()
}

fn permission(value: &Value, paths: &Paths) -> Option<PermissionRequest> {
    let metadata = value.get("metadata").unwrap_or(&Value::Null);
    let patterns = strings(value, "patterns");
    let permission = string(value, "permission")?.to_owned();
    // 1.1.27 names a shell command only in its patterns.
    let command = string(metadata, "command").map(str::to_owned);
    let command = command.or_else(|| (permission == "bash").then(|| patterns.join("\n")));
    // The patterns of shell commands are commands.
    let shown = |patterns: Vec<String>| match permission.as_str() {
        "bash" => patterns,
        _ => patterns.into_iter().map(|pattern| paths.shown(pattern)).collect(),
    };
    Some(PermissionRequest {
        id: PermissionId::from(string(value, "id")?),
        session: session_of(value)?,
        file: string(metadata, "filepath").and_then(|path| paths.resolve(path)),
        diff: string(metadata, "diff").map(|diff| paths.shown_patch(diff)),
        always: shown(strings(value, "always")),
        patterns: shown(patterns),
        permission,
        command,
    })
}
