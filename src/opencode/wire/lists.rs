//! Lists of sessions and of pending questions.

use serde_json::Value;

use super::string;
use crate::core::ids::SessionId;
use crate::core::server::{PendingQuestion, SessionRecord};

/// `GET /session`: those that are neither sub-agents' nor put away, newest first.
pub fn sessions(list: &Value) -> Vec<SessionRecord> {
    let time = |value: &Value, key: &str| value.get("time").and_then(|time| time.get(key)).and_then(Value::as_u64);
    let own = |value: &&Value| string(value, "parentID").is_none() && time(value, "archived").is_none();
    let record = |value: &Value| {
        Some(SessionRecord {
            id: SessionId::from(string(value, "id")?),
            title: string(value, "title").unwrap_or_default().to_owned(),
            created: time(value, "created").unwrap_or_default(),
            updated: time(value, "updated").unwrap_or_default(),
        })
    };
    let mut sessions: Vec<SessionRecord> =
        list.as_array().into_iter().flatten().filter(own).filter_map(record).collect();
    sessions.sort_by_key(|session| std::cmp::Reverse(session.updated));
    sessions
}

/// `GET /question`.
pub fn questions(list: &Value) -> Vec<PendingQuestion> {
    let pending = |value: &Value| {
        let questions = value.get("questions").and_then(Value::as_array)?;
        let texts: Vec<&str> = questions.iter().filter_map(|question| string(question, "question")).collect();
        Some(PendingQuestion {
            id: string(value, "id")?.to_owned(),
            session: SessionId::from(string(value, "sessionID")?),
            text: texts.join(" / "),
        })
    };
    list.as_array().into_iter().flatten().filter_map(pending).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn sessions_of_people_come_newest_first() {
        let list = json!([
            {"id": "ses_1", "title": "Old", "time": {"created": 1, "updated": 10}},
            {"id": "ses_2", "title": "Sub-agent", "parentID": "ses_1", "time": {"created": 2, "updated": 30}},
            {"id": "ses_3", "title": "Put away", "time": {"created": 3, "updated": 40, "archived": 50}},
            {"id": "ses_4", "title": "New", "time": {"created": 4, "updated": 20}},
            {"title": "without an id"},
        ]);
        let ids: Vec<String> = sessions(&list).iter().map(|session| session.id.to_string()).collect();
        assert_eq!(ids, ["ses_4", "ses_1"]);
        assert_eq!(sessions(&json!({"error": true})), []);
    }

    #[test]
    fn questions_are_told_in_their_own_words() {
        let list = json!([{"id": "que_1", "sessionID": "ses_1", "questions": [
            {"question": "Which one?", "header": "Pick", "options": []}, {"question": "Sure?", "options": []},
        ]}]);
        assert_eq!(questions(&list)[0].text, "Which one? / Sure?");
    }
}
