//! Undo and redo of a whole turn: opencode's own revert, after a confirmation that lists the files.
//!
//! Every file of the turn is read before the question and after the answer: the user is told whose
//! edits would go, and what was not taken back.

mod result;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Changed, Source, Turn};
use crate::core::changes::verdicts::listed;
use crate::core::command::{CommandError, Outcome};
use crate::core::dialogs::About;
use crate::core::effect::{EditorEffect, Level, ServerCall};
use crate::core::event::DialogAnswer;
use crate::core::ids::{FolderId, MessageId, SessionId};
use crate::core::inert::inert;
use crate::core::state::State;
use crate::review::Content;

const SHOW: &str = "Show what opencode changed";
const UNDO: &str = "Undo the turn";
const LEAVE: &str = "Leave it undone";
const REDO: &str = "Redo the turn";

/// opencode sets every file of the project back, whoever changed it (measured on 1.1 to 1.18).
const REDO_QUESTION: &str = "Redo opencode's turn? It sets the whole project back to the moment before the undo: \
    what was edited since is lost, in any file.";

/// Turns that are remembered.
const MAX_TURNS: usize = 500;

#[derive(Debug, Default)]
pub(in crate::core) struct TurnUndo {
    /// In the order they began.
    turns: Vec<Turn>,
    files: BTreeMap<Turn, BTreeSet<PathBuf>>,
    /// Where sessions stand back: this prompt and what followed is undone.
    undone: BTreeMap<SessionId, MessageId>,
    /// What a session's undone turns had changed, for *redo*.
    aside: BTreeMap<SessionId, BTreeMap<PathBuf, Changed>>,
    step: Option<Step>,
}

/// One undo or redo at a time.
#[derive(Debug)]
enum Step {
    /// The files are read, to say whose edits would go.
    Looking {
        turn: Turn,
        read: Reading,
        confirmed: bool,
        /// The question that the user has said yes to.
        agreed: Option<String>,
    },
    /// The user is asked.
    Asking {
        turn: Turn,
        before: BTreeMap<PathBuf, Content>,
        text: String,
    },
    /// opencode was asked.
    Undoing {
        before: BTreeMap<PathBuf, Content>,
    },
    Redoing,
    /// The files are read again after an undo.
    Undone {
        session: SessionId,
        before: BTreeMap<PathBuf, Content>,
        read: Reading,
    },
    /// The user is asked whether to redo.
    AskingToRedo {
        session: SessionId,
    },
    /// The files are read again after a redo, with what was known of them before the undo.
    Redone {
        aside: BTreeMap<PathBuf, Changed>,
        read: Reading,
    },
}

/// A file that opencode's undo removed instead of putting it back.
struct Lost {
    path: PathBuf,
    text: Arc<str>,
    bom: bool,
}

#[derive(Debug, Default)]
struct Reading {
    left: BTreeSet<PathBuf>,
    read: BTreeMap<PathBuf, Content>,
}

impl TurnUndo {
    pub(in crate::core) fn new_turn(&mut self, turn: Turn) {
        // opencode forgets what was undone when a session goes on.
        self.undone.remove(&turn.session);
        self.aside.remove(&turn.session);
        self.turns.push(turn);
        if self.turns.len() > MAX_TURNS {
            let old = self.turns.remove(0);
            self.files.remove(&old);
        }
    }

    pub(in crate::core::changes) fn turns_begun(&self) -> usize {
        self.turns.len()
    }

    /// How many turns had begun with this one; none where it is not remembered.
    pub(in crate::core::changes) fn number_of(&self, turn: &Turn) -> Option<usize> {
        self.turns.iter().rposition(|other| other == turn).map(|index| index + 1)
    }

    /// Whether opencode may be putting files back right now.
    pub(in crate::core::changes) fn is_at_work(&self) -> bool {
        matches!(self.step, Some(Step::Undoing { .. } | Step::Undone { .. } | Step::Redoing | Step::Redone { .. }))
    }

    /// opencode says where a session stands back, if it does.
    pub(in crate::core) fn session_stands_at(&mut self, session: &SessionId, undone: Option<MessageId>) {
        match undone {
            Some(prompt) => {
                self.undone.insert(session.clone(), prompt);
            }
            None => {
                self.undone.remove(session);
            }
        }
    }

    /// The turns of a session that are not undone, oldest first.
    fn standing(&self, session: &SessionId) -> Vec<&Turn> {
        let undone = self.undone.get(session);
        let own = self.turns.iter().filter(|turn| turn.session == *session);
        own.take_while(|turn| Some(&turn.prompt) != undone).collect()
    }
}

impl State {
    /// A file was changed in a turn.
    pub(in crate::core::changes) fn note_turn_file(&mut self, source: &Source, path: &Path) {
        if let Some(turn) = source.turn() {
            self.turn_undo.files.entry(turn).or_default().insert(path.to_path_buf());
        }
    }

    /// Whether a turn of a session is known to have changed a file.
    pub(in crate::core::changes) fn is_told(&self, session: &SessionId, prompt: &MessageId, path: &Path) -> bool {
        let turn = Turn { session: self.root_of(session), prompt: prompt.clone() };
        self.turn_undo.files.get(&turn).is_some_and(|files| files.contains(path))
    }

    /// The newest turn with changes that are not reviewed.
    pub(in crate::core::changes) fn newest_turn(&self) -> Option<Turn> {
        let mut of_changes: Vec<Turn> = Vec::new();
        for (_, changed) in self.changes.iter() {
            of_changes.extend(changed.source.turn());
            of_changes.extend((0..changed.review.hunks().len()).filter_map(|index| changed.source_of(index).turn()));
        }
        let newest = self.turn_undo.turns.iter().rfind(|turn| of_changes.contains(turn));
        newest.cloned().or_else(|| of_changes.pop())
    }

    pub(in crate::core) fn undo_turn(&mut self, confirmed: bool) -> Result<Outcome, CommandError> {
        let here = self.connected(self.folders.here())?;
        self.nothing_under_way()?;
        let turn = self.turn_to_undo(here).ok_or(CommandError::NoTurn)?;
        if self.is_busy(&turn.session) {
            return Err(CommandError::Busy);
        }
        if let Some(Step::Asking { text, .. }) = &self.turn_undo.step {
            let about = About::UndoTurn { text: text.clone() };
            self.drop_dialogs(&about);
        }
        self.look_at_turn(turn, confirmed, None);
        Ok(Outcome::Done)
    }

    fn look_at_turn(&mut self, turn: Turn, confirmed: bool, agreed: Option<String>) {
        let files = self.turn_undo.files.get(&turn).cloned().unwrap_or_default();
        let read = self.read_for_turn(files);
        self.turn_undo.step = Some(Step::Looking { turn, read, confirmed, agreed });
        self.turn_step_read();
    }

    /// A question counts for nothing: editors close dialogs without an answer.
    fn nothing_under_way(&self) -> Result<(), CommandError> {
        match &self.turn_undo.step {
            None | Some(Step::Asking { .. } | Step::AskingToRedo { .. }) => Ok(()),
            Some(_) => Err(CommandError::UnderWay),
        }
    }

    /// The last turn of the session that the folder's questions go to, else of the one that worked last there.
    fn turn_to_undo(&self, folder: FolderId) -> Option<Turn> {
        let session = self.folders.get(folder)?.session.as_ref();
        let last = session.and_then(|session| self.turn_undo.standing(session).last().copied());
        let connection = self.folders.carrier(folder);
        let last = last.or_else(|| {
            let newest = self.turn_undo.turns.iter().rfind(|turn| self.is_on(connection, &turn.session))?;
            self.turn_undo.standing(&newest.session).last().copied()
        });
        last.cloned()
    }

    pub(in crate::core) fn is_busy(&self, session: &SessionId) -> bool {
        self.busy.iter().any(|busy| self.root_of(busy) == *session)
    }

    pub(in crate::core) fn turn_file_read(&mut self, path: PathBuf, content: Content) {
        let step = &mut self.turn_undo.step;
        if let Some(Step::Looking { read, .. } | Step::Undone { read, .. } | Step::Redone { read, .. }) = step
            && read.left.remove(&path)
        {
            read.read.insert(path, content);
        }
        self.turn_step_read();
    }

    /// Goes on once all files are read.
    fn turn_step_read(&mut self) {
        match self.turn_undo.step.take() {
            Some(Step::Looking { turn, read, confirmed, agreed }) if read.left.is_empty() => {
                self.ask_to_undo(turn, read.read, confirmed, agreed.as_deref());
            }
            Some(Step::Undone { session, before, read }) if read.left.is_empty() => {
                self.turn_undone(&session, &before, read.read);
            }
            Some(Step::Redone { aside, read }) if read.left.is_empty() => self.turn_redone(aside, read.read),
            other => self.turn_undo.step = other,
        }
    }

    /// Asks, unless the user has agreed to just that.
    fn ask_to_undo(&mut self, turn: Turn, before: BTreeMap<PathBuf, Content>, confirmed: bool, agreed: Option<&str>) {
        let text = self.undo_question(&turn, &before);
        if confirmed || agreed == Some(text.as_str()) || self.confirms(&text) {
            self.revert(turn, before);
            return;
        }
        self.turn_undo.step = Some(Step::Asking { turn, before, text: text.clone() });
        if self.dialogs.unsupported {
            self.say_how_to_confirm(&text);
            return;
        }
        self.show_undo_dialog(text, agreed.is_some());
    }

    fn show_undo_dialog(&mut self, text: String, again: bool) {
        let buttons = vec![SHOW.to_owned(), UNDO.to_owned()];
        let about = About::UndoTurn { text: text.clone() };
        match again {
            true => self.ask_user_again(about, Level::Warning, text, buttons),
            false => self.ask_user(about, Level::Warning, text, buttons),
        }
    }

    fn say_how_to_confirm(&mut self, text: &str) {
        let text = self.how_to_confirm(text.to_owned(), "opencode.turn.undo");
        self.editor(EditorEffect::Message { level: Level::Warning, text });
    }

    /// The files, and those whose later edits would go.
    fn undo_question(&self, turn: &Turn, before: &BTreeMap<PathBuf, Content>) -> String {
        let name = |path: &PathBuf| inert(&self.display_path(path), 80);
        let all: Vec<String> = before.keys().map(name).collect();
        let edited = before.iter().filter(|(path, content)| !self.is_as_left(turn, path, content));
        let edited: Vec<String> = edited.map(|(path, _)| name(path)).collect();
        let mut text = "Undo opencode's last turn?".to_owned();
        match all.is_empty() {
            true => text.push_str(" It changed no file that is known here."),
            false => text.push_str(&format!(" It changed {}.", listed(&all, 10))),
        }
        if !edited.is_empty() {
            text.push_str(&format!(" What was edited since would be lost in {}.", listed(&edited, 10)));
        }
        if self.turn_undo.undone.contains_key(&turn.session) {
            // 1.15 and newer start from the state at the first undo (measured).
            text.push_str(" Edits since the last undo would be lost in every file of the project.");
        }
        text
    }

    /// Whether nobody has changed a file since the turn did, as far as the bridge saw it.
    fn is_as_left(&self, turn: &Turn, path: &Path, content: &Content) -> bool {
        let content = content.clone().without_bom();
        if self.changes.get(path).is_some_and(|changed| changed.sessions.iter().any(|other| *other != turn.session)) {
            return false;
        }
        // The old name of a renamed file.
        if content.is_absent() && self.changes.iter().any(|(_, other)| other.renamed_from.as_deref() == Some(path)) {
            return true;
        }
        let as_left = match self.changes.get(path) {
            Some(changed) => *changed.written() == content,
            None => self.changes.settled.get(path).is_some_and(|settled| settled.content == content),
        };
        as_left && !self.has_unsaved(path)
    }

    /// The answer to one question; it says nothing of another.
    pub(in crate::core) fn undo_turn_answered(&mut self, asked: &str, answer: DialogAnswer) {
        let is_asked = |step: &mut Step| matches!(step, Step::Asking { text, .. } if *text == asked);
        let Some(Step::Asking { turn, before, text }) = self.turn_undo.step.take_if(is_asked) else {
            return;
        };
        match answer {
            DialogAnswer::Chosen(chosen) if chosen == UNDO => {
                if self.turn_undo.standing(&turn.session).last() != Some(&&turn) {
                    let text = "opencode has gone on since: nothing was undone".to_owned();
                    self.editor(EditorEffect::Message { level: Level::Warning, text });
                    return;
                }
                // The question may be old: what was edited since then was not agreed to.
                self.look_at_turn(turn, false, Some(text));
            }
            DialogAnswer::Chosen(chosen) if chosen == SHOW => {
                if let Err(error) = self.show_diff(None) {
                    self.editor(EditorEffect::Message { level: Level::Info, text: error.to_string() });
                }
                self.turn_undo.step = Some(Step::Asking { turn, before, text: text.clone() });
                self.show_undo_dialog(text, true);
            }
            DialogAnswer::Chosen(_) | DialogAnswer::Dismissed => {}
            DialogAnswer::Unsupported => {
                self.dialogs.unsupported = true;
                self.say_how_to_confirm(&text);
            }
        }
    }

    fn revert(&mut self, turn: Turn, before: BTreeMap<PathBuf, Content>) {
        if self.is_busy(&turn.session) {
            self.editor(EditorEffect::Message { level: Level::Warning, text: CommandError::Busy.to_string() });
            return;
        }
        let Some(home) = self.known_home(&turn.session) else {
            // Its folder went while the user was asked; another server is not to try.
            self.editor(EditorEffect::Message { level: Level::Warning, text: CommandError::NoTurn.to_string() });
            return;
        };
        self.server(home, ServerCall::Revert { session: turn.session, prompt: turn.prompt });
        self.turn_undo.step = Some(Step::Undoing { before });
    }

    pub(in crate::core) fn redo_turn(&mut self, confirmed: bool) -> Result<Outcome, CommandError> {
        let here = self.connected(self.folders.here())?;
        self.nothing_under_way()?;
        let own = self.folders.get(here).and_then(|folder| folder.session.as_ref());
        let own = own.filter(|session| self.turn_undo.undone.contains_key(session));
        let connection = self.folders.carrier(here);
        let other = || self.turn_undo.undone.keys().find(|session| self.is_on(connection, session));
        let session = own.or_else(other).cloned().ok_or(CommandError::NoTurnUndone)?;
        if self.is_busy(&session) {
            return Err(CommandError::Busy);
        }
        if confirmed || self.confirms(REDO_QUESTION) {
            self.unrevert(session);
            return Ok(Outcome::Done);
        }
        self.turn_undo.step = Some(Step::AskingToRedo { session: session.clone() });
        if self.dialogs.unsupported {
            self.say_how_to_confirm_redo();
            return Ok(Outcome::Done);
        }
        let buttons = vec![LEAVE.to_owned(), REDO.to_owned()];
        self.ask_user(About::RedoTurn { session }, Level::Warning, REDO_QUESTION.to_owned(), buttons);
        Ok(Outcome::Done)
    }

    fn say_how_to_confirm_redo(&mut self) {
        let text = self.how_to_confirm(REDO_QUESTION.to_owned(), "opencode.turn.redo");
        self.editor(EditorEffect::Message { level: Level::Warning, text });
    }

    pub(in crate::core) fn redo_turn_answered(&mut self, asked: &SessionId, answer: DialogAnswer) {
        let is_asked = |step: &mut Step| matches!(step, Step::AskingToRedo { session } if session == asked);
        let Some(Step::AskingToRedo { session }) = self.turn_undo.step.take_if(is_asked) else {
            return;
        };
        match answer {
            DialogAnswer::Chosen(chosen) if chosen == REDO => self.unrevert(session),
            DialogAnswer::Chosen(_) | DialogAnswer::Dismissed => {}
            DialogAnswer::Unsupported => {
                self.dialogs.unsupported = true;
                self.say_how_to_confirm_redo();
            }
        }
    }

    fn unrevert(&mut self, session: SessionId) {
        let Some(home) = self.known_home(&session) else {
            let text = CommandError::NoTurnUndone.to_string();
            self.editor(EditorEffect::Message { level: Level::Warning, text });
            return;
        };
        self.server(home, ServerCall::Unrevert { session });
        self.turn_undo.step = Some(Step::Redoing);
    }
}
