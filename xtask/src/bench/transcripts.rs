//! A transcript of 10,000 parts: what it costs to keep it, and to write it while the answer grows.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};

use super::memory::resident_kib;
use super::stats::Row;
use super::{PATIENCE, Stage};
use crate::Result;

const PARTS: usize = 10_000;
/// Parts of a message of the model's, and messages of a turn.
const IN_A_MESSAGE: usize = 5;
const IN_A_TURN: usize = 20;
const SESSION: &str = "ses_1";
const UPDATES: u32 = 40;
/// What the bridge waits before it writes what streams.
const WAITS: Duration = Duration::from_millis(250);
const IDLE: Duration = Duration::from_secs(2);

pub fn measure(binary: &Path) -> Result<Vec<Row>> {
    let mut stage = Stage::connected(binary)?;
    stage.fake.set_messages(&messages(&stage).to_string());
    let begun = Instant::now();
    let command = json!({"command": "opencode.answer.show", "arguments": [{"session": SESSION}]});
    stage.pipe.request("workspace/executeCommand", &command)?;
    let file = shown(&mut stage)?;
    let opened = begun.elapsed();
    let text = fs::read_to_string(&file)?;
    if text.contains("(Earlier") || !text.contains("Part 0:") || !text.contains(&format!("Part {}:", PARTS - 1)) {
        return Err("the transcript is not whole".into());
    }
    eprintln!("bench: the transcript has {} bytes", text.len());
    thread::sleep(IDLE);
    let before = stage.pipe.processor_time()?;
    let mut times = Vec::new();
    for number in 0..UPDATES {
        times.push(update(&stage, &file, number)?.saturating_sub(WAITS));
    }
    let used = (stage.pipe.processor_time()? - before) / UPDATES;
    thread::sleep(IDLE);
    let resident = resident_kib(stage.pipe.pid())? / 1024.0;
    stage.pipe.end()?;
    Ok(vec![
        Row::of_times("transcript of 10,000 parts, fetched and shown", &[opened], 50.0, 1000.0),
        Row::of_times("event to file, but for the 250 ms that it waits", &times, 50.0, 20.0),
        Row::of_readings("processor time of one update", vec![used.as_secs_f64() * 1000.0], "ms", 20.0),
        Row::of_one("resident memory with it", resident, "MiB", 47.7),
    ])
}

/// The messages of the session, as 1.18 lists them.
fn messages(stage: &Stage) -> Value {
    let file = stage.folder.path().join("calc.py");
    let mut messages = Vec::new();
    for number in 0..PARTS / IN_A_MESSAGE {
        let prompt = format!("msg_{:06}_user", number / IN_A_TURN);
        if number.is_multiple_of(IN_A_TURN) {
            let part = json!({"id": format!("prt_{prompt}"), "type": "text", "text": "Go on, please."});
            messages.push(json!({"info": {"id": prompt, "role": "user", "sessionID": SESSION}, "parts": [part]}));
        }
        let parts = number * IN_A_MESSAGE..(number + 1) * IN_A_MESSAGE;
        let parts: Vec<Value> = parts.map(|part| self::part(part, &file)).collect();
        let tokens = json!({"input": 1000, "output": 100, "reasoning": 0, "cache": {"read": 0, "write": 0}});
        let info = json!({"id": format!("msg_{number:06}"), "role": "assistant", "parentID": prompt,
            "sessionID": SESSION, "cost": 0.01, "tokens": tokens});
        messages.push(json!({"info": info, "parts": parts}));
    }
    Value::from(messages)
}

/// Texts, calls with something that came out of them, and files that were read.
fn part(number: usize, file: &Path) -> Value {
    let id = format!("prt_{number}");
    let words = "It is so, as calc.py:2 says, and `the code` does it. ".repeat(4);
    let tool = |name: &str, input: Value, output: &str| {
        let state = json!({"status": "completed", "input": input, "output": output, "title": "", "metadata": {},
            "time": {"start": 1, "end": 2}});
        json!({"id": id, "type": "tool", "tool": name, "callID": id, "state": state})
    };
    match number % IN_A_MESSAGE {
        1 => tool("bash", json!({"command": format!("cargo test {number}")}), &"ok, one more line\n".repeat(5)),
        2 => tool("read", json!({"filePath": file}), &"def add(a, b):\n".repeat(100)),
        _ => json!({"id": id, "type": "text", "text": format!("Part {number}: {words}")}),
    }
}

/// The file of the document that the bridge shows.
fn shown(stage: &mut Stage) -> Result<PathBuf> {
    loop {
        let message = stage.pipe.next()?.message;
        if message["method"] == "window/showDocument" {
            let uri = url::Url::parse(message["params"]["uri"].as_str().ok_or("no address")?)?;
            return uri.to_file_path().map_err(|()| "no file".into());
        }
    }
}

/// The last text of the answer grows; how long until another file is in the place of the old one.
fn update(stage: &Stage, file: &Path, number: u32) -> Result<Duration> {
    let old = stamp(file)?;
    let message = format!("msg_{:06}", PARTS / IN_A_MESSAGE - 1);
    let delta = json!({"sessionID": SESSION, "messageID": message, "partID": format!("prt_{}", PARTS - 1),
        "field": "text", "delta": format!("{number} ")});
    let begun = Instant::now();
    stage.fake.push("message.part.delta", &delta)?;
    while stamp(file)? == old {
        if begun.elapsed() > PATIENCE {
            return Err("the transcript does not grow".into());
        }
        thread::sleep(Duration::from_micros(200));
    }
    Ok(begun.elapsed())
}

fn stamp(file: &Path) -> Result<(SystemTime, u64)> {
    let metadata = fs::metadata(file)?;
    Ok((metadata.modified()?, metadata.len()))
}
