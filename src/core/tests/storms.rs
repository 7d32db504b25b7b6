//! Everything in any order: the user types, saves, closes and judges while opencode works.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::core::command::{Command, Which};
use crate::core::effect::WorkspaceEdit;
use crate::core::event::Applied;
use crate::core::ids::JobId;
use crate::text::Document;

const FILES: [&str; 2] = ["a.py", "b.py"];
const LINES: usize = 8;

/// Lines are `b…` (there from the start), `o…` (opencode's) and `u…` (the user's), and never twice the same.
fn is_users(line: &str) -> bool {
    line.starts_with('u')
}

struct Buffer {
    text: String,
    version: i32,
    dirty: bool,
}

/// An editor, opencode and a disk around a state; what the bridge does takes its time.
struct World {
    scene: Scene,
    buffers: BTreeMap<&'static str, Buffer>,
    /// What the user has typed and not thrown away.
    typed: BTreeMap<&'static str, BTreeSet<String>>,
    /// The same of what is saved.
    saved: BTreeMap<&'static str, BTreeSet<String>>,
    tasks: Vec<Effect>,
    done: VecDeque<Event>,
    edits: Vec<(JobId, WorkspaceEdit)>,
    watched: BTreeSet<PathBuf>,
    busy: bool,
    turns: usize,
    names: usize,
    messages: usize,
}

fn base(name: &str) -> String {
    (0..LINES).map(|number| format!("b{number} {name}\n")).collect()
}

impl World {
    fn new() -> Self {
        let files: Vec<(&str, String)> = FILES.iter().map(|name| (*name, base(name))).collect();
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let mut scene = Scene::new(&files);
        scene.told.clear();
        Self {
            scene,
            buffers: BTreeMap::new(),
            typed: BTreeMap::new(),
            saved: BTreeMap::new(),
            tasks: Vec::new(),
            done: VecDeque::new(),
            edits: Vec::new(),
            watched: BTreeSet::new(),
            busy: false,
            turns: 1,
            names: 0,
            messages: 0,
        }
    }

    fn handle(&mut self, event: Event) {
        let effects = self.scene.state.handle(event);
        assert!(effects.len() < 50, "too many effects: {effects:?}");
        for effect in effects {
            match effect {
                Effect::Read { .. } | Effect::ChangeFile { .. } | Effect::Server(_, ServerCall::FetchDiff { .. }) => {
                    self.tasks.push(effect);
                }
                Effect::Watch { path, on: true } => {
                    self.watched.insert(path);
                }
                Effect::Watch { path, on: false } => {
                    self.watched.remove(&path);
                }
                Effect::Editor(EditorEffect::Edit { job, edit }) => self.edits.push((job, edit)),
                other => {
                    self.messages += usize::from(matches!(other, Effect::Editor(EditorEffect::Message { .. })));
                    assert!(self.scene.perform(other).is_none());
                }
            }
        }
        self.check();
    }

    /// No line of the user's is lost, whatever happens.
    fn check(&self) {
        let nothing = BTreeSet::new();
        for name in FILES {
            let disk = self.scene.disk.get(&path(name)).map(String::as_str).unwrap_or_default();
            for line in self.saved.get(name).unwrap_or(&nothing) {
                assert!(disk.lines().any(|there| there == line), "{line} of {name} is lost on disk: {disk}");
            }
            let Some(buffer) = self.buffers.get(name) else {
                continue;
            };
            for line in self.typed.get(name).unwrap_or(&nothing) {
                assert!(
                    buffer.text.lines().any(|there| there == line),
                    "{line} is lost in the editor: {}",
                    buffer.text
                );
            }
        }
    }

    fn name(&mut self, kind: char) -> String {
        self.names += 1;
        format!("{kind}{}", self.names)
    }

    fn disk_changed(&mut self, name: &str) {
        if self.watched.contains(&path(name)) {
            self.done.push_back(Event::DiskChanged { path: path(name) });
        }
    }

    /// A line of the user's between two that nobody has touched; none where there is no such place.
    fn with_line(&mut self, text: &str, at: usize) -> Option<(String, String)> {
        let lines: Vec<&str> = text.lines().collect();
        let number = |line: &str| line.strip_prefix('b')?.split(' ').next()?.parse::<usize>().ok();
        let fits = |index: &usize| {
            let next = lines.get(index + 1).and_then(|line| number(line));
            next.is_some() && number(lines[*index]).map(|number| number + 1) == next
        };
        let places: Vec<usize> = (0..lines.len()).filter(fits).collect();
        let place = *places.get(at % places.len().max(1))?;
        let line = self.name('u');
        let mut lines: Vec<&str> = lines;
        lines.insert(place + 1, &line);
        Some((format!("{}\n", lines.join("\n")), line.clone()))
    }

    fn buffer_changed(&mut self, name: &'static str, text: String) {
        let Some(buffer) = self.buffers.get_mut(name) else {
            return;
        };
        buffer.version += 1;
        buffer.text.clone_from(&text);
        let version = buffer.version;
        let edits = vec![(None, text)];
        self.handle(Event::Editor(EditorEvent::Changed { uri: uri(name), version, edits }));
    }

    /// As with reloading: what opencode has written and not told of yet is no text of the user's.
    fn open(&mut self, name: &'static str) {
        if !self.done.is_empty() || !self.tasks.is_empty() {
            return;
        }
        let Some(text) = self.scene.disk.get(&path(name)).cloned().filter(|_| !self.buffers.contains_key(name)) else {
            return;
        };
        self.typed.insert(name, self.saved.get(name).cloned().unwrap_or_default());
        self.buffers.insert(name, Buffer { text: text.clone(), version: 1, dirty: false });
        let language = "python".to_owned();
        self.handle(Event::Editor(EditorEvent::Opened { uri: uri(name), language, version: 1, text }));
    }

    fn close(&mut self, name: &'static str) {
        if self.buffers.remove(name).is_some() {
            self.typed.remove(name);
            self.handle(Event::Editor(EditorEvent::Closed { uri: uri(name) }));
        }
    }

    fn type_in(&mut self, name: &'static str, at: usize) {
        let Some(text) = self.buffers.get(name).map(|buffer| buffer.text.clone()) else {
            return;
        };
        if let Some((text, line)) = self.with_line(&text, at) {
            self.typed.entry(name).or_default().insert(line);
            if let Some(buffer) = self.buffers.get_mut(name) {
                buffer.dirty = true;
            }
            self.buffer_changed(name, text);
        }
    }

    fn save(&mut self, name: &'static str) {
        let Some(buffer) = self.buffers.get_mut(name).filter(|buffer| buffer.dirty) else {
            return;
        };
        buffer.dirty = false;
        let text = buffer.text.clone();
        self.scene.disk.insert(path(name), text);
        self.saved.insert(name, self.typed.get(name).cloned().unwrap_or_default());
        self.disk_changed(name);
        self.handle(Event::Editor(EditorEvent::Saved { uri: uri(name) }));
    }

    /// Editors reload what has no unsaved changes: later than opencode tells of it, as a rule.
    fn reload(&mut self, name: &'static str) {
        let disk = self.scene.disk.get(&path(name)).cloned();
        let told = self.done.is_empty() && self.tasks.is_empty();
        let clean =
            self.buffers.get(name).is_some_and(|buffer| told && !buffer.dirty && Some(&buffer.text) != disk.as_ref());
        if let Some(text) = disk.filter(|_| clean) {
            self.buffer_changed(name, text);
        }
    }

    /// In another program, when nothing else is going on.
    fn edit_closed(&mut self, name: &'static str, at: usize) {
        if self.busy || self.buffers.contains_key(name) {
            return;
        }
        self.settle();
        let Some(text) = self.scene.disk.get(&path(name)).cloned() else {
            return;
        };
        if let Some((text, line)) = self.with_line(&text, at) {
            self.scene.disk.insert(path(name), text);
            self.saved.entry(name).or_default().insert(line);
            self.disk_changed(name);
        }
        self.settle();
    }

    fn begin_turn(&mut self) {
        if self.busy {
            return;
        }
        self.busy = true;
        self.turns += 1;
        let message = format!("msg_{}", self.turns);
        self.handle(Event::Server(
            FOLDER,
            ServerEvent::UserMessage { session: session(), message: message.as_str().into() },
        ));
        self.handle(Event::Server(FOLDER, ServerEvent::Status { session: session(), status: Status::Busy }));
    }

    fn end_turn(&mut self) {
        if self.busy {
            self.busy = false;
            self.done
                .push_back(Event::Server(FOLDER, ServerEvent::Status { session: session(), status: Status::Idle }));
        }
    }

    /// opencode changes a line that is not the user's; its word on it comes later.
    fn opencode_edits(&mut self, name: &'static str, at: usize, how: usize) {
        let Some(before) = self.scene.disk.get(&path(name)).cloned().filter(|_| self.busy) else {
            return;
        };
        let mut lines: Vec<String> = before.lines().map(str::to_owned).collect();
        let places: Vec<usize> = (0..lines.len()).filter(|index| !is_users(&lines[*index])).collect();
        let Some(place) = places.get(at % places.len().max(1)).copied() else {
            return;
        };
        match how % 3 {
            0 => lines[place] = self.name('o'),
            1 => {
                let line = self.name('o');
                lines.insert(place, line);
            }
            _ => {
                lines.remove(place);
            }
        }
        let after: String = lines.iter().map(|line| format!("{line}\n")).collect();
        self.scene.disk.insert(path(name), after.clone());
        self.disk_changed(name);
        self.scene.parts += 1;
        let id = format!("prt_{}", self.scene.parts);
        for (status, hint) in [(ToolStatus::Running, None), (ToolStatus::Completed, Some(patch(&before, &after)))] {
            let part = Part { id: PartId::from(id.as_str()), kind: PartKind::Tool(edit_tool(name, status, hint)) };
            let message = "msg_answer".into();
            self.done.push_back(Event::Server(FOLDER, ServerEvent::Part { session: session(), message, part }));
        }
    }

    fn judge(&mut self, name: &str, at: usize, keep: bool) {
        let shown: Vec<String> =
            self.scene.shown.get(&uri(name)).into_iter().flatten().map(|diagnostic| diagnostic.id.clone()).collect();
        let which = match shown.get(at % (shown.len() + 1)) {
            Some(id) => Which::Hunk { uri: uri(name), id: id.clone() },
            None => Which::File { uri: uri(name) },
        };
        self.run(if keep { Command::Keep(which) } else { Command::Undo { which, confirmed: false } });
    }

    fn run(&mut self, command: Command) {
        let reply = tokio::sync::oneshot::channel().0;
        self.handle(Event::Editor(EditorEvent::Execute { command, reply }));
    }

    fn perform(&mut self, at: usize) {
        if self.tasks.is_empty() {
            return;
        }
        let task = self.tasks.remove(at % self.tasks.len());
        if let Effect::ChangeFile { change, .. } = &task {
            let file = match change {
                FileChange::Write { path, .. } | FileChange::Remove { path, .. } => path,
                FileChange::Rename { from, .. } => from,
            };
            if self.watched.contains(file) {
                self.done.push_back(Event::DiskChanged { path: file.clone() });
            }
        }
        if let Some(event) = self.scene.perform(task) {
            self.done.push_back(event);
        }
        self.check();
    }

    fn deliver(&mut self) {
        if let Some(event) = self.done.pop_front() {
            self.handle(event);
        }
    }

    fn timer(&mut self, at: usize) {
        if !self.scene.timers.is_empty() {
            let at = at % self.scene.timers.len();
            if let Some(timer) = self.scene.timers.remove(at) {
                self.handle(Event::Timer(timer));
            }
        }
    }

    /// The editor does what it was asked, or refuses it, or only says that it did it.
    fn answer_edit(&mut self, how: usize) {
        if self.edits.is_empty() {
            return;
        }
        let (job, edit) = self.edits.remove(0);
        let WorkspaceEdit::Text { uri, version, edits, .. } = edit else {
            panic!("the client does no file operations");
        };
        let name = FILES.into_iter().find(|name| super::uri(name) == uri).expect("one of the files");
        let fits = self.buffers.get(name).is_some_and(|buffer| buffer.version == version);
        let applied = match how % 4 {
            0 => Applied::Yes,
            1 => Applied::No { reason: None },
            2 => return,
            _ if !fits => Applied::No { reason: None },
            _ => {
                let mut text = Document::new(&self.buffers[name].text);
                for (span, new) in edits.into_iter().rev() {
                    text.edit(Some(span), &new, Encoding::Utf16);
                }
                if let Some(buffer) = self.buffers.get_mut(name) {
                    buffer.dirty = true;
                }
                self.buffer_changed(name, text.text());
                Applied::Yes
            }
        };
        self.handle(Event::Editor(EditorEvent::EditApplied { job, applied }));
    }

    /// Lets everything that is under way come to its end.
    fn settle(&mut self) {
        for _ in 0..500 {
            if !self.done.is_empty() {
                self.deliver();
            } else if !self.tasks.is_empty() {
                self.perform(0);
            } else if !self.edits.is_empty() {
                self.answer_edit(3);
            } else if !self.scene.timers.is_empty() {
                self.timer(0);
            } else {
                return;
            }
        }
        panic!("it never ends");
    }

    fn step(&mut self, what: u8, name: u8, at: u8) {
        let name = FILES[usize::from(name) % FILES.len()];
        let at = usize::from(at);
        match what % 24 {
            0 => self.open(name),
            1 => self.close(name),
            2 | 3 => self.type_in(name, at),
            4 | 5 => self.save(name),
            6 | 7 => self.reload(name),
            8 => self.edit_closed(name, at),
            9 => self.begin_turn(),
            10 => self.end_turn(),
            11..=13 => {
                self.begin_turn();
                self.opencode_edits(name, at / 3, at);
            }
            14 | 15 => self.judge(name, at, false),
            16 => self.judge(name, at, true),
            17 => self.answer_edit(at),
            18..=20 => self.perform(at),
            21 | 22 => self.deliver(),
            _ => self.timer(at),
        }
    }

    /// The end: everything comes to rest, and is saved and closed.
    fn finish(&mut self) {
        self.end_turn();
        self.settle();
        for name in FILES {
            self.reload(name);
        }
        self.settle();
    }

    fn save_and_close(&mut self) {
        for name in FILES {
            if self.buffers.get(name).is_some_and(|buffer| buffer.dirty) {
                self.save(name);
            }
            self.settle();
            self.close(name);
        }
        self.settle();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_of_the_users_is_lost_and_what_is_kept_is_not_shown(
        steps in prop::collection::vec((any::<u8>(), any::<u8>(), any::<u8>()), 0..80),
    ) {
        let mut world = World::new();
        for (what, name, at) in steps {
            world.step(what, name, at);
        }
        world.finish();
        world.save_and_close();
        let before = world.scene.disk.clone();
        world.run(Command::Keep(Which::All));
        world.settle();
        prop_assert_eq!(&world.scene.disk, &before);
        for name in FILES {
            prop_assert!(world.scene.on(name).is_empty());
        }
    }
}
