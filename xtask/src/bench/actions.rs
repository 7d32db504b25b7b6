//! Code actions while the user types fast in a long document that opencode wants to edit.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::events::permission;
use super::pipe::Input;
use super::stats::Row;
use super::{PATIENCE, Stage};
use crate::Result;

const LINES: u32 = 2000;
const LASTING: Duration = Duration::from_secs(10);
/// Between two changes, and between two requests.
const EVERY: Duration = Duration::from_millis(10);

pub fn measure(binary: &Path) -> Result<Vec<Row>> {
    let mut stage = Stage::connected(binary)?;
    let text: String = (0..LINES).map(|line| format!("value_{line} = compute({line}, \"äöü\")\n")).collect();
    let (path, uri) = stage.open("long.py", &text)?;
    stage.fake.push("permission.asked", &permission(0, &path))?;

    let typing = Typing::start(stage.pipe.input(), uri.clone());
    let mut times = Vec::new();
    let begun = Instant::now();
    let mut line = 0;
    while begun.elapsed() < LASTING {
        line = (line + 37) % LINES;
        let sent = Instant::now();
        let id = stage.pipe.request("textDocument/codeAction", &query(&uri, line))?;
        let answer = stage.pipe.response(id)?;
        times.push(answer.at - sent);
        if answer.message["result"].as_array().is_none_or(Vec::is_empty) {
            return Err("no action is offered, so nothing is measured".into());
        }
        thread::sleep(EVERY.saturating_sub(sent.elapsed()));
    }
    let changes = typing.stop()?;
    let wanted = (LASTING.as_secs_f64() / EVERY.as_secs_f64()) as i32;
    if changes < wanted * 95 / 100 {
        return Err(format!("only {changes} changes in {LASTING:?}: this machine is too busy to measure").into());
    }
    stage.pipe.end()?;
    Ok(vec![Row::of_times("code action during 100 changes a second", &times, 99.0, 5.0)])
}

fn query(uri: &str, line: u32) -> Value {
    let range = json!({"start": {"line": line, "character": 0}, "end": {"line": line + 1, "character": 0}});
    json!({"textDocument": {"uri": uri}, "range": range, "context": {"diagnostics": [], "triggerKind": 1}})
}

/// A thread that inserts a character here and there.
struct Typing {
    thread: JoinHandle<io::Result<i32>>,
    over: Arc<AtomicBool>,
}

impl Typing {
    fn start(input: Input, uri: String) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&over);
        let thread = thread::spawn(move || {
            let begun = Instant::now();
            let mut count = 0;
            while !ended.load(Ordering::Relaxed) && begun.elapsed() < LASTING + PATIENCE {
                count += 1;
                input.send(&change(&uri, count))?;
                // By the clock, so that a late one does not make all later ones late.
                thread::sleep((EVERY * count.unsigned_abs()).saturating_sub(begun.elapsed()));
            }
            Ok(count)
        });
        Self { thread, over }
    }

    /// How many changes were sent.
    fn stop(self) -> Result<i32> {
        self.over.store(true, Ordering::Relaxed);
        let count = self.thread.join().map_err(|_| "the typing thread failed")?;
        Ok(count?)
    }
}

fn change(uri: &str, count: i32) -> Value {
    let place = json!({"line": count.unsigned_abs() * 13 % LINES, "character": 5});
    let edit = json!({"range": {"start": place, "end": place}, "text": "x"});
    let params = json!({"textDocument": {"uri": uri, "version": count + 1}, "contentChanges": [edit]});
    json!({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": params})
}
