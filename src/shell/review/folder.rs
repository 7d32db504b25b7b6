//! Which workspace folder's reviews are meant, and who has them: the bridge of an editor, or nobody.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::ReviewError;
use super::headless::Headless;
use crate::config::Overrides;
use crate::core::changes::{FileFate, ReviewedFile};
use crate::core::ids::DocumentUri;
use crate::files;
use crate::shell::At;
use crate::socket::{self, CallError, Connection};

/// Who answers for the reviews of a folder.
pub enum Reviews {
    Bridge(Connection),
    /// No bridge runs: this process takes them up itself.
    Headless(Box<Headless>),
    /// Nothing is kept of this place.
    None,
}

/// The reviews of the workspace folder that `place` is in: the innermost that an editor has open, else the
/// innermost of which something is kept.
pub async fn find(place: &Path, overrides: &Overrides, at: &At) -> Result<Reviews, ReviewError> {
    let folders = candidates(place);
    for folder in &folders {
        if let Some(bridge) = holding(&files::own_folder(folder)).await? {
            return Ok(Reviews::Bridge(bridge));
        }
    }
    let Some(folder) = folders.into_iter().find(|folder| is_kept(&files::own_folder(folder))) else {
        return Ok(Reviews::None);
    };
    let headless = Headless::start(folder, overrides.clone(), at.settings.clone());
    Ok(Reviews::Headless(Box::new(headless)))
}

/// The bridge that keeps the reviews of a folder.
async fn holding(own: &Path) -> Result<Option<Connection>, ReviewError> {
    let bridges = socket::connect(own).await;
    let mut failed = None;
    for mut bridge in bridges {
        match bridge.list().await {
            Ok(_) => return Ok(Some(bridge)),
            Err(CallError::Elsewhere) => failed = failed.or(Some(CallError::Elsewhere)),
            Err(error) => failed = Some(error),
        }
    }
    failed.map_or(Ok(None), |error| Err(error.into()))
}

fn is_kept(own: &Path) -> bool {
    let entries = std::fs::read_dir(own.join("reviews")).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).any(|path| path.extension() == Some(OsStr::new("json")))
}

/// The folder and those above it, from the inside out, by each name that the editor may have for them.
fn candidates(place: &Path) -> Vec<PathBuf> {
    let names = [Some(place.to_path_buf()), place.canonicalize().ok()];
    let mut folders: Vec<PathBuf> = Vec::new();
    for folder in
        names.into_iter().flatten().flat_map(|name| name.ancestors().map(Path::to_path_buf).collect::<Vec<_>>())
    {
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    folders.sort_by_key(|folder| std::cmp::Reverse(folder.components().count()));
    folders
}

impl Reviews {
    pub async fn list(&mut self) -> Result<Vec<ReviewedFile>, ReviewError> {
        match self {
            Self::Bridge(bridge) => Ok(bridge.list().await?),
            Self::Headless(headless) => headless.list().await,
            Self::None => Ok(Vec::new()),
        }
    }

    pub async fn diff(&mut self, uri: Option<&DocumentUri>) -> Result<String, ReviewError> {
        match self {
            Self::Bridge(bridge) => Ok(bridge.diff(uri).await?),
            Self::Headless(headless) => headless.diff(uri.cloned()).await,
            Self::None => Ok(String::new()),
        }
    }

    /// Runs a command as the editor does, on one file.
    pub async fn run(
        &mut self,
        command: &str,
        argument: serde_json::Value,
        file: &ReviewedFile,
    ) -> Result<Vec<FileFate>, ReviewError> {
        match self {
            Self::Bridge(bridge) => Ok(bridge.run(command, Some(argument)).await?),
            Self::Headless(headless) => headless.run(command, argument, file).await,
            Self::None => Ok(Vec::new()),
        }
    }

    /// Nothing more is asked; what was changed is on disk.
    pub async fn end(self) {
        if let Self::Headless(headless) = self {
            headless.end().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_folder_comes_first() {
        let folders = candidates(Path::new("/a/b/c"));
        assert_eq!(folders, ["/a/b/c", "/a/b", "/a", "/"].map(PathBuf::from));
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_behind_a_link_has_both_names() {
        let outer = tempfile::tempdir().expect("a folder");
        let outer = outer.path().canonicalize().expect("a folder");
        std::fs::create_dir(outer.join("real")).expect("made");
        std::os::unix::fs::symlink(outer.join("real"), outer.join("link")).expect("a link");
        let folders = candidates(&outer.join("link"));
        assert!(folders.contains(&outer.join("link")) && folders.contains(&outer.join("real")), "{folders:?}");
    }
}
