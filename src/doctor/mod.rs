//! `opencode-lsp doctor`: which server would be used, and what is wrong.

mod report;

use std::path::PathBuf;

use secrecy::ExposeSecret;

use crate::config::{Overrides, ServerSettings};
use crate::files;
use crate::opencode::Client;
use crate::opencode::client::Target;
use crate::opencode::connection::{explicit, none_found};
use crate::opencode::discovery::{Finder, Running, Wanted, on_this_machine};
use crate::opencode::stream::EventStream;
use report::Report;

/// Prints the report; the exit code is 0 when all is well, else 1.
pub async fn run(overrides: Overrides, directory: Option<PathBuf>, json: bool) -> u8 {
    let report = examine(&overrides, directory).await;
    if json {
        println!("{}", report.json());
    } else {
        print!("{}", report.text());
    }
    u8::from(report.problem.is_some())
}

async fn examine(overrides: &Overrides, directory: Option<PathBuf>) -> Report {
    let mut settings = overrides.base();
    overrides.apply(&mut settings);
    let mut report = Report { found_by: found_by(overrides), ..Report::default() };
    let directory = match directory.map_or_else(std::env::current_dir, std::path::absolute) {
        Ok(directory) => directory,
        Err(error) => {
            report.problem = Some(format!("the folder cannot be used ({error})"));
            return report;
        }
    };
    report.auth = auth(&settings.server);
    report.project = Some(directory.display().to_string());
    if let Err(problem) = look(&settings.server, directory, &mut report).await {
        report.problem = Some(problem);
    }
    report
}

/// Fills the report as far as it gets.
async fn look(settings: &ServerSettings, directory: PathBuf, report: &mut Report) -> Result<(), String> {
    let (target, directory) = match explicit(settings) {
        Some(target) => (target, directory),
        None => find(settings, directory, report).await?,
    };
    let mut client = Client::new(&target, &directory).map_err(|error| error.to_string())?;
    report.server = Some(client.url().to_owned());
    report.version = Some(client.version().await.map_err(|error| error.to_string())?);
    let paths = client.learn_paths().await.map_err(|error| error.to_string())?;
    report.worktree = paths.worktree.map(|path| path.display().to_string());
    let stream = EventStream::open(&client).await;
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
    match Finder::new(settings.clone(), &directory, &own, None).find().await {
        Wanted::Server { server, directory } => Ok((on_this_machine(settings, &server.url), directory)),
        Wanted::Ask(servers) => {
            let urls: Vec<String> = servers.into_iter().map(|server| server.url).collect();
            Err(format!("several servers run for this project ({}); an editor asks which one to use", urls.join(", ")))
        }
        Wanted::Own => Err("no server runs for this project; one was chosen to be started by the editor".to_owned()),
        Wanted::None(running) => {
            report.others = running
                .servers
                .into_iter()
                .map(|server| format!("{} in {}", server.url, server.directory.display()))
                .collect();
            Err(none_found(&Running { servers: Vec::new(), locked: running.locked }))
        }
    }
}

fn found_by(overrides: &Overrides) -> Option<&'static str> {
    match (&overrides.server, &overrides.env_server) {
        (Some(_), _) => Some("--server"),
        (None, Some(_)) => Some("OPENCODE_SERVER"),
        (None, None) => None,
    }
}

fn auth(settings: &ServerSettings) -> Option<String> {
    // Of the password only its existence may be seen.
    let set = settings.password.as_ref().is_some_and(|password| !password.expose_secret().is_empty());
    set.then(|| format!("Basic, user {}", settings.username))
}
