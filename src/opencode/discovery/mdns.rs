//! What is announced by mDNS on the networks of this machine. It is anybody's word.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use mdns_sd::{DaemonEvent, ResolvedService, ServiceDaemon, ServiceEvent};
use tokio::time::timeout;

/// As opencode's `--mdns` publishes itself: every kind of web server does.
const SERVICE: &str = "_http._tcp.local.";
/// How the names of opencode's announcements begin: `opencode-4096`.
const NAME: &str = "opencode";
/// Who is there answers at once.
const LISTEN_FOR: Duration = Duration::from_secs(1);
const ENDS_WITHIN: Duration = Duration::from_secs(1);
/// Far more than anybody runs: a flood of announcements must not become a flood of requests.
const MOST: usize = 32;
/// Two machines may both be `opencode.local`: of the addresses of that name some are the other's.
const MOST_ADDRESSES: usize = 4;

/// The addresses of each announced server, by the name of its announcement.
pub type Heard = BTreeMap<String, Vec<SocketAddr>>;

/// Why nothing is heard.
#[derive(Debug, thiserror::Error)]
#[error("mDNS does not work here ({0})")]
pub struct MdnsError(#[from] mdns_sd::Error);

/// Asks the networks for a second. Nothing of it goes on afterwards.
pub async fn listen() -> Result<Heard, MdnsError> {
    let mut heard = Heard::new();
    let problem = browse(mdns_sd::MDNS_PORT, |service| {
        let addresses = service.addresses.iter().map(mdns_sd::ScopedIp::to_ip_addr);
        hear(&mut heard, &service.fullname, addresses, service.port);
    });
    match problem.await? {
        Some(problem) if heard.is_empty() => Err(problem.into()),
        _ => Ok(heard),
    }
}

/// Hands on whatever answers, and says what went wrong besides.
async fn browse(port: u16, mut each: impl FnMut(&ResolvedService)) -> Result<Option<mdns_sd::Error>, MdnsError> {
    let daemon = Daemon(ServiceDaemon::new_with_port(port)?);
    let problems = daemon.0.monitor()?;
    let events = daemon.0.browse(SERVICE)?;
    let collect = async {
        while let Ok(event) = events.recv_async().await {
            if let ServiceEvent::ServiceResolved(service) = event {
                each(&service);
            }
        }
    };
    // Answers may always come, so the time runs out.
    let _ = timeout(LISTEN_FOR, collect).await;
    daemon.end().await;
    Ok(problems.try_iter().find_map(|event| match event {
        DaemonEvent::Error(error) => Some(error),
        _ => None,
    }))
}

/// The thread that listens; it ends with this.
struct Daemon(ServiceDaemon);

impl Daemon {
    /// Waits for the end, too.
    async fn end(&self) {
        if let Ok(ended) = self.0.shutdown() {
            let _ = timeout(ENDS_WITHIN, ended.recv_async()).await;
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.shutdown();
    }
}

/// Takes an announcement if it is one of opencode's and somebody may be reached by it.
fn hear(heard: &mut Heard, name: &str, addresses: impl Iterator<Item = IpAddr>, port: u16) {
    if !name.get(..NAME.len()).is_some_and(|start| start.eq_ignore_ascii_case(NAME)) {
        return;
    }
    let addresses: BTreeSet<SocketAddr> =
        addresses.filter(leads_elsewhere).map(|ip| SocketAddr::new(ip, port)).collect();
    if addresses.is_empty() || port == 0 || (heard.len() == MOST && !heard.contains_key(name)) {
        return;
    }
    heard.insert(name.to_owned(), addresses.into_iter().take(MOST_ADDRESSES).collect());
}

/// Nobody is to send the bridge to what listens on this machine's loopback. A link-local address of
/// IPv6 cannot be written in a URL.
fn leads_elsewhere(ip: &IpAddr) -> bool {
    let ip = ip.to_canonical();
    let is_usable = match ip {
        IpAddr::V4(ip) => !ip.is_broadcast(),
        IpAddr::V6(ip) => !ip.is_unicast_link_local(),
    };
    is_usable && !ip.is_loopback() && !ip.is_unspecified() && !ip.is_multicast()
}

/// Adds what was heard before, as far as there is room.
pub fn with_earlier(mut heard: Heard, earlier: Heard) -> Heard {
    for (name, addresses) in earlier {
        if heard.len() < MOST {
            heard.entry(name).or_insert(addresses);
        }
    }
    heard
}

/// Takes out what was found as a process of this machine: at one of its addresses and on one of these ports.
pub fn without_local(mut heard: Heard, own: &[IpAddr], ports: &BTreeSet<u16>) -> Heard {
    let is_local = |address: &SocketAddr| own.contains(&address.ip()) && ports.contains(&address.port());
    heard.retain(|_, addresses| !addresses.iter().any(is_local));
    heard
}

#[cfg(test)]
mod tests {
    use super::*;
    use mdns_sd::{IfKind, ServiceInfo};
    use std::net::{Ipv4Addr, UdpSocket};

    fn ips(ips: &[&str]) -> Vec<IpAddr> {
        ips.iter().map(|ip| ip.parse().expect("an address")).collect()
    }

    fn heard(name: &str, addresses: &[&str], port: u16) -> Vec<String> {
        let mut heard = Heard::new();
        hear(&mut heard, name, ips(addresses).into_iter(), port);
        heard.into_values().flatten().map(|address| address.to_string()).collect()
    }

    /// By a real multicast, but on loopback and on a port of its own.
    #[tokio::test]
    async fn an_announcement_is_heard_and_no_thread_stays() {
        let free = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).and_then(|socket| socket.local_addr());
        let port = free.expect("a free port").port();
        let announcer = Daemon(ServiceDaemon::new_with_port(port).expect("a daemon"));
        announcer.0.disable_interface(IfKind::All).expect("taken");
        announcer.0.enable_interface(IfKind::LoopbackV4).expect("taken");
        let ip = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let info = ServiceInfo::new(SERVICE, "opencode-4096", "opencode.local.", ip, 4096, &[("path", "/")][..]);
        announcer.0.register(info.expect("an announcement")).expect("taken");
        let mut seen = Vec::new();
        // It asks whether its name is free before it says it.
        for _ in 0..30 {
            if !seen.is_empty() {
                break;
            }
            let note = |service: &ResolvedService| seen.push((service.fullname.clone(), service.port));
            browse(port, note).await.expect("works");
        }
        assert_eq!(seen.first(), Some(&(format!("opencode-4096.{SERVICE}"), 4096)));
        announcer.end().await;
        drop(announcer);
        testkit::eventually(|| (threads() == 0).then_some(()));
    }

    /// How many threads of `mdns-sd` there are; only Linux tells.
    fn threads() -> usize {
        let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
        let name = |task: std::fs::DirEntry| std::fs::read_to_string(task.path().join("comm")).unwrap_or_default();
        tasks.map(name).filter(|name| name.starts_with("mDNS_daemon")).count()
    }

    #[test]
    fn only_opencodes_announcements_count() {
        for (name, counts) in [
            ("opencode-4096._http._tcp.local.", true),
            ("OpenCode._http._tcp.local.", true),
            ("printer._http._tcp.local.", false),
            ("not-opencode-4096._http._tcp.local.", false),
            ("öpencode._http._tcp.local.", false),
            ("open", false),
        ] {
            assert_eq!(heard(name, &["192.0.2.5"], 4096).len(), usize::from(counts), "{name}");
        }
    }

    #[test]
    fn an_announcement_cannot_lead_to_this_machines_loopback() {
        let of = |addresses: &[&str]| heard("opencode-4096", addresses, 4096);
        for address in ["127.0.0.1", "0.0.0.0", "::1", "::", "::ffff:127.0.0.1", "224.0.0.251", "255.255.255.255"] {
            assert!(of(&[address]).is_empty(), "{address}");
        }
        assert!(of(&["fe80::1"]).is_empty());
        assert!(heard("opencode-0", &["192.0.2.5"], 0).is_empty());
        assert_eq!(of(&["2001:db8::1", "192.0.2.5", "127.0.0.1"]), ["192.0.2.5:4096", "[2001:db8::1]:4096"]);
    }

    #[test]
    fn a_flood_is_not_asked() {
        let many: Vec<String> = (1..=9).map(|last| format!("192.0.2.{last}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(heard("opencode-1", &many, 1).len(), MOST_ADDRESSES);
        let mut all = Heard::new();
        for port in 1..=100 {
            hear(&mut all, &format!("opencode-{port}"), ips(&["192.0.2.1"]).into_iter(), port);
        }
        assert_eq!(all.len(), MOST);
        let mut later = Heard::new();
        hear(&mut later, "opencode-later", ips(&["192.0.2.1"]).into_iter(), 1);
        let both = with_earlier(later, all);
        assert_eq!(both.len(), MOST);
        assert!(both.contains_key("opencode-later"));
    }

    #[test]
    fn what_runs_here_is_not_listed_twice() {
        let mut all = Heard::new();
        hear(&mut all, "opencode-1", ips(&["192.0.2.5", "192.0.2.9"]).into_iter(), 1);
        hear(&mut all, "opencode-2", ips(&["192.0.2.5"]).into_iter(), 2);
        hear(&mut all, "opencode-3", ips(&["192.0.2.9"]).into_iter(), 3);
        // The second is not among the processes that were found: another user's.
        let left = without_local(all, &ips(&["192.0.2.5"]), &BTreeSet::from([1, 3]));
        assert_eq!(left.keys().collect::<Vec<_>>(), ["opencode-2", "opencode-3"]);
    }
}
