//! Code actions: what is offered at a place.

use super::changes::InEditor;
use super::command::{Ask, Command, Which};
use super::diagnostics::{CODE_CHANGE, CODE_CONFLICT, CODE_PERMISSION};
use super::effect::Diagnostic;
use super::ids::{DocumentUri, PermissionId};
use super::inert::inert;
use super::permissions::label_always;
use super::place::Place;
use super::server::PermissionReply;
use super::state::State;
use crate::text::Span;

/// A request for code actions.
#[derive(Debug, Clone, Default)]
pub struct ActionQuery {
    pub place: Option<Place>,
    /// The diagnostics the editor passes along.
    pub diagnostics: Vec<ContextDiagnostic>,
    /// The kinds asked for; empty for all.
    pub only: Vec<String>,
    /// Not asked for by the user: the light bulb (`CodeActionTriggerKind.Automatic`).
    pub automatic: bool,
}

/// A diagnostic as the editor passes it; `index` is its position in the request.
#[derive(Debug, Clone, PartialEq)]
pub struct ContextDiagnostic {
    pub index: usize,
    /// Ours, so that it is not "fixed".
    pub ours: bool,
    /// `line 3: message (source code)`.
    pub text: String,
    pub span: Span,
    /// `data.id` of one of ours.
    pub id: Option<String>,
}

/// One code action: a command with a title.
#[derive(Debug, Clone, PartialEq)]
pub struct Action {
    pub title: String,
    pub kind: Option<ActionKind>,
    pub command: Command,
    /// Which diagnostics of the request it answers, by their index.
    pub diagnostics: Vec<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActionKind {
    QuickFix,
    /// The user's word, such as `refactor.rewrite`.
    Other(String),
}

impl ActionKind {
    pub fn as_str(&self) -> &str {
        match self {
            Self::QuickFix => "quickfix",
            Self::Other(kind) => kind,
        }
    }
}

impl State {
    /// What opencode can do here: first what waits for the user, then review, then asking.
    pub(super) fn actions(&mut self, query: &ActionQuery) -> Vec<Action> {
        let Some(place) = &query.place else {
            return Vec::new();
        };
        self.touch(place.clone());
        if let Some(mut actions) = self.document_actions(&place.uri) {
            self.prompt_document_touched(&place.uri);
            if !query.automatic {
                self.menu_actions(&mut actions);
            }
            actions.retain(|action| wanted(action.kind.as_ref(), &query.only));
            return actions;
        }
        self.contexts.touch_open(&place.uri, &self.documents);
        self.contexts.told(&place.uri, place.span, &query.diagnostics);
        let mut actions = Vec::new();
        if !query.automatic {
            self.menu_actions(&mut actions);
        }
        if let Some(span) = place.span {
            self.permission_actions(&place.uri, span, &mut actions);
            self.question_actions(&place.uri, span, &mut actions);
            self.review_actions(&place.uri, span, query.automatic, &mut actions);
        }
        self.comment_actions(query, place, &mut actions);
        asking_actions(query, place, &mut actions);
        if !query.automatic {
            self.answer_actions(place, &mut actions);
        }
        self.prompt_actions(query, place, &mut actions);
        let folder = self.folders.get(self.folder_of(Some(place)));
        if !query.automatic && folder.is_some_and(|folder| folder.telling.can_be_offered()) {
            let title = "opencode: tell it what was undone, with the next question".to_owned();
            actions.push(Action { title, kind: None, command: Command::Tell, diagnostics: Vec::new() });
        }
        actions.retain(|action| wanted(action.kind.as_ref(), &query.only));
        actions
    }

    fn permission_actions(&self, uri: &DocumentUri, span: Span, actions: &mut Vec<Action>) {
        for id in self.permissions_shown_at(uri, span) {
            let Some(request) = self.permissions.get(&id) else {
                continue;
            };
            let what = inert(&self.summary_of(request), 60);
            let reply = |reply| Command::ReplyPermission { id: id.clone(), reply, message: None };
            let mut push = |title: String, command: Command| {
                actions.push(Action { title, kind: Some(ActionKind::QuickFix), command, diagnostics: Vec::new() });
            };
            push(format!("opencode: show details of {what}"), Command::ShowPermission { id: id.clone() });
            push(format!("opencode: allow once {what}"), reply(PermissionReply::Once));
            push(format!("opencode: a{}", &label_always(request)[1..]), reply(PermissionReply::Always));
            push(format!("opencode: reject {what}"), reply(PermissionReply::Reject));
        }
    }

    fn review_actions(&self, uri: &DocumentUri, span: Span, automatic: bool, actions: &mut Vec<Action>) {
        let Some(changed) = uri.to_path().and_then(|path| self.changes.get(&path)) else {
            return;
        };
        let shown = self.published.get(uri).into_iter().flat_map(|shown| &**shown);
        let here: Vec<&Diagnostic> = shown.filter(|d| is_of_review(d.code) && touches(d.span, span)).collect();
        // What is said of a file as a whole, on its first line, is meant everywhere in it.
        let whole = !automatic && changed.is_shown() && !changed.has_hunks();
        if here.is_empty() && !whole {
            return;
        }
        let mut push = |title: String, command: Command| {
            actions.push(Action { title, kind: Some(ActionKind::QuickFix), command, diagnostics: Vec::new() });
        };
        let file_id = changed.id(None);
        let hunks: Vec<&&Diagnostic> = here.iter().filter(|d| d.id != file_id).collect();
        for diagnostic in &hunks {
            let which = Which::Hunk { uri: uri.clone(), id: diagnostic.id.clone() };
            // Several hunks may be selected: each is named by its line.
            let line = match hunks.len() {
                1 => String::new(),
                _ => format!(" in line {}", diagnostic.span.start.line.saturating_add(1)),
            };
            push(format!("opencode: keep this change{line}"), Command::Keep(which.clone()));
            push(format!("opencode: undo this change{line}"), Command::Undo { which, confirmed: false });
        }
        let on_disk = matches!(changed.in_editor, InEditor::Stale | InEditor::Diverged);
        let title = if on_disk { "opencode: show diff (on disk)" } else { "opencode: show diff" };
        push(title.to_owned(), Command::ShowDiff { uri: Some(uri.clone()) });
        let which = Which::File { uri: uri.clone() };
        let diverged = changed.in_editor == InEditor::Diverged;
        let keep = if diverged {
            "opencode: take its changes into the unsaved text"
        } else {
            "opencode: keep the changes of this file"
        };
        push(keep.to_owned(), Command::Keep(which.clone()));
        if diverged || changed.can_be_undone() {
            let undo = if diverged {
                "opencode: leave the unsaved text as it is"
            } else {
                "opencode: undo the changes of this file"
            };
            push(undo.to_owned(), Command::Undo { which: which.clone(), confirmed: false });
        }
        let which = match hunks.as_slice() {
            [only] => Which::Hunk { uri: uri.clone(), id: only.id.clone() },
            _ => which,
        };
        push("opencode: ask to redo…".to_owned(), Command::Redo { which, prompt: None });
    }

    /// The pending requests whose warning touches a span.
    fn permissions_shown_at(&self, uri: &DocumentUri, span: Span) -> Vec<PermissionId> {
        let mut found: Vec<PermissionId> = Vec::new();
        for diagnostic in self.published.get(uri).into_iter().flat_map(|shown| &**shown) {
            if diagnostic.code != CODE_PERMISSION || !touches(diagnostic.span, span) {
                continue;
            }
            let id = PermissionId::from(diagnostic.id.as_str());
            if !found.contains(&id) {
                found.push(id);
            }
        }
        found
    }
}

fn is_of_review(code: &str) -> bool {
    matches!(code, CODE_CHANGE | CODE_CONFLICT)
}

fn asking_actions(query: &ActionQuery, place: &Place, actions: &mut Vec<Action>) {
    let selected = place.span.is_some_and(|span| span.start != span.end);
    let foreign: Vec<&ContextDiagnostic> = query.diagnostics.iter().filter(|d| !d.ours).collect();
    if selected || !query.automatic {
        let title = if selected { "Ask opencode about selection…" } else { "Ask opencode about this line…" };
        actions.push(Action {
            title: title.to_owned(),
            kind: None,
            command: Command::Ask(Ask { place: Some(place.clone()), ..Ask::default() }),
            diagnostics: Vec::new(),
        });
    }
    if !foreign.is_empty() {
        actions.push(Action {
            title: "Fix with opencode".to_owned(),
            kind: Some(ActionKind::QuickFix),
            command: Command::Ask(Ask {
                place: Some(place.clone()),
                prompt: Some("Fix these diagnostics.".to_owned()),
                diagnostics: foreign.iter().map(|d| d.text.clone()).collect(),
                ..Ask::default()
            }),
            diagnostics: foreign.iter().map(|d| d.index).collect(),
        });
    }
    if selected || !query.automatic {
        let what = if selected { "selection" } else { "this line" };
        actions.push(Action {
            title: format!("Add {what} to opencode prompt"),
            kind: None,
            command: Command::Append { place: Some(place.clone()) },
            diagnostics: Vec::new(),
        });
    }
}

/// `only: ["quickfix"]` also asks for `quickfix.something`, not the other way round (LSP, CodeActionKind).
fn wanted(kind: Option<&ActionKind>, only: &[String]) -> bool {
    // vim-lsp asks for the empty kind, of which all are.
    let all = only.is_empty() || only.iter().any(String::is_empty);
    let is_of = |kind: &str, wanted: &str| {
        kind.strip_prefix(wanted).is_some_and(|rest| matches!(rest.as_bytes(), [] | [b'.', ..]))
    };
    all || kind.is_some_and(|kind| only.iter().any(|wanted| is_of(kind.as_str(), wanted)))
}

/// Whether two spans share a line or a character; editors pass the cursor as an empty span.
pub fn touches(left: Span, right: Span) -> bool {
    let (right_start, right_end) =
        if right.end < right.start { (right.end, right.start) } else { (right.start, right.end) };
    left.start.line <= right_end.line && right_start.line <= left.end.line
}
