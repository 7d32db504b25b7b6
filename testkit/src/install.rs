//! Real opencode binaries, from the npm registry into a cache.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Instant;

use etcetera::BaseStrategy as _;

/// Why there is no binary.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `npm` is what downloads most of it.
    #[error("cannot download what the tests need: there is no `npm` on the PATH (install Node.js)")]
    NoNpm,
    /// opencode is not built for this operating system or processor.
    #[error("there is no opencode package for {os} on {arch}")]
    NoPackage {
        /// As in [`std::env::consts::OS`].
        os: &'static str,
        /// As in [`std::env::consts::ARCH`].
        arch: &'static str,
    },
    /// VS Code and what it needs are brought here for one kind of machine.
    #[error(
        "VS Code is only tested on linux on x86_64, and this is {} on {}",
        std::env::consts::OS,
        std::env::consts::ARCH
    )]
    NoVsCode,
    /// The user has no home folder to hold a cache.
    #[error("no cache folder: set {CACHE_VARIABLE}, or HOME")]
    NoCache,
    /// A command that was needed ended badly.
    #[error("`{command}` failed: {reason}")]
    Command {
        /// What was run.
        command: String,
        /// What it said.
        reason: String,
    },
    /// The package is not what was expected.
    #[error("{package} holds no file {}", file.display())]
    Contents {
        /// Name and version.
        package: String,
        /// What should be in it.
        file: PathBuf,
    },
    /// The registry has versions, but no release that could be used.
    #[error("the registry lists no release of opencode 1.x")]
    NothingPublished,
    /// Editors come from Debian's packages.
    #[error("cannot download editors: no archive of Debian's is among this machine's apt sources")]
    NoArchive,
    /// The cache cannot be written.
    #[error("{}: {source}", path.display())]
    Io {
        /// What was being worked on.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

const CACHE_VARIABLE: &str = "OPENCODE_LSP_TEST_CACHE";

/// The opencode binary of this version, downloaded when it is not in the cache.
///
/// The cache is the folder `$OPENCODE_LSP_TEST_CACHE`, else `opencode-lsp-tests` in the
/// user's cache folder. Several processes may ask at once: one downloads, the others wait.
///
/// # Errors
/// When the package cannot be had or unpacked.
pub fn opencode(version: &str) -> Result<PathBuf, Error> {
    let package = package()?;
    let binary = |home: &Path| home.join("bin").join(binary_name());
    let home = cached(
        &format!("{package}-{version}"),
        |home| binary(home).is_file(),
        |cache, home| download(&package, version, cache, home),
    )?;
    Ok(binary(&home))
}

/// A folder of the cache, which `make` brings there whole, by a rename. Several processes may ask at
/// once: one makes it, the others wait.
pub(crate) fn cached(
    name: &str,
    is_there: impl Fn(&Path) -> bool,
    make: impl FnOnce(&Path, &Path) -> Result<(), Error>,
) -> Result<PathBuf, Error> {
    let cache = cache()?;
    let home = cache.join(name);
    if is_there(&home) {
        return Ok(home);
    }
    fs::create_dir_all(&cache).map_err(at(&cache))?;
    let lock_path = cache.join(format!("{name}.lock"));
    let lock = File::create(&lock_path).map_err(at(&lock_path))?;
    lock.lock().map_err(at(&lock_path))?;
    if !is_there(&home) {
        make(&cache, &home)?;
    }
    Ok(home)
}

/// Every version on the registry for this machine, previews and all.
pub(crate) fn published() -> Result<Vec<String>, Error> {
    let package = package()?;
    let answer = run(npm().args(["view", &package, "versions", "--json", "--loglevel=error"]))?;
    serde_json::from_slice(&answer.stdout).map_err(|error| Error::Command {
        command: format!("npm view {package} versions"),
        reason: format!("its answer is no list of versions ({error})"),
    })
}

fn download(package: &str, version: &str, cache: &Path, home: &Path) -> Result<(), Error> {
    let wanted = format!("{package}@{version}");
    let begun = Instant::now();
    say(&format!("downloading {wanted} (tens of megabytes) to {}", cache.display()));
    let work = tempfile::Builder::new().prefix("download-").tempdir_in(cache).map_err(at(cache))?;
    let unpacked = unpack(&wanted, work.path())?;
    let binary = unpacked.join("bin").join(binary_name());
    if !binary.is_file() {
        return Err(Error::Contents { package: wanted, file: Path::new("bin").join(binary_name()) });
    }
    make_executable(&binary).map_err(at(&binary))?;
    // A folder without the binary is somebody's half-removed one.
    if home.exists() {
        fs::remove_dir_all(home).map_err(at(home))?;
    }
    fs::rename(&unpacked, home).map_err(at(home))?;
    say(&format!("{wanted} is there after {:.0} s", begun.elapsed().as_secs_f32()));
    Ok(())
}

/// Downloads a package, such as `name@1.2.3`, and unpacks it in `work`, without what it depends on.
pub(crate) fn unpack(wanted: &str, work: &Path) -> Result<PathBuf, Error> {
    run(npm().current_dir(work).args(["pack", wanted, "--ignore-scripts", "--loglevel=error"]))?;
    let archive = the_archive(work, wanted)?;
    run(Command::new("tar").current_dir(work).arg("-xzf").arg(&archive))?;
    fs::remove_file(&archive).map_err(at(&archive))?;
    Ok(work.join("package"))
}

/// The package's name for this machine.
fn package() -> Result<String, Error> {
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let unknown = || Error::NoPackage { os, arch };
    let system = match os {
        "linux" => "linux",
        "macos" => "darwin",
        "windows" => "windows",
        _ => return Err(unknown()),
    };
    let processor = match arch {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        _ => return Err(unknown()),
    };
    let baseline = if system == "linux" && processor == "x64" && !has_avx2() { "-baseline" } else { "" };
    Ok(format!("opencode-{system}-{processor}{baseline}"))
}

/// The plain build needs AVX2 and dies of an illegal instruction without it.
fn has_avx2() -> bool {
    let Ok(information) = fs::read_to_string("/proc/cpuinfo") else {
        return true;
    };
    information
        .lines()
        .filter(|line| line.starts_with("flags"))
        .any(|line| line.split_ascii_whitespace().any(|flag| flag == "avx2"))
}

fn cache() -> Result<PathBuf, Error> {
    if let Some(folder) = std::env::var_os(CACHE_VARIABLE).filter(|folder| !folder.is_empty()) {
        // Absolute, because commands run in other folders.
        return std::path::absolute(&folder).map_err(at(Path::new(&folder)));
    }
    let base = etcetera::choose_base_strategy().map_err(|_| Error::NoCache)?;
    Ok(base.cache_dir().join("opencode-lsp-tests"))
}

fn binary_name() -> &'static str {
    if cfg!(windows) { "opencode.exe" } else { "opencode" }
}

pub(crate) fn npm() -> Command {
    Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" })
}

fn the_archive(folder: &Path, package: &str) -> Result<PathBuf, Error> {
    fs::read_dir(folder)
        .map_err(at(folder))?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "tgz"))
        .ok_or_else(|| Error::Command { command: format!("npm pack {package}"), reason: "it left no .tgz".into() })
}

pub(crate) fn run(command: &mut Command) -> Result<Output, Error> {
    let program = command.get_program().to_string_lossy().into_owned();
    let shown = std::iter::once(program.clone())
        .chain(command.get_args().map(|argument| argument.to_string_lossy().into_owned()))
        .collect::<Vec<_>>()
        .join(" ");
    let output = match command.output() {
        Ok(output) => output,
        Err(error) if error.kind() == io::ErrorKind::NotFound && program.starts_with("npm") => {
            return Err(Error::NoNpm);
        }
        Err(error) => {
            return Err(Error::Command { command: shown, reason: error.to_string() });
        }
    };
    if !output.status.success() {
        return Err(Error::Command {
            command: shown,
            // Compilers and test runners say it here, downloads there.
            reason: [&output.stdout, &output.stderr].iter().fold(output.status.to_string(), |said, more| {
                format!("{said}\n{}", String::from_utf8_lossy(more).trim())
            }),
        });
    }
    Ok(output)
}

#[cfg(unix)]
fn make_executable(binary: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(binary, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_binary: &Path) -> io::Result<()> {
    Ok(())
}

/// Tells what takes so long; past the test harness, which would hold back what `eprintln!`
/// says until the test has failed.
pub(crate) fn say(text: &str) {
    let _ = writeln!(io::stderr(), "testkit: {text}");
}

pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_path_buf();
    move |source| Error::Io { path, source }
}
