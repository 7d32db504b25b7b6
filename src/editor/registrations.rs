//! What is announced for the bridge's own documents only, so that the user's other documents are left alone.
//!
//! A client that registers a feature dynamically gets it with a document selector, and asks for nothing
//! elsewhere: VS Code for all of them, Neovim for definitions (0.10.4 and 0.12.4 say and do so). The rest is
//! told in `initialize`, for all documents, as there is no other way: Helix and Eglot register none of these.
//! They ask for every document then, and are told at once that there is nothing: Neovim and Helix ask all
//! servers of a document for symbols, and Eglot goes on with what Emacs itself has. What a client does not name
//! at all it does not use (Neovim 0.10 neither links nor folds).

use serde_json::json;
use tower_lsp_server::ls_types::Registration;

use super::capabilities::ClientFlags;

/// How a feature is announced.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Offer {
    #[default]
    No,
    /// In `initialize`, for all documents.
    Static,
    /// Registered after `initialized`, for the bridge's own documents.
    Dynamic,
}

impl Offer {
    /// From the client's capability for it, if it names one, and that one's `dynamicRegistration`.
    pub fn of<T>(capability: Option<&T>, dynamic: impl FnOnce(&T) -> Option<bool>) -> Self {
        match capability.map(dynamic) {
            None => Self::No,
            Some(Some(true)) => Self::Dynamic,
            Some(_) => Self::Static,
        }
    }

    pub fn is_static(self) -> bool {
        self == Self::Static
    }
}

/// Everything to register for a client, after `initialized`.
pub fn registrations(flags: ClientFlags) -> Vec<Registration> {
    [flags.transcripts.registrations(), flags.prompts.registrations()].concat()
}

/// A registration for the own documents of one folder within the state folders, such as `transcripts`.
pub fn for_own(method: &str, folder: &str) -> Registration {
    // Without the folder's absolute path, which may hold characters that mean something in a pattern. Whoever
    // asks about another file of that name is told that there is nothing.
    let selector = json!([{ "scheme": "file", "pattern": format!("**/opencode-lsp/*/{folder}/*.md") }]);
    Registration {
        id: format!("opencode-{folder}-{}", method.replace('/', "-")),
        method: method.to_owned(),
        register_options: Some(json!({ "documentSelector": selector })),
    }
}
