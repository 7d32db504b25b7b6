//! A turn that changes very many files, none of them open in the editor.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::edited::Edited;
use super::memory;
use super::stats::Row;
use super::turn::{self, DIFF};
use super::{PATIENCE, Stage};
use crate::Result;

const FILES: usize = 1000;
const FOLDERS: usize = 20;
/// Of 40 bytes.
const LINES: usize = 500;
/// Of one line.
const HUNKS: usize = 10;
const READINGS: usize = 5;
/// How long after the last file the memory is read.
const SETTLED: Duration = Duration::from_secs(2);
/// 60 MB.
const MEMORY_TARGET: f64 = 57.2;

/// When opencode has the diff that explains the changes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Diff {
    AtTheStepsEnd,
    AtTheTurnsEnd,
}

pub fn measure(binary: &Path) -> Result<Vec<Row>> {
    let (mut early, mut late, mut resident) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..READINGS {
        early.push(run(binary, Diff::AtTheStepsEnd)?.0);
        let (time, kib) = run(binary, Diff::AtTheTurnsEnd)?;
        late.push(time);
        resident.push(kib / 1024.0);
    }
    Ok(vec![
        Row::of_times("1,000 changed files listed after the turn's end", &late, 100.0, 1000.0),
        Row::of_times("1,000 changed files listed after the step's end", &early, 100.0, 1000.0),
        Row::of_readings("resident memory, 1,000 files of 20 KB unreviewed", resident, "MiB", MEMORY_TARGET),
    ])
}

/// How long it took until all files were listed, and the memory afterwards, in KiB.
fn run(binary: &Path, diff: Diff) -> Result<(Duration, f64)> {
    let mut stage = Stage::connected(binary)?;
    let files = files(stage.folder.path());
    for (path, edited) in &files {
        std::fs::create_dir_all(path.parent().ok_or("a file without a folder")?)?;
        std::fs::write(path, edited.before())?;
    }
    turn::begin(&stage.fake)?;
    let input = json!({"command": "sed -i s/compute/recompute/ src/*/*.py", "description": "Rename"});
    turn::tool(&stage.fake, "bash", &input, None)?;
    for (path, edited) in &files {
        std::fs::write(path, edited.after())?;
    }
    turn::tool(&stage.fake, "bash", &input, Some(json!({"output": "", "exit": 0, "truncated": false})))?;
    let paths: Vec<PathBuf> = files.iter().map(|(path, _)| path.clone()).collect();
    let explained = turn_diff(&files, stage.folder.path())?;
    drop(files);

    let begun = if diff == Diff::AtTheStepsEnd {
        stage.fake.set_diff(&explained);
        let begun = Instant::now();
        turn::patch(&stage.fake, &paths)?;
        begun
    } else {
        turn::patch(&stage.fake, &paths)?;
        stage.fake.wait_answered(DIFF, PATIENCE)?;
        // The model's last words take longer than reading the files.
        thread::sleep(Duration::from_secs(1));
        stage.fake.set_diff(&explained);
        let begun = Instant::now();
        turn::end(&stage.fake)?;
        begun
    };
    drop(explained);
    let listed = wait_listed(&mut stage)?;
    thread::sleep(SETTLED.saturating_sub(listed.elapsed()));
    let kib = memory::resident_kib(stage.pipe.pid())?;
    stage.pipe.end()?;
    Ok((listed - begun, kib))
}

fn files(project: &Path) -> Vec<(PathBuf, Edited)> {
    let path = |number| project.join(format!("src/part_{:02}/file_{number:04}.py", number % FOLDERS));
    (0..FILES).map(|number| (path(number), Edited::new(number, LINES, HUNKS, 1))).collect()
}

/// A turn's diff has whole files as context.
fn turn_diff(files: &[(PathBuf, Edited)], project: &Path) -> Result<String> {
    let mut diffs = Vec::new();
    for (path, edited) in files {
        let name = path.strip_prefix(project)?.to_string_lossy();
        let patch = edited.patch(&name, usize::MAX);
        let changed = edited.changed_lines();
        diffs.push(
            json!({"file": name, "patch": patch, "additions": changed, "deletions": changed, "status": "modified"}),
        );
    }
    Ok(Value::from(diffs).to_string())
}

/// Waits until each file has its diagnostics; when the last of them came.
fn wait_listed(stage: &mut Stage) -> Result<Instant> {
    let mut listed = HashSet::new();
    loop {
        let frame = stage.pipe.next()?;
        if frame.message["method"] != "textDocument/publishDiagnostics" {
            continue;
        }
        let params = &frame.message["params"];
        if params["diagnostics"].as_array().map_or(0, Vec::len) != HUNKS {
            return Err(format!("not the changes of opencode: {params}").into());
        }
        listed.insert(params["uri"].as_str().unwrap_or_default().to_owned());
        if listed.len() == FILES {
            return Ok(frame.at);
        }
    }
}
