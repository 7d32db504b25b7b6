//! What is shown in the user's files: pending permissions and opencode's changes.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::changes::{Changed, InEditor, Source};
use super::effect::{Diagnostic, EditorEffect, Level, Related};
use super::ids::DocumentUri;
use super::inert::inert;
use super::place::Place;
use super::server::PermissionRequest;
use super::state::State;
use crate::review::patch::Patch;
use crate::review::{ChangeKind, Hunk, HunkId};
use crate::text::{Point, Span};

pub const CODE_PERMISSION: &str = "permission";
pub const CODE_QUESTION: &str = "question";
pub const CODE_CHANGE: &str = "change";
pub const CODE_CONFLICT: &str = "unsaved";

/// Past every line; the largest number LSP allows (`uinteger`).
const END_OF_LINE: u32 = i32::MAX as u32;

impl State {
    /// Publishes what differs from what the editor was last told.
    pub(super) fn publish(&mut self) {
        let mut permissions = self.permission_diagnostics();
        for (uri, diagnostic) in self.question_diagnostics() {
            permissions.entry(uri).or_default().push(diagnostic);
        }
        let mut uris: Vec<DocumentUri> = Vec::new();
        for path in std::mem::take(&mut self.touched) {
            uris.extend(self.documents.uri_of(&path));
        }
        uris.extend(permissions.keys().cloned());
        uris.extend(self.shows_permissions.drain());
        uris.sort();
        uris.dedup();
        for uri in uris {
            let mut diagnostics = permissions.get(&uri).cloned().unwrap_or_default();
            if !diagnostics.is_empty() {
                self.shows_permissions.insert(uri.clone());
            }
            if let Some(document) = self.documents.get(&uri)
                && let Some(path) = &document.path
            {
                diagnostics.extend(self.prompt_documents.diagnostics(path).iter().cloned());
            }
            if let Some(path) = uri.to_path()
                && let Some(changed) = self.changes.get(&path)
            {
                diagnostics.extend(self.change_diagnostics(&path, changed));
            }
            diagnostics.extend(self.comment_diagnostics(&uri));
            self.publish_one(uri, diagnostics);
        }
        self.refresh_lenses();
    }

    fn publish_one(&mut self, uri: DocumentUri, diagnostics: Vec<Diagnostic>) {
        let before = self.published.get(&uri).map(|before| &**before).unwrap_or_default();
        if before == diagnostics.as_slice() {
            return;
        }
        let diagnostics: Arc<[Diagnostic]> = diagnostics.into();
        self.lenses_moved |= self.documents.get(&uri).is_some();
        let version = self.documents.get(&uri).map(|document| document.version);
        if diagnostics.is_empty() {
            self.published.remove(&uri);
        } else {
            self.published.insert(uri.clone(), Arc::clone(&diagnostics));
        }
        self.editor(EditorEffect::Publish { uri, version, diagnostics });
    }

    /// A document was opened or closed: what was published under another URI of the same file
    /// (VS Code writes `%2B` and `c%3A` where others do not) moves to the one that counts now.
    pub(super) fn republish(&mut self, uri: &DocumentUri) {
        let Some(path) = uri.to_path() else {
            return;
        };
        let counts = self.documents.uri_of(&path);
        let others: Vec<DocumentUri> = self
            .published
            .keys()
            .filter(|shown| Some(*shown) != counts.as_ref() && shown.to_path().as_deref() == Some(&path))
            .cloned()
            .collect();
        for other in others {
            self.publish_one(other, Vec::new());
        }
        self.touched.insert(path);
    }

    fn permission_diagnostics(&self) -> BTreeMap<DocumentUri, Vec<Diagnostic>> {
        let mut all: BTreeMap<DocumentUri, Vec<Diagnostic>> = BTreeMap::new();
        for request in self.permissions.open() {
            for (uri, spans) in self.places_of(request) {
                let diagnostics = spans.into_iter().map(|span| Diagnostic {
                    span,
                    level: Level::Warning,
                    code: CODE_PERMISSION,
                    message: self.permission_message(request),
                    id: request.id.to_string(),
                    related: None,
                });
                all.entry(uri).or_default().extend(diagnostics);
            }
        }
        all
    }

    fn permission_message(&self, request: &PermissionRequest) -> String {
        let summary = inert(&self.summary_of(request), 200);
        let unsaved = if self.unsaved_text_of(request).is_some() { ", which has unsaved changes here" } else { "" };
        format!("opencode wants to {summary}{unsaved}: allow or reject it with a code action")
    }

    /// The lines an edit would change; and, where those are not before the user's eyes, the place of the question.
    fn places_of(&self, request: &PermissionRequest) -> Vec<(DocumentUri, Vec<Span>)> {
        let mut places = Vec::new();
        if let Some(file) = &request.file
            && let Some(uri) = self.documents.uri_of(file)
        {
            places.push((uri, self.spans_in(file, &lines_to_change(request))));
            if self.documents.by_path(file).is_some() {
                return places;
            }
        }
        if let Some(Place { uri, span }) =
            self.origin_of(&request.session).or_else(|| self.permissions.place(&request.id))
        {
            let span = self.first_line_of(&uri, span);
            places.push((uri, vec![span]));
        }
        places
    }

    /// The first line of a place; its end is only known of open documents.
    pub(super) fn first_line_of(&self, uri: &DocumentUri, span: Option<Span>) -> Span {
        let first = span.map_or(Point { line: 0, character: 0 }, |span| span.start.min(span.end));
        let line = Span { start: first, end: Point { line: first.line, character: END_OF_LINE } };
        let Some(document) = self.documents.get(uri) else {
            return line;
        };
        let range = document.text.range(line, self.encoding);
        Span {
            start: document.text.point(range.start, self.encoding),
            end: document.text.point(range.end, self.encoding),
        }
    }

    /// Whole lines (0-based, half open) as spans, in an open document or a closed file.
    fn spans_in(&self, path: &Path, lines: &[Range<u32>]) -> Vec<Span> {
        lines.iter().map(|lines| self.span_of(path, lines)).collect()
    }

    fn span_of(&self, path: &Path, lines: &Range<u32>) -> Span {
        // An empty range stands for the line it is before: something must be seen.
        let lines = lines.start..lines.end.max(lines.start.saturating_add(1));
        match self.documents.by_path(path) {
            Some(document) => document.text.lines_span(lines, self.encoding),
            None => {
                Span { start: Point { line: lines.start, character: 0 }, end: Point { line: lines.end, character: 0 } }
            }
        }
    }

    pub(super) fn change_diagnostics(&self, path: &Path, changed: &Changed) -> Vec<Diagnostic> {
        if !changed.is_shown() {
            return Vec::new();
        }
        let hunks = changed.review.hunks();
        let summary = |message: String, level, code| {
            let line = hunks.first().map_or(0, |hunk| hunk.after.start);
            let span = self.span_of(path, &(line..line));
            let message = format!("{message}{}", self.waiting_note(path, None));
            Diagnostic { span, level, code, message, id: changed.id(None), related: related(&changed.source) }
        };
        if changed.in_editor == InEditor::Diverged {
            let message = "opencode changed this file on disk while it has unsaved changes here; show diff to compare";
            return vec![summary(message.to_owned(), Level::Warning, CODE_CONFLICT)];
        }
        // What is gone cannot be reloaded.
        let reloads = changed.in_editor == InEditor::Stale && !changed.review.current().is_absent();
        let stale = if reloads { " on disk; reload the file to see it" } else { "" };
        if !changed.has_hunks()
            && let Some(what) = whole_file(changed.review.kind())
        {
            return vec![summary(format!("opencode {what}{stale}"), Level::Info, CODE_CHANGE)];
        }
        let mut diagnostics = Vec::with_capacity(hunks.len() + 1);
        if let Some(from) = &changed.renamed_from {
            let from = inert(&self.display_path(from), 100);
            diagnostics.push(summary(format!("opencode renamed this file, it was {from}"), Level::Info, CODE_CHANGE));
        }
        diagnostics.extend(hunks.iter().enumerate().map(|(index, hunk)| Diagnostic {
            span: self.hunk_span(path, changed, index, hunk),
            level: Level::Info,
            code: CODE_CHANGE,
            message: format!(
                "opencode {}{stale}{}",
                describe(hunk),
                self.waiting_note(path, changed.review.hunk_id(index))
            ),
            id: changed.id(Some(index)),
            related: related(changed.source_of(index)),
        }));
        diagnostics
    }

    fn waiting_note(&self, path: &Path, hunk: Option<HunkId>) -> &'static str {
        if self.undoing.waits(path, hunk) { " (to be undone when opencode has finished)" } else { "" }
    }

    /// Where a hunk is shown.
    pub(super) fn hunk_place(&self, path: &Path, index: usize) -> Option<Span> {
        let changed = self.changes.get(path)?;
        Some(self.hunk_span(path, changed, index, changed.review.hunks().get(index)?))
    }

    /// The lines of a hunk in a text that has it (0-based, half open, as the editor counts them where it is open).
    pub(super) fn hunk_lines(&self, path: &Path, changed: &Changed, index: usize) -> Range<u32> {
        let Some(document) = self.documents.by_path(path) else {
            return changed.review.hunks().get(index).map(|hunk| hunk.after.clone()).unwrap_or_default();
        };
        // By bytes: a lone \r is a line of its own to LSP, not to a hunk.
        // The review's text has no byte order mark.
        let mark = document.text.bom_bytes();
        let bytes = changed.review.hunk_bytes(index);
        let lines = document.text.lines_of(bytes.start + mark..bytes.end + mark);
        if bytes.is_empty() { lines.start..lines.start } else { lines }
    }

    fn hunk_span(&self, path: &Path, changed: &Changed, index: usize, hunk: &Hunk) -> Span {
        let document = self.documents.by_path(path);
        match (document, changed.in_editor) {
            (Some(document), InEditor::Same) => {
                let lines = self.hunk_lines(path, changed, index);
                // An empty hunk is shown on the line that it is before.
                document.text.lines_span(lines.start..lines.end.max(lines.start + 1), self.encoding)
            }
            (Some(_), _) => self.span_of(path, &hunk.before),
            (None, _) => self.span_of(path, &hunk.after),
        }
    }
}

/// Where the turn was asked.
fn related(source: &Source) -> Option<Related> {
    source.origin.as_ref().map(|origin| Related {
        uri: origin.uri.clone(),
        span: origin.span.unwrap_or_default(),
        message: "asked here",
    })
}

fn lines_to_change(request: &PermissionRequest) -> Vec<Range<u32>> {
    let lines = request.diff.as_deref().and_then(|diff| Patch::parse(diff).ok()).map(|p| p.changed_lines_before());
    match lines {
        Some(lines) if !lines.is_empty() => lines,
        _ => vec![Range::default()],
    }
}

/// What is said of a file as a whole; none where its hunks say it.
fn whole_file(kind: ChangeKind) -> Option<&'static str> {
    match kind {
        ChangeKind::Modified => None,
        ChangeKind::Added => Some("created this file"),
        ChangeKind::Deleted => Some("deleted this file"),
        ChangeKind::Emptied => Some("emptied this file"),
        ChangeKind::Binary => Some("changed this file, which is not text"),
        ChangeKind::TooLarge => Some("changed this file, which is too large to compare"),
        ChangeKind::UnknownBaseline => Some("changed this file; the text before is not known"),
    }
}

fn describe(hunk: &Hunk) -> String {
    let lines = |count: u32| if count == 1 { "1 line".to_owned() } else { format!("{count} lines") };
    let before = hunk.before.end - hunk.before.start;
    let after = hunk.after.end - hunk.after.start;
    match (before, after) {
        (0, added) => format!("added {}", lines(added)),
        (removed, 0) => format!("removed {} here", lines(removed)),
        (_, changed) => format!("changed {}", lines(changed)),
    }
}

/// Paths whose diagnostics may differ from what was published.
pub type Touched = std::collections::BTreeSet<PathBuf>;
