//! The servers that are announced on the network. Each is asked who it is, without any password.

use std::path::{Path, PathBuf};

use futures_util::future::join_all;
use url::Url;

use super::listening::{Probed, ask, ports};
use super::matching::{Match, best};
use super::mdns::{Heard, MdnsError, listen, with_earlier, without_local};
use crate::config::ServerSettings;
use crate::core::server::FoundServer;
use crate::opencode::access::is_loopback;
use crate::opencode::client::{Client, Target};
use crate::opencode::path_map::PathMap;

/// Longest answer of a server that nobody has chosen, in bytes. They have a few hundred.
const MOST_BYTES: usize = 64 * 1024;

/// Listens, and asks whoever was heard now or before. What runs on this machine is left out.
///
/// `heard` is what was heard before: one answer that is lost on the way makes no server disappear.
pub async fn announced(settings: &ServerSettings, heard: &mut Heard) -> Result<Vec<FoundServer>, MdnsError> {
    let all = with_earlier(listen().await?, std::mem::take(heard));
    let own: Vec<_> = match if_addrs::get_if_addrs() {
        Ok(interfaces) => interfaces.iter().map(if_addrs::Interface::ip).collect(),
        Err(error) => {
            tracing::warn!(%error, "the system does not tell its own addresses");
            Vec::new()
        }
    };
    // One that has just begun to listen here is found at the next look.
    let elsewhere = without_local(all, &own, &ports().await);
    let asked = join_all(elsewhere.iter().map(async |(name, addresses)| {
        let urls = addresses.iter().map(|address| format!("http://{address}"));
        let answers = join_all(urls.map(|url| who_is(settings, url))).await;
        (name, first(answers))
    }));
    let mut servers = Vec::new();
    for (name, server) in asked.await {
        if let Some(server) = server {
            heard.insert(name.clone(), elsewhere[name].clone());
            servers.push(server);
        }
    }
    servers.sort_by(|a, b| a.url.cmp(&b.url));
    servers.dedup();
    Ok(servers)
}

/// Of the addresses of one server, the first that tells about itself, else the first that is opencode.
fn first(mut answers: Vec<Option<FoundServer>>) -> Option<FoundServer> {
    let tells = |answer: &Option<FoundServer>| answer.as_ref().is_some_and(|server| !server.version.is_empty());
    let index = answers.iter().position(tells).or_else(|| answers.iter().position(Option::is_some))?;
    answers.swap_remove(index)
}

/// Whether an announced server is the same as before.
pub async fn still_announced(settings: &ServerSettings, before: &FoundServer) -> bool {
    let now = who_is(settings, before.url.clone()).await;
    now.is_some_and(|now| now.directory == before.directory)
}

/// A server that was chosen when it was announced, by what is remembered of it.
pub fn chosen_before(url: &str, directory: &Path) -> Option<FoundServer> {
    // Processes of this machine are on loopback, and what is announced never is.
    if is_loopback(&Url::parse(url).ok()?) {
        return None;
    }
    Some(unknown(url.to_owned(), directory.to_path_buf()))
}

/// What the server at this address says, without any password and not at length.
async fn who_is(settings: &ServerSettings, url: String) -> Option<FoundServer> {
    let target = Target {
        url: url.clone(),
        username: String::new(),
        password: None,
        path_map: PathMap::default(),
        ca_file: settings.ca_file.clone(),
    };
    let client = Client::new(&target, Path::new("/")).map(|client| client.limited(MOST_BYTES));
    match ask(client, url).await {
        Probed::Server(server) => Some(FoundServer { announced: true, ..server }),
        Probed::Locked(url) => Some(unknown(url, PathBuf::new())),
        Probed::NotOpencode => None,
    }
}

fn unknown(url: String, directory: PathBuf) -> FoundServer {
    FoundServer { url, version: String::new(), directory, worktree: None, announced: true }
}

/// The announced servers that are for a workspace folder, as far as they tell. `folder` is the editor's
/// name of it, `real` the same without symbolic links. No name of theirs is looked up on this machine.
pub fn for_folder(map: &PathMap, folder: &Path, real: &Path, announced: &[FoundServer]) -> Vec<FoundServer> {
    let named: Vec<FoundServer> = announced
        .iter()
        .filter_map(|server| {
            let directory = server.directory.to_str().filter(|directory| !directory.is_empty())?;
            let directory = if map.is_empty() { directory.to_owned() } else { map.to_local(directory)? };
            Some(FoundServer { directory: directory.into(), ..server.clone() })
        })
        .collect();
    let here = match best(real, &named) {
        Match::None => best(folder, &named),
        found => found,
    };
    let here = match here {
        Match::One(server) => vec![server],
        Match::Tie(servers) => servers,
        Match::None => Vec::new(),
    };
    let is_here = |server: &&FoundServer| here.iter().any(|found| found.url == server.url);
    announced.iter().filter(is_here).cloned().collect()
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::net::{TcpListener, TcpStream};
    use std::sync::mpsc;
    use std::time::{Duration, Instant};

    use serde_json::json;

    use super::*;
    use crate::config::Settings;

    fn server(last: u8, directory: &str) -> FoundServer {
        FoundServer {
            version: "1.18.34".to_owned(),
            ..unknown(format!("http://192.0.2.{last}:4096"), directory.into())
        }
    }

    /// A server that answers everything with this; the requests that it got.
    fn answering(answer: impl Fn(&mut TcpStream) + Send + 'static) -> (String, mpsc::Receiver<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (seen, requests) = mpsc::channel();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let lines = BufReader::new(&stream).lines().map_while(Result::ok);
                let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
                if seen.send(head.join("\n")).is_err() {
                    return;
                }
                answer(&mut stream);
            }
        });
        (url, requests)
    }

    #[tokio::test]
    async fn who_was_not_chosen_gets_no_password() {
        let mut settings = Settings::default();
        settings.merge(&json!({"server": {"mdns": true, "username": "me", "password": "hunter2"}}));
        let answer = "HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        let (url, requests) = answering(move |stream| drop(stream.write_all(answer.as_bytes())));
        let server = who_is(&settings.server, url.clone()).await;
        assert_eq!(server, Some(unknown(url, PathBuf::new())));
        let asked: Vec<String> = requests.try_iter().collect();
        assert_eq!(asked.len(), 1);
        assert!(!asked[0].to_ascii_lowercase().contains("authorization"), "{asked:?}");
    }

    #[tokio::test]
    async fn who_was_not_chosen_is_not_listened_to_for_long() {
        let (url, _requests) = answering(|stream| {
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n";
            let mut sent = stream.write_all(head.as_bytes());
            while sent.is_ok() {
                sent = stream.write_all(&[b' '; 4096]);
            }
        });
        let before = Instant::now();
        assert_eq!(who_is(&ServerSettings::default(), url).await, None);
        assert!(before.elapsed() < Duration::from_secs(5), "{:?}", before.elapsed());
    }

    #[test]
    fn those_for_the_folder_by_the_names_of_the_path_map() {
        let here = |map: &PathMap, servers: &[FoundServer]| {
            let found = for_folder(map, Path::new("/home/me/link"), Path::new("/srv/app"), servers);
            found.into_iter().map(|server| server.url).collect::<Vec<_>>()
        };
        let none = PathMap::default();
        let servers = [server(1, "/srv/app"), server(2, "/srv"), server(3, "/srv/other"), server(4, "")];
        assert_eq!(here(&none, &servers), ["http://192.0.2.1:4096"]);
        assert_eq!(here(&none, &[server(5, "/home/me/link")]), ["http://192.0.2.5:4096"]);
        let map = PathMap::from_json(&json!({"/srv/app": "/workspace"})).expect("a map");
        assert_eq!(here(&map, &[server(1, "/srv/app"), server(6, "/workspace")]), ["http://192.0.2.6:4096"]);
        // One that does not tell is for nobody's folder.
        assert!(here(&none, &[server(4, "")]).is_empty());
    }

    #[test]
    fn of_several_addresses_the_one_that_tells_counts() {
        let locked = unknown("http://192.0.2.1:4096".to_owned(), PathBuf::new());
        let answers = vec![None, Some(locked.clone()), Some(server(2, "/srv/app"))];
        assert_eq!(first(answers), Some(server(2, "/srv/app")));
        assert_eq!(first(vec![None, Some(locked.clone())]), Some(locked));
        assert_eq!(first(vec![None]), None);
    }

    #[test]
    fn what_is_remembered_of_a_process_is_no_announced_server() {
        assert_eq!(chosen_before("http://127.0.0.1:4096", Path::new("/srv/app")), None);
        let elsewhere = chosen_before("http://192.0.2.1:4096", Path::new("/srv/app")).expect("a server");
        assert!(elsewhere.announced);
    }
}
