//! The editor's edge: LSP, and nothing else of the bridge speaks it.
//!
//! - [`transport`]: messages over stdio, in order, and what `tower-lsp-server`'s own loop lacks.
//! - [`backend`]: one method for each notification and request that is handled.
//! - [`capabilities`]: what a client can do, as a few named flags; what this server offers.
//! - [`from_proto`], [`to_proto`]: LSP types to the core's and back.
//! - [`workspace`]: folders and settings as the editor tells them.
//! - [`plugin`]: what plugins are told and asked beside LSP.
//! - [`own_documents`]: links, symbols and folds of transcripts; [`registrations`]: how they are announced.
//! - [`commands`] (with `session_commands` and `question_commands`) reads and writes `workspace/executeCommand`;
//!   [`command_table`] says what there is.
//! - [`outbox`]: performs the core's effects on the editor; [`direct`]: a short way for its diagnostics.

pub mod backend;
pub mod capabilities;
pub mod command_table;
pub mod commands;
mod completion;
pub mod direct;
pub mod from_proto;
mod hover;
pub mod outbox;
pub mod own_documents;
pub mod plugin;
mod posting;
mod question_commands;
pub mod registrations;
mod session_commands;
pub mod to_proto;
pub mod transport;
pub mod workspace;
