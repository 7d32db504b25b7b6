//! What the editor says, handed to the bridge in order.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::json;
use tokio::sync::oneshot;
use tower_lsp_server::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp_server::ls_types::{
    CodeActionParams, CodeActionResponse, CodeLens, CodeLensParams, CompletionParams, CompletionResponse,
    DidChangeConfigurationParams, DidChangeTextDocumentParams, DidChangeWorkspaceFoldersParams,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, DidSaveTextDocumentParams, DocumentLink, DocumentLinkParams,
    DocumentSymbolParams, DocumentSymbolResponse, ExecuteCommandParams, FoldingRange, FoldingRangeParams,
    GotoDefinitionParams, GotoDefinitionResponse, Hover, HoverParams, InitializeParams, InitializeResult,
    InitializedParams, LSPAny, ProgressToken, Registration, ServerInfo, TextDocumentSaveReason, Uri,
    WillSaveTextDocumentParams, WorkDoneProgressCancelParams,
};
use tower_lsp_server::{Client, ClientSocket, LanguageServer, LspService};

use super::capabilities::{ClientFlags, server_capabilities};
use super::direct::Direct;
use super::outbox::{Outbox, turn_of};
use super::plugin::{BaselineResult, DocumentParams, HunkResult, PermissionParams, ProposalResult};
use super::workspace::Workspace;
use super::{commands, completion, from_proto, hover, own_documents, plugin, posting, registrations, to_proto};
use crate::bridge::{self, Inlets};
use crate::config::Overrides;
use crate::core::Event;
use crate::core::command::{CommandError, Outcome};
use crate::core::effect::EditorEffect;
use crate::core::event::{EditorEvent, LastWords};
use crate::core::state::Setup;
use crate::core::transcripts::OwnText;
use crate::lifecycle::{Ender, watch_parent};
use crate::links::ConnectionTasks;
use crate::queue::Latest;
use crate::reviews::Shelves;
use crate::socket::Sockets;

/// A client that announces settings and does not tell them must not keep the bridge from starting.
const SETTINGS_WITHIN: Duration = Duration::from_secs(5);

/// The end waits for a busy bridge at most this long.
const LAST_LOOK: Duration = Duration::from_secs(1);

/// The editor's side of the bridge. Nothing is started before `initialize`.
pub struct Backend {
    client: Client,
    overrides: Overrides,
    ender: Ender,
    connections: ConnectionTasks,
    /// Set by `shutdown`; decides the exit code.
    shut_down: Arc<AtomicBool>,
    /// Taken by the outbox.
    direct: Mutex<Option<Direct>>,
    running: Arc<OnceLock<Running>>,
}

/// What is to be written down before the process ends, however it ends.
#[derive(Clone, Default)]
pub struct LastWill(Arc<OnceLock<Running>>);

impl LastWill {
    /// Writes down what only the bridge holds: unsent questions, and reviews. A second time there is nothing left.
    pub async fn write(&self) {
        // Before `initialize` there is no bridge and nothing to keep.
        let Some(running) = self.0.get() else {
            return;
        };
        running.sockets.end();
        let (reply, last_words) = oneshot::channel();
        let asked = async {
            posting::post(&running.inlets.editor, Event::Editor(EditorEvent::Leaving { reply })).await;
            last_words.await
        };
        let last_words = tokio::time::timeout(LAST_LOOK, asked).await;
        let LastWords { questions, reviews } = last_words.ok().and_then(|answer| answer.ok()).unwrap_or_default();
        for (path, text) in questions {
            bridge::write_own(&path, &text);
        }
        for review in &reviews {
            running.shelves.keep(review);
        }
    }
}

struct Running {
    inlets: Inlets,
    flags: ClientFlags,
    effects: Arc<Latest<EditorEffect>>,
    workspace: Workspace,
    shelves: Arc<Shelves>,
    sockets: Sockets,
}

impl Running {
    /// A shell reaches the bridge in the folders that there are now.
    fn listen(&self) {
        self.sockets.are(&self.workspace.paths(), &self.inlets.others);
    }
}

impl Backend {
    pub fn service(
        overrides: Overrides,
        ender: Ender,
        connections: ConnectionTasks,
        shut_down: Arc<AtomicBool>,
        direct: Direct,
        last_will: &LastWill,
    ) -> (LspService<Self>, ClientSocket) {
        let start = |client| Self {
            client,
            overrides,
            ender,
            connections,
            shut_down,
            direct: Mutex::new(Some(direct)),
            running: Arc::clone(&last_will.0),
        };
        LspService::build(start)
            .custom_method("window/workDoneProgress/cancel", Self::cancel_progress)
            .custom_method(plugin::HUNKS, Self::hunks)
            .custom_method(plugin::BASELINE, Self::baseline)
            .custom_method(plugin::PROPOSAL, Self::proposal)
            .finish()
    }

    /// Not before `initialized`: only then may the editor be sent anything.
    fn open_outbox(&self) {
        let direct = self.direct.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let (Some(running), Some(direct)) = (self.running.get(), direct) {
            let (effects, events) = (Arc::clone(&running.effects), running.inlets.editor.clone());
            tokio::spawn(Outbox::new(self.client.clone(), direct, running.flags, effects, events).run());
        }
    }

    async fn post(&self, event: EditorEvent) {
        if let Some(running) = self.running.get() {
            posting::post(&running.inlets.editor, Event::Editor(event)).await;
        }
    }

    async fn hunks(&self, params: DocumentParams) -> Result<Vec<HunkResult>> {
        let (reply, answer) = oneshot::channel();
        self.post(EditorEvent::Hunks { uri: from_proto::uri(&params.text_document.uri), reply }).await;
        let hunks = answer.await.map_err(|_| Error::internal_error())?;
        Ok(hunks.into_iter().map(HunkResult::from).collect())
    }

    async fn baseline(&self, params: DocumentParams) -> Result<Option<BaselineResult>> {
        let (reply, answer) = oneshot::channel();
        self.post(EditorEvent::Baseline { uri: from_proto::uri(&params.text_document.uri), reply }).await;
        let baseline = answer.await.map_err(|_| Error::internal_error())?;
        Ok(baseline.map(|text| BaselineResult { text }))
    }

    async fn proposal(&self, params: PermissionParams) -> Result<Vec<ProposalResult>> {
        let (reply, answer) = oneshot::channel();
        self.post(EditorEvent::Proposal { id: params.id.into(), reply }).await;
        let proposal = answer.await.map_err(|_| Error::internal_error())?;
        Ok(proposal.into_iter().map(ProposalResult::from).collect())
    }

    /// A transcript as the editor has it; none for all other documents.
    async fn transcript(&self, uri: &Uri) -> Result<Option<OwnText>> {
        let (reply, answer) = oneshot::channel();
        self.post(EditorEvent::Transcript { uri: from_proto::uri(uri), reply }).await;
        answer.await.map_err(|_| Error::internal_error())
    }

    fn flags(&self) -> ClientFlags {
        self.running.get().map(|running| running.flags).unwrap_or_default()
    }

    /// What is for the bridge's own documents only, where the client registers it.
    async fn register_own(&self) {
        let wanted = registrations::registrations(self.flags());
        if wanted.is_empty() {
            return;
        }
        if let Err(error) = self.client.register_capability(wanted).await {
            tracing::info!(%error, "the client registers nothing for the bridge's own documents");
        }
    }

    async fn cancel_progress(&self, params: WorkDoneProgressCancelParams) {
        let ProgressToken::String(token) = params.token else {
            return;
        };
        if let Some(id) = turn_of(&token) {
            self.post(EditorEvent::CancelProgress { id }).await;
        }
    }

    /// Tells the bridge the settings and the folders as they are known now.
    async fn configure(&self) {
        if let Some(running) = self.running.get() {
            self.post(running.workspace.configured()).await;
            running.listen();
        }
    }

    /// Asks the client for its settings, where it can be asked. Without an answer they are what they were.
    async fn ask_configuration(&self) {
        let Some(running) = self.running.get().filter(|running| running.flags.configuration) else {
            return;
        };
        let (items, asked) = running.workspace.ask();
        match tokio::time::timeout(SETTINGS_WITHIN, self.client.configuration(items)).await {
            Ok(Ok(sections)) => running.workspace.answered(asked, sections),
            Ok(Err(error)) => tracing::warn!(%error, "the client does not tell its settings"),
            Err(_) => tracing::warn!("the client does not answer when asked for its settings"),
        }
    }

    async fn watch_configuration(&self) {
        let registration = Registration {
            id: "opencode-configuration".to_owned(),
            method: "workspace/didChangeConfiguration".to_owned(),
            register_options: Some(json!({ "section": "opencode" })),
        };
        if let Err(error) = self.client.register_capability(vec![registration]).await {
            tracing::info!(%error, "the client does not tell of changed settings");
        }
    }
}

/// Tells this run's files from all others': process ids recur, and are all alike in containers.
pub fn run_id() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{:x}-{:x}", now.as_millis(), std::process::id())
}

impl LanguageServer for Backend {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        let flags = ClientFlags::of(&params);
        if let Some(pid) = params.process_id {
            watch_parent(pid, self.ender.clone());
        }
        let workspace = Workspace::new(&params, self.overrides.clone());
        let setup = Setup {
            folders: workspace.paths(),
            encoding: flags.encoding,
            run: run_id(),
            client_files: flags.files,
            plugin: flags.plugin,
        };
        let effects = Arc::new(Latest::default());
        let shelves = Arc::new(Shelves::default());
        let inlets = bridge::start(setup, Arc::clone(&effects), self.connections.clone(), Arc::clone(&shelves));
        let running = Running { inlets, flags, effects, workspace, shelves, sockets: Sockets::default() };
        running.listen();
        if self.running.set(running).is_err() {
            return Err(Error::invalid_request());
        }
        Ok(InitializeResult {
            capabilities: server_capabilities(flags),
            server_info: Some(ServerInfo {
                name: env!("CARGO_PKG_NAME").to_owned(),
                version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            }),
            ..InitializeResult::default()
        })
    }

    async fn initialized(&self, _: InitializedParams) {
        self.open_outbox();
        let flags = self.flags();
        self.ask_configuration().await;
        self.configure().await;
        if flags.registers_configuration {
            self.watch_configuration().await;
        }
        self.register_own().await;
    }

    async fn did_change_configuration(&self, params: DidChangeConfigurationParams) {
        let Some(running) = self.running.get() else {
            return;
        };
        if !running.flags.configuration {
            running.workspace.sent(params.settings);
        }
        self.ask_configuration().await;
        self.configure().await;
    }

    async fn did_change_workspace_folders(&self, params: DidChangeWorkspaceFoldersParams) {
        if let Some(running) = self.running.get() {
            running.workspace.change(params.event);
            self.ask_configuration().await;
            self.configure().await;
        }
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        let document = params.text_document;
        self.post(EditorEvent::Opened {
            uri: from_proto::uri(&document.uri),
            language: document.language_id,
            version: document.version,
            text: document.text,
        })
        .await;
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        self.post(EditorEvent::Changed {
            uri: from_proto::uri(&params.text_document.uri),
            version: params.text_document.version,
            edits: from_proto::edits(params.content_changes),
        })
        .await;
    }

    async fn will_save(&self, params: WillSaveTextDocumentParams) {
        let by_hand = params.reason == TextDocumentSaveReason::MANUAL;
        self.post(EditorEvent::Saving { uri: from_proto::uri(&params.text_document.uri), by_hand }).await;
    }

    async fn did_save(&self, params: DidSaveTextDocumentParams) {
        self.post(EditorEvent::Saved { uri: from_proto::uri(&params.text_document.uri) }).await;
    }

    async fn did_close(&self, params: DidCloseTextDocumentParams) {
        self.post(EditorEvent::Closed { uri: from_proto::uri(&params.text_document.uri) }).await;
    }

    async fn code_action(&self, params: CodeActionParams) -> Result<Option<CodeActionResponse>> {
        let flags = self.flags();
        let (reply, answer) = oneshot::channel();
        self.post(EditorEvent::CodeActions { query: from_proto::action_query(&params), reply }).await;
        let actions = answer.await.map_err(|_| Error::internal_error())?;
        let given = &params.context.diagnostics;
        Ok(Some(actions.into_iter().map(|action| to_proto::code_action(action, given, flags)).collect()))
    }

    async fn code_lens(&self, params: CodeLensParams) -> Result<Option<Vec<CodeLens>>> {
        let (reply, answer) = oneshot::channel();
        self.post(EditorEvent::CodeLenses { uri: from_proto::uri(&params.text_document.uri), reply }).await;
        let lenses = answer.await.map_err(|_| Error::internal_error())?;
        Ok(Some(lenses.into_iter().map(to_proto::code_lens).collect()))
    }

    async fn completion(&self, params: CompletionParams) -> Result<Option<CompletionResponse>> {
        let (uri, point) = from_proto::position_params(&params.text_document_position);
        let (reply, answer) = oneshot::channel();
        self.post(EditorEvent::Complete { uri, point, reply }).await;
        // One that was given up for a newer one has no answer.
        Ok(answer.await.ok().flatten().map(completion::response))
    }

    async fn hover(&self, params: HoverParams) -> Result<Option<Hover>> {
        let (uri, point) = from_proto::position_params(&params.text_document_position_params);
        let (reply, answer) = oneshot::channel();
        self.post(EditorEvent::Hover { uri, point, reply }).await;
        Ok(answer.await.ok().flatten().map(hover::hover))
    }

    async fn document_link(&self, params: DocumentLinkParams) -> Result<Option<Vec<DocumentLink>>> {
        let uri = &params.text_document.uri;
        let (reply, answer) = oneshot::channel();
        self.post(EditorEvent::Links { uri: from_proto::uri(uri), reply }).await;
        if let Some(links) = answer.await.ok().flatten() {
            return Ok(Some(links.iter().filter_map(completion::link).collect()));
        }
        let own = self.transcript(uri).await?;
        Ok(own.map(|own| own_documents::links(&own, self.flags().encoding)))
    }

    async fn goto_definition(&self, params: GotoDefinitionParams) -> Result<Option<GotoDefinitionResponse>> {
        let place = params.text_document_position_params;
        let own = self.transcript(&place.text_document.uri).await?;
        Ok(own.and_then(|own| own_documents::definition(&own, place.position, self.flags().encoding)))
    }

    async fn document_symbol(&self, params: DocumentSymbolParams) -> Result<Option<DocumentSymbolResponse>> {
        let uri = &params.text_document.uri;
        let own = self.transcript(uri).await?;
        Ok(own.map(|own| own_documents::symbols(&own, uri, self.flags())))
    }

    async fn folding_range(&self, params: FoldingRangeParams) -> Result<Option<Vec<FoldingRange>>> {
        let own = self.transcript(&params.text_document.uri).await?;
        Ok(own.map(|own| own_documents::folds(&own)))
    }

    async fn execute_command(&self, params: ExecuteCommandParams) -> Result<Option<LSPAny>> {
        let command = commands::from_json(&params.command, params.arguments)
            .map_err(|refused| Error::invalid_params(refused.to_string()))?;
        let (reply, answer) = oneshot::channel();
        self.post(EditorEvent::Execute { command, reply }).await;
        match answer.await.map_err(|_| Error::internal_error())? {
            Ok(Outcome::Done) => Ok(None),
            Ok(Outcome::Document(uri)) => Ok(Some(json!({ "uri": uri.as_str() }))),
            Err(error) => Err(refusal(&error)),
        }
    }

    async fn shutdown(&self) -> Result<()> {
        self.shut_down.store(true, Ordering::Release);
        LastWill(Arc::clone(&self.running)).write().await;
        Ok(())
    }
}

/// `RequestFailed` (LSP 3.17): the call was right and could not be carried out.
const REQUEST_FAILED: i64 = -32803;

fn refusal(error: &CommandError) -> Error {
    Error { code: ErrorCode::ServerError(REQUEST_FAILED), message: error.to_string().into(), data: None }
}
