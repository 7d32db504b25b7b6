//! What opencode tells on its stream, taken into the state.

use super::changes::{Told, Turn};
use super::ids::{FolderId, MessageId, PartId, SessionId};
use super::server::{EditHint, Part, PartKind, ServerEvent, Status, ToolCall, ToolStatus};
use super::state::State;

impl State {
    pub(super) fn server_event(&mut self, folder: FolderId, event: ServerEvent) {
        if let Some(session) = event.session() {
            self.folders.seen(session, folder);
        }
        self.transcript_event(&event);
        match event {
            ServerEvent::Session { session, parent, title, undone } => {
                self.turn_undo.session_stands_at(&session, undone);
                let info = self.sessions.entry(session).or_default();
                info.parent = parent;
                info.title = title;
            }
            ServerEvent::SessionDeleted { session } => {
                self.session_was_deleted(&session);
                // What the user is deleting has its name until that is said.
                if !self.sessions.get(&session).is_some_and(|info| info.deleting) {
                    self.sessions.remove(&session);
                }
                self.busy.remove(&session);
                self.drop_questions_of(&session);
                self.session_gone(&session);
                self.folders.forget_session(&session);
            }
            ServerEvent::Status { session, status } => {
                match status {
                    Status::Idle => {
                        self.busy.remove(&session);
                        self.sessions.entry(session.clone()).and_modify(|info| info.tool = None);
                    }
                    Status::Busy | Status::Retrying { .. } => {
                        self.busy.insert(session.clone());
                    }
                }
                self.session_status(&session, status);
            }
            ServerEvent::UserMessage { session, message } => self.user_message(session, message),
            ServerEvent::AnswerMessage { session, info, .. } => {
                if let Some(prompt) = &info.prompt {
                    self.answering(&session, prompt);
                }
            }
            ServerEvent::Part { session, message, part } => self.part(&session, &message, part),
            ServerEvent::TextDelta { session, message, part, delta } => {
                if !self.user_messages.contains(&message) && !self.transcripts.is_reasoning(&session, &message, &part) {
                    self.text_streamed(&session, &part, &delta, false);
                }
            }
            // Of these only the transcripts tell.
            ServerEvent::Removed { .. } | ServerEvent::Todos { .. } => {}
            ServerEvent::Failed { session, failure } => self.session_failed(&session, &failure),
            ServerEvent::PermissionAsked(request) => self.permission_asked(request),
            ServerEvent::PermissionReplied { request } => self.permission_replied(&request),
            ServerEvent::QuestionAsked(request) => self.question_asked(request),
            ServerEvent::QuestionSettled { request } => self.question_settled(&request),
        }
    }

    fn user_message(&mut self, session: SessionId, message: MessageId) {
        if self.user_messages.insert(message.clone()) {
            if self.root_of(&session) == session {
                self.turn_undo.new_turn(Turn { session: session.clone(), prompt: message.clone() });
            }
            self.run_shown(&session, &message);
            self.prompts.insert(session, message);
        }
    }

    fn part(&mut self, session: &SessionId, message: &MessageId, part: Part) {
        match part.kind {
            PartKind::Text { text } if self.user_messages.contains(message) => {
                self.prompt_shown(session, message, &text);
            }
            PartKind::Text { text } => self.text_streamed(session, &part.id, &text, true),
            PartKind::Tool(tool) => self.tool(session, part.id, tool),
            PartKind::Changed { files } => {
                for file in files {
                    self.file_changed(session, file, EditHint::Unknown, Told::Tool);
                }
            }
            PartKind::Reasoning { .. } | PartKind::Other => {}
        }
    }

    /// Compaction tells of tools again that ended long ago: only what was seen at work counts.
    fn tool(&mut self, session: &SessionId, part: PartId, tool: ToolCall) {
        match tool.status {
            ToolStatus::Pending | ToolStatus::Running => {
                self.at_work.insert(part);
                self.tool_at_work(session, &tool);
                return;
            }
            ToolStatus::Completed | ToolStatus::Failed if !self.at_work.remove(&part) => return,
            ToolStatus::Completed | ToolStatus::Failed => {}
        }
        self.tool_at_work(session, &tool);
        let Some(file) = tool.file else {
            return;
        };
        match tool.edit {
            Some(hint) => self.file_changed(session, file, hint, Told::Tool),
            None if tool.status == ToolStatus::Failed => {
                self.changes.before.remove(&file);
            }
            None => {}
        }
    }
}
