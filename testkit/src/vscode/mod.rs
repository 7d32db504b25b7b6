//! The real VS Code: its workbench in a browser, its extension host in a server, and this project's extension.

mod browser;
mod extension;
mod server;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::install::Error;
use browser::Browser;
use extension::Extension;
use server::Server;
pub use server::Workbench;

/// All that it takes to run it, in the cache.
#[derive(Debug, Clone)]
pub struct VsCode {
    server: Server,
    browser: Browser,
    /// What the extension is built with.
    modules: PathBuf,
}

impl VsCode {
    /// Downloads what is not in the cache. Several processes may ask at once: one does it, the others wait.
    ///
    /// # Errors
    /// On other machines than Linux on x86-64; where there is no npm, or neither a Chromium nor an archive of
    /// Debian's; when a download fails.
    pub fn find() -> Result<Self, Error> {
        if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
            return Err(Error::NoVsCode);
        }
        Ok(Self { server: server::find()?, modules: extension::modules()?, browser: browser::find()? })
    }

    /// Checks and builds the extension, where it is not in the cache as its sources are now.
    ///
    /// # Errors
    /// What its compiler or its own tests say.
    pub fn with_extension(&self) -> Result<Extended, Error> {
        let extension = extension::find(&self.modules, &self.server)?;
        Ok(Extended { server: self.server.clone(), browser: self.browser.clone(), extension })
    }
}

/// VS Code with the extension.
pub struct Extended {
    server: Server,
    browser: Browser,
    extension: Extension,
}

impl Extended {
    /// Starts it for a user whose home this is, with these settings.
    ///
    /// # Panics
    /// When it does not come up; the panic shows its log.
    #[must_use]
    pub fn start(&self, home: &Path, settings: &Value, configure: impl FnOnce(&mut Command)) -> Workbench {
        self.server.start(home, &self.extension.installed(), settings, configure)
    }

    /// A program of the extension's `tests` folder that drives a browser.
    #[must_use]
    pub fn driver(&self, program: &str) -> Command {
        let mut command = self.server.node();
        command.arg(self.extension.tests().join(program));
        self.browser.lend(&mut command);
        command
    }
}
