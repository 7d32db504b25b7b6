//! What opencode is made of, for the user to read, and what there is to manage in it.

use super::catalogue::{List, McpServer};
use super::command::{Command, CommandError, Outcome};
use super::connection::Connection;
use super::effect::{EditorEffect, Level, ServerCall};
use super::ids::FolderId;
use super::inert::inert;
use super::lists::ListPurpose;
use super::menus::{Entry, Menu};
use super::runs::Run;
use super::state::State;

/// A part of what opencode says of itself, in lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    pub title: &'static str,
    pub lines: Vec<String>,
}

impl Section {
    pub fn new(title: &'static str, lines: Vec<String>) -> Self {
        Self { title, lines }
    }
}

/// What is changed in opencode itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Manage {
    Mcp {
        server: String,
        connect: bool,
    },
    /// Let opencode load the project anew.
    Dispose,
}

const DISPOSE: &str = "Let opencode load this project anew? What it is doing here ends, in all its interfaces; \
    sessions stay.";

impl State {
    pub(super) fn show_info(&mut self) -> Result<Outcome, CommandError> {
        let folder = self.connected(self.folders.here())?;
        Ok(self.fetch(folder, List::Info, ListPurpose::Info { folder }))
    }

    pub(super) fn info_listed(&mut self, folder: FolderId, sections: &[Section]) {
        let mut text = "# opencode\n\n".to_owned();
        if let Connection::Connected(server) = self.folders.connection(folder) {
            text.push_str(&format!(
                "- version: {}\n- address: {}\n",
                inert(&server.version, 60),
                inert(&server.url, 200)
            ));
            let own = if server.is_own { "this program" } else { "you" };
            text.push_str(&format!("- started by: {own}\n- events: connected\n"));
        }
        for section in sections {
            text.push_str(&format!("\n## {}\n\n", section.title));
            for line in &section.lines {
                text.push_str(&format!("- {}\n", inert(line, 300)));
            }
            if section.lines.is_empty() {
                text.push_str("none\n");
            }
        }
        let path = self.own_file(folder, "opencode.md");
        self.show_path(path, Some(text), true);
    }

    /// `AGENTS.md`, by opencode's own command for it.
    pub(super) fn init(&mut self) -> Outcome {
        self.start_run(Run::Command { name: "init".to_owned(), arguments: String::new() })
    }

    pub(super) fn mcp(&mut self, server: Option<String>, connect: Option<bool>) -> Result<Outcome, CommandError> {
        let folder = self.connected(self.folders.here())?;
        Ok(match (server, connect) {
            (Some(server), Some(connect)) => self.manage(folder, Manage::Mcp { server, connect }),
            (server, _) => self.fetch(folder, List::Mcp, ListPurpose::McpMenu { server }),
        })
    }

    pub(super) fn mcp_listed(&mut self, only: Option<&str>, servers: &[McpServer]) {
        let listed = servers.iter().filter(|server| only.is_none_or(|only| server.name == only));
        let entry = |server: &McpServer| {
            let what = if server.is_connected { "disconnect" } else { "connect" };
            let problem = server.problem.as_ref().map(|problem| format!(", {problem}")).unwrap_or_default();
            let login = if server.state == "needs auth" { "; log in with `opencode mcp auth`" } else { "" };
            let connect = Some(!server.is_connected);
            let command = Command::Mcp { server: Some(server.name.clone()), connect };
            Entry::new(format!("{what} {}", server.name), format!("{}{problem}{login}", server.state), command)
        };
        let entries: Vec<Entry> = listed.map(entry).collect();
        if entries.is_empty() {
            let text = match only {
                Some(server) => format!("opencode has no MCP server “{}”", inert(server, 100)),
                None => "No MCP servers are configured in opencode".to_owned(),
            };
            self.editor(EditorEffect::Message { level: Level::Info, text });
            return;
        }
        self.offer(Menu { title: "Which MCP server?".to_owned(), entries });
    }

    pub(super) fn dispose(&mut self, confirmed: bool) -> Result<Outcome, CommandError> {
        let folder = self.connected(self.folders.here())?;
        if confirmed {
            return Ok(self.manage(folder, Manage::Dispose));
        }
        let command = Command::DisposeInstance { confirmed: true };
        Ok(self.ask_to_confirm(DISPOSE.to_owned(), "Load it anew", "opencode.instance.dispose", command))
    }

    fn manage(&mut self, folder: FolderId, what: Manage) -> Outcome {
        self.server(folder, ServerCall::Manage { what });
        Outcome::Done
    }

    pub(super) fn managed(&mut self, what: &Manage, result: Result<String, String>) {
        let (level, text) = match (what, result) {
            (Manage::Mcp { server, .. }, Ok(state)) => {
                (Level::Info, format!("MCP server {}: {}", inert(server, 100), inert(&state, 300)))
            }
            (Manage::Mcp { server, .. }, Err(problem)) => {
                (Level::Error, format!("MCP server {} is as before: {}", inert(server, 100), inert(&problem, 300)))
            }
            (Manage::Dispose, Ok(_)) => (Level::Info, "opencode loads the project anew".to_owned()),
            (Manage::Dispose, Err(problem)) => {
                (Level::Error, format!("opencode did not load the project anew: {}", inert(&problem, 300)))
            }
        };
        self.editor(EditorEffect::Message { level, text });
    }

    /// What is to be done with sessions and with opencode, for the menu of everything.
    pub(super) fn manage_entries(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        let mut add = |label: &str, detail: &str, command| entries.push(Entry::new(label, detail, command));
        let own = self.folders.get(self.folders.here()).and_then(|folder| folder.session.as_ref());
        add("Switch session…", "the newest of this project", Command::SwitchSession { session: None });
        add("New session", "with the next question", Command::NewSession);
        if own.is_some() {
            add("Rename session…", "", Command::RenameSession { session: None, title: None });
            add("Fork session…", "from one of its questions", Command::ForkSession { session: None, at: None });
            add("Compact session", "to a summary", Command::Compact);
            add("Sub-agents' sessions…", "", Command::ShowChildren { session: None });
            add("Share session", "for everybody who has the link", Command::ShareSession { session: None });
            add("Unshare session", "", Command::UnshareSession { session: None });
        }
        add("Delete session…", "", Command::DeleteSession { session: None, confirmed: false });
        add("Agent…", "who answers", Command::ChooseAgent { agent: None });
        add("Model…", "", Command::ChooseModel { model: None });
        add("Variant…", "how hard the model thinks", Command::ChooseVariant { variant: None });
        add("Slash command…", "", Command::RunCommand { command: None, arguments: None });
        add("Shell command…", "the session knows its output", Command::RunShell { command: None });
        add("Write AGENTS.md", "opencode's command init", Command::Init);
        add("MCP servers…", "connect, disconnect", Command::Mcp { server: None, connect: None });
        add("About this opencode", "version, providers, tools, configuration", Command::ShowInfo);
        add(
            "Load the project anew…",
            "after a change of its configuration",
            Command::DisposeInstance { confirmed: false },
        );
        entries
    }
}
