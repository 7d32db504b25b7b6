//! What the user does with the changes: look at them, keep them.

use std::path::{Path, PathBuf};

use super::changes::Changed;
use super::command::{CommandError, Outcome};
use super::ids::DocumentUri;
use super::showing::file_name;
use super::state::State;
use crate::review::{Baseline, unified};

impl State {
    /// Accepts what is shown of one file, or of all.
    pub(super) fn keep_changes(&mut self, uri: Option<DocumentUri>) -> Result<Outcome, CommandError> {
        let paths: Vec<PathBuf> = match uri {
            Some(uri) => uri.to_path().filter(|path| self.changes.files.contains_key(path)).into_iter().collect(),
            None => self.changes.files.keys().cloned().collect(),
        };
        if paths.is_empty() {
            return Err(CommandError::NothingChanged);
        }
        for path in paths {
            self.settle(&path);
        }
        Ok(Outcome::Done)
    }

    pub(super) fn show_diff(&mut self, uri: Option<DocumentUri>) -> Result<Outcome, CommandError> {
        let diffs: Vec<(String, String)> = match uri {
            Some(uri) => {
                let path = uri.to_path().ok_or(CommandError::NothingChanged)?;
                let changed = self.changes.get(&path).ok_or(CommandError::NothingChanged)?;
                vec![(self.display_path(&path), self.diff_of(&path, changed))]
            }
            None => self.changes.iter().map(|(p, c)| (self.display_path(p), self.diff_of(p, c))).collect(),
        };
        let name = match diffs.as_slice() {
            [] => return Err(CommandError::NothingChanged),
            [(name, _)] => file_name(name),
            _ => "all-changes".to_owned(),
        };
        let text: String = diffs.into_iter().map(|(_, diff)| diff).collect();
        Ok(self.show_own(&format!("diffs/{name}.diff"), text))
    }

    fn diff_of(&self, path: &Path, changed: &Changed) -> String {
        let name = self.display_path(path);
        match changed.review.baseline() {
            Baseline::Known(before) => unified(&name, before, changed.review.current()),
            Baseline::Unknown => match &changed.patch {
                Some(patch) => format!("{}\n", patch.trim_end_matches('\n')),
                None => format!("opencode changed {name}; the text before is not known.\n"),
            },
        }
    }
}
