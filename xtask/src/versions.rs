//! `cargo xtask versions`: the scenarios of `tests/versions` on every version of opencode, as a table.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use testkit::install;
use testkit::versions::{self, OUTCOMES, WANTED};

use crate::{Result, test};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Test only these versions; without it, every known one and the newest on the registry
    #[arg(long, value_name = "VERSION")]
    only: Vec<String>,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    let wanted = if args.only.is_empty() { every_version()? } else { args.only.clone() };
    for (index, version) in wanted.iter().enumerate() {
        eprintln!("xtask: opencode {version} ({} of {})", index + 1, wanted.len());
        install::opencode(version)?;
    }
    let folder = tempfile::tempdir()?;
    let mut command = test::runner(&["--package", "opencode-lsp", "--test", "versions"]);
    command.env(WANTED, wanted.join(" ")).env(OUTCOMES, folder.path());
    let all_passed = command.status().map_err(|error| format!("cannot run cargo: {error}"))?.success();

    let outcomes = Outcomes::read(folder.path())?;
    if outcomes.rows.is_empty() {
        return Err("nothing was tested; see above".into());
    }
    println!("\n{}", outcomes.table(&wanted));
    let complete = outcomes.rows.values().all(|row| wanted.iter().all(|version| !failed(row.get(version))));
    Ok(if all_passed && complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Those that are known, and the newest there is.
fn every_version() -> Result<Vec<String>> {
    let mut all: Vec<String> = versions::known().into_iter().map(str::to_owned).collect();
    let newest = versions::newest_on_registry()?;
    if !all.contains(&newest) {
        eprintln!("xtask: the registry has {newest}, which is not in src/opencode/versions.txt yet");
        all.push(newest);
    }
    Ok(all)
}

/// What became of each scenario, in the order in which they are run, on each version.
#[derive(Default)]
struct Outcomes {
    rows: BTreeMap<(u32, String), Row>,
}

/// `ok`, nothing for a failure, or what the version does instead.
type Row = BTreeMap<String, String>;

impl Outcomes {
    /// Reads the files that `tests/versions` has written: `3 1.1.27 shell`.
    fn read(folder: &Path) -> Result<Self> {
        let mut outcomes = Self::default();
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let mut parts = name.splitn(3, ' ');
            let (Some(row), Some(version), Some(scenario)) = (parts.next(), parts.next(), parts.next()) else {
                return Err(format!("`{name}` is no outcome").into());
            };
            let said = std::fs::read_to_string(entry.path())?;
            let row = outcomes.rows.entry((row.parse()?, scenario.to_owned())).or_default();
            row.insert(version.to_owned(), said);
        }
        Ok(outcomes)
    }

    /// A Markdown table, with a note for everything that is neither `ok` nor a failure.
    fn table(&self, versions: &[String]) -> String {
        let mut notes = Vec::new();
        let mut text = format!("| | {} |\n|---|{}\n", versions.join(" | "), "---|".repeat(versions.len()));
        for ((_, scenario), row) in &self.rows {
            let cells = versions.iter().map(|version| match row.get(version).map(String::as_str) {
                said if failed(said) => "**fails**".to_owned(),
                Some("ok") | None => "ok".to_owned(),
                Some(note) => {
                    let number = notes.iter().position(|known| *known == note).unwrap_or_else(|| {
                        notes.push(note);
                        notes.len() - 1
                    });
                    format!("ok, but ({})", number + 1)
                }
            });
            text.push_str(&format!("| {scenario} | {} |\n", cells.collect::<Vec<_>>().join(" | ")));
        }
        for (index, note) in notes.iter().enumerate() {
            text.push_str(&format!("\n({}) {note}.\n", index + 1));
        }
        text
    }
}

/// A test that was stopped has said nothing, and one that never began has left no file.
fn failed(said: Option<impl AsRef<str>>) -> bool {
    said.is_none_or(|said| said.as_ref().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_hides_no_failure() {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, said) in [
            ("0 1.1.27 ask", "ok"),
            ("0 1.18.34 ask", ""),
            ("10 1.1.27 shell", "files get lost"),
            ("2 1.1.27 TUI append", "files get lost"),
            ("2 1.18.34 TUI append", "ok"),
        ] {
            std::fs::write(folder.path().join(name), said).expect("written");
        }
        let outcomes = Outcomes::read(folder.path()).expect("outcomes");
        let table = outcomes.table(&["1.1.27".to_owned(), "1.18.34".to_owned()]);
        assert_eq!(
            table,
            "| | 1.1.27 | 1.18.34 |\n|---|---|---|\n\
             | ask | ok | **fails** |\n\
             | TUI append | ok, but (1) | ok |\n\
             | shell | ok, but (1) | **fails** |\n\
             \n(1) files get lost.\n"
        );
    }
}
