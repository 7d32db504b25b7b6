//! Files: those of the project, read; and the bridge's own, written for the user's eyes only.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use crate::core::effect::FileChange;
use crate::core::event::FileRefusal;
use crate::review::{Content, Fingerprint};

/// Larger files are said, not compared.
pub const MAX_COMPARED: u64 = 10 * 1024 * 1024;

/// What a file holds. What cannot be read as a file is said to be so.
pub fn read_content(path: &Path) -> Content {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if is_absence(&error) => return Content::Absent,
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
        Err(error) if is_absence(&error) => Content::Absent,
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "unreadable");
            Content::Unreadable
        }
    }
}

/// There is no such file, also where one of its folders has become a file.
fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Changes a file of the user's: whole, and only if it holds what is expected. Symbolic links and
/// permissions stay. Between the last look and the change remains the time of one system call.
pub fn change(change: &FileChange) -> Result<(), FileRefusal> {
    match change {
        FileChange::Write { path, expected: Content::Absent, text, bom } => create(path, text, *bom),
        FileChange::Write { path, expected, text, bom } => rewrite(path, expected, text, *bom),
        FileChange::Remove { path, expected } => {
            check_writable(path, expected)?;
            fs::remove_file(path).map_err(failed)
        }
        FileChange::Rename { from, to, expected } => {
            check_writable(from, expected)?;
            if fs::symlink_metadata(to).is_ok() {
                return Err(FileRefusal::Exists);
            }
            if let Some(folder) = to.parent() {
                fs::create_dir_all(folder).map_err(failed)?;
            }
            fs::rename(from, to).map_err(failed)
        }
    }
}

fn create(path: &Path, text: &str, bom: bool) -> Result<(), FileRefusal> {
    let folder = path.parent().ok_or_else(|| FileRefusal::Failed("it has no folder".to_owned()))?;
    fs::create_dir_all(folder).map_err(failed)?;
    let file = written_beside(folder, text, bom)?;
    file.persist_noclobber(path).map(drop).map_err(|error| match error.error.kind() {
        io::ErrorKind::AlreadyExists => FileRefusal::Exists,
        _ => failed(error.error),
    })
}

fn rewrite(path: &Path, expected: &Content, text: &str, bom: bool) -> Result<(), FileRefusal> {
    check_writable(path, expected)?;
    // The file itself, not the link to it, is replaced.
    let real = fs::canonicalize(path).map_err(failed)?;
    let permissions = fs::metadata(&real).map_err(failed)?.permissions();
    let folder = real.parent().ok_or_else(|| FileRefusal::Failed("it has no folder".to_owned()))?;
    let file = written_beside(folder, text, bom)?;
    file.as_file().set_permissions(permissions).map_err(failed)?;
    check(path, expected)?;
    file.persist(&real).map(drop).map_err(|error| failed(error.error))
}

fn written_beside(folder: &Path, text: &str, bom: bool) -> Result<tempfile::NamedTempFile, FileRefusal> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".opencode-lsp-");
    #[cfg(unix)]
    builder.permissions(default_permissions());
    let mut file = builder.tempfile_in(folder).map_err(failed)?;
    let mark = if bom { "\u{feff}" } else { "" };
    file.write_all(mark.as_bytes()).and_then(|()| file.write_all(text.as_bytes())).map_err(failed)?;
    Ok(file)
}

fn check_writable(path: &Path, expected: &Content) -> Result<(), FileRefusal> {
    check(path, expected)?;
    match fs::metadata(path) {
        Ok(metadata) if metadata.permissions().readonly() => Err(FileRefusal::ReadOnly),
        Ok(_) => Ok(()),
        Err(error) => Err(failed(error)),
    }
}

fn check(path: &Path, expected: &Content) -> Result<(), FileRefusal> {
    if read_content(path).without_bom() == *expected { Ok(()) } else { Err(FileRefusal::Changed) }
}

fn failed(error: io::Error) -> FileRefusal {
    FileRefusal::Failed(error.to_string())
}

/// Temporary files are private; a file of the project is as the user's others are: the umask is taken off.
#[cfg(unix)]
fn default_permissions() -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    fs::Permissions::from_mode(0o666)
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

/// Opens a file of the bridge's own for locking; its content does not matter.
pub fn open_own(path: &Path) -> io::Result<fs::File> {
    create_private(path.parent().ok_or_else(|| io::Error::other("no folder"))?)?;
    let mut options = fs::OpenOptions::new();
    // Reading too: NFS has shared locks only for who may read.
    options.create(true).read(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
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
        fs::write(folder.path().join("a"), "").expect("written");
        assert_eq!(read_content(&folder.path().join("a/b.py")), Content::Absent);
    }

    fn text(text: &str) -> Content {
        Content::Text(text.into())
    }

    fn write(path: &Path, expected: &str, new: &str) -> FileChange {
        FileChange::Write { path: path.to_path_buf(), expected: text(expected), text: new.into(), bom: false }
    }

    #[test]
    fn a_file_is_changed_only_if_it_holds_what_is_expected() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ü a#%?.py");
        fs::write(&path, "theirs\r\nno end").expect("written");
        assert_eq!(change(&write(&path, "other", "new")), Err(FileRefusal::Changed));
        assert_eq!(
            change(&FileChange::Remove { path: path.clone(), expected: text("other") }),
            Err(FileRefusal::Changed)
        );
        assert_eq!(fs::read_to_string(&path).expect("read"), "theirs\r\nno end");
        assert_eq!(change(&write(&path, "theirs\r\nno end", "new\r\n")), Ok(()));
        assert_eq!(fs::read_to_string(&path).expect("read"), "new\r\n");
        // Nothing of the work is left beside it.
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1);
    }

    #[test]
    fn a_file_comes_back_and_goes_and_gets_its_name_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let (old, new) = (folder.path().join("deep/old.py"), folder.path().join("new.py"));
        let restore = |path: &Path| FileChange::Write {
            path: path.to_path_buf(),
            expected: Content::Absent,
            text: "a\n".into(),
            bom: true,
        };
        assert_eq!(change(&restore(&new)), Ok(()));
        assert_eq!(fs::read_to_string(&new).expect("read"), "\u{feff}a\n");
        assert_eq!(change(&restore(&new)), Err(FileRefusal::Exists));
        let rename = |from: &Path, to: &Path| FileChange::Rename {
            from: from.to_path_buf(),
            to: to.to_path_buf(),
            expected: text("a\n"),
        };
        assert_eq!(change(&rename(&new, &old)), Ok(()));
        assert!(!new.exists());
        fs::write(&new, "other").expect("written");
        assert_eq!(change(&rename(&old, &new)), Err(FileRefusal::Exists));
        assert_eq!(change(&FileChange::Remove { path: old.clone(), expected: text("a\n") }), Ok(()));
        assert!(!old.exists());
    }

    #[cfg(unix)]
    #[test]
    fn permissions_and_symbolic_links_stay_and_read_only_files_too() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().expect("a folder");
        let (file, link) = (folder.path().join("run.sh"), folder.path().join("link.sh"));
        fs::write(&file, "old\n").expect("written");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o751)).expect("permitted");
        symlink("run.sh", &link).expect("a link");
        assert_eq!(change(&write(&link, "old\n", "new\n")), Ok(()));
        assert_eq!(fs::read_to_string(&file).expect("read"), "new\n");
        assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
        assert_eq!(fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o751);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o444)).expect("permitted");
        assert_eq!(change(&write(&file, "new\n", "newer\n")), Err(FileRefusal::ReadOnly));
        assert_eq!(
            change(&FileChange::Remove { path: file.clone(), expected: text("new\n") }),
            Err(FileRefusal::ReadOnly)
        );
        assert_eq!(fs::read_to_string(&file).expect("read"), "new\n");
    }
}
