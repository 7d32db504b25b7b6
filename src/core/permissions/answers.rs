//! The user's answers on their way to opencode.

use super::{Pending, Permissions};
use crate::core::command::{CommandError, Outcome};
use crate::core::connection::Connection;
use crate::core::dialogs::About;
use crate::core::effect::{EditorEffect, Level, ServerCall};
use crate::core::event::ReplyError;
use crate::core::ids::{PermissionId, SessionId};
use crate::core::server::PermissionReply;
use crate::core::state::State;

/// An answer, and what is said with it.
pub(super) type Answer = (PermissionReply, Option<String>);

impl Permissions {
    fn hold(&mut self, id: &PermissionId, answer: Answer) {
        if let Some(pending) = self.pending.iter_mut().find(|pending| pending.request.id == *id) {
            pending.held = Some(answer);
        }
    }

    fn take_held(&mut self) -> Vec<(PermissionId, Answer)> {
        let held = |pending: &mut Pending| Some((pending.request.id.clone(), pending.held.take()?));
        self.pending.iter_mut().filter_map(held).collect()
    }
}

impl State {
    pub(in crate::core) fn reply_command(
        &mut self,
        id: PermissionId,
        reply: PermissionReply,
        message: Option<String>,
    ) -> Result<Outcome, CommandError> {
        if !self.permissions.is_open(&id) {
            return Err(CommandError::NoSuchPermission(id));
        }
        if !self.connection.is_connected() {
            return Err(CommandError::NotConnected(self.connection.problem()));
        }
        self.send_reply(id, reply, message);
        Ok(Outcome::Done)
    }

    pub(super) fn send_reply(&mut self, id: PermissionId, reply: PermissionReply, message: Option<String>) {
        self.permissions.set_answering(&id, true);
        self.drop_dialogs(&About::Permission(id.clone()));
        if matches!(self.connection, Connection::Lost { .. }) {
            self.permissions.hold(&id, (reply, message));
            return;
        }
        self.server(ServerCall::Reply { id, reply, message });
    }

    /// The connection is back: what is still pending gets the answer that waited.
    pub(in crate::core) fn send_held_replies(&mut self) {
        for (id, (reply, message)) in self.permissions.take_held() {
            self.server(ServerCall::Reply { id, reply, message });
        }
    }

    /// The connection does not come back for now: the user must know that the answer was not given.
    pub(in crate::core) fn give_up_held_replies(&mut self, problem: &str) {
        for (id, _) in self.permissions.take_held() {
            self.reply_lost(&id, problem);
        }
    }

    fn reply_lost(&mut self, id: &PermissionId, problem: &str) {
        self.permissions.set_answering(id, false);
        let text = format!("The answer did not reach opencode: {problem}. The request is still pending.");
        self.editor(EditorEffect::Message { level: Level::Error, text });
    }

    /// opencode's word on our answer.
    pub(in crate::core) fn reply_arrived(
        &mut self,
        id: PermissionId,
        reply: PermissionReply,
        result: Result<(), ReplyError>,
    ) {
        match result {
            Ok(()) => {
                let session = self.permissions.get(&id).map(|request| self.root_of(&request.session));
                self.permissions.remove(&id);
                if reply == PermissionReply::Reject {
                    self.note_rejection(session.as_ref());
                    // A rejection takes the session's other requests along.
                    let known = self.known_permissions();
                    self.server(ServerCall::FetchPermissions { known });
                }
            }
            Err(ReplyError::Gone) => {
                let quiet = self.permissions.pending.iter().any(|pending| pending.request.id == id && pending.quiet);
                if self.permissions.remove(&id) && !quiet {
                    self.say_answered_elsewhere();
                }
            }
            // It is settled: the answer did arrive, or somebody else's.
            Err(ReplyError::Other(_)) if self.permissions.get(&id).is_none() => {}
            Err(ReplyError::Other(problem)) => self.reply_lost(&id, &problem),
        }
    }

    /// The user has stopped the turn that these were for.
    pub(in crate::core) fn reject_all_of(&mut self, session: &SessionId) {
        let ids: Vec<PermissionId> = self
            .permissions
            .open()
            .filter(|request| self.root_of(&request.session) == *session)
            .map(|request| request.id.clone())
            .collect();
        for id in ids {
            for pending in self.permissions.pending.iter_mut().filter(|pending| pending.request.id == id) {
                pending.quiet = true;
            }
            self.send_reply(id, PermissionReply::Reject, None);
        }
    }
}
