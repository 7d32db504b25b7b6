//! Named pipes. Any user of the machine can find one, so that the key in the private record decides who is heard.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::windows::named_pipe::{ClientOptions, NamedPipeClient, NamedPipeServer, ServerOptions};

/// `ERROR_PIPE_BUSY`: all instances are taken, and the next is just being made.
const PIPE_BUSY: i32 = 231;
const TRY_EVERY: Duration = Duration::from_millis(10);
const TRIES: usize = 100;

pub(super) type Stream = NamedPipeServer;
pub(super) type ClientStream = NamedPipeClient;

#[derive(Debug)]
pub(super) struct Listener {
    name: PathBuf,
    /// The instance that the next client gets.
    next: NamedPipeServer,
}

impl Listener {
    /// Fails where somebody else has a pipe of this name.
    pub(super) fn bind(name: &Path) -> io::Result<Self> {
        let next = ServerOptions::new().first_pipe_instance(true).create(name)?;
        Ok(Self { name: name.to_path_buf(), next })
    }

    pub(super) async fn accept(&mut self) -> io::Result<Stream> {
        self.next.connect().await?;
        let next = ServerOptions::new().create(&self.name)?;
        Ok(std::mem::replace(&mut self.next, next))
    }
}

pub(super) async fn connect(name: &Path) -> io::Result<ClientStream> {
    for _ in 0..TRIES {
        match ClientOptions::new().open(name) {
            Err(error) if error.raw_os_error() == Some(PIPE_BUSY) => tokio::time::sleep(TRY_EVERY).await,
            other => return other,
        }
    }
    Err(io::Error::from(io::ErrorKind::TimedOut))
}

pub(super) fn socket_path(_folder: &Path, id: &str) -> io::Result<PathBuf> {
    Ok(PathBuf::from(format!(r"\\.\pipe\opencode-lsp-{id}")))
}

/// A pipe goes with its process.
pub(super) fn remove(_name: &Path) -> io::Result<()> {
    Ok(())
}

/// The folders of a user are private to it on Windows.
pub(super) fn make_private(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

pub(super) fn check_private(_folder: &Path) -> io::Result<()> {
    Ok(())
}
