//! `opencode-lsp ask`: a question from the command line, for editors' shell commands (Helix's `:sh`).

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::config::Overrides;
use crate::core::documents::OpenDocument;
use crate::core::ids::{DocumentUri, PermissionId, SessionId};
use crate::core::inert::{inert, inert_lines};
use crate::core::place::relative;
use crate::core::prompt::{Excerpt, compose, key_text};
use crate::core::server::{Failure, PromptOptions, PromptPart, TurnRecord};
use crate::doctor;
use crate::opencode::Client;
use crate::opencode::error::ClientError;
use crate::text::{Encoding, Point, Span};

const LOOK_EVERY: Duration = Duration::from_millis(500);
/// opencode 1.17 and 1.18 may take more than ten seconds until a prompt is seen among a session's messages.
const TAKEN_WITHIN: Duration = Duration::from_secs(60);

/// What is asked, and about what.
#[derive(Debug, clap::Args)]
pub struct Question {
    /// The file that it is about
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Its lines, such as 3-7 or 3, counted from 1
    #[arg(long, value_name = "LINES", value_parser = lines, requires = "file")]
    lines: Option<(u32, u32)>,
    /// Read the text that it is about from standard input, such as a selection that is not saved
    #[arg(long)]
    stdin: bool,
    /// The project's folder [default: the current one]
    #[arg(long, value_name = "FOLDER")]
    directory: Option<PathBuf>,
    /// A JSON file with settings as your editor has them, such as {"server": {"url": "…"}}
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// The question
    #[arg(required = true, value_name = "QUESTION")]
    words: Vec<String>,
}

/// Why there is no answer, for people.
#[derive(Debug, thiserror::Error)]
enum AskError {
    #[error("{0}")]
    NoServer(String),
    #[error("{path} cannot be read ({error})", path = path.display())]
    File { path: PathBuf, error: std::io::Error },
    #[error("{} is no text", .0.display())]
    NoText(PathBuf),
    #[error("standard input cannot be read ({0})")]
    Input(std::io::Error),
    #[error("the question was not sent: {0}")]
    NotSent(ClientError),
    #[error("the question was sent to session {0}, and then: {1}")]
    Lost(SessionId, ClientError),
    #[error("opencode did not take the question within a minute; see session {0}")]
    NotTaken(SessionId),
    #[error("session {0} is not there any more")]
    Gone(SessionId),
    #[error("the turn was stopped")]
    Aborted,
    #[error("opencode: {0}")]
    Failed(String),
}

/// Prints the answer; the exit code is 0 when there is one, else 1.
pub async fn run(overrides: Overrides, question: Question) -> u8 {
    match ask(&overrides, question).await {
        Ok(answer) => {
            println!("{}", inert_lines(answer.trim_end()));
            0
        }
        Err(error) => {
            eprintln!("opencode-lsp: {error}");
            1
        }
    }
}

async fn ask(overrides: &Overrides, question: Question) -> Result<String, AskError> {
    let Question { file, lines, stdin, directory, settings, words } = question;
    let reached = doctor::reach(overrides, directory, settings.as_deref()).await;
    let (client, root) = reached.map_err(AskError::NoServer)?;
    let parts = parts(&words.join(" "), file, lines, stdin, &root)?;
    let known = pending(&client).await.map_err(AskError::NotSent)?;
    let session = client.create_session().await.map_err(AskError::NotSent)?;
    client.prompt(&session, &parts, &PromptOptions::default()).await.map_err(AskError::NotSent)?;
    wait(&client, &session, key_text(&parts), known).await
}

fn parts(
    question: &str,
    file: Option<PathBuf>,
    lines: Option<(u32, u32)>,
    stdin: bool,
    root: &Path,
) -> Result<Vec<PromptPart>, AskError> {
    if stdin {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(AskError::Input)?;
        let name = file.map_or_else(|| "the selection".to_owned(), |file| name_of(&file, root));
        let excerpt = Excerpt { name, in_project: false, language: String::new(), lines, text };
        return Ok(compose(question, Some(&excerpt), None, false, &[]));
    }
    let Some(file) = file else {
        return Ok(compose(question, None, None, true, &[]));
    };
    let failed = |error| AskError::File { path: file.clone(), error };
    let path = match in_project(&file, root) {
        Some(name) => root.join(name),
        None => std::path::absolute(&file).map_err(failed)?,
    };
    let bytes = std::fs::read(&path).map_err(failed)?;
    let text = String::from_utf8(bytes).map_err(|_| AskError::NoText(file.clone()))?;
    let uri = DocumentUri::from_path(&path).ok_or_else(|| AskError::NoText(file.clone()))?;
    let document = OpenDocument::new(uri, String::new(), 1, &text);
    let span = lines.map(|(first, last)| Span {
        start: Point { line: first - 1, character: 0 },
        end: Point { line: last - 1, character: u32::MAX },
    });
    let excerpt = Excerpt::of(&document, span, root, Encoding::Utf16);
    Ok(compose(question, Some(&excerpt), Some(&path), true, &[]))
}

fn name_of(file: &Path, root: &Path) -> String {
    in_project(file, root).unwrap_or_else(|| file.display().to_string())
}

/// The name of a file within the project, by whatever way it was named.
fn in_project(file: &Path, root: &Path) -> Option<String> {
    relative(&file.canonicalize().ok()?, &root.canonicalize().ok()?)
}

/// Waits for the end of the turn; what it waits for itself is told meanwhile.
async fn wait(
    client: &Client,
    session: &SessionId,
    text: &str,
    mut told: Vec<PermissionId>,
) -> Result<String, AskError> {
    let lost = |error| AskError::Lost(session.clone(), error);
    let (begun, mut prompt) = (Instant::now(), None);
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let turn = client.turn(session, prompt.as_ref(), text, &[]).await.map_err(lost)?;
        if let Some(answer) = end_of(&turn, session)? {
            return Ok(answer);
        }
        prompt = prompt.or(turn.prompt);
        if prompt.is_none() && !turn.busy && begun.elapsed() > TAKEN_WITHIN {
            return Err(AskError::NotTaken(session.clone()));
        }
        tell_permissions(client, &mut told).await.map_err(lost)?;
    }
}

/// The answer, once the turn is over.
fn end_of(turn: &TurnRecord, session: &SessionId) -> Result<Option<String>, AskError> {
    if turn.gone {
        return Err(AskError::Gone(session.clone()));
    }
    if turn.busy {
        return Ok(None);
    }
    match &turn.failure {
        Some(Failure::Aborted) => Err(AskError::Aborted),
        Some(Failure::Error { message }) => Err(AskError::Failed(inert(message, 300))),
        None if turn.answered && turn.complete => Ok(Some(turn.texts.join("\n\n"))),
        None => Ok(None),
    }
}

/// An answer to these is the editor's to give, or that of opencode's own interface. A subagent asks in a session
/// of its own, so that all are told that came after the question.
async fn tell_permissions(client: &Client, told: &mut Vec<PermissionId>) -> Result<(), ClientError> {
    for request in client.permissions().await? {
        if !told.contains(&request.id) {
            let what = inert(&request.summary(Path::new("")), 300);
            eprintln!("opencode-lsp: opencode wants to {what}; answer it in your editor, or where opencode runs");
            told.push(request.id);
        }
    }
    Ok(())
}

async fn pending(client: &Client) -> Result<Vec<PermissionId>, ClientError> {
    Ok(client.permissions().await?.into_iter().map(|request| request.id).collect())
}

/// `3-7` or `3`: 1-based, inclusive.
fn lines(text: &str) -> Result<(u32, u32), String> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (first.trim().parse(), last.trim().parse()) {
        (Ok(first @ 1..), Ok(last)) if first <= last => Ok((first, last)),
        _ => Err("must be such as 3-7 or 3, counted from 1".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_one_or_a_range() {
        assert_eq!(lines("3"), Ok((3, 3)));
        assert_eq!(lines("3-7"), Ok((3, 7)));
        for wrong in ["0", "7-3", "", "-", "3-", "a", "3-4-5", "-1"] {
            assert!(lines(wrong).is_err(), "{wrong}");
        }
    }
}
