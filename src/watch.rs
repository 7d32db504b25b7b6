//! Watching single files on disk.
//!
//! Their folders are watched, as files are replaced by renaming more often than they are written.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use notify::event::{AccessKind, AccessMode, ModifyKind};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;

use crate::core::Event;
use crate::queue::Latest;

/// The watched files, under every name the system may report them by.
type Names = Arc<Mutex<HashMap<PathBuf, PathBuf>>>;

/// Watches files and posts [`Event::DiskChanged`].
pub struct Watcher {
    /// What changed and is not posted yet: the system's thread must never wait for the bridge, which
    /// waits for that thread when it begins to watch a folder.
    changed: Arc<Latest<PathBuf>>,
    names: Names,
    /// How many watched files are in a folder.
    folders: BTreeMap<PathBuf, HashSet<PathBuf>>,
    /// None before the first file, and where the system has no such thing.
    system: Option<RecommendedWatcher>,
    failed: bool,
}

impl Watcher {
    pub fn new(events: mpsc::Sender<Event>) -> Self {
        let changed = Arc::new(Latest::default());
        tokio::spawn(post_changes(Arc::clone(&changed), events));
        Self { changed, names: Names::default(), folders: BTreeMap::new(), system: None, failed: false }
    }

    /// Begins to watch a file, or ends it. What cannot be watched is logged: it is then noticed later.
    pub fn watch(&mut self, path: &Path, on: bool) {
        let Some(folder) = path.parent() else {
            return;
        };
        if on {
            self.begin(path, folder);
        } else {
            self.end(path, folder);
        }
    }

    fn begin(&mut self, path: &Path, folder: &Path) {
        if !self.start() {
            return;
        }
        self.name(path, folder);
        let files = self.folders.entry(folder.to_path_buf()).or_default();
        if !files.insert(path.to_path_buf()) || files.len() > 1 {
            return;
        }
        if let Some(system) = &mut self.system
            && let Err(error) = system.watch(folder, RecursiveMode::NonRecursive)
        {
            tracing::info!(%error, folder = %folder.display(), "cannot be watched");
            self.folders.remove(folder);
        }
    }

    fn end(&mut self, path: &Path, folder: &Path) {
        self.names.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, ours| ours != path);
        let Some(files) = self.folders.get_mut(folder) else {
            return;
        };
        files.remove(path);
        if !files.is_empty() {
            return;
        }
        self.folders.remove(folder);
        if let Some(system) = &mut self.system
            && let Err(error) = system.unwatch(folder)
        {
            tracing::debug!(%error, folder = %folder.display(), "was not watched any more");
        }
    }

    /// macOS reports files by their names without symbolic links.
    fn name(&self, path: &Path, folder: &Path) {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.insert(path.to_path_buf(), path.to_path_buf());
        if let (Ok(real), Some(name)) = (std::fs::canonicalize(folder), path.file_name()) {
            names.insert(real.join(name), path.to_path_buf());
        }
    }

    fn start(&mut self) -> bool {
        if self.system.is_some() || self.failed {
            return self.system.is_some();
        }
        let (names, changed) = (Arc::clone(&self.names), Arc::clone(&self.changed));
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| match event {
            Ok(event) if changes(&event.kind) => report(&names, &changed, &event.paths),
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "watching files"),
        });
        match watcher {
            Ok(watcher) => self.system = Some(watcher),
            Err(error) => {
                tracing::warn!(%error, "files cannot be watched");
                self.failed = true;
            }
        }
        self.system.is_some()
    }
}

/// Linux tells when a file was written to its end; what it tells before that is of half a file.
fn changes(kind: &EventKind) -> bool {
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => true,
        EventKind::Access(_) => false,
        EventKind::Modify(ModifyKind::Data(_)) => !cfg!(target_os = "linux"),
        _ => true,
    }
}

/// Called on a thread of the watcher's own, which must not wait.
fn report(names: &Names, changed: &Latest<PathBuf>, paths: &[PathBuf]) {
    for path in paths {
        let ours = names.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned();
        if let Some(path) = ours {
            let same = path.clone();
            changed.push(path, |waiting| *waiting == same);
        }
    }
}

/// Ends when nobody listens any more.
async fn post_changes(changed: Arc<Latest<PathBuf>>, events: mpsc::Sender<Event>) {
    loop {
        let path = changed.pop().await;
        if events.send(Event::DiskChanged { path }).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_flood_of_changes_that_nobody_takes_does_not_stop_who_watches() {
        let folder = tempfile::tempdir().expect("a folder");
        let other = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a.py");
        let (events, mut received) = mpsc::channel(1);
        let mut watcher = Watcher::new(events);
        watcher.watch(&file, true);
        for text in ["one", "two", "three", "four"] {
            std::fs::write(&file, text).expect("written");
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        let path = other.path().join("b.py");
        let watching = tokio::task::spawn_blocking(move || {
            watcher.watch(&path, true);
            watcher
        });
        let done = tokio::time::timeout(Duration::from_secs(2), watching).await;
        assert!(done.is_ok(), "the watcher and its user wait for each other");
        assert!(matches!(received.recv().await, Some(Event::DiskChanged { path }) if path == file));
    }
}
