//! Plays a recording to the core, with a disk that the test holds in memory.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};

use opencode_lsp::core::effect::{Diagnostic, EditorEffect, Effect, ServerCall, Timer};
use opencode_lsp::core::event::{ConnectionEvent, ServerInfo, ServerReply};
use opencode_lsp::core::folders::FolderPaths;
use opencode_lsp::core::ids::{DocumentUri, FolderId};
use opencode_lsp::core::plugins::PluginFlags;
use opencode_lsp::core::server::Snapshot;
use opencode_lsp::core::state::{ClientFiles, Setup};
use opencode_lsp::core::{Event, State};
use opencode_lsp::opencode::path_map::PathMap;
use opencode_lsp::opencode::wire::{self, Paths};
use opencode_lsp::review::Content;
use opencode_lsp::text::Encoding;
use serde_json::Value;

const ROOT: &str = "/home/dev/project";

/// The only workspace folder.
const FOLDER: FolderId = FolderId(1);

pub struct Replay {
    version: &'static str,
    state: State,
    paths: Paths,
    disk: BTreeMap<PathBuf, Vec<u8>>,
    left: VecDeque<Value>,
    shown: BTreeMap<DocumentUri, Vec<Diagnostic>>,
    dialogs: Vec<String>,
    /// Set but not over yet.
    timers: VecDeque<Timer>,
    /// The turn's diff as it is at the end; empty before.
    diff: Value,
}

impl Replay {
    pub fn new(version: &'static str, files: &[(&str, &str)]) -> Self {
        let setup = Setup {
            folders: vec![FolderPaths { root: ROOT.into(), own: "/home/dev/.local/state/opencode-lsp/project".into() }],
            encoding: Encoding::Utf16,
            run: "1".to_owned(),
            client_files: ClientFiles::default(),
            plugin: PluginFlags::default(),
        };
        let mut replay = Self {
            version,
            state: State::new(setup),
            paths: Paths { worktree: Some(ROOT.into()), ..Paths::new(Path::new(ROOT), PathMap::default()) },
            disk: BTreeMap::new(),
            left: VecDeque::new(),
            shown: BTreeMap::new(),
            dialogs: Vec::new(),
            timers: VecDeque::new(),
            diff: Value::Array(Vec::new()),
        };
        for (name, text) in files {
            replay.write(name, text);
        }
        let server = ServerInfo {
            url: "http://127.0.0.1:4096".to_owned(),
            version: version.to_owned(),
            directory: ROOT.into(),
            is_own: false,
        };
        replay.handle(Event::Connection(FOLDER, ConnectionEvent::Connected { server, snapshot: Snapshot::default() }));
        replay
    }

    pub fn write(&mut self, name: &str, text: &str) {
        self.disk.insert(Path::new(ROOT).join(name), text.into());
    }

    pub fn remove(&mut self, name: &str) {
        self.disk.remove(&Path::new(ROOT).join(name));
    }

    /// Plays a recording up to the first event of a type, which stays in front.
    pub fn until(&mut self, recording: &str, kind: &str) {
        let text = self.read(&format!("{recording}.events.jsonl"));
        self.left = text
            .lines()
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        self.play(|event| event["type"] == kind);
    }

    /// Plays on up to the first report of a tool in this state, which stays in front.
    pub fn until_tool(&mut self, tool: &str, status: &str) {
        self.play(|event| {
            let part = &event["properties"]["part"];
            part["tool"] == tool && part["state"]["status"] == status
        });
    }

    /// Plays on to the end, and until every timer is over.
    pub fn rest(&mut self) {
        self.play(|_| false);
        while let Some(timer) = self.timers.pop_front() {
            self.handle(Event::Timer(timer));
        }
    }

    /// From now on the turn has this diff.
    pub fn know_diff(&mut self, recording: &str) {
        self.diff = serde_json::from_str(&self.read(&format!("{recording}.diff.json"))).expect("JSON");
    }

    fn read(&self, name: &str) -> String {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded").join(self.version);
        std::fs::read_to_string(folder.join(name)).expect("a recording")
    }

    /// What the user sees, by file: `name first-last code: message`.
    pub fn shown(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (uri, diagnostics) in &self.shown {
            let path = uri.to_path().expect("a file");
            let name = path.strip_prefix(ROOT).expect("in the project").display();
            for d in diagnostics {
                lines.push(format!("{name} {}-{} {}: {}", d.span.start.line, d.span.end.line, d.code, d.message));
            }
        }
        lines.sort();
        lines
    }

    pub fn dialogs(&self) -> Vec<String> {
        self.dialogs.clone()
    }

    fn play(&mut self, stop: impl Fn(&Value) -> bool) {
        while let Some(event) = self.left.front() {
            if stop(event) {
                return;
            }
            let event = self.left.pop_front().expect("one is in front");
            if let Some(event) = wire::event(&event, &self.paths) {
                self.handle(Event::Server(FOLDER, event));
            }
        }
    }

    /// Does at once what the core wants done. Time passes as fast as it can.
    fn handle(&mut self, event: Event) {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            for effect in self.state.handle(event) {
                events.extend(self.perform(effect));
            }
        }
    }

    fn perform(&mut self, effect: Effect) -> Option<Event> {
        match effect {
            Effect::Read { path, why } => {
                let content = self.disk.get(&path).map_or(Content::Absent, |bytes| Content::from_bytes(bytes));
                Some(Event::FileRead { path, why, content })
            }
            Effect::Server(_, ServerCall::FetchDiff { session, prompt, explained }) => {
                let files = wire::file_diffs(self.diff.to_string().as_bytes(), &self.paths, &explained);
                let files = files.expect("a list of files");
                Some(Event::Reply(FOLDER, ServerReply::Diff { session, prompt, result: Ok(files) }))
            }
            Effect::After(_, timer) => {
                self.timers.push_back(timer);
                None
            }
            Effect::Editor(EditorEffect::Publish { uri, diagnostics, .. }) => {
                self.shown.insert(uri, diagnostics.to_vec());
                None
            }
            Effect::Editor(EditorEffect::Dialog { text, .. }) => {
                self.dialogs.push(text);
                None
            }
            _ => None,
        }
    }
}
