//! What is run in a session and is no question: slash commands, shell commands, compaction. They are turns like
//! others, but their requests are answered at their end, and opencode writes their prompts.

use super::catalogue::{List, SlashCommand};
use super::command::{Ask, Command, CommandError, Outcome};
use super::effect::{EditorEffect, Level};
use super::event::SendError;
use super::ids::{DraftId, MessageId, SessionId};
use super::inert::{fence, inert, inert_lines};
use super::lists::ListPurpose;
use super::menus::{Entry, Menu};
use super::server::Failure;
use super::state::State;
use super::turns::Stage;
use super::writing::{TextArgument, Writing};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Run {
    Command {
        name: String,
        arguments: String,
    },
    /// The user's own word: it is run without a question.
    Shell {
        command: String,
    },
    Compact,
}

impl Run {
    /// As a person would write it.
    pub fn shown(&self) -> String {
        match self {
            Self::Command { name, arguments } => format!("/{name} {arguments}").trim_end().to_owned(),
            Self::Shell { command } => format!("$ {command}"),
            Self::Compact => "Compact the session".to_owned(),
        }
    }

    /// What it left, for the transcript: what a shell printed is no markup.
    pub fn recorded(&self, answer: &str) -> String {
        if !matches!(self, Self::Shell { .. }) || answer.trim().is_empty() {
            return answer.to_owned();
        }
        let answer = inert_lines(answer);
        let fence = fence(&answer);
        format!("{fence}\n{}\n{fence}", answer.trim_end())
    }
}

impl State {
    pub(super) fn run_command(
        &mut self,
        name: Option<String>,
        arguments: Option<String>,
    ) -> Result<Outcome, CommandError> {
        let Some(name) = name else {
            let here = self.connected(self.folders.here())?;
            return Ok(self.fetch(here, List::Commands, ListPurpose::CommandMenu));
        };
        let name = name.trim_start_matches('/').to_owned();
        let Some(arguments) = arguments else {
            return Ok(self.ask_for_text(Writing::Argument(TextArgument::Arguments { command: name })));
        };
        Ok(self.start_run(Run::Command { name, arguments }))
    }

    pub(super) fn run_shell(&mut self, command: Option<String>) -> Result<Outcome, CommandError> {
        let command = command.filter(|command| !command.trim().is_empty());
        let Some(command) = command else {
            return Ok(self.ask_for_text(Writing::Argument(TextArgument::ShellCommand)));
        };
        self.own_session_is_idle()?;
        Ok(self.start_run(Run::Shell { command }))
    }

    pub(super) fn compact(&mut self) -> Result<Outcome, CommandError> {
        self.session_or_own(None)?;
        self.own_session_is_idle()?;
        Ok(self.start_run(Run::Compact))
    }

    /// opencode refuses a shell command in a session at work, and leaves a compaction unanswered.
    fn own_session_is_idle(&self) -> Result<(), CommandError> {
        let here = self.folders.here();
        let session = self.folders.get(here).and_then(|folder| folder.session.as_ref());
        let is_at_work = session.is_some_and(|session| self.is_busy(session)) || !self.turns_of(here).is_empty();
        if is_at_work { Err(CommandError::Busy) } else { Ok(()) }
    }

    pub(super) fn start_run(&mut self, run: Run) -> Outcome {
        self.start_turn(Ask { prompt: Some(run.shown()), run: Some(Box::new(run)), ..Ask::default() }, None);
        Outcome::Done
    }

    pub(super) fn offer_commands(&mut self, commands: &[SlashCommand]) {
        let mut entries = Vec::new();
        for command in commands {
            let run = |arguments| Command::RunCommand { command: Some(command.name.clone()), arguments };
            entries.push(Entry::new(format!("/{}", command.name), &*command.description, run(Some(String::new()))));
            if command.takes_arguments {
                entries.push(Entry::new(format!("/{} …", command.name), "with arguments", run(None)));
            }
        }
        self.offer(Menu { title: "Which command is opencode to run?".to_owned(), entries });
    }

    /// A prompt that opencode wrote: that of the run which was just sent.
    pub(super) fn run_shown(&mut self, session: &SessionId, message: &MessageId) {
        let posted =
            self.turns.running.values_mut().find(|turn| {
                turn.open && matches!(&turn.stage, Stage::Posted { session: posted } if posted == session)
            });
        if let Some(turn) = posted {
            turn.stage = Stage::Accepted { session: session.clone(), prompt: message.clone() };
            self.accepted(session, message);
        }
    }

    /// The request of a run was answered: it is over.
    pub(super) fn ran(&mut self, draft: DraftId, result: Result<Option<MessageId>, SendError>) {
        let folder = self.folders.sent(draft);
        if let Some(turn) = self.turns.running.get_mut(&draft) {
            turn.open = false;
            match (result, turn.stage.clone()) {
                (Ok(Some(prompt)), Stage::Posted { session } | Stage::Accepted { session, .. }) => {
                    let is_news = turn.prompt() != Some(&prompt);
                    turn.stage = Stage::Accepted { session: session.clone(), prompt: prompt.clone() };
                    if is_news {
                        self.accepted(&session, &prompt);
                    }
                    self.fetch_turn(draft);
                }
                (Ok(_), Stage::Accepted { .. }) => self.fetch_turn(draft),
                (Ok(_), _) => self.undelivered(draft, "opencode has no trace of it"),
                (Err(SendError::Refused(problem) | SendError::Gone(problem)), Stage::Accepted { .. }) => {
                    turn.failure.get_or_insert(Failure::Error { message: problem });
                    self.fetch_turn(draft);
                }
                (Err(_), Stage::Accepted { .. }) => self.fetch_turn(draft),
                (Err(error), _) => self.not_run(draft, error),
            }
        }
        if let Some(folder) = folder {
            self.send_prepared(folder);
        }
    }

    fn not_run(&mut self, draft: DraftId, error: SendError) {
        match error {
            SendError::Refused(problem) => self.undelivered(draft, &problem),
            SendError::Gone(problem) => {
                self.forget_session_of(draft);
                self.undelivered(draft, &problem);
            }
            SendError::NotConnected => self.undelivered(draft, "opencode is not connected"),
            SendError::Unclear(problem) => {
                self.undelivered(draft, &format!("{problem}; whether opencode ran it all the same is not known"));
            }
            SendError::Missing(missing) => self.missing(draft, missing),
        }
    }

    /// A run is not worth a document: it is given back in the message.
    pub(super) fn say_not_run(&mut self, run: &Run, problem: &str) {
        let text = format!("Not run: {problem}. It was: {}", inert(&run.shown(), 2000));
        self.editor(EditorEffect::Message { level: Level::Error, text });
    }
}
