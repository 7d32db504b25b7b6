//! What opencode says of itself, as lines for people. Secrets stay behind: see [`config_lines`].

use serde_json::Value;
use url::Url;

use super::{string, strings};
use crate::core::catalogue::McpServer;

/// `GET /mcp`.
pub fn mcp(answer: &Value) -> Vec<McpServer> {
    let servers = answer.as_object().into_iter().flatten();
    let server = |(name, status): (&String, &Value)| McpServer {
        name: name.clone(),
        state: string(status, "status").unwrap_or("unknown").replace('_', " "),
        problem: string(status, "error").map(str::to_owned),
        is_connected: string(status, "status") == Some("connected"),
    };
    servers.map(server).collect()
}

pub fn mcp_lines(answer: &Value) -> Vec<String> {
    let line = |server: McpServer| match server.problem {
        Some(problem) => format!("{}: {} ({problem})", server.name, server.state),
        None => format!("{}: {}", server.name, server.state),
    };
    mcp(answer).into_iter().map(line).collect()
}

/// `GET /path`, `/project/current` and `/vcs`.
pub fn project_lines(path: &Value, project: &Value, vcs: &Value) -> Vec<String> {
    let line = |name: &str, value: Option<&str>| Some(format!("{name}: {}", value.filter(|value| !value.is_empty())?));
    let lines = [
        line("folder", string(path, "directory")),
        line("repository", string(path, "worktree").filter(|root| *root != "/")),
        line("branch", string(vcs, "branch")),
        line("default branch", string(vcs, "default_branch")),
        line("project", string(project, "id")),
        line("name", string(project, "name")),
        line("opencode's configuration", string(path, "config")),
        line("opencode's state", string(path, "state")),
    ];
    lines.into_iter().flatten().collect()
}

/// `GET /provider` and `/provider/auth`: who is logged in, and how one would. Nothing else is taken, as there are
/// keys in the answer.
pub fn provider_lines(providers: &Value, methods: &Value) -> Vec<String> {
    let connected = strings(providers, "connected");
    let mut lines = Vec::new();
    for provider in providers.get("all").and_then(Value::as_array).into_iter().flatten() {
        let Some(id) = string(provider, "id").filter(|id| connected.iter().any(|known| known == id)) else {
            continue;
        };
        let name = string(provider, "name").unwrap_or(id);
        let models = provider.get("models").and_then(Value::as_object).map_or(0, serde_json::Map::len);
        let from = match string(provider, "source") {
            Some("env") => ", by a variable of its environment",
            Some("config") => ", by the configuration",
            Some("api") => ", logged in",
            _ => "",
        };
        lines.push(format!("{name} ({id}): ready{from}; models: {models}"));
    }
    let others = methods.as_object().into_iter().flatten().filter(|(id, _)| !connected.contains(id));
    for (id, methods) in others {
        let labels = methods.as_array().into_iter().flatten().filter_map(|method| string(method, "label"));
        lines.push(format!("{id}: not logged in; {}", labels.collect::<Vec<_>>().join(", ")));
    }
    lines.push("To log in: `opencode auth login` in a terminal, or `/connect` in opencode's own interface".to_owned());
    lines
}

/// `GET /lsp`.
pub fn lsp_lines(answer: &Value) -> Vec<String> {
    let line = |server: &Value| {
        let name = string(server, "name").or_else(|| string(server, "id"))?;
        Some(format!(
            "{name}: {}, {}",
            string(server, "status").unwrap_or("unknown"),
            string(server, "root").filter(|root| !root.is_empty()).unwrap_or(".")
        ))
    };
    answer.as_array().into_iter().flatten().filter_map(line).collect()
}

/// `GET /formatter`: those that are used.
pub fn formatter_lines(answer: &Value) -> Vec<String> {
    let is_used = |formatter: &&Value| formatter.get("enabled").and_then(Value::as_bool) == Some(true);
    let line = |formatter: &Value| {
        Some(format!("{}: {}", string(formatter, "name")?, strings(formatter, "extensions").join(" ")))
    };
    answer.as_array().into_iter().flatten().filter(is_used).filter_map(line).collect()
}

/// Lists whose items have a name and a description.
pub fn named_lines(answer: &Value) -> Vec<String> {
    let line = |item: &Value| {
        let name = string(item, "name")?;
        let mode = string(item, "mode").map(|mode| format!(" ({mode})")).unwrap_or_default();
        Some(match string(item, "description").filter(|description| !description.is_empty()) {
            Some(description) => format!("{name}{mode}: {description}"),
            None => format!("{name}{mode}"),
        })
    };
    let is_hidden = |item: &&Value| item.get("hidden").and_then(Value::as_bool) == Some(true);
    answer.as_array().into_iter().flatten().filter(|item| !is_hidden(item)).filter_map(line).collect()
}

/// `GET /experimental/tool/ids`, in one line.
pub fn tool_lines(answer: &Value) -> Vec<String> {
    let names: Vec<&str> = answer.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if names.is_empty() { Vec::new() } else { vec![names.join(", ")] }
}

/// `GET /config`, one line for each value. What may be a secret is not shown: whatever is called like one, what
/// providers and servers are started and asked with, and all of an address but its host.
pub fn config_lines(config: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    tell(config, "", false, &mut lines);
    lines
}

const HIDDEN: &str = "(not shown)";
/// In the names of settings with secrets in them, or below them.
const SECRETIVE: [&str; 12] = [
    "key",
    "token",
    "secret",
    "password",
    "passwd",
    "auth",
    "header",
    "cookie",
    "credential",
    "env",
    "command",
    "options",
];
/// In all of these a model is told what to do, at length.
const LONG: [&str; 3] = ["prompt", "template", "instructions"];

fn tell(value: &Value, name: &str, hidden: bool, lines: &mut Vec<String>) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                // Commands of the user's own are a group of settings, not a command line.
                let is_group = name.is_empty() && key == "command";
                let lower = key.to_lowercase();
                let hidden = hidden || (!is_group && SECRETIVE.iter().any(|word| lower.contains(word)));
                let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                match value {
                    Value::String(text) if LONG.contains(&key.as_str()) && !hidden => {
                        lines.push(format!("{name}: {} characters", text.chars().count()));
                    }
                    _ => tell(value, &name, hidden, lines),
                }
            }
        }
        Value::Array(items) if !hidden && items.iter().all(|item| !item.is_object() && !item.is_array()) => {
            let items: Vec<String> = items.iter().map(shown).collect();
            if !items.is_empty() {
                lines.push(format!("{name}: {}", items.join(", ")));
            }
        }
        Value::Array(items) if !hidden => {
            for (index, item) in items.iter().enumerate() {
                tell(item, &format!("{name}.{index}"), hidden, lines);
            }
        }
        Value::Array(items) if items.is_empty() => {}
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) => lines.push(format!("{name}: {value}")),
        _ if hidden => lines.push(format!("{name}: {HIDDEN}")),
        _ => lines.push(format!("{name}: {}", shown(value))),
    }
}

fn shown(value: &Value) -> String {
    let Some(text) = value.as_str() else {
        return value.to_string();
    };
    if !text.contains("://") {
        return text.to_owned();
    }
    match Url::parse(text) {
        Ok(url) => match url.host_str() {
            Some(host) => {
                format!("{}://{host}{}/…", url.scheme(), url.port().map(|port| format!(":{port}")).unwrap_or_default())
            }
            None => HIDDEN.to_owned(),
        },
        Err(_) => HIDDEN.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_configuration_is_told_without_its_secrets() {
        let config = json!({
            "model": "p/m",
            "share": "disabled",
            "command": {"hi": {"template": "SECRET", "description": "says hi"}},
            "provider": {"p": {"options": {"apiKey": "SECRET", "baseURL": "https://u:SECRET@host/SECRET", "x": ["SECRET"]},
                "models": {"m": {"headers": {"X": "SECRET"}, "limit": {"context": 5}}}}},
            "mcp": {"a": {"command": ["server", "--key=SECRET"], "environment": {"A": "SECRET"}, "enabled": true},
                "b": {"url": "https://u:SECRET@host:8080/SECRET?key=SECRET", "oauth": {"clientSecret": "SECRET"}}},
            "plugin": ["a", "https://host/SECRET", "file:///SECRET"],
        });
        let lines = config_lines(&config);
        assert!(!lines.join("\n").contains("SECRET"), "{lines:#?}");
        for shown in [
            "model: p/m",
            "share: disabled",
            "command.hi.description: says hi",
            "command.hi.template: 6 characters",
            "mcp.a.enabled: true",
            "mcp.a.command: (not shown)",
            "mcp.b.url: https://host:8080/…",
            "plugin: a, https://host/…, (not shown)",
            "provider.p.models.m.limit.context: 5",
        ] {
            assert!(lines.iter().any(|line| line == shown), "{shown} is not among {lines:#?}");
        }
    }

    #[test]
    fn providers_are_told_without_their_keys() {
        let providers = json!({"all": [
            {"id": "a", "name": "A", "source": "api", "key": "SECRET", "models": {"m": {}}, "options": {"k": "SECRET"}},
            {"id": "b", "name": "B", "models": {}},
        ], "connected": ["a"]});
        let lines = provider_lines(&providers, &json!({"c": [{"type": "oauth", "label": "In the browser"}]}));
        assert_eq!(lines[..2], ["A (a): ready, logged in; models: 1", "c: not logged in; In the browser"]);
        assert!(!lines.join("\n").contains("SECRET"));
    }
}
