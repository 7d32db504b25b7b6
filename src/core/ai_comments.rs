//! Comments for an AI in the open documents: hints, and prompts that ask to do or answer them.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::actions::{Action, ActionKind, ActionQuery};
use super::command::{Ask, Command, CommandError, Outcome};
use super::effect::{Diagnostic, Level};
use super::ids::DocumentUri;
use super::inert::fence;
use super::menus::Entry;
use super::place::{Place, lines_of};
use super::state::State;
use crate::comments::{Comment, LineEdit, Scanned, Wish, syntax_of};
use crate::text::{Point, Span};

pub const CODE_AI_COMMENT: &str = "ai-comment";
/// How many lines above and below a comment go along with it.
const AROUND: u32 = 50;
const ID: &str = "comment: ";

#[derive(Debug, Default)]
pub(super) struct AiComments {
    documents: HashMap<DocumentUri, Commented>,
    /// What was sent once is never sent by itself again.
    sent: HashSet<(DocumentUri, String)>,
}

#[derive(Debug)]
struct Commented {
    path: PathBuf,
    scanned: Scanned,
    /// The comments when the document was opened or saved.
    saved: BTreeSet<String>,
}

impl Commented {
    fn texts(&self) -> BTreeSet<String> {
        self.scanned.comments().iter().map(|comment| comment.text.clone()).collect()
    }
}

/// A comment and the document it is in.
type Located = (DocumentUri, Comment);

impl State {
    pub(super) fn comments_opened(&mut self, uri: &DocumentUri) {
        let Some(document) = self.documents.get(uri) else {
            return;
        };
        let Some(path) = document.path.clone().filter(|path| !self.folders.is_own(path)) else {
            return;
        };
        let Some(syntax) = syntax_of(&document.language, Some(&path)) else {
            return;
        };
        let scanned = Scanned::new(syntax, &document.text);
        let mut commented = Commented { path, scanned, saved: BTreeSet::new() };
        commented.saved = commented.texts();
        self.touched.insert(commented.path.clone());
        self.ai_comments.documents.insert(uri.clone(), commented);
    }

    pub(super) fn comments_edited(&mut self, uri: &DocumentUri, edits: &[Option<LineEdit>]) {
        if let (Some(document), Some(commented)) = (self.documents.get(uri), self.ai_comments.documents.get_mut(uri))
            && commented.scanned.edited(edits, &document.text)
        {
            self.touched.insert(commented.path.clone());
        }
    }

    pub(super) fn comments_closed(&mut self, uri: &DocumentUri) {
        if let Some(commented) = self.ai_comments.documents.remove(uri) {
            self.touched.insert(commented.path);
        }
    }

    /// The settings may be others.
    pub(super) fn comments_configured(&mut self) {
        self.touched.extend(self.ai_comments.documents.values().map(|commented| commented.path.clone()));
    }

    /// What is new since the last save is sent, where the user wants that.
    pub(super) fn comments_saved(&mut self, uri: &DocumentUri) {
        let Some(commented) = self.ai_comments.documents.get_mut(uri) else {
            return;
        };
        let now = commented.texts();
        let before = std::mem::replace(&mut commented.saved, now);
        if !self.settings.ai_comments.send_on_save {
            return;
        }
        let is_new = |(uri, comment): &Located| {
            let sent = &self.ai_comments.sent;
            !before.contains(&comment.text) && !sent.contains(&(uri.clone(), comment.text.clone()))
        };
        let mut new: Vec<Located> = self.comments_of(uri).into_iter().filter(is_new).collect();
        // What opencode wrote is nobody's order before the user has looked at it.
        new.retain(|(uri, comment)| !self.is_unreviewed(uri, comment.line));
        if !new.is_empty() {
            self.send_these(new);
        }
    }

    /// The comments of one document of the workspace.
    fn comments_of(&self, uri: &DocumentUri) -> Vec<Located> {
        let uri = self.documents.get(uri).map_or(uri, |document| &document.uri);
        let commented = self.ai_comments.documents.get(uri);
        let commented = commented.filter(|commented| self.folders.holding(&commented.path).is_some());
        let comments = commented.into_iter().flat_map(|commented| commented.scanned.comments());
        comments.map(|comment| (uri.clone(), comment.clone())).collect()
    }

    /// Those of the folder that the user is in, by their files.
    fn comments_here(&self) -> Vec<Located> {
        let here = self.folders.here();
        let is_here = |commented: &Commented| self.folders.holding(&commented.path) == Some(here);
        let mut documents: Vec<(&Path, &DocumentUri)> = self
            .ai_comments
            .documents
            .iter()
            .filter(|(_, commented)| is_here(commented))
            .map(|(uri, commented)| (commented.path.as_path(), uri))
            .collect();
        documents.sort();
        documents.into_iter().flat_map(|(_, uri)| self.comments_of(uri)).collect()
    }

    fn comments_at(&self, place: &Place) -> Vec<Located> {
        let mut comments = self.comments_of(&place.uri);
        if let Some(span) = place.span {
            let (first, last) = lines_of(span);
            comments.retain(|(_, comment)| (first..=last).contains(&comment.line.saturating_add(1)));
        }
        comments
    }

    fn is_unreviewed(&self, uri: &DocumentUri, line: u32) -> bool {
        let Some((path, changed)) = uri.to_path().and_then(|path| Some((path.clone(), self.changes.get(&path)?)))
        else {
            return false;
        };
        let count = changed.review.hunks().len();
        // A new file is opencode's as a whole.
        count == 0 || (0..count).any(|index| self.hunk_lines(&path, changed, index).contains(&line))
    }

    pub(super) fn comment_diagnostics(&self, uri: &DocumentUri) -> Vec<Diagnostic> {
        if !self.settings.ai_comments.hints {
            return Vec::new();
        }
        let Some(document) = self.documents.get(uri) else {
            return Vec::new();
        };
        let hint = |(_, comment): Located| {
            let what = match comment.wish {
                Wish::Do | Wish::Either => "opencode can do this",
                Wish::Answer => "opencode can answer this",
            };
            let line = document.text.range(start_of(comment.line), self.encoding).start;
            Diagnostic {
                span: document.text.span(line + comment.at.start..line + comment.at.end, self.encoding),
                level: Level::Hint,
                code: CODE_AI_COMMENT,
                message: format!("{what}: send it with a code action"),
                id: format!("{ID}{}", comment.text),
                related: None,
            }
        };
        self.comments_of(uri).into_iter().map(hint).collect()
    }

    pub(super) fn comment_actions(&self, query: &ActionQuery, place: &Place, actions: &mut Vec<Action>) {
        let here = self.comments_at(place);
        if here.is_empty() {
            return;
        }
        let is_hint = |id: &Option<String>| id.as_deref().is_some_and(|id| id.starts_with(ID));
        let hints = query.diagnostics.iter().filter(|diagnostic| diagnostic.ours && is_hint(&diagnostic.id));
        actions.push(Action {
            title: "Send to opencode".to_owned(),
            kind: Some(ActionKind::QuickFix),
            command: Command::SendComments { place: Some(place.clone()) },
            diagnostics: hints.map(|diagnostic| diagnostic.index).collect(),
        });
        let all = self.comments_here().len();
        if all > here.len() && !query.automatic {
            actions.push(Action {
                title: format!("Send all {all} AI comments to opencode"),
                kind: Some(ActionKind::QuickFix),
                command: Command::SendComments { place: None },
                diagnostics: Vec::new(),
            });
        }
    }

    /// For the menu of everything.
    pub(super) fn comment_entry(&self) -> Option<Entry> {
        let detail = match self.comments_here().len() {
            0 => return None,
            1 => "1 comment".to_owned(),
            count => format!("{count} comments"),
        };
        Some(Entry::new("Send all AI comments", detail, Command::SendComments { place: None }))
    }

    pub(super) fn send_comments(&mut self, place: Option<&Place>) -> Result<Outcome, CommandError> {
        let comments = place.map_or_else(|| self.comments_here(), |place| self.comments_at(place));
        if comments.is_empty() {
            return Err(CommandError::NoComments);
        }
        self.send_these(comments);
        Ok(Outcome::Done)
    }

    fn send_these(&mut self, comments: Vec<Located>) {
        let at = |uri: &DocumentUri, line: u32| Place { uri: uri.clone(), span: Some(start_of(line)) };
        let mut question = match comments.as_slice() {
            [(uri, _)] => format!("This comment in `{}` is for you:", code(&self.name_in_project(&at(uri, 0)))),
            several => format!("These {} comments are for you:", several.len()),
        };
        for (uri, comment) in &comments {
            let place = at(uri, comment.line);
            let fence = fence(&comment.text);
            let name = code(&self.name_in_project(&place));
            question.push_str(&format!(
                "\n\n`{name}`, line {}:\n{fence}\n{}\n{fence}",
                comment.line.saturating_add(1),
                comment.text
            ));
        }
        question.push('\n');
        for (wish, rule) in [
            (Wish::Do, "Do what a comment asks that ends in `AI!`, and remove that comment when it is done."),
            (Wish::Answer, "Answer a comment that ends in `AI?`, and leave the code as it is for it."),
            (Wish::Either, "Do what a comment asks that begins with `opencode:`, or answer it."),
        ] {
            if comments.iter().any(|(_, comment)| comment.wish == wish) {
                question.push_str(&format!("\n{rule}"));
            }
        }
        let place = comments.first().map(|(uri, comment)| at(uri, comment.line));
        let ask = Ask { place, prompt: Some(question), also: surroundings(&comments), ..Ask::default() };
        self.ai_comments.sent.extend(comments.into_iter().map(|(uri, comment)| (uri, comment.text)));
        self.start_turn(ask, None);
    }
}

/// The lines around comments, as few pieces as there are.
fn surroundings(comments: &[Located]) -> Vec<Place> {
    let mut pieces: Vec<(&DocumentUri, Range<u32>)> = Vec::new();
    for (uri, comment) in comments {
        let lines = comment.line.saturating_sub(AROUND)..comment.line.saturating_add(AROUND + 1);
        match pieces.last_mut() {
            Some((last, range)) if *last == uri && lines.start <= range.end => range.end = lines.end,
            _ => pieces.push((uri, lines)),
        }
    }
    let place = |(uri, lines): (&DocumentUri, Range<u32>)| {
        let point = |line| Point { line, character: 0 };
        Place { uri: uri.clone(), span: Some(Span { start: point(lines.start), end: point(lines.end) }) }
    };
    pieces.into_iter().map(place).collect()
}

fn start_of(line: u32) -> Span {
    let start = Point { line, character: 0 };
    Span { start, end: start }
}

fn code(name: &str) -> String {
    name.replace('`', "'")
}
