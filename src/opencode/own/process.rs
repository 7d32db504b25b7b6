//! Processes: what differs between systems.

use std::path::PathBuf;

use process_wrap::tokio::CommandWrap;
use tokio::process::Command;

/// This program, also where its file was replaced meanwhile.
pub fn this_program() -> PathBuf {
    if cfg!(target_os = "linux") {
        return PathBuf::from("/proc/self/exe");
    }
    std::env::current_exe().unwrap_or_else(|_| PathBuf::from("opencode-lsp"))
}

/// A console and a group of its own: Ctrl-C in the editor's is not meant for it.
#[cfg(windows)]
pub fn detach(command: &mut Command) {
    const CREATE_NEW_PROCESS_GROUP: u32 = 0x0000_0200;
    const CREATE_NO_WINDOW: u32 = 0x0800_0000;
    command.creation_flags(CREATE_NEW_PROCESS_GROUP | CREATE_NO_WINDOW);
}

/// The guard leaves the editor's session itself; until then it has started nothing.
#[cfg(unix)]
pub fn detach(command: &mut Command) {
    command.arg0("opencode-lsp");
}

/// Out of the editor's process group and away from its terminal, whose signals are not meant for the guard.
#[cfg(unix)]
pub fn leave_session() {
    // The leader of a group, as a shell makes one of it, is out of the editor's group already.
    let _ = rustix::process::setsid();
}

#[cfg(windows)]
pub fn leave_session() {}

/// Done when the system or somebody ends the guard; what a terminal may send is ignored.
#[cfg(unix)]
pub async fn told_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    // Caught, not ignored: what is ignored stays so in the programs that are started.
    let _caught = [signal(SignalKind::interrupt()), signal(SignalKind::hangup())];
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            terminate.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

/// On Windows a process is ended without being told.
#[cfg(windows)]
pub async fn told_to_end() {
    std::future::pending().await
}

/// A command whose process is killed by the system when the calling thread ends, so that not even a
/// guard that is killed leaves its server behind.
///
/// The signal must be asked for in the new process. Between fork and exec that would be `unsafe`, so
/// this program is started once more and becomes the command ([`become_guarded`]).
#[cfg(target_os = "linux")]
pub fn tied_to_this_thread(program: &str) -> Command {
    let mut command = Command::new(this_program());
    command.arg0("opencode-lsp").args(["guarded", &std::process::id().to_string(), "--", program]);
    command
}

/// Elsewhere nothing is needed (the job ends with its last handle on Windows) or possible (macOS).
#[cfg(not(target_os = "linux"))]
pub fn tied_to_this_thread(program: &str) -> Command {
    Command::new(program)
}

/// Becomes the command. Returns only if that fails.
#[cfg(target_os = "linux")]
pub fn become_guarded(guard: u32, command: &[std::ffi::OsString]) -> std::io::Error {
    use std::os::unix::process::CommandExt;
    let Some((program, arguments)) = command.split_first() else {
        return std::io::Error::from(std::io::ErrorKind::InvalidInput);
    };
    // Some sandboxes do not have it. The server then runs all the same.
    if rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL)).is_ok()
        && rustix::process::getppid().map(|pid| pid.as_raw_pid().unsigned_abs()) != Some(guard)
    {
        return std::io::Error::other("the guard has ended");
    }
    std::process::Command::new(program).args(arguments).exec()
}

#[cfg(not(target_os = "linux"))]
pub fn become_guarded(_guard: u32, _command: &[std::ffi::OsString]) -> std::io::Error {
    std::io::Error::from(std::io::ErrorKind::Unsupported)
}

#[cfg(unix)]
pub fn in_own_group(wrap: &mut CommandWrap) {
    wrap.wrap(process_wrap::tokio::ProcessGroup::leader());
}

/// With `KillOnDrop` the job ends when its handle is closed, which the end of the guard does.
#[cfg(windows)]
pub fn in_own_group(wrap: &mut CommandWrap) {
    wrap.wrap(process_wrap::tokio::KillOnDrop).wrap(process_wrap::tokio::JobObject);
}

/// Children, and theirs, of a process.
pub fn descendants(pid: u32) -> Vec<u32> {
    let parents = parents();
    let mut found = vec![pid];
    let mut next = 0;
    while let Some(&pid) = found.get(next) {
        found.extend(parents.iter().filter(|(_, parent)| *parent == pid).map(|(child, _)| *child));
        next += 1;
    }
    found.split_off(1)
}

/// Every process and its parent.
#[cfg(target_os = "linux")]
fn parents() -> Vec<(u32, u32)> {
    let parent = |pid: u32| -> Option<u32> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name before it, in parentheses, may hold anything.
        stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
    };
    running().into_iter().filter_map(|pid| Some((pid, parent(pid)?))).collect()
}

#[cfg(all(unix, not(target_os = "linux")))]
fn parents() -> Vec<(u32, u32)> {
    let listed = std::process::Command::new("ps").args(["-A", "-o", "pid=,ppid="]).output();
    let listed = listed.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let pair = |line: &str| -> Option<(u32, u32)> {
        let (pid, parent) = line.trim().split_once(char::is_whitespace)?;
        Some((pid.parse().ok()?, parent.trim().parse().ok()?))
    };
    listed.lines().filter_map(pair).collect()
}

/// On Windows the job knows.
#[cfg(windows)]
fn parents() -> Vec<(u32, u32)> {
    Vec::new()
}

#[cfg(unix)]
pub fn kill(pid: u32) {
    let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(Err(error)) = pid.map(|pid| rustix::process::kill_process(pid, rustix::process::Signal::KILL)) {
        tracing::debug!(%error, "a child of the own server was gone already");
    }
}

#[cfg(windows)]
pub fn kill(_pid: u32) {}

/// Ends everything that a server has started, also what has outlived its parents; returns when it is
/// gone. What hides its mark is found among the [`descendants`] only.
#[cfg(target_os = "linux")]
pub fn end_marked(mark: &str) {
    /// What is killed is gone within milliseconds, but may have started something just before.
    const ROUNDS: u32 = 200;
    for _ in 0..ROUNDS {
        let left = marked(mark);
        if left.is_empty() {
            return;
        }
        left.into_iter().for_each(kill);
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}

/// Other systems do not show the environment of a process.
#[cfg(not(target_os = "linux"))]
pub fn end_marked(_mark: &str) {}

#[cfg(target_os = "linux")]
fn marked(mark: &str) -> Vec<u32> {
    let wanted = format!("{}={mark}", super::guard::MARK);
    let is_marked = |pid: &u32| {
        std::fs::read(format!("/proc/{pid}/environ"))
            .is_ok_and(|environment| environment.split(|byte| *byte == 0).any(|entry| entry == wanted.as_bytes()))
    };
    let others = running().into_iter().filter(|pid| *pid != std::process::id());
    others.filter(is_marked).collect()
}

#[cfg(target_os = "linux")]
fn running() -> Vec<u32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().map_while(Result::ok);
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}
