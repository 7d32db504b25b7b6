//! Resident memory of a bridge that is connected and has nothing to do.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use super::Stage;
use super::stats::Row;
use crate::Result;

const READINGS: usize = 5;
const IDLE: Duration = Duration::from_secs(1);

pub fn measure(binary: &Path) -> Result<Vec<Row>> {
    let mut values = Vec::new();
    for _ in 0..READINGS {
        let stage = Stage::connected(binary)?;
        thread::sleep(IDLE);
        values.push(resident_kib(stage.pipe.pid())? / 1024.0);
        stage.pipe.end()?;
    }
    Ok(vec![Row::of_readings("resident memory, connected and idle", values, "MiB", 15.0)])
}

pub fn resident_kib(pid: u32) -> Result<f64> {
    let Ok(status) = fs::read_to_string(format!("/proc/{pid}/status")) else {
        return resident_by_ps(pid);
    };
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches("kB").trim_end().parse()?)
}

/// Where there is no `/proc`, such as on macOS.
fn resident_by_ps(pid: u32) -> Result<f64> {
    let output = Command::new("ps").args(["-o", "rss=", "-p", &pid.to_string()]).output();
    let output = output.map_err(|error| format!("this system does not tell a process's memory: {error}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().parse()?)
}
