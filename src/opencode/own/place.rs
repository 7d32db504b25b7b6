//! Where the bridges of a folder find each other's server: a folder of locks and records.
//!
//! ```text
//! servers/lock               held while a bridge joins or starts: one at a time
//! servers/<mark>/guard       held by the guard as long as it lives
//! servers/<mark>/lease       shared by the bridges that use the server; the guard waits for it
//! servers/<mark>/record.json where the server is and how to be let in; private, gone before the server
//! ```
//!
//! A lock vanishes with the process that holds it, in whatever way that ends, so that no process id is
//! ever believed. Each server has a folder of its own, which is never used again: what is removed there
//! can be nobody else's.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::{process, random_hex};
use crate::files;
use crate::opencode::client::Target;
use crate::opencode::path_map::PathMap;

const RECORD: &str = "record.json";
const TRY_EVERY: Duration = Duration::from_millis(10);

/// The folder of all own servers of a project, as long as this bridge alone may join or start one.
#[derive(Debug)]
pub struct Place {
    folder: PathBuf,
    guarded: Vec<PathBuf>,
    _lock: File,
}

impl Place {
    /// Waits for its turn. Fails where there are no locks or others may read, and when the others take too long.
    pub async fn enter(folder: &Path, within: Duration) -> io::Result<Self> {
        let lock = files::open_own(&folder.join("lock"))?;
        check_private(folder)?;
        acquire(within, || lock.try_lock()).await?;
        let folder = folder.to_path_buf();
        // Clearing away waits for processes to end.
        let looking = tokio::task::spawn_blocking(move || Self { guarded: look(&folder), folder, _lock: lock });
        looking.await.map_err(io::Error::other)
    }

    /// The folders of the servers whose guard lives.
    pub fn guarded(&self) -> &[PathBuf] {
        &self.guarded
    }

    /// Nobody can join the servers of this command any more.
    pub fn close(&self, command: &str) {
        for folder in &self.guarded {
            if record(folder).is_some_and(|record| record.command == command)
                && let Err(error) = fs::remove_file(folder.join(RECORD))
            {
                tracing::warn!(%error, "other editors may still join the own server that is to be replaced");
            }
        }
    }

    /// A folder for a new server, with the first lease of it.
    pub fn new_seat(&self) -> io::Result<Seat> {
        let folder = self.folder.join(random_hex::<8>().map_err(io::Error::other)?);
        let (lease, guard) = (files::open_own(&folder.join("lease"))?, files::open_own(&folder.join("guard"))?);
        lease.try_lock_shared()?;
        Ok(Seat { folder, lease, guard })
    }
}

/// The servers whose guard lives. What others have left is cleared away.
fn look(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let folders = entries.map(|entry| entry.path()).filter(|path| path.is_dir());
    let (guarded, left): (Vec<PathBuf>, Vec<PathBuf>) = folders.partition(|folder| is_guarded(folder));
    left.iter().for_each(|folder| clear_if_unused(folder));
    guarded
}

/// A place at a server: the server runs at least as long as this is held.
#[derive(Debug)]
pub struct Seat {
    folder: PathBuf,
    lease: File,
    guard: File,
}

impl Seat {
    /// A place at a server that runs. None if it is just being ended.
    pub async fn take(folder: &Path, within: Duration) -> Option<Self> {
        let seat =
            Self { folder: folder.to_path_buf(), lease: reopen(folder, "lease")?, guard: reopen(folder, "guard")? };
        // Held by a guard that ends its server: the wait is for its end, and then nothing is left to join.
        acquire(within, || seat.lease.try_lock_shared()).await.ok()?;
        Some(seat)
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn is_guarded(&self) -> bool {
        is_held(&self.guard)
    }

    pub fn record(&self) -> Option<Record> {
        record(&self.folder)
    }

    pub fn write(&self, record: &Record) -> io::Result<()> {
        let Target { url, username, password, .. } = record.target.clone();
        let password = password.map(|password| password.expose_secret().to_owned()).unwrap_or_default();
        let text = serde_json::to_string(&OnDisk { command: record.command.clone(), url, username, password })?;
        files::write_own(&self.folder.join(RECORD), &text)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        // The guard sees the lease go, and clears up. Should it have been killed, the last one does.
        if !self.is_guarded() && self.lease.unlock().is_ok() {
            clear_if_unused(&self.folder);
        }
    }
}

fn record(folder: &Path) -> Option<Record> {
    let text = fs::read_to_string(folder.join(RECORD)).ok()?;
    let OnDisk { command, url, username, password } = serde_json::from_str(&text).ok()?;
    let password = Some(SecretString::from(password));
    Some(Record { command, target: Target { url, username, password, path_map: PathMap::default(), ca_file: None } })
}

/// The command that a server was started by.
pub fn command(folder: &Path) -> Option<String> {
    record(folder).map(|record| record.command)
}

/// What one bridge tells the others.
#[derive(Debug)]
pub struct Record {
    pub command: String,
    pub target: Target,
}

#[derive(Serialize, Deserialize)]
struct OnDisk {
    command: String,
    url: String,
    username: String,
    password: String,
}

/// The guard's side of a server's folder.
#[derive(Debug)]
pub struct Post {
    folder: PathBuf,
    lease: File,
    _guard: File,
}

impl Post {
    /// Makes the guard's life visible. The folder exists, else nobody waits for a server any more.
    pub fn take(folder: &Path) -> io::Result<Self> {
        let gone = || io::Error::from(io::ErrorKind::NotFound);
        let (lease, guard) = (reopen(folder, "lease").ok_or_else(gone)?, reopen(folder, "guard").ok_or_else(gone)?);
        // Only ever held for a moment by those who look whether it is held.
        guard.lock()?;
        Ok(Self { folder: folder.to_path_buf(), lease, _guard: guard })
    }

    /// A future that is done when no bridge holds a lease; from then on none can be had.
    pub fn left(&self) -> io::Result<impl Future<Output = ()> + use<>> {
        let lease = self.lease.try_clone()?;
        Ok(async move {
            // A thread of its own waits: nothing has to be looked at again and again.
            let wait = tokio::task::spawn_blocking(move || {
                while lease.lock().is_err_and(|error| error.kind() == io::ErrorKind::Interrupted) {}
            });
            // It does not panic; and if it did, nobody would be there to end the server later.
            let _ = wait.await;
        })
    }

    /// Nobody is to join any more.
    pub fn close(&self) {
        remove(fs::remove_file(self.folder.join(RECORD)), &self.folder);
    }

    /// Leaves nothing behind.
    pub fn clear(self) {
        remove(fs::remove_dir_all(&self.folder), &self.folder);
    }
}

/// Ends what a killed guard has left, unless a bridge still uses it.
fn clear_if_unused(folder: &Path) {
    let lease = reopen(folder, "lease");
    if let Some(lease) = &lease
        && lease.try_lock().is_err()
    {
        return;
    }
    if let Some(mark) = folder.file_name().and_then(|name| name.to_str()) {
        process::end_marked(mark);
    }
    remove(fs::remove_dir_all(folder), folder);
}

fn remove(removed: io::Result<()>, folder: &Path) {
    if let Err(error) = removed
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(%error, folder = %folder.display(), "what an own server left cannot be removed");
    }
}

fn is_guarded(folder: &Path) -> bool {
    reopen(folder, "guard").is_some_and(|guard| is_held(&guard))
}

fn is_held(lock: &File) -> bool {
    match lock.try_lock_shared() {
        // Closing it would do as well, but this one may stay open.
        Ok(()) => lock.unlock().is_err(),
        Err(TryLockError::WouldBlock) => true,
        Err(TryLockError::Error(_)) => false,
    }
}

/// Opens what must be there: whoever made a file anew would make a lock that nobody else holds.
fn reopen(folder: &Path, name: &str) -> Option<File> {
    fs::OpenOptions::new().read(true).append(true).open(folder.join(name)).ok()
}

/// Whoever may write there could lead a bridge to another server, and whoever may read could use this one.
#[cfg(unix)]
fn check_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let metadata = fs::metadata(folder)?;
    if metadata.uid() != rustix::process::geteuid().as_raw() || metadata.mode() & 0o077 != 0 {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "other users have access to the folder"));
    }
    Ok(())
}

/// The folders of a user are private to it on Windows.
#[cfg(windows)]
fn check_private(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// Tries until it works, for at most so long.
async fn acquire(within: Duration, attempt: impl Fn() -> Result<(), TryLockError>) -> io::Result<()> {
    let deadline = Instant::now() + within;
    loop {
        match attempt() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if Instant::now() > deadline => {
                return Err(io::Error::from(io::ErrorKind::TimedOut));
            }
            Err(TryLockError::WouldBlock) => tokio::time::sleep(TRY_EVERY).await,
        }
    }
}
