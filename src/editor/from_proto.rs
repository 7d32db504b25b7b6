//! LSP types to the core's.

use tower_lsp_server::ls_types::{
    CodeActionParams, CodeActionTriggerKind, Diagnostic, NumberOrString, Position, Range,
    TextDocumentContentChangeEvent, TextDocumentPositionParams, Uri,
};

use crate::core::actions::{ActionQuery, ContextDiagnostic};
use crate::core::ids::DocumentUri;
use crate::core::place::Place;
use crate::text::{Point, Span};

/// The `source` of the bridge's own diagnostics.
pub const SOURCE: &str = "opencode";

pub fn uri(uri: &Uri) -> DocumentUri {
    DocumentUri::from(uri.as_str())
}

pub fn point(position: Position) -> Point {
    Point { line: position.line, character: position.character }
}

pub fn span(range: Range) -> Span {
    Span { start: point(range.start), end: point(range.end) }
}

pub fn position_params(params: &TextDocumentPositionParams) -> (DocumentUri, Point) {
    (uri(&params.text_document.uri), point(params.position))
}

pub fn edits(changes: Vec<TextDocumentContentChangeEvent>) -> Vec<(Option<Span>, String)> {
    changes.into_iter().map(|change| (change.range.map(span), change.text)).collect()
}

pub fn action_query(params: &CodeActionParams) -> ActionQuery {
    let context = &params.context;
    ActionQuery {
        place: Some(Place { uri: uri(&params.text_document.uri), span: Some(span(params.range)) }),
        diagnostics: context.diagnostics.iter().enumerate().map(|(index, d)| diagnostic(index, d)).collect(),
        only: context.only.iter().flatten().map(|kind| kind.as_str().to_owned()).collect(),
        automatic: context.trigger_kind == Some(CodeActionTriggerKind::AUTOMATIC),
    }
}

fn diagnostic(index: usize, diagnostic: &Diagnostic) -> ContextDiagnostic {
    let code = match &diagnostic.code {
        Some(NumberOrString::String(code)) => code.clone(),
        Some(NumberOrString::Number(code)) => code.to_string(),
        None => String::new(),
    };
    let origin: Vec<&str> = [diagnostic.source.as_deref().unwrap_or_default(), code.as_str()]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    let line = diagnostic.range.start.line.saturating_add(1);
    let mut text = format!("line {line}: {}", diagnostic.message);
    if !origin.is_empty() {
        text.push_str(&format!(" ({})", origin.join(" ")));
    }
    let id = diagnostic.data.as_ref().and_then(|data| data.get("id")).and_then(|id| id.as_str()).map(str::to_owned);
    let ours = diagnostic.source.as_deref() == Some(SOURCE);
    ContextDiagnostic { index, id, ours, text, span: span(diagnostic.range) }
}
