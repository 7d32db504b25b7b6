//! Turns: a question on its way to opencode, its progress, its answer.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::command::{Ask, CommandError, Outcome};
use super::dialogs::About;
use super::effect::{EditorEffect, Effect, Level, ServerCall};
use super::ids::{DraftId, FolderId, MessageId, PartId, ProgressId, SessionId};
use super::inert::{first_line, inert};
use super::prompt_documents::Mentioned;
use super::runs::Run;
use super::server::{Failure, PromptPart, Status, ToolCall, ToolStatus};
use super::state::State;
use crate::config::OpenAnswer;

/// Why a question ends whose session does.
pub(super) const SESSION_GONE: &str = "its session was deleted";

/// How far a question has come. Only opencode's own user message makes it `Accepted`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// Waiting for the event stream: nothing is sent before it is live.
    Waiting,
    /// Reading the file, to see whether its text is saved.
    Reading,
    /// Waiting for a session to be created.
    NeedsSession,
    /// Sent; opencode has not shown yet that it has it.
    Posted {
        session: SessionId,
    },
    Accepted {
        session: SessionId,
        prompt: MessageId,
    },
}

#[derive(Debug, Clone)]
pub struct Turn {
    pub folder: FolderId,
    pub ask: Ask,
    pub stage: Stage,
    pub(super) parts: Vec<PromptPart>,
    pub(super) document: Option<PathBuf>,
    /// The model's text as it streams, by part.
    pub live: Vec<(PartId, String)>,
    pub(super) failure: Option<Failure>,
    pub(super) reported: String,
    pub(super) unanswered: Unanswered,
    /// The user stopped it before opencode had it.
    pub(super) cancelled: bool,
    /// The request that runs it is answered at its end.
    pub(super) open: bool,
    /// opencode has it and answers another one first.
    pub(super) queued: bool,
    /// A look is due anyway.
    pub(super) looking: bool,
    /// Something it asked for was rejected: why it may stop without an answer.
    pub(super) rejected: Option<&'static str>,
    /// The request that sent it failed without saying whether it arrived: why.
    pub(super) doubt: Option<String>,
    /// Looks at which opencode did not have it.
    pub(super) unseen: u32,
    /// Looks in a row that failed.
    pub(super) failed_looks: u32,
    /// What its `@…` stand for; none before they were looked at.
    pub(super) mentioned: Option<Mentioned>,
}

/// 1.14 to 1.18 store a prompt that arrives just after a provider's error and never run it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unanswered {
    No,
    /// Seen idle once: it may be about to start.
    Once,
    AfterAll,
}

impl Turn {
    pub fn session(&self) -> Option<&SessionId> {
        match &self.stage {
            Stage::Posted { session } | Stage::Accepted { session, .. } => Some(session),
            Stage::Waiting | Stage::Reading | Stage::NeedsSession => None,
        }
    }

    pub fn prompt(&self) -> Option<&MessageId> {
        match &self.stage {
            Stage::Accepted { prompt, .. } => Some(prompt),
            _ => None,
        }
    }

    /// What the model has said so far.
    pub fn text(&self) -> String {
        let parts: Vec<&str> = self.live.iter().map(|(_, text)| text.as_str()).collect();
        parts.join("\n\n")
    }

    pub fn question(&self) -> &str {
        self.ask.prompt.as_deref().unwrap_or_default()
    }
}

#[derive(Debug, Default)]
pub struct Turns {
    pub running: BTreeMap<DraftId, Turn>,
    pub(super) last: u64,
    /// Prompts that were ours: a question with the same text is another one.
    pub(super) taken: Vec<MessageId>,
}

impl State {
    pub(super) fn session_status(&mut self, session: &SessionId, status: Status) {
        match status {
            Status::Busy => {}
            Status::Retrying { message } => {
                let text = format!("retrying: {}", inert(&message, 120));
                self.report(session, text);
            }
            Status::Idle => {
                self.turn_changes_end(session);
                for draft in self.accepted_in(session) {
                    self.fetch_turn(draft);
                }
            }
        }
    }

    pub(super) fn accepted_in(&self, session: &SessionId) -> Vec<DraftId> {
        let accepted = |turn: &Turn| matches!(&turn.stage, Stage::Accepted { session: s, .. } if s == session);
        self.turns.running.iter().filter(|(_, turn)| accepted(turn)).map(|(draft, _)| *draft).collect()
    }

    /// The turn at work failed: the oldest, as the others wait for it.
    pub(super) fn session_failed(&mut self, session: &SessionId, failure: &Failure) {
        let Some(draft) = self.accepted_in(session).first().copied() else {
            return;
        };
        if let Some(turn) = self.turns.running.get_mut(&draft) {
            turn.failure.get_or_insert_with(|| failure.clone());
        }
    }

    /// The user rejected something that a turn asked for.
    pub(super) fn note_rejection(&mut self, session: Option<&SessionId>, why: &'static str) {
        let Some(draft) = session.and_then(|session| self.accepted_in(session).first().copied()) else {
            return;
        };
        if let Some(turn) = self.turns.running.get_mut(&draft) {
            turn.rejected = Some(why);
        }
    }

    /// A tool of the session, or of a sub-agent of it, is at work.
    pub(super) fn tool_at_work(&mut self, session: &SessionId, tool: &ToolCall) {
        let what = match &tool.about {
            Some(about) => format!("{} {}", tool.name, about),
            None => tool.name.clone(),
        };
        let what = inert(&what, 100);
        let is_over = matches!(tool.status, ToolStatus::Completed | ToolStatus::Failed);
        if let Some(info) = self.sessions.get_mut(session) {
            info.tool = (!is_over).then(|| what.clone());
        }
        match tool.status {
            ToolStatus::Pending | ToolStatus::Running => self.report(session, what),
            ToolStatus::Completed | ToolStatus::Failed => {
                self.report(session, "thinking".to_owned());
            }
        }
    }

    pub(super) fn report(&mut self, session: &SessionId, message: String) {
        let root = self.root_of(session);
        for draft in self.accepted_in(&root) {
            if let Some(turn) = self.turns.running.get_mut(&draft)
                && !turn.queued
                && turn.reported != message
            {
                turn.reported.clone_from(&message);
                self.editor(EditorEffect::ReportProgress { id: ProgressId::Turn(draft), message: message.clone() });
            }
        }
    }

    /// Says the same of all turns that a connection serves.
    pub(super) fn report_all(&mut self, connection: FolderId, message: &str) {
        let users = self.folders.users(connection);
        for (draft, turn) in self.turns.running.iter_mut().filter(|(_, turn)| users.contains(&turn.folder)) {
            message.clone_into(&mut turn.reported);
            let report = EditorEffect::ReportProgress { id: ProgressId::Turn(*draft), message: message.to_owned() };
            self.effects.push(Effect::Editor(report));
        }
    }

    /// The model's text of a part: whole, or as it grows.
    pub(super) fn text_streamed(&mut self, session: &SessionId, part: &PartId, text: &str, whole: bool) {
        let drafts = self.accepted_in(session);
        let is_answered = |draft: &&DraftId| self.turns.running.get(draft).is_some_and(|turn| !turn.queued);
        let Some(draft) = drafts.iter().rev().find(is_answered).or(drafts.last()).copied() else {
            return;
        };
        let Some(turn) = self.turns.running.get_mut(&draft) else {
            return;
        };
        match turn.live.iter_mut().find(|(id, _)| id == part) {
            Some((_, old)) if whole => text.clone_into(old),
            Some((_, old)) => old.push_str(text),
            None => turn.live.push((part.clone(), text.to_owned())),
        }
        self.transcripts_changed();
    }

    pub(super) fn finish(&mut self, draft: DraftId, texts: Vec<String>) {
        let Some(turn) = self.turns.running.get(&draft) else {
            return;
        };
        let answer = if texts.is_empty() { turn.text() } else { texts.join("\n\n") };
        self.tell_last_piece(draft, &answer);
        let Some(turn) = self.turns.running.remove(&draft) else {
            return;
        };
        let end = match &turn.failure {
            None => "done",
            Some(Failure::Aborted) => "aborted",
            Some(Failure::Error { .. }) => "failed",
        };
        self.editor(EditorEffect::EndProgress { id: ProgressId::Turn(draft), message: end.to_owned() });
        if let Some(session) = turn.session().cloned() {
            self.turn_changes_end(&session);
        }
        let run = turn.ask.run.as_ref();
        self.record_turn(&turn, &run.map_or_else(|| answer.clone(), |run| run.recorded(&answer)));
        match &turn.failure {
            Some(Failure::Error { message }) => {
                let text = format!("opencode failed: {}", inert(message, 300));
                self.editor(EditorEffect::Message { level: Level::Error, text });
            }
            Some(Failure::Aborted) => {}
            None => match (turn.rejected, turn.session()) {
                (Some(why), _) if answer.trim().is_empty() => {
                    let text = format!("opencode stopped, as {why}");
                    self.editor(EditorEffect::Message { level: Level::Info, text });
                }
                (_, Some(session)) => {
                    let is_compacted = turn.ask.run.as_deref() == Some(&Run::Compact);
                    let answer = if is_compacted { "the session is compacted" } else { &answer };
                    self.tell_answer(session, answer);
                }
                (_, None) => {}
            },
        }
    }

    fn tell_answer(&mut self, session: &SessionId, answer: &str) {
        let first = first_line(answer).map_or_else(|| "done, without a text".to_owned(), |line| inert(line, 200));
        let text = format!("opencode: {first}");
        if self.settings.answers.open == OpenAnswer::End {
            self.show_transcript(session, false);
        }
        if self.dialogs.unsupported {
            self.editor(EditorEffect::Message { level: Level::Info, text });
            return;
        }
        let about = About::Answer { session: session.clone(), text: text.clone() };
        self.ask_user(about, Level::Info, text, vec!["Show".to_owned()]);
    }

    pub(super) fn cancel(&mut self, draft: DraftId) {
        let Some(turn) = self.turns.running.get_mut(&draft) else {
            return;
        };
        let folder = turn.folder;
        match turn.session().cloned() {
            Some(session) if self.folders.connection(folder).is_connected() => {
                // A prompt that opencode does not have yet cannot be stopped yet.
                turn.cancelled = turn.prompt().is_none();
                self.server(folder, ServerCall::Abort { session });
            }
            Some(_) => {
                // Nobody to ask: the user is at least free of it.
                turn.failure = Some(Failure::Aborted);
                self.finish(draft, Vec::new());
            }
            None => self.undelivered(draft, "it was cancelled before it was sent"),
        }
    }

    /// Stops the turns of the user's folder; those of all others where it has none.
    pub(super) fn abort(&mut self) -> Result<Outcome, CommandError> {
        let mut drafts = self.turns_of(self.folders.here());
        if drafts.is_empty() {
            drafts = self.turns.running.keys().copied().collect();
        }
        if drafts.is_empty() {
            return Err(CommandError::NothingRunning);
        }
        for draft in drafts {
            self.cancel(draft);
        }
        Ok(Outcome::Done)
    }

    pub(super) fn aborted(&mut self, session: &SessionId, result: Result<(), String>) {
        if let Err(problem) = result {
            let text = format!("opencode could not be stopped: {problem}");
            self.editor(EditorEffect::Message { level: Level::Error, text });
            self.look_at_all(session);
            return;
        }
        for draft in self.accepted_in(session) {
            if let Some(turn) = self.turns.running.get_mut(&draft) {
                turn.failure.get_or_insert(Failure::Aborted);
            }
        }
        // opencode goes on listing what an aborted turn asked for (1.1.27 and 1.18.34), and a yes to
        // it would be a yes to nothing.
        self.reject_all_of(session);
        self.reject_all_questions_of(session);
        self.look_at_all(session);
    }

    /// A session is gone, and what it was at with it.
    pub(super) fn session_gone(&mut self, session: &SessionId) {
        for draft in self.accepted_in(session) {
            if let Some(turn) = self.turns.running.get_mut(&draft) {
                turn.failure.get_or_insert(Failure::Error { message: SESSION_GONE.to_owned() });
            }
            self.finish(draft, Vec::new());
        }
    }

    /// Something happened to a session that may have ended its turns.
    pub(super) fn look_at_all(&mut self, session: &SessionId) {
        for draft in self.accepted_in(session) {
            self.fetch_turn(draft);
        }
    }
}
