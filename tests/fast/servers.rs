//! Which server is used, and what is said when it is the wrong one.

use std::net::{Ipv4Addr, TcpListener};

use serde_json::{Value, json};
use testkit::{Editor, Fake, Project};

use crate::stage::{PYTHON, Stage, lone_editor, message, server, silent_editor};

/// Connects by `adapt`ed parameters and expects a stream.
fn connects(command: std::process::Command, project: &Project, fake: &Fake, adapt: impl FnOnce(&mut Value)) {
    let editor = Editor::spawn(command);
    let mut params = Editor::default_params(project);
    adapt(&mut params);
    editor.initialize(params);
    fake.wait_for_stream();
    editor.shutdown();
}

#[test]
fn by_the_command_line_the_environment_or_the_options() {
    let (project, state) = (Project::new(&[]), tempfile::tempdir().expect("a folder"));
    let fake = Fake::start();
    let mut command = server(&state);
    command.args(["--server", &fake.url()]);
    connects(command, &project, &fake, |_| {});

    let fake = Fake::start();
    let mut command = server(&state);
    command.env("OPENCODE_SERVER", fake.url());
    connects(command, &project, &fake, |_| {});

    // A setting wins over the environment.
    let (fake, other) = (Fake::start(), Fake::start());
    let mut command = server(&state);
    command.env("OPENCODE_SERVER", other.url());
    connects(command, &project, &fake, |params| {
        params["initializationOptions"] = json!({"server": {"url": fake.url()}});
    });
    assert!(other.seen().is_empty());
}

/// VS Code's folders have settings of their own.
#[test]
fn by_the_configuration_of_each_workspace_folder() {
    let (project, editor, _state) = silent_editor();
    let other = Project::new(&[]);
    let (first, second) = (Fake::start(), Fake::start());
    let urls = [(project.root_uri(), first.url()), (other.root_uri(), second.url())];
    editor.on_request("workspace/configuration", move |params| {
        let items = params["items"].as_array().expect("items");
        let section = |item: &Value| match urls.iter().find(|(folder, _)| item["scopeUri"] == *folder) {
            Some((_, url)) => json!({"server": {"url": url}}),
            None => Value::Null,
        };
        Ok(items.iter().map(section).collect())
    });
    let mut params = Editor::default_params(&project);
    params["capabilities"]["workspace"]["configuration"] = json!(true);
    let named = |project: &Project| json!({"uri": project.root_uri(), "name": "x"});
    params["workspaceFolders"] = json!([named(&project), named(&other)]);
    editor.initialize(params);
    first.wait_for_stream();
    second.wait_for_stream();
    editor.shutdown();
}

#[test]
fn by_the_configuration_section_which_may_change() {
    let (project, editor, _state) = silent_editor();
    let (first, second) = (Fake::start(), Fake::start());
    let url = std::sync::Arc::new(std::sync::Mutex::new(first.url()));
    let told = std::sync::Arc::clone(&url);
    editor.on_request("workspace/configuration", move |params| {
        assert_eq!(params["items"][0]["section"], "opencode");
        Ok(json!([{"server": {"url": *told.lock().expect("a lock")}}]))
    });
    let mut params = Editor::default_params(&project);
    params["capabilities"]["workspace"]["configuration"] = json!(true);
    editor.initialize(params);
    first.wait_for_stream();
    *url.lock().expect("a lock") = second.url();
    editor.notify("workspace/didChangeConfiguration", json!({"settings": null}));
    second.wait_for_stream();
    editor.shutdown();
}

#[test]
fn wrong_settings_are_named_once_and_replaced_by_defaults() {
    let (project, editor, _state) = silent_editor();
    let fake = Fake::start();
    let mut params = Editor::default_params(&project);
    params["initializationOptions"] =
        json!({"server": {"url": fake.url(), "autostart": "yes"}, "answers": {"open": 3}, "colour": "red"});
    editor.initialize(params);
    let said = message(&editor, "opencode-lsp settings");
    for part in [
        "`server.autostart` must be true or false; using the default",
        "`answers.open` must be \"never\", \"start\" or \"end\"; using the default",
        "`colour` is not a setting of opencode-lsp",
    ] {
        assert!(said.contains(part), "{said}");
    }
    fake.wait_for_stream();
    editor.shutdown();
}

#[test]
fn nothing_configured_is_only_said_when_somebody_asks() {
    let (project, editor, _state) = lone_editor();
    let uri = project.uri("a.py");
    editor.open(&uri, "python", PYTHON);
    editor.command("opencode.ask", json!([{"uri": uri, "prompt": "Anyone?"}])).expect("taken");
    let said = message(&editor, "Your question was not sent");
    assert!(
        said.contains(
            "no running opencode was found for this project; start one in its folder with `opencode --port 4096`"
        ),
        "{said}"
    );
    let refused = editor.command("opencode.append", json!([{"uri": uri}])).expect_err("not connected");
    assert!(refused["message"].as_str().expect("words").contains("no running opencode was found"));
    editor.shutdown();
}

/// What is said about a server, once.
fn said_about(prepare: impl FnOnce(&Fake)) -> String {
    let stage = Stage::prepared(prepare);
    let said = stage.message("opencode-lsp: ");
    stage.editor.shutdown();
    said
}

#[test]
fn a_server_that_is_too_old_too_new_or_something_else_is_told() {
    let json = "application/json";
    let said =
        said_about(|fake| fake.answer("GET /global/health", 200, json, br#"{"healthy":true,"version":"1.0.223"}"#));
    assert_eq!(
        said,
        "opencode-lsp: opencode 1.0.223 is too old: opencode-lsp needs 1.1 or newer; run `opencode upgrade`"
    );
    // 1.0 has no such route and shows a web page or an error; its configuration gives it away.
    let said = said_about(|fake| {
        fake.answer("GET /global/health", 500, json, br#"{"name":"UnknownError"}"#);
        fake.answer("GET /config", 200, json, br#"{"keybinds":{}}"#);
    });
    assert!(said.contains("too old"), "{said}");
    let said = said_about(|fake| {
        fake.answer("GET /global/health", 404, "text/plain", b"");
        fake.answer("GET /api/health", 401, "text/plain", b"");
    });
    assert!(said.contains("opencode 2 is not supported yet"), "{said}");
    let said = said_about(|fake| fake.answer("GET /global/health", 200, "text/html", b"<html>Hello</html>"));
    assert!(said.contains("the answer is not opencode's"), "{said}");
    let said = said_about(|fake| fake.answer("GET /global/health", 302, "text/html", b""));
    assert!(said.contains("not opencode's"), "{said}");
}

#[test]
fn a_wrong_address_is_told_once() {
    let port = {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        listener.local_addr().expect("an address").port()
    };
    for (url, part) in [
        (format!("http://127.0.0.1:{port}"), format!("nothing answers at http://127.0.0.1:{port} (")),
        ("ftp://user:hunter2@host".to_owned(), "`…@host` is not an http:// or https:// address".to_owned()),
        ("nonsense".to_owned(), "`nonsense` is not an http:// or https:// address".to_owned()),
    ] {
        let (project, editor, _state) = silent_editor();
        let mut params = Editor::default_params(&project);
        params["initializationOptions"] = json!({"server": {"url": url}});
        editor.initialize(params);
        let said = message(&editor, "opencode-lsp: ");
        assert!(said.contains(&part), "{said}");
        // Tried again and again, and not said again: shutdown fails on unread messages.
        testkit::eventually(|| editor.stderr().contains("attempts=3").then_some(()));
        assert!(!editor.stderr().contains("hunter2"));
        editor.shutdown();
    }
}

#[test]
fn a_newer_version_is_spoken_to_as_the_newest_known() {
    let health = br#"{"healthy":true,"version":"1.999.0"}"#;
    let stage = Stage::prepared(|fake| fake.answer("GET /global/health", 200, "application/json", health));
    let uri = stage.open("a.py");
    stage.ask(&uri, "Are you new?").expect("taken");
    stage.fake.wait_for("POST /session/ses_fake/prompt_async", 1);
    stage.editor.kill();
}
