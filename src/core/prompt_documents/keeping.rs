//! Questions that did not arrive, or were not sent before the end: nothing that was typed is lost.

use std::path::{Path, PathBuf};

use crate::core::command::Ask;
use crate::core::effect::{EditorEffect, Effect, Level};
use crate::core::ids::DraftId;
use crate::core::state::State;
use crate::core::turns::Turn;
use crate::core::writing::Writing;

impl State {
    /// A question that did not arrive: its text is kept where it can be sent again.
    pub(in crate::core) fn keep_undelivered(&mut self, ask: Ask, known: Option<PathBuf>, problem: &str) {
        if let Some(run) = &ask.run {
            self.say_not_run(run, problem);
            return;
        }
        if let Some(path) = known.filter(|path| self.prompt_documents.contains(path)) {
            self.not_sent(&path);
            self.say_kept(&path, problem);
            return;
        }
        let question = ask.prompt.clone().unwrap_or_default();
        let writing = Writing::Question(Box::new(ask));
        let text = self.template(&writing).text;
        let path = self.new_prompt_document(&writing);
        self.wrote(&path, &text, false);
        let problem = problem.to_owned();
        self.prompt_documents.keeping.insert(path.clone(), text.clone());
        self.effect(Effect::Keep { path, text, question, problem });
    }

    /// What was sent of a document did not arrive: saving it again sends it.
    pub(super) fn not_sent(&mut self, path: &Path) {
        if let Some(document) = self.prompt_documents.documents.get_mut(path) {
            document.written = document.sent.take();
            document.blank = false;
        }
    }

    pub(super) fn say_kept(&mut self, path: &Path, problem: &str) {
        let text = format!(
            "Your question was not sent: {problem}. It is kept in {}; open and save that file to send it again.",
            path.display()
        );
        self.poll_prompt_documents_later();
        self.editor(EditorEffect::Message { level: Level::Error, text });
    }

    /// The question is on disk; or it is given back in the message itself, whole.
    pub(in crate::core) fn question_kept(&mut self, path: &Path, question: &str, problem: &str, written: bool) {
        self.prompt_documents.keeping.remove(path);
        if written {
            self.say_kept(path, problem);
            return;
        }
        let text = format!(
            "Your question was not sent: {problem}. It could not be kept in a file either; here it is:\n{question}"
        );
        self.editor(EditorEffect::Message { level: Level::Error, text });
    }

    /// Questions that only the bridge holds, as prompt documents to be written. They are given up
    /// here: whoever asks for them takes them over.
    pub(in crate::core) fn take_unsent_questions(&mut self) -> Vec<(PathBuf, String)> {
        let mut questions: Vec<(PathBuf, String)> =
            std::mem::take(&mut self.prompt_documents.keeping).into_iter().collect();
        let unsent = |turn: &Turn| turn.prompt().is_none() && turn.document.is_none() && turn.ask.run.is_none();
        let drafts: Vec<DraftId> =
            self.turns.running.iter().filter(|(_, turn)| unsent(turn)).map(|(draft, _)| *draft).collect();
        for draft in drafts {
            let Some(turn) = self.turns.running.remove(&draft) else {
                continue;
            };
            let writing = Writing::Question(Box::new(turn.ask));
            let text = self.template(&writing).text;
            questions.push((self.new_prompt_document(&writing), text));
        }
        questions
    }
}
