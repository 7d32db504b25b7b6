//! Links in prompt documents: the files that they name.

use super::checks::Checked;
use super::header::{Key, read};
use super::mentions::at_mentions;
use crate::core::ids::DocumentUri;
use crate::core::state::State;
use crate::text::Span;

/// A stretch of a document that leads to a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    pub span: Span,
    pub target: DocumentUri,
    /// 1-based.
    pub line: Option<u32>,
}

impl State {
    /// None where the document is no prompt document. Files that are not known to be there are no links.
    pub(in crate::core) fn prompt_links(&self, uri: &DocumentUri) -> Option<Vec<Link>> {
        let path = self.prompt_document_at(uri).filter(|path| self.is_question_document(path))?;
        let document = &self.documents.by_path(&path)?.text;
        let text = document.text();
        let (written, folder) = (read(&text), self.folder_of_file(&path));
        let is_there = |checked: &Checked| !matches!(checked, Checked::Absent | Checked::Unreadable);
        let mut links = Vec::new();
        if let Some(field) = written.field(Key::File)
            && let Some(file) = self.path_in_header(folder, &field.value)
            && self.prompt_documents.checked.get(&file).is_some_and(is_there)
            && let Some(target) = self.documents.uri_of(&file)
        {
            let line = written.lines().ok().flatten().map(|(first, _)| first);
            links.push(Link { span: document.span(field.at.clone(), self.encoding), target, line });
        }
        for mention in at_mentions(&text[written.body.clone()]) {
            if let Some((file, checked)) = self.mentioned_file(folder, &mention)
                && is_there(&checked)
                && let Some(target) = self.documents.uri_of(&file)
            {
                let at = written.body.start + mention.at.start..written.body.start + mention.at.end;
                let line = mention.lines.map(|(first, _)| first);
                links.push(Link { span: document.span(at, self.encoding), target, line });
            }
        }
        Some(links)
    }
}
