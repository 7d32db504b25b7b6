//! A password is nowhere but in the header that it is for.

use std::fmt::Debug;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use opencode_lsp::config::{Overrides, Settings};
use opencode_lsp::core::Event;
use opencode_lsp::core::effect::Effect;
use opencode_lsp::core::event::EditorEvent;
use opencode_lsp::core::folders::{FolderPaths, FolderSettings};
use opencode_lsp::core::ids::FolderId;
use opencode_lsp::core::server::Reconnect;
use opencode_lsp::opencode::Client;
use opencode_lsp::opencode::client::Target;
use opencode_lsp::opencode::connection::Plan;
use opencode_lsp::opencode::path_map::PathMap;
use serde_json::{Value, json};
use testkit::{Editor, Fake, Project};

use crate::stage::server;

/// Needs escapes in an address and in JSON.
const SECRET: &str = "hunter2 \"swordfish\" ü/%";
const IN_AN_ADDRESS: &str = "hunter2%20%22swordfish%22%20%C3%BC%2F%25";
/// What every way of writing it has in it.
const MARKS: [&str; 2] = ["hunter2", "swordfish"];

/// How the bridge gets to know the password.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Setting,
    Environment,
    Address,
    #[cfg(unix)]
    Command,
}

/// What is at the address.
#[derive(Clone, Copy, PartialEq)]
enum There {
    Opencode,
    AnotherPassword,
    Nothing,
}

/// A bridge's own folder, and what it is to be told.
struct Case {
    way: Way,
    url: String,
    folder: tempfile::TempDir,
    project: Project,
}

impl Case {
    fn new(way: Way, url: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let case = Self { way, url: url.to_owned(), folder, project: Project::new(&[("a.py", "x = 1\n")]) };
        fs::write(case.path("password"), SECRET).expect("written");
        fs::write(case.path("settings.json"), json!({"server": case.settings()}).to_string()).expect("written");
        case
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn settings(&self) -> Value {
        match self.way {
            Way::Setting => json!({"url": self.url, "password": SECRET}),
            Way::Environment => json!({"url": self.url}),
            Way::Address => {
                json!({"url": self.url.replace("://", &format!("://opencode:{IN_AN_ADDRESS}@"))})
            }
            #[cfg(unix)]
            Way::Command => json!({"url": self.url, "passwordCommand": ["cat", self.path("password")]}),
        }
    }

    fn command(&self) -> Command {
        let mut command = server(&self.folder);
        if self.way == Way::Environment {
            command.env("OPENCODE_SERVER_PASSWORD", SECRET);
        }
        command
    }

    /// Everything that a session lets others see, until the connection stands or has failed twice.
    fn session(&self, fake: Option<&Fake>) -> Vec<(&'static str, String)> {
        let mut command = self.command();
        command.arg("--log-file").arg(self.path("log"));
        let editor = Editor::spawn(command);
        let mut params = Editor::default_params(&self.project);
        // Wrong values beside it are named.
        let mut settings = self.settings();
        settings["autostart"] = json!("yes");
        params["initializationOptions"] = json!({"server": settings});
        editor.initialize(params);
        editor.ignore("window/showMessage");
        editor.on_request("window/showMessageRequest", |_| Ok(Value::Null));
        editor.on_request("window/showDocument", |_| Ok(json!({"success": true})));
        match fake {
            Some(fake) => fake.wait_for_stream(),
            None => testkit::eventually(|| editor.stderr().contains("attempts=2").then_some(())),
        }
        let uri = self.project.uri("a.py");
        editor.open(&uri, "python", "x = 1\n");
        let asked = editor.command("opencode.ask", json!([{"uri": uri, "prompt": "Anyone?"}]));
        let appended = editor.command("opencode.append", json!([{"uri": uri}]));
        let answers = format!("{asked:?} {appended:?}");
        if let Some(fake) = fake {
            // The prompt is refused, and the user told.
            fake.wait_for("POST /session/ses_fake/prompt_async", 1);
            fake.break_streams();
            fake.wait_for("GET /event", 2);
        }
        let arguments = arguments_of(editor.pid());
        let ended = editor.request("shutdown", Value::Null);
        let log = editor.log();
        let from_the_bridge = log.lines().filter(|line| line.get(8..).is_some_and(|line| line.starts_with(" <--")));
        let from_the_bridge = from_the_bridge.collect::<Vec<_>>().join("\n");
        assert!(from_the_bridge.contains("window/showMessage"), "{from_the_bridge}");
        let stderr = editor.stderr();
        editor.kill();
        // Libraries write none of it, whatever they would write.
        for line in stderr.lines() {
            assert!(line.contains(" opencode_lsp::"), "{line}");
        }
        vec![
            ("an answer", format!("{answers} {ended:?}")),
            ("a message", from_the_bridge),
            ("standard error", stderr),
            ("the log file", fs::read_to_string(self.path("log")).expect("a log")),
            ("the arguments", arguments),
        ]
    }

    fn doctor(&self, more: &[&str]) -> String {
        let mut command = self.command();
        command.args(["doctor", "--settings"]).arg(self.path("settings.json")).args(more);
        let output = command.arg("--directory").arg(self.project.root()).output().expect("run");
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("UTF-8"));
        said.concat()
    }
}

/// On Linux from the system; elsewhere a program's arguments are those that the test gave.
fn arguments_of(pid: u32) -> String {
    fs::read(format!("/proc/{pid}/cmdline"))
        .map_or_else(|_| String::new(), |line| String::from_utf8_lossy(&line).into())
}

/// Looks for the password as it is, in an address, in JSON, and as it travels.
fn assert_no_secret(place: &str, text: &str) {
    let header = base64::engine::general_purpose::STANDARD.encode(format!("opencode:{SECRET}"));
    for mark in MARKS.into_iter().chain([header.as_str(), header.trim_end_matches('=')]) {
        assert!(!text.contains(mark), "{mark:?} is in {place}:\n{text}");
    }
}

fn nowhere(way: Way) {
    let nobodys = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port").local_addr().expect("an address");
    for there in [There::Opencode, There::AnotherPassword, There::Nothing] {
        let fake = Fake::start();
        fake.answer("POST /session/ses_fake/prompt_async", 400, "application/json", br#"{"message": "no"}"#);
        fake.demand(if there == There::AnotherPassword { "another" } else { SECRET });
        let url = if there == There::Nothing { format!("http://{nobodys}") } else { fake.url() };
        let case = Case::new(way, &url);
        let connects = (there == There::Opencode).then_some(&fake);
        for (place, text) in case.session(connects) {
            assert_no_secret(place, &text);
        }
        for more in [&[][..], &["--json"], &["--log-level", "debug"]] {
            let said = case.doctor(more);
            // It was used, though.
            let expected = match there {
                There::Opencode => "1.18.34",
                There::AnotherPassword => "the server refuses the user or the password (401)",
                There::Nothing => "nothing answers at",
            };
            assert!(said.contains(expected), "{said}");
            assert_no_secret("what doctor says", &said);
        }
    }
}

#[test]
fn a_password_by_setting_is_seen_by_nobody() {
    nowhere(Way::Setting);
}

#[test]
fn a_password_by_the_environment_is_seen_by_nobody() {
    nowhere(Way::Environment);
}

#[test]
fn a_password_in_the_address_is_seen_by_nobody() {
    nowhere(Way::Address);
}

#[cfg(unix)]
#[test]
fn a_password_by_a_command_is_seen_by_nobody() {
    nowhere(Way::Command);
}

/// A panic can only print what can be printed: whatever holds the password is put into one.
#[test]
fn a_panic_does_not_tell_it() {
    let mut settings = Settings::default();
    let server = json!({"url": format!("http://me:{IN_AN_ADDRESS}@127.0.0.1:1"), "password": SECRET});
    assert_eq!(settings.merge(&json!({ "server": server })), []);
    let url = settings.server.url.clone();
    let overrides = Overrides {
        server: url.clone(),
        env_server: url.clone(),
        env_username: None,
        env_password: Some(SECRET.to_owned().into()),
    };
    let target = Target {
        url: url.expect("an address"),
        username: "me".to_owned(),
        password: Some(SECRET.to_owned().into()),
        path_map: PathMap::default(),
        ca_file: None,
    };
    let paths = FolderPaths { root: "/".into(), own: "/".into() };
    let plan = Plan {
        settings: settings.server.clone(),
        folder: "/".into(),
        own_files: "/".into(),
        how: Reconnect::default(),
    };
    let connect = Effect::Connect {
        folder: FolderId(1),
        paths: paths.clone(),
        settings: settings.server.clone(),
        how: Reconnect::default(),
    };
    let folders = vec![FolderSettings { paths, server: settings.server.clone() }];
    let client = Client::new(&target, Path::new("/")).expect("a client");
    let holders: [Box<dyn Debug>; 8] = [
        Box::new(Event::Editor(EditorEvent::Configured {
            settings: Box::new(settings.clone()),
            warnings: vec![],
            folders,
        })),
        Box::new(settings.server.clone()),
        Box::new(settings),
        Box::new(overrides),
        Box::new(target),
        Box::new(client),
        Box::new(plan),
        Box::new(connect),
    ];
    for holder in holders {
        let fault: Result<(), _> = catch_unwind(AssertUnwindSafe(|| panic!("a fault: {holder:?}")));
        let said = fault.expect_err("a panic").downcast::<String>().expect("a text");
        assert_no_secret("a panic", &said);
    }
}

#[test]
fn settings_that_are_wrong_are_not_quoted() {
    for (server, expected) in [
        (json!({"password": [SECRET]}), "`server.password` must be a string"),
        (json!({"passwordCommand": {"run": SECRET}}), "`server.passwordCommand` must be a program, or a list"),
        (json!({"url": format!("ftp://me:{IN_AN_ADDRESS}@host")}), "is not an http:// or https:// address"),
        (json!({"url": format!("http://me:{SECRET}@ho st")}), "is not an http:// or https:// address"),
    ] {
        let case = Case::new(Way::Environment, "http://127.0.0.1:1");
        fs::write(case.path("settings.json"), json!({"server": server}).to_string()).expect("written");
        let said = case.doctor(&[]);
        assert!(said.contains(expected), "{said}");
        assert_no_secret("what doctor says", &said);
    }
    let case = Case::new(Way::Environment, "http://127.0.0.1:1");
    fs::write(case.path("settings.json"), format!("{{\"server\": {{\"password\": {SECRET}}}}}")).expect("written");
    let said = case.doctor(&[]);
    assert!(said.contains("settings.json is no JSON (line 1, column "), "{said}");
    assert_no_secret("what doctor says", &said);
}
