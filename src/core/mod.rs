//! The core: what the bridge knows and decides, as functions over values.
//!
//! [`State`] owns everything. It takes an [`Event`] (from the editor, from opencode, from a timer
//! or from finished work) and returns [`Effect`]s; it does no I/O, holds no lock and never waits.
//! LSP types and JSON stay outside.

pub mod actions;
mod ai_comments;
pub mod asking;
pub mod catalogue;
pub mod changes;
pub mod choices;
pub mod command;
mod confirming;
mod connecting;
pub mod connection;
pub mod contexts;
mod delivery;
pub mod diagnostics;
pub mod dialogs;
pub mod documents;
pub mod effect;
pub mod event;
pub mod folders;
pub mod ids;
pub mod inert;
pub mod info;
mod inserting;
mod known;
pub mod lenses;
pub mod lists;
mod looks;
pub mod menus;
pub mod permissions;
pub mod place;
pub mod plugins;
pub mod prompt;
pub mod prompt_documents;
mod prompts;
pub mod questions;
mod queued;
pub mod runs;
pub mod server;
mod server_choice;
mod server_events;
pub mod session_commands;
mod sessions;
pub mod showing;
pub mod state;
mod status_progress;
pub mod transcripts;
pub mod turns;
mod workspace;
pub mod writing;

pub use effect::Effect;
pub use event::Event;
pub use state::State;

#[cfg(test)]
mod tests;
