//! What an editor's plugin is told and asked beside LSP: `docs/protocol.md`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::changes::InEditor;
use super::connection::Connection;
use super::effect::{EditorEffect, Effect, Timer};
use super::ids::{DocumentUri, DraftId, FolderId, InputId, SessionId};
use super::state::State;
use super::writing::Writing;
use crate::review::{Baseline, Content};
use crate::text::{Point, Span};

/// The status is told this often at most.
const STATUS_EVERY: Duration = Duration::from_millis(100);

/// What the client's plugin can do (`capabilities.experimental.opencode`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PluginFlags {
    /// It has a box for a line of text.
    pub input: bool,
    /// It has a menu with a search.
    pub choose: bool,
    pub status: bool,
    pub answer: bool,
    /// It asks for permissions by its own means.
    pub permissions: bool,
}

/// What there is to know at a glance.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Status {
    pub folders: Vec<FolderStatus>,
    /// Permission requests that wait for the user.
    pub pending: usize,
    /// Questions of opencode's that wait for the user.
    pub questions: usize,
    /// Files with changes that are not reviewed.
    pub files: usize,
    pub hunks: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub struct FolderStatus {
    pub root: PathBuf,
    pub connection: ConnectionStatus,
    /// Why it is not connected, for people.
    pub problem: Option<String>,
    /// Address and version.
    pub server: Option<(String, String)>,
    pub busy: bool,
    /// What that session is at: a tool, and what it works on.
    pub tool: Option<String>,
    /// The one that questions go to.
    pub session: Option<SessionStatus>,
    /// What is chosen for it; none where it is opencode's to choose.
    pub agent: Option<String>,
    pub model: Option<String>,
    pub variant: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct SessionStatus {
    pub id: SessionId,
    pub title: String,
    /// Where it can be read by others, if it is shared.
    pub link: Option<String>,
    /// In dollars, as opencode reckons it; none where nothing is known of it.
    pub cost: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionStatus {
    Connecting,
    Connected,
    Choosing,
    Lost,
    Failed,
}

/// A piece of an answer as it comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerPiece {
    pub root: PathBuf,
    pub session: SessionId,
    pub turn: DraftId,
    pub question: String,
    /// What is new since the last piece; all of it with `whole`.
    pub text: String,
    pub whole: bool,
    pub done: bool,
}

/// A hunk with what stood there before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginHunk {
    /// As in the `data` of its diagnostic.
    pub id: String,
    /// Whole lines, in the client's position encoding; empty where lines are only missing.
    pub span: Span,
    /// Lines without their breaks.
    pub removed: Vec<String>,
}

#[derive(Debug, Default)]
pub(super) struct Plugin {
    flags: PluginFlags,
    status: Status,
    status_due: bool,
    /// What the user is writing in the plugin's box.
    inputs: BTreeMap<InputId, Writing>,
    last_input: u64,
    /// What was told of each answer.
    told: BTreeMap<DraftId, String>,
}

impl Plugin {
    pub(super) fn new(flags: PluginFlags) -> Self {
        Self { flags, ..Self::default() }
    }

    pub(super) fn asks_permissions(&self) -> bool {
        self.flags.permissions
    }

    pub(super) fn shows_status(&self) -> bool {
        self.flags.status
    }

    pub(super) fn has_menus(&self) -> bool {
        self.flags.choose
    }

    /// It announced menus and does not know them.
    pub(super) fn forget_menus(&mut self) {
        self.flags.choose = false;
    }

    pub(super) fn has_input(&self) -> bool {
        self.flags.input
    }

    pub(super) fn forget_input(&mut self) {
        self.flags.input = false;
    }

    /// A text is asked for in its box.
    pub(super) fn input(&mut self, writing: Writing) -> InputId {
        self.last_input += 1;
        let id = InputId(self.last_input);
        self.inputs.insert(id, writing);
        id
    }

    pub(super) fn take_input(&mut self, id: InputId) -> Option<Writing> {
        self.inputs.remove(&id)
    }
}

impl State {
    /// Anything may have changed the status; it is looked at soon.
    pub(super) fn status_soon(&mut self) {
        let wanted = self.plugin.flags.status || self.status_progress.is_wanted(&self.settings);
        if wanted && !std::mem::replace(&mut self.plugin.status_due, true) {
            self.effect(Effect::After(STATUS_EVERY, Timer::Status));
        }
    }

    pub(super) fn tell_status(&mut self) {
        self.plugin.status_due = false;
        let status = self.status();
        self.show_status_progress(&status);
        if self.plugin.flags.status && self.plugin.status != status {
            self.plugin.status = status.clone();
            self.editor(EditorEffect::Status(status));
        }
    }

    fn status(&self) -> Status {
        let shown = || self.changes.iter().filter(|(_, changed)| changed.is_shown());
        Status {
            folders: self.folders.iter().map(|(id, _)| self.folder_status(id)).collect(),
            pending: self.permissions.open().count(),
            questions: self.questions.waiting(),
            files: shown().count(),
            hunks: shown().map(|(_, changed)| changed.review.hunks().len().max(1)).sum(),
        }
    }

    fn folder_status(&self, id: FolderId) -> FolderStatus {
        let connection = self.folders.connection(id);
        let (status, server) = match connection {
            Connection::Idle | Connection::Connecting => (ConnectionStatus::Connecting, None),
            Connection::Connected(server) => {
                (ConnectionStatus::Connected, Some((server.url.clone(), server.version.clone())))
            }
            Connection::Choosing { .. } => (ConnectionStatus::Choosing, None),
            Connection::Lost { .. } => (ConnectionStatus::Lost, None),
            Connection::Failed { .. } => (ConnectionStatus::Failed, None),
        };
        let choice = self.choice_of(id);
        let session = self.folders.get(id).and_then(|folder| folder.session.clone());
        FolderStatus {
            session: session.map(|session| self.session_status_of(session)),
            agent: choice.agent,
            model: choice.model.map(|model| model.to_string()),
            variant: choice.variant,
            root: self.folders.get(id).map(|folder| folder.paths.root.clone()).unwrap_or_default(),
            connection: status,
            problem: Some(connection.problem()).filter(|_| status != ConnectionStatus::Connected),
            server,
            busy: self.busy_in(id).next().is_some(),
            tool: self.tool_in(id),
        }
    }

    /// The sessions at work of a folder's opencode.
    fn busy_in(&self, id: FolderId) -> impl Iterator<Item = &SessionId> {
        let carrier = self.folders.carrier(id);
        self.busy.iter().filter(move |session| self.is_on(carrier, session))
    }

    /// What is worked with: in the session that questions go to, else in the oldest.
    fn tool_in(&self, id: FolderId) -> Option<String> {
        let own = self.folders.get(id).and_then(|folder| folder.session.as_ref());
        let is_others = |session: &SessionId| Some(&self.root_of(session)) != own;
        let with_tool =
            self.busy_in(id).filter_map(|session| Some((session, self.sessions.get(session)?.tool.as_ref()?)));
        let (_, tool) = with_tool.min_by_key(|(session, _)| (is_others(session), (*session).clone()))?;
        Some(tool.clone())
    }

    fn session_status_of(&self, session: SessionId) -> SessionStatus {
        let info = self.sessions.get(&session);
        SessionStatus {
            title: info.map(|info| info.title.clone()).unwrap_or_default(),
            link: info.and_then(|info| info.link.clone()),
            cost: self.transcripts.cost_of(&session),
            id: session,
        }
    }

    /// The answers that have grown since they were last told.
    pub(super) fn tell_answers(&mut self) {
        if !self.plugin.flags.answer {
            return;
        }
        let accepted = self.turns.running.iter().filter(|(_, turn)| turn.prompt().is_some());
        let texts: Vec<(DraftId, String)> = accepted.map(|(draft, turn)| (*draft, turn.text())).collect();
        for (draft, text) in texts {
            if self.plugin.told.get(&draft) != Some(&text) {
                self.tell_answer_piece(draft, text, false);
            }
        }
    }

    /// A turn that is still known ends with this text.
    pub(super) fn tell_last_piece(&mut self, draft: DraftId, text: &str) {
        if self.plugin.flags.answer {
            self.tell_answer_piece(draft, text.to_owned(), true);
            self.plugin.told.remove(&draft);
        }
    }

    fn tell_answer_piece(&mut self, draft: DraftId, text: String, done: bool) {
        let Some((turn, session)) =
            self.turns.running.get(&draft).and_then(|turn| Some((turn, turn.session()?.clone())))
        else {
            return;
        };
        let told = self.plugin.told.get(&draft).map_or("", String::as_str);
        let new = text.strip_prefix(told);
        let piece = AnswerPiece {
            root: self.folders.get(turn.folder).map(|folder| folder.paths.root.clone()).unwrap_or_default(),
            session,
            turn: draft,
            question: turn.question().to_owned(),
            text: new.unwrap_or(&text).to_owned(),
            whole: new.is_none(),
            done,
        };
        self.plugin.told.insert(draft, text);
        self.editor(EditorEffect::Answer(piece));
    }

    /// The hunks of a file as the editor shows it; none where it shows another text.
    pub(super) fn plugin_hunks(&self, uri: &DocumentUri) -> Vec<PluginHunk> {
        let Some((path, changed)) = uri.to_path().and_then(|path| Some((path.clone(), self.changes.get(&path)?)))
        else {
            return Vec::new();
        };
        if !changed.is_shown() || !matches!(changed.in_editor, InEditor::Same | InEditor::Closed) {
            return Vec::new();
        }
        let hunk = |index: usize| {
            let lines = self.hunk_lines(&path, changed, index);
            let at = |line| Point { line, character: 0 };
            let removed = changed.review.old_text(index).lines().map(str::to_owned).collect();
            let span = Span { start: at(lines.start), end: at(lines.end) };
            PluginHunk { id: changed.id(Some(index)), span, removed }
        };
        (0..changed.review.hunks().len()).map(hunk).collect()
    }

    /// The text that a file under review had before: none where that is not known; none in it where there was no file.
    pub(super) fn plugin_baseline(&self, uri: &DocumentUri) -> Option<Option<String>> {
        let changed = self.changes.get(&uri.to_path()?)?;
        match changed.review.baseline() {
            Baseline::Known(Content::Text(text)) => Some(Some(text.to_string())),
            Baseline::Known(Content::Absent) => Some(None),
            Baseline::Known(_) | Baseline::Unknown => None,
        }
    }
}
