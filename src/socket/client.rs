//! The shell's side: finds the bridges of a workspace folder, and asks one.

use std::io;
use std::path::Path;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::place::{self, Files, Record};
use super::system;
use super::wire::{self, Answer, DIFF, LIST, MAX_LINE, Request};
use crate::core::changes::{FileFate, ReviewedFile};
use crate::core::ids::DocumentUri;

/// An editor may take ten seconds to answer an edit, and one more to show it.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// Why a bridge did not do it.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// It does not keep the reviews of this folder.
    #[error("another opencode-lsp keeps the reviews of this folder; try again in a moment")]
    Elsewhere,
    #[error("{0}")]
    Refused(String),
    #[error("the editor's opencode-lsp has gone ({0}); try again")]
    Gone(io::Error),
    #[error("the editor's opencode-lsp is another version ({0}); restart the editor")]
    Version(serde_json::Error),
    #[error("the editor's opencode-lsp does not answer; what was asked may still happen, see opencode-lsp review")]
    Silent,
}

/// A bridge that listens.
pub struct Connection {
    stream: system::ClientStream,
    key: String,
}

/// The bridges of a workspace folder, by the folder of their own files. What dead ones left is removed.
pub async fn connect(own: &Path) -> Vec<Connection> {
    let folder = own.to_path_buf();
    let records = tokio::task::spawn_blocking(move || place::records(&folder)).await.unwrap_or_default();
    let mut found = Vec::new();
    for (record, files) in records {
        found.extend(connect_to(record, files).await);
    }
    found
}

/// Removes what dead bridges of a workspace folder left.
pub(super) async fn sweep(own: &Path) {
    connect(own).await;
}

async fn connect_to(record: Record, files: Files) -> Option<Connection> {
    let connected = tokio::time::timeout(CONNECT_WITHIN, system::connect(&record.socket)).await;
    match connected.unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut))) {
        Ok(stream) => Some(Connection { stream, key: record.key }),
        Err(error) if matches!(error.kind(), io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound) => {
            tracing::debug!(%error, "a bridge has gone and left its socket");
            let _ = tokio::task::spawn_blocking(move || files.remove()).await;
            None
        }
        Err(error) => {
            tracing::warn!(%error, "a bridge cannot be asked");
            None
        }
    }
}

impl Connection {
    pub async fn list(&mut self) -> Result<Vec<ReviewedFile>, CallError> {
        self.call(LIST, None).await
    }

    pub async fn diff(&mut self, uri: Option<&DocumentUri>) -> Result<String, CallError> {
        self.call(DIFF, uri.map(|uri| json!({ "uri": uri.as_str() }))).await
    }

    /// Runs a command as `workspace/executeCommand` does, and waits for what becomes of it.
    pub async fn run(&mut self, command: &str, argument: Option<Value>) -> Result<Vec<FileFate>, CallError> {
        self.call(command, argument).await
    }

    async fn call<T: DeserializeOwned>(&mut self, command: &str, argument: Option<Value>) -> Result<T, CallError> {
        let request =
            Request { key: self.key.clone(), command: command.to_owned(), arguments: argument.into_iter().collect() };
        let exchange = async {
            wire::write_line(&mut self.stream, &request).await?;
            wire::read_line(&mut self.stream, MAX_LINE).await
        };
        let line = match tokio::time::timeout(ANSWER_WITHIN, exchange).await {
            Err(_) => return Err(CallError::Silent),
            Ok(line) => line.map_err(CallError::Gone)?,
        };
        let line = line.ok_or_else(|| CallError::Gone(io::Error::from(io::ErrorKind::UnexpectedEof)))?;
        let answer: Answer = serde_json::from_slice(&line).map_err(CallError::Version)?;
        match answer {
            Answer::Result(value) => serde_json::from_value(value).map_err(CallError::Version),
            Answer::Error(problem) => Err(CallError::Refused(problem)),
            Answer::Elsewhere => Err(CallError::Elsewhere),
        }
    }
}
