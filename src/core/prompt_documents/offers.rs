//! What is offered in a prompt document: *Send*, *Send to TUI*, *Discard*, as code lenses and code actions.

use std::path::Path;

use super::{PromptDocument, mark};
use crate::core::actions::Action;
use crate::core::command::Command;
use crate::core::ids::DocumentUri;
use crate::core::lenses::Lens;
use crate::core::state::State;
use crate::text::Span;

impl State {
    /// What can be done with a document, with its title.
    fn offers(&self, uri: &DocumentUri, path: &Path) -> Option<Vec<(&'static str, Command)>> {
        let document = self.prompt_documents.documents.get(path)?;
        let uri = || Some(uri.clone());
        let mut offers = vec![(self.send_title(path, document), Command::SendDocument { uri: uri() })];
        if document.is_question() {
            offers.push(("Send to TUI", Command::DocumentToTui { uri: uri() }));
        }
        if !document.discarded {
            offers.push(("Discard", Command::DiscardDocument { uri: uri() }));
        }
        Some(offers)
    }

    fn send_title(&self, path: &Path, document: &PromptDocument) -> &'static str {
        let is_sent = || self.prompt_text(path).is_some_and(|text| document.sent == Some(mark(&text)));
        match document.is_question() {
            true if document.sent.is_some() && is_sent() => "Send again",
            true => "Send",
            false => "Take it",
        }
    }

    /// None where the document is no prompt document.
    pub(in crate::core) fn prompt_lenses(&self, uri: &DocumentUri) -> Option<Vec<Lens>> {
        let offers = self.offers(uri, &uri.to_path()?)?;
        let lens = |(title, command): (&str, Command)| Lens { span: Span::default(), title: title.to_owned(), command };
        Some(offers.into_iter().map(lens).collect())
    }

    /// The same as code actions.
    pub(in crate::core) fn document_actions(&self, uri: &DocumentUri) -> Option<Vec<Action>> {
        let offers = self.offers(uri, &uri.to_path()?)?;
        let action = |(title, command): (&str, Command)| Action {
            title: format!("opencode: {}{}", title[..1].to_lowercase(), &title[1..]),
            kind: None,
            command,
            diagnostics: Vec::new(),
        };
        Some(offers.into_iter().map(action).collect())
    }
}
