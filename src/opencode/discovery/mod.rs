//! Finding the opencode that runs for a project, where no setting names a server.

mod finder;
mod listening;
mod matching;
mod remembered;

pub use finder::{Finder, Wanted};
pub use listening::on_this_machine;

use std::path::Path;
use std::time::Duration;

use crate::config::ServerSettings;
use crate::core::server::FoundServer;
use listening::running;
use matching::{Match, best};

/// How often is looked for a server that appears later, at most.
pub const LOOK_EVERY: Duration = Duration::from_secs(5);

/// The servers that are best for a workspace folder, and all others.
pub async fn sorted(settings: &ServerSettings, folder: &Path) -> (Vec<FoundServer>, Vec<FoundServer>) {
    let servers = running(settings).await.servers;
    let real = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_path_buf());
    let here = match best(&real, &servers) {
        Match::One(server) => vec![server],
        Match::Tie(servers) => servers,
        Match::None => Vec::new(),
    };
    let others = servers.into_iter().filter(|server| !here.contains(server)).collect();
    (here, others)
}

/// What runs on this machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Running {
    /// Ordered by address, so that a question about them is the same each time.
    pub servers: Vec<FoundServer>,
    /// Addresses of servers that ask for another password than the one that is set, or for any.
    pub locked: Vec<String>,
}
