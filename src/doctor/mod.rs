//! `opencode-lsp doctor`: which server would be used, and what is wrong.

mod report;

use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;
use url::Url;

use crate::config::{Overrides, Password, ServerSettings, Settings};
use crate::core::connection::exposed;
use crate::core::server::FoundServer;
use crate::files;
use crate::opencode::Client;
use crate::opencode::client::Target;
use crate::opencode::connection::{named, none_found};
use crate::opencode::discovery::{Finder, Running, Wanted, announced_now, on_this_machine};
use crate::opencode::error::ClientError;
use crate::opencode::own::OwnServer;
use crate::opencode::password::Keyring;
use crate::opencode::stream::EventStream;
use crate::opencode::versions::{is_newer_than_known, newest_known};
use report::Report;

/// Prints the report; the exit code is 0 when all is well, else 1.
pub async fn run(overrides: Overrides, directory: Option<PathBuf>, settings: Option<PathBuf>, json: bool) -> u8 {
    let report = examine(&overrides, directory, settings.as_deref()).await;
    if json {
        println!("{}", report.json());
    } else {
        print!("{}", report.text());
    }
    u8::from(report.problem.is_some())
}

/// Why no server of a project can be asked.
#[derive(Debug)]
pub struct Unreached {
    /// What `doctor` says.
    pub problem: String,
    /// There is none: nothing is at work.
    pub absent: bool,
}

/// The server of a project, ready to be asked.
#[derive(Debug)]
pub struct Reached {
    pub client: Client,
    /// The folder to work in.
    pub root: PathBuf,
    /// The server that an editor has started runs at least as long as this is held.
    pub own: Option<OwnServer>,
}

/// The server that a project's editor uses, also where the editor has started it.
pub async fn reach(
    overrides: &Overrides,
    directory: Option<PathBuf>,
    file: Option<&Path>,
) -> Result<Reached, Unreached> {
    let unclear = |problem| Unreached { problem, absent: false };
    let mut settings = overrides.base();
    if let Some(file) = file {
        merge(&mut settings, file).map_err(unclear)?;
    }
    overrides.apply(&mut settings);
    let directory = absolute(directory).map_err(unclear)?;
    let mut report = Report::default();
    let mut reached = match connect(&settings.server, directory.clone(), &mut report).await {
        Ok((client, root)) => Reached { client, root, own: None },
        Err(problem) if report.looked_in_vain => beside(&directory).await.ok_or(Unreached { problem, absent: true })?,
        Err(problem) => return Err(unclear(problem)),
    };
    let failed = |error: ClientError| Unreached {
        problem: error.to_string(),
        absent: matches!(error, ClientError::Unreachable { .. }),
    };
    reached.client.version().await.map_err(failed)?;
    reached.client.learn_paths().await.map_err(failed)?;
    Ok(reached)
}

/// The own server of an editor that has this folder open, or one above it.
async fn beside(directory: &Path) -> Option<Reached> {
    for root in directory.ancestors() {
        if let Some(server) = OwnServer::beside(root).await {
            let client = Client::new(&server.target(), root).ok()?;
            return Some(Reached { client, root: root.to_path_buf(), own: Some(server) });
        }
    }
    None
}

fn absolute(directory: Option<PathBuf>) -> Result<PathBuf, String> {
    let directory = directory.map_or_else(std::env::current_dir, std::path::absolute);
    directory.map_err(|error| format!("the folder cannot be used ({error})"))
}

async fn connect(
    settings: &ServerSettings,
    directory: PathBuf,
    report: &mut Report,
) -> Result<(Client, PathBuf), String> {
    let (target, directory) = match settings.url.as_deref() {
        Some(url) => {
            let target = named(url, settings, &mut Keyring::default()).await.map_err(|error| error.to_string())?;
            (target, directory)
        }
        None => find(settings, directory, report).await?,
    };
    let client = Client::new(&target, &directory).map_err(|error| error.to_string())?;
    Ok((client, directory))
}

async fn examine(overrides: &Overrides, directory: Option<PathBuf>, file: Option<&Path>) -> Report {
    let mut report = Report::default();
    report.problem = fill(overrides, directory, file, &mut report).await.err();
    report
}

/// Fills the report as far as it gets.
async fn fill(
    overrides: &Overrides,
    directory: Option<PathBuf>,
    file: Option<&Path>,
    report: &mut Report,
) -> Result<(), String> {
    let mut settings = overrides.base();
    if let Some(file) = file {
        report.settings = merge(&mut settings, file)?;
    }
    report.found_by = found_by(overrides, &settings);
    overrides.apply(&mut settings);
    let directory = absolute(directory)?;
    report.auth = auth(&settings.server);
    report.ca_file = settings.server.ca_file.as_ref().map(|file| file.display().to_string());
    report.path_map = settings.server.path_map.lines();
    report.project = Some(directory.display().to_string());
    look(&settings.server, directory, report).await
}

/// Lays a file's settings over the environment's; what is wrong with them.
fn merge(settings: &mut Settings, file: &Path) -> Result<Vec<String>, String> {
    let text = std::fs::read(file).map_err(|error| format!("{} cannot be read ({error})", file.display()))?;
    // What the parser says of it may quote it.
    let json: serde_json::Value = serde_json::from_slice(&text)
        .map_err(|error| format!("{} is no JSON (line {}, column {})", file.display(), error.line(), error.column()))?;
    Ok(settings.merge(&json).iter().map(ToString::to_string).collect())
}

async fn look(settings: &ServerSettings, directory: PathBuf, report: &mut Report) -> Result<(), String> {
    let (mut client, directory) = connect(settings, directory, report).await?;
    report.server = Some(client.url().to_owned());
    report.warning = client.exposes_password().then(|| exposed(client.url()));
    if !settings.path_map.is_empty() {
        report.project_there = Some(client.directory().to_owned());
        if client.directory() == directory.to_string_lossy() {
            report.settings.push("no folder of server.pathMap holds the project".to_owned());
        }
    }
    let version = client.version().await.map_err(|error| error.to_string())?;
    report.treated_as = is_newer_than_known(&version).then(newest_known);
    report.version = Some(version.clone());
    let paths = client.learn_paths().await.map_err(|error| error.to_string())?;
    report.worktree = paths.worktree.map(|path| path.display().to_string());
    let stream = EventStream::open(&client, &version).await;
    report.event_stream = Some(stream.is_ok());
    stream.map_err(|error| format!("the event stream does not work: {error}"))?;
    let pending = client.permissions().await.map_err(|error| error.to_string())?;
    report.pending_permissions = Some(pending.iter().map(|request| request.summary(&directory)).collect());
    Ok(())
}

/// The server that an editor would find, with the folder it would work in.
async fn find(settings: &ServerSettings, directory: PathBuf, report: &mut Report) -> Result<(Target, PathBuf), String> {
    let own = files::own_folder(&directory);
    report.found_by = Some("what runs on this machine");
    if settings.mdns {
        report.announced = Some(match announced_now(settings).await {
            Ok(servers) => servers.iter().map(described).collect(),
            Err(error) => vec![error.to_string()],
        });
    }
    match Finder::new(settings.clone(), &directory, &own, None).find().await {
        Wanted::Server { server, directory } => Ok((on_this_machine(settings, &server.url), directory)),
        Wanted::Announced(server) => {
            report.found_by = Some("what is announced by mDNS, and was chosen");
            let target = named(&server.url, settings, &mut Keyring::default()).await;
            Ok((target.map_err(|error| error.to_string())?, directory))
        }
        Wanted::Ask(servers) if servers.iter().any(|server| server.announced) => {
            let urls: Vec<String> = servers.into_iter().map(|server| server.url).collect();
            Err(format!("announced for this project is {}; an editor asks whether to use it", urls.join(" and ")))
        }
        Wanted::Ask(servers) => {
            let urls: Vec<String> = servers.into_iter().map(|server| server.url).collect();
            Err(format!("several servers run for this project ({}); an editor asks which one to use", urls.join(", ")))
        }
        Wanted::Own => {
            report.looked_in_vain = true;
            Err("no server runs for this project; one was chosen to be started by the editor".to_owned())
        }
        Wanted::None(running) => {
            report.others = running.servers.iter().map(described).collect();
            report.looked_in_vain = true;
            Err(none_found(&Running { servers: Vec::new(), ..running }))
        }
    }
}

fn described(server: &FoundServer) -> String {
    if server.version.is_empty() {
        return format!("{}, which asks for a password", server.url);
    }
    format!("{} in {}", server.url, server.directory.display())
}

/// `settings` are those before the command line came over them.
fn found_by(overrides: &Overrides, settings: &Settings) -> Option<&'static str> {
    if overrides.server.is_some() {
        return Some("--server");
    }
    match &settings.server.url {
        None => None,
        url if *url == overrides.env_server => Some("OPENCODE_SERVER"),
        Some(_) => Some("server.url"),
    }
}

/// Of the password only its existence may be seen.
fn auth(settings: &ServerSettings) -> Option<String> {
    let address = settings.url.as_deref().and_then(|url| Url::parse(url).ok());
    if let Some(address) = address.filter(|address| address.password().is_some()) {
        let user = percent_decode_str(address.username()).decode_utf8_lossy();
        return Some(format!("Basic, user {user}, password by the address"));
    }
    let from = match settings.password.as_ref()? {
        Password::Environment(_) => String::new(),
        Password::Set(_) => ", password by server.password".to_owned(),
        Password::Command(command) => format!(", password by server.passwordCommand ({})", command.name()),
    };
    Some(format!("Basic, user {}{from}", settings.username))
}
