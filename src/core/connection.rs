//! What the core knows of the connection, and what it says about it: each problem once.

use super::event::ServerInfo;
use super::server::FoundServer;
use super::server_choice::CHOOSE;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Connection {
    /// Nothing tried yet: the editor has not finished its start.
    #[default]
    Idle,
    Connecting,
    Connected(ServerInfo),
    /// Several servers are equally good: the user was asked.
    Choosing {
        servers: Vec<FoundServer>,
    },
    /// Was connected and comes back by itself.
    Lost {
        reason: String,
    },
    /// Not there, and waiting for it would keep a question from the user: said and tried again meanwhile.
    Failed {
        problem: String,
    },
}

impl Connection {
    pub fn is_connected(&self) -> bool {
        matches!(self, Self::Connected(_))
    }

    /// Whether waiting may help: a prompt is held until the stream is live.
    pub fn may_come(&self) -> bool {
        matches!(self, Self::Idle | Self::Connecting | Self::Choosing { .. } | Self::Lost { .. })
    }

    /// Why nothing can be sent now.
    pub fn problem(&self) -> String {
        match self {
            Self::Connected(_) => String::new(),
            Self::Idle | Self::Connecting => "opencode is not connected yet".to_owned(),
            Self::Choosing { .. } => CHOOSE.to_owned(),
            Self::Lost { reason } => format!("the connection to opencode is lost ({reason}) and being restored"),
            Self::Failed { problem } => problem.clone(),
        }
    }
}

/// What is said of an address to which the password travels in the clear.
pub fn exposed(url: &str) -> String {
    format!(
        "everyone on the way to {url} can read the password and your code; use https://, or a tunnel \
         (ssh -L 4096:127.0.0.1:4096 and the address http://127.0.0.1:4096)"
    )
}
