//! What the figures were measured on.

use std::fs;
use std::thread::available_parallelism;

/// One line about the machine, and how busy others kept it since `begun`; what the system does not tell is left out.
pub fn describe(begun: Option<Usage>) -> String {
    let cores = available_parallelism().map_or(0, usize::from);
    let mut parts = vec![
        processor().unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
        format!("{cores} cores"),
        system().unwrap_or_else(|| std::env::consts::OS.to_owned()),
    ];
    if let (Some(begun), Some(ended)) = (begun, Usage::now()) {
        parts.push(format!("other programs took {:.0} % of the processor", ended.others_since(&begun)));
    }
    parts.join(", ")
}

fn processor() -> Option<String> {
    let information = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = information.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn system() -> Option<String> {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").ok()?;
    // What follows the numbers is the distribution's.
    let release = release.trim().split(['-', '+']).next()?;
    Some(format!("Linux {release}"))
}

/// Processor time since the system's start, in ticks.
pub struct Usage {
    all: f64,
    idle: f64,
    /// This process's, with that of its children that have ended.
    own: f64,
}

impl Usage {
    /// None where there is no `/proc`.
    pub fn now() -> Option<Self> {
        let system = fs::read_to_string("/proc/stat").ok()?;
        let ticks: Vec<f64> = numbers(system.lines().next()?.strip_prefix("cpu")?);
        // user, nice, system, idle, iowait, irq, softirq, steal; what follows is counted in user.
        let all = ticks.iter().take(8).sum();
        let idle = ticks.get(3)? + ticks.get(4)?;
        let process = fs::read_to_string("/proc/self/stat").ok()?;
        // Behind the program's name: utime, stime, cutime, cstime are the 12th to the 15th.
        let (_, fields) = process.rsplit_once(')')?;
        let own = numbers(fields.trim_start().get(1..)?).get(10..14)?.iter().sum();
        Some(Self { all, idle, own })
    }

    /// What share of the processor others took, in percent.
    fn others_since(&self, begun: &Self) -> f64 {
        let all = (self.all - begun.all).max(1.0);
        let others = all - (self.idle - begun.idle) - (self.own - begun.own);
        (100.0 * others / all).clamp(0.0, 100.0)
    }
}

fn numbers(text: &str) -> Vec<f64> {
    text.split_ascii_whitespace().filter_map(|number| number.parse().ok()).collect()
}
