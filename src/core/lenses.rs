//! Code lenses: the verdicts, over the hunks of open documents.

use super::changes::{Changed, InEditor};
use super::command::{Command, Which};
use super::effect::EditorEffect;
use super::ids::DocumentUri;
use super::state::State;
use crate::text::{Point, Span};

/// One code lens: a command with a title, over a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Lens {
    /// Empty, at the start of a line.
    pub span: Span,
    pub title: String,
    pub command: Command,
}

impl State {
    pub(super) fn lenses(&self, uri: &DocumentUri) -> Vec<Lens> {
        if let Some(lenses) = self.prompt_lenses(uri) {
            return lenses;
        }
        if !self.settings.review.code_lens {
            return Vec::new();
        }
        let Some((path, changed)) = uri.to_path().and_then(|path| Some((path.clone(), self.changes.get(&path)?)))
        else {
            return Vec::new();
        };
        if !changed.is_shown() {
            return Vec::new();
        }
        let mut lenses = Vec::new();
        if changed.has_hunks() && changed.in_editor == InEditor::Same {
            for index in 0..changed.review.hunks().len() {
                let line = self.hunk_place(&path, index).map_or(0, |span| span.start.line);
                let which = Which::Hunk { uri: uri.clone(), id: changed.id(Some(index)) };
                lenses.push(lens(line, "Keep", Command::Keep(which.clone())));
                lenses.push(lens(line, "Undo", Command::Undo { which, confirmed: false }));
            }
        }
        if lenses.len() != 2 {
            lenses.splice(0..0, file_lenses(uri, changed));
        }
        lenses
    }

    /// Tells the editor that its lenses are old, where it shows any.
    pub(super) fn refresh_lenses(&mut self) {
        if std::mem::take(&mut self.lenses_moved) && self.settings.review.code_lens {
            self.editor(EditorEffect::RefreshLenses);
        }
    }
}

/// Over the first line: the file as a whole.
fn file_lenses(uri: &DocumentUri, changed: &Changed) -> Vec<Lens> {
    let which = Which::File { uri: uri.clone() };
    let mut lenses = vec![lens(0, "Keep opencode's changes of this file", Command::Keep(which.clone()))];
    if changed.can_be_undone() || changed.in_editor == InEditor::Diverged {
        lenses.push(lens(0, "Undo them", Command::Undo { which, confirmed: false }));
    }
    lenses.push(lens(0, "Show diff", Command::ShowDiff { uri: Some(uri.clone()) }));
    lenses
}

fn lens(line: u32, title: &str, command: Command) -> Lens {
    let at = Point { line, character: 0 };
    Lens { span: Span { start: at, end: at }, title: title.to_owned(), command }
}
