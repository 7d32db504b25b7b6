//! Transcripts in the editor: links, where they lead, turns and tool calls, and what folds.

use tower_lsp_server::ls_types::{
    DefinitionOptions, DocumentLink, DocumentLinkOptions, DocumentSymbol, DocumentSymbolOptions,
    DocumentSymbolResponse, FoldingRange, FoldingRangeProviderCapability, GotoDefinitionResponse, Location, OneOf,
    Position, Range, Registration, ServerCapabilities, SymbolInformation, SymbolKind, TextDocumentClientCapabilities,
    Uri, WorkDoneProgressOptions,
};

use super::capabilities::ClientFlags;
use super::registrations::{Offer, for_own};
use super::{from_proto, to_proto};
use crate::core::ids::DocumentUri;
use crate::core::transcripts::{OwnText, outline};
use crate::text::{Document, Encoding};

/// How the features of transcripts are announced to a client.
#[derive(Debug, Clone, Copy, Default)]
pub struct TranscriptFlags {
    links: Offer,
    definition: Offer,
    symbols: Offer,
    folds: Offer,
    /// `hierarchicalDocumentSymbolSupport`.
    nested_symbols: bool,
}

impl TranscriptFlags {
    pub fn of(client: &TextDocumentClientCapabilities) -> Self {
        let symbols = client.document_symbol.as_ref();
        Self {
            links: Offer::of(client.document_link.as_ref(), |links| links.dynamic_registration),
            definition: Offer::of(client.definition.as_ref(), |definition| definition.dynamic_registration),
            symbols: Offer::of(symbols, |symbols| symbols.dynamic_registration),
            folds: Offer::of(client.folding_range.as_ref(), |folds| folds.dynamic_registration),
            nested_symbols: symbols
                .and_then(|symbols| symbols.hierarchical_document_symbol_support)
                .unwrap_or_default(),
        }
    }

    /// Adds what cannot be registered for transcripts alone.
    pub fn announce(self, capabilities: &mut ServerCapabilities) {
        let progress = WorkDoneProgressOptions::default();
        let links = DocumentLinkOptions { resolve_provider: Some(false), work_done_progress_options: progress };
        capabilities.document_link_provider = self.links.is_static().then_some(links);
        let definition = OneOf::Right(DefinitionOptions { work_done_progress_options: progress });
        capabilities.definition_provider = self.definition.is_static().then_some(definition);
        let symbols = OneOf::Right(DocumentSymbolOptions { label: None, work_done_progress_options: progress });
        capabilities.document_symbol_provider = self.symbols.is_static().then_some(symbols);
        let folds = FoldingRangeProviderCapability::Simple(true);
        capabilities.folding_range_provider = self.folds.is_static().then_some(folds);
    }

    pub fn registrations(self) -> Vec<Registration> {
        let features = [
            (self.links, "textDocument/documentLink"),
            (self.definition, "textDocument/definition"),
            (self.symbols, "textDocument/documentSymbol"),
            (self.folds, "textDocument/foldingRange"),
        ];
        let dynamic = features.iter().filter(|(offer, _)| *offer == Offer::Dynamic);
        dynamic.map(|(_, method)| for_own(method, "transcripts")).collect()
    }
}

pub fn links(own: &OwnText, encoding: Encoding) -> Vec<DocumentLink> {
    let links = outline::links(&own.text.text(), &own.roots).into_iter();
    let link = |link: outline::Link| DocumentLink {
        range: to_proto::range(own.text.span(link.range, encoding)),
        target: link.address.parse().ok(),
        tooltip: None,
        data: None,
    };
    links.map(link).collect()
}

/// The file and the lines of the link at a position.
pub fn definition(own: &OwnText, position: Position, encoding: Encoding) -> Option<GotoDefinitionResponse> {
    let at = own.text.offset(from_proto::point(position), encoding);
    let links = outline::links(&own.text.text(), &own.roots);
    // The brackets belong to it.
    let link = links.into_iter().find(|link| link.range.start <= at + 1 && at <= link.range.end)?;
    let uri = to_proto::uri(&DocumentUri::from_path(&link.path)?)?;
    let (first, last) = link.lines.map_or((0, 0), |(first, last)| (first - 1, last));
    let range = Range { start: line_start(first), end: line_start(last) };
    Some(GotoDefinitionResponse::Scalar(Location { uri, range }))
}

pub fn symbols(own: &OwnText, uri: &Uri, flags: ClientFlags) -> DocumentSymbolResponse {
    let (turns, encoding) = (outline::turns(&own.text.text()), flags.encoding);
    if !flags.transcripts.nested_symbols {
        return DocumentSymbolResponse::Flat(flat(&turns, uri, &own.text, encoding));
    }
    let symbol = |name: &str, lines: &std::ops::Range<u32>, kind, children| {
        #[expect(deprecated, reason = "the type has no other constructor")]
        DocumentSymbol {
            name: name.to_owned(),
            detail: None,
            kind,
            tags: None,
            deprecated: None,
            range: to_proto::range(own.text.lines_span(lines.clone(), encoding)),
            selection_range: to_proto::range(own.text.lines_span(lines.start..lines.start + 1, encoding)),
            children,
        }
    };
    let turn = |turn: &outline::Turn| {
        let calls = turn.calls.iter().map(|call| symbol(&call.title, &call.lines, SymbolKind::FUNCTION, None));
        symbol(&turn.title, &turn.lines, SymbolKind::NAMESPACE, Some(calls.collect()))
    };
    DocumentSymbolResponse::Nested(turns.iter().map(turn).collect())
}

fn flat(turns: &[outline::Turn], uri: &Uri, text: &Document, encoding: Encoding) -> Vec<SymbolInformation> {
    let symbol = |name: &str, lines: &std::ops::Range<u32>, kind, container: Option<&str>| {
        let range = to_proto::range(text.lines_span(lines.clone(), encoding));
        #[expect(deprecated, reason = "the type has no other constructor")]
        SymbolInformation {
            name: name.to_owned(),
            kind,
            tags: None,
            deprecated: None,
            location: Location { uri: uri.clone(), range },
            container_name: container.map(str::to_owned),
        }
    };
    let mut symbols = Vec::new();
    for turn in turns {
        symbols.push(symbol(&turn.title, &turn.lines, SymbolKind::NAMESPACE, None));
        let calls = turn.calls.iter();
        symbols.extend(calls.map(|call| symbol(&call.title, &call.lines, SymbolKind::FUNCTION, Some(&turn.title))));
    }
    symbols
}

pub fn folds(own: &OwnText) -> Vec<FoldingRange> {
    let fold = |fold: outline::Fold| FoldingRange {
        start_line: fold.first,
        start_character: None,
        end_line: fold.last,
        end_character: None,
        kind: None,
        collapsed_text: None,
    };
    outline::folds(&own.text.text()).into_iter().map(fold).collect()
}

fn line_start(line: u32) -> Position {
    Position { line, character: 0 }
}
