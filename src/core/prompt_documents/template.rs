//! What stands in a prompt document when the user gets it.

use super::header::{Header, bare, can_be_written, read};
use crate::core::asking::with_what_goes_along;
use crate::core::command::Ask;
use crate::core::ids::DocumentUri;
use crate::core::place::{Place, describe_lines, lines_of, relative};
use crate::core::state::State;
use crate::core::writing::Writing;

/// A new document's text.
pub(super) struct Template {
    pub text: String,
    /// Where the user is to write, 0-based.
    pub line: u32,
    /// The user has not asked anything in it yet.
    pub blank: bool,
}

impl State {
    pub(super) fn template(&self, writing: &Writing) -> Template {
        let (header, body, blank) = match writing {
            Writing::Question(ask) => {
                let sends = if self.settings.ask.send_on_save {
                    "saving this file sends it"
                } else {
                    "send it with a code action or opencode.document.send"
                };
                let header = self.header_of(ask).write(&format!("Write your question below; {sends}."));
                let blank = ask.prompt.as_deref().is_none_or(|prompt| prompt.trim().is_empty());
                (header, with_what_goes_along(ask), blank)
            }
            Writing::Argument(argument) => {
                let prose = format!("write {} below; saving this file takes it.", argument.wanted());
                (bare(&prose), String::new(), true)
            }
        };
        let line = u32::try_from(header.matches('\n').count() + 1).unwrap_or(u32::MAX);
        Template { text: format!("{header}\n{body}\n"), line, blank }
    }

    fn header_of(&self, ask: &Ask) -> Header {
        let place = ask.place.as_ref();
        let file = place.and_then(|place| self.name_in_header(&place.uri));
        let lines = place.and_then(|place| place.span).map(lines_of);
        let session = match &ask.session {
            Some(super::SessionWish::Known(session)) => Some(session.clone()),
            Some(super::SessionWish::New) => Some("new".into()),
            None => None,
        };
        Header { file, lines, options: ask.options.clone(), session }
    }

    /// A file as a header names it: from its workspace folder on where it can be, else whole; its URI where
    /// it has no other name that can be read again.
    pub(super) fn name_in_header(&self, uri: &DocumentUri) -> Option<String> {
        let named = uri.to_path().map(|path| {
            let root = self.folders.get(self.folder_of_file(&path)).map(|folder| folder.paths.root.clone());
            root.and_then(|root| relative(&path, &root)).unwrap_or_else(|| path.display().to_string())
        });
        let named = named.filter(|name| can_be_written(name) && !is_uri(name));
        named.or_else(|| Some(uri.to_string()).filter(|uri| can_be_written(uri)))
    }

    /// A place for people: `src/a.py, lines 3-7`.
    pub(in crate::core) fn describe(&self, place: &Place) -> String {
        let name = place.uri.to_path().map_or_else(|| place.uri.to_string(), |path| self.display_path(&path));
        match place.span {
            Some(span) => format!("{name}, {}", describe_lines(lines_of(span))),
            None => name,
        }
    }

    /// The question of a document, without its header.
    pub(super) fn question_in(text: &str) -> &str {
        text[read(text).body].trim()
    }
}

/// Whether a name in a header is a URI: a drive's letter is no scheme.
pub(super) fn is_uri(name: &str) -> bool {
    let scheme = name.split_once(':').map(|(scheme, _)| scheme).unwrap_or_default();
    scheme.len() > 1 && scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && {
        scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    }
}
