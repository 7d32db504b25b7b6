//! Completion and links in prompt documents, in LSP's types.

use serde_json::json;
use tower_lsp_server::ls_types::{
    CompletionItem, CompletionItemKind, CompletionList, CompletionOptions, CompletionResponse, CompletionTextEdit,
    DocumentLink, Documentation, HoverProviderCapability, Registration, ServerCapabilities,
    TextDocumentClientCapabilities, TextEdit,
};

use super::registrations::{Offer, for_own};
use super::to_proto;
use crate::core::prompt_documents::{self as core, CompletionKind, Link, PROMPTS};

const TRIGGERS: [&str; 4] = ["@", "/", "#", "{"];

/// How the features of prompt documents are announced: for these alone where the client can be told so. Otherwise
/// it asks for all documents, and is answered with null at once.
#[derive(Debug, Clone, Copy, Default)]
pub struct PromptFeatures {
    completion: Offer,
    hover: Offer,
    links: Offer,
}

impl PromptFeatures {
    pub fn of(client: &TextDocumentClientCapabilities) -> Self {
        Self {
            completion: Offer::of(client.completion.as_ref(), |completion| completion.dynamic_registration),
            hover: Offer::of(client.hover.as_ref(), |hover| hover.dynamic_registration),
            links: Offer::of(client.document_link.as_ref(), |links| links.dynamic_registration),
        }
    }

    /// Adds what cannot be registered for prompt documents alone. Links are those of transcripts as well.
    pub fn announce(self, capabilities: &mut ServerCapabilities) {
        let triggers = TRIGGERS.map(str::to_owned).to_vec();
        let completion = CompletionOptions { trigger_characters: Some(triggers), ..CompletionOptions::default() };
        capabilities.completion_provider = self.completion.is_static().then_some(completion);
        capabilities.hover_provider = self.hover.is_static().then_some(HoverProviderCapability::Simple(true));
    }

    pub fn registrations(self) -> Vec<Registration> {
        let features = [
            (self.completion, "textDocument/completion"),
            (self.hover, "textDocument/hover"),
            (self.links, "textDocument/documentLink"),
        ];
        let dynamic = features.iter().filter(|(offer, _)| *offer == Offer::Dynamic);
        let registrations = dynamic.map(|(_, method)| {
            let mut registration = for_own(method, PROMPTS);
            if let Some(options) = &mut registration.register_options
                && *method == "textDocument/completion"
            {
                options["triggerCharacters"] = json!(TRIGGERS);
            }
            registration
        });
        registrations.collect()
    }
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
