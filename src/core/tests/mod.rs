//! The core alone: events in, effects out, a disk in memory.

mod ai_comments;
mod asked;
mod attacks;
mod changes;
mod contexts;
mod folders;
mod line_feeds;
mod menus;
mod permissions;
mod plugins;
mod prompt_documents;
mod prompts;
mod questions;
mod races;
mod review;
mod servers;
mod sessions;
mod storms;
mod transcripts;
mod turns;

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};

use super::changes::KeptReview;
use super::effect::{Diagnostic, EditorEffect, Effect, FileChange, ReviewToKeep, ServerCall, Timer};
use super::event::{ConnectionEvent, EditorEvent, FileRefusal, ServerInfo, ServerReply};
use super::folders::{FolderPaths, FolderSettings};
use super::ids::{DocumentUri, FolderId, PartId, SessionId};
use super::plugins::PluginFlags;
use super::prompt_documents::files::PromptJob;
use super::server::{
    EditHint, FileDiff, Part, PartKind, PermissionRequest, Reconnect, ServerEvent, Snapshot, Status, Told, ToolCall,
    ToolStatus,
};
use super::state::{ClientFiles, Setup};
use super::{Event, State};
use crate::config::Settings;
use crate::review::Content;
use crate::text::Encoding;

const ROOT: &str = if cfg!(windows) { "C:\\project" } else { "/project" };
/// The one that all scenes are in.
const FOLDER: FolderId = FolderId(1);
const SESSION: &str = "ses_1";

/// A state with its surroundings, in which everything happens at once and time only when told.
struct Scene {
    state: State,
    disk: BTreeMap<PathBuf, String>,
    shown: BTreeMap<DocumentUri, Vec<Diagnostic>>,
    /// What the editor was told, but for diagnostics.
    told: Vec<EditorEffect>,
    /// What opencode was asked.
    calls: Vec<ServerCall>,
    timers: VecDeque<Timer>,
    /// What every turn's diff says.
    diff: Vec<FileDiff>,
    parts: usize,
    /// What was written down of reviews.
    kept: BTreeMap<PathBuf, Option<Box<KeptReview>>>,
    /// The bridge's own files.
    own: BTreeMap<PathBuf, String>,
    /// Connections that were asked for.
    connects: Vec<Reconnect>,
    /// The same with their folders, and none where one was to be ended.
    links: Vec<(FolderId, Option<Reconnect>)>,
    /// Over which connection each of `calls` goes.
    asked: Vec<FolderId>,
    /// Where reviews were written down, or forgotten.
    kept_in: Vec<(PathBuf, bool)>,
    /// Folders of own files whose reviews were to be read, and were left.
    restored: Vec<PathBuf>,
    /// Folders whose reviews another process keeps.
    elsewhere: Vec<PathBuf>,
    left: Vec<PathBuf>,
    /// What was to be done with the files of prompt documents.
    jobs: Vec<PromptJob>,
    /// What git says.
    git: Result<String, String>,
}

fn path(name: &str) -> PathBuf {
    Path::new(ROOT).join(name)
}

fn uri(name: &str) -> DocumentUri {
    DocumentUri::from_path(&path(name)).expect("absolute")
}

fn session() -> SessionId {
    SessionId::from(SESSION)
}

impl Scene {
    /// Connected, with a prompt of somebody at work.
    fn new(files: &[(&str, &str)]) -> Self {
        let setup = Setup {
            folders: vec![FolderPaths { root: ROOT.into(), own: path(".own") }],
            encoding: Encoding::Utf16,
            run: "1".to_owned(),
            client_files: ClientFiles::default(),
            plugin: PluginFlags::default(),
        };
        let mut scene = Self {
            state: State::new(setup),
            disk: files.iter().map(|(name, text)| (path(name), (*text).to_owned())).collect(),
            shown: BTreeMap::new(),
            told: Vec::new(),
            calls: Vec::new(),
            timers: VecDeque::new(),
            diff: Vec::new(),
            parts: 0,
            kept: BTreeMap::new(),
            own: BTreeMap::new(),
            connects: Vec::new(),
            links: Vec::new(),
            asked: Vec::new(),
            kept_in: Vec::new(),
            restored: Vec::new(),
            elsewhere: Vec::new(),
            left: Vec::new(),
            jobs: Vec::new(),
            git: Err("no git".to_owned()),
        };
        scene.connect();
        scene.prompt(SESSION, "msg_1");
        scene
    }

    fn connect(&mut self) {
        self.connect_with(Snapshot::default());
    }

    fn connect_with(&mut self, snapshot: Snapshot) {
        let server = ServerInfo {
            url: "http://127.0.0.1:1".to_owned(),
            version: "1.18.34".to_owned(),
            directory: ROOT.into(),
            is_own: false,
        };
        self.handle(Event::Connection(FOLDER, ConnectionEvent::Connected { server, snapshot }));
    }

    /// The workspace has these folders, with one server for all that the settings name.
    fn configure(&mut self, settings: Settings, roots: &[&str]) {
        let folder = |root: &&str| {
            let root = PathBuf::from(root);
            FolderSettings { paths: FolderPaths { own: root.join(".own"), root }, server: settings.server.clone() }
        };
        let folders = roots.iter().map(folder).collect();
        self.editor(EditorEvent::Configured { settings: Box::new(settings), warnings: vec![], folders });
    }

    fn prompt(&mut self, session: &str, message: &str) {
        self.server(ServerEvent::UserMessage { session: session.into(), message: message.into() });
    }

    fn server(&mut self, event: ServerEvent) {
        self.handle(Event::Server(FOLDER, event));
    }

    fn editor(&mut self, event: EditorEvent) {
        self.handle(Event::Editor(event));
    }

    fn open(&mut self, name: &str) {
        let text = self.disk[&path(name)].clone();
        self.editor(EditorEvent::Opened { uri: uri(name), language: "python".to_owned(), version: 1, text });
    }

    /// The editor's whole text is another one now, saved or not.
    fn change(&mut self, name: &str, text: &str) {
        self.editor(EditorEvent::Changed { uri: uri(name), version: 2, edits: vec![(None, text.to_owned())] });
    }

    fn save(&mut self, name: &str, text: &str) {
        self.write(name, text);
        self.editor(EditorEvent::Saved { uri: uri(name) });
    }

    fn write(&mut self, name: &str, text: &str) {
        self.disk.insert(path(name), text.to_owned());
    }

    fn part(&mut self, id: &str, tool: ToolCall) {
        let part = Part { id: PartId::from(id), kind: PartKind::Tool(tool) };
        self.server(ServerEvent::Part { session: session(), message: "msg_2".into(), part });
    }

    /// A tool edits a file: at work, then done. Returns the part's name.
    fn edit(&mut self, name: &str, hint: EditHint) -> String {
        self.parts += 1;
        let id = format!("prt_{}", self.parts);
        self.part(&id, edit_tool(name, ToolStatus::Running, None));
        self.part(&id, edit_tool(name, ToolStatus::Completed, Some(hint)));
        id
    }

    fn idle(&mut self) {
        self.server(ServerEvent::Status { session: session(), status: Status::Idle });
    }

    /// Lets every timer end, those that follow from them too, up to a bound.
    fn pass_time(&mut self) {
        for _ in 0..100 {
            let Some(timer) = self.timers.pop_front() else {
                return;
            };
            self.handle(Event::Timer(timer));
        }
        panic!("timers without end: {:?}", self.timers);
    }

    /// The messages on a file's lines: `first: message`.
    fn on(&self, name: &str) -> Vec<String> {
        let shown = self.shown.get(&uri(name)).into_iter().flatten();
        shown.map(|d| format!("{}: {}", d.span.start.line, d.message)).collect()
    }

    fn messages(&self) -> Vec<&str> {
        let said = self.told.iter().filter_map(|effect| match effect {
            EditorEffect::Message { text, .. } => Some(text.as_str()),
            _ => None,
        });
        said.collect()
    }

    fn handle(&mut self, event: Event) {
        let mut events = VecDeque::from([event]);
        let mut rounds = 0;
        while let Some(event) = events.pop_front() {
            rounds += 1;
            assert!(rounds < 1000, "the core asks for the same thing over and over");
            for effect in self.state.handle(event) {
                events.extend(self.perform(effect));
            }
        }
    }

    /// As the bridge does it, on the disk in memory.
    fn change_file(&mut self, change: FileChange) -> Result<(), FileRefusal> {
        let (file, expected) = match &change {
            FileChange::Write { path, expected, .. } | FileChange::Remove { path, expected } => (path, expected),
            FileChange::Rename { from, expected, .. } => (from, expected),
        };
        let now = self.disk.get(file).map_or(Content::Absent, |text| Content::Text(text.as_str().into()));
        if now.without_bom() != *expected {
            return Err(FileRefusal::Changed);
        }
        match change {
            FileChange::Write { path, text, bom, .. } => {
                let mark = if bom { "\u{feff}" } else { "" };
                self.disk.insert(path, format!("{mark}{text}"));
            }
            FileChange::Remove { path, .. } => {
                self.disk.remove(&path);
            }
            FileChange::Rename { from, to, .. } => {
                let text = self.disk.remove(&from).unwrap_or_default();
                self.disk.insert(to, text);
            }
        }
        Ok(())
    }

    fn perform(&mut self, effect: Effect) -> Option<Event> {
        match effect {
            Effect::Read { path, why } => {
                let content = self.disk.get(&path).map_or(Content::Absent, |text| Content::Text(text.as_str().into()));
                return Some(Event::FileRead { path, why, content });
            }
            Effect::Server(_, ServerCall::FetchDiff { session, prompt, explained }) => {
                let result = Ok(self.diff.iter().filter(|file| !explained.contains(&file.path)).cloned().collect());
                return Some(Event::Reply(FOLDER, ServerReply::Diff { session, prompt, result }));
            }
            Effect::Server(folder, call) => {
                self.asked.push(folder);
                self.calls.push(call);
            }
            Effect::After(_, timer) => self.timers.push_back(timer),
            Effect::Editor(EditorEffect::Publish { uri, diagnostics, .. }) => {
                self.shown.insert(uri, diagnostics.to_vec());
            }
            Effect::Editor(effect) => self.told.push(effect),
            Effect::Keep { path, question, problem, .. } => {
                return Some(Event::Kept { path, question, problem, written: true });
            }
            Effect::ChangeFile { job, change } => {
                let result = self.change_file(change);
                return Some(Event::FileChangeDone { job, result });
            }
            Effect::KeepReview(ReviewToKeep { own, path, review }) => {
                self.kept_in.push((own, review.is_some()));
                self.kept.insert(path, review);
            }
            Effect::Prompts(job) => self.jobs.push(job),
            Effect::WriteOwn { path, text } => {
                self.own.insert(path, text);
            }
            Effect::Connect { folder, how, .. } => {
                self.links.push((folder, Some(how.clone())));
                self.connects.push(how);
            }
            Effect::Disconnect(folder) => self.links.push((folder, None)),
            Effect::Restore(own) => self.restored.push(own),
            Effect::HoldReviews(own) => {
                let held = !self.elsewhere.contains(&own);
                return Some(Event::ReviewsHeld { own, held });
            }
            Effect::LeaveReviews(own) => self.left.push(own),
            Effect::GitDiff { draft, .. } => return Some(Event::GitDiff { draft, result: self.git.clone() }),
            Effect::FindServers { .. } | Effect::Watch { .. } => {}
        }
        None
    }
}

fn edit_tool(name: &str, status: ToolStatus, edit: Option<EditHint>) -> ToolCall {
    ToolCall { name: "edit".to_owned(), status, about: None, file: Some(path(name)), edit, told: Told::default() }
}

/// A patch as opencode makes it.
fn patch(before: &str, after: &str) -> EditHint {
    let text = |text: &str| Content::Text(text.into());
    EditHint::Patch(crate::review::unified("a.py", &text(before), &text(after)).into())
}

fn asking(id: &str, name: &str) -> PermissionRequest {
    PermissionRequest {
        id: id.into(),
        session: session(),
        permission: "edit".to_owned(),
        patterns: vec![name.to_owned()],
        always: vec!["*".to_owned()],
        file: Some(path(name)),
        diff: None,
        command: None,
    }
}
