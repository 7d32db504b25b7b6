//! What the bridge remembers for contexts: where the user was, and what the editor said of documents.

use std::collections::{BTreeMap, HashMap};

use super::Gathering;
use crate::core::actions::{ContextDiagnostic, touches};
use crate::core::documents::Documents;
use crate::core::ids::{DocumentUri, DraftId};
use crate::text::Span;

/// Of one document; those that were told first are forgotten first.
const MAX_DIAGNOSTICS: usize = 200;

#[derive(Debug, Default)]
pub(in crate::core) struct Contexts {
    /// Open documents, the one that was touched last at the end.
    recent: Vec<DocumentUri>,
    /// What other servers say of a document, as the editor passed it with requests for code actions.
    diagnostics: HashMap<DocumentUri, Vec<ContextDiagnostic>>,
    /// Questions whose contexts are being gathered.
    pub(in crate::core) gathering: BTreeMap<DraftId, Gathering>,
}

impl Contexts {
    pub(in crate::core) fn touch(&mut self, uri: &DocumentUri) {
        if self.recent.last() == Some(uri) {
            return;
        }
        self.recent.retain(|other| other != uri);
        self.recent.push(uri.clone());
    }

    /// The same for what the editor speaks of, which may be known by another URI, or not open.
    pub(in crate::core) fn touch_open(&mut self, uri: &DocumentUri, documents: &Documents) {
        if let Some(document) = documents.get(uri) {
            self.touch(&document.uri);
        }
    }

    /// Most recently touched first.
    pub(super) fn recent(&self) -> impl Iterator<Item = &DocumentUri> {
        self.recent.iter().rev()
    }

    /// The text is another one: lines may have moved, and what was wrong may be right.
    pub(in crate::core) fn changed(&mut self, uri: &DocumentUri) {
        self.touch(uri);
        self.diagnostics.remove(uri);
    }

    pub(in crate::core) fn closed(&mut self, uri: &DocumentUri) {
        self.recent.retain(|other| other != uri);
        self.diagnostics.remove(uri);
    }

    /// An editor passes what touches the lines that it asks about: there, nothing else is known any more.
    pub(in crate::core) fn told(&mut self, uri: &DocumentUri, span: Option<Span>, told: &[ContextDiagnostic]) {
        let foreign: Vec<ContextDiagnostic> = told.iter().filter(|diagnostic| !diagnostic.ours).cloned().collect();
        let known = self.diagnostics.entry(uri.clone()).or_default();
        known.retain(|old| {
            let newer = |new: &ContextDiagnostic| new.span == old.span && new.text == old.text;
            !span.is_none_or(|span| touches(old.span, span)) && !foreign.iter().any(newer)
        });
        known.extend(foreign);
        let surplus = known.len().saturating_sub(MAX_DIAGNOSTICS);
        known.drain(..surplus);
        known.sort_by_key(|diagnostic| diagnostic.span.start);
        if known.is_empty() {
            self.diagnostics.remove(uri);
        }
    }

    /// In words, by line.
    pub(super) fn diagnostics(&self, uri: &DocumentUri) -> Vec<String> {
        self.diagnostics.get(uri).into_iter().flatten().map(|diagnostic| diagnostic.text.clone()).collect()
    }
}
