//! What the core wants done. The bridge performs it and reports back with an [`Event`](super::Event).

use std::path::PathBuf;
use std::time::Duration;

use super::ids::{DialogId, DocumentUri, DraftId, MessageId, PermissionId, ProgressId, SessionId};
use super::server::{PermissionReply, PromptPart};
use crate::config::ServerSettings;
use crate::text::Span;

#[derive(Debug, Clone)]
pub enum Effect {
    Editor(EditorEffect),
    Server(ServerCall),
    /// (Re)start the connection with these settings.
    Connect(ServerSettings),
    /// Read a file and report what it holds.
    Read {
        path: PathBuf,
        why: ReadPurpose,
    },
    /// Write a question down that was not sent, and report whether it could be.
    Keep {
        path: PathBuf,
        text: String,
        question: String,
        problem: String,
    },
    /// Write a file of the bridge's own, readable by the user only.
    WriteOwn {
        path: PathBuf,
        text: String,
    },
    /// Report [`Timer`] after a while.
    After(Duration, Timer),
}

/// Effects on the editor, in order.
#[derive(Debug, Clone, PartialEq)]
pub enum EditorEffect {
    /// All diagnostics of one document; replaces what was published before.
    Publish {
        uri: DocumentUri,
        version: Option<i32>,
        diagnostics: Vec<Diagnostic>,
    },
    Message {
        level: Level,
        text: String,
    },
    /// A message with buttons, answered by `Event::DialogAnswered`.
    Dialog {
        id: DialogId,
        level: Level,
        text: String,
        buttons: Vec<String>,
    },
    BeginProgress {
        id: ProgressId,
        title: String,
        message: String,
    },
    ReportProgress {
        id: ProgressId,
        message: String,
    },
    EndProgress {
        id: ProgressId,
        message: String,
    },
    /// Write `text` to `path` where given, then open it, at a 0-based line where given; answered by `Event::DocumentShown`.
    Show {
        path: PathBuf,
        text: Option<String>,
        focus: bool,
        line: Option<u32>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Error,
    Warning,
    Info,
}

/// A diagnostic in the client's position encoding.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnostic {
    pub span: Span,
    pub level: Level,
    pub code: &'static str,
    pub message: String,
    /// Stable while the thing it shows is the same.
    pub id: String,
    /// Where the turn was asked.
    pub related: Option<Related>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Related {
    pub uri: DocumentUri,
    pub span: Span,
    pub message: String,
}

/// Requests to opencode. Each is answered by one event.
#[derive(Debug, Clone, PartialEq)]
pub enum ServerCall {
    CreateSession {
        draft: DraftId,
    },
    Prompt {
        draft: DraftId,
        session: SessionId,
        parts: Vec<PromptPart>,
    },
    /// The state of one prompt: found by `prompt`, or by its first text part.
    FetchTurn {
        draft: DraftId,
        session: SessionId,
        prompt: Option<MessageId>,
        text: String,
        /// Prompts that are other questions', though their text may be the same.
        taken: Vec<MessageId>,
    },
    FetchDiff {
        session: SessionId,
        prompt: MessageId,
    },
    /// `known` are the requests known now: only of these does the answer say that they are gone.
    FetchPermissions {
        known: Vec<PermissionId>,
    },
    Reply {
        id: PermissionId,
        reply: PermissionReply,
        message: Option<String>,
    },
    Abort {
        session: SessionId,
    },
    Append {
        text: String,
    },
    SubmitTui,
    ClearTui,
}

/// Why a file is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadPurpose {
    /// To see whether the editor's text is saved.
    Draft(DraftId),
    /// The same for an addition to the TUI's prompt.
    Append,
    /// To see whether a document was opened with unsaved changes.
    Opened,
    /// The text before a change that may come.
    Before,
    /// The text after a change.
    After,
    /// A document was closed: what does its file hold?
    Closed,
    /// A prompt document that the editor does not send us.
    PromptDocument,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Timer {
    /// A dialog was open long enough to let others pass.
    Dialog(DialogId),
    /// A prompt was posted a while ago: has opencode taken it?
    Accepted(DraftId),
    /// A session was idle with a prompt unanswered: is it still?
    Unanswered(DraftId),
    /// Look how a turn stands.
    Look(DraftId),
    /// Look at the prompt documents that no `didSave` comes for.
    PromptDocuments,
    /// Write the growing transcript.
    Transcript,
    /// Ask for the diff of a turn again.
    Diff(SessionId, MessageId),
}
