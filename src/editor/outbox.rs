//! Performs the core's effects on the editor, in order; what waits for the editor is a task of its own.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tower_lsp_server::Client;
use tower_lsp_server::jsonrpc::ErrorCode;
use tower_lsp_server::ls_types::notification::{Progress, PublishDiagnostics};
use tower_lsp_server::ls_types::request::ApplyWorkspaceEdit;
use tower_lsp_server::ls_types::{
    ApplyWorkspaceEditParams, MessageActionItem, Position, ProgressParams, ProgressParamsValue, ProgressToken,
    PublishDiagnosticsParams, Range, ShowDocumentParams, WorkDoneProgress, WorkDoneProgressBegin, WorkDoneProgressEnd,
    WorkDoneProgressReport,
};

use super::capabilities::ClientFlags;
use super::direct::Direct;
use super::plugin::{
    AnswerNotification, ChooseParams, ChooseRequest, InputParams, InputRequest, PermissionsNotification,
    StatusNotification,
};
use super::to_proto;
use crate::bridge::write_own;
use crate::core::Event;
use crate::core::effect::{EditorEffect, Level, WorkspaceEdit};
use crate::core::event::{Applied, ChooseAnswer, DialogAnswer, EditorEvent, InputAnswer};
use crate::core::ids::{DocumentUri, DraftId, ProgressId};
use crate::queue::Latest;
use crate::text::Span;

/// A client that does not answer `workDoneProgress/create` gets no progress.
const CREATE_WITHIN: Duration = Duration::from_secs(10);
/// Progress tokens of turns, and of servers that start: these and a number.
const TURN: &str = "opencode-lsp/turn/";
const START: &str = "opencode-lsp/start/";
const STATUS: &str = "opencode-lsp/status";

fn token(id: ProgressId) -> String {
    match id {
        ProgressId::Turn(draft) => format!("{TURN}{}", draft.0),
        ProgressId::Start(folder) => format!("{START}{}", folder.0),
        ProgressId::Status => STATUS.to_owned(),
    }
}

/// The turn of a progress token.
pub fn turn_of(token: &str) -> Option<DraftId> {
    token.strip_prefix(TURN).and_then(|number| number.parse().ok()).map(DraftId)
}

pub struct Outbox {
    pub client: Client,
    pub direct: Direct,
    pub flags: ClientFlags,
    pub effects: Arc<Latest<EditorEffect>>,
    pub events: mpsc::Sender<Event>,
    progress: HashMap<ProgressId, watch::Sender<Step>>,
}

/// The newest state of a progress: reports in between may be skipped.
#[derive(Debug, Clone)]
enum Step {
    Report(String),
    End(String),
}

impl Outbox {
    pub fn new(
        client: Client,
        direct: Direct,
        flags: ClientFlags,
        effects: Arc<Latest<EditorEffect>>,
        events: mpsc::Sender<Event>,
    ) -> Self {
        Self { client, direct, flags, effects, events, progress: HashMap::new() }
    }

    /// Runs until the process ends.
    pub async fn run(mut self) {
        loop {
            let effect = self.effects.pop().await;
            self.perform(effect).await;
        }
    }

    async fn perform(&mut self, effect: EditorEffect) {
        match effect {
            EditorEffect::Publish { uri, version, diagnostics } => {
                let Some(uri) = to_proto::uri(&uri) else {
                    return;
                };
                let diagnostics = diagnostics.iter().map(|d| to_proto::diagnostic(d, self.flags)).collect();
                let params = PublishDiagnosticsParams { uri, diagnostics, version };
                self.direct.notify::<PublishDiagnostics>(params).await;
            }
            EditorEffect::Message { level, text } => {
                self.client.show_message(to_proto::message_type(level), text).await;
            }
            EditorEffect::Dialog { id, level, text, buttons } => {
                let (client, events) = (self.client.clone(), self.events.clone());
                let runs_backslashes = self.flags.runs_backslashes;
                tokio::spawn(async move {
                    let answer = ask(&client, level, text, buttons, runs_backslashes).await;
                    post(&events, EditorEvent::DialogAnswered { id, answer }).await;
                });
            }
            EditorEffect::BeginProgress { id, title, message } if self.flags.progress => {
                let (steps, watched) = watch::channel(Step::Report(message.clone()));
                self.progress.insert(id, steps);
                tokio::spawn(show_progress(self.client.clone(), id, title, message, watched));
            }
            EditorEffect::ReportProgress { id, message } => {
                if let Some(steps) = self.progress.get(&id) {
                    steps.send_replace(Step::Report(message));
                }
            }
            EditorEffect::EndProgress { id, message } => {
                if let Some(steps) = self.progress.remove(&id) {
                    steps.send_replace(Step::End(message));
                }
            }
            EditorEffect::BeginProgress { .. } => {}
            EditorEffect::Edit { job, edit } => {
                let (client, events) = (self.client.clone(), self.events.clone());
                tokio::spawn(async move {
                    let applied = apply(&client, edit).await;
                    post(&events, EditorEvent::EditApplied { job, applied }).await;
                });
            }
            EditorEffect::Go { uri, span } => {
                let (client, events) = (self.client.clone(), self.events.clone());
                tokio::spawn(async move {
                    if !go(&client, &uri, span).await {
                        post(&events, EditorEvent::NotGone { uri, line: span.start.line }).await;
                    }
                });
            }
            EditorEffect::Input { id, title } => {
                let (client, events) = (self.client.clone(), self.events.clone());
                tokio::spawn(async move {
                    let answer = input(&client, title).await;
                    post(&events, EditorEvent::InputAnswered { id, answer }).await;
                });
            }
            EditorEffect::Choose { id, title, items } => {
                let (client, events) = (self.client.clone(), self.events.clone());
                tokio::spawn(async move {
                    let answer = choose(&client, ChooseParams::new(title, items)).await;
                    post(&events, EditorEvent::MenuChosen { id, answer }).await;
                });
            }
            EditorEffect::Status(status) => self.direct.notify::<StatusNotification>(status.into()).await,
            EditorEffect::Answer(piece) => self.direct.notify::<AnswerNotification>(piece.into()).await,
            EditorEffect::Permissions(open) => self.direct.notify::<PermissionsNotification>(open.into()).await,
            EditorEffect::RefreshLenses if self.flags.refreshes_code_lenses => {
                let client = self.client.clone();
                tokio::spawn(async move {
                    if let Err(error) = client.code_lens_refresh().await {
                        tracing::info!(%error, "the client does not refresh its code lenses");
                    }
                });
            }
            EditorEffect::RefreshLenses => {}
            EditorEffect::Show { path, text, focus, line } => {
                let (client, events) = (self.client.clone(), self.events.clone());
                tokio::spawn(async move {
                    let shown = show(&client, &path, text, focus, line).await;
                    post(&events, EditorEvent::DocumentShown { path, shown }).await;
                });
            }
        }
    }
}

/// Nobody listens any more when the bridge ends.
async fn post(events: &mpsc::Sender<Event>, event: EditorEvent) {
    let _ = events.send(Event::Editor(event)).await;
}

async fn ask(
    client: &Client,
    level: Level,
    text: String,
    buttons: Vec<String>,
    runs_backslashes: bool,
) -> DialogAnswer {
    let shown = |text: &str| if runs_backslashes { text.replace('\\', "\u{29f5}") } else { text.to_owned() };
    let action = |button: &String| MessageActionItem { title: shown(button), properties: HashMap::new() };
    let actions = Some(buttons.iter().map(action).collect());
    match client.show_message_request(to_proto::message_type(level), shown(&text), actions).await {
        Ok(Some(chosen)) => {
            let button = buttons.into_iter().find(|button| shown(button) == chosen.title);
            DialogAnswer::Chosen(button.unwrap_or(chosen.title))
        }
        Ok(None) => DialogAnswer::Dismissed,
        // Helix 25.01 has no dialogs and says so only here.
        Err(error) if error.code == ErrorCode::MethodNotFound => DialogAnswer::Unsupported,
        Err(error) => {
            tracing::warn!(%error, "a dialog failed");
            DialogAnswer::Dismissed
        }
    }
}

async fn input(client: &Client, title: String) -> InputAnswer {
    match client.send_request::<InputRequest>(InputParams { title }).await {
        Ok(Some(text)) => InputAnswer::Text(text),
        Ok(None) => InputAnswer::GivenUp,
        Err(error) => {
            tracing::warn!(%error, "the client has no box for a question");
            InputAnswer::Unsupported
        }
    }
}

async fn choose(client: &Client, params: ChooseParams) -> ChooseAnswer {
    match client.send_request::<ChooseRequest>(params).await {
        Ok(Some(at)) => ChooseAnswer::Entry(at),
        Ok(None) => ChooseAnswer::GivenUp,
        Err(error) => {
            tracing::warn!(%error, "the client has no menus");
            ChooseAnswer::Unsupported
        }
    }
}

/// The label of an edit is for the client's undo history.
async fn apply(client: &Client, edit: WorkspaceEdit) -> Applied {
    let label = match &edit {
        WorkspaceEdit::Text { label, .. } => label.clone(),
        WorkspaceEdit::Delete { .. } | WorkspaceEdit::Rename { .. } => "Undo opencode's change".to_owned(),
    };
    let Some(edit) = to_proto::workspace_edit(edit) else {
        return Applied::No { reason: Some("the file's name cannot be sent".to_owned()) };
    };
    let params = ApplyWorkspaceEditParams { label: Some(label), edit };
    match client.send_request::<ApplyWorkspaceEdit>(params).await {
        Ok(answer) if answer.applied => Applied::Yes,
        Ok(answer) => Applied::No { reason: answer.failure_reason },
        Err(error) => Applied::No { reason: Some(error.message.into_owned()) },
    }
}

async fn go(client: &Client, uri: &DocumentUri, span: Span) -> bool {
    let Some(uri) = to_proto::uri(uri) else {
        return false;
    };
    let selection = Some(to_proto::range(span));
    let params = ShowDocumentParams { uri, external: Some(false), take_focus: Some(true), selection };
    client.show_document(params).await.unwrap_or(false)
}

/// Clients that can show documents do not all announce it (Helix 25.01), so it is always tried.
async fn show(client: &Client, path: &Path, text: Option<String>, focus: bool, line: Option<u32>) -> bool {
    if let Some(text) = text {
        let file: PathBuf = path.to_path_buf();
        if let Err(error) = tokio::task::spawn_blocking(move || write_own(&file, &text)).await {
            tracing::error!(%error, "an own file could not be written");
        }
    }
    let Some(uri) = DocumentUri::from_path(path).and_then(|uri| to_proto::uri(&uri)) else {
        return false;
    };
    let at = line.map(|line| Position { line, character: 0 });
    let selection = at.map(|at| Range { start: at, end: at });
    let params = ShowDocumentParams { uri, external: Some(false), take_focus: Some(focus), selection };
    match client.show_document(params).await {
        Ok(shown) => shown,
        Err(error) => {
            tracing::info!(%error, "the client cannot show documents");
            false
        }
    }
}

async fn show_progress(
    client: Client,
    id: ProgressId,
    title: String,
    message: String,
    mut steps: watch::Receiver<Step>,
) {
    let token = ProgressToken::String(token(id));
    let created = tokio::time::timeout(CREATE_WITHIN, client.create_work_done_progress(token.clone())).await;
    if !matches!(created, Ok(Ok(()))) {
        tracing::info!("the client shows no progress");
        return;
    }
    let send = async |step| {
        let value = ProgressParamsValue::WorkDone(step);
        client.send_notification::<Progress>(ProgressParams { token: token.clone(), value }).await;
    };
    let begun = message.clone();
    let cancellable = Some(matches!(id, ProgressId::Turn(_)));
    let begin = WorkDoneProgressBegin { title, cancellable, message: Some(message), percentage: None };
    send(WorkDoneProgress::Begin(begin)).await;
    steps.mark_changed();
    let mut last = begun;
    while steps.changed().await.is_ok() {
        let step = steps.borrow_and_update().clone();
        match step {
            Step::Report(message) if message != last => {
                last.clone_from(&message);
                let report = WorkDoneProgressReport { message: Some(message), ..WorkDoneProgressReport::default() };
                send(WorkDoneProgress::Report(report)).await;
            }
            Step::Report(_) => {}
            Step::End(message) => {
                send(WorkDoneProgress::End(WorkDoneProgressEnd { message: Some(message) })).await;
                return;
            }
        }
    }
}
