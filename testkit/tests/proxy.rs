//! The proxy in front of a server that answers as a real one does.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;
use testkit::{Fake, Fault, Proxy};

/// The answer to one request, as it came, and whether it ended properly.
fn get(proxy: &Proxy, path: &str) -> String {
    let address = proxy.url().trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(address).expect("a proxy");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a time limit");
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

fn behind() -> (Fake, Proxy) {
    let fake = Fake::start();
    let proxy = Proxy::before(fake.port());
    (fake, proxy)
}

#[test]
fn it_passes_on_what_it_is_not_told_to_spoil() {
    let (fake, proxy) = behind();
    let answer = get(&proxy, "/global/health?directory=x");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.ends_with(r#""version":"1.18.34"}"#), "{answer}");
    assert_eq!(fake.seen().len(), 1);
    assert_eq!(proxy.count(|route| route == "GET /global/health"), 1);
}

#[test]
fn it_spoils_answers_until_it_is_healed() {
    let (fake, proxy) = behind();
    let health = |route: &str| route == "GET /global/health";
    proxy.spoil(health, Fault::Answer { status: 502, kind: "text/html", body: "<h1>".to_owned() });
    assert!(get(&proxy, "/global/health").ends_with("\r\n\r\n<h1>"));
    assert!(fake.seen().is_empty());
    proxy.spoil(health, Fault::Cut(3));
    assert!(get(&proxy, "/global/health").ends_with("\r\n\r\n{\"h"));
    proxy.spoil(health, Fault::Cut(0));
    assert_eq!(get(&proxy, "/global/health"), "");
    assert_eq!(fake.seen().len(), 2);
    proxy.heal();
    assert!(get(&proxy, "/global/health").ends_with('}'));
}

#[test]
fn it_changes_adds_and_withholds_events() {
    let (fake, proxy) = behind();
    proxy.tamper(|event| vec![event.to_vec(), event.to_vec()]);
    let listening = std::thread::scope(|scope| {
        let listening = scope.spawn(|| get(&proxy, "/event"));
        fake.wait_for_stream();
        // The stream is known to the proxy when its first event has come through, which the fake cannot tell.
        testkit::eventually(|| {
            proxy.inject(b": in between\n\n");
            (proxy.open_streams() == 1).then_some(())
        });
        proxy.inject(b": in between\n\n");
        proxy.silence_streams();
        fake.push(&json!({"type": "lost"}));
        proxy.break_streams();
        listening.join().expect("a stream")
    });
    assert_eq!(listening.matches("server.connected").count(), 2, "{listening}");
    assert!(listening.contains(": in between\n\n"), "{listening}");
    assert!(!listening.contains("lost"), "{listening}");
}
