//! The password's setting, and what it is when there are several.

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

/// Where the password comes from. A setting wins over a command, and both over the environment.
#[derive(Debug, Clone)]
pub enum Password {
    Environment(SecretString),
    Command(PasswordCommand),
    Set(SecretString),
}

impl Password {
    /// The password that is known without running anything.
    pub fn given(&self) -> Option<&SecretString> {
        match self {
            Self::Environment(password) | Self::Set(password) => Some(password),
            Self::Command(_) => None,
        }
    }
}

impl PartialEq for Password {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Set(one), Self::Set(other)) | (Self::Environment(one), Self::Environment(other)) => {
                one.expose_secret() == other.expose_secret()
            }
            (Self::Command(one), Self::Command(other)) => one == other,
            _ => false,
        }
    }
}

/// A program that prints the password. It runs without a shell.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordCommand {
    program: String,
    arguments: Vec<String>,
}

impl PasswordCommand {
    fn from_json(value: &Value) -> Option<Self> {
        let mut words: Vec<String> = match value {
            Value::String(program) => vec![program.clone()],
            Value::Array(words) => words.iter().map(|word| word.as_str().map(str::to_owned)).collect::<Option<_>>()?,
            _ => return None,
        };
        let program = words.first().filter(|program| !program.trim().is_empty())?.clone();
        Some(Self { program, arguments: words.split_off(1) })
    }

    pub fn program(&self) -> &str {
        &self.program
    }

    /// The program for people to read: without what may be arguments that were written beside it.
    pub fn name(&self) -> String {
        match self.program.split_once(' ') {
            Some((first, _)) => format!("{first} …"),
            None => self.program.clone(),
        }
    }

    pub fn arguments(&self) -> &[String] {
        &self.arguments
    }
}

/// Arguments may hold secrets.
impl std::fmt::Debug for PasswordCommand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PasswordCommand").field("program", &self.name()).finish_non_exhaustive()
    }
}

/// Takes a setting; an empty one is none.
pub(super) fn set(current: &mut Option<Password>, password: &str) {
    if !password.is_empty() {
        *current = Some(Password::Set(SecretString::from(password)));
    } else if !matches!(current, Some(Password::Command(_))) {
        *current = None;
    }
}

/// Takes a command, which does not replace a password that is set. False where it is none.
pub(super) fn set_command(current: &mut Option<Password>, value: &Value) -> bool {
    // Editors send empty defaults of what was never set.
    if value.as_str().is_some_and(str::is_empty) || value.as_array().is_some_and(Vec::is_empty) {
        return true;
    }
    let Some(command) = PasswordCommand::from_json(value) else {
        return false;
    };
    if !matches!(current, Some(Password::Set(_))) {
        *current = Some(Password::Command(command));
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Overrides, Settings};
    use serde_json::json;

    #[test]
    fn a_password_wins_over_a_command_and_both_over_the_environment() {
        let environment = Overrides { env_password: Some(SecretString::from("env")), ..Overrides::default() };
        let merged = |layers: &[Value]| {
            let mut settings = environment.base();
            for layer in layers {
                assert_eq!(settings.merge(&json!({"server": layer})), []);
            }
            settings.server.password
        };
        let command =
            Password::Command(PasswordCommand { program: "pass".to_owned(), arguments: vec!["x".to_owned()] });
        let set = Password::Set(SecretString::from("set"));
        assert_eq!(merged(&[]), Some(Password::Environment(SecretString::from("env"))));
        assert_eq!(merged(&[json!({"passwordCommand": ["pass", "x"]})]), Some(command.clone()));
        assert_eq!(merged(&[json!({"passwordCommand": ["pass", "x"], "password": ""})]), Some(command.clone()));
        assert_eq!(merged(&[json!({"passwordCommand": ["pass", "x"]}), json!({"password": ""})]), Some(command));
        assert_eq!(merged(&[json!({"password": "set"}), json!({"passwordCommand": "pass"})]), Some(set.clone()));
        assert_eq!(merged(&[json!({"passwordCommand": "pass"}), json!({"password": "set"})]), Some(set));
    }

    #[test]
    fn a_command_is_a_program_or_a_list() {
        for wrong in [json!(1), json!({}), json!([1]), json!(["", "x"]), json!(" ")] {
            let warnings = Settings::default().merge(&json!({"server": {"passwordCommand": wrong}}));
            assert_eq!(warnings.len(), 1, "{wrong}");
        }
        for nothing in [json!(""), json!([]), json!(null)] {
            let mut settings = Settings::default();
            assert_eq!(settings.merge(&json!({"server": {"passwordCommand": nothing}})), []);
            assert_eq!(settings.server.password, None);
        }
    }
}
