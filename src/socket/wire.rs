//! What travels: one line of JSON for a request, one for its answer, as often as the client likes.

use std::io;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};

/// A longer line is not read: 64 MiB, which holds the texts of all changes that are kept.
pub(super) const MAX_LINE: u64 = 64 * 1024 * 1024;

#[derive(Serialize, Deserialize)]
pub(super) struct Request {
    pub key: String,
    /// As in `workspace/executeCommand`, or [`LIST`] or [`DIFF`].
    pub command: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<Value>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Answer {
    Result(Value),
    /// Why nothing was done, for people.
    Error(String),
    /// Another process keeps the reviews of this folder.
    Elsewhere,
}

/// All changes that are not reviewed.
pub(super) const LIST: &str = "opencode.review.list";
/// Their diff, of a file (`uri`) or of all.
pub(super) const DIFF: &str = "opencode.review.diff";

/// The next line without its end; none at the end of the stream, and for a line that is too long.
pub(super) async fn read_line(input: &mut (impl AsyncRead + Unpin), most: u64) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    // Byte for byte there is nothing after the line: who writes waits for the answer.
    BufReader::new(input.take(most)).read_until(b'\n', &mut line).await?;
    Ok((line.pop() == Some(b'\n')).then_some(line))
}

pub(super) async fn write_line(output: &mut (impl AsyncWrite + Unpin), message: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    output.write_all(&line).await?;
    output.flush().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_end_at_their_end_or_at_the_limit() {
        let mut input = &b"{}\n[1]\nrest"[..];
        assert_eq!(read_line(&mut input, 3).await.expect("read"), Some(b"{}".to_vec()));
        assert_eq!(read_line(&mut &b"[1]\n"[..], 3).await.expect("read"), None);
        assert_eq!(read_line(&mut &b"rest"[..], 10).await.expect("read"), None);
        assert_eq!(read_line(&mut &b""[..], 10).await.expect("read"), None);
    }
}
