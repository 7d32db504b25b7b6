//! `cargo xtask bench`: the figures of `benches/README.md`, against the release binary.

mod actions;
mod completions;
pub mod control;
mod edited;
mod events;
mod fake;
mod files;
mod floods;
mod keystrokes;
mod machine;
mod memory;
mod pipe;
mod start;
mod stats;
mod transcripts;
mod turn;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;
use testkit::Editor;

use crate::Result;
use crate::cargo::{self, Profile};
use fake::Fake;
use pipe::Pipe;
use stats::Row;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Measure this binary instead of building one
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// Measure only these
    #[arg(long, value_name = "NAME", value_parser = MEASUREMENTS.map(|(name, _)| name))]
    only: Vec<String>,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    let binary = match &args.binary {
        Some(binary) => std::path::absolute(binary)?,
        None => cargo::build(Profile::Release)?,
    };
    let begun = machine::Usage::now();
    let mut rows = Vec::new();
    for (name, measure) in MEASUREMENTS {
        if !args.only.is_empty() && !args.only.iter().any(|only| only == name) {
            continue;
        }
        eprintln!("bench: {name}");
        rows.extend(measure(&binary).map_err(|error| format!("{name}: {error}"))?);
    }
    println!("{}\n", machine::describe(begun));
    println!("{}", stats::table(&rows));
    Ok(ExitCode::SUCCESS)
}

type Measure = fn(&Path) -> Result<Vec<Row>>;

const MEASUREMENTS: [(&str, Measure); 10] = [
    ("start", start::measure),
    ("memory", memory::measure),
    ("size", size),
    ("actions", actions::measure),
    ("completions", completions::measure),
    ("events", events::measure),
    ("keystrokes", keystrokes::measure),
    ("files", files::measure),
    ("floods", floods::measure),
    ("transcripts", transcripts::measure),
];

const MIB: f64 = 1024.0 * 1024.0;

fn size(binary: &Path) -> Result<Vec<Row>> {
    let mib = std::fs::metadata(binary)?.len() as f64 / MIB;
    Ok(vec![Row::of_one("release binary", mib, "MiB", 10.0)])
}

/// How long anything may take before the measurement is given up.
const PATIENCE: Duration = Duration::from_secs(30);

/// A folder, a server in place of opencode, and the bridge connected to it.
struct Stage {
    pipe: Pipe,
    fake: Fake,
    folder: TempDir,
}

impl Stage {
    fn connected(binary: &Path) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let fake = Fake::start(folder.path())?;
        let mut pipe = Pipe::spawn(binary, &folder.path().join("state"))?;
        let mut params = Editor::params_for(folder.path());
        params["initializationOptions"] = json!({"server": {"url": fake.url()}});
        let id = pipe.request("initialize", &params)?;
        pipe.response(id)?;
        pipe.notify("initialized", &json!({}))?;
        fake.wait_connected(PATIENCE)?;
        Ok(Self { pipe, fake, folder })
    }

    /// Opens a Python document, and tells its path and URI.
    fn open(&mut self, name: &str, text: &str) -> Result<(PathBuf, String)> {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text)?;
        let uri = url::Url::from_file_path(&path).map_err(|()| "the folder's path is not absolute")?.to_string();
        let document = json!({"uri": uri, "languageId": "python", "version": 1, "text": text});
        self.pipe.notify("textDocument/didOpen", &json!({"textDocument": document}))?;
        Ok((path, uri))
    }
}
