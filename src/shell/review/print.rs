//! How changes and verdicts are printed.

use serde::Serialize;

use crate::core::changes::{Fate, FileFate, ReviewedFile};
use crate::core::inert::inert;
use crate::shell::json;

/// `file:line: message [id]`, as compilers write it, so that editors can go there.
pub fn list(files: &[ReviewedFile]) -> String {
    if files.is_empty() {
        return "Nothing that opencode changed here is unreviewed.\n".to_owned();
    }
    let mut text = String::new();
    for file in files {
        let name = inert(&file.file, 200);
        if let Some(message) = &file.message {
            text.push_str(&format!("{name}: {}\n", inert(message, 300)));
        }
        for hunk in &file.hunks {
            text.push_str(&format!("{name}:{}: {} [{}]\n", hunk.line, inert(&hunk.message, 300), hunk.id));
        }
    }
    text
}

pub fn list_json(files: &[ReviewedFile]) -> String {
    json(&files)
}

#[derive(Serialize)]
struct Told<'a> {
    file: &'a str,
    #[serde(flatten)]
    fate: &'a FileFate,
}

pub fn fates_json(files: &[ReviewedFile], fates: &[FileFate]) -> String {
    let told: Vec<Told> = fates.iter().map(|fate| Told { file: name(files, fate), fate }).collect();
    json(&told)
}

/// What was done, a line for each file.
pub fn done(files: &[ReviewedFile], fates: &[FileFate]) -> String {
    let line = |fate: &FileFate| {
        let name = inert(name(files, fate), 200);
        Some(match fate.fate {
            Fate::Kept => format!("{name}: kept\n"),
            Fate::Undone => format!("{name}: undone\n"),
            Fate::InEditor => format!("{name}: done in the editor's text; save it there\n"),
            Fate::Waits | Fate::Refused(_) => return None,
        })
    };
    fates.iter().filter_map(line).collect()
}

/// What was not, and why.
pub fn undone(files: &[ReviewedFile], fates: &[FileFate]) -> Vec<String> {
    let line = |fate: &FileFate| {
        let name = name(files, fate);
        match &fate.fate {
            Fate::Waits => Some(format!("{name}: opencode is at work on it; it will be undone at the end of the turn")),
            Fate::Refused(why) => Some(format!("{name}: nothing was done ({why})")),
            Fate::Kept | Fate::Undone | Fate::InEditor => None,
        }
    };
    fates.iter().filter_map(line).collect()
}

fn name<'a>(files: &'a [ReviewedFile], fate: &'a FileFate) -> &'a str {
    let listed = files.iter().find(|file| file.path == fate.path);
    listed.map_or_else(|| fate.path.to_str().unwrap_or_default(), |file| &file.file)
}
