//! Which server: asked where several are equally good, and changed by command.

use super::command::{CommandError, Outcome};
use super::connection::Connection;
use super::dialogs::About;
use super::effect::{EditorEffect, Effect, Level};
use super::event::DialogAnswer;
use super::ids::FolderId;
use super::inert::inert;
use super::server::{FoundServer, Reconnect, ServerChoice};
use super::state::State;

/// What the user is told to do as long as nothing is chosen.
pub const CHOOSE: &str = "no opencode server is chosen for this project yet; choose one with opencode.server.select";

const START: &str = "Start a new one";

impl State {
    /// Several servers are equally good. Said once for the same ones.
    pub(super) fn several_servers(&mut self, id: FolderId, servers: Vec<FoundServer>) {
        let choosing = Connection::Choosing { servers: servers.clone() };
        let Some(folder) = self.folders.get_mut(id).filter(|folder| folder.connection != choosing) else {
            return;
        };
        folder.connection = choosing;
        // They need not wait for the user's choice.
        self.release_sharers(id, CHOOSE);
        self.drop_choices(id);
        let project = self.project_for_people(id);
        let announced = servers.iter().any(|server| server.announced);
        let text = match (announced, servers.len()) {
            (true, 1) => {
                format!("An opencode server for {project} is announced on the network. Is it to be used here?")
            }
            (true, _) => {
                format!("Opencode servers for {project} are announced on the network. Is one to be used here?")
            }
            (false, _) => format!("Several opencode servers run for {project}. Which one is to be used here?"),
        };
        self.ask_which(id, text, servers, announced);
    }

    /// *Select server*: the answer comes with [`Event::ServersFound`](super::Event::ServersFound).
    pub(super) fn select_server(&mut self) -> Result<Outcome, CommandError> {
        let id = self.folders.here();
        let Some(folder) = self.folders.get(id).filter(|folder| folder.settings.url.is_none()) else {
            return Err(CommandError::ServerIsSet);
        };
        let (root, settings) = (folder.paths.root.clone(), folder.settings.clone());
        self.effect(Effect::FindServers { folder: id, root, settings });
        Ok(Outcome::Done)
    }

    pub(super) fn servers_found(&mut self, id: FolderId, here: Vec<FoundServer>, others: Vec<FoundServer>) {
        if self.folders.get(id).is_none() {
            // It was removed while they were looked for.
            return;
        }
        self.drop_choices(id);
        if self.dialogs.unsupported {
            let is_local = |servers: &[FoundServer]| servers.iter().any(|server| !server.announced);
            let is_nearer = is_local(&here) || (!here.is_empty() && !is_local(&others));
            self.take_next_server(id, if is_nearer { here } else { others });
            return;
        }
        let servers: Vec<FoundServer> = here.into_iter().chain(others).collect();
        let text = match servers.len() {
            0 => "No running opencode was found that listens; the TUI does with `opencode --port 4096`.".to_owned(),
            _ => format!("Which opencode server is to be used for {}?", self.project_for_people(id)),
        };
        self.ask_which(id, text, servers, true);
    }

    /// *Restart server*: only an own one can be.
    pub(super) fn restart_server(&mut self) -> Result<Outcome, CommandError> {
        let here = self.folders.here();
        if let Connection::Connected(server) = self.folders.connection(here)
            && !server.is_own
        {
            return Err(CommandError::NotOwn(server.url.clone()));
        }
        self.connect(here, Reconnect::Restart);
        Ok(Outcome::Done)
    }

    fn project_for_people(&self, id: FolderId) -> String {
        self.folders.name(id).map_or_else(|| "this project".to_owned(), |name| inert(&name, 60))
    }

    fn ask_which(&mut self, folder: FolderId, text: String, servers: Vec<FoundServer>, may_start: bool) {
        let mut buttons: Vec<String> = servers.iter().map(|server| self.label(server)).collect();
        if may_start {
            buttons.push(START.to_owned());
        }
        self.ask_user(About::Server { folder, servers }, Level::Info, text, buttons);
    }

    fn label(&self, server: &FoundServer) -> String {
        if server.version.is_empty() {
            return format!("{} (announced, asks for a password)", server.url);
        }
        let place = inert(&server.directory.display().to_string(), 100);
        format!("{} (opencode {}, in {place})", server.url, inert(&server.version, 30))
    }

    pub(super) fn server_answered(&mut self, id: FolderId, servers: Vec<FoundServer>, answer: DialogAnswer) {
        let is_open = matches!(self.folders.connection(id), Connection::Choosing { .. });
        match answer {
            DialogAnswer::Chosen(title) if title == START => self.choose(id, ServerChoice::Own),
            DialogAnswer::Chosen(title) => {
                if let Some(server) = servers.iter().find(|server| self.label(server) == title) {
                    self.choose(id, choice(server));
                }
            }
            DialogAnswer::Dismissed if is_open => self.give_back_turns(id, CHOOSE),
            DialogAnswer::Dismissed => {}
            DialogAnswer::Unsupported => {
                self.dialogs.unsupported = true;
                self.take_next_server(id, servers);
            }
        }
    }

    /// Without dialogs: the one after the one that is used now, which is said. An announced one is never taken.
    fn take_next_server(&mut self, id: FolderId, servers: Vec<FoundServer>) {
        let (announced, servers): (Vec<_>, Vec<_>) = servers.into_iter().partition(|server| server.announced);
        if let (true, Some(server)) = (servers.is_empty(), announced.first()) {
            let label = self.label(server);
            let text = format!("opencode-lsp: {label} is announced on the network; name it in server.url to use it");
            self.editor(EditorEffect::Message { level: Level::Warning, text });
            if matches!(self.folders.connection(id), Connection::Choosing { .. }) {
                self.give_back_turns(id, CHOOSE);
            }
            return;
        }
        let now = match self.folders.connection(id) {
            Connection::Connected(server) => servers.iter().position(|found| found.url == server.url),
            _ => None,
        };
        let next = now.map_or(0, |now| now + 1);
        let Some(server) = servers.get(next).or(servers.first()) else {
            let text = "no running opencode was found; start one with `opencode --port 4096` in the project's folder";
            self.editor(EditorEffect::Message { level: Level::Warning, text: format!("opencode-lsp: {text}") });
            return;
        };
        let label = self.label(server);
        let text =
            format!("opencode-lsp uses {label}, one of {}; opencode.server.select takes the next", servers.len());
        self.editor(EditorEffect::Message { level: Level::Info, text });
        self.choose(id, choice(server));
    }

    fn choose(&mut self, id: FolderId, choice: ServerChoice) {
        self.connect_elsewhere(id, Reconnect::Choice(choice));
    }

    /// Questions about a folder's server are replaced by newer ones.
    pub(super) fn drop_choices(&mut self, id: FolderId) {
        for about in self.dialogs.about_server(id) {
            self.drop_dialogs(&about);
        }
    }
}

fn choice(server: &FoundServer) -> ServerChoice {
    ServerChoice::Server { url: server.url.clone(), directory: server.directory.clone() }
}
