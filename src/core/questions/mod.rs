//! Questions of opencode's `question` tool: asked one after another, answered by the user only.

mod answers;
mod asking;

use std::collections::HashSet;

use super::dialogs::About;
use super::effect::{EditorEffect, Level};
use super::ids::{FolderId, QuestionId, SessionId};
use super::place::Place;
use super::server::{Question, QuestionRequest};
use super::state::State;

#[derive(Debug)]
struct Pending {
    request: QuestionRequest,
    /// Where the user was when it came.
    place: Option<Place>,
    /// The answers so far, in the order of the questions.
    given: Vec<Vec<String>>,
    /// What is chosen of a question that takes several answers.
    chosen: Vec<String>,
    stage: Stage,
    /// Whether it is still there is nothing the user asked.
    quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Asking,
    /// The answer waits for the connection.
    Held(Word),
    Sending,
}

/// What is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Answers,
    Reject,
}

impl Pending {
    fn is_open(&self) -> bool {
        self.stage == Stage::Asking
    }

    /// The question that is to be answered now; none when all are.
    fn current(&self) -> Option<&Question> {
        self.request.questions.get(self.given.len())
    }
}

/// What is pending, oldest first.
#[derive(Debug, Default)]
pub struct Questions {
    pending: Vec<Pending>,
    /// Those that are settled: a list that was on its way must not bring them back.
    settled: HashSet<QuestionId>,
}

impl Questions {
    fn get(&self, id: &QuestionId) -> Option<&Pending> {
        self.pending.iter().find(|pending| pending.request.id == *id)
    }

    fn get_mut(&mut self, id: &QuestionId) -> Option<&mut Pending> {
        self.pending.iter_mut().find(|pending| pending.request.id == *id)
    }

    fn open(&self) -> impl Iterator<Item = &Pending> {
        self.pending.iter().filter(|pending| pending.is_open())
    }

    /// How many wait for the user.
    pub fn waiting(&self) -> usize {
        self.open().count()
    }

    fn remove(&mut self, id: &QuestionId) -> bool {
        self.settled.insert(id.clone());
        let before = self.pending.len();
        self.pending.retain(|pending| pending.request.id != *id);
        self.pending.len() != before
    }
}

impl State {
    /// A question, new or seen again after a reconnection.
    pub(super) fn question_asked(&mut self, request: QuestionRequest) {
        let id = request.id.clone();
        if self.questions.get(&id).is_some() || self.questions.settled.contains(&id) || request.questions.is_empty() {
            return;
        }
        let place = self.active.clone();
        let (given, chosen) = (Vec::new(), Vec::new());
        self.questions.pending.push(Pending { request, place, given, chosen, stage: Stage::Asking, quiet: false });
        self.ask_question(&id, false);
    }

    /// Answered or rejected, here or elsewhere: everything of it goes.
    pub(super) fn question_settled(&mut self, id: &QuestionId) {
        self.questions.remove(id);
        self.drop_dialogs(&About::Question(id.clone()));
    }

    /// Every question of a connection that is not settled.
    pub(super) fn known_questions(&self, connection: FolderId) -> Vec<QuestionId> {
        let pending = self.questions.pending.iter().map(|pending| &pending.request);
        pending.filter(|request| self.is_on(connection, &request.session)).map(|request| request.id.clone()).collect()
    }

    /// A server's list. Of questions that came after it was asked for, it says nothing.
    pub(super) fn questions_fetched(&mut self, folder: FolderId, known: &[QuestionId], now: Vec<QuestionRequest>) {
        for id in known {
            if !now.iter().any(|request| request.id == *id) {
                self.question_settled(id);
            }
        }
        for request in now {
            self.folders.seen(&request.session, folder);
            self.question_asked(request);
        }
    }

    /// Another server: what this one asked means nothing there. It may be heard of again here.
    pub(super) fn forget_questions(&mut self, connection: FolderId) {
        for id in self.known_questions(connection) {
            self.question_settled(&id);
            self.questions.settled.remove(&id);
        }
    }

    /// A session is gone, and what it asked with it.
    pub(super) fn drop_questions_of(&mut self, session: &SessionId) {
        for id in self.questions_of(session) {
            self.question_settled(&id);
        }
    }

    fn questions_of(&self, session: &SessionId) -> Vec<QuestionId> {
        let requests = self.questions.pending.iter().map(|pending| &pending.request);
        requests.filter(|request| self.root_of(&request.session) == *session).map(|r| r.id.clone()).collect()
    }

    fn say_question_answered_elsewhere(&mut self) {
        let text = "That question was already answered elsewhere; nothing was done.".to_owned();
        self.editor(EditorEffect::Message { level: Level::Info, text });
    }
}
