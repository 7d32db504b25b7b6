//! Completion and links in prompt documents, in LSP's types.

use tower_lsp_server::ls_types::{
    CompletionItem, CompletionItemKind, CompletionList, CompletionOptions, CompletionResponse, CompletionTextEdit,
    DocumentLink, Documentation, TextEdit,
};

use super::to_proto;
use crate::core::prompt_documents::{self as core, CompletionKind, Link};

/// Completion is announced for all documents, as most clients cannot be told of some only; what is no prompt
/// document is answered with null at once.
pub fn options() -> CompletionOptions {
    let triggers = ["@", "/", "#", "{"].map(str::to_owned).to_vec();
    CompletionOptions { trigger_characters: Some(triggers), ..CompletionOptions::default() }
}

pub fn response(completion: core::Completion) -> CompletionResponse {
    let items = completion.items.into_iter().enumerate().map(|(index, completed)| item(index, completed)).collect();
    CompletionResponse::List(CompletionList { is_incomplete: completion.incomplete, items })
}

fn item(index: usize, item: core::CompletionItem) -> CompletionItem {
    let some = |text: String| (!text.is_empty()).then_some(text);
    CompletionItem {
        label: item.label,
        kind: Some(kind(item.kind)),
        detail: some(item.detail),
        documentation: some(item.documentation).map(Documentation::String),
        // In the order of the list: opencode puts the best one first.
        sort_text: Some(format!("{index:04}")),
        filter_text: Some(item.filter),
        text_edit: Some(CompletionTextEdit::Edit(TextEdit { range: to_proto::range(item.span), new_text: item.text })),
        ..CompletionItem::default()
    }
}

fn kind(kind: CompletionKind) -> CompletionItemKind {
    match kind {
        CompletionKind::File => CompletionItemKind::FILE,
        CompletionKind::Agent => CompletionItemKind::CLASS,
        CompletionKind::Symbol => CompletionItemKind::REFERENCE,
        CompletionKind::Command => CompletionItemKind::FUNCTION,
        CompletionKind::Context => CompletionItemKind::VARIABLE,
        CompletionKind::Model => CompletionItemKind::CONSTANT,
        CompletionKind::Key => CompletionItemKind::PROPERTY,
        CompletionKind::Value => CompletionItemKind::VALUE,
    }
}

/// None for a target that cannot be sent. A line is named as editors understand it in a link: `#L3`.
pub fn link(link: &Link) -> Option<DocumentLink> {
    let line = link.line.map(|line| format!("#L{line}")).unwrap_or_default();
    let target = format!("{}{line}", link.target).parse().ok()?;
    Some(DocumentLink { range: to_proto::range(link.span), target: Some(target), tooltip: None, data: None })
}
