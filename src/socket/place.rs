//! Where the sockets of a workspace folder are, and who may be behind them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::system;
use crate::files;

/// Where a socket is, and what must be said to be heard.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Record {
    pub socket: PathBuf,
    pub key: String,
}

/// What a bridge leaves on disk as long as it listens.
#[derive(Debug)]
pub(super) struct Files {
    record: PathBuf,
    socket: PathBuf,
}

impl Files {
    pub(super) fn remove(&self) {
        for removed in [fs::remove_file(&self.record), system::remove(&self.socket)] {
            if let Err(error) = removed
                && error.kind() != io::ErrorKind::NotFound
            {
                tracing::debug!(%error, record = %self.record.display(), "not removed");
            }
        }
    }
}

fn folder(own: &Path) -> PathBuf {
    own.join("sockets")
}

/// Listens for a workspace folder, named by the folder of the bridge's own files. Blocks; to be called on the runtime.
pub(super) fn open(own: &Path) -> io::Result<(system::Listener, Record, Files)> {
    let folder = folder(own);
    system::make_private(&folder)?;
    let (id, key) = (random_hex::<8>()?, random_hex::<24>()?);
    let socket = system::socket_path(&folder, &id)?;
    let listener = system::Listener::bind(&socket)?;
    let record = Record { socket: socket.clone(), key };
    let files = Files { record: folder.join(format!("{id}.json")), socket };
    // Only now: whoever finds a record finds somebody who listens, or who has gone.
    if let Err(error) = files::write_own(&files.record, &serde_json::to_string(&record)?) {
        files.remove();
        return Err(error);
    }
    Ok((listener, record, files))
}

/// The records of all bridges of a workspace folder, of dead ones too. Empty where others could have written them.
pub(super) fn records(own: &Path) -> Vec<(Record, Files)> {
    let folder = folder(own);
    let Ok(entries) = fs::read_dir(&folder) else {
        return Vec::new();
    };
    if let Err(error) = system::check_private(&folder) {
        tracing::warn!(%error, folder = %folder.display(), "the sockets there are not used");
        return Vec::new();
    }
    let paths = entries.flatten().map(|entry| entry.path());
    let records = paths.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    let mut found: Vec<(Record, Files)> = records
        .filter_map(|path| {
            let record: Record = serde_json::from_str(&fs::read_to_string(&path).ok()?).ok()?;
            let files = Files { record: path, socket: record.socket.clone() };
            Some((record, files))
        })
        .collect();
    found.sort_by(|a, b| a.1.record.cmp(&b.1.record));
    found
}

fn random_hex<const BYTES: usize>() -> io::Result<String> {
    let mut bytes = [0_u8; BYTES];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
