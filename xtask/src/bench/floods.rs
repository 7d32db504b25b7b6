//! More events than anyone reads: what they cost, and what they delay.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use super::events::{permission, wait_asked, wait_cleared};
use super::memory::resident_kib;
use super::stats::Row;
use super::{MIB, Stage};
use crate::Result;

/// Events of the flood, and how fast they come.
const EVENTS: u32 = 1_000_000;
const A_SECOND: u32 = 50_000;
/// Events that are written at once: 20 ms of the flood.
const AT_ONCE: u32 = 1000;
/// The pools and buffers that any flood fills are filled before the memory is read.
const WARM_UP: u32 = 100_000;

const LARGE: usize = 16 << 20;
const LARGE_EVENTS: u32 = 20;

const DELTAS_A_SECOND: u32 = 200;
const ASKED: u32 = 500;

/// How long an idle bridge is watched.
const IDLE: Duration = Duration::from_secs(30);

pub fn measure(binary: &Path) -> Result<Vec<Row>> {
    let mut rows = flood(binary)?;
    rows.push(large(binary)?);
    rows.push(among_deltas(binary)?);
    rows.push(idle(binary)?);
    Ok(rows)
}

/// A piece of the answer of somebody else's session, as 1.18 sends it.
fn delta() -> String {
    let properties =
        json!({"sessionID": "ses_2", "messageID": "msg_2", "partID": "prt_2", "field": "text", "delta": "word "});
    format!("data: {}\n\n", json!({"id": "evt_1", "type": "message.part.delta", "properties": properties}))
}

fn flood(binary: &Path) -> Result<Vec<Row>> {
    let mut stage = Stage::connected(binary)?;
    let (path, uri) = stage.open("calc.py", "def add(a, b):\n    return a+b\n")?;
    let piece = delta().repeat(AT_ONCE as usize);
    let pour = |stage: &mut Stage, events: u32, number: u32| -> Result<Duration> {
        let begun = Instant::now();
        for written in 0..events / AT_ONCE {
            let due = begun + Duration::from_secs(1) * (written * AT_ONCE) / A_SECOND;
            thread::sleep(due.saturating_duration_since(Instant::now()));
            stage.fake.push_raw(piece.as_bytes())?;
        }
        // What comes behind the flood tells that all of it was taken.
        ask(stage, number, &path, &uri)?;
        Ok(begun.elapsed())
    };
    pour(&mut stage, WARM_UP, 1)?;
    let before = resident_kib(stage.pipe.pid())?;
    let took = pour(&mut stage, EVENTS, 2)?;
    let grown = (resident_kib(stage.pipe.pid())? - before) / 1024.0;
    stage.pipe.end()?;
    let due = Duration::from_secs(1) * EVENTS / A_SECOND;
    let behind = took.saturating_sub(due);
    Ok(vec![
        Row::of_times("behind 1,000,000 events, 50,000 a second", &[behind], 100.0, 1000.0),
        Row::of_one("memory growth over 1,000,000 events", grown * MIB / 1e6, "MB", 5.0),
    ])
}

/// Has a permission asked, and taken back; from its writing to the first that the editor hears of it.
fn ask(stage: &mut Stage, number: u32, path: &Path, uri: &str) -> Result<Duration> {
    let request = permission(number, path);
    let pushed = Instant::now();
    stage.fake.push("permission.asked", &request)?;
    let first = wait_asked(stage, uri)?;
    let replied = json!({"sessionID": request["sessionID"], "requestID": request["id"], "reply": "once"});
    stage.fake.push("permission.replied", &replied)?;
    wait_cleared(stage, uri)?;
    Ok(first - pushed)
}

fn large(binary: &Path) -> Result<Row> {
    let mut stage = Stage::connected(binary)?;
    let (path, uri) = stage.open("calc.py", "def add(a, b):\n    return a+b\n")?;
    let part = json!({
        "id": "prt_2", "messageID": "msg_2", "sessionID": "ses_2", "type": "text", "text": "x".repeat(LARGE),
    });
    let event = json!({"id": "evt_1", "type": "message.part.updated", "properties": {"part": part}});
    let event = format!("data: {event}\n\n");
    let mut times = Vec::new();
    for number in 0..LARGE_EVENTS {
        let begun = Instant::now();
        stage.fake.push_raw(event.as_bytes())?;
        ask(&mut stage, number, &path, &uri)?;
        times.push(begun.elapsed());
    }
    stage.pipe.end()?;
    Ok(Row::of_times("an event of 16 MiB", &times, 50.0, 100.0))
}

fn among_deltas(binary: &Path) -> Result<Row> {
    let mut stage = Stage::connected(binary)?;
    let (path, uri) = stage.open("calc.py", "def add(a, b):\n    return a+b\n")?;
    let (over, speaker) = (Arc::new(AtomicBool::new(false)), stage.fake.speaker());
    let streaming = {
        let over = Arc::clone(&over);
        thread::spawn(move || {
            let event = delta();
            while !over.load(Ordering::Relaxed) && speaker.push_raw(event.as_bytes()).is_ok() {
                thread::sleep(Duration::from_secs(1) / DELTAS_A_SECOND);
            }
        })
    };
    let times: Result<Vec<Duration>> = (0..ASKED).map(|number| ask(&mut stage, number, &path, &uri)).collect();
    over.store(true, Ordering::Relaxed);
    streaming.join().map_err(|_| "the stream of deltas failed")?;
    stage.pipe.end()?;
    Ok(Row::of_times("event to the editor among 200 deltas a second", &times?, 99.0, 10.0))
}

fn idle(binary: &Path) -> Result<Row> {
    let stage = Stage::connected(binary)?;
    thread::sleep(Duration::from_secs(2));
    let before = stage.pipe.processor_time()?;
    thread::sleep(IDLE);
    let share = (stage.pipe.processor_time()? - before).as_secs_f64() / IDLE.as_secs_f64() * 100.0;
    stage.pipe.end()?;
    Ok(Row::of_one("processor, connected and idle", share, "%", 0.05))
}
