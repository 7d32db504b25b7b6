//! An own `opencode serve`: on loopback, with a random password, shared by the editors of a folder.
//!
//! - [`guard`]: the process that holds the server, and ends it when the last bridge has left.
//! - [`start`]: the bridge's side of that process.
//! - [`place`]: the folder in which bridges find the server, and the locks that say who is alive.
//! - [`process`]: what differs between systems.

pub mod guard;
pub mod place;
pub mod process;
mod start;

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;
use tokio::process::Child;

use super::client::{Client, Target};
use super::error::ClientError;
use super::path_map::PathMap;
use crate::files;
use place::{Place, Record, Seat};

const HEALTHY_WITHIN: Duration = Duration::from_secs(60);
/// A shell does not wait as long for a server that is just being started.
const BESIDE_WITHIN: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How long the first look for an answer is; one that was in vain makes the next twice as long.
const FIRST_LOOK: Duration = Duration::from_secs(1);
const LONGEST_LOOK: Duration = Duration::from_secs(16);
const USERNAME: &str = "opencode";

#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    #[error("`{command}` could not be started ({reason}); install opencode or set server.command")]
    Start { command: String, reason: String },
    #[error(
        "opencode-lsp could not start the process that guards `{command}` ({source}); start opencode yourself and set server.url"
    )]
    Guard { command: String, source: std::io::Error },
    #[error("`{command} serve` ended at once: {words}")]
    Died { command: String, words: String },
    #[error("`{command} serve` is not ready after {} s: {words}", .after.as_secs())]
    NotReady { command: String, after: Duration, words: String },
    #[error("no free port on loopback ({0})")]
    Port(std::io::Error),
    #[error("no random password ({0})")]
    Random(getrandom::Error),
}

/// Which server is wanted, and how long it may take.
#[derive(Debug, Clone)]
pub struct Plan {
    pub command: String,
    pub directory: PathBuf,
    /// The folder in which the bridges of this directory find each other's server.
    pub place: PathBuf,
    /// The program whose `guard` holds the server: this one.
    pub program: PathBuf,
    pub healthy_within: Duration,
    /// Whether nobody is to join the server that runs any more: it ends with the last bridge that uses it.
    pub anew: bool,
}

impl Plan {
    pub fn new(command: &str, directory: &Path, anew: bool) -> Self {
        Self {
            command: command.to_owned(),
            directory: directory.to_path_buf(),
            // One folder may have several names.
            place: files::own_folder(&real(directory)).join("servers"),
            program: process::this_program(),
            healthy_within: HEALTHY_WITHIN,
            anew,
        }
    }
}

/// A running server of the bridges' own. Dropping it leaves it; the last one to leave ends it with
/// everything it started, and so does the end of the process, whatever kind of end that is.
#[derive(Debug)]
pub struct OwnServer {
    target: Target,
    hold: Hold,
}

/// What keeps the server running.
#[derive(Debug)]
enum Hold {
    /// A lease beside those of other bridges.
    Shared(Seat),
    /// The input of a guard that serves nobody else.
    Alone(Box<Child>),
}

impl OwnServer {
    /// Joins the server that another bridge has started in this folder with this command, else starts
    /// one; either way it answers by then.
    pub async fn join_or_start(plan: &Plan) -> Result<Self, SpawnError> {
        // Another bridge may be starting one, and may take its whole time.
        let place = match Place::enter(&plan.place, plan.healthy_within * 2).await {
            Ok(place) => place,
            // Not every network file system has locks.
            Err(error) => {
                tracing::warn!(%error, place = %plan.place.display(), "the own server will not be shared");
                return Self::start(plan, None).await;
            }
        };
        if plan.anew {
            place.close(&plan.command);
        }
        for folder in place.guarded() {
            if let Some(server) = Self::join(plan, folder).await {
                return Ok(server);
            }
        }
        match place.new_seat() {
            Ok(seat) => Self::start(plan, Some(seat)).await,
            Err(error) => {
                tracing::warn!(%error, place = %plan.place.display(), "the own server will not be shared");
                Self::start(plan, None).await
            }
        }
    }

    /// Uses the server that an editor has started in this folder, by whatever command, beside it. None is started.
    pub async fn beside(directory: &Path) -> Option<Self> {
        let plan = Plan { healthy_within: BESIDE_WITHIN, ..Plan::new("", directory, false) };
        if !plan.place.exists() {
            return None;
        }
        let place = Place::enter(&plan.place, BESIDE_WITHIN).await.ok()?;
        for folder in place.guarded() {
            let command = place::command(folder).unwrap_or_default();
            if let Some(server) = Self::join(&Plan { command, ..plan.clone() }, folder).await {
                return Some(server);
            }
        }
        None
    }

    /// Joins the server of this folder if it is the wanted one and lets us in: nothing else is trusted.
    async fn join(plan: &Plan, folder: &Path) -> Option<Self> {
        let seat = Seat::take(folder, plan.healthy_within).await?;
        let record = seat.record().filter(|record| record.command == plan.command)?;
        let guard_ends = async {
            while seat.is_guarded() {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        tokio::select! {
            () = becomes_healthy(&record.target, &plan.directory) => {}
            () = guard_ends => return None,
            () = tokio::time::sleep(plan.healthy_within) => return None,
        }
        tracing::info!(url = record.target.url, "joined the own server of another editor");
        Some(Self { target: record.target, hold: Hold::Shared(seat) })
    }

    /// Starts a server and waits until it answers; without a seat nobody can join it.
    async fn start(plan: &Plan, seat: Option<Seat>) -> Result<Self, SpawnError> {
        let port = free_port().map_err(SpawnError::Port)?;
        let password = SecretString::from(random_hex::<24>().map_err(SpawnError::Random)?);
        let target = Target {
            url: format!("http://127.0.0.1:{port}"),
            username: USERNAME.to_owned(),
            password: Some(password.clone()),
            path_map: PathMap::default(),
            ca_file: None,
        };
        let mut guarded = start::guarded(plan, port, &password, seat.as_ref()).await?;
        tokio::select! {
            () = becomes_healthy(&target, &plan.directory) => {}
            error = guarded.ended(&plan.command) => return Err(error),
            () = tokio::time::sleep(plan.healthy_within) => return Err(guarded.not_ready(plan)),
        }
        let hold = match (seat, guarded.into_guard()) {
            (Some(seat), _) => {
                let record = Record { command: plan.command.clone(), target: target.clone() };
                if let Err(error) = seat.write(&record) {
                    tracing::warn!(%error, "other editors will not find the own server");
                }
                Hold::Shared(seat)
            }
            (None, guard) => Hold::Alone(guard),
        };
        Ok(Self { target, hold })
    }

    pub fn is_running(&mut self) -> bool {
        match &mut self.hold {
            Hold::Shared(seat) => seat.is_guarded(),
            Hold::Alone(guard) => matches!(guard.try_wait(), Ok(None)),
        }
    }

    pub fn target(&self) -> Target {
        self.target.clone()
    }
}

fn real(directory: &Path) -> PathBuf {
    std::fs::canonicalize(directory).unwrap_or_else(|_| directory.to_path_buf())
}

async fn becomes_healthy(target: &Target, directory: &Path) {
    // 1.18.34 never answers a request that arrives just as it begins to listen, so the first looks are short
    // and each is on a connection of its own; on a busy machine an answer may take longer than those.
    let mut patience = FIRST_LOOK;
    loop {
        match tokio::time::timeout(patience, is_healthy(target, directory)).await {
            Ok(true) => return,
            // It does not listen yet.
            Ok(false) => {}
            Err(_) => patience = LONGEST_LOOK.min(patience * 2),
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Whether an opencode answers that takes the password. One that is too old or too new counts: the
/// connection says so.
async fn is_healthy(target: &Target, directory: &Path) -> bool {
    let Ok(client) = Client::new(target, directory) else {
        return false;
    };
    matches!(client.version().await, Ok(_) | Err(ClientError::TooOld { .. } | ClientError::TooNew { .. }))
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

fn random_hex<const BYTES: usize>() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; BYTES];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
