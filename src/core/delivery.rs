//! Delivery: a question on its way to opencode, until opencode shows that it has it.

use std::path::PathBuf;
use std::time::Duration;

use super::command::Ask;
use super::effect::{EditorEffect, Effect, ReadPurpose, ServerCall, Timer};
use super::event::SendError;
use super::ids::{DraftId, FolderId, MessageId, ProgressId, SessionId};
use super::inert::{first_line, inert};
use super::prompt::key_text;
use super::prompt_documents::SessionWish;
use super::server::PromptPart;
use super::state::State;
use super::turns::{Stage, Turn, Unanswered};
use crate::config::OpenAnswer;

/// opencode mostly shows a prompt it has taken within milliseconds; after this it is asked, and asked again.
pub(super) const ACCEPTED_WITHIN: Duration = Duration::from_secs(10);

/// How long a prompt whose answer was lost is given before opencode is asked.
pub(super) const UNCLEAR_FOR: Duration = Duration::from_secs(1);

impl State {
    /// Takes a question over. It ends answered, failed, or kept in a prompt document.
    pub(super) fn start_turn(&mut self, mut ask: Ask, document: Option<PathBuf>) {
        // A prompt document without a place is in its folder's own files.
        let folder = match &document {
            Some(path) if ask.place.is_none() => self.folder_of_file(path),
            _ => self.folder_of(ask.place.as_ref()),
        };
        if ask.run.is_none() {
            ask.undone = ask.undone.or_else(|| self.take_told(folder));
        }
        self.turns.last += 1;
        let draft = DraftId(self.turns.last);
        let connection = self.folders.connection(folder);
        let is_connected = connection.is_connected();
        if !is_connected && !connection.may_come() {
            let problem = connection.problem();
            self.keep_undelivered(ask, document, &problem);
            return;
        }
        if let Some(title) = self.folders.get_mut(folder).and_then(|folder| folder.deleted.take()) {
            let problem = format!(
                "{title}, where your questions went, was deleted. In a new one you ask it by saving it again; opencode.session.switch chooses another session before that"
            );
            self.keep_undelivered(ask, document, &problem);
            return;
        }
        let title = format!(
            "opencode: {}",
            inert(first_line(ask.prompt.as_deref().unwrap_or_default()).unwrap_or_default(), 60)
        );
        let turn = Turn {
            folder,
            ask,
            stage: Stage::Waiting,
            parts: Vec::new(),
            document,
            live: Vec::new(),
            failure: None,
            reported: String::new(),
            unanswered: Unanswered::No,
            cancelled: false,
            open: false,
            queued: false,
            looking: false,
            rejected: None,
            doubt: None,
            unseen: 0,
            failed_looks: 0,
            mentioned: None,
        };
        self.turns.running.insert(draft, turn);
        let message = if is_connected { "thinking" } else { "waiting for opencode" };
        self.editor(EditorEffect::BeginProgress { id: ProgressId::Turn(draft), title, message: message.to_owned() });
        if is_connected {
            self.prepare(draft);
        }
    }

    /// The stream is live: compose the prompt.
    pub(super) fn prepare(&mut self, draft: DraftId) {
        if self.looks_at_mentions(draft) {
            return;
        }
        let Some(turn) = self.turns.running.get_mut(&draft) else {
            return;
        };
        turn.stage = Stage::Reading;
        if Self::names_contexts(&turn.ask) {
            self.gather(draft);
            return;
        }
        match turn.ask.place.as_ref().and_then(|place| place.uri.to_path()) {
            Some(path) => self.effect(Effect::Read { path, why: ReadPurpose::Draft(draft) }),
            None => self.compose_and_send(draft, None),
        }
    }

    pub(super) fn compose_and_send(&mut self, draft: DraftId, on_disk: Option<&str>) {
        let Some(turn) = self.turns.running.get(&draft) else {
            return;
        };
        if let Some(problem) = self.lost_place(turn, on_disk) {
            self.undelivered(draft, &problem);
            return;
        }
        let parts = self.compose(&turn.ask, on_disk);
        self.send_composed(draft, parts);
    }

    pub(super) fn send_composed(&mut self, draft: DraftId, mut parts: Vec<PromptPart>) {
        parts.extend(self.mentioned_parts(draft));
        let Some(turn) = self.turns.running.get_mut(&draft) else {
            return;
        };
        turn.parts = parts;
        turn.stage = Stage::NeedsSession;
        let folder = turn.folder;
        self.send_prepared(folder);
    }

    /// Sends a folder's oldest question that is ready, one at a time and never past an older one: opencode
    /// is to get them in the order they were asked. Creates a session where there is none.
    pub(super) fn send_prepared(&mut self, id: FolderId) {
        let is_connected = self.folders.connection(id).is_connected();
        let Some(folder) = self.folders.get_mut(id).filter(|folder| folder.sending.is_none() && is_connected) else {
            return;
        };
        let unsent = |turn: &Turn| turn.folder == id && turn.session().is_none();
        let Some((&draft, oldest)) = self.turns.running.iter().find(|(_, turn)| unsent(turn)) else {
            return;
        };
        if oldest.stage != Stage::NeedsSession {
            return;
        }
        // The prompt of a run is the next one that is shown: none of another question may be on its way.
        let is_posted = |turn: &Turn| turn.session() == folder.session.as_ref() && turn.session().is_some();
        let is_posted = |turn: &Turn| turn.prompt().is_none() && is_posted(turn);
        if oldest.ask.run.is_some() && self.turns.running.values().any(is_posted) {
            return;
        }
        folder.sending = Some(draft);
        let session = match &oldest.ask.session {
            Some(SessionWish::New) => None,
            Some(SessionWish::Known(session)) => Some(session.clone()),
            None => folder.session.clone(),
        };
        match session {
            Some(session) => self.post_prompt(draft, session),
            None => self.server(id, ServerCall::CreateSession { draft }),
        }
    }

    fn post_prompt(&mut self, draft: DraftId, session: SessionId) {
        let Some(turn) = self.turns.running.get_mut(&draft) else {
            return;
        };
        turn.stage = Stage::Posted { session: session.clone() };
        turn.open = turn.ask.run.is_some();
        let (folder, parts, run) = (turn.folder, turn.parts.clone(), turn.ask.run.clone());
        let options = turn.ask.options.clone();
        let options = self.options_for(&session, &options);
        let call = match run {
            Some(run) => ServerCall::Run { draft, session, run: *run, options },
            None => ServerCall::Prompt { draft, session, parts, options },
        };
        self.server(folder, call);
    }

    pub(super) fn session_created(&mut self, draft: DraftId, result: Result<SessionId, String>) {
        let waits = self.turns.running.get(&draft).is_some_and(|turn| turn.stage == Stage::NeedsSession);
        let Some(id) = self.folders.sending(draft).filter(|_| result.is_err() || waits) else {
            // Asked for twice, as a connection was lost in between: one is enough.
            return;
        };
        match result {
            Ok(session) => {
                self.folders.made(&session, id);
                self.take_choice(id, &session);
                if self.turns.running.contains_key(&draft) {
                    self.post_prompt(draft, session);
                    return;
                }
            }
            // Without a connection it waits for the next one.
            Err(_) if !self.folders.connection(id).is_connected() => {}
            Err(problem) => self.undelivered(draft, &problem),
        }
        self.folders.sent(draft);
        self.send_prepared(id);
    }

    pub(super) fn prompted(&mut self, draft: DraftId, result: Result<(), SendError>) {
        let folder = self.folders.sent(draft);
        match result {
            Ok(()) => self.effect(Effect::After(ACCEPTED_WITHIN, Timer::Accepted(draft))),
            Err(SendError::Unclear(problem)) => {
                tracing::warn!(problem, "no answer to a prompt; asking whether it arrived");
                if let Some(turn) = self.turns.running.get_mut(&draft) {
                    turn.doubt = Some(problem);
                }
                self.effect(Effect::After(UNCLEAR_FOR, Timer::Accepted(draft)));
            }
            Err(SendError::NotConnected) => {
                // It was not even tried: it waits for the connection that is about to be lost or back.
                if let Some(turn) = self.turns.running.get_mut(&draft) {
                    turn.stage = Stage::NeedsSession;
                }
                return;
            }
            Err(SendError::Missing(missing)) => self.missing(draft, missing),
            Err(SendError::Refused(problem)) => self.undelivered(draft, &problem),
            Err(SendError::Gone(problem)) => {
                self.forget_session_of(draft);
                self.undelivered(draft, &problem);
            }
        }
        if let Some(folder) = folder {
            self.send_prepared(folder);
        }
    }

    /// The session is gone: the next question gets a new one.
    pub(super) fn forget_session_of(&mut self, draft: DraftId) {
        if let Some(session) = self.turns.running.get(&draft).and_then(|turn| turn.session()) {
            self.folders.leave_session(session);
        }
    }

    /// A text part of a user message: the oldest posted prompt with this text has arrived.
    pub(super) fn prompt_shown(&mut self, session: &SessionId, message: &MessageId, text: &str) {
        if self.turns.taken.contains(message) {
            return;
        }
        let posted = self.turns.running.iter_mut().find(|(_, turn)| {
            let is_posted = matches!(&turn.stage, Stage::Posted { session: s } if s == session);
            is_posted && !turn.open && key_text(&turn.parts) == text
        });
        if let Some((_, turn)) = posted {
            turn.stage = Stage::Accepted { session: session.clone(), prompt: message.clone() };
            self.accepted(session, message);
            self.say_queued(session, message);
        }
    }

    /// opencode has a question of ours.
    pub(super) fn accepted(&mut self, session: &SessionId, prompt: &MessageId) {
        self.turns.taken.push(prompt.clone());
        let arrived = self.turns.running.values().find(|turn| turn.prompt() == Some(prompt));
        if let Some(path) = arrived.and_then(|turn| turn.document.clone()) {
            self.prompt_document_arrived(&path);
        }
        let cancelled = self.turns.running.values_mut().find(|turn| turn.cancelled && turn.prompt() == Some(prompt));
        if let Some(turn) = cancelled {
            turn.cancelled = false;
            let folder = turn.folder;
            self.server(folder, ServerCall::Abort { session: session.clone() });
        }
        self.sent_in_time(prompt);
        self.prompts.insert(session.clone(), prompt.clone());
        self.remember_origin(session);
        self.transcripts_changed();
        if self.settings.answers.open == OpenAnswer::Start {
            self.show_transcript(session, false);
        }
    }

    /// Ends a question that did not reach opencode; its text is kept.
    pub(super) fn undelivered(&mut self, draft: DraftId, problem: &str) {
        let Some(turn) = self.turns.running.remove(&draft) else {
            return;
        };
        self.editor(EditorEffect::EndProgress { id: ProgressId::Turn(draft), message: "not sent".to_owned() });
        self.keep_undelivered(turn.ask, turn.document, problem);
    }

    /// The connection of a folder is up (again): send what waited, and ask about what was sent.
    pub(super) fn resume_turns(&mut self, folder: FolderId) {
        self.folders.nothing_is_sent(folder);
        self.offer_what_was_missing(folder);
        self.report_all(folder, "thinking");
        for draft in self.turns_of(folder) {
            if let Some(turn) = self.turns.running.get_mut(&draft) {
                // The word that it was taken up may be lost.
                turn.queued = false;
            }
            match self.turns.running.get(&draft).map(|turn| turn.stage.clone()) {
                Some(Stage::Waiting) => self.prepare(draft),
                // Its own request may be under way still.
                Some(Stage::Posted { .. }) => self.effect(Effect::After(UNCLEAR_FOR, Timer::Accepted(draft))),
                Some(Stage::Accepted { .. }) => self.fetch_turn(draft),
                Some(Stage::Reading | Stage::NeedsSession) | None => {}
            }
        }
        self.send_prepared(folder);
    }

    /// A folder has no connection for now: everything that opencode has not shown goes back to the user.
    pub(super) fn give_back_turns(&mut self, folder: FolderId, problem: &str) {
        self.folders.nothing_is_sent(folder);
        let unsent = |turn: &Turn| turn.folder == folder && turn.prompt().is_none();
        let drafts: Vec<DraftId> =
            self.turns.running.iter().filter(|(_, turn)| unsent(turn)).map(|(draft, _)| *draft).collect();
        for draft in drafts {
            self.undelivered(draft, problem);
        }
    }
}
