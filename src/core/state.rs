//! The owner of everything the bridge knows.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::ai_comments::AiComments;
use super::changes::{Changes, TurnUndo, Undoing};
use super::command::{Command, CommandError, Outcome};
use super::contexts::Contexts;
use super::diagnostics::Touched;
use super::dialogs::Dialogs;
use super::documents::Documents;
use super::effect::{Diagnostic, EditorEffect, Effect, ReadPurpose, ServerCall, Timer};
use super::event::{EditorEvent, Event, LastWords, ServerReply};
use super::folders::{FolderPaths, Folders};
use super::ids::{DocumentUri, FolderId, JobId, MessageId, PartId, SessionId};
use super::known::Known;
use super::lists::ListPurpose;
use super::menus::Menus;
use super::permissions::Permissions;
use super::place::Place;
use super::plugins::{Plugin, PluginFlags};
use super::prompt_documents::PromptDocuments;
use super::questions::Questions;
use super::server::Reconnect;
use super::session_commands::SessionChange;
use super::sessions::SessionInfo;
use super::status_progress::StatusProgress;
use super::transcripts::Transcripts;
use super::turns::Turns;
use crate::comments::LineEdit;
use crate::config::Settings;
use crate::review::Content;
use crate::text::Encoding;

/// What does not change after `initialize`.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The workspace folders at the start, one at least.
    pub folders: Vec<FolderPaths>,
    /// How the client counts characters.
    pub encoding: Encoding,
    /// Tells this run's files from those of other runs.
    pub run: String,
    pub client_files: ClientFiles,
    pub plugin: PluginFlags,
}

/// The file operations that the client does (`workspaceEdit.resourceOperations`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClientFiles {
    pub delete: bool,
    pub rename: bool,
}

#[derive(Debug)]
pub struct State {
    pub(super) folders: Folders,
    pub(super) encoding: Encoding,
    pub(super) run: String,
    pub(super) client_files: ClientFiles,
    pub(super) settings: Settings,
    /// What was said of the settings: clients tell them more than once.
    pub(super) warnings: Vec<String>,
    /// Addresses whose danger was told.
    pub(super) exposed: HashSet<String>,
    pub(super) documents: Documents,
    pub(super) contexts: Contexts,
    pub(super) ai_comments: AiComments,
    /// Open documents with changes since they were opened or saved.
    pub(super) dirty: HashSet<DocumentUri>,
    /// Where the user was last seen.
    pub(super) active: Option<Place>,
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
    /// Edits with code of an answer that the editor was asked for.
    pub(super) inserting: BTreeSet<JobId>,
    pub(super) permissions: Permissions,
    pub(super) questions: Questions,
    pub(super) dialogs: Dialogs,
    pub(super) menus: Menus,
    pub(super) changes: Changes,
    pub(super) undoing: Undoing,
    pub(super) turn_undo: TurnUndo,
    /// A question that running its command again answers.
    pub(super) confirming: Option<String>,
    pub(super) prompt_documents: PromptDocuments,
    pub(super) known: Known,
    pub(super) appending: Vec<Place>,
    pub(super) published: HashMap<DocumentUri, Arc<[Diagnostic]>>,
    pub(super) touched: Touched,
    /// What code lenses are about has changed since the editor was last told.
    pub(super) lenses_moved: bool,
    /// Documents that show a pending permission.
    pub(super) shows_permissions: HashSet<DocumentUri>,
    pub(super) plugin: Plugin,
    pub(super) status_progress: StatusProgress,
    pub(super) effects: Vec<Effect>,
}

impl State {
    pub fn new(setup: Setup) -> Self {
        Self {
            folders: Folders::new(setup.folders),
            encoding: setup.encoding,
            run: setup.run,
            client_files: setup.client_files,
            settings: Settings::default(),
            warnings: Vec::new(),
            exposed: HashSet::new(),
            documents: Documents::default(),
            contexts: Contexts::default(),
            ai_comments: AiComments::default(),
            dirty: HashSet::new(),
            active: None,
            sessions: HashMap::new(),
            busy: HashSet::new(),
            prompts: HashMap::new(),
            user_messages: HashSet::new(),
            at_work: HashSet::new(),
            origins: HashMap::new(),
            turns: Turns::default(),
            transcripts: Transcripts::default(),
            inserting: BTreeSet::new(),
            permissions: Permissions::default(),
            questions: Questions::default(),
            dialogs: Dialogs::default(),
            menus: Menus::default(),
            changes: Changes::default(),
            undoing: Undoing::default(),
            turn_undo: TurnUndo::default(),
            confirming: None,
            prompt_documents: PromptDocuments::default(),
            known: Known::default(),
            appending: Vec::new(),
            published: HashMap::new(),
            touched: Touched::new(),
            lenses_moved: false,
            shows_permissions: HashSet::new(),
            plugin: Plugin::new(setup.plugin),
            status_progress: StatusProgress::default(),
            effects: Vec::new(),
        }
    }

    /// Takes one event in and says what is to be done about it, in order.
    pub fn handle(&mut self, event: Event) -> Vec<Effect> {
        if !matches!(event, Event::Timer(Timer::Status)) {
            self.status_soon();
        }
        match event {
            Event::Editor(event) => self.editor_event(event),
            Event::Connection(folder, event) => self.connection_event(folder, event),
            Event::Server(folder, event) => self.server_event(folder, event),
            Event::Reply(folder, reply) => self.server_reply(folder, reply),
            Event::FileRead { path, why, content } => self.file_read(path, why, content),
            Event::GitDiff { draft, result } => self.git_answered(draft, result),
            Event::Kept { path, question, problem, written } => {
                self.question_kept(&path, &question, &problem, written);
            }
            Event::Prompts(done) => self.prompts_done(done),
            Event::FileChangeDone { job, result } => self.file_change_done(job, result),
            Event::DiskChanged { path } => self.disk_changing(path),
            Event::Restored(own, reviews) => self.reviews_restored(&own, reviews),
            Event::ReviewsAsked(request) => self.reviews_asked(request),
            Event::ReviewsHeld { own, held } => self.reviews_held(&own, held),
            Event::ServersFound { folder, here, others } => self.servers_found(folder, here, others),
            Event::Timer(timer) => self.timer(timer),
        }
        self.undo_what_waited();
        self.answer_asked();
        self.keep_reviews_soon();
        self.watch_touched();
        self.publish();
        self.tell_permissions();
        std::mem::take(&mut self.effects)
    }

    pub(super) fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    pub(super) fn editor(&mut self, effect: EditorEffect) {
        self.effects.push(Effect::Editor(effect));
    }

    /// Asks the opencode of a folder.
    pub(super) fn server(&mut self, folder: FolderId, call: ServerCall) {
        self.effects.push(Effect::Server(self.folders.carrier(folder), call));
    }

    fn editor_event(&mut self, event: EditorEvent) {
        match event {
            EditorEvent::Opened { uri, language, version, text } => {
                self.documents.open(uri.clone(), language, version, &text);
                self.contexts.changed(&uri);
                self.comments_opened(&uri);
                self.dirty.remove(&uri);
                self.touch(Place { uri: uri.clone(), span: None });
                self.document_moved(&uri);
                self.prompt_document_opened(&uri);
                if let Some(path) = uri.to_path() {
                    self.effect(Effect::Read { path, why: ReadPurpose::Opened });
                }
            }
            EditorEvent::Changed { uri, version, edits } => {
                let lines: Vec<_> = edits.iter().map(|(span, text)| LineEdit::of(*span, text)).collect();
                let Some(edits) = self.documents.change(&uri, version, edits, self.encoding) else {
                    tracing::warn!(%uri, "a change of a document that was never opened");
                    return;
                };
                self.dirty.insert(uri.clone());
                self.contexts.changed(&uri);
                self.comments_edited(&uri, &lines);
                self.change_edited(&uri, &edits);
                self.prompt_document_changed(&uri);
            }
            EditorEvent::Saving { uri, by_hand } => self.prompt_document_saving(&uri, by_hand),
            EditorEvent::Saved { uri } => {
                self.before_again(&uri);
                self.prompt_document_saved(&uri);
                self.change_saving(&uri);
                self.comments_saved(&uri);
            }
            EditorEvent::Closed { uri } => {
                self.dirty.remove(&uri);
                self.documents.close(&uri);
                self.contexts.closed(&uri);
                self.comments_closed(&uri);
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
            EditorEvent::CancelProgress { id } => self.cancel(id),
            EditorEvent::DialogAnswered { id, answer } => self.dialog_answered(id, answer),
            EditorEvent::DocumentShown { path, shown } => self.document_shown(&path, shown),
            EditorEvent::CodeLenses { uri, reply } => {
                let _ = reply.send(self.lenses(&uri));
            }
            EditorEvent::Complete { uri, point, reply } => self.complete(&uri, point, reply),
            EditorEvent::Hover { uri, point, reply } => {
                let _ = reply.send(self.hover(&uri, point));
            }
            EditorEvent::Links { uri, reply } => {
                let _ = reply.send(self.prompt_links(&uri));
            }
            EditorEvent::InputAnswered { id, answer } => self.input_answered(id, answer),
            EditorEvent::MenuChosen { id, answer } => self.menu_chosen(id, answer),
            EditorEvent::Hunks { uri, reply } => {
                let _ = reply.send(self.plugin_hunks(&uri));
            }
            EditorEvent::Baseline { uri, reply } => {
                let _ = reply.send(self.plugin_baseline(&uri));
            }
            EditorEvent::Proposal { id, reply } => {
                let _ = reply.send(self.proposal(&id));
            }
            EditorEvent::Transcript { uri, reply } => {
                let _ = reply.send(self.own_text(&uri));
            }
            EditorEvent::EditApplied { job, applied } if self.inserting.contains(&job) => {
                self.insert_applied(job, &applied);
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
            EditorEvent::Configured { settings, warnings, folders } => self.configured(*settings, warnings, folders),
        }
    }

    /// Where the user is; the bridge's own documents are no place to come back to.
    pub(super) fn touch(&mut self, place: Place) {
        let path = place.uri.to_path();
        if let Some(path) = &path {
            self.folders.touch(path);
        }
        if path.is_some_and(|path| self.folders.is_own(&path)) {
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

    pub(super) fn command(&mut self, command: Command) -> Result<Outcome, CommandError> {
        self.menu_done(&command);
        match command {
            Command::Ask(ask) => Ok(self.ask(ask)),
            Command::SendDocument { uri } => self.send_document(uri.as_ref()),
            Command::DocumentToTui { uri } => self.document_to_tui(uri.as_ref()),
            Command::DiscardDocument { uri } => self.discard_document(uri.as_ref()),
            Command::History { uri } => self.history(uri.as_ref()),
            Command::Append { place } => self.append(place),
            Command::SubmitTui => self.tui(ServerCall::SubmitTui),
            Command::ClearTui => self.tui(ServerCall::ClearTui),
            Command::Prompt { name, place } => self.run_prompt(name.as_deref(), place),
            Command::More { place } => Ok(self.more(place)),
            Command::SendComments { place } => self.send_comments(place.as_ref()),
            Command::RecallPermissions => Ok(self.recall_permissions()),
            Command::ReplyPermission { id, reply, message } => self.reply_command(id, reply, message),
            Command::ShowPermission { id } => self.show_permission(&id),
            Command::RecallQuestions => Ok(self.recall_questions()),
            Command::Question { id, act } => self.question_command(id, act),
            Command::ShowDiff { uri } => self.show_diff(uri),
            Command::Keep(which) => self.keep(&which),
            Command::Undo { which, confirmed } => self.undo(&which, confirmed),
            Command::Redo { which, prompt } => self.redo(&which, prompt),
            Command::Go { to, from } => self.go(to, from),
            Command::Tell => self.tell(),
            Command::KeepTurn => self.keep_turn(),
            Command::UndoTurn { confirmed } => self.undo_turn(confirmed),
            Command::RedoTurn { confirmed } => self.redo_turn(confirmed),
            Command::ShowAnswer { session } => self.show_answer(session),
            Command::InsertAnswer { place, block } => self.insert_answer(place, block),
            Command::Abort => self.abort(),
            Command::NewSession => Ok(self.new_session()),
            Command::RenameSession { session, title } => self.rename_session(session, title),
            Command::SwitchSession { session } => self.switch_session(session),
            Command::DeleteSession { session, confirmed } => self.delete_session(session, confirmed),
            Command::ForkSession { session, at } => self.fork_session(session, at),
            Command::ShowChildren { session } => self.show_children(session),
            Command::ShareSession { session } => self.change_session(session, SessionChange::Share),
            Command::UnshareSession { session } => self.change_session(session, SessionChange::Unshare),
            Command::RunCommand { command, arguments } => self.run_command(command, arguments),
            Command::RunShell { command } => self.run_shell(command),
            Command::Compact => self.compact(),
            Command::ChooseAgent { agent } => self.choose_agent(agent),
            Command::ChooseModel { model } => self.choose_model(model),
            Command::ChooseVariant { variant } => self.choose_variant(variant),
            Command::Init => Ok(self.init()),
            Command::Mcp { server, connect } => self.mcp(server, connect),
            Command::ShowInfo => self.show_info(),
            Command::DisposeInstance { confirmed } => self.dispose(confirmed),
            Command::Reconnect => {
                self.connect(self.folders.here(), Reconnect::AsBefore);
                Ok(Outcome::Done)
            }
            Command::SelectServer => self.select_server(),
            Command::RestartServer => self.restart_server(),
        }
    }

    fn tui(&mut self, call: ServerCall) -> Result<Outcome, CommandError> {
        let here = self.connected(self.folders.here())?;
        self.server(here, call);
        Ok(Outcome::Done)
    }

    fn server_reply(&mut self, folder: FolderId, reply: ServerReply) {
        match reply {
            ServerReply::SessionCreated { draft, result } => self.session_created(draft, result),
            ServerReply::Prompted { draft, result } => self.prompted(draft, result),
            ServerReply::Ran { draft, result } => self.ran(draft, result),
            ServerReply::Turn { draft, result } => self.turn_fetched(draft, result),
            ServerReply::Diff { session, prompt, result } => self.diff_fetched(&session, prompt, result),
            ServerReply::Uncommitted { draft, result } => self.uncommitted_fetched(draft, result),
            ServerReply::Permissions { known, result } => match result {
                Ok(now) if self.folders.get(folder).is_some() => self.permissions_fetched(folder, &known, now),
                // Of a folder that is gone: nobody could take the answers.
                Ok(_) => {}
                Err(problem) => tracing::warn!(problem, "no list of permissions"),
            },
            ServerReply::Replied { id, reply, result } => self.reply_arrived(folder, id, reply, result),
            ServerReply::Questions { known, result } => match result {
                Ok(now) if self.folders.get(folder).is_some() => self.questions_fetched(folder, &known, now),
                Ok(_) => {}
                Err(problem) => tracing::warn!(problem, "no list of questions"),
            },
            ServerReply::QuestionReplied { id, result } => self.question_replied(&id, result),
            ServerReply::Aborted { session, result } => self.aborted(&session, result),
            ServerReply::Reverted { session, prompt, result } => self.reverted(&session, &prompt, result),
            ServerReply::Unreverted { session, result } => self.unreverted(&session, result),
            ServerReply::SessionChanged { what, result } => self.session_changed(what, result),
            ServerReply::SessionDone { session, change, result } => self.session_done(&session, &change, result),
            ServerReply::Managed { what, result } => self.managed(&what, result),
            ServerReply::Listed { why: ListPurpose::Known, result } => self.list_known(folder, result),
            ServerReply::Listed { why, result } => self.listed(why, result),
            ServerReply::Found { search, result } => self.found(search, result),
            ServerReply::Session { session, show, result } => self.session_fetched(folder, session, show, result),
            ServerReply::Tui { what, result } => self.tui_answered(what, result),
        }
    }

    fn file_read(&mut self, path: PathBuf, why: ReadPurpose, content: Content) {
        match why {
            ReadPurpose::Draft(draft) => self.compose_and_send(draft, content.text()),
            ReadPurpose::Context(draft) => self.context_read(draft, path, content.text()),
            ReadPurpose::Append => self.append_read(&path, content.text()),
            ReadPurpose::Opened => self.opened_read(&path, &content),
            ReadPurpose::Before => self.before_read(path, content),
            ReadPurpose::After => self.after_read(path, content),
            ReadPurpose::Saved => self.saved_read(&path, content),
            ReadPurpose::Disk => self.disk_read(&path, content),
            ReadPurpose::Undo(job) => self.undo_read(job, &content),
            ReadPurpose::TurnUndo => self.turn_file_read(path, content),
            ReadPurpose::Choice(session) => self.choice_read(session, content.text()),
            ReadPurpose::PromptDocument(why) => self.prompt_document_read(path, why, &content),
        }
    }

    fn timer(&mut self, timer: Timer) {
        match timer {
            Timer::Dialog(id) => self.dialog_timed_out(id),
            Timer::Accepted(draft) => self.not_accepted_yet(draft),
            Timer::Context(draft) => self.gathered_long_enough(draft),
            Timer::Look(draft) => self.look_due(draft),
            Timer::Unanswered(draft) => self.still_unanswered(draft),
            Timer::Prompts(timer) => self.prompt_timer(timer),
            Timer::ListsOld(carrier) => self.lists_old(carrier),
            Timer::Transcript => self.write_transcripts(),
            Timer::Diff(session, prompt) => self.diff_settled(&session, prompt),
            Timer::Undo(job) => self.undo_due(job),
            Timer::Status => self.tell_status(),
            Timer::Keep => self.keep_reviews(),
            Timer::Disk(path) => self.disk_settled(path),
            Timer::Confirm(question) => self.not_confirmed(&question),
            Timer::Menu(id) => self.menu_timed_out(id),
        }
    }
}
