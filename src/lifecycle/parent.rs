//! The editor's process: when it is gone, nobody will ever say `exit`.

use super::{Ender, Ending};

/// Ends the bridge when the process is gone. Returns at once; unknown ids are logged and not watched.
pub fn watch_parent(pid: u32, ender: Ender) {
    tokio::spawn(async move {
        match gone(pid).await {
            Ok(()) => {
                tracing::info!(pid, "the editor's process is gone");
                ender.end(Ending::ParentGone);
            }
            Err(error) => tracing::warn!(pid, %error, "the editor's process cannot be watched"),
        }
    });
}

/// Waits on a pidfd, which needs no polling and sees zombies as gone.
#[cfg(target_os = "linux")]
async fn gone(pid: u32) -> std::io::Result<()> {
    use rustix::io::Errno;
    use rustix::process::{Pid, PidfdFlags, pidfd_open};

    let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else {
        return Err(std::io::Error::other("not a process id"));
    };
    match pidfd_open(pid, PidfdFlags::empty()) {
        Ok(fd) => {
            let (ended, end) = tokio::sync::oneshot::channel();
            // A thread of its own, as the wait cannot be given up: the process leaves it behind.
            std::thread::Builder::new().name("editor-watch".to_owned()).spawn(move || {
                // The receiver is only gone when the bridge is.
                let _ = ended.send(wait_for_end(&fd));
            })?;
            end.await.map_err(std::io::Error::other)?
        }
        Err(Errno::SRCH) => Ok(()),
        Err(_) => gone_by_polling(pid).await,
    }
}

#[cfg(target_os = "linux")]
fn wait_for_end(fd: &impl std::os::fd::AsFd) -> std::io::Result<()> {
    use rustix::event::{PollFd, PollFlags, poll};
    loop {
        match poll(&mut [PollFd::new(fd, PollFlags::IN)], None) {
            Ok(_) => return Ok(()),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(all(unix, not(target_os = "linux")))]
async fn gone(pid: u32) -> std::io::Result<()> {
    let Some(pid) = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw) else {
        return Err(std::io::Error::other("not a process id"));
    };
    gone_by_polling(pid).await
}

/// For kernels without pidfds.
#[cfg(unix)]
async fn gone_by_polling(pid: rustix::process::Pid) -> std::io::Result<()> {
    use rustix::io::Errno;
    loop {
        if rustix::process::test_kill_process(pid) == Err(Errno::SRCH) {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

/// On Windows editors start servers in a job that ends with them, and the pipe's end is seen as the end of input.
#[cfg(windows)]
async fn gone(_pid: u32) -> std::io::Result<()> {
    Err(std::io::Error::other("not on this system; the end of input is watched instead"))
}
