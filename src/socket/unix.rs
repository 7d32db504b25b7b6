//! Unix domain sockets.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixStream};

/// A socket's path may be 108 bytes long with the zero at its end on Linux, 104 on macOS.
const MAX_PATH: usize = 100;

pub(super) type Stream = UnixStream;
pub(super) type ClientStream = UnixStream;

#[derive(Debug)]
pub(super) struct Listener(UnixListener);

impl Listener {
    pub(super) fn bind(socket: &Path) -> io::Result<Self> {
        UnixListener::bind(socket).map(Self)
    }

    /// The next client. Those of other users are sent away: who owns a folder is not all that may decide.
    pub(super) async fn accept(&mut self) -> io::Result<Stream> {
        loop {
            let (stream, _) = self.0.accept().await?;
            match check_peer(&stream) {
                Ok(()) => return Ok(stream),
                Err(error) => tracing::warn!(%error, "a client of the socket is not heard"),
            }
        }
    }
}

pub(super) async fn connect(socket: &Path) -> io::Result<Stream> {
    if let Some(folder) = socket.parent() {
        check_private(folder)?;
    }
    let stream = UnixStream::connect(socket).await?;
    check_peer(&stream)?;
    Ok(stream)
}

fn check_peer(stream: &Stream) -> io::Result<()> {
    if stream.peer_cred()?.uid() != me() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is another user's"));
    }
    Ok(())
}

/// Beside the record where that is short enough, else in a short folder of the user's own.
pub(super) fn socket_path(folder: &Path, id: &str) -> io::Result<PathBuf> {
    let name = format!("{id}.sock");
    let path = folder.join(&name);
    if is_short(&path) {
        return Ok(path);
    }
    let folder = short_folder();
    make_private(&folder)?;
    let path = folder.join(name);
    if is_short(&path) { Ok(path) } else { Err(io::Error::other("no folder with a name short enough for a socket")) }
}

/// Removes a socket, and nothing else that may have its name.
pub(super) fn remove(socket: &Path) -> io::Result<()> {
    if !fs::symlink_metadata(socket)?.file_type().is_socket() {
        return Err(io::Error::other("it is no socket"));
    }
    fs::remove_file(socket)
}

fn is_short(path: &Path) -> bool {
    path.as_os_str().len() <= MAX_PATH
}

fn short_folder() -> PathBuf {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|folder| folder.is_absolute());
    match runtime {
        Some(folder) => folder.join("opencode-lsp"),
        None => std::env::temp_dir().join(format!("opencode-lsp-{}", me())),
    }
}

/// Makes a folder that only this user can enter, or finds that it is one.
pub(super) fn make_private(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    check_private(folder)
}

/// A folder that others made in its place, or can enter, is no place for a socket.
pub(super) fn check_private(folder: &Path) -> io::Result<()> {
    let metadata = fs::symlink_metadata(folder)?;
    if !metadata.is_dir() || metadata.uid() != me() || metadata.mode() & 0o077 != 0 {
        let text = format!("{} is not a folder of this user's alone", folder.display());
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
    }
    Ok(())
}

fn me() -> u32 {
    rustix::process::geteuid().as_raw()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn only_a_private_folder_will_do() {
        let outer = tempfile::tempdir().expect("a folder");
        let folder = outer.path().join("own");
        make_private(&folder).expect("made");
        make_private(&folder).expect("there already");
        let link = outer.path().join("link");
        symlink(&folder, &link).expect("a link");
        assert!(check_private(&link).is_err());
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o750)).expect("permitted");
        assert!(make_private(&folder).is_err());
    }

    #[test]
    fn a_long_name_leads_to_a_short_folder() {
        let short =
            socket_path(Path::new("/home/me/.local/state/opencode-lsp/p-0123456789abcdef/sockets"), "0123456789abcdef");
        assert!(short.expect("a path").starts_with("/home/me"));
        let long = format!("/home/me/{}/sockets", "x".repeat(90));
        let path = socket_path(Path::new(&long), "0123456789abcdef").expect("a path");
        assert!(is_short(&path) && path.starts_with(short_folder()), "{}", path.display());
    }
}
