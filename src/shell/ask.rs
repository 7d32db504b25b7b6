//! `opencode-lsp ask`: a question from the command line, for editors' shell commands (Helix's `:sh`).

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::excerpt::About;
use super::{At, MAX_SHOWN, ShellError, finish, note};
use crate::config::Overrides;
use crate::core::ids::{MessageId, SessionId};
use crate::core::inert::{inert, inert_lines};
use crate::core::prompt::{compose, key_text};
use crate::core::server::{Failure, PromptOptions, TurnRecord};
use crate::doctor::Reached;
use crate::opencode::Client;
use crate::opencode::error::ClientError;

const LOOK_EVERY: Duration = Duration::from_millis(500);
/// opencode 1.17 and 1.18 may take more than ten seconds until a prompt is seen among a session's messages.
const TAKEN_WITHIN: Duration = Duration::from_secs(60);

/// What is asked, and about what.
#[derive(Debug, clap::Args)]
pub struct Question {
    #[command(flatten)]
    about: About,
    /// Ask in this session; opencode-lsp sessions lists them [default: a new one]
    #[arg(long, value_name = "ID", conflicts_with = "last")]
    session: Option<String>,
    /// Go on in the newest session
    #[arg(long = "continue")]
    last: bool,
    #[command(flatten)]
    at: At,
    /// The question
    #[arg(required = true, value_name = "QUESTION")]
    words: Vec<String>,
}

/// Why there is no answer, for people.
#[derive(Debug, thiserror::Error)]
enum AskError {
    #[error("{0}")]
    Shell(#[from] ShellError),
    #[error("there is no session to go on in; ask without --continue")]
    NoSession,
    #[error("there is no session {0}; opencode-lsp sessions lists those of this project")]
    NoSuchSession(SessionId),
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
    let answer = ask(&overrides, question).await;
    finish(answer.map(|answer| inert_lines(answer.trim_end()) + "\n"))
}

async fn ask(overrides: &Overrides, question: Question) -> Result<String, AskError> {
    let Question { about, session, last, at, words } = question;
    let Reached { client, root, own: _own } = at.reach(overrides).await?;
    let (excerpt, path) = about.find(&root)?.map(|found| (found.excerpt, found.path)).unzip();
    let path: Option<PathBuf> = path.flatten();
    // Text that was read from standard input is the only one that is not saved.
    let saved = path.is_some() || excerpt.is_none();
    let parts = compose(&words.join(" "), excerpt.as_ref(), path.as_deref(), saved, &[]);
    let mut told = Told::default();
    told.look(&client, None).await.map_err(AskError::NotSent)?;
    let session = session_for(&client, session, last).await?;
    let text = key_text(&parts);
    let earlier = match session {
        Session::New(_) => Vec::new(),
        Session::Known(ref session) => client.prompts_like(session, text).await.map_err(AskError::NotSent)?,
    };
    let (Session::New(session) | Session::Known(session)) = session;
    client.prompt(&session, &parts, &PromptOptions::default()).await.map_err(AskError::NotSent)?;
    wait(&client, &session, text, &earlier, told, &root).await
}

enum Session {
    New(SessionId),
    Known(SessionId),
}

async fn session_for(client: &Client, named: Option<String>, last: bool) -> Result<Session, AskError> {
    if let Some(session) = named.map(SessionId::from) {
        return match client.look_up(&session).await {
            Ok(()) => Ok(Session::Known(session)),
            // Old versions answer 400 where the id is none, 404 where there is no such session.
            Err(ClientError::NotFound(_) | ClientError::Status { status: 400 | 404, .. }) => {
                Err(AskError::NoSuchSession(session))
            }
            Err(error) => Err(AskError::NotSent(error)),
        };
    }
    if last {
        let newest = client.sessions().await.map_err(AskError::NotSent)?.into_iter().next();
        return newest.map(|session| Session::Known(session.id)).ok_or(AskError::NoSession);
    }
    client.create_session().await.map(Session::New).map_err(AskError::NotSent)
}

/// Waits for the end of the turn; what opencode waits for itself is told meanwhile.
async fn wait(
    client: &Client,
    session: &SessionId,
    text: &str,
    earlier: &[MessageId],
    mut told: Told,
    root: &Path,
) -> Result<String, AskError> {
    let lost = |error| AskError::Lost(session.clone(), error);
    let (begun, mut prompt) = (Instant::now(), None);
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let turn = client.turn(session, prompt.as_ref(), text, earlier).await.map_err(lost)?;
        if let Some(answer) = end_of(&turn, session)? {
            return Ok(answer);
        }
        prompt = prompt.or(turn.prompt);
        if prompt.is_none() && !turn.busy && begun.elapsed() > TAKEN_WITHIN {
            return Err(AskError::NotTaken(session.clone()));
        }
        told.look(client, Some(root)).await.map_err(lost)?;
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
        Some(Failure::Error { message }) => Err(AskError::Failed(inert(message, MAX_SHOWN))),
        None if turn.answered && turn.complete => Ok(Some(turn.texts.join("\n\n"))),
        None => Ok(None),
    }
}

/// What opencode waits for, by its ids. An answer to these is the editor's to give, or that of opencode's own
/// interface. A subagent asks in a session of its own, so that all are told that came after the question.
#[derive(Default)]
struct Told(HashSet<String>);

impl Told {
    /// Tells what is new; without a folder to name its files in, only remembers it.
    async fn look(&mut self, client: &Client, root: Option<&Path>) -> Result<(), ClientError> {
        for request in client.permissions().await? {
            if self.0.insert(request.id.to_string())
                && let Some(root) = root
            {
                let what = inert(&request.summary(root), MAX_SHOWN);
                note(&format!(
                    "opencode wants to {what}; answer it in your editor, where opencode runs, or with \
                     opencode-lsp permissions reply {}",
                    request.id
                ));
            }
        }
        // A server that has none of these still answers.
        let questions = client.questions_if_known().await?;
        for question in questions {
            if self.0.insert(question.id.to_string()) && root.is_some() {
                let texts: Vec<&str> = question.questions.iter().map(|question| question.text.as_str()).collect();
                let text = inert(&texts.join(" / "), MAX_SHOWN);
                note(&format!("opencode asks: {text}; answer it in your editor, or where opencode runs"));
            }
        }
        Ok(())
    }
}
