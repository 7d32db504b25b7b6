//! One request on its way to the server, and the answer on its way back.

use std::io::{self, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::thread;

use super::{Fault, Shared, stream};
use crate::fake::Seen;
use crate::http::{Body, Head};

/// Passes on one request and its answer, or what a rule makes of them, and closes the connection.
pub(super) fn serve(client: TcpStream, server: u16, shared: &Shared) -> io::Result<()> {
    client.set_nodelay(true)?;
    let passed = pass(&client, server, shared);
    let _ = client.shutdown(Shutdown::Both);
    passed
}

fn pass(mut client: &TcpStream, server: u16, shared: &Shared) -> io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let Some(head) = Head::read(&mut reader)? else {
        return Ok(());
    };
    let mut body = Vec::new();
    Body::of_request(&head, reader).read_to_end(&mut body)?;
    let route = head.route();
    let authorization = head.header("authorization").map(str::to_owned);
    let seen = Seen { route: route.clone(), body: serde_json::from_slice(&body).unwrap_or_default(), authorization };
    let fault = shared.note(seen);
    if let Some(Fault::Answer { status, kind, body }) = &fault {
        let length = body.len();
        let head = format!("HTTP/1.1 {status} Spoilt\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n");
        return client.write_all(format!("{head}Connection: close\r\n\r\n{body}").as_bytes());
    }

    let upstream = TcpStream::connect((Ipv4Addr::LOCALHOST, server))?;
    (&upstream).write_all(&framed(&head, &body))?;
    let mut reader = BufReader::new(upstream.try_clone()?);
    let Some(head) = Head::read(&mut reader)? else {
        return Ok(());
    };
    if let Some(Fault::Late(delay)) = fault {
        thread::sleep(delay);
    }
    if route == "GET /event" && head.first.contains(" 200 ") {
        return stream::pass(client, &upstream, Body::of_response(&head, reader), shared);
    }
    let mut body = Vec::new();
    // Such an answer has no body and does not say so.
    if !head.first.contains(" 204 ") {
        Body::of_response(&head, reader).read_to_end(&mut body)?;
    }
    let answer = framed(&head, &body);
    let end = match fault {
        Some(Fault::Cut(0)) => 0,
        Some(Fault::Cut(after)) => answer.len() - body.len().saturating_sub(after),
        _ => answer.len(),
    };
    client.write_all(&answer[..end])
}

/// What says where a message ends, and whether another one follows.
const FRAMING: [&str; 4] = ["connection", "keep-alive", "content-length", "transfer-encoding"];

/// The message with its body in one piece, and no other one after it.
fn framed(head: &Head, body: &[u8]) -> Vec<u8> {
    let mut message = format!("{}\r\n", head.first);
    for (name, value) in head.headers.iter().filter(|(name, _)| !FRAMING.contains(&name.as_str())) {
        message += &format!("{name}: {value}\r\n");
    }
    if !body.is_empty() {
        message += &format!("content-length: {}\r\n", body.len());
    }
    message += "connection: close\r\n\r\n";
    let mut message = message.into_bytes();
    message.extend(body);
    message
}
