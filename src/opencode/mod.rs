//! opencode's edge: HTTP, JSON and what differs between versions. Nothing else of the bridge speaks them.
//!
//! - [`access`]: addresses, credentials, proxies and TLS; [`password`]: a program that prints the password.
//! - [`client`]: one request a function, for every 1.x version; `sessions`: whole sessions.
//! - [`wire`]: the JSON of the server, translated into the core's terms; versions are named there.
//! - [`stream`]: the event stream.
//! - [`connection`]: makes, keeps and restores the connection.
//! - [`discovery`]: finds a running server where none is named.
//! - [`own`]: an own `opencode serve`.
//! - [`path_map`]: the names of folders on the server.
//! - [`versions`]: which versions are known to work.

pub mod access;
pub mod calls;
pub mod client;
pub mod connection;
pub mod discovery;
pub mod error;
mod info;
mod lists;
pub mod own;
pub mod password;
pub mod path_map;
mod questions;
mod runs;
mod search;
mod sessions;
pub mod stream;
mod transcripts;
pub mod versions;
pub mod wire;

pub use client::Client;
pub use error::ClientError;
