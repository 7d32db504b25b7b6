//! Requests to a 1.x server. Every route takes `?directory=`: one server serves many projects.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::TryStreamExt;
use reqwest::{Method, Response, StatusCode, header};
use serde_json::{Value, json};
use tokio_util::io::{StreamReader, SyncIoBridge};
use url::Url;

use super::access::Access;
pub use super::access::Target;
use super::error::{ClientError, Reason};
use super::wire::{self, Paths};
use crate::core::event::{RevertError, Reverted};
use crate::core::ids::{MessageId, PermissionId, SessionId};
use crate::core::server::{FileDiff, PermissionReply, PermissionRequest, PromptOptions, PromptPart, TurnRecord};

const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// A request that 1.18 takes in the moment after it began to listen never gets an answer; the next one does.
const HEALTH_WITHIN: Duration = Duration::from_secs(10);

/// A client for one project on one server. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Client {
    access: Access,
    /// The project's folder as the server names it.
    directory: String,
    paths: Paths,
    /// How long an answer may be, in bytes, where nobody has said that the server is to be trusted.
    most: Option<usize>,
}

impl Client {
    /// Prepares requests; nothing is sent. Fails on addresses that are not HTTP.
    pub fn new(target: &Target, directory: &Path) -> Result<Self, ClientError> {
        let access = Access::new(target)?;
        let paths = Paths::new(directory, target.path_map.clone());
        let directory = paths.to_server(directory);
        Ok(Self { access, directory, paths, most: None })
    }

    /// The same with a limit to the length of answers, in bytes.
    pub fn limited(self, most: usize) -> Self {
        Self { most: Some(most), ..self }
    }

    /// The address without credentials.
    pub fn url(&self) -> &str {
        self.access.base().as_str().trim_end_matches('/')
    }

    /// The address of a route, with the project's directory.
    pub fn route(&self, path: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.access.base().clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url.query_pairs_mut().append_pair("directory", &self.directory).extend_pairs(query);
        url
    }

    pub(super) fn request(&self, method: Method, url: Url) -> reqwest::RequestBuilder {
        self.access.request(method, url)
    }

    /// Whether others on the way can read the password.
    pub fn exposes_password(&self) -> bool {
        self.access.exposes_password()
    }

    pub(super) fn unauthorized(&self) -> ClientError {
        ClientError::Unauthorized { password_sent: self.access.has_password() }
    }

    pub(super) fn paths(&self) -> &Paths {
        &self.paths
    }

    async fn call(&self, method: Method, url: Url, body: Option<Value>) -> Result<Answer, ClientError> {
        self.call_within(ANSWER_WITHIN, method, url, body).await
    }

    pub(super) async fn call_within(
        &self,
        limit: Duration,
        method: Method,
        url: Url,
        body: Option<Value>,
    ) -> Result<Answer, ClientError> {
        let response = self.send(limit, method, url, body).await?;
        self.read(limit, response).await
    }

    async fn send(
        &self,
        limit: Duration,
        method: Method,
        url: Url,
        body: Option<Value>,
    ) -> Result<Response, ClientError> {
        tracing::debug!(%method, path = url.path(), "to opencode");
        let mut request = self.request(method, url).timeout(limit);
        if let Some(body) = body {
            request = request.json(&body);
        }
        request.send().await.map_err(|error| ClientError::from_reqwest(&error, self.url(), limit))
    }

    /// `limit` is that of the whole request, for the message.
    async fn read(&self, limit: Duration, response: Response) -> Result<Answer, ClientError> {
        let status = response.status();
        let json = is_json(&response);
        let failed = |error| ClientError::from_reqwest(&error, self.url(), limit);
        let body = match self.most {
            None => response.bytes().await.map_err(failed)?.into(),
            Some(most) => beginning(response, most).await.map_err(failed)?,
        };
        if self.most.is_some_and(|most| body.len() > most) {
            return Err(ClientError::NotOpencode("too long".to_owned()));
        }
        Ok(Answer { status, json, body, password_sent: self.access.has_password() })
    }

    pub(super) async fn get(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Value, ClientError> {
        self.call(Method::GET, self.route(path, query), None).await?.json()
    }

    pub(super) async fn post(&self, path: &[&str], body: Value) -> Result<Answer, ClientError> {
        self.call(Method::POST, self.route(path, &[]), Some(body)).await?.success()
    }

    pub(super) async fn delete(&self, path: &[&str]) -> Result<Answer, ClientError> {
        self.call(Method::DELETE, self.route(path, &[]), None).await?.success()
    }

    pub(super) async fn patch(&self, path: &[&str], body: Value) -> Result<Answer, ClientError> {
        self.call(Method::PATCH, self.route(path, &[]), Some(body)).await?.success()
    }

    /// The server's version, if it is one that can be spoken to.
    pub async fn version(&self) -> Result<String, ClientError> {
        let route = self.route(&["global", "health"], &[]);
        let response = self.send(HEALTH_WITHIN, Method::GET, route, None).await?;
        let answer = self.read(HEALTH_WITHIN, response).await?;
        let health = match answer.json() {
            Ok(health) => health,
            Err(error @ (ClientError::Unauthorized { .. } | ClientError::TooNew { .. })) => return Err(error),
            // A gateway whose server is away.
            Err(error @ ClientError::Status { status: 502..=504, .. }) => return Err(error),
            Err(error) => return Err(self.explain_unknown(error).await),
        };
        let version = health.get("version").and_then(Value::as_str);
        let Some(version) = version else {
            return Err(ClientError::NotOpencode("no version in /global/health".to_owned()));
        };
        wire::check_version(version)?;
        Ok(version.to_owned())
    }

    /// No `/global/health`: opencode 1.0 and 2.x have other routes of their own.
    async fn explain_unknown(&self, error: ClientError) -> ClientError {
        let health = self.call(Method::GET, self.route(&["api", "health"], &[]), None).await;
        match health {
            Ok(answer) if answer.status == StatusCode::UNAUTHORIZED => ClientError::TooNew { version: "2".to_owned() },
            Ok(answer) => match answer.json() {
                Ok(health) => match health.get("version").and_then(Value::as_str) {
                    Some(version) => ClientError::TooNew { version: version.to_owned() },
                    None => error,
                },
                Err(_) => match self.get(&["config"], &[]).await {
                    Ok(config) if config.get("$schema").is_some() || config.get("keybinds").is_some() => {
                        ClientError::TooOld { version: "before 1.1".to_owned() }
                    }
                    _ => ClientError::NotOpencode(error.to_string()),
                },
            },
            Err(_) => ClientError::NotOpencode(error.to_string()),
        }
    }

    /// The folder that the server was started in, and the root of the repository there.
    pub async fn home(&self) -> Result<(PathBuf, Option<PathBuf>), ClientError> {
        let mut url = self.route(&["path"], &[]);
        url.set_query(None);
        let answer = self.call(Method::GET, url, None).await?.json()?;
        let directory = answer.get("directory").and_then(Value::as_str).map(PathBuf::from);
        let directory = directory.ok_or_else(|| ClientError::NotOpencode("no directory in /path".to_owned()))?;
        let mut paths = self.paths.clone();
        paths.learn(&answer);
        Ok((directory, paths.worktree))
    }

    /// The project's folder as the server names it.
    pub fn directory(&self) -> &str {
        &self.directory
    }

    /// Learns how the server names the project's files; the answer also names the project.
    pub async fn learn_paths(&mut self) -> Result<Paths, ClientError> {
        let answer = self.get(&["path"], &[]).await?;
        self.paths.learn(&answer);
        Ok(self.paths.clone())
    }

    pub async fn permissions(&self) -> Result<Vec<PermissionRequest>, ClientError> {
        let list = self.get(&["permission"], &[]).await?;
        Ok(wire::permissions(&list, &self.paths))
    }

    pub async fn busy_sessions(&self) -> Result<Vec<SessionId>, ClientError> {
        let status = self.get(&["session", "status"], &[]).await?;
        Ok(wire::busy(&status))
    }

    pub async fn create_session(&self) -> Result<SessionId, ClientError> {
        let session = self.post(&["session"], json!({})).await?.json()?;
        match session.get("id").and_then(Value::as_str) {
            Some(id) => Ok(SessionId::from(id)),
            None => Err(ClientError::NotOpencode("a session without an id".to_owned())),
        }
    }

    /// Whether a session is there. Up to 1.14 a prompt to an unknown one is lost behind a 204.
    pub async fn look_up(&self, session: &SessionId) -> Result<(), ClientError> {
        let known = self.get(&["session", session.as_str()], &[]).await?;
        if known.get("id").and_then(Value::as_str) != Some(session.as_str()) {
            return Err(ClientError::NotFound(format!("session {session}")));
        }
        Ok(())
    }

    /// To be sent to a session that was just looked up.
    pub async fn prompt(
        &self,
        session: &SessionId,
        parts: &[PromptPart],
        options: &PromptOptions,
    ) -> Result<(), ClientError> {
        let body = wire::prompt_body(parts, options, &self.paths);
        self.post(&["session", session.as_str(), "prompt_async"], body).await?;
        Ok(())
    }

    /// How one prompt stands: found by its id, else by its text.
    pub async fn turn(
        &self,
        session: &SessionId,
        prompt: Option<&MessageId>,
        text: &str,
        taken: &[MessageId],
    ) -> Result<TurnRecord, ClientError> {
        // First whether it works, then what it said: what was said before it became idle is then complete.
        let busy = self.busy_sessions().await?.contains(session);
        let messages = match self.get(&["session", session.as_str(), "message"], &[]).await {
            Err(ClientError::NotFound(_)) => return Ok(TurnRecord { gone: true, ..TurnRecord::default() }),
            other => other?,
        };
        let record = wire::turn(&messages, prompt, text, taken);
        // The list of a session that is gone may be empty.
        let gone = record.prompt.is_none() && matches!(self.look_up(session).await, Err(ClientError::NotFound(_)));
        Ok(TurnRecord { busy, gone, ..record })
    }

    /// What a turn changed, without the files in `explained`.
    pub async fn diff(
        &self,
        session: &SessionId,
        prompt: &MessageId,
        explained: BTreeSet<PathBuf>,
    ) -> Result<Vec<FileDiff>, ClientError> {
        let url = self.route(&["session", session.as_str(), "diff"], &[("messageID", prompt.as_str())]);
        let paths = self.paths.clone();
        let files = self.stream(url, move |body| wire::file_diffs(body, &paths, &explained)).await?;
        Ok(files.unwrap_or_default())
    }

    /// Reads an answer that may be large as it comes. None where it is no JSON.
    pub(super) async fn stream<T: Send + 'static>(
        &self,
        url: Url,
        read: impl FnOnce(Box<dyn io::Read + Send>) -> Result<T, serde_json::Error> + Send + 'static,
    ) -> Result<Option<T>, ClientError> {
        let response = self.send(ANSWER_WITHIN, Method::GET, url, None).await?;
        if !response.status().is_success() || !is_json(&response) {
            let refused = self.read(ANSWER_WITHIN, response).await?.json();
            return refused.map(|_| None);
        }
        let body = response.bytes_stream().map_err(|error| io::Error::other(Reason::of(&error)));
        let body = Box::new(SyncIoBridge::new(StreamReader::new(body)));
        let read = tokio::task::spawn_blocking(move || read(body)).await;
        let read = read.map_err(|error| ClientError::Broken(Reason::of(&error)))?;
        read.map(Some).map_err(|error| {
            if error.is_io() {
                return ClientError::Broken(Reason::of(&error));
            }
            ClientError::NotOpencode(format!("malformed JSON: {error}"))
        })
    }

    /// What git says has changed since the last commit, as a unified diff.
    pub async fn uncommitted(&self) -> Result<String, ClientError> {
        let version = self.version().await?;
        if !wire::tells_uncommitted(&version) {
            return Err(ClientError::TooOld { version });
        }
        let answer = self.get(&["vcs", "diff"], &[("mode", "git")]).await?;
        wire::uncommitted(&answer, &self.paths)
    }

    /// Up to 1.14 an answer to an unknown request is a success too, so the request is looked up first.
    pub async fn reply(
        &self,
        id: &PermissionId,
        reply: PermissionReply,
        message: Option<&str>,
    ) -> Result<(), ClientError> {
        if !self.is_pending(id).await? {
            return Err(ClientError::NotFound(format!("permission {id}")));
        }
        let mut body = json!({ "reply": reply.as_str() });
        if let Some(message) = message {
            body["message"] = json!(message);
        }
        match self.post(&["permission", id.as_str(), "reply"], body).await {
            Ok(_) => Ok(()),
            // It may have arrived although nothing came back.
            Err(error) if !error.is_refusal() && matches!(self.is_pending(id).await, Ok(false)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn is_pending(&self, id: &PermissionId) -> Result<bool, ClientError> {
        Ok(self.permissions().await?.iter().any(|request| request.id == *id))
    }

    pub async fn abort(&self, session: &SessionId) -> Result<(), ClientError> {
        self.post(&["session", session.as_str(), "abort"], json!({})).await?;
        Ok(())
    }

    /// Takes a prompt and everything after it back, on disk too where opencode can.
    pub async fn revert(&self, session: &SessionId, prompt: &MessageId) -> Result<Reverted, RevertError> {
        let body = json!({ "messageID": prompt.as_str() });
        let answer = self.post(&["session", session.as_str(), "revert"], body).await.and_then(Answer::json);
        wire::reverted(&answer.map_err(revert_error)?, prompt)
    }

    /// Puts the whole project back to where it was at the (first) revert.
    pub async fn unrevert(&self, session: &SessionId) -> Result<(), RevertError> {
        let answer = self.post(&["session", session.as_str(), "unrevert"], json!({})).await.and_then(Answer::json);
        answer.map(drop).map_err(revert_error)
    }

    /// Answered with `true` whether or not a TUI is attached.
    pub async fn append_prompt(&self, text: &str) -> Result<(), ClientError> {
        self.post(&["tui", "append-prompt"], json!({ "text": text })).await?.json()?;
        Ok(())
    }

    pub async fn submit_prompt(&self) -> Result<(), ClientError> {
        self.post(&["tui", "submit-prompt"], json!({})).await?.json()?;
        Ok(())
    }

    pub async fn clear_prompt(&self) -> Result<(), ClientError> {
        self.post(&["tui", "clear-prompt"], json!({})).await?.json()?;
        Ok(())
    }
}

pub(super) struct Answer {
    status: StatusCode,
    json: bool,
    body: Vec<u8>,
    password_sent: bool,
}

impl Answer {
    /// A status alone proves nothing: unknown routes answer 200 with a web page from 1.14 on.
    fn success(self) -> Result<Self, ClientError> {
        if self.status == StatusCode::UNAUTHORIZED {
            return Err(ClientError::Unauthorized { password_sent: self.password_sent });
        }
        if self.status.is_redirection() {
            return Err(ClientError::NotOpencode(format!("it redirects ({})", self.status.as_u16())));
        }
        if !self.status.is_success() {
            let message = wire::error_message(&String::from_utf8_lossy(&self.body));
            if self.status == StatusCode::NOT_FOUND && self.json {
                return Err(ClientError::NotFound(message));
            }
            return Err(ClientError::Status { status: self.status.as_u16(), message });
        }
        if self.status != StatusCode::NO_CONTENT && !self.body.is_empty() && !self.json {
            return Err(ClientError::NotOpencode("not JSON".to_owned()));
        }
        Ok(self)
    }

    pub(super) fn json(self) -> Result<Value, ClientError> {
        let answer = self.success()?;
        if !answer.json {
            return Err(ClientError::NotOpencode("no JSON".to_owned()));
        }
        serde_json::from_slice(&answer.body)
            // What a tool printed may be no UTF-8, and the rest is still worth reading.
            .or_else(|_| serde_json::from_str(&String::from_utf8_lossy(&answer.body)))
            .map_err(|_| ClientError::NotOpencode("malformed JSON".to_owned()))
    }
}

/// A session at work: 409, up to 1.3 a 500 that says so.
fn revert_error(error: ClientError) -> RevertError {
    match error {
        ClientError::Status { status: 409, .. } => RevertError::Busy,
        ClientError::Status { status: 500, message } if message.contains(" is busy") => RevertError::Busy,
        other => RevertError::Other(other.to_string()),
    }
}

/// A body, or its first part if that is longer than so many bytes.
async fn beginning(mut response: Response, most: usize) -> Result<Vec<u8>, reqwest::Error> {
    let mut body = Vec::new();
    while body.len() <= most
        && let Some(chunk) = response.chunk().await?
    {
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn is_json(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("application/json"))
}
