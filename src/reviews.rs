//! Reviews on disk, one file for each, so that they outlive the language server.
//!
//! Several servers may serve one project (two editors); only the one that holds the lock writes.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::core::changes::KeptReview;
use crate::core::effect::ReviewToKeep;
use crate::files;
use crate::review::Fingerprint;

/// The most that is kept of a project, in bytes; what comes later is only in memory.
const MAX_BYTES: u64 = 64 * 1024 * 1024;
/// How often it is tried to be the one that writes.
const TRY_EVERY: Duration = Duration::from_millis(20);

/// The kept reviews of all workspace folders, by the folders of their own files.
#[derive(Debug, Default)]
pub struct Shelves(Mutex<HashMap<PathBuf, Arc<Reviews>>>);

impl Shelves {
    /// The reviews of one folder.
    pub fn of(&self, own: &Path) -> Arc<Reviews> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(own.to_path_buf()).or_insert_with(|| Arc::new(Reviews::new(own))))
    }

    /// Writes a review down, or forgets it. Blocks; failures are logged.
    pub fn keep(&self, review: &ReviewToKeep) {
        self.of(&review.own).keep(&review.path, review.review.as_deref());
    }

    /// Leaves the reviews of a folder to other processes.
    pub fn leave(&self, own: &Path) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(own);
    }
}

/// The kept reviews of one project.
#[derive(Debug)]
pub struct Reviews {
    folder: PathBuf,
    state: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    /// Held as long as the process lives.
    lock: Option<File>,
    /// What is on disk, in bytes.
    sizes: BTreeMap<PathBuf, u64>,
    full: bool,
}

impl Reviews {
    /// `own` is the folder of the bridge's own files of a project. Nothing is read or written yet.
    pub fn new(own: &Path) -> Self {
        Self { folder: own.join("reviews"), state: Mutex::default() }
    }

    /// What an earlier run left, as far as the files are still the same; the rest is dropped. A shell command
    /// that keeps the reviews for a moment is waited for. Blocks.
    pub fn restore(&self, patience: Duration) -> Vec<KeptReview> {
        let deadline = Instant::now() + patience;
        while self.folder.exists() && self.writer(&mut self.lock()) == Writer::Another && Instant::now() < deadline {
            std::thread::sleep(TRY_EVERY);
        }
        let Ok(entries) = fs::read_dir(&self.folder) else {
            return Vec::new();
        };
        let mut kept = self.lock();
        if !self.may_write(&mut kept) {
            return Vec::new();
        }
        let files = entries.flatten().map(|entry| entry.path());
        let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
        let mut reviews = Vec::new();
        for file in files {
            // Told of already, or written by this process.
            if kept.sizes.contains_key(&file) {
                continue;
            }
            match read(&file) {
                Ok((review, bytes)) => {
                    kept.sizes.insert(file, bytes);
                    reviews.push(review);
                }
                Err(why) => {
                    tracing::info!(file = %file.display(), why, "a review of an earlier run is dropped");
                    remove(&file);
                }
            }
        }
        reviews
    }

    /// Writes the review of a file down, or forgets it where there is none. Blocks; failures are logged.
    pub fn keep(&self, path: &Path, review: Option<&KeptReview>) {
        let file = self.folder.join(format!("{:016x}.json", Fingerprint::of(path.to_string_lossy().as_bytes()).hash));
        let mut kept = self.lock();
        let Some(review) = review else {
            if kept.sizes.remove(&file).is_some() {
                remove(&file);
            }
            return;
        };
        if !self.may_write(&mut kept) {
            return;
        }
        let text = match serde_json::to_string(review) {
            Ok(text) => text,
            Err(error) => {
                tracing::error!(%error, path = %path.display(), "a review cannot be written down");
                return;
            }
        };
        let others: u64 = kept.sizes.iter().filter(|(other, _)| **other != file).map(|(_, bytes)| bytes).sum();
        if others + text.len() as u64 > MAX_BYTES {
            if !std::mem::replace(&mut kept.full, true) {
                tracing::warn!("too much is unreviewed to keep all of it for the next run");
            }
            // What is there is older than the review in memory.
            if kept.sizes.remove(&file).is_some() {
                remove(&file);
            }
            return;
        }
        match files::write_own(&file, &text) {
            Ok(()) => {
                kept.sizes.insert(file, text.len() as u64);
            }
            Err(error) => tracing::error!(%error, file = %file.display(), "a review could not be written down"),
        }
    }

    /// Whether this process keeps the reviews from now on. Blocks.
    pub fn hold(&self) -> bool {
        self.may_write(&mut self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this process is the one that writes; tried anew each time, as the other may have ended.
    fn may_write(&self, kept: &mut Kept) -> bool {
        matches!(self.writer(kept), Writer::This)
    }

    fn writer(&self, kept: &mut Kept) -> Writer {
        if kept.lock.is_some() {
            return Writer::This;
        }
        let file = match files::open_own(&self.folder.join("lock")) {
            Ok(file) => file,
            Err(error) => {
                tracing::warn!(%error, folder = %self.folder.display(), "reviews are not kept for the next run");
                return Writer::None;
            }
        };
        if file.try_lock().is_err() {
            tracing::debug!("another opencode-lsp keeps the reviews of this project");
            return Writer::Another;
        }
        kept.lock = Some(file);
        Writer::This
    }
}

/// The process that writes the reviews of a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writer {
    This,
    Another,
    /// It cannot be done.
    None,
}

/// One review, and its size in bytes; or why it no longer counts.
fn read(file: &Path) -> Result<(KeptReview, u64), String> {
    let text = fs::read_to_string(file).map_err(|error| error.to_string())?;
    let review: KeptReview = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    if files::read_content(&review.path).without_bom() != *review.review.current() {
        return Err(format!("{} is not what it was", review.path.display()));
    }
    Ok((review, text.len() as u64))
}

fn remove(file: &Path) {
    if let Err(error) = fs::remove_file(file)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(%error, file = %file.display(), "a kept review cannot be removed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn review(path: &Path, now: &str) -> KeptReview {
        let source = json!({"session": "ses_1", "prompt": null, "origin": null});
        serde_json::from_value(json!({
            "path": path, "before": {"Text": "old\n"}, "now": {"Text": now}, "written": null,
            "source": source, "sources": [source], "patch": null, "renamed_from": null,
            "has_user_edits": false, "bom": false, "bom_before": false,
        }))
        .expect("a review")
    }

    #[test]
    fn what_is_kept_comes_back_where_the_file_is_the_same() {
        let folder = tempfile::tempdir().expect("a folder");
        let (same, other) = (folder.path().join("same.py"), folder.path().join("other.py"));
        let own = folder.path().join("own");
        {
            let reviews = Reviews::new(&own);
            for path in [&same, &other] {
                fs::write(path, "new\n").expect("written");
                reviews.keep(path, Some(&review(path, "new\n")));
            }
            reviews.keep(&folder.path().join("gone.py"), Some(&review(&same, "new\n")));
            reviews.keep(&folder.path().join("gone.py"), None);
        }
        fs::write(&other, "something else\n").expect("written");
        fs::write(own.join("reviews/0.json"), "not a review").expect("written");
        let restored = Reviews::new(&own).restore(Duration::ZERO);
        let paths: Vec<&PathBuf> = restored.iter().map(|review| &review.path).collect();
        assert_eq!(paths, [&same]);
        // What no longer fits is not looked at again.
        let left = fs::read_dir(own.join("reviews")).expect("listed").flatten();
        assert_eq!(left.filter(|entry| entry.path().extension().is_some_and(|e| e == "json")).count(), 1);
    }

    #[test]
    fn one_of_several_servers_writes() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.py");
        fs::write(&path, "new\n").expect("written");
        let (first, second) = (Reviews::new(folder.path()), Reviews::new(folder.path()));
        first.keep(&path, Some(&review(&path, "new\n")));
        assert!(second.restore(Duration::ZERO).is_empty());
        second.keep(&path, None);
        drop(first);
        assert_eq!(second.restore(Duration::ZERO).len(), 1);
    }

    #[test]
    fn who_keeps_the_reviews_for_a_moment_is_waited_for() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.py");
        fs::write(&path, "new\n").expect("written");
        let (first, second) = (Reviews::new(folder.path()), Reviews::new(folder.path()));
        first.keep(&path, Some(&review(&path, "new\n")));
        assert!(first.hold() && !second.hold());
        let (begun, begins) = std::sync::mpsc::channel();
        let waiting = std::thread::spawn(move || {
            begun.send(()).expect("heard");
            second.restore(Duration::from_secs(90)).len()
        });
        begins.recv().expect("begun");
        drop(first);
        assert_eq!(waiting.join().expect("no panic"), 1);
    }

    #[test]
    fn nothing_is_told_twice() {
        let folder = tempfile::tempdir().expect("a folder");
        let (kept, own) = (folder.path().join("kept.py"), folder.path().join("own.py"));
        for path in [&kept, &own] {
            fs::write(path, "new\n").expect("written");
        }
        Reviews::new(folder.path()).keep(&kept, Some(&review(&kept, "new\n")));
        let reviews = Reviews::new(folder.path());
        reviews.keep(&own, Some(&review(&own, "new\n")));
        let told: Vec<PathBuf> = reviews.restore(Duration::ZERO).into_iter().map(|review| review.path).collect();
        assert_eq!(told, [kept]);
        assert!(reviews.restore(Duration::ZERO).is_empty());
    }
}
