//! The core's types to LSP's.

use serde_json::json;
use tower_lsp_server::ls_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CodeLens, Command, DeleteFile, Diagnostic,
    DiagnosticRelatedInformation, DiagnosticSeverity, DocumentChangeOperation, DocumentChanges, Location, MessageType,
    NumberOrString, OneOf, OptionalVersionedTextDocumentIdentifier, Position, Range, RenameFile, ResourceOp,
    TextDocumentEdit, TextEdit, Uri, WorkspaceEdit as LspEdit,
};

use super::capabilities::ClientFlags;
use super::commands;
use super::from_proto::SOURCE;
use crate::core::actions::Action;
use crate::core::effect::{self, Level, Related};
use crate::core::ids::DocumentUri;
use crate::core::lenses::Lens;
use crate::text::{Point, Span};

/// None for a URI that the client itself could not have sent.
pub fn uri(uri: &DocumentUri) -> Option<Uri> {
    uri.as_str().parse().ok()
}

pub fn position(point: Point) -> Position {
    Position { line: point.line, character: point.character }
}

pub fn range(span: Span) -> Range {
    Range { start: position(span.start), end: position(span.end) }
}

pub fn message_type(level: Level) -> MessageType {
    match level {
        Level::Error => MessageType::ERROR,
        Level::Warning => MessageType::WARNING,
        Level::Info | Level::Hint => MessageType::INFO,
    }
}

fn severity(level: Level) -> DiagnosticSeverity {
    match level {
        Level::Error => DiagnosticSeverity::ERROR,
        Level::Warning => DiagnosticSeverity::WARNING,
        Level::Info => DiagnosticSeverity::INFORMATION,
        Level::Hint => DiagnosticSeverity::HINT,
    }
}

pub fn diagnostic(diagnostic: &effect::Diagnostic, flags: ClientFlags) -> Diagnostic {
    let related = diagnostic.related.as_ref().filter(|_| flags.related_information);
    Diagnostic {
        range: range(diagnostic.span),
        severity: Some(severity(diagnostic.level)),
        code: Some(NumberOrString::String(diagnostic.code.to_owned())),
        source: Some(SOURCE.to_owned()),
        message: diagnostic.message.clone(),
        related_information: related.and_then(related_information).map(|info| vec![info]),
        data: Some(json!({ "id": diagnostic.id })),
        ..Diagnostic::default()
    }
}

fn related_information(related: &Related) -> Option<DiagnosticRelatedInformation> {
    let location = Location { uri: uri(&related.uri)?, range: range(related.span) };
    Some(DiagnosticRelatedInformation { location, message: related.message.to_owned() })
}

pub fn code_lens(lens: Lens) -> CodeLens {
    let (name, argument) = commands::to_json(&lens.command);
    let arguments = argument.map(|argument| vec![argument]);
    let command = Command { title: lens.title, command: name.to_owned(), arguments };
    CodeLens { range: range(lens.span), command: Some(command), data: None }
}

/// A versioned edit, as `documentChanges`: Neovim does not announce them and does them all the same.
pub fn workspace_edit(edit: effect::WorkspaceEdit) -> Option<LspEdit> {
    let changes = match edit {
        effect::WorkspaceEdit::Text { uri, version, edits, .. } => {
            let text_document =
                OptionalVersionedTextDocumentIdentifier { uri: self::uri(&uri)?, version: Some(version) };
            let edits =
                edits.into_iter().map(|(span, text)| OneOf::Left(TextEdit { range: range(span), new_text: text }));
            DocumentChanges::Edits(vec![TextDocumentEdit { text_document, edits: edits.collect() }])
        }
        effect::WorkspaceEdit::Delete { uri } => {
            let delete = DeleteFile { uri: self::uri(&uri)?, options: None, annotation_id: None };
            DocumentChanges::Operations(vec![DocumentChangeOperation::Op(ResourceOp::Delete(delete))])
        }
        effect::WorkspaceEdit::Rename { from, to } => {
            let rename =
                RenameFile { old_uri: self::uri(&from)?, new_uri: self::uri(&to)?, options: None, annotation_id: None };
            DocumentChanges::Operations(vec![DocumentChangeOperation::Op(ResourceOp::Rename(rename))])
        }
    };
    Some(LspEdit { document_changes: Some(changes), ..LspEdit::default() })
}

/// `given` are the diagnostics of the request, which an action may answer.
pub fn code_action(action: Action, given: &[Diagnostic], flags: ClientFlags) -> CodeActionOrCommand {
    let (name, argument) = commands::to_json(&action.command);
    let command = Command {
        title: action.title.clone(),
        command: name.to_owned(),
        arguments: argument.map(|argument| vec![argument]),
    };
    if !flags.code_action_literals {
        return CodeActionOrCommand::Command(command);
    }
    let answered: Vec<Diagnostic> = action.diagnostics.iter().filter_map(|index| given.get(*index).cloned()).collect();
    CodeActionOrCommand::CodeAction(CodeAction {
        title: action.title,
        kind: action.kind.map(|kind| CodeActionKind::from(kind.as_str().to_owned())),
        diagnostics: (!answered.is_empty()).then_some(answered),
        command: Some(command),
        ..CodeAction::default()
    })
}
