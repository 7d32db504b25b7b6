//! What opencode tells, in the core's own terms. Every server version is translated into these.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::ids::{MessageId, PartId, PermissionId, QuestionId, SessionId};
use crate::text::PackedText;

/// A server that runs on this machine, or is announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundServer {
    pub url: String,
    /// Empty where the server asks for a password before it tells; so is `directory`.
    pub version: String,
    /// Where it was started; without symbolic links if it is on this machine, else by the server's name.
    pub directory: PathBuf,
    /// The root of the repository that is in; none without one.
    pub worktree: Option<PathBuf>,
    /// Announced by mDNS, which is anybody's word: used at the user's word only.
    pub announced: bool,
}

/// What the user chose for a workspace folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ServerChoice {
    /// This one while it runs: an address alone may be another project's next time.
    Server { url: String, directory: PathBuf },
    /// An own one, though the settings do not ask for it.
    Own,
}

/// Why a connection is made anew.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Reconnect {
    #[default]
    AsBefore,
    /// The user has just chosen.
    Choice(ServerChoice),
    /// With another own server than the one that runs.
    Restart,
}

/// One event of opencode's stream.
#[derive(Debug, Clone, PartialEq)]
pub enum ServerEvent {
    /// A session appeared or changed; a sub-agent's has a parent.
    Session {
        session: SessionId,
        parent: Option<SessionId>,
        title: String,
        /// This prompt and everything after it is undone.
        undone: Option<MessageId>,
    },
    SessionDeleted {
        session: SessionId,
    },
    /// Busy, or idle again.
    Status {
        session: SessionId,
        status: Status,
    },
    /// A prompt that opencode has taken.
    UserMessage {
        session: SessionId,
        message: MessageId,
    },
    Part {
        session: SessionId,
        message: MessageId,
        part: Part,
    },
    TextDelta {
        session: SessionId,
        message: MessageId,
        part: PartId,
        delta: String,
    },
    Failed {
        session: SessionId,
        failure: Failure,
    },
    /// A message of the model's began or changed.
    AnswerMessage {
        session: SessionId,
        message: MessageId,
        info: AnswerInfo,
    },
    /// A message is gone, or a part of it.
    Removed {
        session: SessionId,
        message: MessageId,
        part: Option<PartId>,
    },
    /// The whole todo list of a session.
    Todos {
        session: SessionId,
        todos: Vec<Todo>,
    },
    PermissionAsked(PermissionRequest),
    PermissionReplied {
        request: PermissionId,
    },
    QuestionAsked(QuestionRequest),
    /// Answered or rejected, by whomever.
    QuestionSettled {
        request: QuestionId,
    },
}

impl ServerEvent {
    /// The session that it tells of.
    pub fn session(&self) -> Option<&SessionId> {
        match self {
            Self::Session { session, .. }
            | Self::SessionDeleted { session }
            | Self::Status { session, .. }
            | Self::UserMessage { session, .. }
            | Self::Part { session, .. }
            | Self::TextDelta { session, .. }
            | Self::Failed { session, .. }
            | Self::AnswerMessage { session, .. }
            | Self::Removed { session, .. }
            | Self::Todos { session, .. } => Some(session),
            Self::QuestionAsked(request) => Some(&request.session),
            Self::PermissionAsked(request) => Some(&request.session),
            Self::PermissionReplied { .. } | Self::QuestionSettled { .. } => None,
        }
    }
}

/// Whether a session is at work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    Busy,
    /// The provider failed and opencode will try again.
    Retrying {
        message: String,
    },
    Idle,
}

/// Why a turn ended badly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    Aborted,
    Error { message: String },
}

/// A part of a message.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    pub id: PartId,
    pub kind: PartKind,
}

#[derive(Debug, Clone, PartialEq)]
pub enum PartKind {
    Text {
        text: String,
    },
    /// What the model thinks, which is not its answer.
    Reasoning {
        text: String,
    },
    Tool(ToolCall),
    /// The end of a step: every file that it changed, by whatever tool.
    Changed {
        files: Vec<PathBuf>,
    },
    Other,
}

/// A tool at work.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolCall {
    pub name: String,
    pub status: ToolStatus,
    /// The file, command or pattern it works on, for people.
    pub about: Option<String>,
    /// The one file it reads or writes, absolute.
    pub file: Option<PathBuf>,
    /// What it did to that file, once done.
    pub edit: Option<EditHint>,
    pub told: Told,
}

/// What a tool said, for people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// What came out, or why it failed; shortened.
    pub output: Option<String>,
    /// The sub-agent's session, of a `task`.
    pub child: Option<SessionId>,
}

impl ToolCall {
    /// Whether this tool can write to files that nothing names beforehand.
    pub fn may_write_anything(&self) -> bool {
        !matches!(self.name.as_str(), "read" | "grep" | "glob" | "list" | "todowrite" | "todoread" | "webfetch")
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToolStatus {
    Pending,
    Running,
    Completed,
    Failed,
}

impl ToolStatus {
    pub fn is_end(self) -> bool {
        matches!(self, Self::Completed | Self::Failed)
    }
}

/// What a server says of the text before a change. None of it is taken unchecked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EditHint {
    /// Both texts (up to opencode 1.3).
    Texts { before: String, after: String },
    /// A unified diff (from 1.14), whose indentation may have been trimmed.
    Patch(PackedText),
    /// The file did not exist before.
    Created,
    /// The file was there and is gone; its last text if known.
    Deleted { before: Option<String> },
    /// It was changed; nothing more is known.
    Unknown,
}

/// One file of a turn's diff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDiff {
    /// Absolute.
    pub path: PathBuf,
    pub hint: EditHint,
}

/// Something that opencode will not do without the user's word.
#[derive(Debug, Clone, PartialEq)]
pub struct PermissionRequest {
    pub id: PermissionId,
    pub session: SessionId,
    /// `edit`, `bash`, `webfetch`, `external_directory` and so on.
    pub permission: String,
    /// What exactly is asked for.
    pub patterns: Vec<String>,
    /// What *always* would allow from now on.
    pub always: Vec<String>,
    /// The file it is about, absolute.
    pub file: Option<PathBuf>,
    /// The change it would make, as a unified diff for reading.
    pub diff: Option<String>,
    /// The whole shell command.
    pub command: Option<String>,
}

/// Questions that a model asks the user, to be answered together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuestionRequest {
    pub id: QuestionId,
    pub session: SessionId,
    pub questions: Vec<Question>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// A word or two; may be empty.
    pub header: String,
    pub text: String,
    pub options: Vec<QuestionOption>,
    /// Several options may be chosen.
    pub multiple: bool,
    /// The user may write an answer.
    pub custom: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuestionOption {
    /// What is answered with it.
    pub label: String,
    pub description: String,
}

/// The user's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PermissionReply {
    Once,
    Always,
    Reject,
}

impl PermissionReply {
    /// As opencode writes it (`POST /permission/:id/reply`).
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::Always => "always",
            Self::Reject => "reject",
        }
    }
}

/// A model, as opencode names it: `provider/model`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ModelName {
    pub provider: String,
    pub model: String,
}

impl ModelName {
    /// Reads `provider/model`; the model's own name may have slashes.
    pub fn parse(text: &str) -> Option<Self> {
        let (provider, model) =
            text.split_once('/').filter(|(provider, model)| !provider.is_empty() && !model.is_empty())?;
        Some(Self { provider: provider.to_owned(), model: model.to_owned() })
    }
}

impl std::fmt::Display for ModelName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.provider, self.model)
    }
}

/// Who is to answer a prompt; what is not said is opencode's to choose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PromptOptions {
    pub agent: Option<String>,
    pub model: Option<ModelName>,
    /// How hard the model is to think, by a name of the model's own.
    pub variant: Option<String>,
}

/// A part of a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PromptPart {
    Text(String),
    /// Saved text, which opencode reads from disk itself: 1-based inclusive lines.
    File {
        path: PathBuf,
        name: String,
        lines: Option<(u32, u32)>,
    },
    /// An agent that is to be called.
    Agent(String),
}

/// What a search found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// As opencode names them: from its folder on.
    pub files: Vec<String>,
    pub symbols: Vec<FoundSymbol>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundSymbol {
    pub name: String,
    /// Absolute.
    pub path: PathBuf,
    /// 1-based, inclusive.
    pub lines: (u32, u32),
}

/// What is fetched after every (re)connection, as the stream replays nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Snapshot {
    pub permissions: Vec<PermissionRequest>,
    pub questions: Vec<QuestionRequest>,
    /// Sessions at work.
    pub busy: Vec<SessionId>,
}

/// One prompt's part of a session, as the server has it now.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TurnRecord {
    /// The user message that carries the prompt; none where the server does not have it.
    pub prompt: Option<MessageId>,
    /// The model's text, in order.
    pub texts: Vec<String>,
    pub failure: Option<Failure>,
    /// Whether the model has said or done anything since the prompt.
    pub answered: bool,
    /// Whether the model's last message is finished: a server that died in the middle leaves it open.
    pub complete: bool,
    /// Whether the session is still at work.
    pub busy: bool,
    /// The session is not there any more.
    pub gone: bool,
}

/// What is known of a message of the model's.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AnswerInfo {
    /// The user message that it answers.
    pub prompt: Option<MessageId>,
    pub usage: Usage,
    pub failure: Option<Failure>,
}

/// Tokens, and what they cost in dollars as opencode reckons it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Usage {
    pub input: u64,
    pub output: u64,
    pub reasoning: u64,
    pub cache_read: u64,
    pub cache_write: u64,
    pub cost: f64,
}

/// One line of a session's todo list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Todo {
    pub text: String,
    pub status: TodoStatus,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TodoStatus {
    Pending,
    InProgress,
    Completed,
    Cancelled,
}

/// A session as the server has it now.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionRecord {
    pub session: SessionId,
    pub parent: Option<SessionId>,
    pub title: String,
    /// In order. Of a very long session the newest only.
    pub messages: Vec<RecordedMessage>,
    /// Whether earlier messages were left out.
    pub cut: bool,
    pub todos: Vec<Todo>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct RecordedMessage {
    pub id: MessageId,
    pub author: Author,
    pub parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Author {
    User,
    Model(AnswerInfo),
}
