//! Documents of the bridge's own that the user is shown: details, diffs, transcripts.

use std::path::{Path, PathBuf};

use super::command::Outcome;
use super::effect::{EditorEffect, Level};
use super::ids::{DocumentUri, FolderId};
use super::place::{Place, relative};
use super::state::State;

impl State {
    /// Writes a file of the bridge's own and opens it; the command's answer names it too.
    pub(super) fn show_own(&mut self, name: &str, text: String) -> Outcome {
        let path = self.own_file(self.folders.here(), name);
        self.show_path(path, Some(text), true)
    }

    /// A file of the bridge's own, of a folder.
    pub(super) fn own_file(&self, folder: FolderId, name: &str) -> PathBuf {
        self.folders.get(folder).map(|folder| folder.paths.own.join(name)).unwrap_or_default()
    }

    pub(super) fn show_path(&mut self, path: PathBuf, text: Option<String>, focus: bool) -> Outcome {
        self.show_line(path, text, focus, None)
    }

    /// The same with the cursor on a 0-based line.
    pub(super) fn show_line(&mut self, path: PathBuf, text: Option<String>, focus: bool, line: Option<u32>) -> Outcome {
        let outcome = DocumentUri::from_path(&path).map_or(Outcome::Done, Outcome::Document);
        self.editor(EditorEffect::Show { path, text, focus, line });
        outcome
    }

    /// The client could not open a document: say where it is.
    pub(super) fn document_shown(&mut self, path: &Path, shown: bool) {
        self.details_shown(path);
        if shown {
            return;
        }
        let text = if self.prompt_documents.contains(path) {
            format!("Write your question into {} and save it; it is then sent to opencode.", path.display())
        } else {
            format!("See {}", path.display())
        };
        self.editor(EditorEffect::Message { level: Level::Info, text });
    }

    /// A path for people: within its folder where it can be, which is named where there are several.
    pub(super) fn display_path(&self, path: &Path) -> String {
        let name = self.name_of_file(path);
        match self.folders.holding(path).and_then(|folder| self.folders.name(folder)) {
            Some(folder) => format!("{folder}/{name}"),
            None => name,
        }
    }

    /// The same for opencode, which knows one folder only.
    pub(super) fn name_of_file(&self, path: &Path) -> String {
        let folder = self.folders.get(self.folder_of_file(path));
        folder.and_then(|folder| relative(path, &folder.paths.root)).unwrap_or_else(|| path.display().to_string())
    }

    /// The folder that a place is asked about in: its own, else where the user is.
    pub(super) fn folder_of(&self, place: Option<&Place>) -> FolderId {
        let path = place.and_then(|place| place.uri.to_path());
        path.map_or_else(|| self.folders.here(), |path| self.folder_of_file(&path))
    }

    pub(super) fn folder_of_file(&self, path: &Path) -> FolderId {
        self.folders.holding(path).unwrap_or_else(|| self.folders.here())
    }
}

/// In bytes.
const MAX_NAME: usize = 150;

/// A file name for something of any name: readable, and safe on every system.
pub fn file_name(name: &str) -> String {
    let safe: String =
        name.chars().map(|c| if c.is_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '-' }).collect();
    // File systems count bytes, 255 of them.
    let end = safe.floor_char_boundary(MAX_NAME);
    safe[..end].trim_start_matches('.').to_owned()
}
