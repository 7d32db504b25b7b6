//! What is known of sessions: whose sub-agent one is, where its turn was asked, what it is called.

use super::ids::{FolderId, SessionId};
use super::inert::inert;
use super::place::Place;
use super::server::{ModelName, PromptOptions};
use super::state::State;

/// Sessions are few; what is known of them.
#[derive(Debug, Default)]
pub(super) struct SessionInfo {
    pub(super) parent: Option<SessionId>,
    pub(super) title: String,
    /// The tool at work, with what it works on.
    pub(super) tool: Option<String>,
    /// Where it can be read by others, if it is shared.
    pub(super) link: Option<String>,
    /// What the user chose for it.
    pub(super) choice: PromptOptions,
    /// The model of its last prompt, where it is known.
    pub(super) model: Option<ModelName>,
    /// The user is deleting it from here.
    pub(super) deleting: bool,
}

impl State {
    pub(super) fn remember_origin(&mut self, session: &SessionId) {
        let place = self.turns.running.values().rev().find(|turn| turn.session() == Some(session));
        if let Some(place) = place.and_then(|turn| turn.ask.place.clone()) {
            self.origins.insert(session.clone(), place);
        }
    }

    /// Where the turn that a session works on was asked; none for turns of others.
    pub(super) fn origin_of(&self, session: &SessionId) -> Option<Place> {
        self.origins.get(&self.root_of(session)).cloned()
    }

    /// The session that a sub-agent works for.
    pub(super) fn root_of(&self, session: &SessionId) -> SessionId {
        let mut root = session;
        // A bound, as the server could claim a circle.
        for _ in 0..16 {
            match self.sessions.get(root).and_then(|info| info.parent.as_ref()) {
                Some(parent) => root = parent,
                None => break,
            }
        }
        root.clone()
    }

    /// The folder that a session belongs to; none where that is gone.
    pub(super) fn known_home(&self, session: &SessionId) -> Option<FolderId> {
        self.folders.home(&self.root_of(session)).or_else(|| self.folders.home(session))
    }

    /// The same; where it is gone, the folder that the user is in.
    pub(super) fn home_of(&self, session: &SessionId) -> FolderId {
        self.known_home(session).unwrap_or_else(|| self.folders.here())
    }

    /// Whether a session is told of on this connection.
    pub(super) fn is_on(&self, connection: FolderId, session: &SessionId) -> bool {
        self.known_home(session).is_some_and(|home| self.folders.carrier(home) == connection)
    }

    /// A session's title for people, or its id; with its folder where there are several.
    pub(super) fn session_title(&self, session: &SessionId) -> String {
        let title = match self.sessions.get(session).filter(|info| !info.title.is_empty()) {
            Some(info) => format!("session “{}”", inert(&info.title, 60)),
            None => format!("session {}", inert(session.as_str(), 60)),
        };
        match self.folders.name(self.home_of(session)) {
            Some(folder) => format!("{title}, {}", inert(&folder, 60)),
            None => title,
        }
    }
}
