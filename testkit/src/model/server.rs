//! One connection to the model.

use std::io::{self, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::thread;

use serde_json::{Value, json};

use super::script::{Answer, Message, answer, is_turn};
use super::stream::Stream;
use super::{MODEL_ID, Shared};
use crate::http::{Body, Head};

/// Answers the connection's request and closes it.
pub(crate) fn serve(stream: &TcpStream, shared: &Arc<Shared>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let answered = respond(stream, shared);
    // Also ends the thread that watches for the client's leaving.
    let _ = stream.shutdown(Shutdown::Both);
    answered
}

fn respond(stream: &TcpStream, shared: &Arc<Shared>) -> io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let Some(head) = Head::read(&mut reader)? else {
        return Ok(());
    };
    let mut body = Vec::new();
    Body::of_request(&head, reader).read_to_end(&mut body)?;

    let mut words = head.first.split(' ');
    let (method, target) = (words.next(), words.next().unwrap_or_default());
    let path = target.split('?').next().unwrap_or_default();
    if method == Some("GET") && path.ends_with("/models") {
        let models = json!({"object": "list", "data": [{"id": MODEL_ID, "object": "model"}]});
        return whole(stream, "200 OK", &models);
    }
    if method != Some("POST") || !path.ends_with("/chat/completions") {
        return fail(stream, "404 Not Found", "testkit: no such route");
    }
    let Ok(request) = serde_json::from_slice::<Value>(&body) else {
        return fail(stream, "400 Bad Request", "testkit: the request is no JSON");
    };
    let otherwise = shared.lock().otherwise.clone();
    let answer = answer(&request, otherwise.as_deref());
    if is_turn(&request) {
        shared.lock().requests.push(request);
        shared.changed.notify_all();
    }
    match answer {
        Answer::Fail(message) => fail(stream, "400 Bad Request", &message),
        Answer::Message(message) => send(stream, shared, &message),
    }
}

fn send(out: &TcpStream, shared: &Arc<Shared>, message: &Message) -> io::Result<()> {
    let mut stream = Stream::begin(out)?;
    let mut words = message.say.split_inclusive(' ');
    if let Some(gate) = &message.gate {
        if let Some(first) = words.next() {
            stream.text(first)?;
        }
        if !pass(gate, out, shared)? {
            return Ok(());
        }
    }
    for word in words {
        stream.text(word)?;
    }
    if message.calls.is_empty() {
        return stream.end("stop");
    }
    stream.calls(&message.calls)?;
    stream.end("tool_calls")
}

/// Waits at a gate; false when there is nobody left to answer.
fn pass(gate: &str, out: &TcpStream, shared: &Arc<Shared>) -> io::Result<bool> {
    let gone = Arc::new(AtomicBool::new(false));
    watch(out.try_clone()?, Arc::clone(&gone), Arc::clone(shared));

    let mut state = shared.lock();
    *state.blocked.entry(gate.into()).or_default() += 1;
    shared.changed.notify_all();
    while !state.open.contains(gate) && !state.closed && !gone.load(Ordering::Relaxed) {
        state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
    }
    if let Some(count) = state.blocked.get_mut(gate) {
        *count -= 1;
    }
    shared.changed.notify_all();
    Ok(state.open.contains(gate) && !gone.load(Ordering::Relaxed))
}

/// Notices that the client closes the connection: it has nothing more to send, so that a read
/// returns only then.
fn watch(mut stream: TcpStream, gone: Arc<AtomicBool>, shared: Arc<Shared>) {
    thread::spawn(move || {
        while matches!(stream.read(&mut [0; 64]), Ok(count) if count > 0) {}
        // Under the lock, or else the waiting one could miss it between its look and its wait.
        let state = shared.lock();
        gone.store(true, Ordering::Relaxed);
        drop(state);
        shared.changed.notify_all();
    });
}

fn fail(stream: &TcpStream, status: &str, message: &str) -> io::Result<()> {
    let error = json!({"message": message, "type": "invalid_request_error", "code": null});
    whole(stream, status, &json!({ "error": error }))
}

fn whole(mut stream: &TcpStream, status: &str, body: &Value) -> io::Result<()> {
    let body = body.to_string();
    let response = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(response.as_bytes())
}
