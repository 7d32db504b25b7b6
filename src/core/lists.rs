//! Lists that were asked for, and what becomes of them: mostly menus.

use super::catalogue::{List, Listed, PromptEntry, SessionEntry, ago};
use super::command::{Command, Outcome};
use super::effect::{EditorEffect, Level, ServerCall};
use super::ids::{FolderId, SessionId};
use super::inert::{first_line, inert};
use super::menus::{Entry, Menu};
use super::state::State;

/// What a list is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListPurpose {
    SwitchMenu,
    DeleteMenu,
    ForkMenu {
        session: SessionId,
    },
    ChildrenMenu {
        session: SessionId,
    },
    CommandMenu,
    McpMenu {
        /// Only this one.
        server: Option<String>,
    },
    Info {
        folder: FolderId,
    },
    /// To be chosen for a folder's session; an empty name leaves it to opencode.
    Agent {
        folder: FolderId,
        wanted: Option<String>,
    },
    Model {
        folder: FolderId,
        wanted: Option<String>,
    },
    Variant {
        folder: FolderId,
        wanted: Option<String>,
    },
    /// Questions of the folder go to this session, and what was said in it is shown.
    Switch {
        folder: FolderId,
        session: SessionId,
    },
    /// To be known, for completion and checks in prompt documents.
    Known,
}

impl State {
    pub(super) fn fetch(&mut self, folder: FolderId, list: List, why: ListPurpose) -> Outcome {
        self.server(folder, ServerCall::FetchList { list, why });
        Outcome::Done
    }

    pub(super) fn listed(&mut self, why: ListPurpose, result: Result<Listed, String>) {
        let listed = match result {
            Ok(listed) => listed,
            Err(problem) => {
                let text = format!("opencode's list did not come: {}", inert(&problem, 300));
                self.editor(EditorEffect::Message { level: Level::Error, text });
                return;
            }
        };
        match (why, listed) {
            (ListPurpose::SwitchMenu, Listed::Sessions(sessions)) => {
                let switch = |session| Command::SwitchSession { session: Some(session) };
                let mut entries = self.session_entries(sessions, switch);
                entries.push(Entry::new("A new session", "with the next question", Command::NewSession));
                self.offer(Menu { title: "Which session are your questions to go to?".to_owned(), entries });
            }
            (ListPurpose::DeleteMenu, Listed::Sessions(sessions)) if sessions.is_empty() => {
                self.inform("There is no session to delete");
            }
            (ListPurpose::DeleteMenu, Listed::Sessions(sessions)) => {
                let delete = |session| Command::DeleteSession { session: Some(session), confirmed: false };
                let entries = self.session_entries(sessions, delete);
                self.offer(Menu { title: "Which session is to be deleted?".to_owned(), entries });
            }
            (ListPurpose::ChildrenMenu { session }, Listed::Sessions(sessions)) => {
                let title = self.session_title(&session);
                if sessions.is_empty() {
                    self.inform(&format!("No sub-agent has worked for {title}"));
                    return;
                }
                let switch = |session| Command::SwitchSession { session: Some(session) };
                let entries = self.session_entries(sessions, switch);
                self.offer(Menu { title: format!("Which session of a sub-agent of {title}?"), entries });
            }
            (ListPurpose::ForkMenu { session }, Listed::Prompts(prompts)) => self.offer_forks(&session, &prompts),
            (ListPurpose::Switch { folder, session }, Listed::Prompts(prompts)) => {
                self.switched(folder, session, &prompts);
            }
            (ListPurpose::CommandMenu, Listed::Commands(commands)) => self.offer_commands(&commands),
            (ListPurpose::Agent { folder, wanted }, Listed::Agents(agents)) => {
                self.agents_listed(folder, wanted.as_deref(), &agents);
            }
            (ListPurpose::Model { folder, wanted }, Listed::Models(models)) => {
                self.models_listed(folder, wanted.as_deref(), &models);
            }
            (ListPurpose::Variant { folder, wanted }, Listed::Models(models)) => {
                self.variants_listed(folder, wanted.as_deref(), &models);
            }
            (ListPurpose::McpMenu { server }, Listed::Mcp(servers)) => self.mcp_listed(server.as_deref(), &servers),
            (ListPurpose::Info { folder }, Listed::Info(sections)) => self.info_listed(folder, &sections),
            (why, listed) => tracing::error!(?why, ?listed, "a list of another kind"),
        }
    }

    fn inform(&mut self, text: &str) {
        self.editor(EditorEffect::Message { level: Level::Info, text: text.to_owned() });
    }

    /// Sessions by title, with age, state and agent.
    fn session_entries(&mut self, sessions: Vec<SessionEntry>, command: impl Fn(SessionId) -> Command) -> Vec<Entry> {
        let own = self.folders.get(self.folders.here()).and_then(|folder| folder.session.clone());
        let entries = sessions.into_iter().map(|session| {
            self.note_session(&session);
            let mut details = vec![ago(session.age)];
            details.extend(self.is_busy(&session.id).then(|| "at work".to_owned()));
            details.extend((own.as_ref() == Some(&session.id)).then(|| "yours now".to_owned()));
            details.extend(session.agent.map(|agent| format!("agent {agent}")));
            let title = if session.title.trim().is_empty() { session.id.to_string() } else { session.title };
            Entry::new(title, details.join(", "), command(session.id))
        });
        entries.collect()
    }

    fn offer_forks(&mut self, session: &SessionId, prompts: &[PromptEntry]) {
        let title = self.session_title(session);
        if prompts.is_empty() {
            self.inform(&format!("Nothing was asked in {title} yet: there is nothing to fork"));
            return;
        }
        let entries = prompts.iter().enumerate().rev().map(|(index, prompt)| {
            let label = first_line(&prompt.text).unwrap_or("(opencode's own)").to_owned();
            let detail = if index + 1 == prompts.len() { "all of it" } else { "with its answer, nothing after it" };
            Entry::new(
                label,
                detail,
                Command::ForkSession { session: Some(session.clone()), at: Some(prompt.id.clone()) },
            )
        });
        let entries = entries.collect();
        self.offer(Menu { title: format!("Up to which question is {title} to be copied?"), entries });
    }

    fn switched(&mut self, folder: FolderId, session: SessionId, prompts: &[PromptEntry]) {
        self.folders.made(&session, folder);
        if let Some(last) = prompts.last() {
            let info = self.sessions.entry(session.clone()).or_default();
            info.model.clone_from(&last.model);
            // As in opencode's own interface: a session goes on with its agent.
            info.choice.agent = info.choice.agent.take().or_else(|| last.agent.clone());
        }
        self.show_transcript(&session, true);
    }
}
