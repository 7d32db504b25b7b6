//! The parts of a transcript: turns, and what their answers are made of.

use super::clean::Links;
use super::mentions::Known;
use super::{render, tools};
use crate::core::ids::{MessageId, PartId, SessionId};
use crate::core::server::{Failure, Usage};

/// How much of one text of the model's is kept, in bytes.
pub const MAX_PART: usize = 256 << 10;

/// One turn: a question and what came of it.
#[derive(Debug)]
pub struct Section {
    pub prompt: MessageId,
    /// The question's parts, as they are.
    pub asked: Vec<(PartId, String)>,
    pub blocks: Vec<Block>,
    pub links: Links,
    pub usage: Vec<(MessageId, Usage)>,
    pub failure: Option<Failure>,
    /// Earlier parts were left out.
    pub cut: bool,
}

/// One part of an answer.
#[derive(Debug)]
pub struct Block {
    pub part: PartId,
    pub message: MessageId,
    pub kind: BlockKind,
    /// As Markdown; of a text that grows, as it was when it was last wanted.
    pub text: String,
    pub changed: u64,
}

#[derive(Debug)]
pub enum BlockKind {
    /// Text or thoughts of the model's, and where they may still grow, what they are so far.
    Text(Option<Growing>),
    Reasoning(Option<Growing>),
    Tool,
    Task(Box<Task>),
}

#[derive(Debug, Default)]
pub struct Growing {
    pub raw: String,
    pub is_stale: bool,
}

/// A sub-agent at work.
#[derive(Debug)]
pub struct Task {
    pub child: SessionId,
    pub line: String,
    pub output: String,
    /// One for each of its tool calls.
    pub steps: Vec<(PartId, String)>,
}

impl Section {
    pub fn new(prompt: MessageId) -> Self {
        Self {
            prompt,
            asked: Vec::new(),
            blocks: Vec::new(),
            links: Links::new(),
            usage: Vec::new(),
            failure: None,
            cut: false,
        }
    }

    pub fn has_text(&self) -> bool {
        self.blocks.iter().any(|block| matches!(block.kind, BlockKind::Text(_)))
    }
}

impl Block {
    /// What a text may still grow from.
    pub fn growing(&mut self) -> Option<&mut Growing> {
        match &mut self.kind {
            BlockKind::Text(growing) | BlockKind::Reasoning(growing) => growing.as_mut(),
            BlockKind::Tool | BlockKind::Task(_) => None,
        }
    }
}

impl Block {
    fn raw(&self) -> Option<&str> {
        match &self.kind {
            BlockKind::Text(growing) | BlockKind::Reasoning(growing) => growing.as_ref().map(|growing| &*growing.raw),
            BlockKind::Tool | BlockKind::Task(_) => None,
        }
    }

    /// Whether a text that still grows is further than the same one elsewhere.
    pub fn says_more_than(&self, other: &Self) -> bool {
        self.raw().is_some_and(|raw| raw.len() > other.raw().map_or(other.text.len(), str::len))
    }

    /// It does not grow any more: its text is all that is kept.
    pub fn settle(&mut self, known: &Known<'_>, links: &mut Links) {
        render::refresh(self, known, links);
        if let BlockKind::Text(growing) | BlockKind::Reasoning(growing) = &mut self.kind {
            *growing = None;
        }
    }
}

impl Task {
    pub fn text(&self) -> String {
        let steps: String = self.steps.iter().map(|(_, line)| format!("{line}\n")).collect();
        format!("{}\n{}{}", self.line, tools::indented(&steps), self.output)
    }
}

impl Section {
    /// Only the last text grows: the one before it is finished.
    pub fn add(&mut self, block: Block, known: &Known<'_>) {
        if let Some(last) = self.blocks.last_mut() {
            last.settle(known, &mut self.links);
        }
        self.blocks.push(block);
    }
}

/// As much of a text as is kept.
pub fn bounded(text: &str) -> String {
    text[..text.floor_char_boundary(MAX_PART.min(text.len()))].to_owned()
}
