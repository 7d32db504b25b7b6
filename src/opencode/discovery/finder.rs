//! Which server to connect to now: the settings' order, and not more looks than needed.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::announced::{announced, chosen_before, for_folder, still_announced};
use super::listening::{running, still_there};
use super::matching::{Match, best, directory_for};
use super::mdns::Heard;
use super::{LOOK_EVERY, Running, remembered};
use crate::config::ServerSettings;
use crate::core::server::{FoundServer, ServerChoice};

/// What to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// A server that runs, and the folder to work in there.
    Server { server: FoundServer, directory: PathBuf },
    /// A server that was announced by mDNS, and chosen by the user.
    Announced(FoundServer),
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
    /// What was announced so far and still answers.
    heard: Heard,
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
        Self { settings, folder: folder.to_path_buf(), real, choice, last: None, looked: None, heard: Heard::new() }
    }

    /// The server to use now. The one that was used last is asked first; the machine is looked over
    /// every five seconds at most.
    pub async fn find(&mut self) -> Wanted {
        if let Some(last) = self.last.clone()
            && self.is_there(&last).await
        {
            return self.server(last);
        }
        if let Some((when, wanted)) = &self.looked
            && when.elapsed() < LOOK_EVERY
        {
            return match wanted {
                // It ran then, and is gone.
                Wanted::Server { .. } | Wanted::Announced(_) => Wanted::None(Running::default()),
                other => other.clone(),
            };
        }
        let wanted = self.look().await;
        self.looked = Some((Instant::now(), wanted.clone()));
        self.last = match &wanted {
            Wanted::Server { server, .. } | Wanted::Announced(server) => Some(server.clone()),
            _ => None,
        };
        wanted
    }

    async fn is_there(&self, server: &FoundServer) -> bool {
        match server.announced {
            true => still_announced(&self.settings, server).await,
            false => still_there(&self.settings, server).await,
        }
    }

    async fn look(&mut self) -> Wanted {
        if self.settings.mdns
            && let Some(ServerChoice::Server { url, directory }) = &self.choice
            && let Some(chosen) = chosen_before(url, directory)
            && self.is_there(&chosen).await
        {
            return self.server(chosen);
        }
        let mut running = running(&self.settings).await;
        if let Some(wanted) = self.among(&running.servers) {
            return wanted;
        }
        if self.settings.mdns {
            let announced = announced(&self.settings, &mut self.heard).await;
            running.announced = announced.unwrap_or_else(|error| {
                tracing::info!(%error, "nothing that is announced is found");
                Vec::new()
            });
        }
        self.otherwise(running)
    }

    /// What to use of the processes of this machine, if there is anything for the project.
    fn among(&self, servers: &[FoundServer]) -> Option<Wanted> {
        if let Some(chosen) = servers.iter().find(|server| self.is_chosen(server)) {
            return Some(self.server(chosen.clone()));
        }
        if self.choice == Some(ServerChoice::Own) {
            return Some(Wanted::Own);
        }
        match best(&self.real, servers) {
            Match::One(server) => Some(self.server(server)),
            Match::Tie(servers) => Some(Wanted::Ask(servers)),
            Match::None => None,
        }
    }

    /// What to do where no process of this machine is for the project. What is announced is used only
    /// if it was chosen.
    fn otherwise(&self, running: Running) -> Wanted {
        if let Some(chosen) = running.announced.iter().find(|server| self.is_chosen(server)) {
            return self.server(chosen.clone());
        }
        let here = for_folder(&self.settings.path_map, &self.folder, &self.real, &running.announced);
        match here.is_empty() {
            false => Wanted::Ask(here),
            true if self.settings.autostart => Wanted::Own,
            true => Wanted::None(running),
        }
    }

    fn is_chosen(&self, server: &FoundServer) -> bool {
        let choice = ServerChoice::Server { url: server.url.clone(), directory: server.directory.clone() };
        self.choice.as_ref() == Some(&choice)
    }

    fn server(&self, server: FoundServer) -> Wanted {
        if server.announced {
            return Wanted::Announced(server);
        }
        let directory = directory_for(&self.folder, &self.real, &server);
        Wanted::Server { server, directory }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announced(last: u8, directory: &str) -> FoundServer {
        FoundServer {
            url: format!("http://192.0.2.{last}:4096"),
            version: "1.18.34".to_owned(),
            directory: directory.into(),
            worktree: None,
            announced: true,
        }
    }

    fn finder(autostart: bool, choice: Option<ServerChoice>) -> Finder {
        let settings = ServerSettings { mdns: true, autostart, ..ServerSettings::default() };
        let own = tempfile::tempdir().expect("a folder");
        Finder::new(settings, Path::new("/srv/app"), own.path(), choice)
    }

    fn chosen(server: &FoundServer) -> Option<ServerChoice> {
        Some(ServerChoice::Server { url: server.url.clone(), directory: server.directory.clone() })
    }

    #[test]
    fn what_is_announced_is_never_used_without_asking() {
        let (here, elsewhere) = (announced(1, "/srv/app"), announced(2, "/srv/other"));
        let running = |announced: &[FoundServer]| Running { announced: announced.to_vec(), ..Running::default() };
        let both = running(&[here.clone(), elsewhere.clone()]);
        for autostart in [true, false] {
            let ask = Wanted::Ask(vec![here.clone()]);
            assert_eq!(finder(autostart, None).otherwise(both.clone()), ask, "even one alone, {autostart}");
            // Chosen was another server, and another folder at the same address.
            assert_eq!(finder(autostart, chosen(&announced(3, "/srv/app"))).otherwise(both.clone()), ask);
            assert_eq!(finder(autostart, chosen(&announced(1, "/srv"))).otherwise(both.clone()), ask);
        }
        let others = running(std::slice::from_ref(&elsewhere));
        assert_eq!(finder(false, None).otherwise(others.clone()), Wanted::None(others.clone()));
        assert_eq!(finder(true, None).otherwise(others.clone()), Wanted::Own);
        assert_eq!(finder(true, chosen(&elsewhere)).otherwise(others), Wanted::Announced(elsewhere));
    }
}
