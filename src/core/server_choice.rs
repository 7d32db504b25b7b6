//! Which server: asked where several are equally good, and changed by command.

use super::command::{CommandError, Outcome};
use super::connection::Connection;
use super::dialogs::About;
use super::effect::{EditorEffect, Effect, Level};
use super::event::DialogAnswer;
use super::inert::inert;
use super::server::{FoundServer, Reconnect, ServerChoice};
use super::state::State;

/// What the user is told to do as long as nothing is chosen.
pub const CHOOSE: &str = "no opencode server is chosen for this project yet; choose one with opencode.server.select";

const START: &str = "Start a new one";

impl State {
    /// Several servers are equally good. Said once for the same ones.
    pub(super) fn several_servers(&mut self, servers: Vec<FoundServer>) {
        if self.connection == (Connection::Choosing { servers: servers.clone() }) {
            return;
        }
        self.connection = Connection::Choosing { servers: servers.clone() };
        self.drop_choices();
        let announced = servers.iter().any(|server| server.announced);
        let text = match (announced, servers.len()) {
            (true, 1) => "An opencode server for this project is announced on the network. Is it to be used here?",
            (true, _) => "Opencode servers for this project are announced on the network. Is one to be used here?",
            (false, _) => "Several opencode servers run for this project. Which one is to be used here?",
        };
        self.ask_which(text, servers, announced);
    }

    /// *Select server*: the answer comes with [`Event::ServersFound`](super::Event::ServersFound).
    pub(super) fn select_server(&mut self) -> Result<Outcome, CommandError> {
        if self.settings.server.url.is_some() {
            return Err(CommandError::ServerIsSet);
        }
        self.effect(Effect::FindServers(self.settings.server.clone()));
        Ok(Outcome::Done)
    }

    pub(super) fn servers_found(&mut self, here: Vec<FoundServer>, others: Vec<FoundServer>) {
        self.drop_choices();
        if self.dialogs.unsupported {
            let is_local = |servers: &[FoundServer]| servers.iter().any(|server| !server.announced);
            let is_nearer = is_local(&here) || (!here.is_empty() && !is_local(&others));
            self.take_next_server(if is_nearer { here } else { others });
            return;
        }
        let servers: Vec<FoundServer> = here.into_iter().chain(others).collect();
        let text = match servers.len() {
            0 => "No running opencode was found that listens; the TUI does with `opencode --port 4096`.",
            _ => "Which opencode server is to be used for this project?",
        };
        self.ask_which(text, servers, true);
    }

    /// *Restart server*: only an own one can be.
    pub(super) fn restart_server(&mut self) -> Result<Outcome, CommandError> {
        if let Connection::Connected(server) = &self.connection
            && !server.is_own
        {
            return Err(CommandError::NotOwn(server.url.clone()));
        }
        self.connect(Reconnect::Restart);
        Ok(Outcome::Done)
    }

    fn ask_which(&mut self, text: &str, servers: Vec<FoundServer>, may_start: bool) {
        let mut buttons: Vec<String> = servers.iter().map(|server| self.label(server)).collect();
        if may_start {
            buttons.push(START.to_owned());
        }
        self.ask_user(About::Server { servers }, Level::Info, text.to_owned(), buttons);
    }

    fn label(&self, server: &FoundServer) -> String {
        if server.version.is_empty() {
            return format!("{} (announced, asks for a password)", server.url);
        }
        let place = inert(&server.directory.display().to_string(), 100);
        format!("{} (opencode {}, in {place})", server.url, inert(&server.version, 30))
    }

    pub(super) fn server_answered(&mut self, servers: Vec<FoundServer>, answer: DialogAnswer) {
        let is_open = matches!(self.connection, Connection::Choosing { .. });
        match answer {
            DialogAnswer::Chosen(title) if title == START => self.choose(ServerChoice::Own),
            DialogAnswer::Chosen(title) => {
                if let Some(server) = servers.iter().find(|server| self.label(server) == title) {
                    self.choose(choice(server));
                }
            }
            DialogAnswer::Dismissed if is_open => self.give_back_turns(CHOOSE),
            DialogAnswer::Dismissed => {}
            DialogAnswer::Unsupported => {
                self.dialogs.unsupported = true;
                self.take_next_server(servers);
            }
        }
    }

    /// Without dialogs: the one after the one that is used now, which is said. An announced one is never taken.
    fn take_next_server(&mut self, servers: Vec<FoundServer>) {
        let (announced, servers): (Vec<_>, Vec<_>) = servers.into_iter().partition(|server| server.announced);
        if let (true, Some(server)) = (servers.is_empty(), announced.first()) {
            let label = self.label(server);
            let text = format!("opencode-lsp: {label} is announced on the network; name it in server.url to use it");
            self.editor(EditorEffect::Message { level: Level::Warning, text });
            if matches!(self.connection, Connection::Choosing { .. }) {
                self.give_back_turns(CHOOSE);
            }
            return;
        }
        let now = match &self.connection {
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
        self.choose(choice(server));
    }

    fn choose(&mut self, choice: ServerChoice) {
        self.session = None;
        self.forget_permissions();
        self.connect(Reconnect::Choice(choice));
    }

    /// Questions about servers are replaced by newer ones.
    fn drop_choices(&mut self) {
        for about in self.dialogs.about_servers() {
            self.drop_dialogs(&about);
        }
    }
}

fn choice(server: &FoundServer) -> ServerChoice {
    ServerChoice::Server { url: server.url.clone(), directory: server.directory.clone() }
}
