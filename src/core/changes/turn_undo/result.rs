//! What opencode's undo or redo of a turn has done, read from the disk.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{Lost, Reading, Step};
use crate::core::changes::verdicts::listed;
use crate::core::changes::{Changed, Turn};
use crate::core::effect::{EditorEffect, Effect, Level, ReadPurpose};
use crate::core::event::{RevertError, Reverted};
use crate::core::ids::{MessageId, SessionId};
use crate::core::inert::inert;
use crate::core::state::State;
use crate::review::{Baseline, Content};

impl State {
    /// opencode's answer to an undo.
    pub(in crate::core) fn reverted(
        &mut self,
        session: &SessionId,
        prompt: &MessageId,
        result: Result<Reverted, RevertError>,
    ) {
        let Some(Step::Undoing { before }) = self.turn_undo.step.take_if(|step| matches!(step, Step::Undoing { .. }))
        else {
            return;
        };
        match result {
            Ok(Reverted::Files) => {}
            Ok(Reverted::MessagesOnly) => {
                self.turn_undo.undone.insert(session.clone(), prompt.clone());
                let text = "opencode has forgotten its turn, but put no file back: it keeps no snapshots here (it needs \
                    a git repository). opencode.review.undo takes back what is known of its changes";
                self.editor(EditorEffect::Message { level: Level::Warning, text: text.to_owned() });
                self.attribute_to_the_user();
                return;
            }
            Err(error) => {
                self.say_turn_problem("undone", &error);
                return;
            }
        }
        self.turn_undo.undone.insert(session.clone(), prompt.clone());
        let left: BTreeSet<PathBuf> = before.keys().cloned().collect();
        for path in &left {
            // For *redo*, as it is now.
            if let Some(changed) = self.changes.get(path).cloned() {
                let aside = self.turn_undo.aside.entry(session.clone()).or_default();
                // Of several undone turns, what stood before the first comes back.
                aside.entry(path.clone()).or_insert(changed);
            }
        }
        let read = self.read_for_turn(left);
        self.turn_undo.step = Some(Step::Undone { session: session.clone(), before, read });
        self.turn_step_read();
    }

    /// opencode's answer to a redo.
    pub(in crate::core) fn unreverted(&mut self, session: &SessionId, result: Result<(), RevertError>) {
        if !matches!(self.turn_undo.step.take_if(|step| matches!(step, Step::Redoing)), Some(Step::Redoing)) {
            return;
        }
        if let Err(error) = result {
            self.say_turn_problem("redone", &error);
            return;
        }
        self.turn_undo.undone.remove(session);
        // What its folder showed is shown no more where that is gone.
        let is_there = self.known_home(session).is_some();
        let aside = self.turn_undo.aside.remove(session).filter(|_| is_there).unwrap_or_default();
        let read = self.read_for_turn(aside.keys().cloned().collect());
        self.turn_undo.step = Some(Step::Redone { aside, read });
        self.turn_step_read();
    }

    pub(super) fn read_for_turn(&mut self, files: BTreeSet<PathBuf>) -> Reading {
        for path in files.iter().cloned() {
            self.effect(Effect::Read { path, why: ReadPurpose::TurnUndo });
        }
        Reading { left: files, read: BTreeMap::new() }
    }

    fn say_turn_problem(&mut self, what: &str, error: &RevertError) {
        let text = format!("The turn was not {what}: {error}");
        self.editor(EditorEffect::Message { level: Level::Error, text });
        self.attribute_to_the_user();
    }

    pub(super) fn turn_undone(
        &mut self,
        session: &SessionId,
        before: &BTreeMap<PathBuf, Content>,
        now: BTreeMap<PathBuf, Content>,
    ) {
        let mut stayed: Vec<String> = Vec::new();
        for (path, content) in &now {
            if before.get(path) == Some(content) && !self.was_as_before(session, path) {
                stayed.push(inert(&self.display_path(path), 80));
            }
        }
        let lost: Vec<Lost> = now.keys().filter_map(|path| self.lost_file(session, path, before, &now)).collect();
        let removed: Vec<&PathBuf> =
            now.keys().filter(|path| self.is_removed_unseen(session, path, before, &now)).collect();
        let mut copied: Vec<String> = Vec::new();
        let mut folders: BTreeSet<String> = BTreeSet::new();
        for path in removed {
            if let Some(content) = before.get(path) {
                self.keep_removed(path, content);
                copied.push(inert(&self.display_path(path), 80));
                folders.insert(self.removed_folder(path).display().to_string());
            }
        }
        for (path, content) in now {
            self.take_undone(session, &path, content.without_bom());
        }
        let mut text = "opencode has undone its turn".to_owned();
        if !stayed.is_empty() {
            text.push_str(&format!(", but left these files as they were: {}", listed(&stayed, 10)));
        }
        let mut rescued: Vec<String> = Vec::new();
        for Lost { path, text, bom } in lost {
            rescued.push(inert(&self.display_path(&path), 80));
            self.keep_removed(&path, &Content::Text(text.clone()));
            self.put_back(path, text, bom);
        }
        if !rescued.is_empty() {
            text.push_str(&format!("; it lost {}, which opencode-lsp puts back", listed(&rescued, 10)));
        }
        if !copied.is_empty() {
            let folders: Vec<String> = folders.into_iter().collect();
            text.push_str(&format!("; it removed {}: copies are in {}", listed(&copied, 10), folders.join(" and ")));
        }
        let level =
            if stayed.is_empty() && rescued.is_empty() && copied.is_empty() { Level::Info } else { Level::Warning };
        self.editor(EditorEffect::Message { level, text });
        self.attribute_to_the_user();
    }

    /// Whether a file was already what it was before the turn, so that nothing was to be put back.
    fn was_as_before(&self, session: &SessionId, path: &Path) -> bool {
        let aside = self.turn_undo.aside.get(session).and_then(|aside| aside.get(path));
        aside.is_none_or(|changed| changed.is_reviewed_on_disk())
    }

    /// opencode's undo loses files: one that was moved in a step is gone under both names (1.1 to
    /// 1.18), one with a non-ASCII name is removed instead of put back (1.15 to 1.18).
    fn lost_file(
        &self,
        session: &SessionId,
        path: &Path,
        before: &BTreeMap<PathBuf, Content>,
        now: &BTreeMap<PathBuf, Content>,
    ) -> Option<Lost> {
        let is_there = |path: &Path| now.get(path).is_some_and(|content| !content.is_absent());
        if is_there(path) || before.get(path).is_none_or(Content::is_absent) {
            return None;
        }
        let changed = self.turn_undo.aside.get(session)?.get(path)?;
        let Baseline::Known(Content::Text(text)) = changed.saved().baseline() else {
            return None;
        };
        let path = changed.renamed_from.clone().unwrap_or_else(|| path.to_path_buf());
        if is_there(&path) {
            return None;
        }
        Some(Lost { path, text, bom: changed.bom_before })
    }

    /// A file that is gone and was reviewed already: it may have been there before the turn.
    fn is_removed_unseen(
        &self,
        session: &SessionId,
        path: &Path,
        before: &BTreeMap<PathBuf, Content>,
        now: &BTreeMap<PathBuf, Content>,
    ) -> bool {
        let gone = now.get(path).is_some_and(Content::is_absent) && before.get(path).is_some_and(|c| !c.is_absent());
        gone && !self.turn_undo.aside.get(session).is_some_and(|aside| aside.contains_key(path))
    }

    /// A file after its turn was undone.
    fn take_undone(&mut self, session: &SessionId, path: &Path, content: Content) {
        let prompt = self.turn_undo.undone.get(session).cloned();
        let turn = prompt.map(|prompt| Turn { session: session.clone(), prompt });
        let Some(changed) = self.changes.files.get_mut(path) else {
            return;
        };
        if *changed.saved.current() == content {
            return;
        }
        let source = changed.source.clone();
        let is_before = changed.saved.baseline_is(&content);
        // The user agreed to lose edits; what earlier turns did is still to be reviewed.
        let others = turn.is_some_and(|turn| !changed.is_all_of(&turn));
        let is_agreed = (changed.has_user_edits && !others) || changed.renamed_from.is_some();
        if is_before || is_agreed || content.is_absent() {
            self.settle(path);
            return;
        }
        changed.opencode_wrote(content, source);
        self.changed_on_disk(path);
        self.forget_if_reviewed(path);
    }

    pub(super) fn turn_redone(&mut self, mut aside: BTreeMap<PathBuf, Changed>, now: BTreeMap<PathBuf, Content>) {
        for (path, content) in now {
            let content = content.without_bom();
            let Some(mut changed) = aside.remove(&path) else {
                continue;
            };
            if *changed.saved.current() == content {
                self.changes.settled.remove(&path);
                self.changes.files.insert(path.clone(), changed);
                self.changed_on_disk(&path);
            } else if let Some(tracked) = self.changes.files.get_mut(&path) {
                let source = tracked.source.clone();
                tracked.opencode_wrote(content, source);
                self.changed_on_disk(&path);
            } else {
                let source = changed.source.clone();
                changed.opencode_wrote(content, source);
                self.changes.settled.remove(&path);
                self.changes.files.insert(path.clone(), changed);
                self.changed_on_disk(&path);
                self.forget_if_reviewed(&path);
            }
        }
        let text = "opencode has redone its turn".to_owned();
        self.editor(EditorEffect::Message { level: Level::Info, text });
        self.attribute_to_the_user();
    }
}
