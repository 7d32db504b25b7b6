//! Lists: sessions, agents, models, slash commands, and the prompts of a session.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::messages::texts;
use super::string;
use crate::core::catalogue::{Agent, Model, PromptEntry, SessionEntry, SlashCommand};
use crate::core::ids::{MessageId, SessionId};
use crate::core::server::ModelName;

/// `GET /session` and `/session/:id/children`, the newest first; what is archived is left out.
pub fn sessions(answer: &Value) -> Vec<SessionEntry> {
    let mut sessions: Vec<SessionEntry> = items(answer)
        .filter(|session| session.pointer("/time/archived").is_none_or(Value::is_null))
        .filter_map(session)
        .collect();
    sessions.sort_by_key(|session| std::cmp::Reverse(session.updated));
    sessions
}

pub fn session(value: &Value) -> Option<SessionEntry> {
    let updated = value.pointer("/time/updated").and_then(Value::as_u64).unwrap_or_default();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Some(SessionEntry {
        id: SessionId::from(string(value, "id")?),
        title: string(value, "title").unwrap_or_default().to_owned(),
        parent: string(value, "parentID").map(SessionId::from),
        updated,
        age: now.saturating_sub(Duration::from_millis(updated)),
        link: value.pointer("/share/url").and_then(Value::as_str).map(str::to_owned),
        agent: string(value, "agent").map(str::to_owned),
        model: value.get("model").and_then(model_name),
    })
}

/// A model as sessions (`id`) and messages (`modelID`) name it.
fn model_name(value: &Value) -> Option<ModelName> {
    let model = string(value, "modelID").or_else(|| string(value, "id"))?;
    Some(ModelName { provider: string(value, "providerID")?.to_owned(), model: model.to_owned() })
}

/// The user's messages of `GET /session/:id/message` with what was answered, oldest first.
pub fn prompts(answer: &Value) -> Vec<PromptEntry> {
    let mut prompts: Vec<PromptEntry> = Vec::new();
    for message in items(answer) {
        match message.pointer("/info/role").and_then(Value::as_str) {
            Some("user") => prompts.extend(prompt(message)),
            Some("assistant") => {
                let said = texts(message).join("\n\n");
                let parent = message.pointer("/info/parentID").and_then(Value::as_str);
                let at = prompts.iter().rposition(|prompt| Some(prompt.id.as_str()) == parent);
                // What a fork copies may name the messages of the session that it comes from.
                let own = at.or_else(|| prompts.len().checked_sub(1));
                if let Some(prompt) = own.and_then(|at| prompts.get_mut(at)).filter(|_| !said.is_empty()) {
                    let gap = if prompt.answer.is_empty() { "" } else { "\n\n" };
                    prompt.answer.push_str(&format!("{gap}{said}"));
                }
            }
            _ => {}
        }
    }
    prompts
}

fn prompt(message: &Value) -> Option<PromptEntry> {
    let info = message.get("info")?;
    Some(PromptEntry {
        id: MessageId::from(string(info, "id")?),
        text: texts(message).join("\n"),
        answer: String::new(),
        agent: string(info, "agent").map(str::to_owned),
        model: info.get("model").and_then(model_name),
    })
}

/// `GET /agent`.
pub fn agents(answer: &Value) -> Vec<Agent> {
    let agent = |value: &Value| {
        let mode = string(value, "mode").unwrap_or("all");
        Some(Agent {
            name: string(value, "name")?.to_owned(),
            description: string(value, "description").unwrap_or_default().to_owned(),
            primary: mode != "subagent",
            subagent: mode != "primary",
            hidden: value.get("hidden").and_then(Value::as_bool) == Some(true),
            model: value.get("model").and_then(model_name),
        })
    };
    items(answer).filter_map(agent).collect()
}

/// `GET /config/providers`: the models of the providers that are set up. Nothing else of the answer is taken,
/// as it holds keys.
pub fn models(answer: &Value) -> Vec<Model> {
    let providers = answer.get("providers").into_iter().flat_map(items);
    let models = providers.flat_map(|provider| {
        let id = string(provider, "id").unwrap_or_default();
        let title = string(provider, "name").unwrap_or(id);
        let models = provider.get("models").and_then(Value::as_object);
        models.into_iter().flatten().map(move |(key, model)| Model {
            name: ModelName { provider: id.to_owned(), model: key.clone() },
            title: string(model, "name").unwrap_or(key).to_owned(),
            provider: title.to_owned(),
            is_default: false,
            variants: model
                .get("variants")
                .and_then(Value::as_object)
                .map(|variants| variants.keys().cloned().collect())
                .unwrap_or_default(),
        })
    });
    models.filter(|model| !model.name.provider.is_empty()).collect()
}

/// The model that is used where none is chosen: that of the configuration, else a provider's own.
pub fn default_model(config: &Value, providers: &Value) -> Option<ModelName> {
    let configured = string(config, "model").and_then(ModelName::parse);
    let of_provider = || {
        let defaults = providers.get("default")?.as_object()?;
        let (provider, model) = defaults.iter().next()?;
        Some(ModelName { provider: provider.clone(), model: model.as_str()?.to_owned() })
    };
    configured.or_else(of_provider)
}

/// `GET /command`.
pub fn commands(answer: &Value) -> Vec<SlashCommand> {
    let command = |value: &Value| {
        Some(SlashCommand {
            name: string(value, "name")?.to_owned(),
            description: string(value, "description").unwrap_or_default().to_owned(),
            takes_arguments: value.get("hints").is_none_or(|hints| items(hints).next().is_some()),
        })
    };
    items(answer).filter_map(command).collect()
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn sessions_are_sorted_and_archived_ones_left_out() {
        let listed = sessions(&json!([
            {"id": "ses_1", "title": "Old", "time": {"updated": 5}},
            {"id": "ses_2", "title": "New", "time": {"updated": 9}, "agent": "build",
             "model": {"id": "m/1", "providerID": "p"}, "share": {"url": "https://x/1"}},
            {"id": "ses_3", "title": "Put away", "time": {"updated": 7, "archived": 8}},
            {"title": "no id"},
        ]));
        assert_eq!(listed.iter().map(|session| session.id.as_str()).collect::<Vec<_>>(), ["ses_2", "ses_1"]);
        assert_eq!(listed[0].model.as_ref().map(ToString::to_string).as_deref(), Some("p/m/1"));
        assert_eq!(listed[0].link.as_deref(), Some("https://x/1"));
        assert!(listed[0].age > Duration::from_secs(1));
    }

    #[test]
    fn hidden_agents_and_sub_agents_are_not_for_sessions() {
        let listed = agents(&json!([
            {"name": "build", "mode": "primary"},
            {"name": "general", "mode": "subagent"},
            {"name": "both", "mode": "all"},
            {"name": "title", "mode": "primary", "hidden": true},
        ]));
        let offered: Vec<&str> =
            listed.iter().filter(|agent| agent.is_offered()).map(|agent| agent.name.as_str()).collect();
        assert_eq!(offered, ["build", "both"]);
    }

    #[test]
    fn models_are_named_with_their_providers_and_nothing_else_is_taken() {
        let providers = json!({"providers": [{"id": "p", "name": "P", "key": "secret", "options": {"apiKey": "secret"},
            "models": {"a/1": {"name": "A", "variants": {"high": {}, "low": {}}}, "b": {}}}], "default": {"p": "b"}});
        let listed = models(&providers);
        assert_eq!(listed[0].name.to_string(), "p/a/1");
        assert_eq!(listed[0].variants, ["high", "low"]);
        assert_eq!((&*listed[1].title, &*listed[1].provider), ("b", "P"));
        assert!(!format!("{listed:?}").contains("secret"));
        assert_eq!(default_model(&json!({}), &providers).map(|model| model.to_string()).as_deref(), Some("p/b"));
        let config = json!({"model": "p/a/1"});
        assert_eq!(default_model(&config, &providers).map(|model| model.to_string()).as_deref(), Some("p/a/1"));
    }

    #[test]
    fn a_command_without_hints_may_take_arguments() {
        let listed = commands(&json!([{"name": "a"}, {"name": "b", "hints": []}, {"name": "c", "hints": ["$1"]}]));
        assert_eq!(listed.iter().map(|c| c.takes_arguments).collect::<Vec<_>>(), [true, false, true]);
    }
}
