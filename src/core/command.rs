//! The commands of the bridge, typed. How they look in `workspace/executeCommand` is the editor's edge.

use super::ids::{DocumentUri, PermissionId, SessionId};
use super::place::Place;
use super::server::{PermissionReply, PromptOptions};

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
    /// Run a ready prompt; without a name, let the user choose one.
    Prompt {
        name: Option<String>,
        place: Option<Place>,
    },
    /// Offer everything that can be asked for.
    More {
        place: Option<Place>,
    },
    /// Send comments for an AI: those at a place, or of a document, or all that are known in the user's folder.
    SendComments {
        place: Option<Place>,
    },
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
    /// Accept what opencode changed: it is no longer shown.
    Keep(Which),
    /// Take back what opencode changed.
    Undo {
        which: Which,
        /// Everything is only undone after a question, unless it was answered beforehand.
        confirmed: bool,
    },
    /// Ask opencode to do a change in another way.
    Redo {
        which: Which,
        prompt: Option<String>,
    },
    Go {
        to: Direction,
        from: Option<Place>,
    },
    /// Tell opencode with the next question what was undone.
    Tell,
    /// Accept what the newest turn changed.
    KeepTurn,
    /// Undo the last turn, by opencode itself.
    UndoTurn {
        confirmed: bool,
    },
    RedoTurn {
        confirmed: bool,
    },
    ShowAnswer,
    Abort,
    NewSession,
    /// Without a session, the one that questions go to; without a title, the user is asked for it.
    RenameSession {
        session: Option<SessionId>,
        title: Option<String>,
    },
    Reconnect,
    /// Choose another server for this project.
    SelectServer,
    /// End an own server and start it anew.
    RestartServer,
}

/// Which changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// By the `data.id` of its diagnostic.
    Hunk {
        uri: DocumentUri,
        id: String,
    },
    File {
        uri: DocumentUri,
    },
    All,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Next,
    Previous,
}

/// A question about a place.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ask {
    pub place: Option<Place>,
    /// The question; without it the user is given a prompt document.
    pub prompt: Option<String>,
    /// Diagnostics that go along, in words.
    pub diagnostics: Vec<String>,
    /// The change of opencode's that it is about, as a diff.
    pub about_change: Option<String>,
    /// What the user has undone, in words.
    pub undone: Option<String>,
    pub options: PromptOptions,
    /// Places whose text goes along besides.
    pub also: Vec<Place>,
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
    #[error("there is no prompt `{name}`; there are {known}")]
    NoSuchPrompt { name: String, known: String },
    #[error("your settings take all prompts away")]
    NoPrompts,
    #[error("no comment for an AI is in the open files; one ends in `AI!` or `AI?`, or begins with `opencode:`")]
    NoComments,
    #[error("there is no permission request {0}; it may have been answered elsewhere")]
    NoSuchPermission(PermissionId),
    #[error("opencode changed nothing here that is not reviewed yet")]
    NothingChanged,
    #[error("that change is not there any more; ask for the code actions again")]
    NoSuchChange,
    #[error("{file} cannot be undone here: {problem}; opencode.turn.undo lets opencode itself undo its turn")]
    CannotUndo { file: String, problem: &'static str },
    /// The question, and how to answer it.
    #[error("{0}")]
    NotConfirmed(String),
    #[error("nothing was undone since your last question")]
    NothingUndone,
    #[error("there is no turn of opencode to undo that was seen here")]
    NoTurn,
    #[error("no turn is undone")]
    NoTurnUndone,
    #[error("opencode is at work in that session; wait until it has finished, or stop it with opencode.abort")]
    Busy,
    #[error("a turn is just being undone or redone")]
    UnderWay,
    #[error("opencode has not answered anything in this session yet")]
    NoAnswer,
    #[error("opencode is not working on anything of yours")]
    NothingRunning,
    #[error("server.url (or --server, or OPENCODE_SERVER) names the server; remove that to choose another one")]
    ServerIsSet,
    #[error(
        "the server at {0} was not started by opencode-lsp: restart it where it runs, the connection comes back by itself"
    )]
    NotOwn(String),
    #[error("there is no session yet; ask opencode something first, or choose one with opencode.session.switch")]
    NoSession,
    #[error("{0}")]
    NotConnected(String),
}
