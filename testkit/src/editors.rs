//! Real editors, as Debian packages them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::debian::{self, Package};
use crate::install::{Error, at};

/// One version of an editor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packaged {
    /// Of Debian 13: Neovim 0.10.
    NeovimOld,
    /// Of Debian's development release.
    NeovimNew,
    /// Of Debian 13: Helix 25.01.
    HelixOld,
    /// Of Debian's development release.
    HelixNew,
    /// Of Debian's development release: Emacs 30, without a window system.
    Emacs,
    /// Of Debian's development release; kak-lsp is not in it.
    Kakoune,
}

impl Packaged {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::NeovimOld, Self::NeovimNew, Self::HelixOld, Self::HelixNew, Self::Emacs, Self::Kakoune];

    /// A name for people and for tests.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NeovimOld => "neovim_of_debian_13",
            Self::NeovimNew => "neovim_of_debian_sid",
            Self::HelixOld => "helix_of_debian_13",
            Self::HelixNew => "helix_of_debian_sid",
            Self::Emacs => "emacs_of_debian_sid",
            Self::Kakoune => "kakoune_of_debian_sid",
        }
    }

    /// Its package; the variable that names its own files, and where they are.
    fn recipe(self) -> (Package, (&'static str, &'static str)) {
        let suite = match self {
            Self::NeovimOld | Self::HelixOld => "trixie",
            Self::NeovimNew | Self::HelixNew | Self::Emacs | Self::Kakoune => "sid",
        };
        let (names, program, runtime): (&[_], _, _) = match self {
            Self::NeovimOld | Self::NeovimNew => {
                (&["neovim"], "usr/bin/nvim", ("VIMRUNTIME", "usr/share/nvim/runtime"))
            }
            Self::HelixOld | Self::HelixNew => (&["hx"], "usr/lib/hx/hx", ("HELIX_RUNTIME", "usr/lib/hx/runtime")),
            Self::Emacs => (&["emacs-nox"], "usr/bin/emacs-nox", ("EMACSDOC", "usr/share/emacs")),
            Self::Kakoune => (&["kakoune"], "usr/bin/kak", ("KAKOUNE_RUNTIME", "usr/share/kak")),
        };
        (Package { suite, names, program }, runtime)
    }

    /// Whether it can be had wherever Debian's packages can.
    #[must_use]
    pub fn is_whole(self) -> bool {
        self != Self::Kakoune
    }

    /// Starts it; downloaded when it is not in the cache. Several processes may ask at once: one
    /// downloads, the others wait.
    ///
    /// # Errors
    /// Where there is no `apt-get` or no archive of Debian's, or a download fails.
    pub fn command(self) -> Result<Command, Error> {
        let (package, (variable, runtime)) = self.recipe();
        let home = debian::unpacked(self.name(), &package)?;
        let mut command = Command::new(home.join(package.program));
        command.env(variable, home.join(runtime));
        match self {
            Self::Emacs => find_emacs_files(&mut command, &home)?,
            Self::Kakoune => find_kak_lsp()?,
            _ => {}
        }
        Ok(command)
    }
}

/// Emacs keeps its files in folders with its version, and its dumped state under a name of its own.
fn find_emacs_files(command: &mut Command, home: &Path) -> Result<(), Error> {
    let lisp = only(&home.join("usr/share/emacs"), "a version's lisp", |path| path.join("lisp").is_dir())?;
    let programs = only(&home.join("usr/libexec/emacs"), "a version", |path| path.is_dir())?;
    let programs = only(&programs, "a system", |path| path.is_dir())?;
    let dumped = only(&programs, "*.pdmp", |path| path.extension().is_some_and(|extension| extension == "pdmp"))?;
    command.env("EMACSLOADPATH", lisp.join("lisp")).env("EMACSDATA", lisp.join("etc")).env("EMACSPATH", programs);
    command.arg(format!("--dump-file={}", dumped.display()));
    Ok(())
}

/// Its LSP client is no package of Debian's, and takes minutes to build.
fn find_kak_lsp() -> Result<(), Error> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    if std::env::split_paths(&path).any(|folder| folder.join("kak-lsp").is_file()) {
        return Ok(());
    }
    let reason = "it is not on the PATH (cargo install kak-lsp --locked)".to_owned();
    Err(Error::Command { command: "kak-lsp".to_owned(), reason })
}

/// What is such a thing in a folder.
fn only(folder: &Path, what: &str, is_it: impl Fn(&Path) -> bool) -> Result<PathBuf, Error> {
    let mut paths = fs::read_dir(folder).map_err(at(folder))?.flatten().map(|entry| entry.path());
    let missing = || Error::Contents { package: "emacs-nox".into(), file: folder.join(what) };
    paths.find(|path| is_it(path)).ok_or_else(missing)
}
