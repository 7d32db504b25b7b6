//! Questions and answers when things come late, twice or not at all.

use super::*;
use crate::core::command::{Ask, Command};
use crate::core::event::{DialogAnswer, SendError};
use crate::core::ids::{DraftId, MessageId};
use crate::core::server::TurnRecord;

impl Scene {
    /// Asks, and lets opencode take it: the session is there, the prompt is sent.
    fn ask(&mut self, question: &str) -> DraftId {
        let ask = Ask { prompt: Some(question.to_owned()), ..Ask::default() };
        let reply = tokio::sync::oneshot::channel().0;
        self.editor(EditorEvent::Execute { command: Command::Ask(ask), reply });
        if let Some(ServerCall::CreateSession { draft }) = self.calls.last() {
            let draft = *draft;
            self.handle(Event::Reply(FOLDER, ServerReply::SessionCreated { draft, result: Ok(session()) }));
        }
        match self.calls.last() {
            Some(ServerCall::Prompt { draft, .. }) => *draft,
            other => panic!("no prompt but {other:?}"),
        }
    }

    fn prompted(&mut self, draft: DraftId, result: Result<(), SendError>) {
        self.handle(Event::Reply(FOLDER, ServerReply::Prompted { draft, result }));
    }

    /// opencode shows the prompt.
    fn accept(&mut self, message: &str, text: &str) {
        self.prompt(SESSION, message);
        let part = Part { id: "prt_p".into(), kind: PartKind::Text { text: text.to_owned() } };
        self.server(ServerEvent::Part { session: session(), message: message.into(), part });
    }

    /// The answer to the newest look at a turn.
    fn stands(&mut self, draft: DraftId, result: Result<TurnRecord, &str>) {
        let result = result.map_err(str::to_owned);
        self.handle(Event::Reply(FOLDER, ServerReply::Turn { draft, result }));
    }

    fn ended(&self) -> Vec<&str> {
        let said = self.told.iter().filter_map(|effect| match effect {
            EditorEffect::EndProgress { message, .. } => Some(message.as_str()),
            _ => None,
        });
        said.collect()
    }

    fn looks(&self) -> usize {
        self.calls.iter().filter(|call| matches!(call, ServerCall::FetchTurn { .. })).count()
    }
}

fn done(message: &str, text: &str) -> TurnRecord {
    TurnRecord {
        prompt: Some(MessageId::from(message)),
        texts: vec![text.to_owned()],
        answered: true,
        complete: true,
        ..TurnRecord::default()
    }
}

#[test]
fn an_idle_that_comes_before_a_look_is_answered_is_not_lost() {
    let mut scene = Scene::new(&[]);
    let draft = scene.ask("Why?");
    scene.prompted(draft, Err(SendError::Unclear("broken".to_owned())));
    scene.pass_time();
    // Busy says the look, but the word that it is idle came before it.
    scene.idle();
    scene.stands(draft, Ok(TurnRecord { busy: true, ..done("msg_2", "") }));
    scene.pass_time();
    scene.stands(draft, Ok(done("msg_2", "Because.")));
    assert_eq!(scene.ended(), ["done"]);
}

#[test]
fn one_failed_look_says_nothing() {
    let mut scene = Scene::new(&[]);
    let draft = scene.ask("Why?");
    scene.prompted(draft, Ok(()));
    scene.pass_time();
    scene.stands(draft, Err("500"));
    assert_eq!(scene.ended(), [""; 0]);
    scene.pass_time();
    scene.stands(draft, Ok(done("msg_2", "Because.")));
    assert_eq!(scene.ended(), ["done"]);
}

#[test]
fn a_second_question_with_the_same_text_is_another_one() {
    let mut scene = Scene::new(&[]);
    let first = scene.ask("Fix it.");
    scene.prompted(first, Ok(()));
    scene.accept("msg_2", "Fix it.");
    scene.idle();
    scene.stands(first, Ok(done("msg_2", "Fixed.")));
    let second = scene.ask("Fix it.");
    scene.prompted(second, Err(SendError::Unclear("broken".to_owned())));
    // The old message is told of again, as opencode does when a turn's summary changes.
    scene.accept("msg_2", "Fix it.");
    scene.pass_time();
    match scene.calls.last() {
        Some(ServerCall::FetchTurn { prompt: None, taken, .. }) => assert_eq!(*taken, [MessageId::from("msg_2")]),
        other => panic!("no look but {other:?}"),
    }
    // opencode may not have come to show it yet: it is asked for a minute before that is said.
    for _ in 0..5 {
        scene.stands(second, Ok(TurnRecord::default()));
        assert_eq!(scene.messages(), [""; 0]);
        let looks = scene.looks();
        scene.pass_time();
        assert_eq!(scene.looks(), looks + 1);
    }
    scene.stands(second, Ok(TurnRecord::default()));
    assert!(scene.messages().last().expect("a message").contains("Your question was not sent: broken"));
}

#[test]
fn a_turn_ends_with_its_session() {
    let mut scene = Scene::new(&[]);
    let draft = scene.ask("Why?");
    scene.prompted(draft, Ok(()));
    scene.accept("msg_2", "Why?");
    scene.server(ServerEvent::SessionDeleted { session: session() });
    assert_eq!(scene.ended(), ["failed"]);
    assert_eq!(scene.messages(), ["opencode failed: its session was deleted"]);
}

#[test]
fn what_a_dead_server_left_half_done_is_said() {
    let mut scene = Scene::new(&[]);
    let draft = scene.ask("Why?");
    scene.prompted(draft, Ok(()));
    scene.accept("msg_2", "Why?");
    scene.handle(Event::Connection(FOLDER, ConnectionEvent::Lost { reason: "gone".to_owned() }));
    scene.connect();
    assert_eq!(scene.looks(), 1);
    let half = TurnRecord { complete: false, ..done("msg_2", "Beca") };
    scene.stands(draft, Ok(half.clone()));
    scene.pass_time();
    scene.stands(draft, Ok(half));
    assert_eq!(scene.ended(), ["failed"]);
    assert_eq!(scene.messages(), ["opencode failed: it stopped before it was done"]);
}

#[test]
fn a_lost_connection_keeps_the_session_and_what_waits_is_sent_later() {
    let mut scene = Scene::new(&[]);
    let draft = scene.ask("One?");
    scene.prompted(draft, Err(SendError::NotConnected));
    scene.handle(Event::Connection(FOLDER, ConnectionEvent::Lost { reason: "gone".to_owned() }));
    let before = scene.calls.len();
    scene.connect();
    let sent = scene.calls[before..].iter().any(|call| {
        matches!(call, ServerCall::Prompt { draft: sent, session: to, .. } if *sent == draft && *to == session())
    });
    assert!(sent, "{:?}", &scene.calls[before..]);
}

#[test]
fn without_dialogs_the_answer_is_a_plain_message() {
    let mut scene = Scene::new(&[]);
    let draft = scene.ask("Why?");
    scene.prompted(draft, Ok(()));
    scene.accept("msg_2", "Why?");
    scene.idle();
    scene.stands(draft, Ok(done("msg_2", "Because.")));
    let id = scene.told.iter().find_map(|effect| match effect {
        EditorEffect::Dialog { id, .. } => Some(*id),
        _ => None,
    });
    let id = id.expect("a dialog");
    scene.editor(EditorEvent::DialogAnswered { id, answer: DialogAnswer::Unsupported });
    assert_eq!(scene.messages(), ["opencode: Because."]);
}

#[test]
fn a_failure_is_that_of_the_turn_at_work() {
    let mut scene = Scene::new(&[]);
    let first = scene.ask("One?");
    scene.prompted(first, Ok(()));
    scene.accept("msg_2", "One?");
    let second = scene.ask("Two?");
    scene.prompted(second, Ok(()));
    scene.accept("msg_3", "Two?");
    let failure = crate::core::server::Failure::Error { message: "on strike".to_owned() };
    scene.server(ServerEvent::Failed { session: session(), failure });
    scene.idle();
    scene.stands(first, Ok(TurnRecord { answered: false, ..done("msg_2", "") }));
    scene.stands(second, Ok(done("msg_3", "Two.")));
    assert_eq!(scene.ended(), ["failed", "done"]);
}
