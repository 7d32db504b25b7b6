//! The owner of everything the bridge knows.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::changes::{Changes, Telling, TurnUndo, Undoing};
use super::command::{Command, CommandError, Outcome};
use super::connection::{Connection, exposed};
use super::diagnostics::Touched;
use super::dialogs::Dialogs;
use super::documents::Documents;
use super::effect::{Diagnostic, EditorEffect, Effect, Level, ReadPurpose, ServerCall, Timer};
use super::event::{ConnectionEvent, EditorEvent, Event, LastWords, ServerReply};
use super::ids::{DocumentUri, DraftId, MessageId, PartId, ProgressId, SessionId};
use super::permissions::Permissions;
use super::place::Place;
use super::prompt_document::PromptDocuments;
use super::server::Reconnect;
use super::sessions::SessionInfo;
use super::transcript::Transcripts;
use super::turns::Turns;
use crate::config::Settings;
use crate::review::Content;
use crate::text::Encoding;

/// The progress of starting a server; turns count from 1.
const STARTING: ProgressId = ProgressId(0);

/// What does not change after `initialize`.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The project's folder, absolute.
    pub root: PathBuf,
    /// The folder for the bridge's own files of this project.
    pub own: PathBuf,
    /// How the client counts characters.
    pub encoding: Encoding,
    /// Tells this run's files from those of other runs.
    pub run: String,
    pub client_files: ClientFiles,
}

/// The file operations that the client does (`workspaceEdit.resourceOperations`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClientFiles {
    pub delete: bool,
    pub rename: bool,
}

#[derive(Debug)]
pub struct State {
    /// The workspace folder.
    pub(super) root: PathBuf,
    /// The folder that opencode works in: the workspace folder, or one above.
    pub(super) project: PathBuf,
    pub(super) own: PathBuf,
    pub(super) encoding: Encoding,
    pub(super) run: String,
    pub(super) client_files: ClientFiles,
    pub(super) settings: Settings,
    /// What was said of the settings: clients tell them more than once.
    warnings: Vec<String>,
    pub(super) connection: Connection,
    /// Addresses whose danger was told.
    exposed: HashSet<String>,
    pub(super) documents: Documents,
    /// Open documents with changes since they were opened or saved.
    pub(super) dirty: HashSet<DocumentUri>,
    /// Where the user was last seen.
    pub(super) active: Option<Place>,
    /// The session that questions go to.
    pub(super) session: Option<SessionId>,
    pub(super) sessions: HashMap<SessionId, SessionInfo>,
    /// Sessions at work, sub-agents' too.
    pub(super) busy: HashSet<SessionId>,
    /// The newest prompt of each session, whoever wrote it.
    pub(super) prompts: HashMap<SessionId, MessageId>,
    /// Messages of users, whose text is not an answer.
    pub(super) user_messages: HashSet<MessageId>,
    /// Tools that were seen at work and not at their end.
    pub(super) at_work: HashSet<PartId>,
    /// Where turns of ours were asked.
    pub(super) origins: HashMap<SessionId, Place>,
    pub(super) turns: Turns,
    pub(super) transcripts: Transcripts,
    pub(super) permissions: Permissions,
    pub(super) dialogs: Dialogs,
    pub(super) changes: Changes,
    pub(super) undoing: Undoing,
    pub(super) turn_undo: TurnUndo,
    pub(super) telling: Telling,
    /// A question that running its command again answers.
    pub(super) confirming: Option<String>,
    pub(super) prompt_documents: PromptDocuments,
    pub(super) appending: Vec<Place>,
    pub(super) published: HashMap<DocumentUri, Arc<[Diagnostic]>>,
    pub(super) touched: Touched,
    /// What code lenses are about has changed since the editor was last told.
    pub(super) lenses_moved: bool,
    /// Documents that show a pending permission.
    pub(super) shows_permissions: HashSet<DocumentUri>,
    /// An own server is being started.
    starting: bool,
    pub(super) effects: Vec<Effect>,
}

impl State {
    pub fn new(setup: Setup) -> Self {
        Self {
            project: setup.root.clone(),
            root: setup.root,
            own: setup.own,
            encoding: setup.encoding,
            run: setup.run,
            client_files: setup.client_files,
            settings: Settings::default(),
            warnings: Vec::new(),
            connection: Connection::default(),
            exposed: HashSet::new(),
            documents: Documents::default(),
            dirty: HashSet::new(),
            active: None,
            session: None,
            sessions: HashMap::new(),
            busy: HashSet::new(),
            prompts: HashMap::new(),
            user_messages: HashSet::new(),
            at_work: HashSet::new(),
            origins: HashMap::new(),
            turns: Turns::default(),
            transcripts: Transcripts::default(),
            permissions: Permissions::default(),
            dialogs: Dialogs::default(),
            changes: Changes::default(),
            undoing: Undoing::default(),
            turn_undo: TurnUndo::default(),
            telling: Telling::default(),
            confirming: None,
            prompt_documents: PromptDocuments::default(),
            appending: Vec::new(),
            published: HashMap::new(),
            touched: Touched::new(),
            lenses_moved: false,
            shows_permissions: HashSet::new(),
            starting: false,
            effects: Vec::new(),
        }
    }

    /// Takes one event in and says what is to be done about it, in order.
    pub fn handle(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Editor(event) => self.editor_event(event),
            Event::Connection(event) => self.connection_event(event),
            Event::Server(event) => self.server_event(event),
            Event::Reply(reply) => self.server_reply(reply),
            Event::FileRead { path, why, content } => self.file_read(path, why, content),
            Event::Kept { path, question, problem, written } => {
                self.question_kept(&path, &question, &problem, written);
            }
            Event::FileChangeDone { job, result } => self.file_change_done(job, result),
            Event::DiskChanged { path } => self.disk_changing(path),
            Event::Restored(reviews) => self.reviews_restored(reviews),
            Event::ServersFound { here, others } => self.servers_found(here, others),
            Event::Timer(timer) => self.timer(timer),
        }
        self.undo_what_waited();
        self.keep_reviews_soon();
        self.watch_touched();
        self.publish();
        std::mem::take(&mut self.effects)
    }

    pub(super) fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    pub(super) fn editor(&mut self, effect: EditorEffect) {
        self.effects.push(Effect::Editor(effect));
    }

    pub(super) fn server(&mut self, call: ServerCall) {
        self.effects.push(Effect::Server(call));
    }

    fn editor_event(&mut self, event: EditorEvent) {
        match event {
            EditorEvent::Opened { uri, language, version, text } => {
                self.documents.open(uri.clone(), language, version, &text);
                self.dirty.remove(&uri);
                self.touch(Place { uri: uri.clone(), span: None });
                self.document_moved(&uri);
                if let Some(path) = uri.to_path() {
                    self.effect(Effect::Read { path, why: ReadPurpose::Opened });
                }
            }
            EditorEvent::Changed { uri, version, edits } => {
                let Some(edits) = self.documents.change(&uri, version, edits, self.encoding) else {
                    tracing::warn!(%uri, "a change of a document that was never opened");
                    return;
                };
                self.dirty.insert(uri.clone());
                self.change_edited(&uri, &edits);
            }
            EditorEvent::Saving { uri, by_hand } => self.prompt_document_saving(&uri, by_hand),
            EditorEvent::Saved { uri } => {
                self.before_again(&uri);
                self.prompt_document_saved(&uri);
                self.change_saving(&uri);
            }
            EditorEvent::Closed { uri } => {
                self.dirty.remove(&uri);
                self.documents.close(&uri);
                self.document_moved(&uri);
                if let Some(path) = uri.to_path() {
                    self.disk_changed(path);
                }
            }
            EditorEvent::CodeActions { query, reply } => {
                // A client that cancelled the request no longer listens.
                let _ = reply.send(self.actions(&query));
            }
            EditorEvent::Execute { command, reply } => {
                let _ = reply.send(self.command(command));
            }
            EditorEvent::CancelProgress { id } => self.cancel(DraftId(id.0)),
            EditorEvent::DialogAnswered { id, answer } => self.dialog_answered(id, answer),
            EditorEvent::DocumentShown { path, shown } => self.document_shown(&path, shown),
            EditorEvent::CodeLenses { uri, reply } => {
                let _ = reply.send(self.lenses(&uri));
            }
            EditorEvent::EditApplied { job, applied } => self.edit_applied(job, applied),
            EditorEvent::NotGone { uri, line } => {
                if let Some(path) = uri.to_path() {
                    self.not_gone(&path, line);
                }
            }
            EditorEvent::Leaving { reply } => {
                let questions = self.take_unsent_questions();
                let _ = reply.send(LastWords { questions, reviews: self.take_unkept() });
            }
            EditorEvent::Configured { settings, warnings } => self.configured(*settings, warnings),
        }
    }

    /// Where the user is; the bridge's own documents are no place to come back to.
    pub(super) fn touch(&mut self, place: Place) {
        if place.uri.to_path().is_some_and(|path| path.starts_with(&self.own)) {
            return;
        }
        // A document that is opened where the user was just sent says less.
        let same = self.active.as_ref().is_some_and(|active| active.uri == place.uri && active.span.is_some());
        if place.span.is_some() || !same {
            self.active = Some(place);
        }
    }

    fn document_moved(&mut self, uri: &DocumentUri) {
        if let Some(path) = uri.to_path() {
            self.refresh_in_editor(&path);
        }
        self.republish(uri);
    }

    fn command(&mut self, command: Command) -> Result<Outcome, CommandError> {
        match command {
            Command::Ask(ask) => Ok(self.ask(ask)),
            Command::Append { place } => self.append(place),
            Command::SubmitTui => self.tui(ServerCall::SubmitTui),
            Command::ClearTui => self.tui(ServerCall::ClearTui),
            Command::RecallPermissions => Ok(self.recall_permissions()),
            Command::ReplyPermission { id, reply, message } => self.reply_command(id, reply, message),
            Command::ShowPermission { id } => self.show_permission(&id),
            Command::ShowDiff { uri } => self.show_diff(uri),
            Command::Keep(which) => self.keep(&which),
            Command::Undo { which, confirmed } => self.undo(&which, confirmed),
            Command::Redo { which, prompt } => self.redo(&which, prompt),
            Command::Go { to, from } => self.go(to, from),
            Command::Tell => self.tell(),
            Command::KeepTurn => self.keep_turn(),
            Command::UndoTurn { confirmed } => self.undo_turn(confirmed),
            Command::RedoTurn { confirmed } => self.redo_turn(confirmed),
            Command::ShowAnswer => self.show_answer(),
            Command::Abort => self.abort(),
            Command::NewSession => {
                self.session = None;
                Ok(Outcome::Done)
            }
            Command::Reconnect => {
                self.connect(Reconnect::AsBefore);
                Ok(Outcome::Done)
            }
            Command::SelectServer => self.select_server(),
            Command::RestartServer => self.restart_server(),
        }
    }

    fn tui(&mut self, call: ServerCall) -> Result<Outcome, CommandError> {
        if !self.connection.is_connected() {
            return Err(CommandError::NotConnected(self.connection.problem()));
        }
        self.server(call);
        Ok(Outcome::Done)
    }

    fn configured(&mut self, settings: Settings, warnings: Vec<String>) {
        if !warnings.is_empty() && self.warnings != warnings {
            let text = format!("opencode-lsp settings: {}", warnings.join("; "));
            self.editor(EditorEffect::Message { level: Level::Warning, text });
        }
        self.warnings = warnings;
        let same = self.connection != Connection::Idle && self.settings.server.is_same(&settings.server);
        self.settings = settings;
        if !same {
            self.connection = Connection::Connecting;
            self.session = None;
            self.forget_permissions();
            self.connect(Reconnect::AsBefore);
        }
    }

    pub(super) fn connect(&mut self, how: Reconnect) {
        self.effect(Effect::Connect(self.settings.server.clone(), how));
    }

    fn connection_event(&mut self, event: ConnectionEvent) {
        match event {
            ConnectionEvent::Connecting => {
                if !matches!(self.connection, Connection::Lost { .. }) {
                    self.connection = Connection::Connecting;
                }
            }
            ConnectionEvent::Starting if self.starting => {}
            ConnectionEvent::Starting => {
                self.starting = true;
                let title = "opencode: starting a server".to_owned();
                self.editor(EditorEffect::BeginProgress { id: STARTING, title, message: String::new() });
            }
            ConnectionEvent::Exposed { url } => {
                if self.exposed.insert(url.clone()) {
                    let text = format!("opencode-lsp: {}", exposed(&url));
                    self.editor(EditorEffect::Message { level: Level::Warning, text });
                }
            }
            ConnectionEvent::Connected { server, snapshot } => {
                self.started("ready");
                tracing::info!(url = server.url, version = server.version, "connected");
                self.project = server.directory.clone();
                self.connection = Connection::Connected(server);
                self.busy = snapshot.busy.into_iter().collect();
                self.attribute_to_the_user();
                let known = self.known_permissions();
                self.permissions_fetched(&known, snapshot.permissions);
                self.send_held_replies();
                self.resume_turns();
            }
            ConnectionEvent::Several { servers } => self.several_servers(servers),
            ConnectionEvent::Lost { reason } => {
                tracing::warn!(reason, "the connection is lost");
                self.connection = Connection::Lost { reason };
                self.report_all("the connection to opencode is lost; waiting for it");
            }
            ConnectionEvent::Failed { problem, announce } => {
                self.started("failed");
                let said = matches!(&self.connection, Connection::Failed { problem: before } if *before == problem);
                let was_lost = matches!(self.connection, Connection::Lost { .. });
                let is_missed =
                    was_lost && (!self.turns.running.is_empty() || self.permissions.open().next().is_some());
                if (announce || is_missed) && !said {
                    self.editor(EditorEffect::Message {
                        level: Level::Error,
                        text: format!("opencode-lsp: {problem}"),
                    });
                }
                self.connection = Connection::Failed { problem: problem.clone() };
                // Nobody knows any more what it is at; verdicts need not wait for it.
                self.busy.clear();
                self.attribute_to_the_user();
                self.give_back_turns(&problem);
                self.give_up_held_replies(&problem);
            }
        }
    }

    fn started(&mut self, how: &str) {
        if std::mem::take(&mut self.starting) {
            self.editor(EditorEffect::EndProgress { id: STARTING, message: how.to_owned() });
        }
    }

    fn server_reply(&mut self, reply: ServerReply) {
        match reply {
            ServerReply::SessionCreated { draft, result } => self.session_created(draft, result),
            ServerReply::Prompted { draft, result } => self.prompted(draft, result),
            ServerReply::Turn { draft, result } => self.turn_fetched(draft, result),
            ServerReply::Diff { session, prompt, result } => self.diff_fetched(&session, prompt, result),
            ServerReply::Permissions { known, result } => match result {
                Ok(now) => self.permissions_fetched(&known, now),
                Err(problem) => tracing::warn!(problem, "no list of permissions"),
            },
            ServerReply::Replied { id, reply, result } => self.reply_arrived(id, reply, result),
            ServerReply::Aborted { session, result } => self.aborted(&session, result),
            ServerReply::Reverted { session, prompt, result } => self.reverted(&session, &prompt, result),
            ServerReply::Unreverted { session, result } => self.unreverted(&session, result),
            ServerReply::Tui { what, result } => self.tui_answered(what, result),
        }
    }

    fn file_read(&mut self, path: PathBuf, why: ReadPurpose, content: Content) {
        match why {
            ReadPurpose::Draft(draft) => self.compose_and_send(draft, content.text()),
            ReadPurpose::Append => self.append_read(&path, content.text()),
            ReadPurpose::Opened => self.opened_read(&path, &content),
            ReadPurpose::Before => self.before_read(path, content),
            ReadPurpose::After => self.after_read(path, content),
            ReadPurpose::Saved => self.saved_read(&path, content),
            ReadPurpose::Disk => self.disk_read(&path, content),
            ReadPurpose::Undo(job) => self.undo_read(job, &content),
            ReadPurpose::TurnUndo => self.turn_file_read(path, content),
            ReadPurpose::PromptDocument => self.prompt_document_read(path, &content),
        }
    }

    fn timer(&mut self, timer: Timer) {
        match timer {
            Timer::Dialog(id) => self.dialog_timed_out(id),
            Timer::Accepted(draft) => self.not_accepted_yet(draft),
            Timer::Look(draft) => self.look_due(draft),
            Timer::Unanswered(draft) => self.still_unanswered(draft),
            Timer::PromptDocuments => self.poll_prompt_documents(),
            Timer::Transcript => self.write_transcripts(),
            Timer::Diff(session, prompt) => self.diff_settled(&session, prompt),
            Timer::Undo(job) => self.undo_due(job),
            Timer::Keep => self.keep_reviews(),
            Timer::Disk(path) => self.disk_settled(path),
            Timer::Confirm(question) => self.not_confirmed(&question),
        }
    }
}
