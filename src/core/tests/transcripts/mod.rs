//! Transcripts: what they say, what they survive, and what code of an answer goes where.

mod code;
#[cfg(unix)]
mod rendering;
mod sources;

use super::*;
use crate::core::command::{Ask, Command, CommandError, Outcome};
use crate::core::ids::{DraftId, MessageId};
use crate::core::server::{AnswerInfo, TurnRecord, Usage};

/// A question of ours that opencode has taken as `msg_p`.
fn asked(question: &str) -> Scene {
    let mut scene = Scene::new(&[("src/a.py", "x = 1\n")]);
    let ask = Ask { prompt: Some(question.to_owned()), ..Ask::default() };
    scene.run(Command::Ask(ask)).expect("taken");
    let draft = DraftId(1);
    scene.handle(Event::Reply(FOLDER, ServerReply::SessionCreated { draft, result: Ok(session()) }));
    scene.prompt(SESSION, "msg_p");
    scene.told_part("msg_p", "prt_p", text(question));
    scene.server(ServerEvent::Status { session: session(), status: Status::Busy });
    scene
}

fn text(text: &str) -> PartKind {
    PartKind::Text { text: text.to_owned() }
}

fn tool(name: &str, status: ToolStatus, about: Option<&str>) -> ToolCall {
    ToolCall {
        name: name.to_owned(),
        status,
        about: about.map(str::to_owned),
        file: None,
        edit: None,
        told: Told::default(),
    }
}

fn output(tool: ToolCall, output: &str) -> ToolCall {
    ToolCall { told: Told { output: Some(output.to_owned()), ..tool.told }, ..tool }
}

impl Scene {
    fn told_part(&mut self, message: &str, id: &str, kind: PartKind) {
        let part = Part { id: id.into(), kind };
        self.server(ServerEvent::Part { session: session(), message: message.into(), part });
    }

    /// A message of the model's about the question.
    fn message(&mut self, message: &str, usage: Usage) {
        let info = AnswerInfo { prompt: Some("msg_p".into()), usage, failure: None };
        self.server(ServerEvent::AnswerMessage { session: session(), message: message.into(), info });
    }

    /// The turn ends, with this text.
    fn ends(&mut self, answer: &str) {
        self.idle();
        let record = TurnRecord {
            prompt: Some(MessageId::from("msg_p")),
            texts: vec![answer.to_owned()],
            answered: true,
            complete: true,
            ..TurnRecord::default()
        };
        self.handle(Event::Reply(FOLDER, ServerReply::Turn { draft: DraftId(1), result: Ok(record) }));
    }

    fn written(&self) -> &str {
        &self.own[&path(".own").join("transcripts/ses_1.md")]
    }

    /// The documents that were shown, with their texts.
    fn shows(&self) -> Vec<&str> {
        let shown = self.told.iter().filter_map(|effect| match effect {
            EditorEffect::Show { text, .. } => text.as_deref(),
            _ => None,
        });
        shown.collect()
    }

    fn fetches(&self) -> Vec<(Option<SessionId>, Option<bool>)> {
        let calls = self.calls.iter().filter_map(|call| match call {
            ServerCall::FetchSession { session, show } => Some((session.clone(), *show)),
            _ => None,
        });
        calls.collect()
    }
}
