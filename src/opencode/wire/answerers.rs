//! Who can answer: `GET /agent` and `GET /config/providers`.

use serde_json::Value;

use super::string;
use crate::core::server::ModelName;

/// The names of all agents, hidden ones too.
pub fn agents(answer: &Value) -> Option<Vec<String>> {
    let agents = answer.as_array()?;
    Some(agents.iter().filter_map(|agent| string(agent, "name")).map(str::to_owned).collect())
}

/// The models of all providers that can be used.
pub fn models(answer: &Value) -> Option<Vec<ModelName>> {
    let providers = answer.get("providers")?.as_array()?;
    let models = providers.iter().flat_map(|provider| {
        let name = string(provider, "id").unwrap_or_default();
        let models = provider.get("models").and_then(Value::as_object).into_iter().flat_map(|models| models.keys());
        models.map(move |model| ModelName { provider: name.to_owned(), model: model.clone() })
    });
    Some(models.collect())
}
