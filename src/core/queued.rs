//! Questions that opencode has and does not answer yet: it takes them up after the turn at work.

use super::effect::EditorEffect;
use super::ids::{MessageId, ProgressId, SessionId};
use super::inert::{first_line, inert};
use super::runs::Run;
use super::state::State;
use super::turns::Turn;

impl State {
    /// A question of ours was taken: if its session is at work, it waits there.
    pub(super) fn say_queued(&mut self, session: &SessionId, prompt: &MessageId) {
        if !self.busy.contains(session) {
            return;
        }
        let own = self.turns.running.iter().find(|(_, turn)| turn.prompt() == Some(prompt));
        let Some(draft) = own.map(|(draft, _)| *draft) else {
            return;
        };
        let earlier = self.accepted_in(session).into_iter().find(|other| *other < draft);
        let earlier = earlier.and_then(|earlier| first_line(self.turns.running.get(&earlier)?.question()));
        let message = match earlier {
            Some(question) => format!("queued behind “{}”", inert(question, 60)),
            None => "queued behind another turn of this session".to_owned(),
        };
        if let Some(turn) = self.turns.running.get_mut(&draft) {
            turn.queued = true;
            turn.reported.clone_from(&message);
            self.editor(EditorEffect::ReportProgress { id: ProgressId::Turn(draft), message });
        }
    }

    /// The model is at this prompt; those before it were answered, or are answered with it.
    pub(super) fn answering(&mut self, session: &SessionId, prompt: &MessageId) {
        let drafts = self.accepted_in(session);
        let is_it = |turn: &Turn| turn.prompt() == Some(prompt);
        let Some(at) = drafts.iter().rposition(|draft| self.turns.running.get(draft).is_some_and(is_it)) else {
            return;
        };
        let mut began = false;
        for draft in &drafts[..=at] {
            if let Some(turn) = self.turns.running.get_mut(draft) {
                began |= std::mem::take(&mut turn.queued);
            }
        }
        if began {
            self.report(session, "thinking".to_owned());
        }
    }

    /// opencode has a run of ours: what comes after it may be sent. A shell command must end first:
    /// opencode may not take a question up that comes in between.
    pub(super) fn sent_in_time(&mut self, prompt: &MessageId) {
        let is_it = |turn: &Turn| turn.prompt() == Some(prompt);
        let Some((&draft, turn)) = self.turns.running.iter().find(|(_, turn)| is_it(turn)) else {
            return;
        };
        let folder = turn.folder;
        if matches!(turn.ask.run.as_deref(), Some(Run::Shell { .. })) && turn.open {
            return;
        }
        if turn.open {
            self.folders.sent(draft);
        }
        self.send_prepared(folder);
    }
}
