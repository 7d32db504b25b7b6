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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::editor::capabilities::server_capabilities;
    use crate::editor::registrations::registrations;

    fn flags(text_document: &Value) -> ClientFlags {
        let params = json!({"processId": null, "capabilities": {"textDocument": text_document}});
        ClientFlags::of(&serde_json::from_value(params).expect("parameters"))
    }

    #[test]
    fn what_can_be_registered_is_not_announced_for_all_documents() {
        let dynamic = json!({"dynamicRegistration": true});
        let all =
            json!({"documentLink": dynamic, "definition": dynamic, "documentSymbol": dynamic, "foldingRange": dynamic});
        let offered = server_capabilities(flags(&all));
        assert!(offered.document_link_provider.is_none() && offered.definition_provider.is_none());
        assert!(offered.document_symbol_provider.is_none() && offered.folding_range_provider.is_none());
        let registered = registrations(flags(&all));
        let for_folder = |folder: &str| {
            let pattern = format!("**/opencode-lsp/*/{folder}/*.md");
            let only = json!({"documentSelector": [{"scheme": "file", "pattern": pattern}]});
            registered.iter().filter(|registered| registered.register_options.as_ref() == Some(&only)).count()
        };
        // Prompt documents have links, too.
        assert_eq!((for_folder("transcripts"), for_folder("prompts"), registered.len()), (4, 1, 5));
        let own = crate::files::own_folder(std::path::Path::new("/home/me/project")).join("transcripts/ses_1.md");
        assert!(own.components().rev().nth(3).is_some_and(|folder| folder.as_os_str() == "opencode-lsp"), "{own:?}");
    }

    #[test]
    fn the_rest_is_announced_to_those_who_name_it() {
        let some = json!({"documentLink": {}, "definition": {"dynamicRegistration": false}});
        let offered = server_capabilities(flags(&some));
        assert!(offered.document_link_provider.is_some() && offered.definition_provider.is_some());
        assert!(offered.document_symbol_provider.is_none() && offered.folding_range_provider.is_none());
        assert_eq!(registrations(flags(&some)), []);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_leads_to_its_lines_from_its_brackets_on() {
        let text =
            "## Ü?\n\n𝄞 [a.py:2-3]\n\n- ✓ `read` [a.py]\n\n[a.py:2-3]: file:///p/a.py#L2-3\n[a.py]: file:///p/a.py\n";
        let own = OwnText { text: Document::new(text), roots: vec!["/p".into()] };
        let encoding = Encoding::Utf16;
        let all = links(&own, encoding);
        let (start, end) = (Position { line: 2, character: 4 }, Position { line: 2, character: 12 });
        assert_eq!(all[0].range, Range { start, end });
        assert_eq!(all[0].target.as_ref().map(|target| target.as_str()), Some("file:///p/a.py#L2-3"));
        let at = |character| definition(&own, Position { line: 2, character }, encoding);
        for character in [3, 4, 12] {
            let Some(GotoDefinitionResponse::Scalar(place)) = at(character) else {
                panic!("no place at {character}");
            };
            assert_eq!((place.uri.as_str(), place.range.start.line, place.range.end.line), ("file:///p/a.py", 1, 3));
        }
        assert_eq!((at(2), at(13)), (None, None));
        let uri: Uri = "file:///t.md".parse().expect("a URI");
        let DocumentSymbolResponse::Flat(flat) = symbols(&own, &uri, ClientFlags::default()) else {
            panic!("nested");
        };
        let names: Vec<&str> = flat.iter().map(|symbol| symbol.name.as_str()).collect();
        assert_eq!(names, ["Ü?", "✓ `read` [a.py]"]);
        let nested = flags(&json!({"documentSymbol": {"hierarchicalDocumentSymbolSupport": true}}));
        let DocumentSymbolResponse::Nested(turns) = symbols(&own, &uri, nested) else {
            panic!("flat");
        };
        assert_eq!(turns[0].children.as_ref().map(Vec::len), Some(1));
    }
}
