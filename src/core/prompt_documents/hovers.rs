//! Hover in prompt documents: what a name in it stands for, and how much of it would be sent.

use std::path::Path;

use super::checks::Checked;
use super::header::{Field, Key, Written, read};
use super::mentions::{AtMention, at_mentions};
use super::slash::slash;
use crate::core::contexts;
use crate::core::ids::{DocumentUri, FolderId};
use crate::core::inert::{inert, inert_lines};
use crate::core::place::describe_lines;
use crate::core::state::State;
use crate::text::{Point, Span};

/// How much of a text is shown, in lines.
const SHOWN: usize = 20;

/// Plain text about a part of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Hover {
    pub span: Span,
    pub text: String,
}

impl State {
    /// From what is known now; none outside of prompt documents and where nothing has a meaning.
    pub(in crate::core) fn hover(&self, uri: &DocumentUri, point: Point) -> Option<Hover> {
        let path = self.prompt_document_at(uri).filter(|path| self.is_question_document(path))?;
        let document = &self.documents.by_path(&path)?.text;
        let (text, at) = (document.text(), document.offset(point, self.encoding));
        let (written, folder) = (read(&text), self.folder_of_file(&path));
        let (range, text) = if written.header.contains(&at) {
            let field = written.fields.iter().find(|field| field.at.contains(&at) || field.at.end == at)?;
            (field.at.clone(), self.field_hover(folder, &written, field)?)
        } else {
            let body = &text[written.body.clone()];
            let within = at.checked_sub(written.body.start)?;
            let touches = |range: &std::ops::Range<usize>| range.start <= within && within <= range.end;
            let (range, said) = self.body_hover(folder, &written, body, &touches)?;
            (written.body.start + range.start..written.body.start + range.end, said)
        };
        Some(Hover { span: document.span(range, self.encoding), text })
    }

    fn body_hover(
        &self,
        folder: FolderId,
        written: &Written,
        body: &str,
        touches: &dyn Fn(&std::ops::Range<usize>) -> bool,
    ) -> Option<(std::ops::Range<usize>, String)> {
        if let Some(mention) = contexts::mentions(body).into_iter().find(|mention| touches(&mention.at)) {
            let preview = self.preview(mention.context?, self.place_in_header(folder, written).as_ref());
            let mut said = preview.what;
            if let Some(bytes) = preview.bytes {
                said.push_str(&format!(
                    "\n{}",
                    size(bytes as u64, preview.text.as_deref().map(|text| text.lines().count()))
                ));
            }
            if let Some(text) = &preview.text {
                said.push_str(&format!("\n\n{}", beginning(text)));
            }
            return Some((mention.at, said));
        }
        if let Some(mention) = at_mentions(body).into_iter().find(|mention| touches(&mention.at)) {
            return Some((mention.at.clone(), self.mention_hover(folder, &mention)?));
        }
        let slash = slash(body).filter(|slash| touches(&slash.at))?;
        let command = self.known_commands(folder)?.iter().find(|command| command.name == slash.name)?;
        let description = inert_lines(&command.description);
        Some((
            slash.at,
            format!("opencode's command /{}\n{}", inert(&command.name, 100), description).trim_end().to_owned(),
        ))
    }

    fn mention_hover(&self, folder: FolderId, mention: &AtMention) -> Option<String> {
        if let Some((path, checked)) = self.mentioned_file(folder, mention)
            && let Some(said) = self.file_hover(&path, checked, mention.lines)
        {
            return Some(said);
        }
        let agent = self.known_agents(folder)?.iter().find(|agent| agent.name == mention.name && agent.subagent)?;
        Some(format!(
            "opencode is told to call the agent {}\n{}",
            inert(&agent.name, 100),
            inert_lines(&agent.description)
        ))
    }

    fn file_hover(&self, path: &Path, checked: Checked, lines: Option<(u32, u32)>) -> Option<String> {
        let name = inert(&self.display_path(path), 200);
        let part = lines.map(|lines| format!(", {}", describe_lines(lines))).unwrap_or_default();
        // The editor's own text is what counts where it is open.
        if let Some(document) = self.documents.by_path(path) {
            let text = &document.text;
            let cut = match lines {
                Some((first, last)) => {
                    let span = text.lines_span(first.saturating_sub(1)..last, self.encoding);
                    text.slice(text.range(span, self.encoding))
                }
                None => text.text(),
            };
            let how = if self.dirty.contains(&document.uri) {
                "sent as it is in the editor, not saved"
            } else {
                "opencode reads it"
            };
            return Some(format!("{name}{part}: {how}\n{}", size(cut.len() as u64, Some(cut.lines().count()))));
        }
        match checked {
            Checked::Text { bytes, lines: count } => {
                let whole = size(bytes as u64, Some(count));
                let whole = if lines.is_some() { format!("the whole file: {whole}") } else { whole };
                Some(format!("{name}{part}: opencode reads it\n{whole}"))
            }
            Checked::Large { bytes } => Some(format!("{name}{part}: opencode reads it\n{}", size(bytes, None))),
            Checked::Binary { bytes } => Some(format!("{name}: no text, only its name is sent\n{}", size(bytes, None))),
            Checked::Unreadable | Checked::Absent => None,
        }
    }

    fn field_hover(&self, folder: FolderId, written: &Written, field: &Field) -> Option<String> {
        let what = match field.key {
            Key::File | Key::Lines => {
                let path = self.path_in_header(folder, written.value(Key::File)?)?;
                let open = Checked::Text { bytes: 0, lines: 0 };
                let checked = self.prompt_documents.checked.get(&path).copied();
                let checked = checked.or(self.documents.by_path(&path).map(|_| open))?;
                return self.file_hover(&path, checked, written.lines().ok().flatten());
            }
            Key::Agent => {
                let agent = self.known_agents(folder)?.iter().find(|agent| agent.name == field.value)?;
                inert_lines(&agent.description)
            }
            Key::Model => {
                let model = self.model_named(folder, written)?;
                format!("{}, by {}", inert(&model.title, 100), inert(&model.provider, 100))
            }
            Key::Session => {
                let (_, session) = self.sessions.iter().find(|(id, _)| id.as_str() == field.value)?;
                inert(&session.title, 200)
            }
            Key::Variant => return None,
        };
        Some(format!("{}\n{what}", field.key.description()).trim_end().to_owned())
    }
}

/// `1,234 bytes, 56 lines`.
fn size(bytes: u64, lines: Option<usize>) -> String {
    let counted = |count: u64, unit: &str| format!("{} {unit}{}", grouped(count), if count == 1 { "" } else { "s" });
    let bytes = counted(bytes, "byte");
    match lines {
        Some(lines) => format!("{bytes}, {}", counted(lines as u64, "line")),
        None => bytes,
    }
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}

fn beginning(text: &str) -> String {
    let mut shown: Vec<String> = text.lines().take(SHOWN).map(|line| inert(line, 200)).collect();
    if text.lines().nth(SHOWN).is_some() {
        shown.push("…".to_owned());
    }
    shown.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_said_for_people() {
        assert_eq!(size(1, Some(1)), "1 byte, 1 line");
        assert_eq!(size(1_234_567, Some(12_345)), "1,234,567 bytes, 12,345 lines");
        assert_eq!(size(0, None), "0 bytes");
    }
}
