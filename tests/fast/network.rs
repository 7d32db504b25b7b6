//! The way to the server: what may read the password on it, redirects, proxies, TLS.

use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::process::Command;

use serde_json::json;
use testkit::{Editor, Fake, Project, Tls};

use crate::stage::{message, server, silent_editor};

const PASSWORD: &str = "correct horse battery staple";

/// An address of this machine that others could reach; none where it has no network.
fn outer_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    // Sends nothing, and finds out the way to an address that is nobody's.
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    Some(socket.local_addr().ok()?.ip()).filter(|ip| !ip.is_loopback())
}

/// The bridge without the proxies of the environment that the tests run in, but with these.
fn through(state: &tempfile::TempDir, proxies: &[(&str, String)]) -> Command {
    let mut command = server(state);
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    command.envs(proxies.iter().map(|(name, value)| (name, value)));
    command
}

#[test]
fn a_password_that_others_can_read_is_warned_of_once_for_an_address() {
    let Some(ip) = outer_address() else {
        eprintln!("no network: only the decision is tested, in src/opencode/access.rs");
        return;
    };
    let (project, state) = (Project::new(&[]), tempfile::tempdir().expect("a folder"));
    let fake = Fake::start_on(ip);
    fake.demand(PASSWORD);
    let editor = Editor::spawn(through(&state, &[]));
    let mut params = Editor::default_params(&project);
    params["initializationOptions"] = json!({"server": {"url": fake.url(), "password": PASSWORD}});
    editor.initialize(params);
    let warning = editor.expect_notification("window/showMessage", |_| true);
    assert_eq!(warning["type"], 2);
    let said = warning["message"].as_str().expect("words");
    assert!(said.contains(&format!("on the way to {} can read the password", fake.url())), "{said}");
    assert!(said.contains("https://") && said.contains("ssh -L"), "{said}");
    // Again and again, and not said again: shutdown fails on unread messages.
    for count in 2..=3 {
        fake.wait_for_stream();
        fake.break_streams();
        fake.wait_for("GET /event", count);
    }
    editor.command("opencode.reconnect", json!([])).expect("taken");
    fake.wait_for("GET /event", 4);
    editor.shutdown();
}

#[test]
fn without_a_password_or_on_this_machine_nothing_is_warned_of() {
    let outer = outer_address().map(|ip| (Fake::start_on(ip), json!(null)));
    let local = (Fake::start(), json!(PASSWORD));
    for (fake, password) in outer.into_iter().chain([local]) {
        let (project, state) = (Project::new(&[]), tempfile::tempdir().expect("a folder"));
        let editor = Editor::spawn(through(&state, &[]));
        let mut params = Editor::default_params(&project);
        params["initializationOptions"] = json!({"server": {"url": fake.url(), "password": password}});
        editor.initialize(params);
        fake.wait_for_stream();
        editor.shutdown();
    }
}

#[test]
fn a_redirect_is_told_and_not_followed() {
    let (fake, other) = (Fake::start(), Fake::start());
    fake.redirect("GET /global/health", &format!("{}/global/health", other.url()));
    let (project, editor, _state) = silent_editor();
    let mut params = Editor::default_params(&project);
    params["initializationOptions"] = json!({"server": {"url": fake.url(), "password": PASSWORD}});
    editor.initialize(params);
    let said = message(&editor, "opencode-lsp: ");
    assert!(said.contains("it redirects (302)"), "{said}");
    testkit::eventually(|| editor.stderr().contains("attempts=2").then_some(()));
    assert!(fake.seen().iter().all(|seen| seen.authorization.is_some()));
    assert!(other.seen().is_empty());
    editor.shutdown();
}

#[test]
fn proxies_of_the_environment_do_not_catch_this_machine() {
    let (fake, proxy) = (Fake::start(), Fake::start());
    let names = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let proxies = names.map(|name| (name, proxy.url()));
    for host in ["127.0.0.1", "localhost"] {
        let (project, state) = (Project::new(&[]), tempfile::tempdir().expect("a folder"));
        let editor = Editor::spawn(through(&state, &proxies));
        let mut params = Editor::default_params(&project);
        let url = format!("http://{host}:{}", fake.port());
        params["initializationOptions"] = json!({"server": {"url": url, "password": PASSWORD}});
        editor.initialize(params);
        fake.wait_for_stream();
        fake.break_streams();
        editor.shutdown();
    }
    assert!(proxy.seen().is_empty());
}

#[test]
fn proxies_of_the_environment_lead_to_other_machines() {
    let proxy = Fake::start();
    let health = "GET http://opencode.invalid/global/health";
    proxy.answer(health, 200, "application/json", br#"{"healthy":true,"version":"1.0.0"}"#);
    let (project, state) = (Project::new(&[]), tempfile::tempdir().expect("a folder"));
    let editor = Editor::spawn(through(&state, &[("HTTP_PROXY", proxy.url()), ("http_proxy", proxy.url())]));
    let mut params = Editor::default_params(&project);
    params["initializationOptions"] = json!({"server": {"url": "http://opencode.invalid"}});
    editor.initialize(params);
    message(&editor, "opencode 1.0.0 is too old");
    assert!(proxy.seen().iter().any(|seen| seen.route == health));
    editor.shutdown();
}

/// An editor whose settings name this address and this file of certificates.
fn editor_with(url: &str, ca_file: Option<&std::path::Path>) -> (Editor, (Project, tempfile::TempDir)) {
    let (project, state) = (Project::new(&[]), tempfile::tempdir().expect("a folder"));
    let editor = Editor::spawn(through(&state, &[]));
    let mut params = Editor::default_params(&project);
    params["initializationOptions"] = json!({"server": {"url": url, "caFile": ca_file, "password": PASSWORD}});
    editor.initialize(params);
    (editor, (project, state))
}

#[test]
fn an_authority_of_ones_own_is_trusted_when_its_file_is_named() {
    let (fake, files) = (Fake::start(), tempfile::tempdir().expect("a folder"));
    fake.demand(PASSWORD);
    let (tls, other) = (Tls::before(fake.port()), Tls::before(fake.port()));
    let bundle = files.path().join("ca.pem");
    std::fs::write(&bundle, format!("Two of them:\n{}{}", other.authority(), tls.authority())).expect("written");
    let wrong = files.path().join("other.pem");
    std::fs::write(&wrong, other.authority()).expect("written");

    for ca_file in [None, Some(wrong.as_path())] {
        let (editor, _kept) = editor_with(&tls.url(), ca_file);
        let said = message(&editor, "opencode-lsp: ");
        assert!(said.contains(&format!("the certificate of {} is not trusted (", tls.url())), "{said}");
        assert!(said.ends_with("name the file of its authority in server.caFile"), "{said}");
        testkit::eventually(|| editor.stderr().contains("attempts=2").then_some(()));
        editor.shutdown();
    }
    assert!(fake.seen().is_empty());

    let (editor, _kept) = editor_with(&tls.url(), Some(&bundle));
    fake.wait_for_stream();
    editor.shutdown();
}

#[test]
fn a_file_that_holds_no_certificates_is_named() {
    let files = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = files.path().join(name);
        std::fs::write(&path, text).expect("written");
        path
    };
    let body = "-----BEGIN CERTIFICATE-----\nbm90aGluZw==\n-----END CERTIFICATE-----\n";
    for (path, said) in [
        (files.path().join("missing.pem"), "cannot be read ("),
        (file("empty.pem", ""), "no certificate is in "),
        (file("key.pem", &body.replace("CERTIFICATE", "PRIVATE KEY")), "no certificate is in "),
        (file("wrong.pem", body), "holds what is no certificate ("),
    ] {
        let (editor, _kept) = editor_with("https://127.0.0.1:1", Some(&path));
        let message = message(&editor, "opencode-lsp: server.caFile: ");
        assert!(message.contains(said), "{message}");
        assert!(message.contains(&path.display().to_string()), "{message}");
        editor.shutdown();
    }
}

#[test]
fn https_to_a_server_that_speaks_http_is_told() {
    let fake = Fake::start();
    let (editor, _kept) = editor_with(&fake.url().replace("http:", "https:"), None);
    let said = message(&editor, "opencode-lsp: ");
    assert!(said.contains("speaks no TLS that is understood"), "{said}");
    assert!(said.ends_with("if it is a plain server, write http://"), "{said}");
    editor.shutdown();
}
