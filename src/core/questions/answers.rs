//! The user's answers, one question after another, and on their way to opencode.

use super::{Stage, Word};
use crate::core::command::{CommandError, Outcome, QuestionAct};
use crate::core::connection::Connection;
use crate::core::dialogs::About;
use crate::core::effect::{EditorEffect, Level, ServerCall};
use crate::core::event::ReplyError;
use crate::core::ids::{FolderId, QuestionId, SessionId};
use crate::core::state::State;
use crate::core::writing::{TextArgument, Writing};

impl State {
    pub(in crate::core) fn question_command(
        &mut self,
        id: QuestionId,
        act: QuestionAct,
    ) -> Result<Outcome, CommandError> {
        let gone = || CommandError::NoSuchQuestion(id.clone());
        let pending = self.questions.get(&id).filter(|pending| pending.is_open()).ok_or_else(gone)?;
        let number = pending.given.len();
        match act {
            QuestionAct::Show => return self.show_question(&id),
            QuestionAct::Reject => {
                let session = self.root_of(&pending.request.session);
                // opencode then ends the turn (1.1.27 and 1.18.34).
                self.note_rejection(Some(&session), "its question was dismissed");
                self.send_word(&id, Word::Reject);
            }
            QuestionAct::Reply { answers } => {
                let asked = pending.request.questions.len();
                if answers.len() != asked {
                    return Err(CommandError::OtherNumberOfAnswers { asked, given: answers.len() });
                }
                self.give_all(&id, answers);
            }
            QuestionAct::Pick { question, option } => {
                let asked = pending.current().filter(|_| question == number).ok_or_else(gone)?;
                let label = asked.options.get(option).ok_or_else(gone)?.label.clone();
                self.give(&id, label);
            }
            QuestionAct::Write { question, text } => {
                let asked = pending.current().filter(|_| question == number).ok_or_else(gone)?;
                if !asked.custom {
                    return Err(CommandError::NoOwnAnswer);
                }
                let Some(text) = text else {
                    let argument = TextArgument::Answer { id, question, asked: asked.text.clone() };
                    return Ok(self.ask_for_text(Writing::Argument(argument)));
                };
                self.give(&id, text.trim().to_owned());
            }
            QuestionAct::Done { question } => {
                pending.current().filter(|asked| question == number && asked.multiple).ok_or_else(gone)?;
                self.finish_question(&id);
            }
        }
        Ok(Outcome::Done)
    }

    /// An answer to the question that is asked now; where several are allowed, one given twice is taken back.
    fn give(&mut self, id: &QuestionId, answer: String) {
        let Some(pending) = self.questions.get_mut(id) else {
            return;
        };
        let multiple = pending.current().is_some_and(|question| question.multiple);
        if multiple && let Some(at) = pending.chosen.iter().position(|chosen| *chosen == answer) {
            pending.chosen.remove(at);
        } else {
            pending.chosen.push(answer);
        }
        if multiple {
            self.drop_dialogs(&About::Question(id.clone()));
            self.ask_question(id, true);
        } else {
            self.finish_question(id);
        }
    }

    fn finish_question(&mut self, id: &QuestionId) {
        self.drop_dialogs(&About::Question(id.clone()));
        let Some(pending) = self.questions.get_mut(id) else {
            return;
        };
        let chosen = std::mem::take(&mut pending.chosen);
        pending.given.push(chosen);
        if pending.current().is_some() {
            self.ask_question(id, true);
        } else {
            self.send_answers(id);
        }
    }

    fn give_all(&mut self, id: &QuestionId, answers: Vec<Vec<String>>) {
        if let Some(pending) = self.questions.get_mut(id) {
            pending.given = answers;
        }
        self.send_answers(id);
    }

    pub(super) fn send_answers(&mut self, id: &QuestionId) {
        self.send_word(id, Word::Answers);
    }

    fn send_word(&mut self, id: &QuestionId, word: Word) {
        self.drop_dialogs(&About::Question(id.clone()));
        let Some(pending) = self.questions.get(id) else {
            return;
        };
        let folder = self.home_of(&pending.request.session);
        let is_lost = matches!(self.folders.connection(folder), Connection::Lost { .. });
        let Some(pending) = self.questions.get_mut(id) else {
            return;
        };
        pending.stage = if is_lost { Stage::Held(word) } else { Stage::Sending };
        if is_lost {
            return;
        }
        let answers = (word == Word::Answers).then(|| pending.given.clone());
        self.server(folder, ServerCall::ReplyQuestion { id: id.clone(), answers });
    }

    fn held_questions(&self, connection: FolderId) -> Vec<(QuestionId, Word)> {
        let known = self.known_questions(connection);
        let held = |id: QuestionId| match self.questions.get(&id)?.stage {
            Stage::Held(word) => Some((id, word)),
            Stage::Asking | Stage::Sending => None,
        };
        known.into_iter().filter_map(held).collect()
    }

    /// A connection is back: what is still pending gets the answer that waited.
    pub(in crate::core) fn send_held_answers(&mut self, connection: FolderId) {
        for (id, word) in self.held_questions(connection) {
            self.send_word(&id, word);
        }
    }

    /// The connection does not come back for now: the user must know that the answer was not given.
    pub(in crate::core) fn give_up_held_answers(&mut self, connection: FolderId, problem: &str) {
        for (id, _) in self.held_questions(connection) {
            self.answer_lost(&id, problem);
        }
    }

    fn answer_lost(&mut self, id: &QuestionId, problem: &str) {
        if let Some(pending) = self.questions.get_mut(id) {
            pending.stage = Stage::Asking;
        }
        let text = format!(
            "The answer did not reach opencode: {problem}. It is kept, and the question is still open; \
             opencode.questions goes on with it."
        );
        self.editor(EditorEffect::Message { level: Level::Error, text });
    }

    /// opencode's word on our answer.
    pub(in crate::core) fn question_replied(&mut self, id: &QuestionId, result: Result<(), ReplyError>) {
        match result {
            Ok(()) => self.question_settled(id),
            Err(ReplyError::Gone) => {
                let quiet = self.questions.get(id).is_some_and(|pending| pending.quiet);
                let was_there = self.questions.get(id).is_some();
                self.question_settled(id);
                if was_there && !quiet {
                    self.say_question_answered_elsewhere();
                }
            }
            // It is settled: the answer did arrive, or somebody else's.
            Err(ReplyError::Other(_)) if self.questions.get(id).is_none() => {}
            Err(ReplyError::Other(problem)) => self.answer_lost(id, &problem),
        }
    }

    /// The user has stopped the turn that these were for.
    pub(in crate::core) fn reject_all_questions_of(&mut self, session: &SessionId) {
        for id in self.questions_of(session) {
            if let Some(pending) = self.questions.get_mut(&id).filter(|pending| pending.is_open()) {
                pending.quiet = true;
                self.send_word(&id, Word::Reject);
            }
        }
    }
}
