//! Messages on a pipe.

use std::io::{self, BufRead, Read as _};

use serde_json::Value;

/// What came instead of a message.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The pipe broke.
    Pipe(io::Error),
    /// What came is not the protocol.
    Protocol(String),
}

/// A message with its header.
pub(crate) fn frame(message: &Value) -> Vec<u8> {
    let body = message.to_string();
    format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// The next message; nothing at a proper end of the input.
///
/// Strict where the protocol is, because an editor would choke on what is forgiven here.
pub(crate) fn read(reader: &mut impl BufRead) -> Result<Option<Value>, Fault> {
    let mut length = None;
    for first in std::iter::once(true).chain(std::iter::repeat(false)) {
        let mut line = Vec::new();
        reader.take(4096).read_until(b'\n', &mut line).map_err(Fault::Pipe)?;
        if line.is_empty() && first {
            return Ok(None);
        }
        let header = line
            .strip_suffix(b"\r\n")
            .and_then(|header| std::str::from_utf8(header).ok())
            .ok_or_else(|| no_header(&line))?;
        if header.is_empty() {
            break;
        }
        let (name, value) = header.split_once(": ").ok_or_else(|| no_header(&line))?;
        if name.eq_ignore_ascii_case("Content-Length") {
            length = Some(value.parse::<usize>().map_err(|_| no_header(&line))?);
        } else if !name.eq_ignore_ascii_case("Content-Type") {
            return Err(no_header(&line));
        }
    }
    let length = length.ok_or_else(|| Fault::Protocol("a message without a length".into()))?;

    let mut body = vec![0; length];
    reader
        .read_exact(&mut body)
        .map_err(|error| Fault::Protocol(format!("a message of {length} bytes cut short: {error}")))?;
    let message: Value = serde_json::from_slice(&body).map_err(|error| {
        let text = String::from_utf8_lossy(&body);
        Fault::Protocol(format!("a message that is no JSON ({error}): {text}"))
    })?;
    if message["jsonrpc"] != "2.0" {
        return Err(Fault::Protocol(format!("not JSON-RPC 2.0: {message}")));
    }
    Ok(Some(message))
}

fn no_header(line: &[u8]) -> Fault {
    let text = String::from_utf8_lossy(line);
    Fault::Protocol(format!("this is no header of a message: {text:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fault(mut bytes: &[u8]) -> String {
        match read(&mut bytes) {
            Err(Fault::Protocol(text)) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_framed_can_be_read() {
        let message = json!({"jsonrpc": "2.0", "method": "ä"});
        let mut bytes = frame(&message);
        bytes.extend(frame(&message));
        let mut reader = bytes.as_slice();
        assert_eq!(read(&mut reader).unwrap(), Some(message.clone()));
        assert_eq!(read(&mut reader).unwrap(), Some(message));
        assert_eq!(read(&mut reader).unwrap(), None);
    }

    #[test]
    fn anything_else_is_a_fault() {
        assert!(fault(b"Starting up...\n").contains("Starting up"));
        assert!(fault(b"Content-Length: 2\n\n{}").contains("no header"));
        assert!(fault(b"Content-Length: two\r\n\r\n{}").contains("two"));
        assert!(fault(b"\r\n{}").contains("without a length"));
        assert!(fault(b"Content-Length: 9\r\n\r\n{}").contains("cut short"));
        assert!(fault(b"Content-Length: 2\r\n\r\n{]").contains("no JSON"));
        assert!(fault(b"Content-Length: 2\r\n\r\n{}").contains("JSON-RPC"));
        assert!(fault(b"Content-Length: 2\r\n").contains("no header"));
    }
}
