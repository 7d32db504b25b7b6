//! Which server to connect to now: the settings' order, and not more looks than needed.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::listening::{running, still_there};
use super::matching::{Match, best, directory_for};
use super::{LOOK_EVERY, Running, remembered};
use crate::config::ServerSettings;
use crate::core::server::{FoundServer, ServerChoice};

/// What to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// A server that runs, and the folder to work in there.
    Server { server: FoundServer, directory: PathBuf },
    /// The user must choose.
    Ask(Vec<FoundServer>),
    /// None runs for this project, and one may be started.
    Own,
    /// None runs for this project.
    None(Running),
}

/// Looks for the server of one workspace folder.
#[derive(Debug)]
pub struct Finder {
    settings: ServerSettings,
    /// As the editor names it.
    folder: PathBuf,
    real: PathBuf,
    choice: Option<ServerChoice>,
    last: Option<FoundServer>,
    looked: Option<(Instant, Wanted)>,
}

impl Finder {
    /// `own` is the folder of the bridge's own files of the project, where `choice` is kept, or an
    /// earlier one found. Blocks for a moment.
    pub fn new(settings: ServerSettings, folder: &Path, own: &Path, choice: Option<ServerChoice>) -> Self {
        if let Some(choice) = &choice {
            remembered::remember(own, choice);
        }
        let choice = choice.or_else(|| remembered::recall(own));
        let real = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_path_buf());
        Self { settings, folder: folder.to_path_buf(), real, choice, last: None, looked: None }
    }

    /// The server to use now. The one that was used last is asked first; the machine is looked over
    /// every five seconds at most.
    pub async fn find(&mut self) -> Wanted {
        if let Some(last) = self.last.clone()
            && still_there(&self.settings, &last).await
        {
            return self.server(last);
        }
        if let Some((when, wanted)) = &self.looked
            && when.elapsed() < LOOK_EVERY
        {
            return match wanted {
                // It ran then, and is gone.
                Wanted::Server { .. } => Wanted::None(Running::default()),
                other => other.clone(),
            };
        }
        let running = running(&self.settings).await;
        let wanted = self.choose(running);
        self.looked = Some((Instant::now(), wanted.clone()));
        self.last = match &wanted {
            Wanted::Server { server, .. } => Some(server.clone()),
            _ => None,
        };
        wanted
    }

    fn choose(&self, running: Running) -> Wanted {
        let chosen = |server: &&FoundServer| {
            let choice = ServerChoice::Server { url: server.url.clone(), directory: server.directory.clone() };
            self.choice.as_ref() == Some(&choice)
        };
        if let Some(chosen) = running.servers.iter().find(chosen) {
            return self.server(chosen.clone());
        }
        if self.choice == Some(ServerChoice::Own) {
            return Wanted::Own;
        }
        match best(&self.real, &running.servers) {
            Match::One(server) => self.server(server),
            Match::Tie(servers) => Wanted::Ask(servers),
            Match::None if self.settings.autostart => Wanted::Own,
            Match::None => Wanted::None(running),
        }
    }

    fn server(&self, server: FoundServer) -> Wanted {
        let directory = directory_for(&self.folder, &self.real, &server);
        Wanted::Server { server, directory }
    }
}
