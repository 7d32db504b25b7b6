//! The browser for the workbench: the user's Chromium, else Debian's without a window.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::debian::{self, LIBRARIES, Package};
use crate::install::{Error, at};

const INSTALLED: [&str; 4] = ["chromium", "google-chrome", "google-chrome-stable", "chromium-browser"];

const PACKAGE: Package = Package {
    suite: "trixie",
    names: &["chromium-headless-shell", "fonts-dejavu-core"],
    program: "usr/lib/chromium/chromium-headless-shell",
};

#[derive(Debug, Clone)]
pub(super) struct Browser {
    program: PathBuf,
    /// Where it is unpacked, if it is not installed.
    home: Option<PathBuf>,
}

pub(super) fn find() -> Result<Browser, Error> {
    if let Some(program) = installed() {
        return Ok(Browser { program, home: None });
    }
    let home = debian::unpacked("chromium_of_debian_13", &PACKAGE)?;
    let fonts = fonts(&home);
    if !fonts.is_file() {
        fs::write(&fonts, configuration(&home)).map_err(at(&fonts))?;
    }
    Ok(Browser { program: home.join(PACKAGE.program), home: Some(home) })
}

/// One on the PATH, as a whole path. Some are only a hint to install the real one.
fn installed() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let mut programs = INSTALLED.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    programs.find(|program| program.is_file() && runs(program))
}

fn runs(program: &Path) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn fonts(home: &Path) -> PathBuf {
    home.join("fonts.conf")
}

/// The fonts that came with it, and no others: pages look the same everywhere.
fn configuration(home: &Path) -> String {
    let [fonts, cache] = ["usr/share/fonts", "var/cache/fontconfig"].map(|folder| home.join(folder));
    format!(
        "<?xml version=\"1.0\"?>\n<!DOCTYPE fontconfig SYSTEM \"urn:fontconfig:fonts.dtd\">\n\
         <fontconfig><dir>{}</dir><cachedir>{}</cachedir>\n\
         <alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias></fontconfig>\n",
        fonts.display(),
        cache.display()
    )
}

impl Browser {
    /// Tells a program that starts it where it is, and what it needs.
    pub(super) fn lend(&self, command: &mut Command) {
        command.env("CHROMIUM", &self.program);
        if let Some(home) = &self.home {
            command.env("FONTCONFIG_FILE", fonts(home));
            // One of its libraries looks for another one only where an installed one would be.
            command.env("LD_LIBRARY_PATH", home.join(LIBRARIES).join("pulseaudio"));
        }
    }
}
