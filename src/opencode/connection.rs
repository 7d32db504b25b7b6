//! The connection: made, watched and restored, until its task is ended.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBuilder};
use tokio::sync::{mpsc, watch};

use super::client::{Client, Target};
use super::error::ClientError;
use super::spawn::{OwnServer, SpawnError};
use super::stream::EventStream;
use crate::config::ServerSettings;
use crate::core::Event;
use crate::core::event::{ConnectionEvent, ServerInfo};
use crate::core::server::Snapshot;

/// What is said when nothing names a server.
pub const UNCONFIGURED: &str = "no opencode server is configured; start one with `opencode serve --port 4096` and set \
    server.url to http://127.0.0.1:4096, or set server.autostart to true";

/// A connection that held this long was a good one: the next break starts with short delays again.
const GOOD_AFTER: Duration = Duration::from_secs(5);
/// Failed attempts after a break before the user is told: a restart takes a few seconds.
const QUIET_ATTEMPTS: u32 = 5;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Spawn(#[from] SpawnError),
    #[error("{UNCONFIGURED}")]
    Unconfigured,
}

/// Keeps a connection for one project. Everything it has to say goes to `events`; the client to use
/// now is in `client`, set before `Connected` is sent and taken away before `Lost` is.
pub async fn run(
    settings: ServerSettings,
    directory: PathBuf,
    client: watch::Sender<Option<Client>>,
    events: mpsc::Sender<Event>,
) {
    let post = async |event| events.send(Event::Connection(event)).await.is_ok();
    let mut own = None;
    let mut delays = delays();
    let mut lost = false;
    let mut attempts = 0;
    if !post(ConnectionEvent::Connecting).await {
        return;
    }
    loop {
        match attach(&settings, &directory, &mut own, &events).await {
            Ok(Attached { client: ready, mut stream, info, snapshot }) => {
                let since = Instant::now();
                attempts = 0;
                client.send_replace(Some(ready));
                if !post(ConnectionEvent::Connected { server: info, snapshot }).await {
                    return;
                }
                let reason = pump(&mut stream, &events).await;
                client.send_replace(None);
                lost = true;
                if since.elapsed() > GOOD_AFTER {
                    delays = self::delays();
                }
                if !post(ConnectionEvent::Lost { reason: reason.to_string() }).await {
                    return;
                }
            }
            Err(ConnectError::Unconfigured) => {
                post(ConnectionEvent::Failed { problem: UNCONFIGURED.to_owned(), announce: false }).await;
                return;
            }
            Err(error) => {
                attempts += 1;
                tracing::info!(%error, attempts, "no connection");
                let told = !lost || attempts >= QUIET_ATTEMPTS;
                if told && !post(ConnectionEvent::Failed { problem: error.to_string(), announce: true }).await {
                    return;
                }
            }
        }
        tokio::time::sleep(delays.next().unwrap_or(MAX_DELAY)).await;
    }
}

const MAX_DELAY: Duration = Duration::from_secs(10);

fn delays() -> impl Iterator<Item = Duration> {
    ExponentialBuilder::new()
        .with_min_delay(Duration::from_millis(200))
        .with_max_delay(MAX_DELAY)
        .with_factor(2.0)
        .without_max_times()
        .with_jitter()
        .build()
}

struct Attached {
    client: Client,
    stream: EventStream,
    info: ServerInfo,
    snapshot: Snapshot,
}

/// The stream is live before the state is fetched, so that nothing falls between the two.
async fn attach(
    settings: &ServerSettings,
    directory: &Path,
    own: &mut Option<OwnServer>,
    events: &mpsc::Sender<Event>,
) -> Result<Attached, ConnectError> {
    let target = target(settings, directory, own, events).await?;
    let mut client = Client::new(&target, directory)?;
    let version = client.version().await?;
    client.learn_paths().await?;
    let stream = EventStream::open(&client).await?;
    let snapshot = Snapshot { permissions: client.permissions().await?, busy: client.busy_sessions().await? };
    let info = ServerInfo { url: client.url().to_owned(), version };
    Ok(Attached { client, stream, info, snapshot })
}

/// The explicit address, else an own server where that is allowed.
async fn target(
    settings: &ServerSettings,
    directory: &Path,
    own: &mut Option<OwnServer>,
    events: &mpsc::Sender<Event>,
) -> Result<Target, ConnectError> {
    if let Some(target) = explicit(settings) {
        return Ok(target);
    }
    if !settings.autostart {
        return Err(ConnectError::Unconfigured);
    }
    if let Some(server) = own.as_mut()
        && server.is_running()
    {
        return Ok(server.target());
    }
    // The bridge ending is noticed where the next event is sent.
    let _ = events.send(Event::Connection(ConnectionEvent::Starting)).await;
    *own = None;
    let server = own.insert(OwnServer::start(&settings.command, directory).await?);
    Ok(server.target())
}

/// The server that the settings name.
pub fn explicit(settings: &ServerSettings) -> Option<Target> {
    settings.url.as_ref().map(|url| Target {
        url: url.clone(),
        username: settings.username.clone(),
        password: settings.password.clone(),
    })
}

/// Hands events on until the stream ends, and says why it did.
async fn pump(stream: &mut EventStream, events: &mpsc::Sender<Event>) -> ClientError {
    loop {
        match stream.next().await {
            Ok(event) => {
                if events.send(Event::Server(event)).await.is_err() {
                    // The bridge is ending; the task is about to be aborted.
                    std::future::pending::<()>().await;
                }
            }
            Err(error) => return error,
        }
    }
}
