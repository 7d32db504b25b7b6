//! What the core wants done. The bridge performs it and reports back with an [`Event`](super::Event).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::catalogue::List;
use super::changes::KeptReview;
use super::folders::FolderPaths;
use super::ids::{
    DialogId, DocumentUri, DraftId, FolderId, InputId, JobId, MenuId, MessageId, PermissionId, ProgressId, QuestionId,
    SessionId,
};
use super::info::Manage;
use super::lists::ListPurpose;
use super::permissions::told::OpenPermission;
use super::plugins::{AnswerPiece, Status};
use super::prompt_documents::files::PromptJob;
use super::prompt_documents::{PromptRead, PromptTimer};
use super::runs::Run;
use super::server::{PermissionReply, PromptOptions, PromptPart, Reconnect};
use super::session_commands::SessionChange;
use crate::config::ServerSettings;
use crate::review::Content;
use crate::text::Span;

#[derive(Debug, Clone)]
pub enum Effect {
    Editor(EditorEffect),
    /// On the connection of this folder.
    Server(FolderId, ServerCall),
    /// (Re)start the connection of a folder.
    Connect {
        folder: FolderId,
        paths: FolderPaths,
        settings: ServerSettings,
        how: Reconnect,
    },
    /// End it.
    Disconnect(FolderId),
    /// Look for running servers and report them with [`Event::ServersFound`](super::Event::ServersFound).
    FindServers {
        folder: FolderId,
        root: PathBuf,
        settings: ServerSettings,
    },
    /// Read a file and report what it holds.
    Read {
        path: PathBuf,
        why: ReadPurpose,
    },
    /// Ask git what is not committed in a folder, and report with [`Event::GitDiff`](super::Event::GitDiff).
    GitDiff {
        draft: DraftId,
        root: PathBuf,
    },
    /// Change a file of the user's, and report with [`Event::FileChangeDone`](super::Event::FileChangeDone).
    ChangeFile {
        job: JobId,
        change: FileChange,
    },
    /// Report what happens to a file on disk, or no longer.
    Watch {
        path: PathBuf,
        on: bool,
    },
    /// Read the reviews that an earlier run left of a folder, by its own files' folder.
    Restore(PathBuf),
    /// The same at once, if no other process keeps them; answered by
    /// [`Event::ReviewsHeld`](super::Event::ReviewsHeld) after what is kept was told of.
    HoldReviews(PathBuf),
    /// Write down the review of a file for the next run.
    KeepReview(ReviewToKeep),
    /// Leave the kept reviews of a folder, by its own files' folder, to others.
    LeaveReviews(PathBuf),
    /// Write a question down that was not sent, and report whether it could be.
    Keep {
        path: PathBuf,
        text: String,
        question: String,
        problem: String,
    },
    /// Do something with the files of prompt documents, and report with [`Event::Prompts`](super::Event::Prompts).
    Prompts(PromptJob),
    /// Write a file of the bridge's own, readable by the user only.
    WriteOwn {
        path: PathBuf,
        text: String,
    },
    /// Report [`Timer`] after a while.
    After(Duration, Timer),
}

/// What is to be written down of the review of a file.
#[derive(Debug, Clone)]
pub struct ReviewToKeep {
    /// The folder of the bridge's own files that it goes into.
    pub own: PathBuf,
    pub path: PathBuf,
    /// None where the file is reviewed.
    pub review: Option<Box<KeptReview>>,
}

/// A change of a file of the user's: it happens whole, and only if the file holds what is expected.
/// Texts are without their byte order mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileChange {
    Write {
        path: PathBuf,
        expected: Content,
        text: Arc<str>,
        /// Whether the file is to begin with a byte order mark.
        bom: bool,
    },
    Remove {
        path: PathBuf,
        expected: Content,
    },
    Rename {
        from: PathBuf,
        /// There must be no such file.
        to: PathBuf,
        expected: Content,
    },
}

/// What the editor is asked to change (`workspace/applyEdit`).
#[derive(Debug, Clone, PartialEq)]
pub enum WorkspaceEdit {
    /// Edits of one version of an open document, in the client's position encoding.
    Text {
        uri: DocumentUri,
        version: i32,
        edits: Vec<(Span, String)>,
        label: String,
    },
    Delete {
        uri: DocumentUri,
    },
    Rename {
        from: DocumentUri,
        to: DocumentUri,
    },
}

impl WorkspaceEdit {
    /// None for paths that are not absolute.
    pub fn rename(from: &Path, to: &Path) -> Option<Self> {
        Some(Self::Rename { from: DocumentUri::from_path(from)?, to: DocumentUri::from_path(to)? })
    }
}

/// Effects on the editor, in order.
#[derive(Debug, Clone, PartialEq)]
pub enum EditorEffect {
    /// All diagnostics of one document; replaces what was published before.
    Publish {
        uri: DocumentUri,
        version: Option<i32>,
        /// Shared with what is known to be published.
        diagnostics: Arc<[Diagnostic]>,
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
    /// Answered by `Event::EditApplied`.
    Edit {
        job: JobId,
        edit: WorkspaceEdit,
    },
    /// Open one of the user's files at a place; where that fails, `Event::NotGone`.
    Go {
        uri: DocumentUri,
        span: Span,
    },
    /// Ask for a line of text in the plugin's box; answered by `Event::InputAnswered`.
    Input {
        id: InputId,
        title: String,
    },
    /// Let the plugin show a menu of labels and details; answered by `Event::MenuChosen`.
    Choose {
        id: MenuId,
        title: String,
        items: Vec<(String, String)>,
    },
    /// Tell the plugin.
    Status(Status),
    Answer(AnswerPiece),
    /// All permission requests that wait for the user.
    Permissions(Vec<OpenPermission>),
    /// Code lenses are others now.
    RefreshLenses,
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
    /// Of diagnostics only.
    Hint,
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
    pub message: &'static str,
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
        options: PromptOptions,
    },
    /// Answered when it is over.
    Run {
        draft: DraftId,
        session: SessionId,
        run: Run,
        options: PromptOptions,
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
    /// What a turn changed, without the files of which that is known.
    FetchDiff {
        session: SessionId,
        prompt: MessageId,
        explained: BTreeSet<PathBuf>,
    },
    /// What git says has changed since the last commit, for a prompt that names it.
    FetchUncommitted {
        draft: DraftId,
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
    /// `known` as for permissions.
    FetchQuestions {
        known: Vec<QuestionId>,
    },
    /// Without answers it is rejected.
    ReplyQuestion {
        id: QuestionId,
        answers: Option<Vec<Vec<String>>>,
    },
    Abort {
        session: SessionId,
    },
    /// Undo a prompt and everything after it.
    Revert {
        session: SessionId,
        prompt: MessageId,
    },
    /// Take the last [`ServerCall::Revert`] back.
    Unrevert {
        session: SessionId,
    },
    RenameSession {
        session: SessionId,
        title: String,
    },
    /// Something else that is done to a session as a whole.
    ChangeSession {
        session: SessionId,
        change: SessionChange,
    },
    Manage {
        what: Manage,
    },
    /// `why` comes back with the answer.
    FetchList {
        list: List,
        why: ListPurpose,
    },
    /// Files and, where wanted, symbols whose names are like this.
    Find {
        search: u64,
        query: String,
        symbols: bool,
    },
    /// All of a session, for its transcript; without one, the newest of the project.
    FetchSession {
        session: Option<SessionId>,
        /// To be shown when it is there, with the focus or without.
        show: Option<bool>,
    },
    Append {
        text: String,
    },
    /// One after the other.
    AppendAndSubmit {
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
    /// The same for what a prompt names.
    Context(DraftId),
    /// The same for an addition to the TUI's prompt.
    Append,
    /// To see whether a document was opened with unsaved changes.
    Opened,
    /// The text before a change that may come.
    Before,
    /// The text after a change.
    After,
    /// A document was saved: is its text on disk now?
    Saved,
    /// A file under review changed, or its document was closed: what does it hold?
    Disk,
    /// Before the editor is asked to remove or rename a file, and after.
    Undo(JobId),
    /// Before a turn is undone, and after.
    TurnUndo,
    /// For a prompt document, or what it names.
    PromptDocument(PromptRead),
    /// What an earlier run was told of a session.
    Choice(SessionId),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Timer {
    /// A dialog was open long enough to let others pass.
    Dialog(DialogId),
    /// A prompt was posted a while ago: has opencode taken it?
    Accepted(DraftId),
    /// What a prompt names was asked for a while ago.
    Context(DraftId),
    /// A session was idle with a prompt unanswered: is it still?
    Unanswered(DraftId),
    /// Look how a turn stands.
    Look(DraftId),
    /// Of prompt documents.
    Prompts(PromptTimer),
    /// What is known of opencode's agents, models and commands is to be fetched anew.
    ListsOld(FolderId),
    /// Write the transcripts that have grown.
    Transcript,
    /// Ask for the diff of a turn again.
    Diff(SessionId, MessageId),
    /// An edit was asked for a while ago: was it made?
    Undo(JobId),
    /// Look whether the plugin is to be told another status.
    Status,
    /// Write the reviews down.
    Keep,
    /// A file was missing a while ago: is it still?
    Disk(PathBuf),
    /// A question can no longer be answered by running its command again.
    Confirm(String),
    /// A menu was offered as code actions long enough.
    Menu(MenuId),
}
