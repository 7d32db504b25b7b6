//! opencode's JSON, read tolerantly: unknown events and fields are ignored, missing ones cost only themselves.
//!
//! What differs between 1.x versions is handled here, by what a message holds, and named where it is handled.

mod catalogue;
mod changes;
mod events;
pub mod info;
mod messages;
mod questions;
mod search;
mod sessions;
mod vcs;

pub use catalogue::{agents, commands, default_model, models, prompts, session, sessions};
pub use changes::file_diffs;
pub use events::{event, permissions};
pub use messages::{command_body, prompt_body, ran, reverted, shell_body, turn};
pub use questions::questions;
pub use search::{files, symbols};
pub use sessions::{Messages, messages, newest, todos};
pub use vcs::{tells_uncommitted, uncommitted};

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use url::Url;

use super::error::ClientError;
use super::path_map::{self, PathMap};
use crate::core::ids::SessionId;

/// How a server names the project's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// The project's folder, as the editor names it.
    pub directory: PathBuf,
    /// The root of the repository as the server names it, which diffs are relative to; none without one.
    pub worktree: Option<PathBuf>,
    /// The folder without symbolic links, where that is another name: opencode may use it, the editor does not.
    pub real: Option<PathBuf>,
    /// Folders that the server knows by other names.
    pub map: PathMap,
}

impl Paths {
    pub fn new(directory: &Path, map: PathMap) -> Self {
        let real = std::fs::canonicalize(directory).ok().filter(|real| real != directory);
        Self { directory: directory.to_path_buf(), worktree: None, real, map }
    }

    /// Takes in `GET /path`. Without a repository its root is `/`.
    pub fn learn(&mut self, answer: &Value) {
        self.worktree = string(answer, "worktree").filter(|path| !matches!(*path, "" | "/")).map(PathBuf::from);
        // The server follows links: of the folder that it was asked about it may tell by another name.
        let told = string(answer, "directory").filter(|told| self.map.to_local(told).is_none());
        if let Some(told) = told.filter(|_| !self.map.is_empty()) {
            self.map = self.map.and(&self.directory.to_string_lossy(), told);
        }
    }

    /// The absolute path of a file named in a diff or an event, as the editor names it. None for a file of
    /// the server's own: with a path map, what is not in it is not the same file here.
    fn resolve(&self, name: &str) -> Option<PathBuf> {
        let path = match self.map.is_empty() {
            true => self.worktree.as_deref().unwrap_or(&self.directory).join(name),
            false => self.mapped(name)?,
        };
        Some(match self.real.as_deref().and_then(|real| path.strip_prefix(real).ok()) {
            Some(rest) => self.directory.join(rest),
            None => path,
        })
    }

    fn mapped(&self, name: &str) -> Option<PathBuf> {
        let folder = match &self.worktree {
            Some(worktree) => worktree.to_string_lossy().into_owned(),
            None => self.to_server(&self.directory),
        };
        let name = path_map::join(&folder, name);
        if let Some(local) = self.map.to_local(&name) {
            let local = PathBuf::from(local);
            // The editor's own spelling, where a drive's letter may be written in two ways.
            let inside = local.strip_prefix(&self.directory).ok().map(|rest| self.directory.join(rest));
            return Some(inside.unwrap_or(local));
        }
        // A server of this machine that knows the folder's real name besides the mapped one.
        let path = PathBuf::from(name.into_owned());
        self.real.as_deref().is_some_and(|real| path.starts_with(real)).then_some(path)
    }

    /// The server's name of a local path.
    pub fn to_server(&self, local: &Path) -> String {
        let text = local.to_string_lossy();
        if self.map.is_empty() {
            return text.into_owned();
        }
        let real = || {
            let rest = local.strip_prefix(&self.directory).ok()?;
            self.map.to_server(&self.real.as_deref()?.join(rest).to_string_lossy())
        };
        self.map.to_server(&text).or_else(real).unwrap_or_else(|| text.into_owned())
    }

    /// The URL by which the server finds a local file.
    pub(super) fn file_url(&self, local: &Path) -> Option<Url> {
        match self.map.is_empty() {
            true => Url::from_file_path(local).ok(),
            false => path_map::file_url(&self.to_server(local)),
        }
    }

    /// Another name of the server's for people to read: local where there is such a file.
    fn shown(&self, name: String) -> String {
        self.map.to_local(&name).unwrap_or(name)
    }

    /// A patch with the names of its files as the editor has them.
    fn shown_patch(&self, patch: &str) -> String {
        if self.map.is_empty() {
            return patch.to_owned();
        }
        let mut head = true;
        let lines = patch.split_inclusive('\n').map(|line| {
            // No line of a hunk begins so.
            head = (head || line.starts_with("Index: ")) && !line.starts_with("@@");
            let name = ["Index: ", "--- ", "+++ "].iter().find_map(|mark| Some((*mark, line.strip_prefix(mark)?)));
            let Some((mark, name)) = name.filter(|_| head) else {
                return line.to_owned();
            };
            let (name, end) = name.split_at(name.find(['\t', '\r', '\n']).unwrap_or(name.len()));
            format!("{mark}{}{end}", self.shown(name.to_owned()))
        });
        lines.collect()
    }
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

/// How long an event stream may be silent: a bit more than two heartbeats, which are 10 s apart. In 1.1 they
/// are 30 s apart, of which one and a half must do.
pub fn patience(version: &str) -> Duration {
    Duration::from_secs(if version.starts_with("1.1.") { 45 } else { 25 })
}

/// What an error answer says: `{name, data{message}}`, `{_tag, message}`, `{error: […]}` or plain text.
pub fn error_message(text: &str) -> String {
    let Ok(value) = serde_json::from_str::<Value>(text) else {
        return if text.trim_start().starts_with('<') { "a web page".to_owned() } else { short(text) };
    };
    if let Some(problem) = config_problem(&value) {
        return problem;
    }
    let candidates = ["/data/message", "/message", "/error/0/message", "/error/message", "/name", "/_tag"];
    let message = candidates.iter().find_map(|path| value.pointer(path).and_then(Value::as_str));
    message.map_or_else(|| short(text), short)
}

/// A configuration that opencode cannot read. Its message quotes the file, which may hold keys: only what is wrong
/// with it is taken.
fn config_problem(value: &Value) -> Option<String> {
    string(value, "name").filter(|name| name.starts_with("Config"))?;
    let data = value.get("data")?;
    let issue = data.pointer("/issues/0").map(|issue| {
        let path = issue.get("path").and_then(Value::as_array).into_iter().flatten();
        let path: Vec<String> = path.map(|key| key.as_str().map_or_else(|| key.to_string(), str::to_owned)).collect();
        format!("{}: {}", path.join("."), string(issue, "message").unwrap_or("not valid"))
    });
    let error = || {
        let (_, errors) = string(data, "message")?.split_once("--- Errors ---")?;
        errors.lines().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned)
    };
    let what = issue.or_else(error).unwrap_or_else(|| "it cannot be read".to_owned());
    let file = string(data, "path").unwrap_or("opencode.json");
    Some(short(&format!("its configuration is wrong, correct it in {file} ({what})")))
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
            map: PathMap::default(),
        };
        assert_eq!(paths.resolve("src/a.py").as_deref(), Some(Path::new("/home/dev/link/src/a.py")));
        assert_eq!(paths.resolve("/data/project/a.py").as_deref(), Some(Path::new("/home/dev/link/a.py")));
        assert_eq!(paths.resolve("/elsewhere/a.py").as_deref(), Some(Path::new("/elsewhere/a.py")));
        assert_eq!(paths.to_server(Path::new("/home/dev/link/a.py")), "/home/dev/link/a.py");
    }

    fn mapped() -> Paths {
        Paths {
            directory: "/home/me/project/app".into(),
            worktree: Some("/workspace".into()),
            real: None,
            map: PathMap::from_json(&serde_json::json!({"/home/me/project": "/workspace"})).expect("a map"),
        }
    }

    #[test]
    fn with_a_path_map_the_servers_names_become_local_and_other_files_are_none() {
        let paths = mapped();
        assert_eq!(paths.resolve("app/a.py").as_deref(), Some(Path::new("/home/me/project/app/a.py")));
        assert_eq!(paths.resolve("/workspace/b.py").as_deref(), Some(Path::new("/home/me/project/b.py")));
        assert_eq!(paths.resolve("/etc/hosts"), None);
        assert_eq!(paths.resolve("../outside.py"), None);
        assert_eq!(paths.to_server(Path::new("/home/me/project/app/a.py")), "/workspace/app/a.py");
        assert_eq!(paths.to_server(Path::new("/home/me/other.py")), "/home/me/other.py");
        let no_repository = Paths { worktree: None, ..mapped() };
        assert_eq!(no_repository.resolve("a.py").as_deref(), Some(Path::new("/home/me/project/app/a.py")));
    }

    #[test]
    fn a_mapped_folder_may_be_a_link_on_the_server() {
        let mut paths = mapped();
        paths.learn(&serde_json::json!({"directory": "/data/project/app", "worktree": "/data/project"}));
        assert_eq!(paths.resolve("/data/project/app/a.py").as_deref(), Some(Path::new("/home/me/project/app/a.py")));
        assert_eq!(paths.resolve("app/a.py").as_deref(), Some(Path::new("/home/me/project/app/a.py")));
        assert_eq!(paths.resolve("/workspace/a.py").as_deref(), Some(Path::new("/home/me/project/a.py")));
        let known = paths.map.clone();
        paths.learn(&serde_json::json!({"directory": "/data/project/app", "worktree": "/"}));
        assert_eq!((paths.map, paths.worktree), (known, None));
    }

    #[test]
    fn a_map_may_name_the_folder_behind_a_link() {
        let paths = Paths { directory: "/home/me/link".into(), real: Some("/home/me/project".into()), ..mapped() };
        assert_eq!(paths.to_server(Path::new("/home/me/link/a.py")), "/workspace/a.py");
        assert_eq!(paths.resolve("/workspace/a.py").as_deref(), Some(Path::new("/home/me/link/a.py")));
    }

    #[test]
    fn patches_are_shown_with_local_names() {
        let patch = "Index: /workspace/a.py\n===\n--- /workspace/a.py\told\n+++ /workspace/a.py\n@@ -1 +1 @@\n\
            --- /workspace/a.py\n+++ /workspace/a.py\nIndex: /etc/hosts\n--- /etc/hosts";
        let shown = "Index: /home/me/project/a.py\n===\n--- /home/me/project/a.py\told\n+++ /home/me/project/a.py\n\
            @@ -1 +1 @@\n--- /workspace/a.py\n+++ /workspace/a.py\nIndex: /etc/hosts\n--- /etc/hosts";
        assert_eq!(mapped().shown_patch(patch), shown);
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
    fn a_stream_may_be_silent_between_two_heartbeats() {
        for (version, seconds) in [("1.1.27", 45), ("1.1.65", 45), ("1.2.27", 25), ("1.18.34", 25), ("local", 25)] {
            assert_eq!(patience(version).as_secs(), seconds, "{version}");
        }
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
            (
                r#"{"name":"ConfigJsonError","data":{"path":"/p/opencode.json",
                    "message":"\n--- JSONC Input ---\n{\"apiKey\": \"secret\"\n--- Errors ---\nCloseBraceExpected at line 1, column 9\n   Line 1: {\"apiKey\": \"secret\"\n--- End ---"}}"#,
                "its configuration is wrong, correct it in /p/opencode.json (CloseBraceExpected at line 1, column 9)",
            ),
            (
                r#"{"name":"ConfigInvalidError","data":{"path":"/p/opencode.json",
                    "issues":[{"path":["provider",0],"message":"Invalid input"}]}}"#,
                "its configuration is wrong, correct it in /p/opencode.json (provider.0: Invalid input)",
            ),
            (
                r#"{"name":"ConfigJsonError","data":{"path":"/p/opencode.json","message":"{\"apiKey\": \"secret\""}}"#,
                "its configuration is wrong, correct it in /p/opencode.json (it cannot be read)",
            ),
        ] {
            assert_eq!(error_message(text), said);
        }
    }
}
