//! What the end-to-end tests and the demo of `opencode-lsp` stand on.
//!
//! - [`install`] brings a real opencode binary of a given version onto the machine; [`versions`] are those to test.
//! - [`Model`] is the language model behind it: loopback only, and it does what the prompt's
//!   [`script`] says, so that a test knows beforehand what opencode will do.
//! - [`Project`] is a throw-away git repository to work in.
//! - [`Opencode`] runs the real server, isolated from the user's own; [`Isolation`] is the same
//!   isolation for a server that somebody else starts.
//! - [`Fake`] answers as opencode does, and can be told to answer as it never would.
//! - [`Tls`] speaks HTTPS before one of them.
//! - [`Proxy`] stands in front of a real server and spoils what passes through it.
//! - [`alone`] gives a test a network of its own.
//! - [`Editor`] is a language client that notices whatever the language server does wrong.
//! - [`editors`] brings real editors onto the machine, and a [`Terminal`] is where they run; [`vscode`] is
//!   VS Code in a browser.
//!
//! Everything blocks and everything has a deadline. Except in [`install`], what goes wrong
//! panics: the caller is a test, and the place of the panic is the message.

#![allow(
    clippy::needless_pass_by_value,
    reason = "a test writes `json!(…)` in place, and an ampersand before each is noise"
)]

mod debian;
pub mod editor;
pub mod editors;
mod eventually;
mod fake;
mod http;
pub mod install;
mod model;
mod network;
mod opencode;
mod picture;
mod process;
mod project;
mod proxy;
mod terminal;
mod tls;
pub mod versions;
pub mod vscode;

pub use editor::{Editor, ServerRequest};
pub use eventually::{eventually, eventually_within};
pub use fake::{Fake, Seen};
pub use install::Error;
pub use model::{Model, script};
pub use network::alone;
pub use opencode::{Builder, Events, Isolation, Opencode};
pub use project::Project;
pub use proxy::{Fault, Proxy};
pub use terminal::Terminal;
pub use tls::Tls;
