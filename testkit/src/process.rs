//! Ending other processes for sure, without `unsafe`.

use std::process::Command;

/// Makes the command's process the leader of a group of its own, so that it can be ended
/// together with whatever it starts.
#[cfg(unix)]
pub(crate) fn lead_group(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

/// Makes the command's process the root of a tree, which it is anyway here.
#[cfg(not(unix))]
pub(crate) fn lead_group(_command: &mut Command) {}

/// Ends one process, hard. One that has ended already is no error.
#[cfg(unix)]
pub(crate) fn kill(pid: u32) {
    use rustix::process::{Pid, Signal, kill_process};
    let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else {
        return;
    };
    let _ = kill_process(pid, Signal::KILL);
}

/// Ends one process, hard. One that has ended already is no error.
#[cfg(not(unix))]
pub(crate) fn kill(pid: u32) {
    let _ = Command::new("taskkill").args(["/F", "/PID", &pid.to_string()]).output();
}

/// Ends a group by its leader's id, hard.
#[cfg(unix)]
pub(crate) fn kill_group(leader: u32) {
    use rustix::process::{Pid, Signal, kill_process_group};
    let Some(leader) = i32::try_from(leader).ok().and_then(Pid::from_raw) else {
        return;
    };
    let _ = kill_process_group(leader, Signal::KILL);
}

/// Ends a tree of processes by its root's id, hard.
#[cfg(not(unix))]
pub(crate) fn kill_group(leader: u32) {
    let _ = Command::new("taskkill").args(["/F", "/T", "/PID", &leader.to_string()]).output();
}

/// The processes whose environment holds this text.
///
/// A server that was started by the program under test is nobody's child here once that
/// program has ended; its environment is what still tells whose it is.
#[cfg(target_os = "linux")]
pub(crate) fn with_environment(text: &str) -> Vec<u32> {
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .filter(|pid| *pid != std::process::id())
        .filter(|pid| {
            std::fs::read(format!("/proc/{pid}/environ"))
                .is_ok_and(|environment| environment.windows(text.len()).any(|window| window == text.as_bytes()))
        })
        .collect()
}

/// The processes whose environment holds this text; only Linux tells.
#[cfg(not(target_os = "linux"))]
pub(crate) fn with_environment(_text: &str) -> Vec<u32> {
    Vec::new()
}
