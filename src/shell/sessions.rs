//! `opencode-lsp sessions`: the project's sessions, newest first.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

use super::{At, ShellError, finish, json};
use crate::config::Overrides;
use crate::core::inert::inert;
use crate::doctor::Reached;

#[derive(Debug, clap::Args)]
pub struct Sessions {
    #[command(flatten)]
    at: At,
    /// At most so many
    #[arg(long, value_name = "NUMBER")]
    limit: Option<usize>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Listed {
    id: String,
    title: String,
    /// In milliseconds since 1970.
    updated: u64,
    /// At work.
    busy: bool,
}

pub async fn run(overrides: Overrides, sessions: Sessions) -> u8 {
    finish(list(&overrides, sessions).await)
}

async fn list(overrides: &Overrides, sessions: Sessions) -> Result<String, ShellError> {
    let Sessions { at, limit, json: as_json } = sessions;
    let Reached { client, own: _own, .. } = at.reach(overrides).await?;
    let busy = client.busy_sessions().await?;
    let entries = client.sessions().await?.into_iter().take(limit.unwrap_or(usize::MAX));
    let listed: Vec<Listed> = entries
        .map(|session| Listed {
            busy: busy.contains(&session.id),
            id: session.id.to_string(),
            title: session.title,
            updated: session.updated,
        })
        .collect();
    if as_json {
        return Ok(json(&listed));
    }
    if listed.is_empty() {
        return Ok("There is no session.\n".to_owned());
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let line = |session: &Listed| {
        let age = if session.busy { "at work".to_owned() } else { age(now.saturating_sub(session.updated / 1000)) };
        format!("{}  {age:>8}  {}\n", inert(&session.id, 100), inert(&session.title, 100))
    };
    Ok(listed.iter().map(line).collect())
}

/// How long ago, from seconds.
fn age(seconds: u64) -> String {
    match seconds {
        0..60 => "just now".to_owned(),
        60..3600 => format!("{} min", seconds / 60),
        3600..86_400 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_for_people() {
        let said = [0, 59, 60, 3599, 3600, 86_399, 86_400, 10_000_000].map(age);
        assert_eq!(said, ["just now", "just now", "1 min", "59 min", "1 h", "23 h", "1 d", "115 d"]);
    }
}
