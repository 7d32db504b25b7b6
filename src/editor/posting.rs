//! Whether a handler still has to post its event: as long as it has, the next message must wait.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use tokio::sync::mpsc;
use tokio::task::futures::TaskLocalFuture;

tokio::task_local! {
    static POSTING: Arc<AtomicBool>;
}

/// A handler that is watched while it posts.
pub struct Watched<F> {
    posting: Arc<AtomicBool>,
    handler: Pin<Box<TaskLocalFuture<Arc<AtomicBool>, F>>>,
}

pub fn watched<F: Future>(handler: F) -> Watched<F> {
    let posting = Arc::new(AtomicBool::new(false));
    Watched { handler: Box::pin(POSTING.scope(Arc::clone(&posting), handler)), posting }
}

impl<F> Watched<F> {
    /// Whether it waits for room in the queue (or for its turn, as tokio lets no task run for ever).
    pub fn is_posting(&self) -> bool {
        self.posting.load(Ordering::Relaxed)
    }
}

impl<F: Future> Future for Watched<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.handler.as_mut().poll(cx)
    }
}

/// Sends an event from within a handler.
pub async fn post<T>(queue: &mpsc::Sender<T>, event: T) {
    let mark = |posting| {
        // Outside of a handler nobody waits.
        let _ = POSTING.try_with(|watched| watched.store(posting, Ordering::Relaxed));
    };
    mark(true);
    // The bridge only stops listening when the process ends.
    let _ = queue.send(event).await;
    mark(false);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_handler_is_posting_until_there_was_room() {
        let (queue, mut events) = mpsc::channel(1);
        queue.send(1).await.expect("room");
        let mut handler = watched(async move {
            post(&queue, 2).await;
            std::future::pending::<()>().await;
        });
        assert!(futures_util::poll!(&mut handler).is_pending());
        assert!(handler.is_posting());
        assert_eq!(events.recv().await, Some(1));
        assert!(futures_util::poll!(&mut handler).is_pending());
        assert!(!handler.is_posting());
        assert_eq!(events.recv().await, Some(2));
    }
}
