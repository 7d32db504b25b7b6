//! Looks at a turn: how it stands, from opencode's own record of it. What the stream tells may be lost
//! with a connection; the record is not.

use std::time::Duration;

use super::delivery::{ACCEPTED_WITHIN, UNCLEAR_FOR};
use super::effect::{Effect, ServerCall, Timer};
use super::ids::DraftId;
use super::prompt::key_text;
use super::server::{Failure, TurnRecord};
use super::state::State;
use super::turns::{SESSION_GONE, Stage, Unanswered};

/// Looks until a prompt that opencode has taken and does not show is given up: on a machine at its limits,
/// 1.18 was seen to take more than ten seconds to show one, and what is given up too early is asked twice.
const MAX_UNSEEN: u32 = 6;

/// A session that is idle for this long with an unanswered prompt will not answer it.
const IDLE_FOR: Duration = Duration::from_secs(3);

/// How long until a turn is looked at again that was at work, or could not be looked at.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
const MAX_FAILED_LOOKS: u32 = 5;

impl State {
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
        let folder = turn.folder;
        let text = key_text(&turn.parts).to_owned();
        let prompt = turn.prompt().cloned();
        let taken = self.turns.taken.clone();
        self.server(folder, ServerCall::FetchTurn { draft, session, prompt, text, taken });
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
        if turn.open {
            // Its request says when it is over.
            return;
        }
        if self.folders.sending(draft).is_some() {
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
        if turn.open && turn.failure.is_none() {
            return;
        }
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
        let folder = self.turns.running.get(&draft).map(|turn| turn.folder);
        if !folder.is_some_and(|folder| self.folders.connection(folder).is_connected()) {
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
}
