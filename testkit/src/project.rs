//! A folder to work in.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A temporary folder with a git repository and one commit; gone when dropped.
pub struct Project {
    /// Holds the project and git's home beside it.
    home: TempDir,
    root: PathBuf,
}

impl Project {
    /// A repository whose first commit holds these files.
    ///
    /// # Panics
    /// When there is no `git`, or it fails.
    #[must_use]
    pub fn new(files: &[(&str, &str)]) -> Self {
        let home = tempfile::Builder::new().prefix("project-").tempdir().expect("a temporary folder");
        let root = home.path().join("project");
        fs::create_dir(&root).expect("the project's folder");
        let root = canonical(&root);
        let project = Self { home, root };
        for (name, text) in files {
            project.write(name, text);
        }
        project.git(&["init", "--quiet", "--initial-branch=main"]);
        project.git(&["add", "--all"]);
        // opencode names a project by its first commit. The folder's name in the message keeps
        // two projects with the same files apart.
        let message = format!("The files of {}", project.home.path().display());
        project.git(&["commit", "--quiet", "--allow-empty", "-m", &message]);
        project
    }

    /// The project's folder, without symbolic links in it.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The project folder's `file:` URI, without a slash at the end.
    #[must_use]
    pub fn root_uri(&self) -> String {
        uri(&self.root)
    }

    /// The absolute path of a file, which need not exist.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// The `file:` URI of a file, which need not exist.
    #[must_use]
    pub fn uri(&self, name: &str) -> String {
        uri(&self.path(name))
    }

    /// Writes a file, and the folders it needs.
    ///
    /// # Panics
    /// When that fails.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).expect("a folder of the project");
        }
        fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// What a file holds.
    ///
    /// # Panics
    /// When it cannot be read as UTF-8.
    #[must_use]
    pub fn read(&self, name: &str) -> String {
        let path = self.path(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Removes a file.
    ///
    /// # Panics
    /// When it cannot be removed.
    pub fn remove(&self, name: &str) {
        let path = self.path(name);
        fs::remove_file(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// Runs git in the project, apart from the user's configuration; what it printed.
    ///
    /// # Panics
    /// When git is missing or fails.
    pub fn git(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("git");
        // A test that runs inside a git hook inherits variables that name another repository.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("GIT_") {
                command.env_remove(name);
            }
        }
        let output = command
            .current_dir(&self.root)
            .env("HOME", self.home.path())
            .env("XDG_CONFIG_HOME", self.home.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .args(["-c", "user.name=Test", "-c", "user.email=test@example.com"])
            .args(["-c", "commit.gpgsign=false", "-c", "core.autocrlf=false"])
            .args(arguments)
            .output()
            .unwrap_or_else(|error| panic!("cannot run git: {error}"));
        assert!(
            output.status.success(),
            "git {arguments:?}: {}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

pub(crate) fn uri(path: &Path) -> String {
    url::Url::from_file_path(path).unwrap_or_else(|()| panic!("{} is not absolute", path.display())).into()
}

/// The path without symbolic links; on Windows without the `\\?\` that editors do not send.
pub(crate) fn canonical(path: &Path) -> PathBuf {
    let path =
        fs::canonicalize(path).unwrap_or_else(|error| panic!("{} has no canonical form: {error}", path.display()));
    match path.to_str().and_then(|text| text.strip_prefix(r"\\?\")) {
        Some(plain) => plain.into(),
        None => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clean_repository_with_one_commit() {
        let project = Project::new(&[("a.py", "x = 1\n"), ("deep/b c.py", "")]);
        assert_eq!(project.git(&["rev-list", "--count", "HEAD"]).trim(), "1");
        assert_eq!(project.git(&["status", "--porcelain"]), "");
        assert!(project.uri("deep/b c.py").ends_with("/deep/b%20c.py"));
        project.write("a.py", "x = 2\n");
        assert_eq!(project.read("a.py"), "x = 2\n");
        project.remove("a.py");
        assert!(!project.path("a.py").exists());
    }

    #[test]
    fn two_alike_are_two_projects() {
        let head = |project: &Project| project.git(&["rev-parse", "HEAD"]);
        let files = [("a.py", "x = 1\n")];
        assert_ne!(head(&Project::new(&files)), head(&Project::new(&files)));
    }
}
