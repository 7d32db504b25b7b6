//! The commands of the bridge, typed. How they look in `workspace/executeCommand` is the editor's edge.

use super::ids::{DocumentUri, PermissionId};
use super::place::Place;
use super::server::PermissionReply;

/// What a user can ask of the bridge.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    Ask(Ask),
    /// Put a place into the prompt of an attached TUI; without one, the place last touched.
    Append {
        place: Option<Place>,
    },
    SubmitTui,
    ClearTui,
    /// Ask again about everything that is pending.
    RecallPermissions,
    ReplyPermission {
        id: PermissionId,
        reply: PermissionReply,
        message: Option<String>,
    },
    ShowPermission {
        id: PermissionId,
    },
    /// The unified diff of one file, or of everything opencode changed.
    ShowDiff {
        uri: Option<DocumentUri>,
    },
    /// Accept what opencode changed in one file, or everywhere: it is no longer shown.
    Keep {
        uri: Option<DocumentUri>,
    },
    ShowAnswer,
    Abort,
    NewSession,
    Reconnect,
}

/// A question about a place.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ask {
    pub place: Option<Place>,
    /// The question; without it the user is given a prompt document.
    pub prompt: Option<String>,
    /// Diagnostics that go along, in words.
    pub diagnostics: Vec<String>,
}

/// What a command gives back to the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// A document that was made for the user.
    Document(DocumentUri),
}

/// Why a command was refused, for the user.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    #[error("nothing to add: put the cursor into a file first, or give `uri` and `range`")]
    NoPlace,
    #[error("there is no permission request {0}; it may have been answered elsewhere")]
    NoSuchPermission(PermissionId),
    #[error("opencode changed nothing here that is not reviewed yet")]
    NothingChanged,
    #[error("opencode has not answered anything in this session yet")]
    NoAnswer,
    #[error("opencode is not working on anything of yours")]
    NothingRunning,
    #[error("{0}")]
    NotConnected(String),
}
