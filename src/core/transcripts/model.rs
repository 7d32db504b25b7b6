//! The model of a session: its turns, and the parts of their answers. What is finished is rendered once and
//! kept as text.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::PathBuf;

use super::mentions::Known;
use super::parts::{Block, BlockKind, Growing, MAX_PART, Section, Task, bounded};
use super::tools;
use crate::core::ids::{MessageId, PartId, SessionId};
use crate::core::server::{AnswerInfo, Failure, Part, PartKind, Todo, ToolCall};

/// How long the text of a transcript gets, in bytes: behind that its oldest turns are left to opencode.
pub const MAX_TEXT: usize = 4 << 20;
/// How much of it is kept when it was too long, so that this is not done all the time.
const KEPT_TEXT: usize = MAX_TEXT / 4 * 3;
/// How much of one part of a question is kept, in bytes.
const MAX_QUESTION: usize = 16 << 10;
/// Files that were named and may be linked.
const MAX_FILES: usize = 5000;

/// A session as far as it is known.
#[derive(Debug, Default)]
pub struct Transcript {
    pub turns: Vec<Section>,
    pub todos: Vec<Todo>,
    /// Whether it has all that the server had when it was asked, and all that came since.
    pub complete: bool,
    /// Earlier turns were left out.
    pub cut: bool,
    /// It is not on disk as it is now.
    pub changed: bool,
    /// It was shown, or something of ours is asked in it.
    pub shown: bool,
    /// The number of the last change; a request remembers it, to tell what came since.
    pub clock: u64,
    pub asked_at: Option<u64>,
    /// The turn of each message, by its prompt; of those that were left out, too.
    pub turn_of: HashMap<MessageId, MessageId>,
    /// Absolute paths that tools have named.
    pub files: BTreeSet<PathBuf>,
    /// Where sub-agents of it are shown.
    pub tasks: HashSet<SessionId>,
}

impl Transcript {
    pub fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }

    fn touch(&mut self) -> u64 {
        self.changed = true;
        self.clock += 1;
        self.clock
    }

    /// A prompt was taken. One that is known, or was left out, is told of again now and then.
    pub fn user_message(&mut self, message: &MessageId) {
        if self.turn_of.contains_key(message) {
            return;
        }
        self.touch();
        self.turn_of.insert(message.clone(), message.clone());
        self.turns.push(Section::new(message.clone()));
    }

    /// Whether a message is a user's.
    pub fn is_prompt(&self, message: &MessageId) -> bool {
        self.turn_of.get(message) == Some(message)
    }

    /// A text of a prompt.
    pub fn asked(&mut self, message: &MessageId, part: &PartId, text: &str) {
        self.user_message(message);
        let end = text.floor_char_boundary(MAX_QUESTION.min(text.len()));
        let Some(section) = self.turns.iter_mut().rfind(|section| section.prompt == *message) else {
            return;
        };
        let text = &text[..end];
        match section.asked.iter_mut().find(|(id, _)| id == part) {
            Some((_, old)) if old == text => return,
            Some((_, old)) => text.clone_into(old),
            None => section.asked.push((part.clone(), text.to_owned())),
        }
        self.touch();
    }

    pub fn answer_message(&mut self, message: &MessageId, info: &AnswerInfo) {
        let newest = self.turns.last().map(|section| &section.prompt);
        let prompt = info.prompt.as_ref().filter(|prompt| self.turn_of.contains_key(prompt)).or(newest).cloned();
        if let Some(prompt) = prompt {
            self.turn_of.entry(message.clone()).or_insert(prompt);
        }
        let Some(section) = self.section_of(message) else {
            return;
        };
        match section.usage.iter_mut().rfind(|(id, _)| id == message) {
            Some((_, old)) => *old = info.usage,
            None => section.usage.push((message.clone(), info.usage)),
        }
        if info.failure.is_some() {
            section.failure.clone_from(&info.failure);
        }
        self.touch();
    }

    /// The turn at work, or the last one, failed.
    pub fn failed(&mut self, failure: &Failure) {
        if let Some(section) = self.turns.last_mut() {
            section.failure.get_or_insert_with(|| failure.clone());
            self.touch();
        }
    }

    /// The turn of a message; what nothing is known of belongs to the newest.
    fn section_of(&mut self, message: &MessageId) -> Option<&mut Section> {
        let prompt = match self.turn_of.get(message) {
            Some(prompt) => prompt.clone(),
            None => {
                let prompt = self.turns.last()?.prompt.clone();
                self.turn_of.insert(message.clone(), prompt.clone());
                prompt
            }
        };
        self.turns.iter_mut().rfind(|section| section.prompt == prompt)
    }

    /// A part of an answer, whole.
    pub fn part(&mut self, message: &MessageId, part: &Part, known: &Known<'_>) {
        let kind = match &part.kind {
            PartKind::Text { text } => BlockKind::Text(Some(Growing { raw: bounded(text), is_stale: true })),
            PartKind::Reasoning { text } => BlockKind::Reasoning(Some(Growing { raw: bounded(text), is_stale: true })),
            PartKind::Tool(tool) => {
                self.tool(message, &part.id, tool, known);
                return;
            }
            PartKind::Changed { .. } | PartKind::Other => return,
        };
        let changed = self.touch();
        let Some(section) = self.section_of(message) else {
            return;
        };
        match section.blocks.iter_mut().rfind(|block| block.part == part.id) {
            Some(block) => (block.kind, block.changed) = (kind, changed),
            None => section.add(
                Block { part: part.id.clone(), message: message.clone(), kind, text: String::new(), changed },
                known,
            ),
        }
    }

    /// A text or a thought grows.
    pub fn grow(&mut self, message: &MessageId, part: &PartId, delta: &str, known: &Known<'_>) {
        let changed = self.touch();
        let Some(section) = self.section_of(message) else {
            return;
        };
        let Some(block) = section.blocks.iter_mut().rfind(|block| block.part == *part) else {
            let kind = BlockKind::Text(Some(Growing { raw: bounded(delta), is_stale: true }));
            section
                .add(Block { part: part.clone(), message: message.clone(), kind, text: String::new(), changed }, known);
            return;
        };
        block.changed = changed;
        match block.growing() {
            Some(growing) if growing.raw.len() < MAX_PART => {
                growing.raw.push_str(delta);
                growing.is_stale = true;
            }
            Some(_) => {}
            // It was taken for finished: the server is asked for it when it is next shown.
            None => self.complete = false,
        }
    }

    /// Whether a part is the model's thinking, which only its first event tells.
    pub fn is_reasoning(&self, message: &MessageId, part: &PartId) -> bool {
        let section =
            self.turn_of.get(message).and_then(|prompt| self.turns.iter().rfind(|section| section.prompt == *prompt));
        let block = section.and_then(|section| section.blocks.iter().rfind(|block| block.part == *part));
        block.is_some_and(|block| matches!(block.kind, BlockKind::Reasoning(_)))
    }

    fn tool(&mut self, message: &MessageId, part: &PartId, tool: &ToolCall, known: &Known<'_>) {
        self.name_files(tool.file.iter().cloned().collect());
        let changed = self.touch();
        if let Some(child) = &tool.told.child {
            self.tasks.insert(child.clone());
        }
        let Some(section) = self.section_of(message) else {
            return;
        };
        let line = tools::line(tool, known, &mut section.links);
        let output = tools::output(tool);
        let old = section.blocks.iter_mut().rfind(|block| block.part == *part);
        let (kind, text) = match &tool.told.child {
            None => (BlockKind::Tool, format!("{line}\n{output}")),
            Some(child) => {
                let steps = match old.as_deref() {
                    Some(Block { kind: BlockKind::Task(task), .. }) => task.steps.clone(),
                    _ => Vec::new(),
                };
                let task = Task { child: child.clone(), line, output, steps };
                let text = task.text();
                (BlockKind::Task(Box::new(task)), text)
            }
        };
        match old {
            Some(block) => (block.kind, block.text, block.changed) = (kind, text, changed),
            None => section.add(Block { part: part.clone(), message: message.clone(), kind, text, changed }, known),
        }
    }

    /// A tool of a sub-agent.
    pub fn step(&mut self, child: &SessionId, part: &PartId, tool: &ToolCall, known: &Known<'_>) {
        let changed = self.touch();
        for section in self.turns.iter_mut().rev() {
            for block in section.blocks.iter_mut().rev() {
                let BlockKind::Task(task) = &mut block.kind else {
                    continue;
                };
                if task.child != *child {
                    continue;
                }
                let line = tools::line(tool, known, &mut section.links);
                match task.steps.iter_mut().rfind(|(id, _)| id == part) {
                    Some((_, old)) => *old = line,
                    None => task.steps.push((part.clone(), line)),
                }
                (block.text, block.changed) = (task.text(), changed);
                return;
            }
        }
    }

    pub fn todos(&mut self, todos: &[Todo]) {
        if self.todos != todos {
            self.todos = todos.to_vec();
            self.touch();
        }
    }

    /// A message is gone, or a part of it.
    pub fn removed(&mut self, message: &MessageId, part: Option<&PartId>) {
        self.touch();
        match part {
            Some(part) => {
                if let Some(section) = self.section_of(message) {
                    section.blocks.retain(|block| block.part != *part);
                }
            }
            None => {
                self.turns.retain(|section| section.prompt != *message);
                if let Some(section) = self.section_of(message) {
                    section.blocks.retain(|block| block.message != *message);
                    section.usage.retain(|(id, _)| id != message);
                }
            }
        }
    }

    /// The session has nothing to do: no text grows any more.
    pub fn settle(&mut self, known: &Known<'_>) {
        self.touch();
        for section in &mut self.turns {
            let Section { blocks, links, .. } = section;
            blocks.iter_mut().for_each(|block| block.settle(known, links));
        }
    }

    /// What is before the last turn does not grow.
    pub fn settle_earlier(&mut self, known: &Known<'_>) {
        let count = self.turns.len().saturating_sub(1);
        for Section { blocks, links, .. } in &mut self.turns[..count] {
            blocks.iter_mut().for_each(|block| block.settle(known, links));
        }
    }

    /// Leaves the oldest out where it has become too long.
    pub fn trim(&mut self) {
        let length = |section: &Section| section.blocks.iter().map(|block| block.text.len()).sum::<usize>();
        let mut total: usize = self.turns.iter().map(length).sum();
        if total <= MAX_TEXT {
            return;
        }
        while total > KEPT_TEXT && self.turns.len() > 1 {
            total -= length(&self.turns.remove(0));
            self.cut = true;
        }
        let Some(only) = self.turns.first_mut().filter(|_| total > MAX_TEXT) else {
            return;
        };
        let mut left_out = 0;
        while total > KEPT_TEXT && left_out + 1 < only.blocks.len() {
            total -= only.blocks[left_out].text.len();
            left_out += 1;
        }
        only.blocks.drain(..left_out);
        only.cut = true;
    }

    /// More files that it may link to.
    pub fn name_files(&mut self, files: BTreeSet<PathBuf>) {
        let room = MAX_FILES.saturating_sub(self.files.len());
        self.files.extend(files.into_iter().take(room));
    }

    /// The sub-agents at the end of it of which no step is known.
    pub fn newest_tasks(&self, count: usize) -> Vec<SessionId> {
        let blocks = self.turns.iter().rev().flat_map(|section| section.blocks.iter().rev());
        let tasks = blocks.filter_map(|block| match &block.kind {
            BlockKind::Task(task) if task.steps.is_empty() => Some(task.child.clone()),
            _ => None,
        });
        tasks.take(count).collect()
    }
}
