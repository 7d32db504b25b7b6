//! The connection: made, watched and restored, until its task is ended.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBuilder};
use tokio::sync::{mpsc, watch};
use url::Url;

use super::client::{Client, Target};
use super::discovery::{Finder, LOOK_EVERY, Running, Wanted, on_this_machine};
use super::error::ClientError;
use super::own::{self, OwnServer, SpawnError};
use super::password::{Keyring, PasswordError};
use super::stream::EventStream;
use crate::config::ServerSettings;
use crate::core::Event;
use crate::core::event::{ConnectionEvent, ServerInfo};
use crate::core::ids::FolderId;
use crate::core::server::{FoundServer, Reconnect, ServerEvent, Snapshot};

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
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error("{}", none_found(.0))]
    NoneFound(Running),
    #[error("which opencode server is used is the user's choice")]
    Several(Vec<FoundServer>),
    #[error("the connection breaks as soon as it is made: {reason}")]
    Brief { reason: ClientError },
}

/// What is said when no server is named and none runs for the project.
pub fn none_found(running: &Running) -> String {
    let mut text =
        "no running opencode was found for this project; start one in its folder with `opencode --port 4096` \
        (without --port it does not listen), name one in server.url, or set server.autostart to true"
            .to_owned();
    let offered = match (running.servers.is_empty(), running.announced.is_empty()) {
        (true, true) => "",
        (false, true) => "; opencode.server.select offers those that run for other projects",
        (true, false) => "; opencode.server.select offers those that are announced on the network",
        (false, false) => "; opencode.server.select offers those for other projects and on the network",
    };
    text.push_str(offered);
    if !running.locked.is_empty() {
        text.push_str("; some ask for a password: set server.password or OPENCODE_SERVER_PASSWORD");
    }
    text
}

/// Where a connection says what happens.
#[derive(Debug, Clone)]
pub struct Said {
    folder: FolderId,
    events: mpsc::Sender<Event>,
}

impl Said {
    /// `events` is to be one connection's alone.
    pub fn new(folder: FolderId, events: mpsc::Sender<Event>) -> Self {
        Self { folder, events }
    }

    /// Whether somebody listens still: the bridge ends a connection by not listening any more.
    async fn connection(&self, event: ConnectionEvent) -> bool {
        self.events.send(Event::Connection(self.folder, event)).await.is_ok()
    }

    async fn server(&self, event: ServerEvent) -> bool {
        self.events.send(Event::Server(self.folder, event)).await.is_ok()
    }
}

/// Keeps a connection for one folder. Everything it has to say goes to `said`; the client to use
/// now is in `client`, set before `Connected` is sent and taken away before `Lost` is.
pub async fn run(plan: Plan, client: watch::Sender<Option<Client>>, said: Said) {
    let post = async |event| said.connection(event).await;
    let Plan { settings, folder, own_files, how } = plan;
    let restart = how == Reconnect::Restart;
    let choice = match how {
        Reconnect::Choice(choice) => Some(choice),
        Reconnect::AsBefore | Reconnect::Restart => None,
    };
    let mut source = Source {
        finder: Finder::new(settings.clone(), &folder, &own_files, choice),
        settings,
        folder,
        keyring: Keyring::default(),
        own: None,
        restart,
    };
    let mut delays = delays();
    let mut lost = false;
    // Since the last connection that held: what failed, and what was said of it.
    let mut attempts = 0;
    let mut announced = Vec::new();
    if !post(ConnectionEvent::Connecting).await {
        return;
    }
    loop {
        match attach(&mut source, &said).await {
            Ok(Attached { client: ready, mut stream, info, snapshot }) => {
                let since = Instant::now();
                source.keyring.accepted();
                client.send_replace(Some(ready));
                if !post(ConnectionEvent::Connected { server: info, snapshot }).await {
                    return;
                }
                let reason = pump(&mut stream, &said).await;
                client.send_replace(None);
                lost = true;
                attempts += 1;
                if since.elapsed() > GOOD_AFTER {
                    (delays, attempts, announced) = (self::delays(), 0, Vec::new());
                }
                if !post(ConnectionEvent::Lost { reason: reason.to_string() }).await {
                    return;
                }
                let is_quiet = attempts < QUIET_ATTEMPTS;
                if !is_quiet && !post(failure(ConnectError::Brief { reason }, &mut announced)).await {
                    return;
                }
            }
            // It may have asked the user something: not again and again.
            Err(ConnectError::Password(error)) => {
                tracing::info!(%error, "no password");
                let problem = format!("{error}. To try again, run opencode.reconnect");
                post(ConnectionEvent::Failed { problem, announce: true }).await;
                return;
            }
            Err(error) => {
                attempts += 1;
                tracing::info!(%error, attempts, "no connection");
                let is_quiet = lost && attempts < QUIET_ATTEMPTS;
                let waits = matches!(error, ConnectError::NoneFound(_) | ConnectError::Several(_));
                if !is_quiet && !post(failure(error, &mut announced)).await {
                    return;
                }
                if waits && !is_quiet {
                    tokio::time::sleep(LOOK_EVERY).await;
                    continue;
                }
            }
        }
        tokio::time::sleep(delays.next().unwrap_or(MAX_DELAY)).await;
    }
}

/// What the core is told of a failed attempt.
fn failure(error: ConnectError, announced: &mut Vec<String>) -> ConnectionEvent {
    match error {
        ConnectError::Several(servers) => ConnectionEvent::Several { servers },
        // Who closes the TUI knows that it is gone.
        ConnectError::NoneFound(_) => ConnectionEvent::Failed { problem: error.to_string(), announce: false },
        error => {
            let announce = is_news(announced, &error);
            ConnectionEvent::Failed { problem: error.to_string(), announce }
        }
    }
}

/// Whether a problem was not announced yet; a server that comes and goes is no reason to say it again.
/// How exactly it does not answer is none either: one that starts refuses connections first, then is slow.
fn is_news(announced: &mut Vec<String>, error: &ConnectError) -> bool {
    let problem = if error.is_absence() { String::new() } else { error.to_string() };
    let is_news = !announced.contains(&problem);
    if is_news {
        announced.push(problem);
    }
    is_news
}

/// What a connection is for.
#[derive(Debug)]
pub struct Plan {
    pub settings: ServerSettings,
    /// The workspace folder.
    pub folder: PathBuf,
    /// The folder of the bridge's own files of this project.
    pub own_files: PathBuf,
    pub how: Reconnect,
}

/// Where servers come from.
struct Source {
    settings: ServerSettings,
    folder: PathBuf,
    finder: Finder,
    keyring: Keyring,
    own: Option<OwnServer>,
    /// The own server is to be another one than that which runs.
    restart: bool,
}

impl ConnectError {
    /// Whether there is no server, as far as can be told.
    fn is_absence(&self) -> bool {
        use ClientError::{Broken, Silent, TimedOut, Unreachable};
        matches!(self, Self::Client(Unreachable { .. } | TimedOut { .. } | Silent { .. } | Broken(_)))
    }
}

const MIN_DELAY: Duration = Duration::from_millis(200);
const MAX_DELAY: Duration = Duration::from_secs(10);

/// Growing, and never the same for two bridges: without its `std`, `backon` draws the same numbers for all.
/// The jitter makes a delay up to twice as long.
fn delays() -> impl Iterator<Item = Duration> {
    ExponentialBuilder::new()
        .with_min_delay(MIN_DELAY)
        .with_max_delay(MAX_DELAY / 2)
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

/// One attempt; two where a refused password may have been replaced by another.
async fn attach(source: &mut Source, said: &Said) -> Result<Attached, ConnectError> {
    loop {
        match attach_to(source.place(said).await?, said).await {
            Err(ClientError::Unauthorized { .. }) if source.keyring.refused() => {}
            attached => return Ok(attached?),
        }
    }
}

/// The stream is live before the state is fetched, so that nothing falls between the two.
async fn attach_to(place: Place, said: &Said) -> Result<Attached, ClientError> {
    let Place { target, directory, is_own } = place;
    let mut client = Client::new(&target, &directory)?;
    if client.exposes_password() {
        let url = client.url().to_owned();
        // The bridge ending is noticed where the next event is sent.
        said.connection(ConnectionEvent::Exposed { url }).await;
    }
    let version = client.version().await?;
    client.learn_paths().await?;
    let stream = EventStream::open(&client, &version).await?;
    let (permissions, questions, busy) =
        tokio::try_join!(client.permissions(), client.questions_if_known(), client.busy_sessions())?;
    let snapshot = Snapshot { permissions, questions, busy };
    let info = ServerInfo { url: client.url().to_owned(), version, directory, is_own };
    Ok(Attached { client, stream, info, snapshot })
}

/// Where to connect to.
struct Place {
    target: Target,
    /// The folder to work in.
    directory: PathBuf,
    is_own: bool,
}

impl Source {
    /// The named server, else one that runs for the project, else an own one where that is allowed.
    async fn place(&mut self, said: &Said) -> Result<Place, ConnectError> {
        let directory = self.folder.clone();
        if let Some(url) = &self.settings.url {
            let target = named(url, &self.settings, &mut self.keyring).await?;
            return Ok(Place { target, directory, is_own: false });
        }
        if let Some(server) = self.own.as_mut()
            && server.is_running()
        {
            return Ok(Place { target: server.target(), directory, is_own: true });
        }
        self.own = None;
        match self.finder.find().await {
            Wanted::Server { server, directory } => {
                Ok(Place { target: on_this_machine(&self.settings, &server.url), directory, is_own: false })
            }
            Wanted::Announced(server) => {
                let target = named(&server.url, &self.settings, &mut self.keyring).await?;
                Ok(Place { target, directory, is_own: false })
            }
            Wanted::Ask(servers) => Err(ConnectError::Several(servers)),
            Wanted::None(running) => Err(ConnectError::NoneFound(running)),
            Wanted::Own => {
                // The bridge ending is noticed where the next event is sent.
                said.connection(ConnectionEvent::Starting).await;
                let plan = own::Plan::new(&self.settings.command, &self.folder, self.restart);
                let server = OwnServer::join_or_start(&plan).await?;
                let target = server.target();
                (self.own, self.restart) = (Some(server), false);
                Ok(Place { target, directory, is_own: true })
            }
        }
    }
}

/// A server by its address, with what the settings say of servers that are not the bridge's own.
pub async fn named(url: &str, settings: &ServerSettings, keyring: &mut Keyring) -> Result<Target, PasswordError> {
    // A password in the address is the one that counts.
    let has_password = Url::parse(url).is_ok_and(|url| url.password().is_some());
    let password = if has_password { None } else { keyring.password(settings).await? };
    Ok(Target {
        url: url.to_owned(),
        username: settings.username.clone(),
        password,
        path_map: settings.path_map.clone(),
        ca_file: settings.ca_file.clone(),
    })
}

/// Hands events on until the stream ends, and says why it did.
async fn pump(stream: &mut EventStream, said: &Said) -> ClientError {
    loop {
        match stream.next().await {
            Ok(event) => {
                if !said.server(event).await {
                    // The bridge is ending; the task is about to be aborted.
                    std::future::pending::<()>().await;
                }
            }
            Err(error) => return error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::opencode::error::Reason;

    #[test]
    fn delays_grow_to_ten_seconds_and_differ() {
        let (one, other): (Vec<Duration>, Vec<Duration>) = delays().zip(delays()).take(20).unzip();
        assert!(one[0] >= MIN_DELAY && one[0] <= 2 * MIN_DELAY, "{one:?}");
        assert!(one.iter().chain(&other).all(|delay| *delay <= MAX_DELAY), "{one:?}, {other:?}");
        assert!(one[10..].iter().all(|delay| *delay >= MAX_DELAY / 2), "{one:?}");
        assert_ne!(one, other);
    }

    #[test]
    fn a_problem_is_news_once() {
        let mut announced = Vec::new();
        let slow = || ClientError::TimedOut { url: String::new(), after: MAX_DELAY };
        let errors =
            [slow(), ClientError::Broken(Reason::ended()), ClientError::Unauthorized { password_sent: false }, slow()];
        let told = errors.map(|error| is_news(&mut announced, &error.into()));
        assert_eq!(told, [true, false, true, false]);
    }
}
