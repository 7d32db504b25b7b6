//! What becomes of each folder's connection.

use super::command::CommandError;
use super::connection::{Connection, exposed};
use super::effect::{EditorEffect, Effect, Level, ServerCall};
use super::event::{ConnectionEvent, ServerInfo};
use super::ids::{FolderId, ProgressId, SessionId};
use super::server::{Reconnect, Snapshot};
use super::state::State;

impl State {
    /// The folder, if its opencode can be asked now.
    pub(super) fn connected(&self, folder: FolderId) -> Result<FolderId, CommandError> {
        let connection = self.folders.connection(folder);
        if !connection.is_connected() {
            return Err(CommandError::NotConnected(connection.problem()));
        }
        Ok(folder)
    }

    pub(super) fn connect(&mut self, id: FolderId, how: Reconnect) {
        let Some(folder) = self.folders.get_mut(id) else {
            return;
        };
        folder.uses = None;
        if folder.connection.is_connected() {
            // What was connected is ended; until the new one says a word, questions wait.
            folder.connection = Connection::Connecting;
        }
        let (paths, settings) = (folder.paths.clone(), folder.settings.clone());
        self.effect(Effect::Connect { folder: id, paths, settings, how });
    }

    /// With other settings, or to another server: what the one before asked for means nothing there.
    pub(super) fn connect_elsewhere(&mut self, id: FolderId, how: Reconnect) {
        let Some(folder) = self.folders.get_mut(id) else {
            return;
        };
        folder.session = None;
        // A session that is just being made there is not one of the next server's.
        folder.sending = None;
        let uses = folder.uses;
        match uses {
            Some(carrier) => self.folders.hand_over(id, Some(carrier)),
            None if self.folders.sharers(id).is_empty() => {
                self.forget_permissions(id);
                self.forget_questions(id);
            }
            None => {}
        }
        self.connect(id, how);
    }

    pub(super) fn connection_event(&mut self, id: FolderId, event: ConnectionEvent) {
        let Some(folder) = self.folders.get_mut(id).filter(|folder| folder.uses.is_none()) else {
            // It was said before the connection was ended.
            return;
        };
        match event {
            ConnectionEvent::Connecting => {
                if !matches!(folder.connection, Connection::Lost { .. }) {
                    folder.connection = Connection::Connecting;
                }
            }
            ConnectionEvent::Starting => {
                if !std::mem::replace(&mut folder.starting, true) {
                    let title = "opencode: starting a server".to_owned();
                    let message = self.folders.name(id).unwrap_or_default();
                    self.editor(EditorEffect::BeginProgress { id: ProgressId::Start(id), title, message });
                }
            }
            ConnectionEvent::Exposed { url } => {
                if self.exposed.insert(url.clone()) {
                    let text = format!("opencode-lsp: {}", exposed(&url));
                    self.editor(EditorEffect::Message { level: Level::Warning, text });
                }
            }
            ConnectionEvent::Connected { server, snapshot } => self.connection_made(id, server, snapshot),
            ConnectionEvent::Several { servers } => self.several_servers(id, servers),
            ConnectionEvent::Lost { reason } => {
                tracing::warn!(reason, "the connection is lost");
                folder.connection = Connection::Lost { reason };
                self.report_all(id, "the connection to opencode is lost; waiting for it");
            }
            ConnectionEvent::Failed { problem, announce } => self.connection_failed(id, problem, announce),
        }
    }

    fn connection_made(&mut self, id: FolderId, server: ServerInfo, snapshot: Snapshot) {
        self.started(id, "ready");
        tracing::info!(url = server.url, version = server.version, "connected");
        self.forget_lists(id);
        if !self.folders.was_at(id, &server) {
            let heir = self.folders.sharers(id).first().copied();
            self.release_sharers(id, "it is another server's now");
            if let Some(heir) = heir {
                self.folders.hand_over_others(id, heir);
            }
        }
        let shared = self.folders.with_the_same(id, &server);
        let Some(folder) = self.folders.get_mut(id) else {
            return;
        };
        folder.server = Some(server.clone());
        folder.connection = Connection::Connected(server);
        let users = self.folders.users(id);
        match shared {
            Some(carrier) => self.join(id, carrier, &snapshot),
            None => self.take_snapshot(id, snapshot),
        }
        self.transcripts_missed(self.folders.carrier(id));
        for user in users {
            self.resume_turns(user);
        }
        self.check_open_documents();
    }

    /// A folder goes over to another one's connection, with those that used its own.
    fn join(&mut self, id: FolderId, carrier: FolderId, snapshot: &Snapshot) {
        // What ended while it had no connection was not told as one of its own.
        let (users, known) = (self.folders.users(id), self.known_permissions(id));
        let questions = self.known_questions(id);
        self.forget_busy(id, &snapshot.busy);
        self.attribute_to_the_user();
        for user in users {
            if let Some(folder) = self.folders.get_mut(user) {
                folder.uses = Some(carrier);
            }
        }
        self.effect(Effect::Disconnect(id));
        if !known.is_empty() {
            // The list that came along is older than what the carrier heard.
            self.server(carrier, ServerCall::FetchPermissions { known });
        }
        if !questions.is_empty() {
            self.server(carrier, ServerCall::FetchQuestions { known: questions });
        }
        self.send_held_replies(carrier);
        self.send_held_answers(carrier);
    }

    fn take_snapshot(&mut self, id: FolderId, snapshot: Snapshot) {
        self.forget_busy(id, &[]);
        for session in snapshot.busy {
            self.folders.seen(&session, id);
            self.busy.insert(session);
        }
        self.attribute_to_the_user();
        let known = self.known_permissions(id);
        self.permissions_fetched(id, &known, snapshot.permissions);
        let known = self.known_questions(id);
        self.questions_fetched(id, &known, snapshot.questions);
        self.send_held_replies(id);
        self.send_held_answers(id);
    }

    fn connection_failed(&mut self, id: FolderId, problem: String, announce: bool) {
        self.started(id, "failed");
        // They may have another server.
        self.release_sharers(id, &problem);
        let is_this = |connection: &Connection| matches!(connection, Connection::Failed { problem: before } if *before == problem);
        let said = self.folders.iter().any(|(_, folder)| folder.told && is_this(&folder.connection));
        let was_lost = matches!(self.folders.connection(id), Connection::Lost { .. });
        let is_missed = was_lost && (!self.turns_of(id).is_empty() || !self.open_permissions(id).is_empty());
        let is_worth_it = announce || is_missed;
        if is_worth_it && !said {
            let text = format!("{}: {problem}", self.speaker(id));
            self.editor(EditorEffect::Message { level: Level::Error, text });
        }
        if let Some(folder) = self.folders.get_mut(id) {
            folder.connection = Connection::Failed { problem: problem.clone() };
            folder.told = said || is_worth_it;
        }
        // Nobody knows any more what it is at; verdicts need not wait for it.
        self.forget_busy(id, &[]);
        self.attribute_to_the_user();
        self.give_back_turns(id, &problem);
        self.give_up_held_replies(id, &problem);
        self.give_up_held_answers(id, &problem);
    }

    /// The folders that used a connection get their own; what they are at waits for that.
    pub(super) fn release_sharers(&mut self, id: FolderId, reason: &str) {
        for sharer in self.folders.sharers(id) {
            if let Some(folder) = self.folders.get_mut(sharer) {
                folder.connection = Connection::Lost { reason: reason.to_owned() };
            }
            self.connect(sharer, Reconnect::AsBefore);
        }
    }

    /// Of the sessions of a connection, only these are at work.
    fn forget_busy(&mut self, id: FolderId, still: &[SessionId]) {
        let users = self.folders.users(id);
        let folders = &self.folders;
        let is_of_users = |session: &SessionId| folders.home(session).is_some_and(|home| users.contains(&home));
        self.busy.retain(|session| still.contains(session) || !is_of_users(session));
    }

    pub(super) fn started(&mut self, id: FolderId, how: &str) {
        let starting = self.folders.get_mut(id).is_some_and(|folder| std::mem::take(&mut folder.starting));
        if starting {
            self.editor(EditorEffect::EndProgress { id: ProgressId::Start(id), message: how.to_owned() });
        }
    }

    /// Who says something about a folder.
    fn speaker(&self, id: FolderId) -> String {
        match self.folders.name(id) {
            Some(name) => format!("opencode-lsp ({name})"),
            None => "opencode-lsp".to_owned(),
        }
    }
}
