//! The settings: what they are, and how they are read from JSON without ever failing.
//!
//! `initializationOptions` and the `opencode` section of `workspace/configuration` have the same
//! shape. A wrong or unknown key costs only itself: it keeps its default and yields a [`Warning`].

mod password;
mod prompts;
pub mod schema;
pub mod table;

use std::path::PathBuf;

use secrecy::SecretString;
use serde_json::{Map, Value};

use crate::opencode::path_map::PathMap;
pub use password::{Password, PasswordCommand};
pub use prompts::{Prompt, Prompts, Route};
use table::{Kind, SETTINGS};

/// Everything a user can set.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    pub server: ServerSettings,
    pub answers: AnswerSettings,
    pub ask: AskSettings,
    pub permissions: PermissionSettings,
    pub review: ReviewSettings,
    pub status: StatusSettings,
    pub prompts: Prompts,
    pub ai_comments: AiCommentSettings,
}

/// Which opencode to talk to.
#[derive(Clone)]
pub struct ServerSettings {
    /// An explicit address, `http://127.0.0.1:4096`.
    pub url: Option<String>,
    /// The user of Basic auth; opencode's default is `opencode`.
    pub username: String,
    pub password: Option<Password>,
    /// Whether servers that are announced by mDNS are looked for.
    pub mdns: bool,
    /// Whether to start an own `opencode serve` when no address is given.
    pub autostart: bool,
    /// The program that autostart runs.
    pub command: String,
    /// Folders that the server knows by other names. An own server has none.
    pub path_map: PathMap,
    /// A PEM file of certificates to trust besides the platform's.
    pub ca_file: Option<PathBuf>,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            url: None,
            username: "opencode".to_owned(),
            password: None,
            mdns: false,
            autostart: false,
            command: "opencode".to_owned(),
            path_map: PathMap::default(),
            ca_file: None,
        }
    }
}

/// The addresses may hold a password.
impl std::fmt::Debug for Overrides {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Overrides").finish_non_exhaustive()
    }
}

/// The address may hold a password.
impl std::fmt::Debug for ServerSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerSettings").finish_non_exhaustive()
    }
}

impl ServerSettings {
    /// Whether both lead to the same server in the same way.
    pub fn is_same(&self, other: &Self) -> bool {
        self.url == other.url
            && self.username == other.username
            && self.mdns == other.mdns
            && self.autostart == other.autostart
            && self.command == other.command
            && self.path_map == other.path_map
            && self.ca_file == other.ca_file
            && self.password == other.password
    }
}

/// How questions are asked.
#[derive(Debug, Clone)]
pub struct AskSettings {
    /// Whether saving a prompt document sends it.
    pub send_on_save: bool,
}

impl Default for AskSettings {
    fn default() -> Self {
        Self { send_on_save: true }
    }
}

/// What happens with an answer.
#[derive(Debug, Clone, Default)]
pub struct AnswerSettings {
    pub open: OpenAnswer,
}

/// When the transcript opens by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OpenAnswer {
    #[default]
    Never,
    Start,
    End,
}

/// How changes are shown.
#[derive(Debug, Clone)]
pub struct ReviewSettings {
    /// Whether code lenses over the changes offer to keep and undo them.
    pub code_lens: bool,
}

impl Default for ReviewSettings {
    fn default() -> Self {
        Self { code_lens: true }
    }
}

/// What happens with comments for an AI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AiCommentSettings {
    /// Whether they are shown as hints.
    pub hints: bool,
    /// Whether new ones are sent when their file is saved.
    pub send_on_save: bool,
}

impl Default for AiCommentSettings {
    fn default() -> Self {
        Self { hints: true, send_on_save: false }
    }
}

/// How the status is shown without a plugin.
#[derive(Debug, Clone, Default)]
pub struct StatusSettings {
    /// Whether one long-lived progress says it.
    pub progress: bool,
}

/// How permission requests are asked.
#[derive(Debug, Clone)]
pub struct PermissionSettings {
    /// Seconds after which an unanswered dialog no longer holds up the next one.
    pub prompt_timeout: u64,
}

impl Default for PermissionSettings {
    fn default() -> Self {
        Self { prompt_timeout: 120 }
    }
}

/// A key that was not taken, in words for the user.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Warning {
    #[error("`{key}` must be {expected}; using the default")]
    WrongType { key: String, expected: String },
    #[error("`{key}` is not a setting of opencode-lsp")]
    Unknown { key: String },
    #[error("`{key}` is missing")]
    Missing { key: String },
}

impl Settings {
    /// Takes over what `value` sets, leaving the rest as it is.
    ///
    /// `value` may be the settings themselves, or an object that holds them under `opencode`,
    /// as `workspace/didChangeConfiguration` of some editors does.
    pub fn merge(&mut self, value: &Value) -> Vec<Warning> {
        let mut warnings = Vec::new();
        if value.is_null() || value.as_array().is_some_and(Vec::is_empty) {
            return warnings;
        }
        let Some(object) = value.as_object() else {
            warnings.push(Warning::WrongType { key: "opencode".to_owned(), expected: "an object".to_owned() });
            return warnings;
        };
        let object = match object.get("opencode") {
            Some(Value::Object(inner)) if object.len() == 1 => inner,
            _ => object,
        };
        for (section, value) in object {
            self.merge_section(section, value, &mut warnings);
        }
        warnings
    }

    fn merge_section(&mut self, section: &str, value: &Value, warnings: &mut Vec<Warning>) {
        if section == "prompts" {
            match self.prompts.merge(value) {
                Some(wrong) => warnings.extend(wrong),
                None if value.is_null() => {}
                None => {
                    warnings.push(Warning::WrongType { key: section.to_owned(), expected: Kind::Prompts.expected() })
                }
            }
            return;
        }
        let is_in = |key: &str| key.split_once('.').is_some_and(|(of, _)| of == section);
        if !SETTINGS.iter().any(|setting| is_in(setting.key)) {
            warnings.push(Warning::Unknown { key: section.to_owned() });
            return;
        }
        let empty = Map::new();
        let keys = match value {
            Value::Object(keys) => keys,
            Value::Null => &empty,
            // Lua cannot tell an empty table's kind.
            Value::Array(items) if items.is_empty() => &empty,
            _ => {
                warnings.push(Warning::WrongType { key: section.to_owned(), expected: "an object".to_owned() });
                return;
            }
        };
        for (name, value) in keys {
            if value.is_null() {
                continue;
            }
            let key = format!("{section}.{name}");
            match SETTINGS.iter().find(|setting| setting.key == key) {
                None => warnings.push(Warning::Unknown { key }),
                Some(setting) if (setting.set)(self, value) => {}
                Some(setting) => warnings.push(Warning::WrongType { key, expected: setting.kind.expected() }),
            }
        }
    }
}

/// Where settings come from before any editor speaks: the command line, then the environment.
#[derive(Clone, Default)]
pub struct Overrides {
    /// `--server`: wins over every setting.
    pub server: Option<String>,
    /// `OPENCODE_SERVER`: holds where no setting names a server.
    pub env_server: Option<String>,
    /// `OPENCODE_SERVER_USERNAME`.
    pub env_username: Option<String>,
    /// `OPENCODE_SERVER_PASSWORD`.
    pub env_password: Option<SecretString>,
}

impl Overrides {
    /// Reads the environment variables; empty ones count as unset.
    pub fn from_env(server: Option<String>) -> Self {
        let var = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            server,
            env_server: var("OPENCODE_SERVER"),
            env_username: var("OPENCODE_SERVER_USERNAME"),
            env_password: var("OPENCODE_SERVER_PASSWORD").map(SecretString::from),
        }
    }

    /// The settings that an editor's own settings are merged into.
    pub fn base(&self) -> Settings {
        let mut settings = Settings::default();
        settings.server.url = self.env_server.clone();
        settings.server.password = self.env_password.clone().map(Password::Environment);
        if let Some(username) = &self.env_username {
            settings.server.username = username.clone();
        }
        settings
    }

    /// Puts the command line over merged settings.
    pub fn apply(&self, settings: &mut Settings) {
        if let Some(server) = &self.server {
            settings.server.url = Some(server.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn takes_what_is_right_and_names_what_is_not() {
        let mut settings = Settings::default();
        let warnings = settings.merge(&json!({
            "server": {"url": "http://127.0.0.1:1", "autostart": "yes", "passwort": "x", "pathMap": {"a": "/b"}},
            "answers": {"open": "end"},
            "colour": 1,
        }));
        assert_eq!(settings.server.url.as_deref(), Some("http://127.0.0.1:1"));
        assert!(!settings.server.autostart);
        assert_eq!(settings.answers.open, OpenAnswer::End);
        let mut said: Vec<String> = warnings.iter().map(ToString::to_string).collect();
        said.sort();
        assert_eq!(
            said,
            [
                "`colour` is not a setting of opencode-lsp",
                "`server.autostart` must be true or false; using the default",
                "`server.passwort` is not a setting of opencode-lsp",
                "`server.pathMap` must be an object of absolute folders, such as {\"/home/me/project\": \"/workspace\"}, \
                 or a list of such pairs; using the default",
            ]
        );
    }

    #[test]
    fn settings_may_come_wrapped_in_their_section() {
        let mut settings = Settings::default();
        assert!(settings.merge(&json!({"opencode": {"server": {"autostart": true}}})).is_empty());
        assert!(settings.server.autostart);
    }

    #[test]
    fn no_secret_in_debug_output() {
        let mut settings = Settings::default();
        settings.merge(&json!({"server": {"password": "hunter2", "url": "http://me:hunter2@devbox"}}));
        assert!(!format!("{settings:?}").contains("hunter2"));
        let mut settings = Settings::default();
        settings.merge(&json!({"server": {"passwordCommand": ["echo", "hunter2"]}}));
        assert!(!format!("{settings:?}").contains("hunter2"));
    }

    #[test]
    fn the_command_line_wins_over_a_setting_and_a_setting_over_the_environment() {
        let overrides = Overrides { server: None, env_server: Some("http://env".to_owned()), ..Overrides::default() };
        let mut settings = overrides.base();
        assert_eq!(settings.server.url.as_deref(), Some("http://env"));
        settings.merge(&json!({"server": {"url": "http://setting"}}));
        overrides.apply(&mut settings);
        assert_eq!(settings.server.url.as_deref(), Some("http://setting"));
        let overrides = Overrides { server: Some("http://flag".to_owned()), ..overrides };
        overrides.apply(&mut settings);
        assert_eq!(settings.server.url.as_deref(), Some("http://flag"));
    }
}
