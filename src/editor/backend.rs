//! What the editor says, handed to the bridge in order.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tokio::sync::oneshot;
use tower_lsp_server::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp_server::ls_types::{
    CodeActionParams, CodeActionResponse, CodeLens, CodeLensParams, ConfigurationItem, DidChangeConfigurationParams,
    DidChangeTextDocumentParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams, DidSaveTextDocumentParams,
    ExecuteCommandParams, InitializeParams, InitializeResult, InitializedParams, LSPAny, ProgressToken, Registration,
    ServerInfo, TextDocumentSaveReason, WillSaveTextDocumentParams, WorkDoneProgressCancelParams,
};
use tower_lsp_server::{Client, ClientSocket, LanguageServer, LspService};

use super::capabilities::{ClientFlags, server_capabilities};
use super::direct::Direct;
use super::outbox::{Outbox, TOKEN};
use super::{commands, from_proto, posting, to_proto};
use crate::bridge::{self, ConnectionTask, Inlets};
use crate::config::{Overrides, Settings};
use crate::core::command::{CommandError, Outcome};
use crate::core::effect::EditorEffect;
use crate::core::event::{EditorEvent, LastWords};
use crate::core::ids::ProgressId;
use crate::core::state::Setup;
use crate::core::{Event, State};
use crate::files;
use crate::lifecycle::{Ender, watch_parent};
use crate::queue::Latest;
use crate::reviews::Reviews;

/// A client that announces settings and does not tell them must not keep the bridge from starting.
const SETTINGS_WITHIN: Duration = Duration::from_secs(5);

/// The end waits for a busy bridge at most this long.
const LAST_LOOK: Duration = Duration::from_secs(1);

/// The editor's side of the bridge. Nothing is started before `initialize`.
pub struct Backend {
    client: Client,
    overrides: Overrides,
    ender: Ender,
    connection: ConnectionTask,
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
        for (path, review) in reviews {
            running.reviews.keep(&path, review.as_deref());
        }
    }
}

struct Running {
    inlets: Inlets,
    flags: ClientFlags,
    effects: Arc<Latest<EditorEffect>>,
    /// `initializationOptions`, which later settings are laid over.
    options: Value,
    reviews: Arc<Reviews>,
    /// The section as it was told last: a client that fails to answer has not changed it.
    section: Mutex<Option<Value>>,
}

impl Backend {
    pub fn service(
        overrides: Overrides,
        ender: Ender,
        connection: ConnectionTask,
        shut_down: Arc<AtomicBool>,
        direct: Direct,
        last_will: &LastWill,
    ) -> (LspService<Self>, ClientSocket) {
        let start = |client| Self {
            client,
            overrides,
            ender,
            connection,
            shut_down,
            direct: Mutex::new(Some(direct)),
            running: Arc::clone(&last_will.0),
        };
        LspService::build(start).custom_method("window/workDoneProgress/cancel", Self::cancel_progress).finish()
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

    async fn cancel_progress(&self, params: WorkDoneProgressCancelParams) {
        let ProgressToken::String(token) = params.token else {
            return;
        };
        if let Some(id) = token.strip_prefix(TOKEN).and_then(|number| number.parse().ok()) {
            self.post(EditorEvent::CancelProgress { id: ProgressId(id) }).await;
        }
    }

    /// Lays the layers of settings over each other and tells the bridge.
    async fn configure(&self, section: Option<Value>) {
        let Some(running) = self.running.get() else {
            return;
        };
        let section = {
            let mut last = running.section.lock().unwrap_or_else(PoisonError::into_inner);
            if section.is_some() {
                *last = section;
            }
            last.clone()
        };
        let (settings, warnings) = merge(&self.overrides, &running.options, section.as_ref());
        self.post(EditorEvent::Configured { settings: Box::new(settings), warnings }).await;
    }

    /// Asks the client for the `opencode` section; none where it has no answer.
    async fn ask_configuration(&self) -> Option<Value> {
        let item = ConfigurationItem { scope_uri: None, section: Some("opencode".to_owned()) };
        match tokio::time::timeout(SETTINGS_WITHIN, self.client.configuration(vec![item])).await {
            Ok(Ok(sections)) => sections.into_iter().next(),
            Ok(Err(error)) => {
                tracing::warn!(%error, "the client does not tell its settings");
                None
            }
            Err(_) => {
                tracing::warn!("the client does not answer when asked for its settings");
                None
            }
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

fn merge(overrides: &Overrides, options: &Value, section: Option<&Value>) -> (Settings, Vec<String>) {
    let mut settings = overrides.base();
    let mut warnings: Vec<String> = settings.merge(options).iter().map(ToString::to_string).collect();
    if let Some(section) = section {
        warnings.extend(settings.merge(section).iter().map(ToString::to_string));
    }
    warnings.dedup();
    overrides.apply(&mut settings);
    (settings, warnings)
}

/// Tells this run's files from all others': process ids recur, and are all alike in containers.
fn run_id() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{:x}-{:x}", now.as_millis(), std::process::id())
}

/// The project's folder: the first workspace folder, else the root, else where the process runs.
fn root(params: &InitializeParams) -> PathBuf {
    #[expect(deprecated, reason = "older clients name their root only there")]
    let uris = params.workspace_folders.iter().flatten().map(|folder| &folder.uri).chain(params.root_uri.as_ref());
    let path = uris.map(from_proto::uri).find_map(|uri| uri.to_path());
    #[expect(deprecated, reason = "the oldest clients name their root only there")]
    let path = path.or_else(|| params.root_path.as_ref().map(PathBuf::from));
    path.filter(|path| path.is_absolute()).or_else(|| std::env::current_dir().ok()).unwrap_or_default()
}

impl LanguageServer for Backend {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        let flags = ClientFlags::of(&params);
        let root = root(&params);
        if let Some(pid) = params.process_id {
            watch_parent(pid, self.ender.clone());
        }
        let run = run_id();
        let own = files::own_folder(&root);
        let reviews = Arc::new(Reviews::new(&own));
        let setup =
            Setup { root: root.clone(), own: own.clone(), encoding: flags.encoding, run, client_files: flags.files };
        let effects = Arc::new(Latest::default());
        let inlets = bridge::start(
            State::new(setup),
            root,
            own,
            Arc::clone(&effects),
            self.connection.clone(),
            Arc::clone(&reviews),
        );
        let options = params.initialization_options.unwrap_or_default();
        if self.running.set(Running { inlets, flags, effects, options, reviews, section: Mutex::new(None) }).is_err() {
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
        let flags = self.running.get().map(|running| running.flags).unwrap_or_default();
        let section = if flags.configuration { self.ask_configuration().await } else { None };
        self.configure(section).await;
        if flags.registers_configuration {
            self.watch_configuration().await;
        }
    }

    async fn did_change_configuration(&self, params: DidChangeConfigurationParams) {
        let pulls = self.running.get().is_some_and(|running| running.flags.configuration);
        let section = if pulls { self.ask_configuration().await } else { Some(params.settings) };
        self.configure(section).await;
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
        let flags = self.running.get().map(|running| running.flags).unwrap_or_default();
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
