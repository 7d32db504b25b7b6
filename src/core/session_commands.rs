//! What a user does with sessions as such.

use super::catalogue::{List, SessionEntry};
use super::command::{Command, CommandError, Outcome};
use super::effect::{EditorEffect, Level, ServerCall};
use super::ids::{MessageId, SessionId};
use super::inert::inert;
use super::lists::ListPurpose;
use super::server::PromptOptions;
use super::state::State;
use super::writing::{TextArgument, Writing};

/// What is done to a session as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionChange {
    Delete,
    /// A copy, up to this prompt and its answer; else of all.
    Fork {
        at: Option<MessageId>,
    },
    Share,
    Unshare,
}

impl SessionChange {
    fn failed(&self) -> &'static str {
        match self {
            Self::Delete => "deleted",
            Self::Fork { .. } => "forked",
            Self::Share => "shared",
            Self::Unshare => "unshared",
        }
    }
}

impl State {
    /// The session that a command is about: the one that is named, else the one that questions go to.
    pub(super) fn session_or_own(&self, session: Option<SessionId>) -> Result<SessionId, CommandError> {
        let own = || self.folders.get(self.folders.here()).and_then(|folder| folder.session.clone());
        session.or_else(own).ok_or(CommandError::NoSession)
    }

    pub(super) fn new_session(&mut self) -> Outcome {
        if let Some(folder) = self.folders.get_mut(self.folders.here()) {
            if folder.session.take().is_some() {
                folder.next = PromptOptions::default();
            }
            folder.deleted = None;
        }
        Outcome::Done
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

    /// Shows the session and, once it is known to be there, sends questions to it.
    pub(super) fn switch_session(&mut self, session: Option<SessionId>) -> Result<Outcome, CommandError> {
        let here = self.connected(self.folders.here())?;
        Ok(match session {
            Some(session) => {
                let why = ListPurpose::Switch { folder: here, session: session.clone() };
                self.recall_choice(&session);
                self.fetch(here, List::Prompts(session), why)
            }
            None => self.fetch(here, List::Sessions, ListPurpose::SwitchMenu),
        })
    }

    pub(super) fn delete_session(
        &mut self,
        session: Option<SessionId>,
        confirmed: bool,
    ) -> Result<Outcome, CommandError> {
        let Some(session) = session else {
            let here = self.connected(self.folders.here())?;
            return Ok(self.fetch(here, List::Sessions, ListPurpose::DeleteMenu));
        };
        let home = self.connected(self.home_of(&session))?;
        if self.is_busy(&session) {
            return Err(CommandError::Busy);
        }
        if confirmed {
            self.sessions.entry(session.clone()).or_default().deleting = true;
            self.server(home, ServerCall::ChangeSession { session, change: SessionChange::Delete });
            return Ok(Outcome::Done);
        }
        let question = format!(
            "Delete {} with all that was said in it? Files stay as they are. opencode cannot take this back.",
            self.session_title(&session)
        );
        let command = Command::DeleteSession { session: Some(session), confirmed: true };
        Ok(self.ask_to_confirm(question, "Delete it", "opencode.session.delete", command))
    }

    pub(super) fn fork_session(
        &mut self,
        session: Option<SessionId>,
        at: Option<MessageId>,
    ) -> Result<Outcome, CommandError> {
        let session = self.session_or_own(session)?;
        if at.is_some() {
            return self.change_session(Some(session), SessionChange::Fork { at });
        }
        let home = self.connected(self.home_of(&session))?;
        let why = ListPurpose::ForkMenu { session: session.clone() };
        Ok(self.fetch(home, List::Prompts(session), why))
    }

    pub(super) fn show_children(&mut self, session: Option<SessionId>) -> Result<Outcome, CommandError> {
        let session = self.session_or_own(session)?;
        let home = self.connected(self.home_of(&session))?;
        let why = ListPurpose::ChildrenMenu { session: session.clone() };
        Ok(self.fetch(home, List::Children(session), why))
    }

    pub(super) fn change_session(
        &mut self,
        session: Option<SessionId>,
        change: SessionChange,
    ) -> Result<Outcome, CommandError> {
        let session = self.session_or_own(session)?;
        let home = self.connected(self.home_of(&session))?;
        self.server(home, ServerCall::ChangeSession { session, change });
        Ok(Outcome::Done)
    }

    pub(super) fn session_changed(&mut self, what: &str, result: Result<(), String>) {
        if let Err(problem) = result {
            let text = format!("The session was not {what}: {}", inert(&problem, 300));
            self.editor(EditorEffect::Message { level: Level::Error, text });
        }
    }

    pub(super) fn session_done(
        &mut self,
        session: &SessionId,
        change: &SessionChange,
        result: Result<Option<SessionEntry>, String>,
    ) {
        let entry = match result {
            Ok(entry) => entry,
            Err(problem) => {
                if let Some(info) = self.sessions.get_mut(session) {
                    info.deleting = false;
                }
                self.session_changed(change.failed(), Err(problem));
                return;
            }
        };
        let title = self.session_title(session);
        if let Some(entry) = &entry {
            self.note_session(entry);
        }
        let text = match (change, entry) {
            (SessionChange::Delete, _) => {
                self.sessions.remove(session);
                self.folders.leave_session(session);
                format!("{title} is deleted")
            }
            (SessionChange::Fork { .. }, Some(fork)) => {
                let home = self.home_of(session);
                let why = ListPurpose::Switch { folder: home, session: fork.id.clone() };
                self.folders.made(&fork.id, home);
                self.copy_choice(session, &fork.id);
                self.fetch(home, List::Prompts(fork.id), why);
                return;
            }
            (SessionChange::Share, Some(SessionEntry { link: Some(link), .. })) => {
                format!("{title} is shared, for everybody who has the link: {}", inert(&link, 300))
            }
            (SessionChange::Unshare, _) => format!("{title} is no longer shared"),
            (SessionChange::Fork { .. } | SessionChange::Share, _) => {
                self.session_changed(change.failed(), Err("opencode did not say so".to_owned()));
                return;
            }
        };
        self.editor(EditorEffect::Message { level: Level::Info, text: sentence(&text) });
    }

    /// What a list says of a session.
    pub(super) fn note_session(&mut self, entry: &SessionEntry) {
        let info = self.sessions.entry(entry.id.clone()).or_default();
        info.parent.clone_from(&entry.parent);
        info.title.clone_from(&entry.title);
        info.link.clone_from(&entry.link);
    }

    /// A session is not there any more, by somebody else's doing: where questions went to it, the next one says so.
    pub(super) fn session_was_deleted(&mut self, session: &SessionId) {
        if self.sessions.get(session).is_some_and(|info| info.deleting) {
            return;
        }
        // A turn that ends with it is told as such; that is word enough.
        if !self.accepted_in(session).is_empty() {
            return;
        }
        let title = self.session_title(session);
        for folder in self.folders.iter_mut().filter(|folder| folder.session.as_ref() == Some(session)) {
            folder.deleted = Some(title.clone());
        }
    }
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
