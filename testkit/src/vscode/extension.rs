//! The extension in `editors/vscode`, packaged and installed, with the programs that test it.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::server::Server;
use crate::install::{Error, at, cached, npm, run, say};

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../editors/vscode");

/// What is made of the sources, and is none of them.
const MADE: [&str; 2] = ["node_modules", "dist"];

#[derive(Debug, Clone)]
pub(super) struct Extension {
    home: PathBuf,
}

impl Extension {
    /// A folder for extensions with this one in it.
    pub(super) fn installed(&self) -> PathBuf {
        self.home.join("installed")
    }

    /// Programs for Node.js, which find their modules.
    pub(super) fn tests(&self) -> PathBuf {
        self.home.join("sources/tests")
    }
}

/// What it is built with, downloaded when it is not in the cache.
pub(super) fn modules() -> Result<PathBuf, Error> {
    let [lock, manifest] = ["package-lock.json", "package.json"].map(|name| Path::new(SOURCES).join(name));
    // The lock file says all of it; the manifest has much else in it.
    let name = format!("vscode_modules-{}", mark(std::slice::from_ref(&lock))?);
    cached(&name, Path::is_dir, |cache, home| install_modules(&[lock, manifest], cache, home))
}

/// Checks and builds it when it is not in the cache as the sources are now.
pub(super) fn find(modules: &Path, server: &Server) -> Result<Extension, Error> {
    let sources = Path::new(SOURCES);
    let mut files = Vec::new();
    list(sources, &mut files).map_err(at(sources))?;
    files.sort();
    let name = format!("vscode_extension-{}", mark(&files)?);
    let home = cached(&name, Path::is_dir, |cache, home| build(&files, modules, server, cache, home))?;
    Ok(Extension { home })
}

fn install_modules(manifests: &[PathBuf], cache: &Path, home: &Path) -> Result<(), Error> {
    let begun = Instant::now();
    say(&format!("downloading what the VS Code extension is built with to {}", cache.display()));
    let work = tempfile::Builder::new().prefix("download-").tempdir_in(cache).map_err(at(cache))?;
    let root = work.path().join("root");
    copy_files(manifests, &root)?;
    run(npm().current_dir(&root).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]))?;
    fs::rename(&root, home).map_err(at(home))?;
    say(&format!("it is there after {:.0} s", begun.elapsed().as_secs_f32()));
    Ok(())
}

fn build(files: &[PathBuf], modules: &Path, server: &Server, cache: &Path, home: &Path) -> Result<(), Error> {
    say("building the VS Code extension, and running its own tests");
    let work = tempfile::Builder::new().prefix("build-").tempdir_in(cache).map_err(at(cache))?;
    let root = work.path().join("root");
    let (sources, vsix) = (root.join("sources"), work.path().join("extension.vsix"));
    copy_files(files, &sources)?;
    link(&modules.join("node_modules"), &sources.join("node_modules"))?;
    run(npm().current_dir(&sources).args(["test", "--loglevel=error"]))?;
    let package = ["run", "package", "--loglevel=error", "--", "--out"];
    run(npm().current_dir(&sources).args(package).arg(&vsix))?;
    let compiler = sources.join("node_modules/typescript/bin/tsc");
    run(server.node().arg(compiler).arg("--project").arg(sources.join("tests")))?;
    server.install(&vsix, &root.join("installed"), &work.path().join("data"))?;
    fs::rename(&root, home).map_err(at(home))
}

/// Every file below that somebody wrote.
fn list(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if MADE.iter().any(|name| path.ends_with(name)) || path.extension().is_some_and(|kind| kind == "vsix") {
            continue;
        }
        if path.is_dir() {
            list(&path, found)?;
        } else {
            found.push(path);
        }
    }
    Ok(())
}

/// Another one for files with other names or contents.
fn mark(files: &[PathBuf]) -> Result<String, Error> {
    let mut hasher = DefaultHasher::new();
    for file in files {
        let name = file.strip_prefix(SOURCES).unwrap_or(file);
        (name, fs::read(file).map_err(at(file))?).hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// Copies files of the sources to the same places below another folder.
fn copy_files(files: &[PathBuf], to: &Path) -> Result<(), Error> {
    for file in files {
        let target = to.join(file.strip_prefix(SOURCES).unwrap_or(file));
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder).map_err(at(folder))?;
        }
        fs::copy(file, &target).map_err(at(&target))?;
    }
    Ok(())
}

#[cfg(unix)]
fn link(to: &Path, from: &Path) -> Result<(), Error> {
    std::os::unix::fs::symlink(to, from).map_err(at(from))
}

/// It is only tested on Linux.
#[cfg(not(unix))]
fn link(_to: &Path, _from: &Path) -> Result<(), Error> {
    Err(Error::NoVsCode)
}
