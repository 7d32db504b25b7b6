//! Hover in prompt documents, in LSP's types.

use tower_lsp_server::ls_types::{Hover, HoverContents, MarkupContent, MarkupKind};

use super::to_proto;
use crate::core::prompt_documents as core;

/// Plain text: what opencode or a file says is no markup of ours.
pub fn hover(hover: core::Hover) -> Hover {
    let contents = HoverContents::Markup(MarkupContent { kind: MarkupKind::PlainText, value: hover.text });
    Hover { contents, range: Some(to_proto::range(hover.span)) }
}
