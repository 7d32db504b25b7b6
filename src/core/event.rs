//! Everything that can happen to the bridge.

use std::path::PathBuf;

use tokio::sync::oneshot;

use super::actions::{Action, ActionQuery};
use super::catalogue::{Listed, SessionEntry};
use super::changes::{KeptReview, ReviewRequest};
use super::choices::Missing;
use super::command::{Command, CommandError, Outcome};
use super::effect::{ReadPurpose, ReviewToKeep, Timer};
use super::folders::FolderSettings;
use super::ids::{
    DialogId, DocumentUri, DraftId, FolderId, InputId, JobId, MenuId, MessageId, PermissionId, QuestionId, SessionId,
};
use super::info::Manage;
use super::lenses::Lens;
use super::lists::ListPurpose;
use super::permissions::told::Proposal;
use super::plugins::PluginHunk;
use super::prompt_documents::files::PromptsDone;
use super::prompt_documents::{CompletionReply, Hover, Link};
use super::server::{
    FileDiff, Found, FoundServer, PermissionReply, PermissionRequest, QuestionRequest, ServerEvent, SessionRecord,
    Snapshot, TurnRecord,
};
use super::session_commands::SessionChange;
use super::transcripts::OwnText;
use crate::config::Settings;
use crate::review::Content;
use crate::text::{Point, Span};

#[derive(Debug)]
pub enum Event {
    Editor(EditorEvent),
    /// What the connection of a folder has to say.
    Connection(FolderId, ConnectionEvent),
    Server(FolderId, ServerEvent),
    /// A [`ServerCall`](super::effect::ServerCall) for a folder came back.
    Reply(FolderId, ServerReply),
    FileRead {
        path: PathBuf,
        why: ReadPurpose,
        content: Content,
    },
    /// The answer to [`Effect::GitDiff`](super::Effect::GitDiff).
    GitDiff {
        draft: DraftId,
        result: Result<String, String>,
    },
    /// A question that was not sent was written down, or not.
    Kept {
        path: PathBuf,
        question: String,
        problem: String,
        written: bool,
    },
    /// The answer to [`Effect::Prompts`](super::Effect::Prompts), or what was found at the start.
    Prompts(PromptsDone),
    /// A [`FileChange`](super::effect::FileChange) was made, or not.
    FileChangeDone {
        job: JobId,
        result: Result<(), FileRefusal>,
    },
    /// A watched file changed, by whomever.
    DiskChanged {
        path: PathBuf,
    },
    /// Reviews of an earlier run whose files are the same, and the folder of own files that they were kept in.
    Restored(PathBuf, Vec<KeptReview>),
    /// The servers that run on this machine, for the user to choose from.
    ServersFound {
        folder: FolderId,
        /// The best ones for this project.
        here: Vec<FoundServer>,
        others: Vec<FoundServer>,
    },
    /// The command line asks about the reviews of a folder.
    ReviewsAsked(ReviewRequest),
    /// What is kept of a folder, by its own files' folder, has been told of; whether this process keeps it.
    ReviewsHeld {
        own: PathBuf,
        held: bool,
    },
    Timer(Timer),
}

#[derive(Debug)]
pub enum EditorEvent {
    Opened {
        uri: DocumentUri,
        language: String,
        version: i32,
        text: String,
    },
    Changed {
        uri: DocumentUri,
        version: i32,
        edits: Vec<(Option<Span>, String)>,
    },
    /// About to be saved: by the user, or by the editor on its own account.
    Saving {
        uri: DocumentUri,
        by_hand: bool,
    },
    Saved {
        uri: DocumentUri,
    },
    Closed {
        uri: DocumentUri,
    },
    /// Answered at once, from what is known.
    CodeActions {
        query: ActionQuery,
        reply: oneshot::Sender<Vec<Action>>,
    },
    Execute {
        command: Command,
        reply: oneshot::Sender<Result<Outcome, CommandError>>,
    },
    /// Of a turn; nothing else can be cancelled.
    CancelProgress {
        id: DraftId,
    },
    DialogAnswered {
        id: DialogId,
        answer: DialogAnswer,
    },
    DocumentShown {
        path: PathBuf,
        shown: bool,
    },
    /// Answered at once, from what is known.
    CodeLenses {
        uri: DocumentUri,
        reply: oneshot::Sender<Vec<Lens>>,
    },
    /// Answered at once outside of prompt documents; in one, within a second.
    Complete {
        uri: DocumentUri,
        point: Point,
        reply: CompletionReply,
    },
    /// Answered at once, from what is known.
    Hover {
        uri: DocumentUri,
        point: Point,
        reply: oneshot::Sender<Option<Hover>>,
    },
    /// Answered at once, from what is known.
    Links {
        uri: DocumentUri,
        reply: oneshot::Sender<Option<Vec<Link>>>,
    },
    /// The answer to `opencode/input`.
    InputAnswered {
        id: InputId,
        answer: InputAnswer,
    },
    /// The answer to `opencode/choose`.
    MenuChosen {
        id: MenuId,
        answer: ChooseAnswer,
    },
    /// `opencode/hunks`, answered at once.
    Hunks {
        uri: DocumentUri,
        reply: oneshot::Sender<Vec<PluginHunk>>,
    },
    /// `opencode/baseline`, answered at once.
    Baseline {
        uri: DocumentUri,
        reply: oneshot::Sender<Option<Option<String>>>,
    },
    /// `opencode/proposal`, answered at once.
    Proposal {
        id: PermissionId,
        reply: oneshot::Sender<Option<Proposal>>,
    },
    /// A transcript as the editor has it; none where the document is something else. Answered at once.
    Transcript {
        uri: DocumentUri,
        reply: oneshot::Sender<Option<OwnText>>,
    },
    /// The answer to `workspace/applyEdit`.
    EditApplied {
        job: JobId,
        applied: Applied,
    },
    /// The client could not show a place.
    NotGone {
        uri: DocumentUri,
        /// 0-based.
        line: u32,
    },
    /// The editor is about to end the bridge: what must be on disk before?
    Leaving {
        reply: oneshot::Sender<LastWords>,
    },
    Configured {
        settings: Box<Settings>,
        warnings: Vec<String>,
        /// All workspace folders there are now, in the editor's order.
        folders: Vec<FolderSettings>,
    },
}

/// What the bridge leaves behind at its end.
#[derive(Debug, Default)]
pub struct LastWords {
    /// Questions that were not sent, as prompt documents.
    pub questions: Vec<(PathBuf, String)>,
    /// Reviews that changed since they were last written down.
    pub reviews: Vec<ReviewToKeep>,
}

/// What the editor says it did with an edit. Neither is proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applied {
    Yes,
    No { reason: Option<String> },
}

/// Why a file was left alone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileRefusal {
    #[error("it changed on disk meanwhile")]
    Changed,
    #[error("it is read-only")]
    ReadOnly,
    #[error("there is a file in its place")]
    Exists,
    #[error("{0}")]
    Failed(String),
}

/// What opencode did when it was asked to undo a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reverted {
    /// It put files back.
    Files,
    /// It only forgot the messages: without git, or with `snapshot: false`, it has nothing to put back.
    MessagesOnly,
}

/// Why a turn was not undone or redone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RevertError {
    #[error("opencode is at work in that session; wait until it has finished, or stop it")]
    Busy,
    #[error("opencode no longer knows that turn")]
    Unknown,
    #[error("{0}")]
    Other(String),
}

/// How the plugin's box was left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputAnswer {
    Text(String),
    GivenUp,
    /// The client has no such box after all.
    Unsupported,
}

/// How a menu of the plugin's was left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChooseAnswer {
    /// By its place among the entries, 0-based.
    Entry(usize),
    GivenUp,
    /// The client has no menus after all.
    Unsupported,
}

/// How a dialog ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DialogAnswer {
    Chosen(String),
    Dismissed,
    /// The client has no dialogs, or failed to show this one.
    Unsupported,
}

#[derive(Debug)]
pub enum ConnectionEvent {
    Connecting,
    /// An own server is being started, which takes seconds.
    Starting,
    /// The password for this address is about to travel where others can read it.
    Exposed {
        url: String,
    },
    Connected {
        server: ServerInfo,
        snapshot: Snapshot,
    },
    Lost {
        reason: String,
    },
    /// Servers that are equally good for the project.
    Several {
        servers: Vec<FoundServer>,
    },
    /// Tried and failed. Without `announce` it is said where it matters to the user just now.
    Failed {
        problem: String,
        announce: bool,
    },
}

/// The server that answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerInfo {
    /// Without credentials.
    pub url: String,
    pub version: String,
    /// The folder that opencode works in, as the editor names it: the workspace folder, or one above.
    pub directory: PathBuf,
    /// Started by the bridge.
    pub is_own: bool,
}

#[derive(Debug)]
pub enum ServerReply {
    SessionCreated {
        draft: DraftId,
        result: Result<SessionId, String>,
    },
    Prompted {
        draft: DraftId,
        result: Result<(), SendError>,
    },
    /// The prompt that opencode wrote for it, where it says so.
    Ran {
        draft: DraftId,
        result: Result<Option<MessageId>, SendError>,
    },
    Turn {
        draft: DraftId,
        result: Result<TurnRecord, String>,
    },
    Diff {
        session: SessionId,
        prompt: MessageId,
        result: Result<Vec<FileDiff>, String>,
    },
    /// As a unified diff.
    Uncommitted {
        draft: DraftId,
        result: Result<String, String>,
    },
    Permissions {
        known: Vec<PermissionId>,
        result: Result<Vec<PermissionRequest>, String>,
    },
    Replied {
        id: PermissionId,
        reply: PermissionReply,
        result: Result<(), ReplyError>,
    },
    Questions {
        known: Vec<QuestionId>,
        result: Result<Vec<QuestionRequest>, String>,
    },
    QuestionReplied {
        id: QuestionId,
        result: Result<(), ReplyError>,
    },
    Aborted {
        session: SessionId,
        result: Result<(), String>,
    },
    Reverted {
        session: SessionId,
        prompt: MessageId,
        result: Result<Reverted, RevertError>,
    },
    Unreverted {
        session: SessionId,
        result: Result<(), RevertError>,
    },
    /// As the session stands now, where it is still there; a fork is the new one.
    SessionDone {
        session: SessionId,
        change: SessionChange,
        result: Result<Option<SessionEntry>, String>,
    },
    /// How it stands then.
    Managed {
        what: Manage,
        result: Result<String, String>,
    },
    Listed {
        why: ListPurpose,
        result: Result<Listed, String>,
    },
    /// A session was to be changed: what was done, for the message of a failure.
    SessionChanged {
        what: &'static str,
        result: Result<(), String>,
    },
    Found {
        search: u64,
        result: Result<Found, String>,
    },
    Session {
        session: Option<SessionId>,
        show: Option<bool>,
        /// None where there is no session at all.
        result: Result<Option<SessionRecord>, String>,
    },
    /// Of `/tui/*`: what was done, for the message of a failure.
    Tui {
        what: &'static str,
        result: Result<(), String>,
    },
}

/// Why a prompt was not confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendError {
    /// opencode said no: it does not have it.
    Refused(String),
    /// The session is not there any more.
    Gone(String),
    /// opencode lacks what it names: not even tried.
    Missing(Missing),
    /// Not even tried: there is no connection.
    NotConnected,
    /// No answer came through; opencode may have it all the same.
    Unclear(String),
}

/// Why an answer to a permission request did not arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplyError {
    /// opencode no longer knows the request.
    Gone,
    Other(String),
}
