//! Permission requests for a plugin that asks them by its own means: `docs/protocol.md`.

use std::path::PathBuf;

use super::{MAX_SHOWN, label_always};
use crate::core::effect::EditorEffect;
use crate::core::ids::{DocumentUri, PermissionId};
use crate::core::inert::inert;
use crate::core::server::PermissionRequest;
use crate::core::state::State;
use crate::review::Content;
use crate::review::patch::Patch;

/// A request that waits for the user. All texts are for people, and inert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenPermission {
    pub id: PermissionId,
    /// The workspace folder that its session is at home in.
    pub root: PathBuf,
    pub session: String,
    /// opencode's word for it: `edit`, `bash` and so on.
    pub kind: String,
    pub title: String,
    /// What *always* means.
    pub always: String,
    pub uri: Option<DocumentUri>,
    /// The editor holds text of that file which is not saved.
    pub unsaved: bool,
}

/// A file as it is, and as opencode wants it to be. None where there is no such file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    pub uri: DocumentUri,
    pub before: Option<String>,
    pub after: Option<String>,
}

impl State {
    /// Tells the plugin what waits for the user, where that is not what it knows.
    pub(in crate::core) fn tell_permissions(&mut self) {
        if !self.plugin.asks_permissions() {
            return;
        }
        let open: Vec<OpenPermission> = self.permissions.open().map(|request| self.open_permission(request)).collect();
        if self.permissions.told != open {
            self.permissions.told.clone_from(&open);
            self.editor(EditorEffect::Permissions(open));
        }
    }

    fn open_permission(&self, request: &PermissionRequest) -> OpenPermission {
        let folder = self.folders.get(self.home_of(&request.session));
        OpenPermission {
            id: request.id.clone(),
            root: folder.map(|folder| folder.paths.root.clone()).unwrap_or_default(),
            session: self.session_title(&request.session),
            kind: inert(&request.permission, 100),
            title: self.permission_title(request),
            always: label_always(request),
            uri: request.file.as_deref().and_then(DocumentUri::from_path),
            unsaved: self.unsaved_text_of(request).is_some(),
        }
    }

    /// `opencode wants to edit src/a.py (session “…”)`.
    pub(super) fn permission_title(&self, request: &PermissionRequest) -> String {
        let summary = inert(&self.summary_of(request), MAX_SHOWN);
        format!("opencode wants to {summary} ({})", self.session_title(&request.session))
    }

    /// What an edit would make of its file. None where the request is gone, is no edit, or does not fit the
    /// file as it was read.
    pub(in crate::core) fn proposal(&self, id: &PermissionId) -> Option<Proposal> {
        let request = self.permissions.get(id).filter(|request| request.permission == "edit")?;
        let file = request.file.as_deref()?;
        let before = match self.changes.before.get(file)?.clone().without_bom() {
            Content::Text(text) => Some(text),
            Content::Absent => None,
            Content::Binary(_) | Content::TooLarge { .. } | Content::Unreadable => return None,
        };
        let patch = Patch::parse(request.diff.as_deref()?).ok()?;
        let after = patch.apply(before.as_deref().unwrap_or_default())?;
        Some(Proposal {
            uri: DocumentUri::from_path(file)?,
            before: before.map(|text| text.to_string()),
            after: Some(after),
        })
    }
}
