//! Dialogs: one at a time, and never a decision by accident.
//!
//! Clients drop or stack simultaneous `window/showMessageRequest`s (Helix drops the first), may
//! never answer, and some take the first button on Enter (Kakoune, eglot). So a permission waits
//! for the dialog before it, not longer than a time limit, and its first button is harmless.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::time::Duration;

use super::command::Command;
use super::effect::{EditorEffect, Effect, Level, Timer};
use super::event::DialogAnswer;
use super::ids::{DialogId, FolderId, PermissionId, QuestionId, SessionId};
use super::menus::Menu;
use super::place::Place;
use super::server::FoundServer;
use super::state::State;

/// What a dialog is about.
#[derive(Debug, Clone, PartialEq)]
pub enum About {
    Permission(PermissionId),
    /// A question of opencode's.
    Question(QuestionId),
    /// An answer that the user may want to see whole.
    Answer {
        session: SessionId,
        text: String,
    },
    /// Whether to undo everything.
    UndoAll {
        text: String,
        files: Vec<PathBuf>,
    },
    /// Whether to undo the last turn.
    UndoTurn {
        text: String,
    },
    /// Whether to redo what a session has undone.
    RedoTurn {
        session: SessionId,
    },
    /// Whether to run a command, by its button: nothing else runs it.
    Confirm {
        question: String,
        button: &'static str,
        /// That of the command, which answers the question where there are no dialogs.
        name: &'static str,
        command: Box<Command>,
    },
    /// A page of a menu, from this entry on.
    Menu {
        menu: Menu,
        from: usize,
    },
    /// Which block of an answer to put where, in this version of the document.
    Insert {
        place: Place,
        version: i32,
        answer: u64,
    },
    /// Which server a folder is to use.
    Server {
        folder: FolderId,
        servers: Vec<FoundServer>,
    },
}

#[derive(Debug, Clone)]
struct Waiting {
    about: About,
    level: Level,
    text: String,
    buttons: Vec<String>,
}

#[derive(Debug, Default)]
pub struct Dialogs {
    last: u64,
    /// Asked and not answered, with those that were given up but may still be answered.
    open: BTreeMap<DialogId, About>,
    /// The one that others wait for.
    front: Option<DialogId>,
    waiting: VecDeque<Waiting>,
    /// The client said that it has no dialogs.
    pub unsupported: bool,
}

impl Dialogs {
    /// Questions about the server of a folder, open or waiting.
    pub fn about_server(&self, id: FolderId) -> Vec<About> {
        let waiting = self.waiting.iter().map(|waiting| &waiting.about);
        let is_about = |about: &&About| matches!(about, About::Server { folder, .. } if *folder == id);
        self.open.values().chain(waiting).filter(is_about).cloned().collect()
    }
}

impl State {
    /// Puts a dialog into the queue.
    pub(super) fn ask_user(&mut self, about: About, level: Level, text: String, buttons: Vec<String>) {
        self.dialogs.waiting.push_back(Waiting { about, level, text, buttons });
        self.next_dialog();
    }

    /// Puts a dialog before all others: the user is in the middle of it.
    pub(super) fn ask_user_again(&mut self, about: About, level: Level, text: String, buttons: Vec<String>) {
        self.dialogs.waiting.push_front(Waiting { about, level, text, buttons });
        self.next_dialog();
    }

    /// Forgets waiting dialogs about something that is settled; open ones cannot be closed over LSP.
    pub(super) fn drop_dialogs(&mut self, about: &About) {
        self.dialogs.waiting.retain(|waiting| waiting.about != *about);
        let front = self.dialogs.front;
        if front.is_some_and(|id| self.dialogs.open.get(&id) == Some(about)) {
            self.dialogs.front = None;
            self.next_dialog();
        }
    }

    /// Shows the next dialog if none that matters is open. An open answer holds up nothing.
    fn next_dialog(&mut self) {
        if self.dialogs.front.is_some() {
            return;
        }
        let Some(next) = self.dialogs.waiting.pop_front() else {
            return;
        };
        self.dialogs.last += 1;
        let id = DialogId(self.dialogs.last);
        // An answer may wait; a question that was asked for is in the way of no permission for long.
        if !matches!(next.about, About::Answer { .. }) {
            self.dialogs.front = Some(id);
            let limit = Duration::from_secs(self.settings.permissions.prompt_timeout);
            self.effect(Effect::After(limit, Timer::Dialog(id)));
        }
        self.dialogs.open.insert(id, next.about);
        self.editor(EditorEffect::Dialog { id, level: next.level, text: next.text, buttons: next.buttons });
        self.next_dialog();
    }

    /// The time limit of a dialog: it stays answerable, but the queue moves on.
    pub(super) fn dialog_timed_out(&mut self, id: DialogId) {
        if self.dialogs.front == Some(id) {
            self.dialogs.front = None;
            self.next_dialog();
        }
    }

    pub(super) fn dialog_answered(&mut self, id: DialogId, answer: DialogAnswer) {
        let Some(about) = self.dialogs.open.remove(&id) else {
            return;
        };
        if self.dialogs.front == Some(id) {
            self.dialogs.front = None;
        }
        match about {
            About::Permission(permission) => self.permission_dialog_answered(&permission, answer),
            About::Question(question) => self.question_dialog_answered(&question, answer),
            About::UndoAll { text, files } => self.undo_all_answered(&text, files, answer),
            About::UndoTurn { text } => self.undo_turn_answered(&text, answer),
            About::Server { folder, servers } => self.server_answered(folder, servers, answer),
            About::Confirm { question, button, name, command } => {
                self.confirm_answered(&question, (button, name), *command, answer);
            }
            About::Menu { menu, from } => self.menu_answered(menu, from, answer),
            About::Insert { place, version, answer: number } => self.insert_chosen(&place, version, number, answer),
            About::RedoTurn { session } => self.redo_turn_answered(&session, answer),
            About::Answer { session, text } => match answer {
                DialogAnswer::Chosen(_) => {
                    self.show_transcript(&session, true);
                }
                DialogAnswer::Dismissed => {}
                DialogAnswer::Unsupported => {
                    self.dialogs.unsupported = true;
                    self.editor(EditorEffect::Message { level: Level::Info, text });
                }
            },
        }
        self.next_dialog();
    }
}
