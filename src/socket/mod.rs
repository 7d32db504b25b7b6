//! The local socket of each workspace folder, by which a shell's `opencode-lsp review` reaches the bridge of
//! an editor. A Unix domain socket, on Windows a named pipe; nothing listens on a network.
//!
//! ```text
//! sockets/<id>.json   where the socket is, and the key; in the folder of the bridge's own files of the workspace folder
//! sockets/<id>.sock   the socket, where its name is short enough for one; else it is in a short folder of the user's
//! ```
//!
//! Each bridge of a folder has a socket of its own. Its record is readable by its user only, and what does
//! not know the key that is in it is not answered. What a bridge that was killed leaves is removed by the next who finds that
//! nobody listens there.

mod client;
mod place;
mod serve;
#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(windows, path = "windows.rs")]
mod system;
mod wire;

pub use client::{CallError, Connection, connect};
pub use serve::Sockets;
