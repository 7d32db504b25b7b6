//! What the model is to answer to a request.

use serde_json::Value;

/// The line that makes the [`Model`](crate::Model) do these steps when it stands in a prompt.
///
/// `steps` is an array of objects, one for each answer of the model, in order:
///
/// - `{"say": "text"}` streams the text, word by word, and ends the turn.
/// - `{"tool": "edit", "input": {…}}` calls a tool; `{"tools": [{"tool": …, "input": …}, …]}`
///   calls several at once. A `say` beside it comes first.
/// - `{"gate": "name", …}` with `say` streams the first word and holds the rest back until
///   [`Model::open`](crate::Model::open); with only a tool it holds back the call.
/// - `{"fail": "message"}` is an HTTP error 400. It leaves no trace in the conversation, so
///   that asking again fails again, until a prompt brings another script.
///
/// # Panics
/// When `steps` is not an array.
#[must_use]
pub fn script(steps: Value) -> String {
    assert!(steps.is_array(), "a script is an array of steps: {steps}");
    format!("{PREFIX}{steps}")
}

const PREFIX: &str = "script: ";

/// One answer of the model.
#[derive(Debug, PartialEq)]
pub(crate) enum Answer {
    /// An HTTP error.
    Fail(String),
    /// A streamed message.
    Message(Message),
}

/// A streamed message.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Message {
    pub(crate) say: String,
    pub(crate) gate: Option<String>,
    pub(crate) calls: Vec<Call>,
}

/// One call of a tool.
#[derive(Debug, PartialEq)]
pub(crate) struct Call {
    pub(crate) tool: String,
    pub(crate) input: Value,
}

/// Whether a request is part of a turn. One that offers no tools wants a title or a summary.
pub(crate) fn is_turn(request: &Value) -> bool {
    request["tools"].as_array().is_some_and(|tools| !tools.is_empty())
}

/// The answer to a request; `otherwise` are the steps of a conversation without a script.
pub(crate) fn answer(request: &Value, otherwise: Option<&[Value]>) -> Answer {
    if !is_turn(request) {
        return say("A scripted session");
    }
    let none = Vec::new();
    let messages = request["messages"].as_array().unwrap_or(&none);
    let found = messages
        .iter()
        .enumerate()
        .rev()
        .filter(|(_, message)| message["role"] == "user")
        .find_map(|(index, message)| Some((index, steps(message)?)))
        .or_else(|| Some((0, Ok(otherwise?.to_vec()))));
    let Some((index, steps)) = found else {
        return say(&format!("Done: {}", last_line_of_user(messages)));
    };
    let steps = match steps {
        Ok(steps) => steps,
        Err(reason) => return Answer::Fail(reason),
    };
    let done = messages[index..].iter().filter(|message| message["role"] == "assistant").count();
    let Some(step) = steps.get(done) else {
        return say("Done.");
    };
    self::step(step).unwrap_or_else(|| Answer::Fail(format!("testkit: no such step: {step}")))
}

fn say(text: &str) -> Answer {
    Answer::Message(Message { say: text.into(), ..Message::default() })
}

/// The steps of a message's last script, when it has one.
fn steps(message: &Value) -> Option<Result<Vec<Value>, String>> {
    texts(message)
        .iter()
        .flat_map(|text| text.lines())
        .filter_map(|line| line.trim_start().strip_prefix(PREFIX))
        .next_back()
        .map(|json| {
            // What follows the array on its line is the wrapping of whoever quoted it.
            let mut values = serde_json::Deserializer::from_str(json).into_iter();
            match values.next() {
                Some(Ok(Value::Array(steps))) => Ok(steps),
                Some(Err(error)) => Err(format!("testkit: the script is no JSON: {error}")),
                _ => Err("testkit: the script is not an array".into()),
            }
        })
}

/// The texts of a message, whose content is one string or several parts.
fn texts(message: &Value) -> Vec<&str> {
    match &message["content"] {
        Value::String(text) => vec![text],
        Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
        _ => Vec::new(),
    }
}

/// The first line of the last thing a user said.
fn last_line_of_user(messages: &[Value]) -> &str {
    messages
        .iter()
        .rev()
        .find(|message| message["role"] == "user")
        .and_then(|message| texts(message).into_iter().next())
        .and_then(|text| text.lines().next())
        .unwrap_or_default()
}

fn step(step: &Value) -> Option<Answer> {
    if let Some(message) = step["fail"].as_str() {
        return Some(Answer::Fail(message.into()));
    }
    let calls = if step["tool"].is_string() {
        vec![call(step)?]
    } else if let Some(calls) = step["tools"].as_array() {
        calls.iter().map(call).collect::<Option<_>>()?
    } else {
        Vec::new()
    };
    let text = step["say"].as_str();
    if calls.is_empty() && text.is_none() {
        return None;
    }
    Some(Answer::Message(Message {
        say: text.unwrap_or_default().into(),
        gate: step["gate"].as_str().map(Into::into),
        calls,
    }))
}

fn call(call: &Value) -> Option<Call> {
    Some(Call { tool: call["tool"].as_str()?.into(), input: call["input"].clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn asked(messages: &Value) -> Answer {
        answer(&json!({"tools": [{"type": "function"}], "messages": messages}), None)
    }

    fn edit() -> Value {
        json!({"tool": "edit", "input": {"filePath": "a.py"}})
    }

    #[test]
    fn a_title_is_not_a_turn() {
        let request = json!({"messages": [{"role": "user", "content": script(json!([edit()]))}]});
        assert_eq!(answer(&request, None), say("A scripted session"));
    }

    #[test]
    fn steps_follow_the_conversation() {
        let script = script(json!([edit(), {"say": "one\ntwo"}]));
        let content = json!([
            {"type": "text", "text": format!("Please do.\n  {script}</text>\nmore")},
            {"type": "text", "text": "<system-reminder>"},
        ]);
        let mut messages = vec![
            json!({"role": "user", "content": "script: [{\"say\": \"old\"}]"}),
            json!({"role": "assistant", "content": "old"}),
            json!({"role": "user", "content": content}),
        ];
        let Answer::Message(first) = asked(&json!(messages)) else {
            panic!("a message");
        };
        assert_eq!(first.calls[0].tool, "edit");
        messages.push(json!({"role": "assistant", "tool_calls": []}));
        messages.push(json!({"role": "tool", "content": "ok"}));
        messages.push(json!({"role": "user", "content": "a reminder"}));
        assert_eq!(asked(&json!(messages)), say("one\ntwo"));
        messages.push(json!({"role": "assistant", "content": "one"}));
        assert_eq!(asked(&json!(messages)), say("Done."));
    }

    #[test]
    fn without_a_script_it_does_what_it_does_otherwise() {
        let otherwise = [edit(), json!({"say": "Done so."})];
        let messages = json!([
            {"role": "user", "content": "Please do."},
            {"role": "assistant", "tool_calls": []},
            {"role": "tool", "content": "ok"},
        ]);
        let request = json!({"tools": [{"type": "function"}], "messages": messages});
        assert_eq!(answer(&request, Some(&otherwise)), say("Done so."));
    }

    #[test]
    fn without_a_script_it_echoes() {
        let messages = json!([{"role": "user", "content": "Hello there\nyou"}]);
        assert_eq!(asked(&messages), say("Done: Hello there"));
    }

    #[test]
    fn a_bad_script_is_told() {
        for bad in ["script: [", "script: {}", "script: [{\"shout\": 1}]"] {
            let answer = asked(&json!([{"role": "user", "content": bad}]));
            assert!(matches!(answer, Answer::Fail(_)), "{bad}");
        }
    }
}
