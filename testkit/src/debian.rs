//! Programs as Debian packages them, unpacked into the cache with all they need.
//!
//! Nothing is installed: each is made to use the loader and the libraries of its own Debian release.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::install::{Error, at, cached, run, say};

/// A program of a Debian release.
pub(crate) struct Package {
    pub(crate) suite: &'static str,
    /// What to install, as `apt-get install` names it.
    pub(crate) names: &'static [&'static str],
    /// Where it is in what is unpacked.
    pub(crate) program: &'static str,
}

/// Where its libraries are in what is unpacked.
pub(crate) const LIBRARIES: &str = "usr/lib/x86_64-linux-gnu";
const LOADER: &str = "usr/lib64/ld-linux-x86-64.so.2";

/// The folder of the cache that holds it. Several processes may ask at once: one downloads, the others wait.
pub(crate) fn unpacked(name: &str, package: &Package) -> Result<PathBuf, Error> {
    cached(name, Path::is_dir, |cache, home| {
        let begun = Instant::now();
        say(&format!("downloading {} of Debian's {} to {}", package.names.join(", "), package.suite, cache.display()));
        let work = tempfile::Builder::new().prefix("download-").tempdir_in(cache).map_err(at(cache))?;
        let root = work.path().join("root");
        unpack(package, work.path())?;
        patch(&root, home, package)?;
        fs::rename(&root, home).map_err(at(home))?;
        say(&format!("{name} is there after {:.0} s", begun.elapsed().as_secs_f32()));
        Ok(())
    })
}

/// Downloads packages with all they depend on, as if nothing were installed, and unpacks them.
fn unpack(package: &Package, work: &Path) -> Result<(), Error> {
    let (apt, root) = (work.join("apt"), work.join("root"));
    for folder in ["lists/partial", "cache/archives/partial"] {
        let folder = apt.join(folder);
        fs::create_dir_all(&folder).map_err(at(&folder))?;
    }
    let source = format!(
        "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {} {} main\n",
        archive()?,
        package.suite
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
    apt_get(&[&["-qq", "-y", "--download-only", "install", "patchelf"], package.names].concat())?;
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
fn patch(root: &Path, home: &Path, package: &Package) -> Result<(), Error> {
    let mut patchelf = Command::new(root.join(LOADER));
    patchelf.arg("--library-path").arg(root.join(LIBRARIES)).arg(root.join("usr/bin/patchelf"));
    patchelf.arg("--set-interpreter").arg(home.join(LOADER));
    patchelf.arg("--force-rpath").arg("--set-rpath").arg(home.join(LIBRARIES));
    run(patchelf.arg(root.join(package.program)))?;
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
