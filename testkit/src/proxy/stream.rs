//! An event stream on its way to the client, event by event.

use std::io::{self, BufRead, Read, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::Shared;

/// One client's stream.
pub(crate) struct Stream {
    /// Locked for the length of an event, so that nothing gets into the middle of one.
    out: Mutex<TcpStream>,
    /// The same connection, for closing it in the middle of an event.
    both: [TcpStream; 2],
    silent: AtomicBool,
}

impl Stream {
    /// Sends bytes as they are, unless the stream is silent. A client that has gone is no fault of the test.
    pub(super) fn send(&self, bytes: &[u8]) {
        if !self.silent.load(Ordering::Acquire) {
            let _ = self.out.lock().unwrap_or_else(PoisonError::into_inner).write_all(bytes);
        }
    }

    pub(super) fn silence(&self) {
        self.silent.store(true, Ordering::Release);
    }

    pub(super) fn close(&self) {
        for side in &self.both {
            let _ = side.shutdown(Shutdown::Both);
        }
    }
}

/// Passes events on until one side closes.
pub(super) fn pass(client: &TcpStream, server: &TcpStream, body: impl Read, shared: &Shared) -> io::Result<()> {
    let stream = Arc::new(Stream {
        out: Mutex::new(client.try_clone()?),
        both: [client.try_clone()?, server.try_clone()?],
        silent: AtomicBool::new(false),
    });
    stream.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n");
    let most = {
        let mut state = shared.lock();
        state.streams.push(Arc::clone(&stream));
        state.most_events.unwrap_or(usize::MAX)
    };
    let mut events = io::BufReader::new(body);
    for _ in 0..most {
        let Ok(Some(event)) = next(&mut events) else {
            break;
        };
        for event in shared.tampered(event) {
            stream.send(&event);
        }
    }
    stream.close();
    shared.lock().streams.retain(|open| !Arc::ptr_eq(open, &stream));
    Ok(())
}

/// The next event with its empty line; nothing at the end.
fn next(events: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut event = Vec::new();
    loop {
        let before = event.len();
        if events.read_until(b'\n', &mut event)? == 0 {
            return Ok(None);
        }
        if matches!(&event[before..], b"\n" | b"\r\n") {
            return Ok(Some(event));
        }
    }
}
