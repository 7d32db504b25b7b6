//! The system's request to end.

use super::{Ender, Ending};

/// Ends the bridge on `SIGTERM`, `SIGINT` and `SIGHUP`, so that its children end with it.
#[cfg(unix)]
pub fn watch_signals(ender: Ender) {
    use tokio::signal::unix::{SignalKind, signal};
    for kind in [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()] {
        let ender = ender.clone();
        match signal(kind) {
            Ok(mut signal) => {
                tokio::spawn(async move {
                    signal.recv().await;
                    ender.end(Ending::Signal);
                });
            }
            Err(error) => tracing::warn!(%error, "a signal cannot be watched"),
        }
    }
}

/// Ends the bridge on Ctrl-C.
#[cfg(windows)]
pub fn watch_signals(ender: Ender) {
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            ender.end(Ending::Signal);
        }
    });
}
