//! The settings as a JSON schema (draft 7, which editors know), with VS Code's `scope`, `order`
//! and `enumDescriptions` beside its own words.

use serde_json::{Map, Value, json};

use super::table::{Kind, SETTINGS, Setting};

/// The schema of what `initializationOptions` and the section `opencode` hold.
pub fn schema() -> Value {
    let mut sections = Map::new();
    for (order, setting) in SETTINGS.iter().enumerate() {
        let mut property = of_value(setting);
        property["description"] = json!(setting.description);
        property["scope"] = json!(setting.scope.name());
        property["order"] = json!(order);
        let Some((section, name)) = setting.key.split_once('.') else {
            sections.insert(setting.key.to_owned(), property);
            continue;
        };
        let section = sections
            .entry(section)
            .or_insert_with(|| json!({"type": "object", "additionalProperties": false, "properties": {}}));
        section["properties"][name] = property;
    }
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "The settings of opencode-lsp",
        "type": "object",
        "additionalProperties": false,
        "properties": sections,
    })
}

/// What a value of this setting may be, and what it is where it is not set.
fn of_value(setting: &Setting) -> Value {
    let mut schema = match &setting.kind {
        Kind::Text => json!({"type": "string"}),
        Kind::Flag => json!({"type": "boolean"}),
        Kind::Seconds => json!({"type": "integer", "minimum": 1}),
        Kind::Choice(choices) => {
            let values: Vec<&str> = choices.iter().map(|(value, _)| *value).collect();
            let meanings: Vec<&str> = choices.iter().map(|(_, meaning)| *meaning).collect();
            json!({"type": "string", "enum": values, "enumDescriptions": meanings})
        }
        Kind::Program => json!({"type": ["string", "array"], "items": {"type": "string"}}),
        Kind::Prompts => super::prompts::schema(),
        Kind::Folders => json!({"type": ["object", "array"], "additionalProperties": {"type": "string"}}),
    };
    schema["default"] = setting.default_value();
    schema
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Settings, Warning};

    fn nested(key: &str, value: &Value) -> Value {
        match key.split_once('.') {
            Some((section, name)) => json!({ section: { name: value } }),
            None => json!({ key: value }),
        }
    }

    #[test]
    fn every_default_is_taken_and_changes_nothing() {
        let fresh = Settings::default();
        let mut settings = Settings::default();
        for setting in SETTINGS {
            assert_eq!(settings.merge(&nested(setting.key, &setting.default_value())), [], "{}", setting.key);
        }
        assert!(settings.server.is_same(&fresh.server));
        assert_eq!(settings.answers.open, fresh.answers.open);
        assert_eq!(settings.permissions.prompt_timeout, fresh.permissions.prompt_timeout);
        assert_eq!(settings.review.code_lens, fresh.review.code_lens);
        assert_eq!(settings.prompts, fresh.prompts);
        assert_eq!(settings.ai_comments, fresh.ai_comments);
    }

    #[test]
    fn what_is_of_no_kind_is_refused_by_all() {
        for setting in SETTINGS {
            let warnings = Settings::default().merge(&nested(setting.key, &json!(1.5)));
            let expected = setting.kind.expected();
            assert_eq!(warnings, [Warning::WrongType { key: setting.key.to_owned(), expected }]);
        }
    }

    #[test]
    fn every_choice_is_taken() {
        for setting in SETTINGS {
            let Kind::Choice(choices) = &setting.kind else {
                continue;
            };
            for (value, _) in *choices {
                assert_eq!(Settings::default().merge(&nested(setting.key, &json!(value))), [], "{value}");
            }
        }
    }

    #[test]
    fn settings_are_grouped_by_section() {
        let schema = schema();
        let url = &schema["properties"]["server"]["properties"]["url"];
        assert_eq!((&url["type"], &url["default"]), (&json!("string"), &json!("")));
        assert_eq!(schema["properties"]["answers"]["properties"]["open"]["enum"], json!(["never", "start", "end"]));
    }
}
