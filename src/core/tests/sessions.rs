//! Sessions, who answers in them, and what is run in them.

use std::time::Duration;

use super::*;
use crate::core::catalogue::{Agent, List, Listed, McpServer, Model, PromptEntry, SessionEntry, SlashCommand};
use crate::core::choices::Missing;
use crate::core::command::{Ask, Command, CommandError};
use crate::core::event::{DialogAnswer, SendError};
use crate::core::ids::{DialogId, DraftId, MessageId};
use crate::core::info::{Manage, Section};
use crate::core::lists::ListPurpose;
use crate::core::runs::Run;
use crate::core::server::AnswerInfo;
use crate::core::server::{ModelName, PromptOptions, TurnRecord};
use crate::core::session_commands::SessionChange;

impl Scene {
    /// The model is at a prompt.
    fn answering(&mut self, session: &str, prompt: &str) {
        let info = AnswerInfo { prompt: Some(prompt.into()), ..AnswerInfo::default() };
        self.server(ServerEvent::AnswerMessage { session: session.into(), message: "msg_answer".into(), info });
    }

    /// Answers the list that was asked for last.
    fn list(&mut self, listed: Result<Listed, &str>) {
        let Some(ServerCall::FetchList { why, .. }) = self.calls.last().cloned() else {
            panic!("no list is asked for but {:?}", self.calls.last());
        };
        self.handle(Event::Reply(FOLDER, ServerReply::Listed { why, result: listed.map_err(str::to_owned) }));
    }

    fn dialog(&self) -> (DialogId, &str, Vec<String>) {
        let dialogs = self.told.iter().rev().find_map(|effect| match effect {
            EditorEffect::Dialog { id, text, buttons, .. } => Some((*id, text.as_str(), buttons.clone())),
            _ => None,
        });
        dialogs.expect("a dialog")
    }

    fn press(&mut self, button: &str) {
        let (id, ..) = self.dialog();
        self.editor(EditorEvent::DialogAnswered { id, answer: DialogAnswer::Chosen(button.to_owned()) });
    }

    fn switch_to(&mut self, session: &str, prompts: Vec<PromptEntry>) {
        self.run(Command::SwitchSession { session: Some(session.into()) }).expect("taken");
        self.list(Ok(Listed::Prompts(prompts)));
    }

    fn question(&mut self, text: &str) {
        self.run(Command::Ask(Ask { prompt: Some(text.to_owned()), ..Ask::default() })).expect("taken");
    }

    fn progress(&self) -> Vec<&str> {
        let said = self.told.iter().filter_map(|effect| match effect {
            EditorEffect::ReportProgress { message, .. } | EditorEffect::EndProgress { message, .. } => {
                Some(message.as_str())
            }
            _ => None,
        });
        said.collect()
    }

    fn ran(&mut self, result: Result<&str, SendError>) {
        let draft = self.calls.iter().rev().find_map(|call| match call {
            ServerCall::Run { draft, .. } => Some(*draft),
            _ => None,
        });
        let result = result.map(|prompt| Some(MessageId::from(prompt)));
        self.handle(Event::Reply(FOLDER, ServerReply::Ran { draft: draft.expect("a run"), result }));
    }

    fn answers(&mut self, prompt: &str, text: &str) {
        let draft = self.calls.iter().rev().find_map(|call| match call {
            ServerCall::FetchTurn { draft, .. } => Some(*draft),
            _ => None,
        });
        let record = TurnRecord {
            prompt: Some(prompt.into()),
            texts: vec![text.to_owned()],
            answered: true,
            complete: true,
            ..TurnRecord::default()
        };
        self.handle(Event::Reply(FOLDER, ServerReply::Turn { draft: draft.expect("a look"), result: Ok(record) }));
    }

    /// The sessions and options of the prompts that were sent.
    fn prompts(&self) -> Vec<(&str, &PromptOptions)> {
        let sent = self.calls.iter().filter_map(|call| match call {
            ServerCall::Prompt { session, options, .. } => Some((session.as_str(), options)),
            _ => None,
        });
        sent.collect()
    }

    fn take_prompt(&mut self, session: &str, message: &str, text: &str) {
        let draft = self.calls.iter().rev().find_map(|call| match call {
            ServerCall::Prompt { draft, .. } => Some(*draft),
            _ => None,
        });
        let draft: DraftId = draft.expect("a prompt");
        self.handle(Event::Reply(FOLDER, ServerReply::Prompted { draft, result: Ok(()) }));
        self.prompt(session, message);
        let part = Part { id: PartId::from(message), kind: PartKind::Text { text: text.to_owned() } };
        self.server(ServerEvent::Part { session: session.into(), message: message.into(), part });
    }

    fn last_text(&self) -> &str {
        let shown = self.told.iter().rev().find_map(|effect| match effect {
            EditorEffect::Show { text, .. } => text.as_deref(),
            _ => None,
        });
        shown.expect("a document")
    }

    /// The sessions whose messages were asked for, and whether they are to be shown.
    fn transcripts_wanted(&self) -> Vec<(&str, Option<bool>)> {
        let wanted = self.calls.iter().filter_map(|call| match call {
            ServerCall::FetchSession { session, show } => Some((session.as_ref()?.as_str(), *show)),
            _ => None,
        });
        wanted.collect()
    }
}

fn entry(id: &str, title: &str) -> SessionEntry {
    SessionEntry {
        id: id.into(),
        title: title.to_owned(),
        parent: None,
        updated: 0,
        age: Duration::from_secs(7200),
        link: None,
        agent: Some("plan".to_owned()),
        model: None,
    }
}

fn prompt(id: &str, text: &str) -> PromptEntry {
    PromptEntry { id: id.into(), text: text.to_owned(), answer: "Because.".to_owned(), agent: None, model: None }
}

fn agent(name: &str) -> Agent {
    Agent {
        name: name.to_owned(),
        description: String::new(),
        primary: name != "general",
        subagent: name == "general",
        hidden: name == "title",
        model: None,
    }
}

#[test]
fn a_session_is_chosen_from_a_menu_and_questions_go_there() {
    let mut scene = Scene::new(&[]);
    scene.run(Command::SwitchSession { session: None }).expect("taken");
    scene.server(ServerEvent::Status { session: "ses_b".into(), status: Status::Busy });
    scene.list(Ok(Listed::Sessions(vec![entry("ses_a", "Parser"), entry("ses_b", "Lexer\nAllow")])));
    let (_, _, buttons) = scene.dialog();
    assert_eq!(
        buttons,
        [
            "Parser (2 h ago, agent plan)",
            "Lexer⏎Allow (2 h ago, at work, agent plan)",
            "A new session (with the next question)"
        ]
    );
    scene.press("Parser (2 h ago, agent plan)");
    scene.list(Ok(Listed::Prompts(vec![prompt("msg_1", "Why?")])));
    // Its transcript is shown as soon as opencode has told it.
    assert_eq!(scene.transcripts_wanted(), [("ses_a", Some(true))]);
    scene.question("And now?");
    assert_eq!(scene.prompts().last().map(|(session, _)| *session), Some("ses_a"));
}

#[test]
fn a_session_that_is_not_there_is_not_switched_to() {
    let mut scene = Scene::new(&[]);
    scene.switch_to("ses_a", vec![]);
    scene.run(Command::SwitchSession { session: Some("ses_gone".into()) }).expect("taken");
    scene.list(Err("opencode does not know it (session ses_gone)"));
    assert!(scene.messages().last().is_some_and(|said| said.contains("ses_gone")), "{:?}", scene.messages());
    scene.question("Why?");
    assert_eq!(scene.prompts().last().map(|(session, _)| *session), Some("ses_a"));
}

#[test]
fn a_question_after_its_session_was_deleted_elsewhere_is_kept_and_says_so() {
    let mut scene = Scene::new(&[]);
    scene.switch_to("ses_a", vec![]);
    scene.server(ServerEvent::SessionDeleted { session: "ses_a".into() });
    scene.question("Why?");
    assert!(scene.prompts().is_empty());
    assert!(!scene.calls.iter().any(|call| matches!(call, ServerCall::CreateSession { .. })));
    let said = scene.messages().last().copied().unwrap_or_default();
    assert!(said.contains("ses_a") && said.contains("was deleted") && said.contains("kept in"), "{said}");
    // It was said: the next one is asked in a new session.
    scene.question("Why?");
    assert!(scene.calls.iter().any(|call| matches!(call, ServerCall::CreateSession { .. })));
}

#[test]
fn a_session_is_deleted_after_a_question_and_the_next_one_is_new() {
    let mut scene = Scene::new(&[]);
    scene.switch_to("ses_a", vec![]);
    let delete = Command::DeleteSession { session: Some("ses_a".into()), confirmed: false };
    let deleted = |scene: &Scene| {
        let change = SessionChange::Delete;
        scene.calls.contains(&ServerCall::ChangeSession { session: "ses_a".into(), change })
    };
    scene.run(delete.clone()).expect("taken");
    let (_, text, buttons) = scene.dialog();
    assert!(text.starts_with("Delete session ses_a "), "{text}");
    assert_eq!(buttons, ["Leave it", "Delete it"]);
    scene.press("Leave it");
    assert!(!deleted(&scene));
    scene.run(delete.clone()).expect("taken");
    scene.press("Delete it");
    assert!(deleted(&scene));
    let change = SessionChange::Delete;
    let reply = ServerReply::SessionDone { session: "ses_a".into(), change, result: Ok(None) };
    scene.handle(Event::Reply(FOLDER, reply));
    scene.server(ServerEvent::SessionDeleted { session: "ses_a".into() });
    scene.question("Why?");
    assert!(scene.calls.iter().any(|call| matches!(call, ServerCall::CreateSession { .. })));
}

#[test]
fn a_session_at_work_is_not_deleted() {
    let mut scene = Scene::new(&[]);
    scene.server(ServerEvent::Status { session: "ses_a".into(), status: Status::Busy });
    let delete = Command::DeleteSession { session: Some("ses_a".into()), confirmed: true };
    assert_eq!(scene.run(delete), Err(CommandError::Busy));
}

#[test]
fn without_dialogs_the_same_command_again_is_the_answer() {
    let mut scene = Scene::new(&[]);
    scene.state.dialogs.unsupported = true;
    let delete = || Command::DeleteSession { session: Some("ses_a".into()), confirmed: false };
    scene.run(delete()).expect("taken");
    assert!(scene.messages()[0].contains("run opencode.session.delete again"), "{:?}", scene.messages());
    assert!(scene.calls.is_empty());
    scene.run(delete()).expect("taken");
    assert!(matches!(scene.calls.last(), Some(ServerCall::ChangeSession { .. })));
}

#[test]
fn a_fork_ends_with_the_prompt_that_was_chosen_and_questions_go_there() {
    let mut scene = Scene::new(&[]);
    scene.switch_to("ses_a", vec![]);
    scene.run(Command::ChooseAgent { agent: Some("plan".to_owned()) }).expect("taken");
    scene.list(Ok(Listed::Agents(vec![agent("plan")])));
    scene.run(Command::ForkSession { session: None, at: None }).expect("taken");
    scene.list(Ok(Listed::Prompts(vec![prompt("msg_1", "First\nmore"), prompt("msg_2", "Second")])));
    assert_eq!(scene.dialog().2, ["Second (all of it)", "First (with its answer, nothing after it)"]);
    scene.press("First (with its answer, nothing after it)");
    let change = SessionChange::Fork { at: Some("msg_1".into()) };
    assert_eq!(
        scene.calls.last(),
        Some(&ServerCall::ChangeSession { session: "ses_a".into(), change: change.clone() })
    );
    let result = Ok(Some(entry("ses_fork", "Parser (fork)")));
    scene.handle(Event::Reply(FOLDER, ServerReply::SessionDone { session: "ses_a".into(), change, result }));
    scene.list(Ok(Listed::Prompts(vec![prompt("msg_3", "First")])));
    scene.question("And now?");
    let sent = scene.prompts().last().map(|(session, options)| (*session, options.agent.as_deref()));
    assert_eq!(sent, Some(("ses_fork", Some("plan"))));
}

#[test]
fn a_link_is_shown_and_a_failure_names_its_reason() {
    let mut scene = Scene::new(&[]);
    let share = |result| ServerReply::SessionDone { session: "ses_a".into(), change: SessionChange::Share, result };
    let link = Some("https://example.com/s/1".to_owned());
    scene.handle(Event::Reply(FOLDER, share(Ok(Some(SessionEntry { link, ..entry("ses_a", "Parser") })))));
    scene.handle(Event::Reply(FOLDER, share(Err("not allowed".to_owned()))));
    let said = scene.messages();
    assert!(said[0].ends_with("https://example.com/s/1"), "{said:?}");
    assert_eq!(said[1], "The session was not shared: not allowed");
}

#[test]
fn an_agent_and_a_model_are_kept_for_their_session_and_for_the_next_run() {
    let mut scene = Scene::new(&[]);
    scene.switch_to("ses_a", vec![]);
    scene.run(Command::ChooseAgent { agent: None }).expect("taken");
    let agents = || Ok(Listed::Agents(["build", "plan", "general", "title"].map(agent).into()));
    scene.list(agents());
    assert_eq!(scene.dialog().2, ["build", "plan", "opencode's own choice (now)"]);
    scene.press("plan");
    scene.list(agents());
    let model = Model {
        name: ModelName::parse("p/a/1").expect("a name"),
        title: "A".to_owned(),
        provider: "P".to_owned(),
        is_default: true,
        variants: vec!["high".to_owned()],
    };
    for command in [
        Command::ChooseModel { model: Some("p/a/1".to_owned()) },
        Command::ChooseVariant { variant: Some("high".to_owned()) },
    ] {
        scene.run(command).expect("taken");
        scene.list(Ok(Listed::Models(vec![model.clone()])));
    }
    scene.question("Why?");
    let wanted = PromptOptions {
        agent: Some("plan".to_owned()),
        model: Some(model.name.clone()),
        variant: Some("high".to_owned()),
    };
    assert_eq!(scene.prompts().last(), Some(&("ses_a", &wanted)));
    let kept = scene.own[&path(".own/sessions/ses_a.txt")].clone();

    let mut next = Scene::new(&[]);
    next.disk.insert(path(".own/sessions/ses_a.txt"), kept);
    next.switch_to("ses_a", vec![]);
    next.question("Why?");
    assert_eq!(next.prompts().last(), Some(&("ses_a", &wanted)));
    next.switch_to("ses_b", vec![]);
    next.question("Why?");
    assert_eq!(next.state.choice_of(FOLDER), PromptOptions::default());
}

#[test]
fn what_is_chosen_before_there_is_a_session_is_for_the_next_one() {
    let mut scene = Scene::new(&[]);
    scene.run(Command::ChooseAgent { agent: Some("plan".to_owned()) }).expect("taken");
    scene.list(Ok(Listed::Agents(vec![agent("plan")])));
    scene.question("Why?");
    let Some(ServerCall::CreateSession { draft }) = scene.calls.last().cloned() else {
        panic!("no session is made: {:?}", scene.calls);
    };
    scene.handle(Event::Reply(FOLDER, ServerReply::SessionCreated { draft, result: Ok("ses_new".into()) }));
    assert_eq!(scene.prompts()[0].1.agent.as_deref(), Some("plan"));
    scene.run(Command::NewSession).expect("taken");
    assert_eq!(scene.state.choice_of(FOLDER), PromptOptions::default());
}

#[test]
fn an_agent_that_is_gone_is_named_and_the_question_kept() {
    let mut scene = Scene::new(&[]);
    scene.switch_to("ses_a", vec![]);
    scene.question("Why?");
    let Some(ServerCall::Prompt { draft, .. }) = scene.calls.last().cloned() else {
        panic!("no prompt: {:?}", scene.calls);
    };
    let result = Err(SendError::Missing(Missing::Agent("plan".to_owned())));
    scene.handle(Event::Reply(FOLDER, ServerReply::Prompted { draft, result }));
    let said = scene.messages().last().copied().unwrap_or_default();
    assert!(said.contains("no agent “plan”") && said.contains("kept in"), "{said}");
    assert!(matches!(scene.calls.last(), Some(ServerCall::FetchList { list: List::Agents, .. })));
    scene.list(Ok(Listed::Agents(vec![agent("build")])));
    assert_eq!(scene.dialog().2[0], "build");
}

#[test]
fn an_agent_that_is_gone_with_the_connection_is_replaced_when_that_is_back() {
    let mut scene = Scene::new(&[]);
    scene.switch_to("ses_a", vec![]);
    scene.question("Why?");
    let Some(ServerCall::Prompt { draft, .. }) = scene.calls.last().cloned() else {
        panic!("no prompt: {:?}", scene.calls);
    };
    let lost = ConnectionEvent::Lost { reason: "it ended".to_owned() };
    scene.handle(Event::Connection(FOLDER, lost));
    let result = Err(SendError::Missing(Missing::Agent("plan".to_owned())));
    scene.handle(Event::Reply(FOLDER, ServerReply::Prompted { draft, result }));
    let asked = |scene: &Scene| {
        let is_it = |call: &&ServerCall| matches!(call, ServerCall::FetchList { list: List::Agents, .. });
        scene.calls.iter().filter(is_it).count()
    };
    assert_eq!(asked(&scene), 0);
    scene.connect();
    scene.connect();
    assert_eq!(asked(&scene), 1);
}

#[test]
fn an_agent_that_never_was_leads_to_the_menu() {
    let mut scene = Scene::new(&[]);
    scene.run(Command::ChooseAgent { agent: Some("general".to_owned()) }).expect("taken");
    scene.list(Ok(Listed::Agents(["build", "general"].map(agent).into())));
    assert!(scene.messages()[0].contains("no agent “general”"), "{:?}", scene.messages());
    assert_eq!(scene.dialog().2.len(), 2);
    assert_eq!(scene.state.choice_of(FOLDER), PromptOptions::default());
}

#[test]
fn commands_are_chosen_from_a_menu_with_and_without_arguments() {
    let mut scene = Scene::new(&[]);
    scene.run(Command::RunCommand { command: None, arguments: None }).expect("taken");
    let command = |name: &str, takes_arguments| SlashCommand {
        name: name.to_owned(),
        description: "does it".to_owned(),
        takes_arguments,
    };
    scene.list(Ok(Listed::Commands(vec![command("review", true), command("plain", false)])));
    assert_eq!(scene.dialog().2, ["/review (does it)", "/review … (with arguments)", "/plain (does it)"]);
    scene.press("/plain (does it)");
    assert!(matches!(scene.calls.last(), Some(ServerCall::CreateSession { .. })));
}

#[test]
fn a_run_is_a_turn_whose_prompt_opencode_writes() {
    let mut scene = Scene::new(&[]);
    scene.switch_to("ses_a", vec![]);
    let run = Command::RunCommand { command: Some("/hi".to_owned()), arguments: Some("you".to_owned()) };
    scene.run(run).expect("taken");
    let Some(ServerCall::Run { run, .. }) = scene.calls.last() else {
        panic!("nothing is run: {:?}", scene.calls);
    };
    assert_eq!(*run, Run::Command { name: "hi".to_owned(), arguments: "you".to_owned() });
    // What comes after it waits until opencode has it.
    scene.question("Why?");
    assert!(scene.prompts().is_empty());
    scene.prompt("ses_a", "msg_run");
    assert_eq!(scene.prompts().len(), 1);
    scene.server(ServerEvent::Status { session: "ses_a".into(), status: Status::Idle });
    assert_eq!(scene.progress().iter().filter(|said| **said == "done").count(), 0);
    scene.ran(Ok("msg_run"));
    scene.answers("msg_run", "Hi.");
    assert_eq!(scene.progress().last(), Some(&"done"));
    assert_eq!(scene.transcripts_wanted().last(), Some(&("ses_a", None)));
}

#[test]
fn nothing_is_asked_while_a_shell_command_runs() {
    let mut scene = Scene::new(&[]);
    scene.switch_to("ses_a", vec![]);
    scene.run(Command::RunShell { command: Some("ls".to_owned()) }).expect("taken");
    scene.prompt("ses_a", "msg_run");
    scene.question("Why?");
    assert!(scene.prompts().is_empty());
    assert_eq!(scene.run(Command::RunShell { command: Some("ls".to_owned()) }), Err(CommandError::Busy));
    scene.ran(Ok("msg_run"));
    assert_eq!(scene.prompts().len(), 1);
    scene.answers("msg_run", "# a.py\n");
    assert_eq!(scene.transcripts_wanted().last(), Some(&("ses_a", None)));
}

#[test]
fn a_run_that_opencode_refuses_is_given_back_whole() {
    let mut scene = Scene::new(&[]);
    scene.switch_to("ses_a", vec![]);
    scene.run(Command::RunShell { command: Some("make all".to_owned()) }).expect("taken");
    scene.ran(Err(SendError::Refused("opencode answered 500: no".to_owned())));
    assert_eq!(scene.messages().last(), Some(&"Not run: opencode answered 500: no. It was: $ make all"));
    assert_eq!(scene.progress(), ["not sent"]);
}

#[test]
fn a_question_in_a_session_at_work_says_behind_what_it_waits() {
    let mut scene = Scene::new(&[]);
    scene.switch_to("ses_a", vec![]);
    scene.question("First?");
    scene.take_prompt("ses_a", "msg_1", "First?");
    scene.server(ServerEvent::Status { session: "ses_a".into(), status: Status::Busy });
    scene.question("Second?");
    scene.take_prompt("ses_a", "msg_2", "Second?");
    assert_eq!(scene.progress(), ["queued behind “First?”"]);
    // What the first is at is not told of the second.
    scene.answering("ses_a", "msg_1");
    assert_eq!(scene.progress().len(), 1);
    scene.answering("ses_a", "msg_2");
    assert!(scene.progress()[1..].contains(&"thinking"), "{:?}", scene.progress());
}

#[test]
fn what_opencode_says_of_itself_is_a_document_in_which_nothing_is_markup() {
    let mut scene = Scene::new(&[]);
    scene.run(Command::ShowInfo).expect("taken");
    let sections = vec![Section::new("Agents", vec!["a\n# b\u{202e}".to_owned()]), Section::new("Tools", vec![])];
    scene.list(Ok(Listed::Info(sections)));
    let text = scene.last_text();
    assert!(text.contains("- version: 1.18.34\n") && text.contains("\n## Tools\n\nnone\n"), "{text}");
    assert!(text.contains("- a⏎# b⟨U+202E⟩\n"), "{text}");
}

#[test]
fn an_mcp_server_is_switched_by_its_menu() {
    let mut scene = Scene::new(&[]);
    let server = |name: &str, state: &str| McpServer {
        name: name.to_owned(),
        state: state.to_owned(),
        problem: None,
        is_connected: state == "connected",
    };
    scene.run(Command::Mcp { server: None, connect: None }).expect("taken");
    scene.list(Ok(Listed::Mcp(vec![server("a", "connected"), server("b", "needs auth")])));
    let (_, _, buttons) = scene.dialog();
    assert_eq!(buttons, ["disconnect a (connected)", "connect b (needs auth; log in with `opencode mcp auth`)"]);
    scene.press("disconnect a (connected)");
    let what = Manage::Mcp { server: "a".to_owned(), connect: false };
    assert_eq!(scene.calls.last(), Some(&ServerCall::Manage { what: what.clone() }));
    scene.handle(Event::Reply(FOLDER, ServerReply::Managed { what, result: Ok("disabled".to_owned()) }));
    assert_eq!(scene.messages(), ["MCP server a: disabled"]);
}

#[test]
fn the_project_is_loaded_anew_after_a_question_only() {
    let mut scene = Scene::new(&[]);
    scene.run(Command::DisposeInstance { confirmed: false }).expect("taken");
    scene.press("Leave it");
    assert!(scene.calls.is_empty());
    scene.run(Command::DisposeInstance { confirmed: false }).expect("taken");
    scene.press("Load it anew");
    assert_eq!(scene.calls, [ServerCall::Manage { what: Manage::Dispose }]);
}

#[test]
fn what_needs_a_session_is_offered_with_one() {
    let mut scene = Scene::new(&[]);
    let labels = |scene: &Scene| scene.state.manage_entries().len();
    let without = labels(&scene);
    scene.switch_to("ses_a", vec![]);
    assert_eq!(labels(&scene), without + 6);
}

#[test]
fn a_list_of_another_kind_changes_nothing() {
    let mut scene = Scene::new(&[]);
    let reply = ServerReply::Listed { why: ListPurpose::SwitchMenu, result: Ok(Listed::Agents(vec![agent("a")])) };
    scene.handle(Event::Reply(FOLDER, reply));
    assert!(scene.told.is_empty(), "{:?}", scene.told);
}
