//! Which of the running servers is a project's. Paths here have no symbolic links in them.

use std::path::{Path, PathBuf};

use crate::core::server::FoundServer;

/// What the servers are to a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match {
    One(FoundServer),
    /// Equally good ones: only the user knows.
    Tie(Vec<FoundServer>),
    /// None of them is for this project.
    None,
}

/// The best servers for a folder: started in it, else in the nearest folder that holds it.
pub fn best(folder: &Path, servers: &[FoundServer]) -> Match {
    let folder = comparable(folder);
    let holds = |server: &&FoundServer| folder.starts_with(comparable(&server.directory));
    let depth = |server: &FoundServer| server.directory.components().count();
    let Some(nearest) = servers.iter().filter(holds).map(depth).max() else {
        return Match::None;
    };
    let mut best = servers.iter().filter(holds).filter(|server| depth(server) == nearest).cloned();
    match (best.next(), best.next()) {
        (Some(first), Some(second)) => Match::Tie([first, second].into_iter().chain(best).collect()),
        (Some(only), None) => Match::One(only),
        (None, _) => Match::None,
    }
}

/// The folder to work in on a server, as the editor names it. `folder` is the editor's name of the
/// workspace folder, `real` the same without symbolic links.
///
/// In one repository it is the server's own, so that the sessions of its TUI are seen here. A server
/// that was only started somewhere above works in the workspace folder.
pub fn directory_for(folder: &Path, real: &Path, server: &FoundServer) -> PathBuf {
    let (place, home) = (comparable(real), comparable(&server.directory));
    let Ok(below) = place.strip_prefix(&home) else {
        return folder.to_path_buf();
    };
    let is_same_project = server.worktree.as_deref().is_some_and(|root| home.starts_with(comparable(root)));
    if below.as_os_str().is_empty() || !is_same_project {
        return folder.to_path_buf();
    }
    let mut named = folder.to_path_buf();
    let mut above = real.to_path_buf();
    for _ in below.components() {
        if named.file_name() != above.file_name() || !named.pop() || !above.pop() {
            return server.directory.clone();
        }
    }
    named
}

/// macOS and Windows do not tell the case of letters apart.
#[cfg(any(target_os = "macos", windows))]
fn comparable(path: &Path) -> PathBuf {
    PathBuf::from(path.to_string_lossy().to_lowercase())
}

#[cfg(not(any(target_os = "macos", windows)))]
fn comparable(path: &Path) -> PathBuf {
    path.to_path_buf()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(port: u16, directory: &str, worktree: Option<&str>) -> FoundServer {
        FoundServer {
            url: format!("http://127.0.0.1:{port}"),
            version: "1.18.34".to_owned(),
            directory: directory.into(),
            worktree: worktree.map(PathBuf::from),
            announced: false,
        }
    }

    #[test]
    fn the_same_folder_then_the_nearest_above_never_another() {
        let same = server(1, "/srv/app", None);
        let above = server(2, "/srv", None);
        let other = server(3, "/srv/application", None);
        let below = server(4, "/srv/app/sub", None);
        let folder = Path::new("/srv/app");
        let all = [above.clone(), other.clone(), below.clone(), same.clone()];
        assert_eq!(best(folder, &all), Match::One(same.clone()));
        assert_eq!(best(folder, &[above.clone(), other.clone(), server(5, "/", None)]), Match::One(above));
        assert_eq!(best(folder, &[other, below]), Match::None);
        let twin = server(6, "/srv/app", None);
        assert_eq!(best(folder, &[same.clone(), twin.clone()]), Match::Tie(vec![same, twin]));
    }

    #[test]
    fn the_folder_of_the_tui_is_used_within_its_repository() {
        let used = |folder: &str, real: &str, server: &FoundServer| {
            directory_for(Path::new(folder), Path::new(real), server).display().to_string()
        };
        let root = server(1, "/srv/app", Some("/srv/app"));
        assert_eq!(used("/srv/app/sub", "/srv/app/sub", &root), "/srv/app");
        assert_eq!(used("/home/me/link/sub", "/srv/app/sub", &root), "/home/me/link");
        assert_eq!(used("/home/me/sub-link", "/srv/app/sub", &root), "/srv/app");
        assert_eq!(used("/home/me/link", "/srv/app", &root), "/home/me/link");
        let home = server(1, "/srv", None);
        assert_eq!(used("/srv/app", "/srv/app", &home), "/srv/app");
        let elsewhere = server(1, "/other", Some("/other"));
        assert_eq!(used("/srv/app", "/srv/app", &elsewhere), "/srv/app");
    }
}
