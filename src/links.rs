//! The connections of all workspace folders: one task each, and the queue of what it says.

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::core::Event;
use crate::core::ids::FolderId;
use crate::opencode::Client;
use crate::opencode::connection::{self, Plan, Said};

/// Events of one connection that may wait; behind them its stream is slowed down.
const WAITING_EVENTS: usize = 1024;

/// The tasks that keep connections. Ending one leaves an own server, which ends with its last user.
#[derive(Debug, Clone, Default)]
pub struct ConnectionTasks(Arc<Mutex<Tasks>>);

#[derive(Debug, Default)]
struct Tasks {
    running: HashMap<FolderId, JoinHandle<()>>,
    /// The process ends: no connection is made any more.
    ended: bool,
}

impl ConnectionTasks {
    /// Puts a task in the place of the folder's one before, which is ended.
    fn replace(&self, folder: FolderId, start: impl FnOnce() -> JoinHandle<()>) {
        let mut tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tasks.ended {
            return;
        }
        if let Some(old) = tasks.running.insert(folder, start()) {
            old.abort();
        }
    }

    fn end_one(&self, folder: FolderId) {
        let task = self.0.lock().unwrap_or_else(PoisonError::into_inner).running.remove(&folder);
        if let Some(task) = task {
            task.abort();
        }
    }

    /// Ends all tasks for good and waits until everything they own is gone.
    pub async fn end(&self) {
        let tasks = {
            let mut tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            tasks.ended = true;
            std::mem::take(&mut tasks.running)
        };
        tasks.values().for_each(JoinHandle::abort);
        for task in tasks.into_values() {
            if let Err(error) = task.await
                && error.is_panic()
            {
                tracing::error!(%error, "a connection's task had failed");
            }
        }
    }
}

/// One connection: the client to use now, and what it says. Both are its own, so that nothing of the
/// one before it can be taken for its word.
#[derive(Debug)]
struct Link {
    folder: FolderId,
    client: watch::Receiver<Option<Client>>,
    events: mpsc::Receiver<Event>,
}

/// The loop's side of all connections.
#[derive(Debug, Default)]
pub struct Links {
    tasks: ConnectionTasks,
    /// The one that was heard last is at the end.
    links: Vec<Link>,
}

impl Links {
    pub fn new(tasks: ConnectionTasks) -> Self {
        Self { tasks, links: Vec::new() }
    }

    /// Makes a connection for a folder, in the place of the one it has.
    pub fn connect(&mut self, folder: FolderId, plan: Plan) {
        let (client, watched) = watch::channel(None);
        let (events, received) = mpsc::channel(WAITING_EVENTS);
        self.links.retain(|link| link.folder != folder);
        self.links.push(Link { folder, client: watched, events: received });
        let said = Said::new(folder, events);
        self.tasks.replace(folder, || tokio::spawn(connection::run(plan, client, said)));
    }

    /// Ends a folder's connection; what it has said and nobody heard is dropped.
    pub fn disconnect(&mut self, folder: FolderId) {
        self.links.retain(|link| link.folder != folder);
        self.tasks.end_one(folder);
    }

    /// None where there is no connection now.
    pub fn client(&self, folder: FolderId) -> Option<Client> {
        let link = self.links.iter().find(|link| link.folder == folder)?;
        link.client.borrow().clone()
    }

    /// One that is connected.
    pub fn any_client(&self) -> Option<Client> {
        self.links.iter().find_map(|link| link.client.borrow().clone())
    }

    /// The next word of any connection; all are heard in turns. Never ends.
    pub async fn heard(&mut self) -> Event {
        poll_fn(|context| {
            for index in 0..self.links.len() {
                // A task that ended has nothing more to say.
                if let Poll::Ready(Some(event)) = self.links[index].events.poll_recv(context) {
                    self.links[index..].rotate_left(1);
                    return Poll::Ready(event);
                }
            }
            Poll::Pending
        })
        .await
    }
}
