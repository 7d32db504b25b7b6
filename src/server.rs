//! The language server's process: from start to exit code.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};

use crate::config::Overrides;
use crate::editor::backend::{Backend, LastWill};
use crate::editor::direct::Direct;
use crate::editor::transport;
use crate::lifecycle::{Ender, exit_code, watch_signals};
use crate::links::ConnectionTasks;

/// What is still to be written after `exit`, such as the answer to `shutdown`, gets this long.
const LAST_WRITES: Duration = Duration::from_millis(30);
/// The connection is left within this time. An own server is its guard's to end.
const LEAVING: Duration = Duration::from_millis(50);

/// Serves one editor and returns the process's exit code, within 100 ms of the end's cause.
pub async fn run(input: impl AsyncRead + Unpin, output: impl AsyncWrite + Unpin, overrides: Overrides) -> u8 {
    let (ender, mut endings) = Ender::new();
    watch_signals(ender.clone());
    let connections = ConnectionTasks::default();
    let shut_down = Arc::new(AtomicBool::new(false));
    let (direct, bodies) = Direct::new();
    let last_will = LastWill::default();
    let (service, socket) =
        Backend::service(overrides, ender.clone(), connections.clone(), Arc::clone(&shut_down), direct, &last_will);
    let serving = transport::serve(input, output, service, socket, bodies, ender);
    tokio::pin!(serving);
    tokio::select! {
        () = &mut serving => {}
        why = endings.recv() => {
            tracing::info!(?why, "ending");
            let ended = tokio::time::timeout(LAST_WRITES, serving).await;
            tracing::debug!(all_written = ended.is_ok(), "the end of the output");
        }
    }
    if !shut_down.load(Ordering::Acquire) {
        // The editor has crashed, or does not know `shutdown`.
        last_will.write().await;
    }
    if tokio::time::timeout(LEAVING, connections.end()).await.is_err() {
        tracing::warn!("the connections did not end in time");
    }
    exit_code(shut_down.load(Ordering::Acquire))
}
