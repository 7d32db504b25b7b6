//! The browser for the workbench: the user's Chromium, else Debian's without a window.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::debian::{self, LIBRARIES, Package};
use crate::install::{Error, at, cached};

const INSTALLED: [&str; 4] = ["chromium", "google-chrome", "google-chrome-stable", "chromium-browser"];

const PACKAGE: Package = Package {
    suite: "trixie",
    names: &["chromium-headless-shell", "fonts-dejavu-core"],
    program: "usr/lib/chromium/chromium-headless-shell",
};

#[derive(Debug, Clone)]
pub(super) struct Browser {
    program: PathBuf,
    own: Option<Own>,
}

/// What one needs that is not installed.
#[derive(Debug, Clone)]
struct Own {
    /// Where it is unpacked.
    home: PathBuf,
    /// The configuration of its fonts.
    fonts: PathBuf,
}

pub(super) fn find() -> Result<Browser, Error> {
    if let Some(program) = installed() {
        return Ok(Browser { program, own: None });
    }
    let home = debian::unpacked("chromium_of_debian_13", &PACKAGE)?;
    let fonts = cached("chromium_of_debian_13.fonts", Path::is_file, |cache, file| {
        let mut draft = tempfile::NamedTempFile::new_in(cache).map_err(at(cache))?;
        draft.write_all(fonts(&home).as_bytes()).map_err(at(file))?;
        draft.persist(file).map_err(|error| at(file)(error.error))?;
        Ok(())
    })?;
    Ok(Browser { program: home.join(PACKAGE.program), own: Some(Own { home, fonts }) })
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

/// The fonts that came with it, and no others: pages look the same everywhere.
fn fonts(home: &Path) -> String {
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
        if let Some(Own { home, fonts }) = &self.own {
            command.env("FONTCONFIG_FILE", fonts);
            // One of its libraries looks for another one only where an installed one would be.
            command.env("LD_LIBRARY_PATH", home.join(LIBRARIES).join("pulseaudio"));
        }
    }
}
