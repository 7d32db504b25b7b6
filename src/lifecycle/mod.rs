//! How the bridge ends: on `exit`, at the end of input, with its editor, or when told by the system.

mod parent;
mod signals;

pub use parent::watch_parent;
pub use signals::watch_signals;

use tokio::sync::mpsc;

/// Why the bridge ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The `exit` notification.
    Exit,
    EndOfInput,
    /// The process that `initialize` named is gone.
    ParentGone,
    Signal,
}

/// Tells the process to end. The first word counts.
#[derive(Debug, Clone)]
pub struct Ender(mpsc::Sender<Ending>);

impl Ender {
    pub fn new() -> (Self, mpsc::Receiver<Ending>) {
        let (sender, receiver) = mpsc::channel(4);
        (Self(sender), receiver)
    }

    pub fn end(&self, why: Ending) {
        // A full channel means that the end is near already.
        let _ = self.0.try_send(why);
    }
}

/// The exit code (LSP, `exit`): 0 after `shutdown`, else 1.
pub fn exit_code(shut_down: bool) -> u8 {
    u8::from(!shut_down)
}
