//! The real VS Code: its workbench in a browser, its extension host in a server, and this project's extension.

mod browser;
mod extension;
mod server;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::install::Error;
use browser::Browser;
use extension::Extension;
use server::Server;
pub use server::Workbench;

/// All that it takes, in the cache.
#[derive(Debug, Clone)]
pub struct VsCode {
    server: Server,
    browser: Browser,
    extension: Extension,
}

impl VsCode {
    /// Downloads what is not in the cache, and builds the extension from its sources. Several processes may
    /// ask at once: one does it, the others wait.
    ///
    /// # Errors
    /// On other machines than Linux on x86-64; where there is no npm, or neither a Chromium nor an archive of
    /// Debian's; when a download fails or the extension cannot be built.
    pub fn find() -> Result<Self, Error> {
        if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
            return Err(Error::NoVsCode);
        }
        let server = server::find()?;
        let extension = extension::find(&server)?;
        Ok(Self { browser: browser::find()?, server, extension })
    }

    /// Starts it for a user whose home this is, with the extension and these settings.
    ///
    /// # Panics
    /// When it does not come up; the panic shows its log.
    #[must_use]
    pub fn start(&self, home: &Path, settings: &Value, configure: impl FnOnce(&mut Command)) -> Workbench {
        self.server.start(home, &self.extension.installed(), settings, configure)
    }

    /// A program of the extension's `tests` folder that drives a browser.
    #[must_use]
    pub fn driver(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = self.server.node();
        command.arg(self.extension.tests().join(PathBuf::from(program.as_ref())));
        self.browser.lend(&mut command);
        command
    }
}
