//! Delivery: a question on its way to opencode, until opencode shows that it has it.

use std::path::PathBuf;
use std::time::Duration;

use super::command::Ask;
use super::effect::{EditorEffect, Effect, ReadPurpose, ServerCall, Timer};
use super::event::SendError;
use super::ids::{DraftId, MessageId, ProgressId, SessionId};
use super::inert::{first_line, inert};
use super::prompt::key_text;
use super::server::{Failure, TurnRecord};
use super::state::State;
use super::turns::{SESSION_GONE, Stage, Turn, Unanswered};
use crate::config::OpenAnswer;

/// opencode mostly shows a prompt it has taken within milliseconds; after this it is asked, and asked again.
const ACCEPTED_WITHIN: Duration = Duration::from_secs(10);

/// Looks until a prompt that opencode has taken and does not show is given up: on a machine at its limits,
/// 1.18 was seen to take more than ten seconds to show one, and what is given up too early is asked twice.
const MAX_UNSEEN: u32 = 6;

/// How long a prompt whose answer was lost is given before opencode is asked.
const UNCLEAR_FOR: Duration = Duration::from_secs(1);

/// A session that is idle for this long with an unanswered prompt will not answer it.
const IDLE_FOR: Duration = Duration::from_secs(3);

/// How long until a turn is looked at again that was at work, or could not be looked at.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
const MAX_FAILED_LOOKS: u32 = 5;

impl State {
    /// Takes a question over. It ends answered, failed, or kept in a prompt document.
    pub(super) fn start_turn(&mut self, mut ask: Ask, document: Option<PathBuf>) {
        ask.undone = ask.undone.or_else(|| self.take_told());
        self.turns.last += 1;
        let draft = DraftId(self.turns.last);
        if !self.connection.is_connected() && !self.connection.may_come() {
            let problem = self.connection.problem();
            self.keep_undelivered(ask, document, &problem);
            return;
        }
        let title = format!(
            "opencode: {}",
            inert(first_line(ask.prompt.as_deref().unwrap_or_default()).unwrap_or_default(), 60)
        );
        let turn = Turn {
            ask,
            stage: Stage::Waiting,
            parts: Vec::new(),
            document,
            live: Vec::new(),
            tools: Vec::new(),
            failure: None,
            reported: String::new(),
            unanswered: Unanswered::No,
            cancelled: false,
            looking: false,
            rejected: false,
            doubt: None,
            unseen: 0,
            failed_looks: 0,
        };
        self.turns.running.insert(draft, turn);
        let message = if self.connection.is_connected() { "thinking" } else { "waiting for opencode" };
        self.editor(EditorEffect::BeginProgress { id: ProgressId(draft.0), title, message: message.to_owned() });
        if self.connection.is_connected() {
            self.prepare(draft);
        }
    }

    /// The stream is live: compose the prompt.
    fn prepare(&mut self, draft: DraftId) {
        let Some(turn) = self.turns.running.get_mut(&draft) else {
            return;
        };
        turn.stage = Stage::Reading;
        match turn.ask.place.as_ref().and_then(|place| place.uri.to_path()) {
            Some(path) => self.effect(Effect::Read { path, why: ReadPurpose::Draft(draft) }),
            None => self.compose_and_send(draft, None),
        }
    }

    pub(super) fn compose_and_send(&mut self, draft: DraftId, on_disk: Option<&str>) {
        let Some(turn) = self.turns.running.get(&draft) else {
            return;
        };
        let parts = self.compose(&turn.ask, on_disk);
        if let Some(turn) = self.turns.running.get_mut(&draft) {
            turn.parts = parts;
            turn.stage = Stage::NeedsSession;
        }
        self.send_prepared();
    }

    /// Sends the oldest question that is ready, one at a time and never past an older one: opencode
    /// is to get them in the order they were asked. Creates a session where there is none.
    fn send_prepared(&mut self) {
        if self.turns.sending.is_some() || !self.connection.is_connected() {
            return;
        }
        let unsent = |turn: &Turn| turn.session().is_none();
        let Some((&draft, oldest)) = self.turns.running.iter().find(|(_, turn)| unsent(turn)) else {
            return;
        };
        if oldest.stage != Stage::NeedsSession {
            return;
        }
        self.turns.sending = Some(draft);
        match self.session.clone() {
            Some(session) => self.post_prompt(draft, session),
            None => self.server(ServerCall::CreateSession { draft }),
        }
    }

    fn post_prompt(&mut self, draft: DraftId, session: SessionId) {
        let Some(turn) = self.turns.running.get_mut(&draft) else {
            return;
        };
        turn.stage = Stage::Posted { session: session.clone() };
        let parts = turn.parts.clone();
        self.server(ServerCall::Prompt { draft, session, parts });
    }

    pub(super) fn session_created(&mut self, draft: DraftId, result: Result<SessionId, String>) {
        let waits = self.turns.running.get(&draft).is_some_and(|turn| turn.stage == Stage::NeedsSession);
        if self.turns.sending != Some(draft) || (result.is_ok() && !waits) {
            // Asked for twice, as a connection was lost in between: one is enough.
            return;
        }
        match result {
            Ok(session) => {
                self.session = Some(session.clone());
                if self.turns.running.contains_key(&draft) {
                    self.post_prompt(draft, session);
                    return;
                }
            }
            // Without a connection it waits for the next one.
            Err(_) if !self.connection.is_connected() => {}
            Err(problem) => self.undelivered(draft, &problem),
        }
        self.turns.sending = None;
        self.send_prepared();
    }

    pub(super) fn prompted(&mut self, draft: DraftId, result: Result<(), SendError>) {
        self.turns.sending.take_if(|sending| *sending == draft);
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
            Err(SendError::Refused(problem)) => self.undelivered(draft, &problem),
            Err(SendError::Gone(problem)) => {
                self.forget_session_of(draft);
                self.undelivered(draft, &problem);
            }
        }
        self.send_prepared();
    }

    /// The session is gone: the next question gets a new one.
    fn forget_session_of(&mut self, draft: DraftId) {
        let session = self.turns.running.get(&draft).and_then(|turn| turn.session().cloned());
        if session.is_some() && session == self.session {
            self.session = None;
        }
    }

    pub(super) fn not_accepted_yet(&mut self, draft: DraftId) {
        let Some(turn) = self.turns.running.get(&draft) else {
            return;
        };
        if matches!(turn.stage, Stage::Posted { .. }) {
            self.fetch_turn(draft);
        }
    }

    /// Asks how a prompt stands; the answer decides what the stream may have lost.
    pub(super) fn fetch_turn(&mut self, draft: DraftId) {
        let Some(turn) = self.turns.running.get(&draft) else {
            return;
        };
        let Some(session) = turn.session().cloned() else {
            return;
        };
        let text = key_text(&turn.parts).to_owned();
        let prompt = turn.prompt().cloned();
        let taken = self.turns.taken.clone();
        self.server(ServerCall::FetchTurn { draft, session, prompt, text, taken });
    }

    /// A text part of a user message: the oldest posted prompt with this text has arrived.
    pub(super) fn prompt_shown(&mut self, session: &SessionId, message: &MessageId, text: &str) {
        if self.turns.taken.contains(message) {
            return;
        }
        let posted = self.turns.running.iter_mut().find(|(_, turn)| {
            matches!(&turn.stage, Stage::Posted { session: s } if s == session) && key_text(&turn.parts) == text
        });
        if let Some((_, turn)) = posted {
            turn.stage = Stage::Accepted { session: session.clone(), prompt: message.clone() };
            self.accepted(session, message);
        }
    }

    /// opencode has a question of ours.
    fn accepted(&mut self, session: &SessionId, prompt: &MessageId) {
        self.turns.taken.push(prompt.clone());
        let cancelled = self.turns.running.values_mut().find(|turn| turn.cancelled && turn.prompt() == Some(prompt));
        if let Some(turn) = cancelled {
            turn.cancelled = false;
            self.server(ServerCall::Abort { session: session.clone() });
        }
        self.prompts.insert(session.clone(), prompt.clone());
        self.remember_origin(session);
        self.transcript_changed();
        if self.settings.answers.open == OpenAnswer::Start {
            self.show_transcript(session, false);
        }
    }

    pub(super) fn turn_fetched(&mut self, draft: DraftId, result: Result<TurnRecord, String>) {
        let Some(turn) = self.turns.running.get_mut(&draft) else {
            return;
        };
        let record = match result {
            Ok(record) => record,
            Err(problem) => {
                self.look_failed(draft, &problem);
                return;
            }
        };
        turn.failed_looks = 0;
        let Some(prompt) = record.prompt.clone() else {
            self.no_trace(draft, record.gone);
            return;
        };
        if turn.prompt().is_none() && self.turns.taken.contains(&prompt) {
            // Another question with the same text was faster.
            self.effect(Effect::After(UNCLEAR_FOR, Timer::Accepted(draft)));
            return;
        }
        if turn.failure.is_none() {
            turn.failure.clone_from(&record.failure);
        }
        if let Stage::Posted { session } = turn.stage.clone() {
            turn.stage = Stage::Accepted { session: session.clone(), prompt: prompt.clone() };
            self.accepted(&session, &prompt);
        }
        self.judge(draft, record);
    }

    /// opencode does not have a prompt, or does not show it yet.
    fn no_trace(&mut self, draft: DraftId, session_gone: bool) {
        let Some(turn) = self.turns.running.get_mut(&draft) else {
            return;
        };
        if turn.prompt().is_some() {
            match turn.session().cloned().filter(|_| session_gone) {
                Some(session) => self.session_gone(&session),
                // Looked before it was shown, answered after: it says nothing any more.
                None => self.look_later(draft),
            }
            return;
        }
        if self.turns.sending == Some(draft) {
            self.effect(Effect::After(UNCLEAR_FOR, Timer::Accepted(draft)));
            return;
        }
        turn.unseen += 1;
        if !session_gone && turn.unseen < MAX_UNSEEN {
            self.effect(Effect::After(ACCEPTED_WITHIN, Timer::Accepted(draft)));
            return;
        }
        let problem = match turn.doubt.take() {
            _ if session_gone => SESSION_GONE.to_owned(),
            Some(problem) => problem,
            None => "opencode accepted it but has no trace of it".to_owned(),
        };
        self.forget_session_of(draft);
        self.undelivered(draft, &problem);
    }

    /// Whether a turn is over, from how it stands.
    fn judge(&mut self, draft: DraftId, record: TurnRecord) {
        let Some(turn) = self.turns.running.get_mut(&draft) else {
            return;
        };
        let over = (record.answered && record.complete) || turn.failure.is_some();
        if over && !record.busy {
            self.finish(draft, record.texts);
            return;
        }
        if record.busy {
            // The word that ends it may have come before this look, or may be lost with a connection.
            turn.unanswered = Unanswered::No;
            self.look_later(draft);
            return;
        }
        match turn.unanswered {
            Unanswered::No => {
                turn.unanswered = Unanswered::Once;
                self.effect(Effect::After(IDLE_FOR, Timer::Unanswered(draft)));
            }
            Unanswered::Once => {}
            Unanswered::AfterAll if record.answered => {
                turn.failure = Some(Failure::Error { message: "it stopped before it was done".to_owned() });
                self.finish(draft, record.texts);
            }
            Unanswered::AfterAll => self.undelivered(draft, "opencode took it and then did nothing with it"),
        }
    }

    /// One look is due at a time.
    fn look_later(&mut self, draft: DraftId) {
        if let Some(turn) = self.turns.running.get_mut(&draft)
            && !std::mem::replace(&mut turn.looking, true)
        {
            self.effect(Effect::After(LOOK_AGAIN, Timer::Look(draft)));
        }
    }

    pub(super) fn look_due(&mut self, draft: DraftId) {
        if let Some(turn) = self.turns.running.get_mut(&draft) {
            turn.looking = false;
            self.fetch_turn(draft);
        }
    }

    /// A look that failed says nothing of the turn.
    fn look_failed(&mut self, draft: DraftId, problem: &str) {
        if !self.connection.is_connected() {
            tracing::info!(problem, "the turn is looked at again after the reconnection");
            return;
        }
        let Some(turn) = self.turns.running.get_mut(&draft) else {
            return;
        };
        turn.failed_looks += 1;
        if turn.failed_looks < MAX_FAILED_LOOKS {
            tracing::warn!(problem, "the turn cannot be looked at");
            self.look_later(draft);
            return;
        }
        if turn.prompt().is_none() {
            self.undelivered(draft, &format!("opencode does not say whether it has it ({problem})"));
            return;
        }
        turn.failure.get_or_insert(Failure::Error { message: problem.to_owned() });
        self.finish(draft, Vec::new());
    }

    pub(super) fn still_unanswered(&mut self, draft: DraftId) {
        if let Some(turn) = self.turns.running.get_mut(&draft)
            && turn.unanswered == Unanswered::Once
        {
            turn.unanswered = Unanswered::AfterAll;
            self.fetch_turn(draft);
        }
    }

    /// Ends a question that did not reach opencode; its text is kept.
    pub(super) fn undelivered(&mut self, draft: DraftId, problem: &str) {
        let Some(turn) = self.turns.running.remove(&draft) else {
            return;
        };
        self.editor(EditorEffect::EndProgress { id: ProgressId(draft.0), message: "not sent".to_owned() });
        self.keep_undelivered(turn.ask, turn.document, problem);
    }

    /// The connection is up (again): send what waited, and ask about what was sent.
    pub(super) fn resume_turns(&mut self) {
        self.turns.sending = None;
        self.report_all("thinking");
        for draft in self.turns.running.keys().copied().collect::<Vec<_>>() {
            match self.turns.running.get(&draft).map(|turn| turn.stage.clone()) {
                Some(Stage::Waiting) => self.prepare(draft),
                // Its own request may be under way still.
                Some(Stage::Posted { .. }) => self.effect(Effect::After(UNCLEAR_FOR, Timer::Accepted(draft))),
                Some(Stage::Accepted { .. }) => self.fetch_turn(draft),
                Some(Stage::Reading | Stage::NeedsSession) | None => {}
            }
        }
        self.send_prepared();
    }

    /// There is no connection for now: everything that opencode has not shown goes back to the user.
    pub(super) fn give_back_turns(&mut self, problem: &str) {
        self.turns.sending = None;
        let unsent = |turn: &Turn| turn.prompt().is_none();
        let drafts: Vec<DraftId> =
            self.turns.running.iter().filter(|(_, turn)| unsent(turn)).map(|(draft, _)| *draft).collect();
        for draft in drafts {
            self.undelivered(draft, problem);
        }
    }
}
