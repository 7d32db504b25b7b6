//! What a user does with sessions as such.

use super::command::{CommandError, Outcome};
use super::effect::{EditorEffect, Level, ServerCall};
use super::ids::SessionId;
use super::inert::inert;
use super::state::State;
use super::writing::{TextArgument, Writing};

impl State {
    /// The session that a command is about: the one that is named, else the one that questions go to.
    pub(super) fn session_or_own(&self, session: Option<SessionId>) -> Result<SessionId, CommandError> {
        let own = || self.folders.get(self.folders.here()).and_then(|folder| folder.session.clone());
        session.or_else(own).ok_or(CommandError::NoSession)
    }

    pub(super) fn rename_session(
        &mut self,
        session: Option<SessionId>,
        title: Option<String>,
    ) -> Result<Outcome, CommandError> {
        let session = self.session_or_own(session)?;
        let folder = self.connected(self.home_of(&session))?;
        let title = title.map(|title| title.trim().to_owned()).filter(|title| !title.is_empty());
        let Some(title) = title else {
            return Ok(self.ask_for_text(Writing::Argument(TextArgument::SessionTitle { session })));
        };
        self.server(folder, ServerCall::RenameSession { session, title });
        Ok(Outcome::Done)
    }

    pub(super) fn session_changed(&mut self, what: &str, result: Result<(), String>) {
        if let Err(problem) = result {
            let text = format!("The session was not {what}: {}", inert(&problem, 300));
            self.editor(EditorEffect::Message { level: Level::Error, text });
        }
    }
}
