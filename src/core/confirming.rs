//! A question before a command that loses something.

use super::command::{Command, Outcome};
use super::dialogs::About;
use super::effect::{EditorEffect, Level};
use super::event::DialogAnswer;
use super::state::State;

/// The first button: an accidental Enter changes nothing.
const LEAVE: &str = "Leave it";

impl State {
    /// Asks; `command` is run by its button, and by its `name` a second time where there are no dialogs.
    pub(super) fn ask_to_confirm(
        &mut self,
        question: String,
        button: &'static str,
        name: &'static str,
        command: Command,
    ) -> Outcome {
        if self.confirms(&question) {
            self.run(command);
            return Outcome::Done;
        }
        if self.dialogs.unsupported {
            self.say_how(&question, name);
            return Outcome::Done;
        }
        let about = About::Confirm { question: question.clone(), button, name, command: Box::new(command) };
        self.drop_dialogs(&about);
        let buttons = vec![LEAVE.to_owned(), button.to_owned()];
        self.ask_user(about, Level::Warning, question, buttons);
        Outcome::Done
    }

    fn say_how(&mut self, question: &str, name: &str) {
        let text = self.how_to_confirm(question.to_owned(), name);
        self.editor(EditorEffect::Message { level: Level::Warning, text });
    }

    pub(super) fn confirm_answered(
        &mut self,
        question: &str,
        (button, name): (&str, &str),
        command: Command,
        answer: DialogAnswer,
    ) {
        match answer {
            DialogAnswer::Chosen(chosen) if chosen == button => self.run(command),
            DialogAnswer::Chosen(_) | DialogAnswer::Dismissed => {}
            DialogAnswer::Unsupported => {
                self.dialogs.unsupported = true;
                self.say_how(question, name);
            }
        }
    }
}
