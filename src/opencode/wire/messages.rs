//! Messages: what is sent, and what a session holds.

use serde_json::{Value, json};

use super::events::failure;
use super::{Paths, string};
use crate::core::event::{RevertError, Reverted};
use crate::core::ids::MessageId;
use crate::core::server::{ModelName, PromptOptions, PromptPart, TurnRecord};

/// The body of `POST /session/:id/prompt_async`. opencode reads a `file` part's lines from disk itself.
pub fn prompt_body(parts: &[PromptPart], options: &PromptOptions, paths: &Paths) -> Value {
    let parts: Vec<Value> = parts.iter().filter_map(|part| prompt_part(part, paths)).collect();
    let mut body = json!({ "parts": parts });
    if let Some(agent) = &options.agent {
        body["agent"] = json!(agent);
    }
    if let Some(ModelName { provider, model }) = &options.model {
        body["model"] = json!({ "providerID": provider, "modelID": model });
    }
    if let Some(variant) = &options.variant {
        body["variant"] = json!(variant);
    }
    body
}

/// The body of `POST /session/:id/command`, where a model is one text.
pub fn command_body(name: &str, arguments: &str, options: &PromptOptions) -> Value {
    let mut body = json!({ "command": name, "arguments": arguments });
    if let Some(agent) = &options.agent {
        body["agent"] = json!(agent);
    }
    if let Some(model) = &options.model {
        body["model"] = json!(model.to_string());
    }
    if let Some(variant) = &options.variant {
        body["variant"] = json!(variant);
    }
    body
}

/// The body of `POST /session/:id/shell`.
pub fn shell_body(command: &str, agent: &str, options: &PromptOptions) -> Value {
    let mut body = json!({ "command": command, "agent": agent });
    if let Some(ModelName { provider, model }) = &options.model {
        body["model"] = json!({ "providerID": provider, "modelID": model });
    }
    body
}

/// The prompt that a command or shell command belongs to. A compaction is answered with `true`.
pub fn ran(answer: &Value) -> Option<MessageId> {
    let parent = answer.pointer("/info/parentID").or_else(|| answer.get("parentID"));
    parent.and_then(Value::as_str).map(MessageId::from)
}

fn prompt_part(part: &PromptPart, paths: &Paths) -> Option<Value> {
    match part {
        PromptPart::Text(text) => Some(json!({ "type": "text", "text": text })),
        PromptPart::File { path, name, lines } => {
            let mut url = paths.file_url(path)?;
            if let Some((first, last)) = lines {
                url.query_pairs_mut().append_pair("start", &first.to_string()).append_pair("end", &last.to_string());
            }
            Some(json!({ "type": "file", "mime": "text/plain", "filename": name, "url": url.as_str() }))
        }
        PromptPart::Agent(name) => Some(json!({ "type": "agent", "name": name })),
    }
}

/// The session that `POST /session/:id/revert` answers. An unknown prompt is answered with 200, too.
pub fn reverted(session: &Value, prompt: &MessageId) -> Result<Reverted, RevertError> {
    let revert = session.get("revert").filter(|revert| string(revert, "messageID") == Some(prompt.as_str()));
    let revert = revert.ok_or(RevertError::Unknown)?;
    Ok(if string(revert, "snapshot").is_some() { Reverted::Files } else { Reverted::MessagesOnly })
}

/// One prompt's part of `GET /session/:id/message`, found by its id, else as the newest with this text.
pub fn turn(messages: &Value, prompt: Option<&MessageId>, text: &str, taken: &[MessageId]) -> TurnRecord {
    let empty = Vec::new();
    let messages = messages.as_array().unwrap_or(&empty);
    let is_prompt = |message: &&Value| {
        let id = message.pointer("/info/id").and_then(Value::as_str);
        let user = message.pointer("/info/role").and_then(Value::as_str) == Some("user");
        user && match prompt {
            Some(prompt) => id == Some(prompt.as_str()),
            None => texts(message).first() == Some(&text) && !taken.iter().any(|taken| id == Some(taken.as_str())),
        }
    };
    let Some(at) = messages.iter().rposition(|message| is_prompt(&message)) else {
        return TurnRecord::default();
    };
    let id = messages[at].pointer("/info/id").and_then(Value::as_str).map(MessageId::from);
    let later: Vec<&Value> = messages[at + 1..]
        .iter()
        .filter(|message| message.pointer("/info/role").and_then(Value::as_str) == Some("assistant"))
        .collect();
    let own: Vec<&Value> = later
        .iter()
        .filter(|message| {
            message.pointer("/info/parentID").and_then(Value::as_str) == id.as_ref().map(MessageId::as_str)
        })
        .copied()
        .collect();
    // Prompts that waited in opencode's queue are answered together, as children of the last.
    let answers = if own.is_empty() { later } else { own };
    let last_error = answers.last().and_then(|message| message.pointer("/info/error"));
    let mut said: Vec<String> = answers.iter().flat_map(|message| texts(message)).map(str::to_owned).collect();
    if said.is_empty() && texts(&messages[at]).is_empty() {
        // A shell command of the user's: its output is the answer.
        said.extend(answers.iter().flat_map(|message| outputs(message)).map(str::to_owned));
    }
    TurnRecord {
        prompt: id,
        texts: said,
        failure: last_error.filter(|error| !error.is_null()).map(failure),
        answered: !answers.is_empty(),
        complete: answers.last().is_some_and(|message| message.pointer("/info/time/completed").is_some()),
        busy: false,
        gone: false,
    }
}

/// What tools printed.
fn outputs(message: &Value) -> impl Iterator<Item = &str> {
    let parts = message.get("parts").and_then(Value::as_array);
    let outputs = parts.into_iter().flatten().filter_map(|part| part.pointer("/state/output").and_then(Value::as_str));
    outputs.filter(|output| !output.trim().is_empty())
}

/// The texts of a message, without those that opencode added.
pub(super) fn texts(message: &Value) -> Vec<&str> {
    let parts = message.get("parts").and_then(Value::as_array);
    parts
        .into_iter()
        .flatten()
        .filter(|part| string(part, "type") == Some("text"))
        .filter(|part| part.get("synthetic").and_then(Value::as_bool) != Some(true))
        .filter_map(|part| string(part, "text"))
        .filter(|text| !text.trim().is_empty())
        .collect()
}
