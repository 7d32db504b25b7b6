//! A transcript as Markdown that reads well as it is written, too, as most editors show it.
//!
//! Each tool call is one line with its mark (`✓` done, `✗` failed, `…` at work), and what came out of it a
//! block of code under it: `<details>` would be noise to everyone who reads the source. Editors fold the
//! blocks, by `textDocument/foldingRange` or by their own means. Links are references, so that a text has no
//! addresses in its middle: `[src/a.py:10]`, and what that is at the end of the turn.

use super::clean::{Links, clean};
use super::mentions::Known;
use super::model::Transcript;
use super::parts::{Block, BlockKind, Section};
use crate::core::inert::{first_line, inert};
use crate::core::server::{Failure, Todo, TodoStatus, Usage};

/// Characters of a heading.
const HEADING: usize = 120;
/// Lines of a question below its heading.
const QUESTION_LINES: usize = 60;

/// Renders a text that has grown since it was rendered last.
pub fn refresh(block: &mut Block, known: &Known<'_>, links: &mut Links) {
    let is_thought = matches!(block.kind, BlockKind::Reasoning(_));
    let Some(growing) = block.growing().filter(|growing| growing.is_stale) else {
        return;
    };
    growing.is_stale = false;
    let text = clean(&growing.raw, known, links);
    block.text = if is_thought { quoted(&text) } else { text };
}

/// Thoughts are a quotation, which folds, too.
fn quoted(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let lines = text.lines().map(|line| format!("> {line}").trim_end().to_owned());
    format!("> _Thinking:_\n>\n{}", lines.collect::<Vec<_>>().join("\n"))
}

/// The whole document.
pub fn document(transcript: &mut Transcript, title: &str, is_busy: bool, known: &Known<'_>) -> String {
    for section in &mut transcript.turns {
        let Section { blocks, links, .. } = section;
        blocks.iter_mut().for_each(|block| refresh(block, known, links));
    }
    transcript.trim();
    let mut out = String::new();
    if !title.is_empty() {
        out.push_str(&format!("# {}\n\n", inline(title, HEADING)));
    }
    if transcript.cut {
        out.push_str("(Earlier turns are in opencode's own history of this session.)\n\n");
    }
    let count = transcript.turns.len();
    let mut total = Usage::default();
    for (index, section) in transcript.turns.iter().enumerate() {
        let usage = section.usage.iter().fold(Usage::default(), |sum, (_, usage)| sum + *usage);
        total = total + usage;
        push_section(section, usage, is_busy && index + 1 == count, known, &mut out);
    }
    push_end(&transcript.todos, total, &mut out);
    out
}

fn push_section(section: &Section, usage: Usage, is_at_work: bool, known: &Known<'_>, out: &mut String) {
    let mut links = Links::new();
    push_question(section, known, &mut links, out);
    if section.cut {
        out.push_str("(Earlier parts of this turn are in opencode's own history.)\n\n");
    }
    let mut after_tool = false;
    for block in &section.blocks {
        if block.text.is_empty() {
            continue;
        }
        let is_tool = matches!(block.kind, BlockKind::Tool | BlockKind::Task(_));
        if after_tool && !is_tool {
            out.push('\n');
        }
        out.push_str(&block.text);
        // Calls in a row are one list.
        out.push_str(if is_tool { "" } else { "\n\n" });
        after_tool = is_tool;
    }
    if after_tool {
        out.push('\n');
    }
    match &section.failure {
        None => {}
        Some(Failure::Aborted) => out.push_str("**Stopped.**\n\n"),
        Some(Failure::Error { message }) => out.push_str(&format!("**Failed:** {}\n\n", inline(message, 500))),
    }
    if is_at_work {
        out.push_str("…\n\n");
    } else if let Some(usage) = said(usage) {
        out.push_str(&format!("_{usage}_\n\n"));
    }
    let definitions = section.links.iter().chain(links.iter().filter(|(label, _)| !section.links.contains_key(*label)));
    let before = out.len();
    for (label, target) in definitions {
        out.push_str(&format!("[{label}]: {target}\n"));
    }
    if out.len() > before {
        out.push('\n');
    }
}

/// Its first line is the heading.
fn push_question(section: &Section, known: &Known<'_>, links: &mut Links, out: &mut String) {
    let question: Vec<&str> = section.asked.iter().map(|(_, text)| text.as_str()).collect();
    let question = question.join("\n\n");
    let Some(first) = first_line(&question) else {
        out.push_str("## (a prompt without text)\n\n");
        return;
    };
    out.push_str(&format!("## {}\n\n", inline(first, HEADING)));
    let is_whole = first.chars().count() <= HEADING;
    let rest = match question.split_once(first).map(|(_, rest)| rest) {
        Some(rest) if is_whole => rest,
        _ => &question,
    };
    if rest.trim().is_empty() {
        return;
    }
    let lines: Vec<&str> = rest.trim_matches('\n').lines().collect();
    let shown = lines.len().min(QUESTION_LINES);
    out.push_str(&clean(&lines[..shown].join("\n"), known, links));
    out.push_str("\n\n");
    if shown < lines.len() {
        out.push_str(&format!("… ({} more lines)\n\n", lines.len() - shown));
    }
}

/// The end of the document changes with every turn; above it everything stays where it is.
fn push_end(todos: &[Todo], total: Usage, out: &mut String) {
    let total = said(total);
    if todos.is_empty() && total.is_none() {
        return;
    }
    out.push_str("---\n\n");
    if !todos.is_empty() {
        let done = todos.iter().filter(|todo| todo.status == TodoStatus::Completed).count();
        out.push_str(&format!("Todo ({done} of {} done):\n\n", todos.len()));
        for todo in todos {
            let (mark, note) = match todo.status {
                TodoStatus::Pending => (' ', ""),
                TodoStatus::InProgress => (' ', " (at work)"),
                TodoStatus::Completed => ('x', ""),
                TodoStatus::Cancelled => ('x', " (cancelled)"),
            };
            out.push_str(&format!("- [{mark}] {}{note}\n", inline(&todo.text, 300)));
        }
        out.push('\n');
    }
    if let Some(total) = total {
        out.push_str(&format!("All turns: {total}\n"));
    }
}

/// Text of others in a line of ours.
fn inline(text: &str, max: usize) -> String {
    let nothing = Known { project: std::path::Path::new(""), is_known: &|_| false };
    let text = inert(text.trim(), max);
    // It stands behind a mark of ours, and begins no line.
    clean(&format!("x {text}"), &nothing, &mut Links::new())[2..].to_owned()
}

/// `1,234 tokens in, 56 out, 78 to think, 9,000 read from the cache, $0.0123`; none where nothing was used.
fn said(usage: Usage) -> Option<String> {
    if usage == Usage::default() {
        return None;
    }
    let mut said = format!("{} tokens in, {} out", counted(usage.input), counted(usage.output));
    if usage.reasoning > 0 {
        said.push_str(&format!(", {} to think", counted(usage.reasoning)));
    }
    for (count, what) in [(usage.cache_read, "read from the cache"), (usage.cache_write, "written to the cache")] {
        if count > 0 {
            said.push_str(&format!(", {} {what}", counted(count)));
        }
    }
    if usage.cost > 0.0 {
        said.push_str(&format!(", ${:.4}", usage.cost));
    }
    Some(said)
}

/// `12,345`
fn counted(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

impl std::ops::Add for Usage {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            input: self.input.saturating_add(other.input),
            output: self.output.saturating_add(other.output),
            reasoning: self.reasoning.saturating_add(other.reasoning),
            cache_read: self.cache_read.saturating_add(other.cache_read),
            cache_write: self.cache_write.saturating_add(other.cache_write),
            cost: self.cost + other.cost,
        }
    }
}
