//! Where a transcript comes from: the stream, and the server's record of a session.

use super::*;
use crate::core::server::{Author, RecordedMessage, SessionRecord};

fn record(messages: Vec<(&str, Author, &str)>) -> SessionRecord {
    let message = |(id, author, said): (&str, Author, &str)| RecordedMessage {
        id: id.into(),
        author,
        parts: vec![Part { id: format!("prt_of_{id}").as_str().into(), kind: text(said) }],
    };
    SessionRecord {
        session: session(),
        parent: None,
        title: "Recorded".to_owned(),
        messages: messages.into_iter().map(message).collect(),
        cut: false,
        todos: Vec::new(),
    }
}

fn model(prompt: &str) -> Author {
    Author::Model(AnswerInfo { prompt: Some(prompt.into()), ..AnswerInfo::default() })
}

fn show(session: Option<&str>) -> Command {
    Command::ShowAnswer { session: session.map(SessionId::from) }
}

impl Scene {
    fn answers_fetch(&mut self, show: Option<bool>, result: Result<Option<SessionRecord>, &str>) {
        let reply = ServerReply::Session { session: Some(session()), show, result: result.map_err(str::to_owned) };
        self.handle(Event::Reply(FOLDER, reply));
    }
}

#[test]
fn after_a_restart_the_newest_session_is_asked_for_and_shown_when_it_is_there() {
    let mut scene = Scene::new(&[]);
    scene.state.transcripts = Default::default();
    assert_eq!(scene.run(show(None)), Ok(Outcome::Done));
    assert_eq!(scene.fetches(), [(None, Some(true))]);
    assert_eq!(scene.shows(), [""; 0]);
    scene.answers_fetch(Some(true), Ok(Some(record(vec![("m1", Author::User, "Why?"), ("m2", model("m1"), "So.")]))));
    assert_eq!(scene.shows(), ["# Recorded\n\n## Why?\n\nSo.\n\n"]);
    // Now it is known: opened again it is there at once, and what is said meanwhile is in it.
    scene.prompt(SESSION, "m3");
    scene.told_part("m3", "prt_3", text("And?"));
    assert!(matches!(scene.run(show(Some(SESSION))), Ok(Outcome::Document(_))));
    assert_eq!(scene.fetches().len(), 1);
    assert_eq!(scene.shows()[1], "# Recorded\n\n## Why?\n\nSo.\n\n## And?\n\n");
}

#[test]
fn without_sessions_or_a_connection_that_is_said() {
    let mut scene = Scene::new(&[]);
    scene.state.transcripts = Default::default();
    scene.run(show(None)).expect("asked");
    scene.answers_fetch(Some(true), Ok(None));
    scene.answers_fetch(Some(true), Err("on strike\n"));
    scene.answers_fetch(None, Err("on strike"));
    assert_eq!(
        scene.messages(),
        ["opencode has no session in this project yet", "The transcript of session ses_1 cannot be shown: on strike⏎"]
    );
    scene.handle(Event::Connection(FOLDER, ConnectionEvent::Lost { reason: "gone".to_owned() }));
    assert!(matches!(scene.run(show(None)), Err(CommandError::NotConnected(_))));
}

#[test]
fn a_session_of_others_is_followed_once_it_was_opened() {
    let mut scene = Scene::new(&[]);
    scene.told_part("msg_1", "prt_1", text("Somebody's."));
    scene.pass_time();
    assert!(scene.own.is_empty(), "nobody wanted it: {:?}", scene.own);
    // It is what somebody asked last.
    scene.run(show(None)).expect("asked for");
    assert_eq!(scene.fetches(), [(Some(session()), Some(true))]);
    scene.answers_fetch(Some(true), Ok(Some(record(vec![("msg_1", Author::User, "Somebody's.")]))));
    scene.told_part("msg_2", "prt_2", text("An answer."));
    scene.pass_time();
    assert_eq!(scene.written(), "# Recorded\n\n## Somebody's.\n\nAn answer.\n\n");
}

#[test]
fn what_a_lost_connection_has_swallowed_is_fetched() {
    let mut scene = asked("Why?");
    scene.message("msg_a", Usage::default());
    scene.told_part("msg_a", "prt_of_msg_a", text("Because"));
    scene.run(show(None)).expect("shown");
    scene.answers_fetch(None, Ok(Some(record(vec![("msg_p", Author::User, "Why?"), ("msg_a", model("msg_p"), "")]))));
    assert!(scene.written().contains("Because"), "what grows is empty in the record: {}", scene.written());
    scene.handle(Event::Connection(FOLDER, ConnectionEvent::Lost { reason: "gone".to_owned() }));
    let before = scene.fetches().len();
    scene.connect();
    assert_eq!(scene.fetches().len(), before + 1);
    // It goes on while the answer is under way: what came since is not older than what is fetched.
    scene.told_part("msg_a", "prt_of_msg_a", text("Because of that."));
    scene.told_part("msg_a", "prt_new", PartKind::Tool(tool("bash", ToolStatus::Running, Some("ls"))));
    let lost = ("msg_lost", model("msg_p"), "Lost in between.");
    let messages = vec![("msg_p", Author::User, "Why?"), ("msg_a", model("msg_p"), "Because of"), lost];
    scene.answers_fetch(None, Ok(Some(record(messages))));
    assert_eq!(scene.written().matches("Because").count(), 1, "{}", scene.written());
    let expected = "## Why?\n\nBecause of that.\n\nLost in between.\n\n- … `bash` `ls`\n\n";
    assert!(scene.written().ends_with(expected), "{}", scene.written());
}

#[test]
fn an_answer_that_the_stream_has_not_told_is_fetched_at_the_end() {
    let mut scene = asked("Why?");
    scene.ends("Because.");
    assert_eq!(scene.fetches(), [(Some(session()), None)]);
    let messages = vec![("msg_p", Author::User, "Why?"), ("msg_a", model("msg_p"), "Because.")];
    scene.answers_fetch(None, Ok(Some(record(messages))));
    assert_eq!(scene.written(), "# Recorded\n\n## Why?\n\nBecause.\n\n");
}

#[test]
fn thoughts_are_no_answer() {
    let mut scene = asked("Why?");
    scene.told_part("msg_a", "prt_r", PartKind::Reasoning { text: String::new() });
    for delta in ["Hm. ", "Well."] {
        scene.server(ServerEvent::TextDelta {
            session: session(),
            message: "msg_a".into(),
            part: "prt_r".into(),
            delta: delta.to_owned(),
        });
    }
    let turn = scene.state.turns.running.values().next().expect("a turn");
    assert_eq!(turn.text(), "");
    scene.pass_time();
    assert!(scene.written().contains("> _Thinking:_\n>\n> Hm. Well.\n\n"), "{}", scene.written());
}

#[test]
fn a_message_that_is_undone_goes() {
    let mut scene = asked("Why?");
    scene.told_part("msg_a", "prt_1", text("One."));
    scene.told_part("msg_b", "prt_2", text("Two."));
    let removed = |message: &str, part: Option<&str>| ServerEvent::Removed {
        session: session(),
        message: message.into(),
        part: part.map(PartId::from),
    };
    scene.server(removed("msg_a", None));
    scene.pass_time();
    assert!(!scene.written().contains("One.") && scene.written().contains("Two."));
    scene.server(removed("msg_b", Some("prt_2")));
    scene.pass_time();
    assert_eq!(scene.written(), "## Why?\n\n…\n\n");
}

#[test]
fn few_transcripts_are_kept_in_memory() {
    let mut scene = Scene::new(&[]);
    for number in 0..20 {
        scene.run(show(Some(&format!("ses_{number}")))).expect("asked for");
    }
    assert!(scene.state.transcripts.count() <= 4);
}

#[test]
fn only_transcripts_have_links_and_symbols() {
    let mut scene = asked("Why?");
    scene.told_part("msg_a", "prt_1", text("So."));
    scene.pass_time();
    let name = ".own/transcripts/ses_1.md";
    let text = scene.written().to_owned();
    for name in [name, "src/a.md", ".own/prompts/p.md", "transcripts/ses_1.md"] {
        scene.editor(EditorEvent::Opened {
            uri: uri(name),
            language: "markdown".to_owned(),
            version: 1,
            text: text.clone(),
        });
    }
    let own = scene.state.own_text(&uri(name)).expect("a transcript");
    assert_eq!(own.text.text(), text);
    assert!(own.roots.iter().all(|root| root == Path::new(ROOT)));
    for other in ["src/a.md", ".own/prompts/p.md", "transcripts/ses_1.md", ".own/transcripts/not_open.md"] {
        assert!(scene.state.own_text(&uri(other)).is_none(), "{other}");
    }
}
