//! Finding the opencode that runs for a project, where no setting names a server.

mod announced;
mod finder;
mod listening;
mod matching;
mod mdns;
mod remembered;

pub use finder::{Finder, Wanted};
pub use listening::on_this_machine;
pub use mdns::MdnsError;

use std::path::Path;
use std::time::Duration;

use crate::config::ServerSettings;
use crate::core::server::FoundServer;
use announced::{announced, for_folder};
use listening::running;
use matching::{Match, best};
use mdns::Heard;

/// How often is looked for a server that appears later, at most.
pub const LOOK_EVERY: Duration = Duration::from_secs(5);

/// The servers that are best for a workspace folder, and all others.
pub async fn sorted(settings: &ServerSettings, folder: &Path) -> (Vec<FoundServer>, Vec<FoundServer>) {
    let running = running(settings).await;
    let real = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_path_buf());
    let mut here = match best(&real, &running.servers) {
        Match::One(server) => vec![server],
        Match::Tie(servers) => servers,
        Match::None => Vec::new(),
    };
    let announced = announced_now(settings).await.unwrap_or_else(|error| {
        tracing::info!(%error, "nothing that is announced is found");
        Vec::new()
    });
    here.extend(for_folder(&settings.path_map, folder, &real, &announced));
    let all = running.servers.into_iter().chain(announced);
    let others = all.filter(|server| !here.contains(server)).collect();
    (here, others)
}

/// Everything that is announced, where the settings say that it is looked for.
pub async fn announced_now(settings: &ServerSettings) -> Result<Vec<FoundServer>, MdnsError> {
    match settings.mdns {
        true => announced(settings, &mut Heard::new()).await,
        false => Ok(Vec::new()),
    }
}

/// What runs on this machine, and what is announced.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Running {
    /// Ordered by address, so that a question about them is the same each time.
    pub servers: Vec<FoundServer>,
    /// Addresses of servers that ask for another password than the one that is set, or for any.
    pub locked: Vec<String>,
    /// Announced on the network, where that was looked for. Ordered by address, too.
    pub announced: Vec<FoundServer>,
}
