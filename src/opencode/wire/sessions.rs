//! Whole sessions: `GET /session/:id/message` and `/session/:id/todo`.

use std::collections::VecDeque;
use std::io::{BufReader, Read};

use serde::Deserializer;
use serde::de::{SeqAccess, Visitor};
use serde_json::Value;

use super::events::{failure, part_of};
use super::{Paths, string};
use crate::core::ids::MessageId;
use crate::core::server::{AnswerInfo, Author, Part, PartKind, RecordedMessage, Todo, TodoStatus, Usage};

/// How much of a session's texts is kept, in bytes: more than a transcript shows of it.
const MAX_TEXT: usize = 8 << 20;

/// The messages of a session, in order.
#[derive(Debug, Default)]
pub struct Messages {
    pub all: Vec<RecordedMessage>,
    /// Earlier ones were left out.
    pub cut: bool,
}

/// `GET /session/:id/message`, read one message at a time: together they may be large.
/// Fails where the answer is no list, is malformed, or breaks off.
pub fn messages(answer: impl Read, paths: &Paths) -> Result<Messages, serde_json::Error> {
    let mut json = serde_json::Deserializer::from_reader(BufReader::with_capacity(64 * 1024, answer));
    let messages = json.deserialize_seq(List { paths })?;
    json.end()?;
    Ok(messages)
}

struct List<'a> {
    paths: &'a Paths,
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = Messages;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of messages")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut kept: VecDeque<(usize, RecordedMessage)> = VecDeque::new();
        let (mut total, mut cut) = (0, false);
        while let Some(message) = list.next_element::<Value>()? {
            let Some(message) = recorded(&message, self.paths) else {
                continue;
            };
            let length = message.parts.iter().map(length).sum();
            total += length;
            kept.push_back((length, message));
            while total > MAX_TEXT && kept.len() > 1 {
                total -= kept.pop_front().map_or(0, |(length, _)| length);
                cut = true;
            }
        }
        Ok(Messages { all: kept.into_iter().map(|(_, message)| message).collect(), cut })
    }
}

fn recorded(message: &Value, paths: &Paths) -> Option<RecordedMessage> {
    let info = message.get("info")?;
    let author = match string(info, "role")? {
        "user" => Author::User,
        "assistant" => Author::Model(answer_info(info)),
        _ => return None,
    };
    let parts = message.get("parts").and_then(Value::as_array).into_iter().flatten();
    let parts = parts.filter_map(|part| part_of(part, paths)).filter_map(shown).collect();
    Some(RecordedMessage { id: MessageId::from(string(info, "id")?), author, parts })
}

/// A part without what only a change on its way needs, which may be all the text of a file.
fn shown(part: Part) -> Option<Part> {
    match part.kind {
        PartKind::Tool(mut tool) => {
            tool.edit = None;
            Some(Part { kind: PartKind::Tool(tool), ..part })
        }
        PartKind::Text { .. } | PartKind::Reasoning { .. } => Some(part),
        PartKind::Changed { .. } | PartKind::Other => None,
    }
}

fn length(part: &Part) -> usize {
    match &part.kind {
        PartKind::Text { text } | PartKind::Reasoning { text } => text.len(),
        PartKind::Tool(tool) => 200 + tool.told.output.as_ref().map_or(0, String::len),
        PartKind::Changed { .. } | PartKind::Other => 0,
    }
}

/// The `info` of a message of the model's.
pub(super) fn answer_info(info: &Value) -> AnswerInfo {
    let tokens = |path: &str| {
        let tokens = info.pointer(&format!("/tokens/{path}"));
        tokens.and_then(|tokens| tokens.as_u64().or_else(|| tokens.as_f64().map(|tokens| tokens as u64)))
    };
    AnswerInfo {
        prompt: string(info, "parentID").map(MessageId::from),
        usage: Usage {
            input: tokens("input").unwrap_or_default(),
            output: tokens("output").unwrap_or_default(),
            reasoning: tokens("reasoning").unwrap_or_default(),
            cache_read: tokens("cache/read").unwrap_or_default(),
            cache_write: tokens("cache/write").unwrap_or_default(),
            cost: info.get("cost").and_then(Value::as_f64).unwrap_or_default(),
        },
        failure: info.get("error").filter(|error| !error.is_null()).map(failure),
    }
}

/// `GET /session/:id/todo`, and the same list of an event.
pub fn todos(list: &Value) -> Vec<Todo> {
    let todo = |todo: &Value| {
        let status = match string(todo, "status")? {
            "completed" => TodoStatus::Completed,
            "in_progress" => TodoStatus::InProgress,
            "cancelled" => TodoStatus::Cancelled,
            _ => TodoStatus::Pending,
        };
        Some(Todo { text: string(todo, "content")?.to_owned(), status })
    };
    list.as_array().into_iter().flatten().filter_map(todo).collect()
}

/// The session of `GET /session` that changed last, sub-agents' left out.
pub fn newest(list: &Value) -> Option<&Value> {
    let sessions = list.as_array()?.iter().filter(|session| string(session, "parentID").is_none());
    sessions.max_by_key(|session| session.pointer("/time/updated").and_then(Value::as_u64))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn paths() -> Paths {
        Paths { directory: "/p".into(), worktree: None, real: None, map: crate::opencode::path_map::PathMap::default() }
    }

    fn message(id: &str, role: &str, parts: &Value) -> Value {
        json!({"info": {"id": id, "role": role, "parentID": "msg_1", "cost": 0.5,
            "tokens": {"input": 10, "output": 5, "reasoning": 1, "cache": {"read": 7, "write": 2}}}, "parts": parts})
    }

    #[test]
    fn a_session_is_read() {
        let state = json!({"status": "completed", "input": {"prompt": "x", "description": "look"}, "output": "out",
            "metadata": {"sessionId": "ses_2"}});
        let list = json!([
            message("msg_1", "user", &json!([{"id": "prt_1", "type": "text", "text": "Why?"},
                {"id": "prt_2", "type": "text", "text": "the file", "synthetic": true}])),
            message("msg_2", "assistant", &json!([{"id": "prt_3", "type": "reasoning", "text": "hm"},
                {"id": "prt_4", "type": "step-start"}, {"id": "prt_5", "type": "tool", "tool": "task", "state": state}])),
            {"info": {"id": "msg_3", "role": "nobody"}},
        ]);
        let read = messages(list.to_string().as_bytes(), &paths()).expect("a list");
        assert!(!read.cut);
        assert_eq!(read.all.len(), 2);
        assert_eq!((read.all[0].author.clone(), read.all[0].parts.len()), (Author::User, 1));
        let Author::Model(info) = &read.all[1].author else {
            panic!("no answer");
        };
        let usage = Usage { input: 10, output: 5, reasoning: 1, cache_read: 7, cache_write: 2, cost: 0.5 };
        assert_eq!((info.usage, info.prompt.as_ref().map(MessageId::as_str)), (usage, Some("msg_1")));
        let PartKind::Tool(tool) = &read.all[1].parts[1].kind else {
            panic!("no tool");
        };
        assert_eq!(tool.told.output.as_deref(), Some("out\n"));
        assert_eq!(tool.told.child.as_ref().map(|child| child.as_str()), Some("ses_2"));
    }

    #[test]
    fn of_a_very_long_session_the_newest_is_kept() {
        let text = "x".repeat(MAX_TEXT / 4);
        let part = |id: usize| json!([{"id": format!("prt_{id}"), "type": "text", "text": text}]);
        let list: Vec<Value> = (0..6).map(|id| message(&format!("msg_{id}"), "assistant", &part(id))).collect();
        let read = messages(json!(list).to_string().as_bytes(), &paths()).expect("a list");
        assert!(read.cut);
        let ids: Vec<&str> = read.all.iter().map(|message| message.id.as_str()).collect();
        assert_eq!(ids, ["msg_2", "msg_3", "msg_4", "msg_5"]);
        assert!(messages(&b"[{"[..], &paths()).is_err());
    }

    #[test]
    fn the_newest_session_is_nobody_s_sub_agent() {
        let list = json!([{"id": "a", "time": {"updated": 1}}, {"id": "b", "time": {"updated": 3}},
            {"id": "c", "parentID": "b", "time": {"updated": 4}}]);
        assert_eq!(newest(&list).and_then(|session| string(session, "id")), Some("b"));
        assert_eq!(newest(&json!([])), None);
    }
}
