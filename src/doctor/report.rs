//! How the doctor's findings are printed.

use serde::Serialize;

use crate::core::inert::inert;

/// Everything the doctor found. Holds no secrets.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    pub server: Option<String>,
    pub found_by: Option<&'static str>,
    pub version: Option<String>,
    /// The newest version known, where the server's is newer.
    pub treated_as: Option<&'static str>,
    pub project: Option<String>,
    /// Its name on the server, where a path map has one.
    pub project_there: Option<String>,
    pub worktree: Option<String>,
    pub path_map: Vec<String>,
    pub auth: Option<String>,
    /// No server runs for this project.
    #[serde(skip)]
    pub looked_in_vain: bool,
    /// Servers that run for other projects.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<String>,
    /// What is announced by mDNS, where the settings say that it is looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub announced: Option<Vec<String>>,
    pub ca_file: Option<String>,
    pub event_stream: Option<bool>,
    pub pending_permissions: Option<Vec<String>>,
    /// Settings that were not taken.
    pub settings: Vec<String>,
    /// A danger that keeps nothing from working.
    pub warning: Option<String>,
    /// What is wrong and what to do; none when all is well.
    pub problem: Option<String>,
}

impl Report {
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_else(|error| format!("{{\"problem\": \"{error}\"}}"))
    }

    pub fn text(&self) -> String {
        let mut text = format!("opencode-lsp {}\n\n", env!("CARGO_PKG_VERSION"));
        let mut line = |name: &str, value: String| text.push_str(&format!("{name:<13}{value}\n"));
        let server = self.server.as_deref().unwrap_or("none");
        match self.found_by {
            Some(by) => line("server", format!("{server} (from {by})")),
            None => line("server", server.to_owned()),
        }
        let or_unknown = |value: &Option<String>| value.clone().unwrap_or_else(|| "unknown".to_owned());
        let known = self.treated_as.map(|known| format!(" (newer than what was tested; treated as {known})"));
        line("version", or_unknown(&self.version) + &known.unwrap_or_default());
        line("project", or_unknown(&self.project));
        if let Some(there) = &self.project_there {
            line("", format!("{there} on the server"));
        }
        if let Some(worktree) = &self.worktree {
            line("repository", worktree.clone());
        }
        for (index, other) in self.others.iter().enumerate() {
            line(if index == 0 { "others" } else { "" }, inert(other, 200));
        }
        match self.announced.as_deref() {
            Some([]) => line("announced", "nothing was heard by mDNS".to_owned()),
            announced => {
                for (index, server) in announced.into_iter().flatten().enumerate() {
                    line(if index == 0 { "announced" } else { "" }, inert(server, 200));
                }
            }
        }
        for (at, pair) in self.path_map.iter().enumerate() {
            line(if at == 0 { "path map" } else { "" }, pair.clone());
        }
        line("auth", self.auth.clone().unwrap_or_else(|| "no password set".to_owned()));
        if let Some(file) = &self.ca_file {
            line("certificates", format!("the platform's, and those in {file}"));
        }
        let stream = match self.event_stream {
            Some(true) => "works",
            Some(false) => "does not work",
            None => "not tried",
        };
        line("events", stream.to_owned());
        match &self.pending_permissions {
            None => line("permissions", "not asked".to_owned()),
            Some(pending) if pending.is_empty() => line("permissions", "none pending".to_owned()),
            Some(pending) => {
                line("permissions", format!("{} pending", pending.len()));
                for request in pending {
                    line("", inert(request, 200));
                }
            }
        }
        for warning in self.settings.iter().chain(&self.warning) {
            text.push_str(&format!("\nWarning: {warning}\n"));
        }
        match &self.problem {
            None => text.push_str("\nAll is well.\n"),
            Some(problem) => text.push_str(&format!("\nProblem: {problem}\n")),
        }
        text
    }
}
