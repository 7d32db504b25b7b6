//! Requests about opencode itself: what it is made of, its MCP servers, a fresh start of the project.

use serde_json::{Value, json};

use super::client::Client;
use super::error::ClientError;
use super::wire::info;
use crate::core::catalogue::McpServer;
use crate::core::info::{Manage, Section};

impl Client {
    /// All there is to know; what a version lacks is left out.
    pub async fn info(&self) -> Result<Vec<Section>, ClientError> {
        let path = self.get(&["path"], &[]).await?;
        let project = self.try_get(&["project", "current"]).await?.unwrap_or_default();
        let vcs = self.try_get(&["vcs"]).await?.unwrap_or_default();
        let mut sections = vec![Section::new("Project", info::project_lines(&path, &project, &vcs))];
        let methods = self.try_get(&["provider", "auth"]).await?.unwrap_or_default();
        if let Some(providers) = self.try_get(&["provider"]).await? {
            sections.push(Section::new("Providers", info::provider_lines(&providers, &methods)));
        }
        type Lines = fn(&Value) -> Vec<String>;
        let lists: [(&str, &[&str], Lines); 8] = [
            ("Agents", &["agent"], info::named_lines),
            ("Commands", &["command"], info::named_lines),
            ("Skills", &["skill"], info::named_lines),
            ("Tools", &["experimental", "tool", "ids"], info::tool_lines),
            ("MCP servers", &["mcp"], info::mcp_lines),
            ("Language servers of opencode", &["lsp"], info::lsp_lines),
            ("Formatters", &["formatter"], info::formatter_lines),
            ("Configuration", &["config"], info::config_lines),
        ];
        for (title, route, lines) in lists {
            if let Some(answer) = self.try_get(route).await? {
                sections.push(Section::new(title, lines(&answer)));
            }
        }
        Ok(sections)
    }

    /// None where the server has no such route.
    async fn try_get(&self, path: &[&str]) -> Result<Option<Value>, ClientError> {
        match self.get(path, &[]).await {
            Ok(answer) => Ok(Some(answer)),
            Err(ClientError::NotFound(_) | ClientError::NotOpencode(_) | ClientError::Status { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub async fn mcp_servers(&self) -> Result<Vec<McpServer>, ClientError> {
        Ok(info::mcp(&self.get(&["mcp"], &[]).await?))
    }

    /// How it stands then, for people.
    pub async fn manage(&self, what: &Manage) -> Result<String, ClientError> {
        match what {
            Manage::Mcp { server, connect } => {
                let known = |servers: Vec<McpServer>| servers.into_iter().find(|known| known.name == *server);
                // 1.1 connects any name with success.
                let missing = || ClientError::NotFound(format!("MCP server {server}"));
                known(self.mcp_servers().await?).ok_or_else(missing)?;
                let route = if *connect { "connect" } else { "disconnect" };
                self.post(&["mcp", server, route], json!({})).await?;
                let now = known(self.mcp_servers().await?).ok_or_else(missing)?;
                Ok(now.problem.map_or(now.state.clone(), |problem| format!("{}, {problem}", now.state)))
            }
            Manage::Dispose => {
                self.post(&["instance", "dispose"], json!({})).await?;
                Ok(String::new())
            }
        }
    }

    /// A line for opencode's own log.
    pub async fn log(&self, level: &str, message: &str) -> Result<(), ClientError> {
        let body = json!({ "service": "opencode-lsp", "level": level, "message": message });
        self.post(&["log"], body).await?;
        Ok(())
    }
}
