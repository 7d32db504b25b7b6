//! The user's answers on their way to opencode.

use super::{Pending, Permissions};
use crate::core::command::{CommandError, Outcome};
use crate::core::connection::Connection;
use crate::core::dialogs::About;
use crate::core::effect::{EditorEffect, Level, ServerCall};
use crate::core::event::ReplyError;
use crate::core::ids::{FolderId, PermissionId, SessionId};
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

    fn take_held(&mut self, ids: &[PermissionId]) -> Vec<(PermissionId, Answer)> {
        let held = |pending: &mut Pending| Some((pending.request.id.clone(), pending.held.take()?));
        self.pending.iter_mut().filter(|pending| ids.contains(&pending.request.id)).filter_map(held).collect()
    }
}

impl State {
    pub(in crate::core) fn reply_command(
        &mut self,
        id: PermissionId,
        reply: PermissionReply,
        message: Option<String>,
    ) -> Result<Outcome, CommandError> {
        let request = self.permissions.get(&id).filter(|_| self.permissions.is_open(&id));
        let request = request.ok_or_else(|| CommandError::NoSuchPermission(id.clone()))?;
        let folder = self.home_of(&request.session);
        // A connection that was lost may come back: the answer waits for it.
        if !matches!(self.folders.connection(folder), Connection::Lost { .. }) {
            self.connected(folder)?;
        }
        self.send_reply(id, reply, message);
        Ok(Outcome::Done)
    }

    pub(super) fn send_reply(&mut self, id: PermissionId, reply: PermissionReply, message: Option<String>) {
        self.permissions.set_answering(&id, true);
        self.drop_dialogs(&About::Permission(id.clone()));
        let Some(folder) = self.folder_of_permission(&id) else {
            return;
        };
        if matches!(self.folders.connection(folder), Connection::Lost { .. }) {
            self.permissions.hold(&id, (reply, message));
            return;
        }
        self.server(folder, ServerCall::Reply { id, reply, message });
    }

    fn folder_of_permission(&self, id: &PermissionId) -> Option<FolderId> {
        self.permissions.get(id).map(|request| self.home_of(&request.session))
    }

    fn take_held(&mut self, connection: FolderId) -> Vec<(PermissionId, Answer)> {
        let known = self.known_permissions(connection);
        self.permissions.take_held(&known)
    }

    /// A connection is back: what is still pending gets the answer that waited.
    pub(in crate::core) fn send_held_replies(&mut self, connection: FolderId) {
        for (id, (reply, message)) in self.take_held(connection) {
            self.server(connection, ServerCall::Reply { id, reply, message });
        }
    }

    /// The connection does not come back for now: the user must know that the answer was not given.
    pub(in crate::core) fn give_up_held_replies(&mut self, connection: FolderId, problem: &str) {
        for (id, _) in self.take_held(connection) {
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
        folder: FolderId,
        id: PermissionId,
        reply: PermissionReply,
        result: Result<(), ReplyError>,
    ) {
        match result {
            Ok(()) => {
                let session = self.permissions.get(&id).map(|request| self.root_of(&request.session));
                self.permissions.remove(&id);
                if reply == PermissionReply::Reject {
                    self.note_rejection(session.as_ref(), "it was not allowed to go on");
                    // A rejection takes the session's other requests along.
                    let known = self.known_permissions(folder);
                    self.server(folder, ServerCall::FetchPermissions { known });
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
