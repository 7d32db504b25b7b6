//! As much of HTTP/1.1 as the model's server and the tests' client need: one request per
//! connection.

use std::io::{self, BufRead, BufReader, Read, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

/// The first line and the headers of a request or a response.
pub(crate) struct Head {
    /// Request line or status line.
    pub(crate) first: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
}

impl Head {
    /// The next head, or nothing when the other side is done.
    pub(crate) fn read(reader: &mut impl BufRead) -> io::Result<Option<Self>> {
        let first = line(reader)?;
        if first.is_empty() {
            return Ok(None);
        }
        let mut headers = Vec::new();
        loop {
            let line = line(reader)?;
            if line.is_empty() {
                return Ok(Some(Self { first, headers }));
            }
            let Some((name, value)) = line.split_once(':') else {
                return Err(malformed(&line));
            };
            headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }

    /// A request's method and path, without its query: `POST /session`.
    pub(crate) fn route(&self) -> String {
        let mut words = self.first.split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        format!("{method} {}", target.split('?').next().unwrap_or_default())
    }

    /// A header's value; the name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A body, decoded.
pub(crate) struct Body<R> {
    reader: R,
    left: Left,
}

enum Left {
    /// So many bytes, and then nothing.
    Bytes(u64),
    /// So many bytes of this chunk; at 0 a new chunk begins.
    Chunk(u64),
    /// Whatever comes until the other side closes.
    All,
}

impl<R: BufRead> Body<R> {
    /// The body that follows a head; `otherwise` is for one that tells no length.
    fn new(head: &Head, reader: R, otherwise: Left) -> Self {
        let chunked = head.header("transfer-encoding").is_some_and(|encoding| encoding.eq_ignore_ascii_case("chunked"));
        let length = head.header("content-length").and_then(|length| length.parse().ok());
        let left = match (chunked, length) {
            (true, _) => Left::Chunk(0),
            (false, Some(length)) => Left::Bytes(length),
            (false, None) => otherwise,
        };
        Self { reader, left }
    }

    /// A request's body.
    pub(crate) fn of_request(head: &Head, reader: R) -> Self {
        Self::new(head, reader, Left::Bytes(0))
    }

    /// A response's body.
    pub(crate) fn of_response(head: &Head, reader: R) -> Self {
        Self::new(head, reader, Left::All)
    }
}

impl<R: BufRead> Read for Body<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if matches!(self.left, Left::Chunk(0)) {
            let line = line(&mut self.reader)?;
            let size = line.split(';').next().unwrap_or_default().trim();
            let size = u64::from_str_radix(size, 16).map_err(|_| malformed(&line))?;
            if size == 0 {
                self.left = Left::Bytes(0);
            } else {
                self.left = Left::Chunk(size);
            }
        }
        let (Left::Bytes(left) | Left::Chunk(left)) = &mut self.left else {
            return self.reader.read(buffer);
        };
        if *left == 0 || buffer.is_empty() {
            return Ok(0);
        }
        let most = usize::try_from(*left).map_or(buffer.len(), |left| left.min(buffer.len()));
        let count = self.reader.read(&mut buffer[..most])?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        *left -= count as u64;
        if matches!(self.left, Left::Chunk(0)) {
            line(&mut self.reader)?;
        }
        Ok(count)
    }
}

/// A response whose body is yet to be read.
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) body: Body<BufReader<TcpStream>>,
    /// The connection, for its time-outs.
    pub(crate) stream: TcpStream,
}

/// Sends one request to a loopback server.
pub(crate) fn send(
    port: u16,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: Option<&str>,
    patience: Duration,
) -> io::Result<Response> {
    let address = (Ipv4Addr::LOCALHOST, port).into();
    let mut stream = TcpStream::connect_timeout(&address, patience)?;
    stream.set_read_timeout(Some(patience))?;
    let mut request = format!("{method} {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n");
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    if let Some(body) = body {
        request += &format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
    }
    request += "\r\n";
    request += body.unwrap_or_default();
    stream.write_all(request.as_bytes())?;

    let mut reader = BufReader::new(stream.try_clone()?);
    let Some(head) = Head::read(&mut reader)? else {
        return Err(io::ErrorKind::UnexpectedEof.into());
    };
    let status =
        head.first.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(|| malformed(&head.first))?;
    Ok(Response { status, body: Body::of_response(&head, reader), stream })
}

/// One line without its end; empty at the end of the input, too.
fn line(reader: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    line.truncate(line.trim_end_matches(['\r', '\n']).len());
    Ok(line)
}

fn malformed(text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("this is no HTTP: {text:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> String {
        let mut reader = text.as_bytes();
        let head = Head::read(&mut reader).unwrap().unwrap();
        let mut out = String::new();
        Body::of_response(&head, reader).read_to_string(&mut out).unwrap();
        out
    }

    #[test]
    fn bodies_of_every_kind() {
        assert_eq!(body("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabcd"), "ab");
        assert_eq!(body("HTTP/1.1 200 OK\r\n\r\nabcd"), "abcd");
        assert_eq!(
            body("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1;x\r\nd\r\n0\r\n\r\n"),
            "abcd"
        );
    }

    #[test]
    fn a_body_cut_short_is_an_error() {
        let mut reader = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabcd".as_bytes();
        let head = Head::read(&mut reader).unwrap().unwrap();
        let mut out = Vec::new();
        assert!(Body::of_response(&head, reader).read_to_end(&mut out).is_err());
    }
}
