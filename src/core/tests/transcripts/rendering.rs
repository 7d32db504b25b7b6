//! How a transcript looks.

use super::*;
use crate::core::server::{Failure, Todo, TodoStatus};

fn read(name: &str) -> ToolCall {
    ToolCall { file: Some(path(name)), ..tool("read", ToolStatus::Completed, Some(name)) }
}

#[test]
fn a_turn_with_everything() {
    let mut scene = asked("Why is it so?\n\nThis is about `src/a.py`, line 1 (python).");
    let title = "A <b>title</b>".to_owned();
    scene.server(ServerEvent::Session { session: session(), parent: None, title, undone: None });
    scene.told_part("msg_a", "prt_1", PartKind::Reasoning { text: "Let me look.\n\n# At src/a.py:1".to_owned() });
    scene.told_part("msg_a", "prt_2", PartKind::Tool(read("src/a.py")));
    let echo = tool("bash", ToolStatus::Completed, Some("echo `date` && ls"));
    scene.told_part("msg_a", "prt_3", PartKind::Tool(output(echo, "```\n# no heading\n\u{1b}[31mred\n")));
    let edit = ToolCall { file: Some(path("src/__init__.py")), ..tool("edit", ToolStatus::Failed, None) };
    scene.told_part("msg_a", "prt_4", PartKind::Tool(output(edit, "The user rejected it.")));
    let answer =
        "# So\nSee `src/a.py:1` and src/a.py#L1-1, not /etc/passwd:1.\n\n```python\nx = 2\n```\n![x](https://x)";
    scene.told_part("msg_a", "prt_5", text(answer));
    let todo = |text: &str, status| Todo { text: text.to_owned(), status };
    scene.server(ServerEvent::Todos {
        session: session(),
        todos: vec![todo("look", TodoStatus::Completed), todo("fix\n## it", TodoStatus::InProgress)],
    });
    let usage = Usage { input: 12345, output: 67, reasoning: 8, cache_read: 900, cache_write: 0, cost: 0.0123 };
    scene.message("msg_a", usage);
    scene.pass_time();
    insta::assert_snapshot!("at_work", scene.written());
    scene.ends(answer);
    insta::assert_snapshot!("done", scene.written());
}

#[test]
fn what_failed_and_what_sub_agents_did() {
    let mut scene = asked("Go.");
    let child = || SessionId::from("ses_c");
    let told = Told { child: Some(child()), output: None };
    let task = ToolCall { told, ..tool("task", ToolStatus::Running, Some("look around")) };
    scene.told_part("msg_a", "prt_1", PartKind::Tool(task.clone()));
    scene.server(ServerEvent::Session {
        session: child(),
        parent: Some(session()),
        title: String::new(),
        undone: None,
    });
    for (id, kind) in [
        ("prt_c1", PartKind::Tool(read("src/a.py"))),
        ("prt_c2", text("I said something.")),
        ("prt_c3", PartKind::Tool(tool("grep", ToolStatus::Running, Some("x")))),
    ] {
        let part = Part { id: id.into(), kind };
        scene.server(ServerEvent::Part { session: child(), message: "msg_c".into(), part });
    }
    scene.pass_time();
    insta::assert_snapshot!("task_at_work", scene.written());
    let done = ToolCall { status: ToolStatus::Completed, ..task };
    scene.told_part("msg_a", "prt_1", PartKind::Tool(output(done, "Nothing here.")));
    let failure = Failure::Error { message: "on <b>strike</b>\n## now".to_owned() };
    scene.server(ServerEvent::Failed { session: session(), failure });
    scene.ends("");
    insta::assert_snapshot!("task_failed", scene.written());
}

#[test]
fn an_output_is_shortened_in_its_middle() {
    let lines: Vec<String> = (1..=100).map(|line| format!("line {line}")).collect();
    let short = crate::core::transcripts::shorten(&lines.join("\n"));
    assert!(short.starts_with("line 1\n") && short.ends_with("line 100\n"), "{short}");
    assert!(short.contains("line 8\n… (80 lines left out)\nline 89\n"), "{short}");
    let long = crate::core::transcripts::shorten(&"ü".repeat(1000));
    assert_eq!(long.chars().count(), 303);
}

#[test]
fn a_long_transcript_leaves_the_oldest_out_and_says_so() {
    let mut scene = asked("First?");
    let paragraph = "x".repeat(100_000);
    for number in 0..60 {
        let id = format!("prt_{number}");
        scene.told_part("msg_a", &id, text(&format!("{number}: {paragraph}")));
    }
    scene.pass_time();
    let written = scene.written();
    assert!(written.len() < 4 << 20, "{}", written.len());
    assert!(written.contains("(Earlier parts of this turn are in opencode's own history.)"));
    assert!(!written.contains("\n0: x") && written.contains("\n59: x"));
    scene.prompt(SESSION, "msg_q");
    scene.told_part("msg_q", "prt_q", text("Second?"));
    for number in 100..150 {
        let id = format!("prt_{number}");
        scene.told_part("msg_b", &id, text(&format!("{number}: {paragraph}")));
    }
    scene.pass_time();
    let written = scene.written();
    assert!(written.starts_with("(Earlier turns are in opencode's own history of this session.)\n\n## Second?\n"));
    // A summary of the old prompt is told late: it does not come back.
    scene.prompt(SESSION, "msg_p");
    scene.pass_time();
    assert!(!scene.written().contains("First?"));
}
