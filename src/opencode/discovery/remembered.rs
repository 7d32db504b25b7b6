//! What the user chose for a folder, kept for the next run.

use std::path::Path;

use crate::core::server::ServerChoice;
use crate::files;

const FILE: &str = "server.json";

/// The choice of an earlier run. `own` is the folder of the bridge's own files of a project. Blocks.
pub fn recall(own: &Path) -> Option<ServerChoice> {
    let text = std::fs::read_to_string(own.join(FILE)).ok()?;
    match serde_json::from_str(&text) {
        Ok(choice) => Some(choice),
        Err(error) => {
            tracing::warn!(%error, "the server that was chosen once cannot be read");
            None
        }
    }
}

/// Keeps a choice. Blocks; a failure is logged, as the choice holds for this run all the same.
pub fn remember(own: &Path, choice: &ServerChoice) {
    let written = serde_json::to_string(choice)
        .map_err(std::io::Error::other)
        .and_then(|text| files::write_own(&own.join(FILE), &text));
    if let Err(error) = written {
        tracing::warn!(%error, "the chosen server could not be written down");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_kept() {
        let own = tempfile::tempdir().expect("a folder");
        assert_eq!(recall(own.path()), None);
        let chosen = ServerChoice::Server { url: "http://127.0.0.1:4096".to_owned(), directory: "/srv/app".into() };
        for choice in [chosen, ServerChoice::Own] {
            remember(own.path(), &choice);
            assert_eq!(recall(own.path()), Some(choice));
        }
        std::fs::write(own.path().join(FILE), "{").expect("written");
        assert_eq!(recall(own.path()), None);
    }
}
