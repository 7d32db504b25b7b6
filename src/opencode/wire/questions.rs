//! `question.asked`, and `GET /question` with the same in a list.

use serde_json::Value;

use super::string;
use crate::core::ids::{QuestionId, SessionId};
use crate::core::server::{Question, QuestionOption, QuestionRequest};

/// `GET /question`.
pub fn questions(list: &Value) -> Vec<QuestionRequest> {
    list.as_array().into_iter().flatten().filter_map(question_request).collect()
}

pub(super) fn question_request(value: &Value) -> Option<QuestionRequest> {
    Some(QuestionRequest {
        id: QuestionId::from(string(value, "id")?),
        session: SessionId::from(string(value, "sessionID")?),
        questions: value.get("questions")?.as_array()?.iter().map(question).collect(),
    })
}

fn question(value: &Value) -> Question {
    let flag = |key: &str| value.get(key).and_then(Value::as_bool);
    let text = |value: &Value, key: &str| string(value, key).unwrap_or_default().to_owned();
    let option =
        |option: &Value| QuestionOption { label: text(option, "label"), description: text(option, "description") };
    let options = value.get("options").and_then(Value::as_array);
    Question {
        header: text(value, "header"),
        text: text(value, "question"),
        options: options.into_iter().flatten().map(option).collect(),
        multiple: flag("multiple").unwrap_or(false),
        custom: flag("custom").unwrap_or(true),
    }
}
