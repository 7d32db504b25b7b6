//! Text that the user is asked to write: in the plugin's box, or in a prompt document.

use super::command::{Ask, Command, Outcome, QuestionAct};
use super::effect::EditorEffect;
use super::event::InputAnswer;
use super::ids::{InputId, QuestionId, SessionId};
use super::inert::inert;
use super::state::State;

/// What a text is for.
#[derive(Debug, Clone, PartialEq)]
pub enum Writing {
    Question(Box<Ask>),
    /// What a command lacks.
    Argument(TextArgument),
}

/// The commands that lack a text.
#[derive(Debug, Clone, PartialEq)]
pub enum TextArgument {
    SessionTitle {
        session: SessionId,
    },
    /// To a question of a request, by its place there, 0-based.
    Answer {
        id: QuestionId,
        question: usize,
        asked: String,
    },
    /// Of a slash command.
    Arguments {
        command: String,
    },
    ShellCommand,
}

impl TextArgument {
    /// What is wanted, as a phrase: `a new title for the session`.
    pub fn wanted(&self) -> String {
        match self {
            Self::SessionTitle { .. } => "a new title for the session".to_owned(),
            Self::Answer { asked, .. } => format!("your answer to “{}”", inert(asked, 200)),
            Self::Arguments { command } => format!("the arguments of /{}", inert(command, 60)),
            Self::ShellCommand => "a shell command, which opencode runs at once".to_owned(),
        }
    }

    pub fn command(self, text: String) -> Command {
        match self {
            Self::Arguments { command } => Command::RunCommand { command: Some(command), arguments: Some(text) },
            Self::ShellCommand => Command::RunShell { command: Some(text) },
            Self::SessionTitle { session } => Command::RenameSession { session: Some(session), title: Some(text) },
            Self::Answer { id, question, .. } => {
                Command::Question { id, act: QuestionAct::Write { question, text: Some(text) } }
            }
        }
    }
}

impl State {
    /// Asks for a text in the plugin's box, where it has one, else in a prompt document.
    pub(super) fn ask_for_text(&mut self, writing: Writing) -> Outcome {
        if !self.plugin.has_input() {
            return self.open_prompt_document(writing);
        }
        let title = match &writing {
            Writing::Question(ask) => match &ask.place {
                Some(place) => format!("Ask opencode about {}", inert(&self.describe(place), 200)),
                None => "Ask opencode".to_owned(),
            },
            Writing::Argument(argument) => format!("opencode: {}", argument.wanted()),
        };
        let id = self.plugin.input(writing);
        self.editor(EditorEffect::Input { id, title });
        Outcome::Done
    }

    pub(super) fn input_answered(&mut self, id: InputId, answer: InputAnswer) {
        let Some(writing) = self.plugin.take_input(id) else {
            return;
        };
        match answer {
            InputAnswer::Text(text) if !text.trim().is_empty() => match writing {
                Writing::Question(ask) => self.start_turn(Ask { prompt: Some(text), ..*ask }, None),
                Writing::Argument(argument) => self.run(argument.command(text)),
            },
            InputAnswer::Text(_) | InputAnswer::GivenUp => {}
            InputAnswer::Unsupported => {
                self.plugin.forget_input();
                self.open_prompt_document(writing);
            }
        }
    }
}
