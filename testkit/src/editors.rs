//! Real editors, as Debian packages them, unpacked into the cache with all they need.
//!
//! Nothing is installed: each is made to use the loader and the libraries of its own Debian release.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::install::{Error, at, cached, run, say};

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

struct Recipe {
    suite: &'static str,
    package: &'static str,
    program: &'static str,
    /// The variable that names its own files, and where they are.
    runtime: (&'static str, &'static str),
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

    /// Whether it is a Helix.
    #[must_use]
    pub fn is_helix(self) -> bool {
        matches!(self, Self::HelixOld | Self::HelixNew)
    }

    fn recipe(self) -> Recipe {
        let suite = match self {
            Self::NeovimOld | Self::HelixOld => "trixie",
            Self::NeovimNew | Self::HelixNew | Self::Emacs | Self::Kakoune => "sid",
        };
        if self == Self::Emacs {
            let runtime = ("EMACSDOC", "usr/share/emacs");
            return Recipe { suite, package: "emacs-nox", program: "usr/bin/emacs-nox", runtime };
        }
        if self == Self::Kakoune {
            let runtime = ("KAKOUNE_RUNTIME", "usr/share/kak");
            return Recipe { suite, package: "kakoune", program: "usr/bin/kak", runtime };
        }
        if self.is_helix() {
            let runtime = ("HELIX_RUNTIME", "usr/lib/hx/runtime");
            return Recipe { suite, package: "hx", program: "usr/lib/hx/hx", runtime };
        }
        let runtime = ("VIMRUNTIME", "usr/share/nvim/runtime");
        Recipe { suite, package: "neovim", program: "usr/bin/nvim", runtime }
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
        let recipe = self.recipe();
        let home = home(self.name(), &recipe)?;
        let mut command = Command::new(home.join(recipe.program));
        command.env(recipe.runtime.0, home.join(recipe.runtime.1));
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

const LOADER: &str = "usr/lib64/ld-linux-x86-64.so.2";
const LIBRARIES: &str = "usr/lib/x86_64-linux-gnu";

fn home(name: &str, recipe: &Recipe) -> Result<PathBuf, Error> {
    cached(name, Path::is_dir, |cache, home| {
        let begun = Instant::now();
        say(&format!("downloading {} of Debian's {} to {}", recipe.package, recipe.suite, cache.display()));
        let work = tempfile::Builder::new().prefix("download-").tempdir_in(cache).map_err(at(cache))?;
        let root = work.path().join("root");
        unpack(recipe, work.path())?;
        patch(&root, home, recipe)?;
        fs::rename(&root, home).map_err(at(home))?;
        say(&format!("{name} is there after {:.0} s", begun.elapsed().as_secs_f32()));
        Ok(())
    })
}

/// Downloads a package with all it depends on, as if nothing were installed, and unpacks it.
fn unpack(recipe: &Recipe, work: &Path) -> Result<(), Error> {
    let (apt, root) = (work.join("apt"), work.join("root"));
    for folder in ["lists/partial", "cache/archives/partial"] {
        let folder = apt.join(folder);
        fs::create_dir_all(&folder).map_err(at(&folder))?;
    }
    let source = format!(
        "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {} {} main\n",
        archive()?,
        recipe.suite
    );
    for (name, text) in [("status", ""), ("sources.list", source.as_str())] {
        let file = apt.join(name);
        fs::write(&file, text).map_err(at(&file))?;
    }
    let settings = [
        ("Dir::Etc::sourcelist", apt.join("sources.list")),
        ("Dir::Etc::sourceparts", "/dev/null".into()),
        ("Dir::State::lists", apt.join("lists")),
        ("Dir::State::status", apt.join("status")),
        ("Dir::Cache", apt.join("cache")),
        ("APT::Install-Recommends", "false".into()),
        // The folder is this user's, not apt's own.
        ("APT::Sandbox::User", "root".into()),
    ];
    let apt_get = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        for (name, value) in &settings {
            command.arg("-o").arg(format!("{name}={}", value.display()));
        }
        run(command.args(arguments))
    };
    apt_get(&["-qq", "update"])?;
    apt_get(&["-qq", "-y", "--download-only", "install", recipe.package, "patchelf"])?;
    let archives = apt.join("cache/archives");
    for entry in fs::read_dir(&archives).map_err(at(&archives))?.flatten() {
        if entry.path().extension().is_some_and(|extension| extension == "deb") {
            run(Command::new("dpkg").arg("-x").arg(entry.path()).arg(&root))?;
        }
    }
    Ok(())
}

/// Makes the program in `root` use what is going to be in `home`. Running it by its loader would not do:
/// Neovim starts itself once more.
fn patch(root: &Path, home: &Path, recipe: &Recipe) -> Result<(), Error> {
    let mut patchelf = Command::new(root.join(LOADER));
    patchelf.arg("--library-path").arg(root.join(LIBRARIES)).arg(root.join("usr/bin/patchelf"));
    patchelf.arg("--set-interpreter").arg(home.join(LOADER));
    patchelf.arg("--force-rpath").arg("--set-rpath").arg(home.join(LIBRARIES));
    run(patchelf.arg(root.join(recipe.program)))?;
    Ok(())
}

/// The archive of Debian's that this machine uses.
fn archive() -> Result<String, Error> {
    let mut files = vec![PathBuf::from("/etc/apt/sources.list")];
    files.extend(fs::read_dir("/etc/apt/sources.list.d").into_iter().flatten().flatten().map(|entry| entry.path()));
    let texts = files.iter().filter_map(|file| fs::read_to_string(file).ok());
    let lines: Vec<String> = texts.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect();
    let words =
        lines.iter().filter(|line| !line.trim_start().starts_with('#')).flat_map(|line| line.split_whitespace());
    let mut archives = words.filter(|word| word.starts_with("http") && word.trim_end_matches('/').ends_with("/debian"));
    archives.next().map(str::to_owned).ok_or(Error::NoArchive)
}
