//! What plugins are told and asked beside LSP, as it travels: `docs/protocol.md`.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tower_lsp_server::ls_types::notification::Notification;
use tower_lsp_server::ls_types::request::Request;
use tower_lsp_server::ls_types::{Range, TextDocumentIdentifier, Uri};

use super::to_proto;
use crate::core::ids::DocumentUri;
use crate::core::permissions::told::{OpenPermission, Proposal};
use crate::core::plugins::{
    AnswerPiece, ConnectionStatus, FolderStatus, PluginFlags, PluginHunk, SessionStatus, Status,
};

pub const HUNKS: &str = "opencode/hunks";
pub const BASELINE: &str = "opencode/baseline";
pub const PROPOSAL: &str = "opencode/proposal";

/// Reads `capabilities.experimental`.
pub fn flags(experimental: Option<&Value>) -> PluginFlags {
    let has = |name: &str| experimental.is_some_and(|client| client["opencode"][name] == true);
    PluginFlags {
        input: has("input"),
        choose: has("choose"),
        status: has("status"),
        answer: has("answer"),
        permissions: has("permissions"),
    }
}

fn folder_uri(root: &Path) -> Option<Uri> {
    to_proto::uri(&DocumentUri::from_path(root)?)
}

/// `opencode/input`.
#[derive(Debug)]
pub enum InputRequest {}

#[derive(Debug, Serialize, Deserialize)]
pub struct InputParams {
    pub title: String,
}

impl Request for InputRequest {
    type Params = InputParams;
    type Result = Option<String>;
    const METHOD: &'static str = "opencode/input";
}

/// `opencode/choose`.
#[derive(Debug)]
pub enum ChooseRequest {}

#[derive(Debug, Serialize, Deserialize)]
pub struct ChooseParams {
    title: String,
    items: Vec<ItemParams>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ItemParams {
    label: String,
    #[serde(skip_serializing_if = "String::is_empty", default)]
    detail: String,
}

impl ChooseParams {
    pub fn new(title: String, items: Vec<(String, String)>) -> Self {
        Self { title, items: items.into_iter().map(|(label, detail)| ItemParams { label, detail }).collect() }
    }
}

impl Request for ChooseRequest {
    type Params = ChooseParams;
    /// The chosen item, 0-based.
    type Result = Option<usize>;
    const METHOD: &'static str = "opencode/choose";
}

/// `opencode/status`.
#[derive(Debug)]
pub enum StatusNotification {}

#[derive(Debug, Serialize, Deserialize)]
pub struct StatusParams {
    folders: Vec<FolderParams>,
    pending: usize,
    questions: usize,
    files: usize,
    hunks: usize,
}

#[derive(Debug, Serialize, Deserialize)]
struct FolderParams {
    uri: Option<Uri>,
    name: String,
    connection: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<ServerParams>,
    busy: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<SessionParams>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    variant: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct SessionParams {
    id: String,
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<f64>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ServerParams {
    url: String,
    version: String,
}

impl Notification for StatusNotification {
    type Params = StatusParams;
    const METHOD: &'static str = "opencode/status";
}

impl From<Status> for StatusParams {
    fn from(status: Status) -> Self {
        let Status { folders, pending, questions, files, hunks } = status;
        Self { folders: folders.into_iter().map(FolderParams::from).collect(), pending, questions, files, hunks }
    }
}

impl From<FolderStatus> for FolderParams {
    fn from(folder: FolderStatus) -> Self {
        let name = folder.root.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let connection = match folder.connection {
            ConnectionStatus::Connecting => "connecting",
            ConnectionStatus::Connected => "connected",
            ConnectionStatus::Choosing => "choosing",
            ConnectionStatus::Lost => "lost",
            ConnectionStatus::Failed => "failed",
        };
        Self {
            uri: folder_uri(&folder.root),
            name,
            connection: connection.to_owned(),
            problem: folder.problem,
            server: folder.server.map(|(url, version)| ServerParams { url, version }),
            busy: folder.busy,
            tool: folder.tool,
            session: folder.session.map(|SessionStatus { id, title, link, cost }| SessionParams {
                cost,
                id: id.to_string(),
                title,
                link,
            }),
            agent: folder.agent,
            model: folder.model,
            variant: folder.variant,
        }
    }
}

/// `opencode/answer`.
#[derive(Debug)]
pub enum AnswerNotification {}

#[derive(Debug, Serialize, Deserialize)]
pub struct AnswerParams {
    folder: Option<Uri>,
    session: String,
    turn: u64,
    question: String,
    text: String,
    whole: bool,
    done: bool,
}

impl Notification for AnswerNotification {
    type Params = AnswerParams;
    const METHOD: &'static str = "opencode/answer";
}

impl From<AnswerPiece> for AnswerParams {
    fn from(piece: AnswerPiece) -> Self {
        let AnswerPiece { root, session, turn, question, text, whole, done } = piece;
        Self { folder: folder_uri(&root), session: session.to_string(), turn: turn.0, question, text, whole, done }
    }
}

/// `opencode/permissions`.
#[derive(Debug)]
pub enum PermissionsNotification {}

#[derive(Debug, Serialize, Deserialize)]
pub struct PermissionsParams {
    permissions: Vec<OpenParams>,
}

#[derive(Debug, Serialize, Deserialize)]
struct OpenParams {
    id: String,
    folder: Option<Uri>,
    session: String,
    kind: String,
    title: String,
    always: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri: Option<Uri>,
    unsaved: bool,
}

impl Notification for PermissionsNotification {
    type Params = PermissionsParams;
    const METHOD: &'static str = "opencode/permissions";
}

impl From<Vec<OpenPermission>> for PermissionsParams {
    fn from(open: Vec<OpenPermission>) -> Self {
        Self { permissions: open.into_iter().map(OpenParams::from).collect() }
    }
}

impl From<OpenPermission> for OpenParams {
    fn from(open: OpenPermission) -> Self {
        let OpenPermission { id, root, session, kind, title, always, uri, unsaved } = open;
        let (folder, uri) = (folder_uri(&root), uri.as_ref().and_then(to_proto::uri));
        Self { id: id.as_str().to_owned(), folder, session, kind, title, always, uri, unsaved }
    }
}

/// The parameters of `opencode/proposal`.
#[derive(Debug, Deserialize)]
pub struct PermissionParams {
    pub id: String,
}

#[derive(Debug, Serialize)]
pub struct ProposalResult {
    uri: Option<Uri>,
    before: Option<String>,
    after: Option<String>,
}

impl From<Proposal> for ProposalResult {
    fn from(proposal: Proposal) -> Self {
        let Proposal { uri, before, after } = proposal;
        Self { uri: to_proto::uri(&uri), before, after }
    }
}

/// The parameters of `opencode/hunks` and `opencode/baseline`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DocumentParams {
    pub text_document: TextDocumentIdentifier,
}

#[derive(Debug, Serialize)]
pub struct HunkResult {
    id: String,
    range: Range,
    removed: Vec<String>,
}

impl From<PluginHunk> for HunkResult {
    fn from(hunk: PluginHunk) -> Self {
        Self { id: hunk.id, range: to_proto::range(hunk.span), removed: hunk.removed }
    }
}

#[derive(Debug, Serialize)]
pub struct BaselineResult {
    pub text: Option<String>,
}
