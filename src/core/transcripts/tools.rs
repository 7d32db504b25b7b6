//! A tool call in a transcript: one line, and what came out of it behind that.

use std::path::Path;

use super::clean::{Links, TOOL_MARKS, code_span, push_code};
use super::mentions::{Known, address};
use crate::core::inert::{inert, inert_lines};
use crate::core::place::relative;
use crate::core::server::{ToolCall, ToolStatus};

/// Lines of what came out of a tool, at its start and at its end.
const FIRST_LINES: usize = 8;
const LAST_LINES: usize = 12;
/// Characters of such a line.
const LINE: usize = 300;
/// Characters of what a tool works on.
const SUBJECT: usize = 200;

/// What came out of a tool, as much as is worth showing. Not inert yet.
pub fn shorten(output: &str) -> String {
    let lines: Vec<&str> = output.trim_end().lines().collect();
    let mut short = String::new();
    let mut push = |line: &str| {
        match line.char_indices().nth(LINE) {
            Some((end, _)) => short.push_str(&format!("{} …", &line[..end])),
            None => short.push_str(line),
        }
        short.push('\n');
    };
    if lines.len() <= FIRST_LINES + LAST_LINES + 1 {
        lines.iter().for_each(|line| push(line));
        return short;
    }
    lines[..FIRST_LINES].iter().for_each(|line| push(line));
    push(&format!("… ({} lines left out)", lines.len() - FIRST_LINES - LAST_LINES));
    lines[lines.len() - LAST_LINES..].iter().for_each(|line| push(line));
    short
}

/// The line of a call, without its end.
pub fn line(tool: &ToolCall, known: &Known<'_>, links: &mut Links) -> String {
    let [done, failed, at_work] = TOOL_MARKS;
    let mark = match tool.status {
        ToolStatus::Completed => done,
        ToolStatus::Failed => failed,
        ToolStatus::Pending | ToolStatus::Running => at_work,
    };
    let mut line = format!("{mark}{}", code_span(&inert(&tool.name, 60)));
    if let Some(subject) = subject(tool, known, links) {
        line.push(' ');
        line.push_str(&subject);
    }
    line
}

/// The file as a link where it is one of the project, else what it is about as code.
fn subject(tool: &ToolCall, known: &Known<'_>, links: &mut Links) -> Option<String> {
    if let Some((name, target)) = tool.file.as_deref().and_then(|file| link(file, known)) {
        links.insert(name.clone(), target);
        return Some(format!("[{name}]"));
    }
    tool.about.as_deref().filter(|about| !about.trim().is_empty()).map(|about| code_span(&inert(about, SUBJECT)))
}

/// A file's name in the project and its address, if the name can be the text of a link.
fn link(file: &Path, known: &Known<'_>) -> Option<(String, String)> {
    let name = relative(file, known.project)?;
    let is_plain = inert(&name, SUBJECT) == name && !name.contains(['[', ']', '\\', '`', '<', '*', '_']);
    // Code keeps every character, `__init__.py` too.
    let name = if is_plain { name } else { code_span(&inert(&name, SUBJECT)) };
    (!name.contains(['[', ']', '\\'])).then_some(())?;
    Some((name, address(file, None)?))
}

/// What came out of a call, as a block within its list item; empty where the line says it all.
pub fn output(tool: &ToolCall) -> String {
    // Of these the files tell, or the todo list.
    let is_told = matches!(
        tool.name.as_str(),
        "read" | "edit" | "write" | "multiedit" | "patch" | "apply_patch" | "todowrite" | "todoread"
    );
    if is_told && tool.status != ToolStatus::Failed {
        return String::new();
    }
    let Some(text) = tool.told.output.as_deref().filter(|text| !text.trim().is_empty()) else {
        return String::new();
    };
    let mut block = String::new();
    push_code(&mut block, "text", &inert_lines(text));
    indented(&block)
}

/// As a part of a list item.
pub fn indented(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        if !line.is_empty() {
            out.push_str("  ");
            out.push_str(line);
        }
        out.push('\n');
    }
    out
}
