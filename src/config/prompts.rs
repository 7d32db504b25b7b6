//! The setting `prompts`: ready prompts, the six that are there from the start and the user's own.

use serde_json::{Map, Value, json};

use super::Warning;
use crate::core::server::ModelName;

/// A prompt with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    pub name: String,
    /// For menus and code actions.
    pub title: String,
    /// May name contexts, such as `{selection}`.
    pub prompt: String,
    pub agent: Option<String>,
    pub model: Option<ModelName>,
    pub route: Route,
    /// Whether it is sent at once; where it is not said, the route decides.
    pub submit: Option<bool>,
    /// The kind of its code action, such as `refactor`.
    pub kind: Option<String>,
    pub code_action: bool,
}

/// Where a prompt goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// Into the session that questions go to.
    Session,
    /// Into the prompt of an attached TUI.
    Tui,
}

impl Route {
    fn parse(value: &Value) -> Option<Self> {
        match value.as_str()? {
            "session" => Some(Self::Session),
            "tui" => Some(Self::Tui),
            _ => None,
        }
    }
}

impl Prompt {
    fn new(name: &str, title: &str, prompt: &str) -> Self {
        Self {
            name: name.to_owned(),
            title: title.to_owned(),
            prompt: prompt.to_owned(),
            agent: None,
            model: None,
            route: Route::Session,
            submit: None,
            kind: None,
            code_action: false,
        }
    }

    pub fn is_submitted(&self) -> bool {
        self.submit.unwrap_or(self.route == Route::Session)
    }

    /// Takes over one key; false where its value is of another kind, none where there is no such key.
    fn set(&mut self, key: &str, value: &Value) -> Option<bool> {
        let text = || value.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        let taken = match key {
            "title" => text().map(|title| self.title = title),
            "prompt" => text().map(|prompt| self.prompt = prompt),
            "agent" => text().map(|agent| self.agent = Some(agent)),
            "model" => text().and_then(|text| ModelName::parse(&text)).map(|model| self.model = Some(model)),
            "route" => Route::parse(value).map(|route| self.route = route),
            "submit" => value.as_bool().map(|submit| self.submit = Some(submit)),
            "kind" => text().map(|kind| self.kind = Some(kind)),
            "codeAction" => value.as_bool().map(|on| self.code_action = on),
            _ => return None,
        };
        Some(taken.is_some())
    }
}

/// What a key of a prompt must be.
fn expected(key: &str) -> &'static str {
    match key {
        "model" => "a provider and a model, such as \"anthropic/claude-sonnet-4-5\"",
        "route" => "\"session\" or \"tui\"",
        "submit" | "codeAction" => "true or false",
        _ => "a string that is not empty",
    }
}

/// All prompts, in the order of menus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompts(Vec<Prompt>);

impl Default for Prompts {
    fn default() -> Self {
        Self(vec![
            Prompt::new(
                "explain",
                "Explain",
                "Explain {selection}: what it does, how, and what is surprising about it. Change nothing.",
            ),
            Prompt::new(
                "review",
                "Review",
                "Review {selection}. Name mistakes, cases that are not thought of, and what is hard to read, with \
                 their lines, the most important first. Change nothing.",
            ),
            Prompt::new(
                "document",
                "Document",
                "Write the documentation that {selection} lacks, as comments in the style of the file. Change no code.",
            ),
            Prompt::new(
                "test",
                "Write tests",
                "Write tests for {selection}, where and how this project has its tests, and run them.",
            ),
            Prompt::new(
                "optimize",
                "Optimize",
                "Make {selection} faster or simpler without changing what it does, and say what was gained.",
            ),
            Prompt::new(
                "implement",
                "Implement",
                "Implement what is missing in {selection}: what is only declared, and what its comments ask for.",
            ),
        ])
    }
}

impl Prompts {
    pub fn get(&self, name: &str) -> Option<&Prompt> {
        self.0.iter().find(|prompt| prompt.name == name)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Prompt> {
        self.0.iter()
    }

    /// Takes over what `value` sets; none where it is no object.
    pub fn merge(&mut self, value: &Value) -> Option<Vec<Warning>> {
        let mut warnings = Vec::new();
        for (name, value) in object(value)? {
            self.merge_one(name, value, &mut warnings);
        }
        Some(warnings)
    }

    fn merge_one(&mut self, name: &str, value: &Value, warnings: &mut Vec<Warning>) {
        let at = format!("prompts.{name}");
        if value.is_null() {
            return;
        }
        if *value == Value::Bool(false) {
            self.0.retain(|prompt| prompt.name != name);
            return;
        }
        let Some(keys) = object(value) else {
            warnings.push(Warning::WrongType { key: at, expected: "an object, or false".to_owned() });
            return;
        };
        let known = self.get(name).cloned().or_else(|| Self::default().get(name).cloned());
        let mut prompt = known.unwrap_or_else(|| Prompt::new(name, name, ""));
        for (key, value) in keys.into_iter().filter(|(_, value)| !value.is_null()) {
            let at = format!("{at}.{key}");
            match prompt.set(key, value) {
                None => warnings.push(Warning::Unknown { key: at }),
                Some(true) => {}
                Some(false) => warnings.push(Warning::WrongType { key: at, expected: expected(key).to_owned() }),
            }
        }
        if prompt.prompt.is_empty() {
            warnings.push(Warning::Missing { key: format!("{at}.prompt") });
            return;
        }
        match self.0.iter_mut().find(|other| other.name == name) {
            Some(other) => *other = prompt,
            None => self.0.push(prompt),
        }
    }
}

/// Lua cannot tell an empty table's kind.
fn object(value: &Value) -> Option<Vec<(&String, &Value)>> {
    match value {
        Value::Object(object) => Some(object.iter().collect()),
        Value::Array(items) if items.is_empty() => Some(Vec::new()),
        _ => None,
    }
}

/// What the setting may hold.
pub(super) fn schema() -> Value {
    let described = |schema: Value, description: &str| {
        let mut schema = schema;
        schema["description"] = json!(description);
        schema
    };
    let text = |description| described(json!({"type": "string"}), description);
    let flag = |description| described(json!({"type": "boolean"}), description);
    let properties: Map<String, Value> = [
        ("title", text("What menus show.")),
        ("prompt", text("What is asked; it may name contexts, such as {selection}.")),
        ("agent", text("The agent that answers.")),
        ("model", text("The model that answers, as provider/model.")),
        ("route", described(json!({"type": "string", "enum": ["session", "tui"]}), "Where it goes.")),
        ("submit", flag("Whether it is sent at once.")),
        ("kind", text("The kind of its code action, such as refactor.")),
        ("codeAction", flag("Whether it is a code action.")),
    ]
    .into_iter()
    .map(|(key, schema)| (key.to_owned(), schema))
    .collect();
    let prompt = json!({"type": "object", "additionalProperties": false, "properties": properties});
    json!({"type": "object", "additionalProperties": {"anyOf": [prompt, {"const": false}]}})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::contexts::mentions;

    fn merged(value: &Value) -> (Prompts, Vec<String>) {
        let mut prompts = Prompts::default();
        let warnings = prompts.merge(value).expect("an object");
        (prompts, warnings.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn one_of_ours_is_changed_in_part_or_off_and_a_new_one_is_the_last() {
        let (prompts, warnings) = merged(&json!({
            "explain": {"model": "a/b/c", "codeAction": true},
            "review": false,
            "commit": {"prompt": "Commit {git}.", "agent": "build", "route": "tui", "kind": "source", "title": null},
        }));
        assert_eq!(warnings, [""; 0]);
        let names: Vec<&str> = prompts.iter().map(|prompt| prompt.name.as_str()).collect();
        assert_eq!(names, ["explain", "document", "test", "optimize", "implement", "commit"]);
        let explain = prompts.get("explain").expect("there");
        assert_eq!(explain.model.as_ref().map(ToString::to_string).as_deref(), Some("a/b/c"));
        assert!(explain.code_action && explain.is_submitted() && explain.title == "Explain");
        let commit = prompts.get("commit").expect("there");
        assert_eq!((commit.title.as_str(), commit.route, commit.is_submitted()), ("commit", Route::Tui, false));
    }

    #[test]
    fn each_wrong_key_costs_only_itself() {
        let (prompts, warnings) = merged(&json!({
            "a": {"prompt": "A", "model": "none", "colour": 1, "submit": "yes", "route": "x", "agent": ""},
            "b": {"title": "B"},
            "c": 1,
            "d": [],
        }));
        assert_eq!(
            warnings,
            [
                "`prompts.a.agent` must be a string that is not empty; using the default",
                "`prompts.a.colour` is not a setting of opencode-lsp",
                "`prompts.a.model` must be a provider and a model, such as \"anthropic/claude-sonnet-4-5\"; using the \
                 default",
                "`prompts.a.route` must be \"session\" or \"tui\"; using the default",
                "`prompts.a.submit` must be true or false; using the default",
                "`prompts.b.prompt` is missing",
                "`prompts.c` must be an object, or false; using the default",
                "`prompts.d.prompt` is missing",
            ]
        );
        assert_eq!(prompts.iter().count(), 7);
    }

    #[test]
    fn ours_name_contexts_that_there_are() {
        for prompt in Prompts::default().iter() {
            assert!(mentions(&prompt.prompt).iter().all(|mention| mention.context.is_some()), "{}", prompt.name);
        }
    }

    #[test]
    fn the_schema_has_every_key() {
        let schema = schema();
        let properties = schema.pointer("/additionalProperties/anyOf/0/properties").expect("properties");
        for key in properties.as_object().expect("an object").keys() {
            assert_eq!(Prompt::new("a", "a", "a").set(key, &Value::Null), Some(false), "{key}");
        }
        assert_eq!(properties.as_object().map(Map::len), Some(8));
    }
}
