//! LSP messages over a pair of pipes.
//!
//! `tower_lsp_server::Server` ends at the first malformed message, runs a few handlers at a time and
//! hangs on a panic in one; this loop has none of that. What handlers post arrives in the order of
//! the messages: the next one is read only when a handler has posted its event ([`posting`]); what it
//! waits for after that, such as an answer, it waits for in a task of its own.

use std::io;
use std::panic::AssertUnwindSafe;
use std::task::Poll;

use futures_util::future::poll_fn;
use futures_util::{FutureExt, SinkExt, StreamExt};
use serde::Serialize;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::sync::mpsc;
use tower_lsp_server::jsonrpc::{Error, Id, Request, Response};
use tower_lsp_server::{ClientSocket, LanguageServer, LspService};
use tower_service::Service;

use super::direct::{Bodies, Body};
use super::posting;
use crate::lifecycle::{Ender, Ending};

/// A header line is never longer; what is longer is garbage.
const MAX_LINE: u64 = 8 * 1024;
/// Larger messages are skipped: no document of an editor is that large.
const MAX_MESSAGE: usize = 1 << 30;
const WAITING_RESPONSES: usize = 64;

/// Runs the service until the input ends or `exit` arrives, and until everything is written.
pub async fn serve<S: LanguageServer>(
    input: impl AsyncRead + Unpin,
    output: impl AsyncWrite + Unpin,
    mut service: LspService<S>,
    socket: ClientSocket,
    mut bodies: Bodies,
    ender: Ender,
) {
    let (requests, mut answers) = socket.split();
    let (responses, responses_out) = mpsc::channel(WAITING_RESPONSES);
    let (requests, requests_end) = futures_util::stream::abortable(requests);
    let bodies = futures_util::stream::poll_fn(move |cx| bodies.poll_recv(cx));
    let (bodies, bodies_end) = futures_util::stream::abortable(bodies);
    let write = write_all(output, responses_out, requests, bodies);
    let read = async {
        let mut input = BufReader::new(input);
        loop {
            let frame = match read_frame(&mut input).await {
                Ok(Some(frame)) => frame,
                Ok(None) => break,
                Err(error) => {
                    tracing::error!(%error, "the input cannot be read");
                    break;
                }
            };
            match parse(&frame) {
                Ok(Incoming::Request(request)) => {
                    if poll_fn(|cx| service.poll_ready(cx)).await.is_err() {
                        break;
                    }
                    let method = request.method().to_owned();
                    tracing::debug!(method, "from the editor");
                    let handler = guarded(request.id().cloned(), method.clone(), service.call(request));
                    start(&method, handler, &responses).await;
                    if method == "exit" {
                        ender.end(Ending::Exit);
                        break;
                    }
                }
                Ok(Incoming::Response(response)) => {
                    if let Err(error) = answers.send(response).await {
                        tracing::debug!(%error, "an answer to nothing");
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "a malformed message");
                    let _ = responses.send(Response::from_error(Id::Null, error)).await;
                }
            }
        }
        ender.end(Ending::EndOfInput);
        requests_end.abort();
        bodies_end.abort();
        drop(responses);
    };
    tokio::join!(read, write);
}

/// A handler whose fault is its own: the caller gets an error, everyone else goes on.
async fn guarded<E: std::fmt::Display>(
    id: Option<Id>,
    method: String,
    handler: impl Future<Output = Result<Option<Response>, E>>,
) -> Option<Response> {
    match AssertUnwindSafe(handler).catch_unwind().await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => {
            tracing::warn!(%error, method, "not handled");
            None
        }
        Err(_) => {
            tracing::error!(method, "a handler failed; please report it");
            id.map(|id| Response::from_error(id, Error::internal_error()))
        }
    }
}

/// Runs a handler until it has posted what it has to post; the rest of it goes on as a task.
async fn start(
    method: &str,
    handler: impl Future<Output = Option<Response>> + Send + 'static,
    responses: &mpsc::Sender<Response>,
) {
    let mut handler = Box::pin(posting::watched(handler));
    let responses = responses.clone();
    // `exit` would cancel a `shutdown` that is still at work, and some clients send both at once.
    let to_its_end = method == "shutdown";
    let first = poll_fn(|cx| match handler.as_mut().poll(cx) {
        Poll::Ready(response) => Poll::Ready(Some(response)),
        Poll::Pending if handler.is_posting() || to_its_end => Poll::Pending,
        Poll::Pending => Poll::Ready(None),
    });
    // The writer is gone only when the output is, and then all ends.
    match first.await {
        Some(Some(response)) => {
            let _ = responses.send(response).await;
        }
        Some(None) => {}
        None => {
            tokio::spawn(async move {
                if let Some(response) = handler.await {
                    let _ = responses.send(response).await;
                }
            });
        }
    }
}

#[derive(Debug)]
enum Incoming {
    Request(Request),
    Response(Response),
}

fn parse(frame: &[u8]) -> Result<Incoming, Error> {
    let failed =
        |error: serde_json::Error| if error.is_data() { Error::invalid_request() } else { Error::parse_error() };
    let request: Request = serde_json::from_slice(frame).map_err(failed)?;
    if !request.method().is_empty() {
        return Ok(Incoming::Request(request));
    }
    serde_json::from_slice(frame).map(Incoming::Response).map_err(failed)
}

/// The next message's body; none at the end of input. Garbage between messages is skipped.
async fn read_frame(input: &mut (impl AsyncBufReadExt + Unpin)) -> io::Result<Option<Vec<u8>>> {
    let mut length = None;
    loop {
        let mut line = Vec::new();
        if (&mut *input).take(MAX_LINE).read_until(b'\n', &mut line).await? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&line);
        if let Some((_, value)) = line.split_once("Content-Length:") {
            length = value.trim().parse::<usize>().ok();
        } else if line.trim().is_empty()
            && let Some(length) = length.take()
        {
            if length <= MAX_MESSAGE {
                return read_body(input, length).await;
            }
            tracing::error!(length, "a message too large to read");
            let mut rest = (&mut *input).take(length as u64);
            tokio::io::copy(&mut rest, &mut tokio::io::sink()).await?;
        }
    }
}

async fn read_body(input: &mut (impl AsyncBufReadExt + Unpin), length: usize) -> io::Result<Option<Vec<u8>>> {
    // Grows with what really arrives: a length is only a claim.
    let mut body = Vec::new();
    let read = input.take(length as u64).read_to_end(&mut body).await?;
    Ok((read == length).then_some(body))
}

/// Writes responses, the server's own requests and bodies of notifications until all are over. A body
/// never overtakes what was sent before it.
async fn write_all(
    mut output: impl AsyncWrite + Unpin,
    mut responses: mpsc::Receiver<Response>,
    requests: impl futures_util::Stream<Item = Request>,
    bodies: impl futures_util::Stream<Item = Body>,
) {
    let mut requests = std::pin::pin!(requests.fuse());
    let mut bodies = std::pin::pin!(bodies.fuse());
    // Held back for one more look at the others: they may have got what was sent before it meanwhile.
    let mut held: Option<Body> = None;
    loop {
        let message = tokio::select! {
            biased;
            Some(response) = responses.recv() => Message::of(&response),
            Some(request) = requests.next() => Message::of(&request),
            () = std::future::ready(()), if held.is_some() => held.take().map(Message::Body),
            Some(body) = bodies.next() => {
                held = Some(body);
                None
            }
            else => return,
        };
        let Some(message) = message else {
            continue;
        };
        if let Err(error) = write_frame(&mut output, message.json()).await {
            tracing::info!(%error, "the editor does not listen any more");
            return;
        }
    }
}

/// What is written next.
enum Message {
    Json(String),
    Body(Body),
}

impl Message {
    fn of(message: &impl Serialize) -> Option<Self> {
        match serde_json::to_string(message) {
            Ok(json) => Some(Self::Json(json)),
            Err(error) => {
                tracing::error!(%error, "a message that cannot be written as JSON");
                None
            }
        }
    }

    fn json(&self) -> &str {
        match self {
            Self::Json(json) => json,
            Self::Body(body) => &body.json,
        }
    }
}

/// A message with its header.
async fn write_frame(output: &mut (impl AsyncWrite + Unpin), body: &str) -> io::Result<()> {
    let frame = format!("Content-Length: {}\r\n\r\n{body}", body.len());
    output.write_all(frame.as_bytes()).await?;
    output.flush().await
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn frames(mut input: &[u8]) -> Vec<String> {
        let mut frames = Vec::new();
        while let Some(frame) = read_frame(&mut input).await.expect("memory") {
            frames.push(String::from_utf8(frame).expect("UTF-8"));
        }
        frames
    }

    #[tokio::test]
    async fn garbage_between_messages_is_skipped() {
        let input = b"oops\r\n\r\nContent-Length: 2\r\nContent-Type: x\r\n\r\n{}xyzContent-Length: 3\r\n\r\nabcContent-Length: 9\r\n\r\ncut";
        assert_eq!(frames(input).await, ["{}", "abc"]);
        assert_eq!(frames(b"Content-Length: -1\r\n\r\nContent-Length: 1\r\n\r\nz").await, ["z"]);
    }

    #[test]
    fn messages_of_the_wrong_shape_are_told_apart() {
        assert!(matches!(parse(br#"{"jsonrpc":"2.0","method":"exit"}"#), Ok(Incoming::Request(_))));
        assert!(matches!(parse(br#"{"jsonrpc":"2.0","id":1,"result":null}"#), Ok(Incoming::Response(_))));
        assert_eq!(parse(b"{").expect_err("syntax"), Error::parse_error());
        assert_eq!(parse(b"[]").expect_err("no batches"), Error::invalid_request());
        assert_eq!(parse(br#"{"jsonrpc":"2.0"}"#).expect_err("neither"), Error::invalid_request());
        assert_eq!(parse(b"\xff").expect_err("no UTF-8"), Error::parse_error());
    }
}
