//! Files: those of the project, read; and the bridge's own, written for the user's eyes only.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use crate::review::{Content, Fingerprint};

/// Larger files are said, not compared.
pub const MAX_COMPARED: u64 = 10 * 1024 * 1024;

/// What a file holds. What cannot be read as a file is said to be so.
pub fn read_content(path: &Path) -> Content {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Content::Absent,
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "unreadable");
            return Content::Unreadable;
        }
    };
    // Opening a pipe or a device could wait for ever.
    if !metadata.is_file() {
        return Content::Unreadable;
    }
    if metadata.len() > MAX_COMPARED {
        return Content::TooLarge { bytes: metadata.len() };
    }
    match fs::read(path) {
        Ok(bytes) => Content::from_bytes(&bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Content::Absent,
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "unreadable");
            Content::Unreadable
        }
    }
}

/// The folder for what the bridge keeps of a project: `$XDG_STATE_HOME/opencode-lsp/<name>-<hash>` or the system's like.
pub fn own_folder(root: &Path) -> PathBuf {
    let base = match etcetera::choose_base_strategy() {
        Ok(strategy) => strategy.state_dir().unwrap_or_else(|| strategy.data_dir()),
        // No home folder: the system's place for temporary files still has one folder a user.
        Err(_) => std::env::temp_dir(),
    };
    let name: String = root
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
        .collect();
    let hash = Fingerprint::of(root.to_string_lossy().as_bytes()).hash;
    base.join("opencode-lsp").join(format!("{name}-{hash:016x}"))
}

/// Writes a file of the bridge's own, whole or not at all, readable by the user only.
pub fn write_own(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().ok_or_else(|| io::Error::other("no folder"))?;
    create_private(folder)?;
    // Temporary files are private (0600) from the start.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.persist(path)?;
    Ok(())
}

#[cfg(unix)]
fn create_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// The folders of a user are private to it on Windows.
#[cfg(windows)]
fn create_private(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_files_are_private() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("deep/er/file.md");
        write_own(&path, "one").expect("written");
        write_own(&path, "two").expect("written again");
        assert_eq!(fs::read_to_string(&path).expect("read"), "two");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
            assert_eq!(mode(&path), 0o600);
            assert_eq!(mode(path.parent().expect("a parent")), 0o700);
        }
    }

    #[test]
    fn what_is_no_file_is_no_text() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(read_content(&folder.path().join("none")), Content::Absent);
        assert_eq!(read_content(folder.path()), Content::Unreadable);
    }
}
