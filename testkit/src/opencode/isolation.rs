//! An environment in which opencode touches nothing of the user's, and no network.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::model::{MODEL_ID, PROVIDER_ID};
use crate::{Model, install, process};

/// Folders, a configuration and variables for one opencode, in a temporary folder.
///
/// For a server that the program under test starts itself; [`Opencode`](crate::Opencode) holds
/// one for its own. When dropped it ends what still runs in it (on Linux, where that can be
/// told) and removes the folder, so keep it longer than the program that uses it.
pub struct Isolation {
    home: TempDir,
    binary: PathBuf,
    variables: Vec<(String, String)>,
}

impl Isolation {
    /// Installs the version and prepares its environment.
    pub(crate) fn new(version: &str, config: &Value, password: Option<&str>) -> Self {
        let binary = install::opencode(version).unwrap_or_else(|error| panic!("{error}"));
        let home = tempfile::Builder::new().prefix("opencode-").tempdir().expect("a temporary folder");
        let folder = |name: &str| {
            let folder = home.path().join(name);
            fs::create_dir_all(&folder).expect("a folder for opencode");
            text(&folder)
        };
        let mut variables = vec![
            ("HOME".into(), folder("home")),
            ("TMPDIR".into(), folder("tmp")),
            ("XDG_CACHE_HOME".into(), folder("cache")),
            ("XDG_CONFIG_HOME".into(), folder("config")),
            ("XDG_DATA_HOME".into(), folder("data")),
            ("XDG_STATE_HOME".into(), folder("state")),
            ("PATH".into(), path_with(&binary)),
        ];
        if cfg!(windows) {
            variables.push(("USERPROFILE".into(), folder("home")));
        }
        for switch in SWITCHES {
            variables.push(((*switch).into(), "1".into()));
        }
        let mut isolation = Self { home, binary, variables };
        if let Some(password) = password {
            isolation.set_password(password);
        }
        isolation.write("config/opencode/opencode.json", &format!("{config:#}\n"));
        if let Some(format) = cache_format(version) {
            isolation.write("cache/opencode/models.json", "{}");
            isolation.write("cache/opencode/version", format);
        }
        isolation
    }

    /// The opencode binary.
    #[must_use]
    pub fn binary(&self) -> &Path {
        &self.binary
    }

    /// The temporary folder that holds everything.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.home.path()
    }

    /// The variables to set. `PATH` is among them: the binary's folder comes first there, so
    /// that plain `opencode` is this version.
    #[must_use]
    pub fn env(&self) -> Vec<(String, String)> {
        self.variables.clone()
    }

    /// Sets the variables for a command, and hides from it what it should not inherit: the
    /// user's opencode settings, keys of real providers, and proxies.
    pub fn apply(&self, command: &mut Command) {
        for (name, _) in std::env::vars_os() {
            if is_foreign(&name.to_string_lossy()) {
                command.env_remove(name);
            }
        }
        command.envs(self.env());
    }

    /// The password that a server asks for that is started from now on.
    pub(super) fn set_password(&mut self, password: &str) {
        self.variables.retain(|(name, _)| name != PASSWORD);
        self.variables.push((PASSWORD.into(), password.into()));
    }

    /// The processes that run in this environment, by id; always empty where the system does
    /// not tell (anywhere but on Linux).
    #[must_use]
    pub fn processes(&self) -> Vec<u32> {
        let mark = format!("XDG_DATA_HOME={}", text(&self.home.path().join("data")));
        process::with_environment(&mark)
    }

    fn write(&self, name: &str, content: &str) {
        let path = self.home.path().join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).expect("a folder for opencode");
        }
        fs::write(path, content).expect("a file for opencode");
    }
}

impl Drop for Isolation {
    fn drop(&mut self) {
        for pid in self.processes() {
            process::kill(pid);
        }
    }
}

/// The variable that makes a server ask for a password.
const PASSWORD: &str = "OPENCODE_SERVER_PASSWORD";

/// What keeps opencode off the network.
const SWITCHES: &[&str] = &[
    "OPENCODE_DISABLE_AUTOUPDATE",
    "OPENCODE_DISABLE_DEFAULT_PLUGINS",
    "OPENCODE_DISABLE_LSP_DOWNLOAD",
    "OPENCODE_DISABLE_MODELS_FETCH",
];

/// A configuration whose only model is the scripted one.
pub(crate) fn config(model: &Model, permission: &Value) -> Value {
    let name = format!("{PROVIDER_ID}/{MODEL_ID}");
    let limit = json!({"context": 200_000, "output": 8192});
    json!({
        "$schema": "https://opencode.ai/config.json",
        "model": name,
        "small_model": name,
        "autoupdate": false,
        "share": "disabled",
        "permission": permission,
        "provider": {PROVIDER_ID: {
            "npm": "@ai-sdk/openai-compatible",
            "name": "Scripted",
            "options": {"baseURL": model.base_url(), "apiKey": "none"},
            "models": {MODEL_ID: {"name": "Scripted", "tool_call": true, "limit": limit}},
        }},
    })
}

/// The number of the cache's format, for versions that need a model list in the cache.
///
/// 1.1 fetches the list at the first prompt whatever the switches say, and ends the turn in
/// silence when it cannot. An empty list in the cache satisfies it; but a cache of any other
/// format is thrown away at the start.
fn cache_format(version: &str) -> Option<&'static str> {
    let patch: u32 = version.strip_prefix("1.1.")?.parse().ok()?;
    Some(if patch < 65 { "18" } else { "21" })
}

fn is_foreign(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    name.starts_with("OPENCODE_") && name != "OPENCODE_LSP_TEST_CACHE"
        || name.starts_with("GIT_")
        || name.ends_with("_API_KEY")
        || matches!(name.as_str(), "HTTP_PROXY" | "HTTPS_PROXY" | "ALL_PROXY" | "XDG_RUNTIME_DIR" | "AWS_PROFILE")
}

fn path_with(binary: &Path) -> String {
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    let folders = binary.parent().map(Path::to_path_buf).into_iter().chain(std::env::split_paths(&inherited));
    std::env::join_paths(folders).expect("a PATH").to_string_lossy().into_owned()
}

fn text(path: &Path) -> String {
    path.to_str().expect("a path in UTF-8").into()
}
