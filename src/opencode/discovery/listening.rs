//! The opencode servers of this user that listen on loopback, told by what they answer.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use futures_util::future::join_all;
use listeners::{Listener, Protocol, SocketState};

use super::Running;
use crate::config::{Password, ServerSettings};
use crate::core::server::FoundServer;
use crate::opencode::client::{Client, Target};
use crate::opencode::error::ClientError;
use crate::opencode::path_map::PathMap;

/// A server at rest answers at once, one that has just started or works hard within seconds.
const ANSWERS_WITHIN: Duration = Duration::from_secs(6);
/// 1.18.34 never answers a request that arrives just as it begins to listen: it is asked again.
const ASK_AGAIN: Duration = Duration::from_secs(1);
/// Far more than anybody runs: a fault in the list must not become a flood of requests.
const MOST: usize = 64;

/// Looks for running servers and asks each where it was started.
pub async fn running(settings: &ServerSettings) -> Running {
    let probes = listening().await.into_iter().take(MOST).map(|address| probe(settings, format!("http://{address}")));
    let mut running = Running::default();
    for probed in join_all(probes).await {
        match probed {
            Probed::Server(server) => running.servers.push(server),
            Probed::Locked(url) => running.locked.push(url),
            Probed::NotOpencode => {}
        }
    }
    running.servers.sort_by(|a, b| a.url.cmp(&b.url));
    running
}

async fn listening() -> Vec<SocketAddr> {
    tokio::task::spawn_blocking(addresses).await.unwrap_or_else(|error| {
        tracing::error!(%error, "the list of listening processes could not be made");
        Vec::new()
    })
}

/// The ports of all servers that [`running`] would ask, whether they answer yet or not.
pub(super) async fn ports() -> BTreeSet<u16> {
    listening().await.iter().map(SocketAddr::port).collect()
}

/// Whether the server at this address is the same as before.
pub(super) async fn still_there(settings: &ServerSettings, before: &FoundServer) -> bool {
    let now = probe(settings, before.url.clone()).await;
    matches!(now, Probed::Server(now) if now.directory == before.directory)
}

pub(super) enum Probed {
    Server(FoundServer),
    Locked(String),
    NotOpencode,
}

async fn probe(settings: &ServerSettings, url: String) -> Probed {
    let probed = ask(Client::new(&on_this_machine(settings, &url), Path::new("/")), url).await;
    let Probed::Server(server) = probed else {
        return probed;
    };
    // Two names of one folder must be told as one.
    let real = |path| std::fs::canonicalize(&path).unwrap_or(path);
    Probed::Server(FoundServer { directory: real(server.directory), worktree: server.worktree.map(real), ..server })
}

/// What a server says of itself. Its folders are named as it names them.
pub(super) async fn ask(client: Result<Client, ClientError>, url: String) -> Probed {
    let answer = async { answer(&client?, &url).await };
    match tokio::time::timeout(ANSWERS_WITHIN, answer).await {
        Ok(Ok(server)) => Probed::Server(server),
        Ok(Err(ClientError::Unauthorized { .. })) => Probed::Locked(url),
        Ok(Err(error)) => {
            tracing::debug!(url, %error, "no server to use");
            Probed::NotOpencode
        }
        Err(_) => {
            tracing::debug!(url, "no answer in time");
            Probed::NotOpencode
        }
    }
}

async fn answer(client: &Client, url: &str) -> Result<FoundServer, ClientError> {
    let version = loop {
        if let Ok(answer) = tokio::time::timeout(ASK_AGAIN, client.version()).await {
            break answer?;
        }
    };
    let (directory, worktree) = client.home().await?;
    Ok(FoundServer { url: url.to_owned(), version, directory, worktree, announced: false })
}

/// A server of this machine, with the user's credentials. It names folders as the editor does.
pub fn on_this_machine(settings: &ServerSettings, url: &str) -> Target {
    Target {
        url: url.to_owned(),
        username: settings.username.clone(),
        // A command that prints it is not run for every server there is.
        password: settings.password.as_ref().and_then(Password::given).cloned(),
        path_map: PathMap::default(),
        ca_file: None,
    }
}

/// Where processes listen that may be opencode's, one address for each port.
fn addresses() -> Vec<SocketAddr> {
    let all = match listeners::get_all() {
        Ok(all) => all,
        Err(error) => {
            tracing::warn!(%error, "the system does not tell which processes listen");
            return Vec::new();
        }
    };
    let mut found = BTreeMap::new();
    let candidates = all.into_iter().filter(is_candidate);
    for address in candidates.filter_map(|listener| reachable(listener.socket)) {
        found
            .entry(address.port())
            .and_modify(|known: &mut SocketAddr| *known = address.min(*known))
            .or_insert(address);
    }
    found.into_values().collect()
}

/// opencode itself, or Bun that runs it from its sources. No other program is asked anything.
fn is_candidate(listener: &Listener) -> bool {
    let name = listener.process.name.to_ascii_lowercase();
    let is_named_so = name.contains("opencode") && !name.starts_with("opencode-lsp");
    let listens = listener.protocol == Protocol::TCP && listener.state == SocketState::Listen;
    listens && (is_named_so || name == "bun" || name == "bun.exe")
}

/// The address on loopback at which a listening socket is reached, if it is.
fn reachable(socket: SocketAddr) -> Option<SocketAddr> {
    let ip = match socket.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    ip.to_canonical().is_loopback().then(|| SocketAddr::new(ip, socket.port()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use listeners::Process;

    fn listener(name: &str, socket: &str, state: SocketState) -> Listener {
        let process = Process { pid: 1, name: name.to_owned(), path: String::new() };
        Listener { process, socket: socket.parse().expect("an address"), protocol: Protocol::TCP, state }
    }

    #[test]
    fn only_opencode_is_asked() {
        for (name, state, asked) in [
            ("opencode", SocketState::Listen, true),
            (".opencode", SocketState::Listen, true),
            ("opencode.exe", SocketState::Listen, true),
            ("bun", SocketState::Listen, true),
            ("opencode", SocketState::Established, false),
            ("opencode-lsp", SocketState::Listen, false),
            ("postgres", SocketState::Listen, false),
        ] {
            assert_eq!(is_candidate(&listener(name, "127.0.0.1:4096", state)), asked, "{name} {state:?}");
        }
    }

    #[test]
    fn nothing_beyond_loopback_is_asked() {
        let at = |socket: &str| reachable(socket.parse().expect("an address")).map(|address| address.to_string());
        assert_eq!(at("127.0.0.1:4096").as_deref(), Some("127.0.0.1:4096"));
        assert_eq!(at("0.0.0.0:4096").as_deref(), Some("127.0.0.1:4096"));
        assert_eq!(at("[::]:4096").as_deref(), Some("[::1]:4096"));
        assert_eq!(at("[::1]:4096").as_deref(), Some("[::1]:4096"));
        assert_eq!(at("192.168.1.5:4096"), None);
    }
}
