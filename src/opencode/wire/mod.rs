//! opencode's JSON, read tolerantly: unknown events and fields are ignored, missing ones cost only themselves.
//!
//! What differs between 1.x versions is handled here, by what a message holds, and named where it is handled.

mod changes;
mod events;
mod messages;

pub use changes::file_diffs;
pub use events::{event, permissions};
pub use messages::{prompt_parts, reverted, turn};

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::error::ClientError;
use crate::core::ids::SessionId;

/// How a server names the project's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// The project's folder, as the bridge asked for it.
    pub directory: PathBuf,
    /// The root of the repository, which diffs are relative to; none without one.
    pub worktree: Option<PathBuf>,
    /// The folder without symbolic links, where that is another name: opencode may use it, the editor does not.
    pub real: Option<PathBuf>,
}

impl Paths {
    /// The absolute path of a file named in a diff or an event, as the editor names it.
    fn resolve(&self, name: &str) -> PathBuf {
        let path = self.worktree.as_deref().unwrap_or(&self.directory).join(name);
        match self.real.as_deref().and_then(|real| path.strip_prefix(real).ok()) {
            Some(rest) => self.directory.join(rest),
            None => path,
        }
    }
}

/// `GET /path`. Without a repository the worktree is `/`.
pub fn paths(answer: &Value, directory: &Path) -> Paths {
    let worktree = string(answer, "worktree").filter(|path| !matches!(*path, "" | "/")).map(PathBuf::from);
    let real = std::fs::canonicalize(directory).ok().filter(|real| real != directory);
    Paths { directory: directory.to_path_buf(), worktree, real }
}

/// `GET /session/status`: sessions that are not listed are idle.
pub fn busy(answer: &Value) -> Vec<SessionId> {
    let Some(sessions) = answer.as_object() else {
        return Vec::new();
    };
    sessions
        .iter()
        .filter(|(_, status)| string(status, "type").is_some_and(|kind| kind != "idle"))
        .map(|(id, _)| SessionId::from(id.as_str()))
        .collect()
}

/// 1.0 has no `/global/health`; 2.x has other routes.
pub fn check_version(version: &str) -> Result<(), ClientError> {
    let mut numbers = version.split(['.', '-', '+']).map(|part| part.parse::<u64>().ok());
    let (major, minor) = (numbers.next().flatten(), numbers.next().flatten());
    match (major, minor) {
        (Some(1), Some(minor)) if minor >= 1 => Ok(()),
        (Some(0 | 1), _) => Err(ClientError::TooOld { version: version.to_owned() }),
        (Some(_), _) => Err(ClientError::TooNew { version: version.to_owned() }),
        // A build without a release number, such as `local` or `dev`.
        (None, _) => Ok(()),
    }
}

/// What an error answer says: `{name, data{message}}`, `{_tag, message}`, `{error: […]}` or plain text.
pub fn error_message(text: &str) -> String {
    let Ok(value) = serde_json::from_str::<Value>(text) else {
        return if text.trim_start().starts_with('<') { "a web page".to_owned() } else { short(text) };
    };
    let candidates = ["/data/message", "/message", "/error/0/message", "/error/message", "/name", "/_tag"];
    let message = candidates.iter().find_map(|path| value.pointer(path).and_then(Value::as_str));
    message.map_or_else(|| short(text), short)
}

fn short(text: &str) -> String {
    text.trim().chars().take(200).collect()
}

fn string<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

fn strings(value: &Value, key: &str) -> Vec<String> {
    let list = value.get(key).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_get_the_names_that_the_editor_uses() {
        let paths = Paths {
            directory: "/home/dev/link".into(),
            worktree: Some("/data/project".into()),
            real: Some("/data/project".into()),
        };
        assert_eq!(paths.resolve("src/a.py"), Path::new("/home/dev/link/src/a.py"));
        assert_eq!(paths.resolve("/data/project/a.py"), Path::new("/home/dev/link/a.py"));
        assert_eq!(paths.resolve("/elsewhere/a.py"), Path::new("/elsewhere/a.py"));
    }

    #[test]
    fn versions() {
        for good in ["1.1.27", "1.18.34", "1.1.0-beta.1", "local"] {
            assert!(check_version(good).is_ok(), "{good}");
        }
        assert!(matches!(check_version("1.0.223"), Err(ClientError::TooOld { .. })));
        assert!(matches!(check_version("0.15.0"), Err(ClientError::TooOld { .. })));
        assert!(matches!(check_version("2.0.1"), Err(ClientError::TooNew { .. })));
    }

    #[test]
    fn errors_of_all_versions_say_something() {
        for (text, said) in [
            (
                r#"{"name":"NotFoundError","data":{"message":"Session not found: ses_nope"}}"#,
                "Session not found: ses_nope",
            ),
            (
                r#"{"_tag":"PermissionNotFoundError","message":"Permission request not found"}"#,
                "Permission request not found",
            ),
            (r#"{"data":{},"error":[{"message":"Invalid input"}],"success":false}"#, "Invalid input"),
            ("<!doctype html><html>", "a web page"),
            ("Unauthorized", "Unauthorized"),
        ] {
            assert_eq!(error_message(text), said);
        }
    }
}
