//! Typing in a long document in which opencode has changed many places.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::control;
use super::edited::Edited;
use super::pipe::Pipe;
use super::stats::Row;
use super::turn::{self, DIFF};
use super::{PATIENCE, Stage};
use crate::Result;

const LINES: usize = 10_000;
const HUNKS: usize = 200;
/// Lines of each hunk.
const EACH: usize = 3;
/// Lines around a hunk in the patch of an `edit`.
const CONTEXT: usize = 4;
const KEYSTROKES: usize = 1000;
/// Enough to see what one costs: the system counts in hundredths of a second.
const WARM_UPS: usize = 200;
/// Between two keystrokes.
const EVERY: Duration = Duration::from_millis(15);

pub fn measure(binary: &Path) -> Result<Vec<Row>> {
    let mut stage = Stage::connected(binary)?;
    let (uri, mut hunks) = changed_document(&mut stage)?;
    let used = stage.pipe.processor_time()?;
    for number in 0..WARM_UPS {
        keystroke(&mut stage, &uri, number, &mut hunks)?;
    }
    let busy = (stage.pipe.processor_time()? - used) / u32::try_from(WARM_UPS)?;
    let mut control = control::start(busy, Value::from(hunks.as_slice()).to_string().len())?;
    let (mut times, mut controls) = (Vec::new(), Vec::new());
    for number in WARM_UPS..WARM_UPS + KEYSTROKES {
        let begun = Instant::now();
        times.push(keystroke(&mut stage, &uri, number, &mut hunks)?);
        thread::sleep(EVERY.saturating_sub(begun.elapsed()));
        let begun = Instant::now();
        controls.push(answered(&mut control, &uri, number)?);
        thread::sleep(EVERY.saturating_sub(begun.elapsed()));
    }
    control.end()?;
    stage.pipe.end()?;
    Ok(vec![
        Row::of_times("keystroke beside or in 200 hunks, 10,000 lines", &times, 99.0, 5.0),
        Row::of_readings("processor time of one", vec![busy.as_secs_f64() * 1000.0], "ms", 5.0),
        Row::of_times("the same time in a program that only computes", &controls, 99.0, 5.0),
    ])
}

/// Breaks a line; how long until the diagnostics have moved.
fn keystroke(stage: &mut Stage, uri: &str, number: usize, hunks: &mut Vec<Value>) -> Result<Duration> {
    // All over the document: 83 and the number of hunks have no divisor in common.
    let hunk = &hunks[number / 2 * 83 % HUNKS];
    let start = hunk["range"]["start"]["line"].as_u64().ok_or("a diagnostic without a line")?;
    let line = if number.is_multiple_of(2) { start - 10 } else { start + 1 };
    let version = number + 3;
    let change = line_break(uri, version, line);
    let sent = Instant::now();
    stage.pipe.notify("textDocument/didChange", &change)?;
    let (at, published) = published(&mut stage.pipe, uri, version)?;
    if published.len() != HUNKS || published == *hunks {
        return Err("a line break that is not seen in the hunks".into());
    }
    *hunks = published;
    Ok(at - sent)
}

fn answered(control: &mut Pipe, uri: &str, number: usize) -> Result<Duration> {
    let change = line_break(uri, number, 1);
    let sent = Instant::now();
    control.notify("textDocument/didChange", &change)?;
    let (at, _) = published(control, uri, number)?;
    Ok(at - sent)
}

/// A document that opencode has edited and the editor has reloaded: its URI, and its diagnostics at version 2.
fn changed_document(stage: &mut Stage) -> Result<(String, Vec<Value>)> {
    let edited = Edited::new(0, LINES, HUNKS, EACH);
    let (path, uri) = stage.open("long.py", &edited.before())?;
    // The bridge compares what is opened with the file; that must not see the edit.
    thread::sleep(Duration::from_millis(500));
    turn::begin(&stage.fake)?;
    let input = json!({"filePath": path, "oldString": "compute", "newString": "recompute", "replaceAll": true});
    turn::tool(&stage.fake, "edit", &input, None)?;
    std::fs::write(&path, edited.after())?;
    let patch = edited.patch(&path.to_string_lossy(), CONTEXT);
    let metadata = turn::edit_metadata(&path, &patch, edited.changed_lines());
    turn::tool(&stage.fake, "edit", &input, Some(metadata))?;
    turn::patch(&stage.fake, std::slice::from_ref(&path))?;
    turn::end(&stage.fake)?;
    published(&mut stage.pipe, &uri, 1)?;
    let whole = json!({"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{"text": edited.after()}]});
    stage.pipe.notify("textDocument/didChange", &whole)?;
    let (_, hunks) = published(&mut stage.pipe, &uri, 2)?;
    // It asks for the turn's diff at once, and when it is certainly complete; then it has nothing to do.
    for _ in 0..2 {
        stage.fake.wait_answered(DIFF, PATIENCE)?;
    }
    thread::sleep(Duration::from_millis(500));
    Ok((uri, hunks))
}

fn line_break(uri: &str, version: usize, line: u64) -> Value {
    let place = json!({"line": line, "character": 20});
    let edit = json!({"range": {"start": place, "end": place}, "text": "\n"});
    json!({"textDocument": {"uri": uri, "version": version}, "contentChanges": [edit]})
}

/// Waits for the diagnostics of a version of the document; when they came.
fn published(pipe: &mut Pipe, uri: &str, version: usize) -> Result<(Instant, Vec<Value>)> {
    loop {
        let mut frame = pipe.next()?;
        if frame.message["method"] != "textDocument/publishDiagnostics" {
            continue;
        }
        let params = &mut frame.message["params"];
        if params["uri"] == uri && params["version"] == version {
            let Value::Array(diagnostics) = params["diagnostics"].take() else {
                return Err("no list of diagnostics".into());
            };
            return Ok((frame.at, diagnostics));
        }
    }
}
