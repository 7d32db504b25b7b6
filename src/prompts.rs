//! The files of prompt documents: listed, moved away, and cleared away when they are old.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::core::prompt_documents::files::{
    KEPT_EMPTY, KEPT_FOR, KEPT_SENT, KeptQuestion, PromptJob, PromptsDone, is_sent, note_of, noted, question_of,
};
use crate::core::prompt_documents::{PROMPTS, TEXTS};
use crate::files;

/// Larger files are no questions of ours, in bytes.
const MOST: u64 = 10 * 1024 * 1024;

/// Does a job of the core's. Blocks.
pub fn perform(job: PromptJob) -> PromptsDone {
    match job {
        PromptJob::List { folder, own } => PromptsDone::Listed { folder, questions: list(&own) },
        PromptJob::Fetch { path } => {
            let text = fs::read_to_string(&path).ok();
            let sent = text.as_deref().is_some_and(|text| is_sent(text, read_note(&path).as_deref()));
            PromptsDone::Fetched { path, text, sent }
        }
        PromptJob::Discard { path, to, text } => {
            let result = discard(&path, &to, text.as_deref()).map_err(|error| error.to_string());
            PromptsDone::Discarded { path, to, result }
        }
    }
}

/// All questions of a project, newest first.
fn list(own: &Path) -> Vec<KeptQuestion> {
    let mut found: Vec<KeptQuestion> = documents(&own.join(PROMPTS)).filter_map(|path| question(&path)).collect();
    found.sort_by_key(|question| question.age);
    found
}

/// The documents of a folder.
fn documents(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter(|path| path.extension().is_some_and(|extension| extension == "md"))
}

/// A document in which something is asked.
fn question(path: &Path) -> Option<KeptQuestion> {
    let text = text_of(path)?;
    let question = question_of(&text);
    (!question.is_empty()).then(|| KeptQuestion {
        path: path.to_path_buf(),
        question: question.to_owned(),
        age: age(path),
        sent: is_sent(&text, read_note(path).as_deref()),
    })
}

fn text_of(path: &Path) -> Option<String> {
    let metadata = fs::metadata(path).ok().filter(|metadata| metadata.is_file() && metadata.len() <= MOST);
    metadata.and_then(|_| fs::read_to_string(path).ok())
}

fn read_note(path: &Path) -> Option<String> {
    fs::read_to_string(note_of(path)).ok()
}

/// How long ago a file was written; a clock that was put back makes it new.
fn age(path: &Path) -> Duration {
    let written = fs::metadata(path).and_then(|metadata| metadata.modified());
    written.ok().and_then(|written| SystemTime::now().duration_since(written).ok()).unwrap_or_default()
}

/// Nothing is removed before its text is elsewhere.
fn discard(path: &Path, to: &Path, text: Option<&str>) -> io::Result<()> {
    let on_disk;
    let text = match text {
        Some(text) => text,
        None => {
            on_disk = fs::read_to_string(path)?;
            &on_disk
        }
    };
    files::write_own(to, text)?;
    remove(&note_of(path))?;
    remove(path)
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// What clearing up found.
pub struct Tidied {
    /// Held as long as the process lives, so that no other one clears up meanwhile.
    pub lock: File,
    /// Questions of earlier runs that were not sent.
    pub unsent: usize,
}

/// Clears away what is old among a project's own files; never a question that was not sent. None where there is
/// nothing, or another process has done it. Blocks.
pub fn tidy(own: &Path) -> Option<Tidied> {
    let prompts = own.join(PROMPTS);
    if !own.is_dir() {
        return None;
    }
    let lock = files::open_own(&prompts.join("lock")).ok().filter(|lock| lock.try_lock().is_ok())?;
    let mut sent = 0;
    let mut unsent = 0;
    let questions = list(own);
    for question in &questions {
        if !question.sent {
            unsent += 1;
            continue;
        }
        sent += 1;
        if sent > KEPT_SENT || question.age > KEPT_FOR {
            drop_old(&question.path);
            drop_old(&note_of(&question.path));
        }
    }
    for path in documents(&prompts) {
        let is_empty = text_of(&path).is_some_and(|text| question_of(&text).is_empty());
        if is_empty && age(&path) > KEPT_EMPTY {
            drop_old(&path);
            drop_old(&note_of(&path));
        }
    }
    for entry in fs::read_dir(&prompts).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "sent") && !noted(&path).exists() {
            drop_old(&path);
        }
    }
    for folder in [TEXTS, "removed", "permissions", "diffs"] {
        for entry in fs::read_dir(own.join(folder)).into_iter().flatten().flatten() {
            let path = entry.path();
            if entry.file_type().is_ok_and(|kind| kind.is_file()) && age(&path) > KEPT_FOR {
                drop_old(&path);
            }
        }
    }
    Some(Tidied { lock, unsent })
}

fn drop_old(path: &Path) {
    if let Err(error) = remove(path) {
        tracing::warn!(%error, path = %path.display(), "an old file of the bridge's own cannot be removed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::ids::FolderId;
    use crate::core::prompt_documents::files::{mark_of, note};

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    struct Own(tempfile::TempDir);

    impl Own {
        fn new() -> Self {
            Self(tempfile::tempdir().expect("a folder"))
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }

        fn write(&self, name: &str, text: &str, age: Duration) -> PathBuf {
            let path = self.path(name);
            files::write_own(&path, text).expect("written");
            let file = File::options().write(true).open(&path).expect("open");
            file.set_modified(SystemTime::now() - age).expect("another time");
            path
        }

        fn sent(&self, name: &str, age: Duration) -> PathBuf {
            let text = format!("<!-- opencode: x\n-->\n\nWhy {name}?\n");
            let path = self.write(name, &text, age);
            files::write_own(&note_of(&path), &note(mark_of(&text))).expect("written");
            path
        }
    }

    #[test]
    fn what_is_old_goes_but_for_questions_that_were_not_sent() {
        let own = Own::new();
        let old = [
            own.sent("prompts/old.md", KEPT_FOR + DAY),
            own.write("prompts/empty.md", "<!-- opencode: x\n-->\n\n", KEPT_EMPTY + DAY),
            own.write("removed/a.py", "a", KEPT_FOR + DAY),
            own.write("diffs/a.diff", "a", KEPT_FOR + DAY),
            own.write("permissions/p.md", "a", KEPT_FOR + DAY),
            own.write("prompts/alone.sent", "1 2", DAY),
        ];
        let kept = [
            own.sent("prompts/new.md", DAY),
            own.write("prompts/unsent.md", "<!-- opencode: x\n-->\n\nWhy?\n", KEPT_FOR * 10),
            own.write("prompts/unread.md", "Hm?", KEPT_FOR * 10),
            own.write("prompts/template.md", "<!-- opencode: x\n-->\n\n", Duration::ZERO),
            own.write("removed/b.py", "a", DAY),
            own.write("transcripts/t.md", "a", KEPT_FOR * 10),
        ];
        let tidied = tidy(own.0.path()).expect("cleared");
        assert_eq!(tidied.unsent, 2);
        for path in &old {
            assert!(!path.exists(), "{}", path.display());
        }
        assert!(!note_of(&old[0]).exists());
        for path in &kept {
            assert!(path.exists(), "{}", path.display());
        }
        assert!(tidy(own.0.path()).is_none(), "by one at a time");
        drop(tidied);
        assert_eq!(tidy(own.0.path()).expect("cleared").unsent, 2);
    }

    #[test]
    fn only_the_newest_that_were_sent_are_kept() {
        let own = Own::new();
        for number in 0..KEPT_SENT + 3 {
            own.sent(&format!("prompts/{number}.md"), Duration::from_secs(60 * (number as u64 + 1)));
        }
        tidy(own.0.path()).expect("cleared");
        assert!(own.path(&format!("prompts/{}.md", KEPT_SENT - 1)).exists());
        assert!(!own.path(&format!("prompts/{KEPT_SENT}.md")).exists());
        assert_eq!(list(own.0.path()).len(), KEPT_SENT);
    }

    #[test]
    fn questions_are_listed_newest_first_and_told_apart() {
        let own = Own::new();
        own.sent("prompts/a.md", DAY);
        let unsent = own.write("prompts/b.md", "<!-- opencode: x\n-->\nHow?\n", Duration::ZERO);
        own.write("prompts/c.md", "<!-- opencode: x\n-->\n\n", DAY);
        let listed = perform(PromptJob::List { folder: FolderId(1), own: own.0.path().to_path_buf() });
        let PromptsDone::Listed { questions, .. } = listed else {
            panic!("no list but {listed:?}");
        };
        let told: Vec<(&str, bool)> = questions.iter().map(|known| (known.question.as_str(), known.sent)).collect();
        assert_eq!(told, [("How?", false), ("Why prompts/a.md?", true)]);
        assert_eq!(questions[0].path, unsent);
    }

    #[test]
    fn a_discarded_text_is_elsewhere_before_it_goes() {
        let own = Own::new();
        let path = own.write("prompts/a.md", "On disk.", Duration::ZERO);
        let to = own.path("removed/a.md");
        discard(&path, &to, Some("In the editor.")).expect("discarded");
        assert_eq!((fs::read_to_string(&to).expect("kept").as_str(), path.exists()), ("In the editor.", false));
        let path = own.write("prompts/b.md", "On disk.", Duration::ZERO);
        // Where a folder must be is a file.
        assert!(discard(&path, &to.join("b.md"), None).is_err());
        assert!(path.exists());
    }
}
