//! Sessions as such, who answers in them, and what is run in them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;

use serde_json::{Value, json};
use testkit::{Opencode, eventually};

use crate::kit::{PYTHON, Stage};

on_every_version! {
    a_session_is_switched_to_with_what_was_said_in_it
    a_session_is_renamed_and_deleted_after_a_question
    a_session_that_was_deleted_elsewhere_is_not_replaced_in_silence
    a_fork_goes_on_from_a_question
    the_sessions_of_sub_agents_are_listed
    a_server_that_may_not_share_says_so
    the_link_of_a_shared_session_is_shown
    a_session_is_compacted
    an_agent_and_a_model_answer_from_now_on_also_in_the_next_run
    an_agent_that_is_gone_is_named_and_nothing_is_lost
    a_slash_command_is_a_turn
    a_shell_command_is_the_users_own_word
    a_shell_command_is_stopped
    a_second_question_says_behind_what_it_waits
    agents_md_is_written_by_opencodes_own_command
    mcp_servers_are_listed_and_connected
    opencode_is_described_without_its_secrets
    opencode_loads_the_project_anew_after_a_question
    warnings_of_the_bridge_are_in_opencodes_log
}

/// An editor whose plugin has menus and boxes, in a project with a command and an agent of its own.
fn stage(version: &str) -> Stage {
    configured(version, json!({}))
}

fn configured(version: &str, config: Value) -> Stage {
    let files = [
        ("a.py", PYTHON),
        (".opencode/command/hi.md", "---\ndescription: says hi\n---\nSay hi to $ARGUMENTS\n"),
        (".opencode/agent/mine.md", "---\ndescription: mine\nmode: primary\n---\nBe brief.\n"),
    ];
    let stage = Stage::on(Opencode::builder(version).config(config), &files, |params| {
        params["capabilities"]["experimental"] = json!({"opencode": {"choose": true, "input": true}});
    });
    stage.connected();
    stage
}

/// Chooses the entry of the next menu whose label begins so; all labels.
fn choose(stage: &Stage, label: &str) -> Vec<String> {
    let menu = stage.editor.expect_request("opencode/choose", |_| true);
    let items = menu.params["items"].as_array().expect("items");
    let labels: Vec<String> = items.iter().filter_map(|item| item["label"].as_str()).map(str::to_owned).collect();
    let at = labels.iter().position(|found| found.starts_with(label));
    let at = at.unwrap_or_else(|| panic!("no {label:?} among {items:?}"));
    stage.editor.answer(&menu, Ok(json!(at)));
    labels
}

/// Asks without a place and waits for the answer.
fn ask(stage: &Stage, question: &str) {
    stage.run("opencode.ask", json!({"prompt": question}));
    stage.answer(&format!("Done: {question}"));
}

fn sessions(stage: &Stage) -> Vec<Value> {
    stage.opencode.get("/session").1.as_array().expect("sessions").clone()
}

fn only_session(stage: &Stage) -> String {
    let sessions = sessions(stage);
    assert_eq!(sessions.len(), 1, "{sessions:?}");
    sessions[0]["id"].as_str().expect("an id").to_owned()
}

fn messages(stage: &Stage, session: &str) -> Vec<Value> {
    stage.opencode.get(&format!("/session/{session}/message")).1.as_array().expect("messages").clone()
}

/// What users said in a session, as opencode holds it.
fn asked(stage: &Stage, session: &str) -> Vec<String> {
    let users = messages(stage, session).into_iter().filter(|message| message["info"]["role"] == "user");
    users.filter_map(|message| message["parts"][0]["text"].as_str().map(str::to_owned)).collect()
}

fn a_session_is_switched_to_with_what_was_said_in_it(version: &str) {
    let stage = stage(version);
    ask(&stage, "first");
    let first = only_session(&stage);
    stage.run("opencode.session.new", Value::Null);
    ask(&stage, "second");
    assert_eq!(sessions(&stage).len(), 2);
    stage.run("opencode.session.rename", json!({"session": first, "title": "The first"}));
    eventually(|| sessions(&stage).iter().any(|found| found["title"] == "The first").then_some(()));
    stage.run("opencode.session.switch", Value::Null);
    let labels = choose(&stage, "The first");
    assert_eq!((labels.len(), labels[2].as_str()), (3, "A new session"));
    let (_, text) = stage.shown();
    assert!(text.contains("## first") && !text.contains("## second"), "{text}");
    ask(&stage, "third");
    assert_eq!(asked(&stage, &first), ["first", "third"]);

    stage.run("opencode.session.switch", json!({"session": "ses_nope"}));
    stage.message("ses_nope");
    stage.editor.shutdown();
}

fn a_session_is_renamed_and_deleted_after_a_question(version: &str) {
    let stage = stage(version);
    ask(&stage, "first");
    let session = only_session(&stage);
    stage.run("opencode.session.rename", Value::Null);
    let input = stage.editor.expect_request("opencode/input", |_| true);
    stage.editor.answer(&input, Ok(json!("Parser")));
    eventually(|| (sessions(&stage)[0]["title"] == "Parser").then_some(()));
    for button in ["Leave it", "Delete it"] {
        stage.run("opencode.session.delete", Value::Null);
        choose(&stage, "Parser");
        let dialog = stage.dialog("Delete session “Parser”");
        stage.press(&dialog, button);
    }
    stage.message("Session “Parser” is deleted");
    assert_eq!(sessions(&stage), [json!(null); 0]);
    ask(&stage, "second");
    assert_ne!(only_session(&stage), session);
    stage.run("opencode.session.delete", json!({"session": session, "confirmed": true}));
    stage.message("The session was not deleted");
    stage.editor.shutdown();
}

fn a_session_that_was_deleted_elsewhere_is_not_replaced_in_silence(version: &str) {
    let stage = stage(version);
    ask(&stage, "first");
    stage.opencode.delete(&format!("/session/{}", only_session(&stage)));
    // The word of it may come after the question.
    stage.run("opencode.ask", json!({"prompt": "second"}));
    let said = stage.message("Your question was not sent");
    assert!(said["message"].as_str().is_some_and(|said| said.contains("open and save that file")), "{said}");
    assert_eq!(sessions(&stage), [json!(null); 0]);
    stage.run("opencode.session.new", Value::Null);
    ask(&stage, "third");
    assert_eq!(asked(&stage, &only_session(&stage)), ["third"]);
    stage.editor.shutdown();
}

fn a_fork_goes_on_from_a_question(version: &str) {
    let stage = stage(version);
    ask(&stage, "first");
    let session = only_session(&stage);
    ask(&stage, "second");
    stage.run("opencode.session.fork", Value::Null);
    assert_eq!(choose(&stage, "first"), ["second", "first"]);
    let (_, text) = stage.shown();
    assert!(text.contains("## first") && !text.contains("## second"), "{text}");
    ask(&stage, "third");
    let fork = sessions(&stage).into_iter().find(|found| found["id"] != json!(session)).expect("a fork");
    assert_eq!(asked(&stage, fork["id"].as_str().expect("an id")), ["first", "third"]);
    assert_eq!(asked(&stage, &session), ["first", "second"]);
    // opencode would copy all of it.
    stage.run("opencode.session.fork", json!({"message": "msg_nope"}));
    stage.message("The session was not forked");
    assert_eq!(sessions(&stage).len(), 2);
    stage.editor.shutdown();
}

fn the_sessions_of_sub_agents_are_listed(version: &str) {
    let stage = stage(version);
    let task = json!({"description": "Look around", "prompt": "look", "subagent_type": "general"});
    let steps = json!([{"tool": "task", "input": task}, {"say": "Seen."}]);
    stage.run("opencode.ask", json!({"prompt": format!("Look.\n{}", testkit::script(steps))}));
    stage.answer("Seen.");
    stage.run("opencode.session.children", Value::Null);
    assert!(choose(&stage, "Look around")[0].starts_with("Look around"));
    let (_, text) = stage.shown();
    assert!(text.contains("## look"), "{text}");
    stage.run("opencode.session.children", Value::Null);
    stage.message("No sub-agent has worked for session “Look around");
    stage.editor.shutdown();
}

fn a_server_that_may_not_share_says_so(version: &str) {
    let stage = stage(version);
    stage.run("opencode.ask", json!({"prompt": "first"}));
    stage.answer("Done: first");
    stage.run("opencode.session.share", Value::Null);
    stage.message("The session was not shared: opencode's configuration does not allow it");
    stage.run("opencode.session.unshare", Value::Null);
    stage.message("The session was not unshared: it is not shared");
    stage.editor.shutdown();
}

/// Where sessions are shared to: every session gets the same link.
fn sharing_service() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("its number"));
    let body = json!({"id": "shr_1", "url": format!("{url}/s/1"), "secret": "x"}).to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(&stream);
            let mut length = 0;
            let mut line = String::new();
            while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().expect("a number");
                }
                line.clear();
            }
            let mut sent = vec![0; length];
            // A client that goes away in the middle is no concern of the service's.
            let _ = reader.read_exact(&mut sent).and_then(|()| {
                let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
                write!(&stream, "{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
            });
        }
    });
    url
}

fn the_link_of_a_shared_session_is_shown(version: &str) {
    let service = sharing_service();
    let stage = configured(version, json!({"share": "manual", "enterprise": {"url": service}}));
    ask(&stage, "first");
    stage.run("opencode.session.share", Value::Null);
    let said = stage.message("is shared, for everybody who has the link");
    assert!(said["message"].as_str().is_some_and(|said| said.ends_with(&format!("{service}/s/1"))), "{said}");
    stage.run("opencode.session.unshare", Value::Null);
    stage.message("is no longer shared");
    stage.editor.shutdown();
}

fn a_session_is_compacted(version: &str) {
    let stage = stage(version);
    let refused = stage.editor.command("opencode.session.compact", json!([]));
    assert!(refused.is_err_and(|error| error["message"].as_str().is_some_and(|said| said.contains("no session"))));
    ask(&stage, "first");
    stage.run("opencode.session.compact", Value::Null);
    stage.answer("the session is compacted");
    let session = only_session(&stage);
    let summaries = messages(&stage, &session).into_iter().filter(|message| message["info"]["summary"] == true);
    assert_eq!(summaries.count(), 1);
    stage.editor.shutdown();
}

fn an_agent_and_a_model_answer_from_now_on_also_in_the_next_run(version: &str) {
    let stage = stage(version);
    stage.run("opencode.agent", Value::Null);
    let agents = choose(&stage, "mine");
    assert!(!agents.iter().any(|agent| ["title", "general"].contains(&agent.as_str())), "{agents:?}");
    stage.message("The agent from now on: mine");
    stage.run("opencode.model", Value::Null);
    choose(&stage, "Scripted");
    stage.message("The model from now on: scripted/scripted-1");
    ask(&stage, "first");
    let session = only_session(&stage);
    let agent = |stage: &Stage| messages(stage, &session).last().map(|message| message["info"]["agent"].clone());
    assert_eq!(agent(&stage), Some(json!("mine")));
    stage.run("opencode.model", json!({"model": "scripted/gone"}));
    stage.message("There is no model “scripted/gone”");
    let menu = stage.editor.expect_request("opencode/choose", |_| true);
    stage.editor.answer(&menu, Ok(Value::Null));
    stage.run("opencode.variant", Value::Null);
    stage.message("has no variants");

    let stage = stage.restart_editor(|_| {});
    stage.connected();
    stage.run("opencode.session.switch", json!({"session": session}));
    stage.shown();
    ask(&stage, "second");
    assert_eq!(agent(&stage), Some(json!("mine")));
    stage.editor.shutdown();
}

fn an_agent_that_is_gone_is_named_and_nothing_is_lost(version: &str) {
    let stage = stage(version);
    stage.run("opencode.agent", json!({"agent": "mine"}));
    stage.message("The agent from now on: mine");
    ask(&stage, "first");
    let session = only_session(&stage);
    std::fs::remove_file(stage.project.path(".opencode/agent/mine.md")).expect("removed");
    stage.opencode.post("/instance/dispose", json!({}));
    stage.run("opencode.ask", json!({"prompt": "second"}));
    let said = stage.message("there is no agent “mine”");
    assert!(said["message"].as_str().is_some_and(|said| said.contains("kept in")), "{said}");
    choose(&stage, "build");
    stage.message("The agent from now on: build");
    ask(&stage, "third");
    assert_eq!(asked(&stage, &session), ["first", "third"]);
    stage.editor.shutdown();
}

fn a_slash_command_is_a_turn(version: &str) {
    let stage = stage(version);
    stage.run("opencode.command", Value::Null);
    choose(&stage, "/hi …");
    let input = stage.editor.expect_request("opencode/input", |_| true);
    stage.editor.answer(&input, Ok(json!("the world")));
    stage.answer("Done: Say hi to the world");
    let session = only_session(&stage);
    assert_eq!(asked(&stage, &session), ["Say hi to the world"]);
    stage.run("opencode.answer.show", Value::Null);
    let (_, text) = stage.shown();
    assert!(text.contains("Done: Say hi to the world"), "{text}");
    stage.run("opencode.command", json!({"command": "nope", "arguments": "at all"}));
    let said = stage.message("opencode has no command `/nope`");
    assert!(said["message"].as_str().is_some_and(|said| said.ends_with("It was: /nope at all")), "{said}");
    ask(&stage, "second");
    stage.editor.shutdown();
}

fn a_shell_command_is_the_users_own_word(version: &str) {
    let stage = stage(version);
    stage.run("opencode.shell", Value::Null);
    let input = stage.editor.expect_request("opencode/input", |_| true);
    stage.editor.answer(&input, Ok(json!("echo '# loud'; echo x > new.txt")));
    stage.answer("# loud");
    assert_eq!(stage.project.read("new.txt"), "x\n");
    stage.run("opencode.answer.show", Value::Null);
    let (_, text) = stage.shown();
    assert!(text.contains("# loud"), "{text}");
    // The model knows of it.
    ask(&stage, "second");
    assert!(stage.model.requests().last().is_some_and(|request| request.to_string().contains("# loud")));
    stage.editor.shutdown();
}

fn a_shell_command_is_stopped(version: &str) {
    let stage = stage(version);
    stage.run("opencode.shell", json!({"command": "echo begun; sleep 600"}));
    stage.editor.wait_progress(|step| step["value"]["message"].as_str().is_some_and(|said| said.starts_with("bash")));
    stage.run("opencode.abort", Value::Null);
    stage.editor.wait_progress(|step| step["value"]["kind"] == "end" && step["value"]["message"] == "aborted");
    ask(&stage, "second");
    stage.editor.shutdown();
}

fn a_second_question_says_behind_what_it_waits(version: &str) {
    let stage = stage(version);
    let steps = json!([{"say": "One answer.", "gate": "first"}]);
    stage.run("opencode.ask", json!({"prompt": format!("First?\n{}", testkit::script(steps))}));
    stage.model.waiting_at("first");
    let steps = json!([{"say": "Another answer."}, {"say": "Another answer."}]);
    stage.run("opencode.ask", json!({"prompt": format!("Second?\n{}", testkit::script(steps))}));
    let said = |text: &str| {
        let text = text.to_owned();
        move |step: &Value| step["value"]["message"].as_str() == Some(text.as_str())
    };
    stage.editor.wait_progress(said("queued behind “First?”"));
    stage.model.open("first");
    stage.answer("One answer.");
    stage.answer("Another answer.");
    stage.editor.shutdown();
}

fn agents_md_is_written_by_opencodes_own_command(version: &str) {
    let stage = stage(version);
    stage.model.otherwise(&[json!({"say": "Written."})]);
    stage.run("opencode.init", Value::Null);
    stage.answer("Written.");
    let asked = asked(&stage, &only_session(&stage));
    assert!(asked.len() == 1 && asked[0].contains("AGENTS.md"), "{asked:?}");
    stage.editor.shutdown();
}

fn mcp_servers_are_listed_and_connected(version: &str) {
    let broken = json!({"type": "local", "command": ["/nonexistent-program"], "enabled": false});
    let stage = configured(version, json!({"mcp": {"broken": broken}}));
    stage.run("opencode.mcp", Value::Null);
    assert_eq!(choose(&stage, "connect broken"), ["connect broken"]);
    stage.message("MCP server broken: failed");
    stage.run("opencode.mcp", json!({"server": "broken", "connect": false}));
    stage.message("MCP server broken: disabled");
    stage.run("opencode.mcp", json!({"server": "nope", "connect": true}));
    stage.message("MCP server nope is as before");
    stage.editor.shutdown();
}

fn opencode_is_described_without_its_secrets(version: &str) {
    let secret = "SECRET-0123456789";
    let remote = json!({"type": "remote", "url": format!("https://u:{secret}@127.0.0.1:1/{secret}"), "enabled": false,
        "headers": {"Authorization": secret}});
    let local = json!({"type": "local", "command": ["x", secret], "environment": {"A": secret}, "enabled": false});
    let stage = configured(version, json!({"mcp": {"remote": remote, "local": local}, "username": "somebody"}));
    stage.run("opencode.info", Value::Null);
    let (uri, text) = stage.shown();
    assert!(uri.ends_with("/opencode.md"), "{uri}");
    for shown in [
        &format!("- version: {version}\n"),
        &format!("- address: {}\n", stage.opencode.url()),
        "## Project\n\n- folder: ",
        "- branch: ",
        "(scripted): ready, by the configuration; models: 1\n",
        "- mine (primary): mine\n",
        "- hi: says hi\n",
        "## Tools\n\n- ",
        "- local: disabled\n",
        "- username: somebody\n",
        "- mcp.remote.url: https://127.0.0.1:1/…\n",
    ] {
        assert!(text.contains(shown), "{shown:?} is not in {text}");
    }
    assert!(!text.contains("SECRET"), "{text}");
    stage.editor.shutdown();
}

fn opencode_loads_the_project_anew_after_a_question(version: &str) {
    let stage = stage(version);
    ask(&stage, "first");
    let new = "---\ndescription: new\n---\nSay new\n";
    stage.project.write(".opencode/command/new.md", new);
    for button in ["Leave it", "Load it anew"] {
        stage.run("opencode.instance.dispose", Value::Null);
        let dialog = stage.dialog("Let opencode load this project anew?");
        stage.press(&dialog, button);
    }
    stage.message("opencode loads the project anew");
    // It is known now, and the session goes on.
    stage.run("opencode.command", json!({"command": "new", "arguments": ""}));
    stage.answer("Done: Say new");
    assert_eq!(asked(&stage, &only_session(&stage)), ["first", "Say new"]);
    stage.editor.shutdown();
}

fn warnings_of_the_bridge_are_in_opencodes_log(version: &str) {
    let stage = stage(version);
    let uri = stage.project.uri("never-opened.py");
    stage.editor.change_full(&uri, 2, "x");
    // Some versions print it, some write it into a file.
    let logs = stage.opencode.isolation().folder().join("data/opencode/log");
    eventually(|| {
        let files = std::fs::read_dir(&logs).ok().into_iter().flatten().flatten();
        let mut texts: Vec<String> = files.filter_map(|file| std::fs::read_to_string(file.path()).ok()).collect();
        texts.push(stage.opencode.log());
        texts.iter().any(|text| text.contains("a change of a document that was never opened")).then_some(())
    });
    stage.editor.shutdown();
}
