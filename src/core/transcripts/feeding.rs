//! What the stream tells, taken into the transcripts.

use std::path::Path;

use super::mentions::Known;
use super::model::Transcript;
use crate::core::ids::{FolderId, SessionId};
use crate::core::server::{PartKind, ServerEvent, Status};
use crate::core::state::State;

/// What is done to a transcript, with what is known of the project.
pub(super) type Change<'a> = &'a mut dyn FnMut(&State, &mut Transcript, &Known<'_>);

impl State {
    /// An event of opencode's, before anything else is done about it.
    pub(in crate::core) fn transcript_event(&mut self, event: &ServerEvent) {
        let Some(session) = event.session() else {
            return;
        };
        let root = self.root_of(session);
        if let ServerEvent::UserMessage { message, .. } = event
            && root == *session
            && !self.user_messages.contains(message)
        {
            self.transcripts.seen.insert(self.home_of(session), session.clone());
        }
        if !self.is_followed(&root) {
            return;
        }
        if let ServerEvent::SessionDeleted { .. } = event {
            self.transcripts.forget(session);
            return;
        }
        let is_child = root != *session;
        self.with_transcript(&root, &mut |state, transcript, known| {
            if is_child {
                state.child_event(transcript, &root, event, known);
            } else {
                state.own_event(transcript, event, known);
            }
        });
        self.transcripts_changed();
    }

    /// Whether a session's transcript is kept: somebody wanted it, or something of ours is asked in it.
    fn is_followed(&self, session: &SessionId) -> bool {
        self.transcripts.sessions.contains_key(session)
            || self.folders.iter().any(|(_, folder)| folder.session.as_ref() == Some(session))
            || self.turns.running.values().any(|turn| turn.session() == Some(session))
    }

    /// Changes a transcript with what is known of the project around it.
    pub(super) fn with_transcript(&mut self, session: &SessionId, change: Change<'_>) {
        let mut transcript = std::mem::take(self.transcripts.follow(session));
        let files = std::mem::take(&mut transcript.files);
        let folder = self.folders.get(self.home_of(session));
        let is_known = |path: &Path| {
            files.contains(path) || self.documents.by_path(path).is_some() || self.changes.get(path).is_some()
        };
        let known = Known { project: folder.map_or(Path::new(""), |folder| folder.project()), is_known: &is_known };
        change(self, &mut transcript, &known);
        // Those that were named just now come behind those that were known.
        let named = std::mem::replace(&mut transcript.files, files);
        transcript.name_files(named);
        *self.transcripts.follow(session) = transcript;
    }

    fn own_event(&self, transcript: &mut Transcript, event: &ServerEvent, known: &Known<'_>) {
        match event {
            ServerEvent::UserMessage { message, .. } => transcript.user_message(message),
            ServerEvent::AnswerMessage { message, info, .. } => transcript.answer_message(message, info),
            ServerEvent::Part { message, part, .. }
                if self.user_messages.contains(message) || transcript.is_prompt(message) =>
            {
                if let PartKind::Text { text } = &part.kind {
                    transcript.asked(message, &part.id, text);
                }
            }
            ServerEvent::Part { message, part, .. } => transcript.part(message, part, known),
            ServerEvent::TextDelta { message, part, delta, .. } if !self.user_messages.contains(message) => {
                transcript.grow(message, part, delta, known);
            }
            ServerEvent::Failed { failure, .. } => transcript.failed(failure),
            ServerEvent::Todos { todos, .. } => transcript.todos(todos),
            ServerEvent::Removed { message, part, .. } => transcript.removed(message, part.as_ref()),
            ServerEvent::Status { status: Status::Idle, .. } => transcript.settle(known),
            ServerEvent::Status { .. } | ServerEvent::Session { .. } => transcript.changed = true,
            _ => {}
        }
    }

    /// Of a sub-agent its tool calls are shown, under the `task` that started it; what it says is the task's output.
    fn child_event(&self, transcript: &mut Transcript, root: &SessionId, event: &ServerEvent, known: &Known<'_>) {
        let ServerEvent::Part { session, part, .. } = event else {
            return;
        };
        let PartKind::Tool(tool) = &part.kind else {
            return;
        };
        let mut child = session;
        // A bound, as the server could claim a circle.
        for _ in 0..16 {
            if transcript.tasks.contains(child) {
                transcript.step(child, &part.id, tool, known);
                return;
            }
            match self.sessions.get(child).and_then(|info| info.parent.as_ref()).filter(|parent| *parent != root) {
                Some(parent) => child = parent,
                None => return,
            }
        }
    }

    /// A connection is new: what was told before it is lost, of all sessions on it.
    pub(in crate::core) fn transcripts_missed(&mut self, connection: FolderId) {
        let followed = self.transcripts.sessions.keys().filter(|session| self.is_on(connection, session));
        for session in followed.cloned().collect::<Vec<_>>() {
            let Some(transcript) = self.transcripts.sessions.get_mut(&session) else {
                continue;
            };
            transcript.complete = false;
            if transcript.shown {
                self.fetch_session(&session, None);
            }
        }
    }
}
