//! What the user says of the changes: keep, undo, show, redo.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::changed::Named;
use super::undoing::{Batch, Fate, Wanted};
use super::{Changed, InEditor};
use crate::core::command::{Ask, CommandError, Outcome, Which};
use crate::core::dialogs::About;
use crate::core::effect::{EditorEffect, Effect, Level, Timer};
use crate::core::event::DialogAnswer;
use crate::core::ids::DocumentUri;
use crate::core::inert::inert;
use crate::core::place::Place;
use crate::core::showing::file_name;
use crate::core::state::State;
use crate::review::{Baseline, Content, HunkId, merge, unified};

/// The button that undoes everything; never the first.
const UNDO_ALL: &str = "Undo all";
const SHOW_ALL: &str = "Show them";
/// How long a question stands that is answered by running its command again.
const CONFIRMED_WITHIN: Duration = Duration::from_secs(30);

impl State {
    /// Accepts a hunk, a file, or everything.
    pub(in crate::core) fn keep(&mut self, which: &Which) -> Result<Outcome, CommandError> {
        match which {
            Which::Hunk { uri, id } => match self.named(uri, id)? {
                (path, Named::File) => self.keep_file(&path),
                (path, Named::Hunk(hunk)) => self.keep_hunk(&path, hunk),
            },
            Which::File { uri } => {
                let path = self.reviewed(uri)?;
                self.keep_file(&path);
            }
            Which::All => {
                for path in self.reviewed_files()? {
                    self.keep_file(&path);
                }
            }
        }
        Ok(Outcome::Done)
    }

    /// Accepts what one turn changed: the newest, as hunks of several turns may be in one file.
    pub(in crate::core) fn keep_turn(&mut self) -> Result<Outcome, CommandError> {
        let newest = self.newest_turn().ok_or(CommandError::NothingChanged)?;
        let is_its = |source: &super::Source| source.turn().as_ref() == Some(&newest);
        let mut found = false;
        for path in self.reviewed_files()? {
            let Some(changed) = self.changes.get(&path) else {
                continue;
            };
            let hunks: Vec<HunkId> = (0..changed.review.hunks().len())
                .filter(|index| is_its(changed.source_of(*index)))
                .filter_map(|index| changed.review.hunk_id(index))
                .collect();
            let whole = !changed.has_hunks() || changed.renamed_from.is_some();
            if whole && is_its(&changed.source) {
                found = true;
                self.keep_file(&path);
                continue;
            }
            for hunk in hunks {
                found = true;
                self.keep_hunk(&path, hunk);
            }
        }
        if found { Ok(Outcome::Done) } else { Err(CommandError::NothingChanged) }
    }

    fn keep_hunk(&mut self, path: &Path, hunk: HunkId) {
        self.forget_waiting(path, Some(hunk));
        if let Some(changed) = self.changes.files.get_mut(path) {
            changed.keep_hunk(hunk);
        }
        self.review_moved(path);
        self.forget_if_reviewed(path);
        self.fate_now(path, Fate::Kept);
    }

    fn keep_file(&mut self, path: &Path) {
        self.forget_waiting(path, None);
        let diverged = self.changes.get(path).is_some_and(|changed| changed.in_editor == InEditor::Diverged);
        if diverged {
            self.take_into_unsaved_text(path);
            return;
        }
        self.settle(path);
        self.fate_now(path, Fate::Kept);
    }

    /// Takes a hunk, a file or everything back. What opencode is still at work on waits for its turn's end.
    pub(in crate::core) fn undo(&mut self, which: &Which, confirmed: bool) -> Result<Outcome, CommandError> {
        match which {
            Which::Hunk { uri, id } => {
                let (path, named) = self.named(uri, id)?;
                let wanted = match named {
                    Named::File => Wanted::File,
                    Named::Hunk(hunk) => Wanted::Hunks(BTreeSet::from([hunk])),
                };
                self.undo_files(vec![(path, wanted)])
            }
            Which::File { uri } => {
                let path = self.reviewed(uri)?;
                self.undo_files(vec![(path, Wanted::File)])
            }
            Which::All if confirmed => {
                let files = self.reviewed_files()?;
                self.undo_all_of(files)
            }
            Which::All => self.confirm_undo_all(),
        }
    }

    fn undo_files(&mut self, files: Vec<(PathBuf, Wanted)>) -> Result<Outcome, CommandError> {
        if let [(path, _)] = files.as_slice()
            && let Some(problem) = self.cannot_undo(path)
        {
            return Err(CommandError::CannotUndo { file: self.display_path(path), problem });
        }
        let batch = self.begin_batch(files.len());
        for (path, wanted) in files {
            self.undo_when_safe(path, wanted, batch);
        }
        Ok(Outcome::Done)
    }

    /// Why the bridge cannot take a file back, whatever is at work now.
    fn cannot_undo(&self, path: &Path) -> Option<&'static str> {
        let changed = self.changes.get(path)?;
        if changed.in_editor == InEditor::Diverged || changed.can_be_undone() {
            return None;
        }
        Some(match changed.review.current() {
            _ if !changed.review.baseline_is_known() => "the text before is not known",
            Content::Text(_) if changed.review.baseline_is(&Content::Absent) => "you have changed it since",
            _ => "it is not text, and its old contents are not known",
        })
    }

    fn confirm_undo_all(&mut self) -> Result<Outcome, CommandError> {
        let files = self.reviewed_files()?;
        let names: Vec<String> = files.iter().map(|path| inert(&self.display_path(path), 80)).collect();
        let count = if names.len() == 1 { "1 file".to_owned() } else { format!("{} files", names.len()) };
        let text = format!("Undo all that opencode changed in {count}? {}.", listed(&names, 10));
        if self.dialogs.unsupported {
            if self.confirms(&text) {
                return self.undo_all_of(files);
            }
            return Err(CommandError::NotConfirmed(self.how_to_confirm(text, "opencode.review.undo")));
        }
        let buttons = vec![SHOW_ALL.to_owned(), UNDO_ALL.to_owned()];
        self.ask_user(About::UndoAll { text: text.clone(), files }, Level::Warning, text, buttons);
        Ok(Outcome::Done)
    }

    /// `files` are those that were asked about: the user knows of no others.
    pub(in crate::core) fn undo_all_answered(&mut self, text: &str, mut files: Vec<PathBuf>, answer: DialogAnswer) {
        files.retain(|path| self.changes.files.contains_key(path));
        let outcome = match answer {
            DialogAnswer::Chosen(chosen) if chosen == UNDO_ALL => self.undo_all_of(files),
            DialogAnswer::Chosen(chosen) if chosen == SHOW_ALL => {
                let shown = self.show_diff(None);
                let buttons = vec![SHOW_ALL.to_owned(), UNDO_ALL.to_owned()];
                let about = About::UndoAll { text: text.to_owned(), files };
                self.ask_user_again(about, Level::Warning, text.to_owned(), buttons);
                shown
            }
            DialogAnswer::Chosen(_) | DialogAnswer::Dismissed => return,
            DialogAnswer::Unsupported => {
                self.dialogs.unsupported = true;
                let text = self.how_to_confirm(text.to_owned(), "opencode.review.undo");
                self.editor(EditorEffect::Message { level: Level::Info, text });
                return;
            }
        };
        if let Err(error) = outcome {
            self.editor(EditorEffect::Message { level: Level::Info, text: error.to_string() });
        }
    }

    /// Without dialogs, running a command once more is the answer.
    pub(in crate::core) fn how_to_confirm(&mut self, question: String, command: &str) -> String {
        let text = format!("{question} To do it, run {command} again within 30 seconds.");
        self.effect(Effect::After(CONFIRMED_WITHIN, Timer::Confirm(question.clone())));
        self.confirming = Some(question);
        text
    }

    /// Whether this question was asked a moment ago.
    pub(in crate::core) fn confirms(&mut self, question: &str) -> bool {
        self.confirming.take_if(|asked| asked == question).is_some()
    }

    pub(in crate::core) fn not_confirmed(&mut self, question: &str) {
        self.confirming.take_if(|asked| asked == question);
    }

    fn undo_all_of(&mut self, files: Vec<PathBuf>) -> Result<Outcome, CommandError> {
        if files.is_empty() {
            return Err(CommandError::NothingChanged);
        }
        let (can, cannot): (Vec<PathBuf>, Vec<PathBuf>) =
            files.into_iter().partition(|path| self.cannot_undo(path).is_none());
        let batch = self.begin_batch(can.len() + cannot.len());
        for path in cannot {
            let why = self.cannot_undo(&path).unwrap_or_default();
            self.undo_failed(batch, &path, why);
        }
        for path in can {
            self.undo_when_safe(path, Wanted::File, batch);
        }
        Ok(Outcome::Done)
    }

    /// Unsaved text that opencode did not know: its changes go into it where they do not touch the user's.
    fn take_into_unsaved_text(&mut self, path: &Path) {
        let name = self.display_path(path);
        let merged = self.merge_into_unsaved_text(path);
        let Some(edits) = merged else {
            let text = format!(
                "{name}: opencode and you changed the same lines. Compare with `opencode: show diff`, take over what \
                 you want, and save; nothing was changed"
            );
            self.editor(EditorEffect::Message { level: Level::Warning, text });
            let why = "opencode and you changed the same lines, and yours are not saved";
            self.fate_now(path, Fate::Refused(why.to_owned()));
            return;
        };
        if edits.is_empty() {
            self.settle(path);
            self.fate_now(path, Fate::Kept);
            return;
        }
        let Some(of) = self.changes.get(path).map(|changed| changed.saved.current().clone()) else {
            return;
        };
        let batch = self.begin_batch(1);
        self.edit_text(path, Wanted::Merge { of }, edits, "Take opencode's changes over", batch);
    }

    fn merge_into_unsaved_text(&self, path: &Path) -> Option<Vec<crate::text::TextEdit>> {
        let changed = self.changes.get(path)?;
        let mine = self.documents.by_path(path)?.text.text();
        let Baseline::Known(before) = changed.saved.baseline() else {
            return None;
        };
        merge(before.text()?, &mine, changed.saved.current().text()?)
    }

    /// The hunk that a place touches, or the whole file, for *ask to redo*.
    pub(in crate::core) fn redo(&mut self, which: &Which, prompt: Option<String>) -> Result<Outcome, CommandError> {
        let (path, named) = match which {
            Which::Hunk { uri, id } => self.named(uri, id)?,
            Which::File { uri } => (self.reviewed(uri)?, Named::File),
            Which::All => {
                let place = self.active.clone().ok_or(CommandError::NothingChanged)?;
                (self.reviewed(&place.uri)?, Named::File)
            }
        };
        let changed = self.changes.get(&path).ok_or(CommandError::NothingChanged)?;
        let index = match named {
            Named::File => None,
            Named::Hunk(hunk) => changed.review.hunk_index(hunk),
        };
        let span = index.and_then(|index| self.hunk_place(&path, index));
        let uri = self.documents.uri_of(&path).ok_or(CommandError::NothingChanged)?;
        let about_change = Some(self.diff_of_part(&path, changed, index));
        let place = Some(Place { uri, span });
        Ok(self.ask(Ask { place, prompt, about_change, ..Ask::default() }))
    }

    pub(in crate::core) fn show_diff(&mut self, uri: Option<DocumentUri>) -> Result<Outcome, CommandError> {
        let diffs: Vec<(String, String)> = match uri {
            Some(uri) => {
                let path = self.reviewed(&uri)?;
                let changed = self.changes.get(&path).ok_or(CommandError::NothingChanged)?;
                vec![(self.name_of_file(&path), self.diff_of(&path, changed))]
            }
            None => self.changes.iter().map(|(p, c)| (self.name_of_file(p), self.diff_of(p, c))).collect(),
        };
        let name = match diffs.as_slice() {
            [] => return Err(CommandError::NothingChanged),
            [(name, _)] => file_name(name),
            _ => "all-changes".to_owned(),
        };
        let text: String = diffs.into_iter().map(|(_, diff)| diff).collect();
        Ok(self.show_own(&format!("diffs/{name}.diff"), text))
    }

    /// All that is not reviewed in a project, as one diff; empty where nothing is.
    pub(in crate::core) fn unreviewed_diff(&self, project: &Path) -> String {
        let changes = self.changes.iter().filter(|(path, _)| path.starts_with(project));
        changes.map(|(path, changed)| self.diff_of(path, changed)).collect()
    }

    pub(super) fn diff_of(&self, path: &Path, changed: &Changed) -> String {
        let name = self.name_of_file(path);
        let mut text = String::new();
        if let Some(from) = &changed.renamed_from {
            text.push_str(&format!("rename from {}\nrename to {name}\n", self.name_of_file(from)));
        }
        match changed.review.baseline() {
            Baseline::Known(before) => text.push_str(&unified(&name, &before, changed.review.current())),
            Baseline::Unknown => match &changed.patch {
                Some(patch) => text.push_str(&format!("{}\n", patch.trim_end_matches('\n'))),
                None => text.push_str(&format!("opencode changed {name}; the text before is not known.\n")),
            },
        }
        if changed.in_editor == InEditor::Diverged
            && let Some(document) = self.documents.by_path(path)
        {
            let mine = Content::Text(document.text.text().into());
            text.push_str("\nFrom the text in the editor, which is not saved, to opencode's on disk:\n\n");
            text.push_str(&unified(&name, &mine, changed.saved.current()));
        }
        text
    }

    /// The diff of one hunk, or of the whole file.
    pub(super) fn diff_of_part(&self, path: &Path, changed: &Changed, index: Option<usize>) -> String {
        let alone = index.and_then(|index| {
            let edit = changed.review.undo_hunk(index)?;
            let now = changed.review.current().text()?;
            let before = [now.get(..edit.range.start)?, &edit.text, now.get(edit.range.end..)?].concat();
            Some(unified(&self.name_of_file(path), &Content::Text(before.into()), changed.review.current()))
        });
        alone.unwrap_or_else(|| self.diff_of(path, changed))
    }

    fn named(&self, uri: &DocumentUri, id: &str) -> Result<(PathBuf, Named), CommandError> {
        let path = self.reviewed(uri)?;
        let named = self.changes.get(&path).and_then(|changed| changed.named(id));
        Ok((path, named.ok_or(CommandError::NoSuchChange)?))
    }

    fn reviewed(&self, uri: &DocumentUri) -> Result<PathBuf, CommandError> {
        uri.to_path().filter(|path| self.changes.files.contains_key(path)).ok_or(CommandError::NothingChanged)
    }

    fn reviewed_files(&self) -> Result<Vec<PathBuf>, CommandError> {
        let files: Vec<PathBuf> = self.changes.files.keys().cloned().collect();
        if files.is_empty() { Err(CommandError::NothingChanged) } else { Ok(files) }
    }

    fn begin_batch(&mut self, files: usize) -> Batch {
        self.undoing.begin_batch(files)
    }
}

/// `a, b, c and 4 more`.
pub(super) fn listed(names: &[String], most: usize) -> String {
    let shown = names.iter().take(most).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(most) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
