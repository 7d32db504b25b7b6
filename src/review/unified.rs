//! A diff to read.

use std::ops::Range;

use super::content::Content;
use super::hunk::{Hunk, hunks};

/// Unchanged lines shown around a hunk.
const CONTEXT: u32 = 3;

/// A unified diff of one file with three lines of context, or one plain sentence where
/// there are no lines to compare. Empty where nothing differs.
///
/// `path` is shown as it is, control characters escaped; the side that is absent is
/// `/dev/null`. Texts keep their line endings, so a `\r` is part of its line.
pub fn unified(path: &str, before: &Content, after: &Content) -> String {
    let path = printable(path);
    let (Some(old), Some(new)) = (before.comparable(), after.comparable()) else {
        return sentence(&path, before, after);
    };
    if before == after {
        return String::new();
    }

    let name = |content: &Content| match content {
        Content::Absent => "/dev/null".to_owned(),
        _ => path.clone(),
    };
    let mut out = format!("--- {}\n+++ {}\n", name(before), name(after));
    let hunks = hunks(old, new);
    let old: Vec<_> = old.split_inclusive('\n').collect();
    let new: Vec<_> = new.split_inclusive('\n').collect();

    // Hunks whose context would overlap are shown as one.
    for group in hunks.chunk_by(|a, b| b.before.start - a.before.end <= 2 * CONTEXT) {
        push_group(&mut out, group, &old, &new);
    }
    out
}

fn sentence(path: &str, before: &Content, after: &Content) -> String {
    let what = match (before, after) {
        (Content::Absent, _) => "added",
        (_, Content::Absent) => "deleted",
        _ => "changed",
    };
    if before.is_no_text() || after.is_no_text() {
        return format!("Binary file {path} {what}\n");
    }

    let size = |content: &Content| match content {
        Content::TooLarge { bytes } => Some(*bytes),
        Content::Text(text) => Some(text.len() as u64),
        Content::Absent | Content::Binary(_) | Content::Unreadable => None,
    };
    let sizes = match (size(before), size(after)) {
        (Some(old), Some(new)) => format!("{old} bytes before, {new} bytes after"),
        (Some(bytes), None) | (None, Some(bytes)) => format!("{bytes} bytes"),
        (None, None) => String::from("size unknown"),
    };
    format!("File {path} {what}: too large to diff ({sizes})\n")
}

fn push_group(out: &mut String, group: &[Hunk], old: &[&str], new: &[&str]) {
    let (Some(first), Some(last)) = (group.first(), group.last()) else {
        return;
    };
    let lead = CONTEXT.min(first.before.start);
    let trail = CONTEXT.min((old.len() as u32).saturating_sub(last.before.end));
    let before = first.before.start - lead..last.before.end + trail;
    let after = first.after.start - lead..last.after.end + trail;
    out.push_str(&format!("@@ -{} +{} @@\n", stated(&before), stated(&after)));

    let mut at = before.start;
    for hunk in group {
        push_lines(out, ' ', old, at..hunk.before.start);
        push_lines(out, '-', old, hunk.before.clone());
        push_lines(out, '+', new, hunk.after.clone());
        at = hunk.before.end;
    }
    push_lines(out, ' ', old, at..before.end);
}

fn push_lines(out: &mut String, mark: char, lines: &[&str], range: Range<u32>) {
    let range = range.start as usize..range.end as usize;
    for line in lines.get(range).unwrap_or_default() {
        out.push(mark);
        out.push_str(line);
        if !line.ends_with('\n') {
            out.push_str("\n\\ No newline at end of file\n");
        }
    }
}

/// A range as a hunk header states it: 1-based, and an empty one by the line before it.
fn stated(range: &Range<u32>) -> String {
    let start = range.start + u32::from(!range.is_empty());
    format!("{start},{}", range.len())
}

fn printable(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for c in path.chars() {
        if c.is_control() {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}
