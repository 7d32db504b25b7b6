//! A change arrives: the file is read, and the text before is looked for.

use std::path::{Path, PathBuf};

use super::baseline::{reverse_all, reverse_last, text_before};
use super::{Arriving, Changed, InEditor, Source, Told};
use crate::core::effect::{EditorEffect, Effect, Level, ReadPurpose};
use crate::core::ids::{DocumentUri, SessionId};
use crate::core::server::EditHint;
use crate::core::state::State;
use crate::review::{Baseline, Content, FileReview};

impl State {
    /// A file was read while opencode waits for leave to change it.
    pub(in crate::core) fn before_read(&mut self, path: PathBuf, content: Content) {
        if self.is_waited_for(&path) {
            self.changes.before.insert(path.clone(), content);
        }
        self.show_details_due(&path);
    }

    /// The user saved a file while opencode waits for leave to change it: that is the text before.
    pub(in crate::core) fn before_again(&mut self, uri: &DocumentUri) {
        if let Some(path) = uri.to_path().filter(|path| self.is_waited_for(path)) {
            self.effect(Effect::Read { path, why: ReadPurpose::Before });
        }
    }

    /// Whether opencode waits for leave to change a file.
    pub(in crate::core) fn is_waited_for(&self, path: &Path) -> bool {
        self.permissions.open().any(|request| request.file.as_deref() == Some(path))
    }

    /// opencode changed a file: see what it holds now.
    pub(in crate::core) fn file_changed(&mut self, session: &SessionId, path: PathBuf, hint: EditHint, told: Told) {
        let source = self.source_of(session);
        self.file_changed_by(session, source, path, hint, told);
    }

    /// The same where it is known which turn did it.
    pub(super) fn file_changed_by(
        &mut self,
        session: &SessionId,
        source: Source,
        path: PathBuf,
        hint: EditHint,
        told: Told,
    ) {
        self.note_turn_file(&source, &path);
        if let Some(arriving) = self.changes.arriving.get_mut(&path) {
            // The read under way may still see the text from before this change.
            if told == Told::Tool {
                arriving.again = true;
                if hint != EditHint::Unknown {
                    arriving.hints.push(hint);
                }
            }
            return;
        }
        let arriving = Arriving { hints: vec![hint], session: session.clone(), source, told, again: false };
        self.changes.arriving.insert(path.clone(), arriving);
        self.effect(Effect::Read { path, why: ReadPurpose::After });
    }

    pub(in crate::core) fn after_read(&mut self, path: PathBuf, after: Content) {
        if self.changes.saving.contains(&path) && self.changes.arriving.contains_key(&path) {
            // It may have been read before the user saved over it.
            self.effect(Effect::Read { path, why: ReadPurpose::After });
            return;
        }
        let Some(mut arriving) = self.changes.arriving.remove(&path) else {
            return;
        };
        if arriving.told == Told::Tool
            && let Some(earlier) = self.changes.unexplained.get(&path)
            && self.prompts.get(&earlier.session) == Some(&earlier.prompt)
        {
            arriving.hints.splice(..0, earlier.hints.iter().cloned());
        }
        let trusted = self.changes.before.remove(&path);
        let session = arriving.session.clone();
        let again = arriving.again;
        self.take_after(&path, after, &arriving, trusted);
        if again {
            self.file_changed(&session, path, EditHint::Unknown, Told::Tool);
        }
    }

    fn take_after(&mut self, path: &Path, after: Content, arriving: &Arriving, trusted: Option<Content>) {
        let Arriving { hints, session, source, told, .. } = arriving;
        let bom = after.begins_with_bom();
        // Without better knowledge it was there before if it is there now.
        let bom_before = trusted.as_ref().map_or(bom, Content::begins_with_bom);
        let (after, trusted) = (after.without_bom(), trusted.map(Content::without_bom));
        let is_reviewed = self.changes.is_settled(path, source)
            && self.changes.settled.get(path).is_some_and(|settled| settled.content == after);
        if !self.changes.files.contains_key(path) && is_reviewed {
            self.changes.unexplained.remove(path);
            return;
        }
        if after.is_absent() && self.changes.iter().any(|(_, other)| other.renamed_from.as_deref() == Some(path)) {
            // Shown with its new name.
            self.changes.unexplained.remove(path);
            return;
        }
        if self.changes.files.contains_key(path) {
            self.take_again(path, after, arriving, trusted.as_ref(), bom);
            return;
        }
        // A step's files and a turn's diff are told from snapshots, which have the user's edits in them.
        let from_snapshots = *told != Told::Tool || hints.iter().all(|hint| *hint == EditHint::Unknown);
        let mine = self.saved_in_turn(path, source).filter(|_| from_snapshots);
        if mine.as_ref() == Some(&after) {
            self.changes.unexplained.remove(path);
            return;
        }
        let (hints, trusted) = match mine {
            Some(mine) => (&vec![EditHint::Unknown], Some(mine)),
            None => (hints, trusted),
        };
        match text_before(hints, trusted.as_ref(), self.clean_text(path).as_ref(), &after) {
            Some(before) => {
                self.changes.unexplained.remove(path);
                if before != after {
                    self.track(path, FileReview::new(Baseline::Known(before), after), source.clone(), None);
                    if let Some(changed) = self.changes.files.get_mut(path) {
                        (changed.bom, changed.bom_before) = (bom, bom_before);
                    }
                }
            }
            None => self.unexplained(path.to_path_buf(), session, source.clone(), after, hints, *told),
        }
    }

    /// What the user last saved of a file while a turn was at work.
    fn saved_in_turn(&self, path: &Path, source: &Source) -> Option<Content> {
        let number = self.turn_undo.number_of(&source.turn()?)?;
        let (turns, saved) = self.changes.saved_meanwhile.get(path)?;
        (*turns >= number).then(|| saved.clone())
    }

    /// A file that opencode has changed before.
    fn take_again(&mut self, path: &Path, after: Content, arriving: &Arriving, trusted: Option<&Content>, bom: bool) {
        let Arriving { hints, source, .. } = arriving;
        let source = source.clone();
        self.end_save(path, &after);
        self.take_said_save(path, &after, hints);
        self.changes.last += 1;
        let number = self.changes.last;
        let Some(changed) = self.changes.files.get_mut(path) else {
            return;
        };
        changed.bom = bom;
        let said = changed.in_editor == InEditor::Diverged && !changed.is_left();
        let moved = *changed.saved.current() != after;
        match changed.saved.baseline() {
            Baseline::Known(before) if !moved => {
                // The first read may have seen this change too, and taken it for old text.
                match reverse_last(hints, &before).filter(|_| changed.fresh) {
                    Some(earlier) => {
                        changed.begin_again(FileReview::new(Baseline::Known(earlier), after), source, number);
                    }
                    None => changed.fresh = false,
                }
            }
            Baseline::Known(_) => {
                changed.fresh = false;
                changed.opencode_wrote(after, source);
            }
            // What an earlier turn did to it is still not known.
            Baseline::Unknown if changed.prompt != source.prompt => changed.opencode_wrote(after, source),
            Baseline::Unknown => match text_before(hints, trusted, None, &after) {
                Some(before) => {
                    changed.begin_again(FileReview::new(Baseline::Known(before), after), source, number);
                }
                None => changed.opencode_wrote(after, source),
            },
        }
        self.changed_on_disk(path);
        self.unpair_rename(path);
        if moved && !said {
            self.say_if_diverged(path);
        }
    }

    /// opencode's edit starts from a text that the user saved before the review knew of it.
    fn take_said_save(&mut self, path: &Path, after: &Content, hints: &[EditHint]) {
        let Some(said) = self.changes.said_saved.get(path) else {
            return;
        };
        let (Some(text), true) = (said.text(), reverse_all(hints, after).as_ref() == Some(said)) else {
            return;
        };
        if let Some(changed) = self.changes.files.get_mut(path).filter(|changed| changed.saved.current() != said) {
            changed.user_wrote(text);
        }
    }

    /// Begins to review a file.
    pub(super) fn track(&mut self, path: &Path, review: FileReview, source: Source, patch: Option<String>) {
        self.changes.settled.remove(path);
        self.changes.last += 1;
        let mut changed = Changed::new(review, source, self.changes.last);
        changed.patch = patch;
        self.changes.files.insert(path.to_path_buf(), changed);
        self.changed_on_disk(path);
        self.pair_rename(path);
        self.say_if_diverged(path);
    }

    /// A file that is gone and one with its text that is new, in one turn: it was renamed.
    fn pair_rename(&mut self, path: &Path) {
        let Some((from, to)) = self.find_rename(path) else {
            return;
        };
        let Some(gone) = self.changes.files.remove(&from) else {
            return;
        };
        self.review_moved(&from);
        self.changes.last += 1;
        let number = self.changes.last;
        if let Some(changed) = self.changes.files.get_mut(&to) {
            let now = changed.saved.current().clone();
            let source = changed.source.clone();
            changed.begin_again(FileReview::new(gone.saved.baseline(), now), source, number);
            changed.renamed_from = Some(from);
        }
        self.changed_on_disk(&to);
    }

    /// The only pair of files that this one can be one of, as old and new name.
    fn find_rename(&self, path: &Path) -> Option<(PathBuf, PathBuf)> {
        let one = self.changes.get(path)?;
        let turn = one.source.turn()?;
        let is_text = |content: &Content| content.text().is_some_and(|text| !text.is_empty());
        let (before, now) = match one.saved.current() {
            Content::Absent => match one.saved.baseline() {
                Baseline::Known(text) if is_text(&text) => (Content::Absent, text),
                Baseline::Known(_) | Baseline::Unknown => return None,
            },
            text if is_text(text) && one.saved.baseline_is(&Content::Absent) => (text.clone(), Content::Absent),
            _ => return None,
        };
        let fits = |other: &Changed| {
            *other.saved.current() == now
                && other.saved.baseline_is(&before)
                && other.source.turn().as_ref() == Some(&turn)
        };
        let mut others = self.changes.iter().filter(|(_, other)| fits(other)).map(|(path, _)| path.to_path_buf());
        let other = others.next().filter(|_| others.next().is_none())?;
        Some(if now == Content::Absent { (other, path.to_path_buf()) } else { (path.to_path_buf(), other) })
    }

    /// A renamed file that is gone, too: its old name is what is missed.
    fn unpair_rename(&mut self, path: &Path) {
        let gone = |changed: &Changed| changed.renamed_from.is_some() && *changed.saved.current() == Content::Absent;
        if !self.changes.get(path).is_some_and(gone) {
            return;
        }
        let Some(mut changed) = self.changes.files.remove(path) else {
            return;
        };
        self.review_moved(path);
        if let Some(from) = changed.renamed_from.take() {
            if let Some(there) = self.changes.files.get(&from) {
                // Written anew under its old name: that is what became of it.
                let now = there.saved.current().clone();
                let source = there.source.clone();
                (changed.bom, changed.in_editor) = (there.bom, there.in_editor);
                changed.opencode_wrote(now, source);
            }
            self.changes.files.insert(from.clone(), changed);
            self.changed_on_disk(&from);
        }
    }

    /// After the write: the editor holds text that opencode did not know.
    fn say_if_diverged(&mut self, path: &Path) {
        let diverged = self.changes.get(path).is_some_and(|changed| changed.in_editor == InEditor::Diverged);
        if diverged {
            let name = self.display_path(path);
            let text = format!(
                "opencode changed {name} on disk while it has unsaved changes here; nothing here was overwritten"
            );
            self.editor(EditorEffect::Message { level: Level::Warning, text });
        }
    }

    /// The text of an open document without unsaved changes: the file's, unless it just changed.
    fn clean_text(&self, path: &Path) -> Option<Content> {
        let document = self.documents.by_path(path)?;
        if self.dirty.contains(&document.uri) {
            return None;
        }
        Some(Content::Text(document.text.text().into()).without_bom())
    }

    /// What a session works on now.
    pub(super) fn source_of(&self, session: &SessionId) -> Source {
        let session = self.root_of(session);
        let prompt = self.prompts.get(&session).cloned();
        Source { prompt, origin: self.origins.get(&session).cloned(), session }
    }
}
