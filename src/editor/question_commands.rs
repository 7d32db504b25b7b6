//! `opencode.question.*`: the argument of each, as JSON.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::commands::{BadCall, required};
use crate::core::command::{Command, QuestionAct};
use crate::core::ids::QuestionId;

#[derive(Debug, Serialize, Deserialize)]
struct QuestionArgument {
    id: String,
    /// Which question of the request, 0-based.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    question: Option<usize>,
    /// Which of its options, 0-based.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    option: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answers: Option<Vec<Vec<String>>>,
}

const EXAMPLE: &str = r#"{"id": "que_…", "question": 0, "option": 1}"#;
const REPLY_EXAMPLE: &str = r#"{"id": "que_…", "answers": [["Yes"]]}"#;

/// Reads a call; none where no such command is known. Without an argument all open questions are asked again.
pub fn from_json(name: &str, argument: Value) -> Option<Result<Command, BadCall>> {
    let act: fn(QuestionArgument) -> Result<QuestionAct, &'static str> = match name {
        "opencode.question.show" => |_| Ok(QuestionAct::Show),
        "opencode.question.pick" => |argument| {
            let option = argument.option.ok_or("`option` is missing")?;
            Ok(QuestionAct::Pick { question: argument.question.unwrap_or(0), option })
        },
        "opencode.question.write" => {
            |argument| Ok(QuestionAct::Write { question: argument.question.unwrap_or(0), text: argument.text })
        }
        "opencode.question.done" => |argument| Ok(QuestionAct::Done { question: argument.question.unwrap_or(0) }),
        "opencode.question.reply" => |argument| {
            let answers = argument.answers.ok_or("`answers` is missing")?;
            Ok(QuestionAct::Reply { answers })
        },
        "opencode.question.reject" => |_| Ok(QuestionAct::Reject),
        _ => return None,
    };
    if argument.is_null() {
        return Some(Ok(Command::RecallQuestions));
    }
    let example = if name == "opencode.question.reply" { REPLY_EXAMPLE } else { EXAMPLE };
    Some(required::<QuestionArgument>(name, argument, example).and_then(|argument| {
        let id = QuestionId::from(argument.id.as_str());
        let refused =
            |problem: &str| BadCall::Argument { command: name.to_owned(), problem: problem.to_owned(), example };
        Ok(Command::Question { id, act: act(argument).map_err(refused)? })
    }))
}

/// Writes a call as a code action carries it.
pub fn to_json(id: &QuestionId, act: &QuestionAct) -> (&'static str, Option<Value>) {
    let id = id.as_str();
    match act {
        QuestionAct::Show => ("opencode.question.show", Some(json!({ "id": id }))),
        QuestionAct::Pick { question, option } => {
            ("opencode.question.pick", Some(json!({ "id": id, "question": question, "option": option })))
        }
        QuestionAct::Write { question, text } => {
            ("opencode.question.write", Some(json!({ "id": id, "question": question, "text": text })))
        }
        QuestionAct::Done { question } => ("opencode.question.done", Some(json!({ "id": id, "question": question }))),
        QuestionAct::Reply { answers } => ("opencode.question.reply", Some(json!({ "id": id, "answers": answers }))),
        QuestionAct::Reject => ("opencode.question.reject", Some(json!({ "id": id }))),
    }
}
