//! Finding the server that announces itself by mDNS: a real one, by a real multicast, on a network of
//! the test's own.

use serde_json::{Value, json};
use testkit::editor::ServerRequest;
use testkit::{Model, Opencode, Project, alone};

use crate::finding::Unset;
use crate::kit::{PYTHON, server};

on_every_version! {
    what_is_announced_is_used_once_it_is_chosen
}

const NEWEST: &str = "1.18.34";

fn looking(project: &Project, state: tempfile::TempDir, more: Value) -> Unset {
    let mut settings = json!({"server": {"mdns": true}});
    for (key, value) in more.as_object().into_iter().flatten() {
        settings["server"][key] = value.clone();
    }
    Unset::with(project, &project.root_uri(), state, settings)
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

/// The buttons of a dialog that name a server on this port.
fn buttons(dialog: &ServerRequest, opencode: &Opencode) -> Vec<String> {
    let titles = dialog.params["actions"].as_array().expect("buttons").iter();
    let port = format!(":{} (", opencode.port());
    let titles = titles.map(|button| button["title"].as_str().expect("a title").to_owned());
    titles.filter(|title| title.contains(&port)).collect()
}

/// Waits until the bridge is connected to the address of this machine that others see.
fn connected(unset: &Unset, opencode: &Opencode) {
    let end = format!(":{}\"", opencode.port());
    let is_said = |line: &str| line.contains("connected url=") && line.contains(&end) && !line.contains("127.0.0.1");
    testkit::eventually(|| unset.editor.stderr().lines().any(is_said).then_some(()));
}

fn what_is_announced_is_used_once_it_is_chosen(version: &str) {
    let name = format!("announced::what_is_announced_is_used_once_it_is_chosen::on_{}", version.replace('.', "_"));
    alone(&name, || {
        let (project, model) = (Project::new(&[("a.py", PYTHON)]), Model::start());
        let opencode = Opencode::builder(version).announced_from_elsewhere().start(&project, &model);
        let unset = looking(&project, folder(), Value::Null);
        let dialog = unset.dialog("An opencode server for this project is announced on the network");
        assert!(!unset.editor.stderr().contains("connected url="), "nothing is used without asking");
        let button = buttons(&dialog, &opencode);
        assert!(button[0].contains(&format!("in {}", project.root().display())), "{button:?}");
        unset.editor.answer(&dialog, Ok(json!({"title": button[0]})));
        connected(&unset, &opencode);
        unset.asks_and_is_answered();

        let Unset { editor, state } = unset;
        editor.shutdown();
        let unset = looking(&project, state, Value::Null);
        connected(&unset, &opencode);
        // That nothing was asked is seen at the end.
        unset.editor.shutdown();
    });
}

#[test]
fn one_with_a_password_is_offered_and_gets_it_once_it_is_chosen() {
    alone("announced::one_with_a_password_is_offered_and_gets_it_once_it_is_chosen", || {
        let (project, model) = (Project::new(&[("a.py", PYTHON)]), Model::start());
        let opencode =
            Opencode::builder(NEWEST).announced_from_elsewhere().password("open sesame").start(&project, &model);
        let unset = looking(&project, folder(), json!({"password": "open sesame"}));
        testkit::eventually(|| unset.editor.stderr().contains("opencode.server.select offers those").then_some(()));
        unset.editor.command("opencode.server.select", json!([])).expect("taken");
        let dialog = unset.dialog("Which opencode server");
        let button = buttons(&dialog, &opencode);
        assert!(button[0].ends_with("(announced, asks for a password)"), "{button:?}");
        unset.editor.answer(&dialog, Ok(json!({"title": button[0]})));
        let exposed = unset.editor.expect_notification("window/showMessage", |_| true);
        assert!(exposed["message"].as_str().is_some_and(|said| said.contains("can read the password")), "{exposed}");
        connected(&unset, &opencode);
        unset.asks_and_is_answered();
        assert!(!unset.editor.stderr().contains("open sesame"));
        unset.editor.shutdown();
    });
}

#[test]
fn a_process_of_this_machine_that_announces_itself_is_offered_once() {
    alone("announced::a_process_of_this_machine_that_announces_itself_is_offered_once", || {
        let (project, model) = (Project::new(&[("a.py", PYTHON)]), Model::start());
        let other = Project::new(&[("other.py", PYTHON)]);
        let opencode = Opencode::builder(NEWEST).announced().start(&other, &model);
        let unset = looking(&project, folder(), Value::Null);
        unset.editor.command("opencode.server.select", json!([])).expect("taken");
        let dialog = unset.dialog("Which opencode server");
        let offered = buttons(&dialog, &opencode);
        assert_eq!(offered.len(), 1, "{offered:?}");
        assert!(offered[0].starts_with(&opencode.url()), "{offered:?}");
        unset.editor.answer(&dialog, Ok(Value::Null));
        unset.editor.shutdown();
    });
}

#[test]
fn the_doctor_says_what_is_announced() {
    alone("announced::the_doctor_says_what_is_announced", || {
        let (project, model) = (Project::new(&[("a.py", PYTHON)]), Model::start());
        let opencode = Opencode::builder(NEWEST).announced_from_elsewhere().start(&project, &model);
        let state = folder();
        let settings = state.path().join("settings.json");
        let said = |mdns: bool| {
            std::fs::write(&settings, json!({"server": {"mdns": mdns}}).to_string()).expect("written");
            let mut command = server(&state);
            command.args(["doctor", "--directory"]).arg(project.root()).arg("--settings").arg(&settings);
            String::from_utf8(command.output().expect("run").stdout).expect("UTF-8")
        };
        let text = said(true);
        let place = format!(":{} in {}", opencode.port(), project.root().display());
        // Other tests' servers may be there, too.
        let mut announced = text.lines().skip_while(|line| !line.starts_with("announced"));
        assert!(announced.any(|line| line.ends_with(&place)), "{text}");
        assert!(text.contains("Problem: announced for this project is http://"), "{text}");
        let text = said(false);
        assert!(!text.contains("announced"), "{text}");
    });
}
