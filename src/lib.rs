//! opencode-lsp: a running opencode in every editor that speaks LSP. `ARCHITECTURE.md` is the map.

pub mod bridge;
pub mod cli;
pub mod comments;
pub mod config;
pub mod configs;
pub mod core;
pub mod doctor;
pub mod editor;
pub mod files;
pub mod git;
pub mod lifecycle;
pub mod links;
pub mod logging;
pub mod opencode;
pub mod own_log;
pub mod prompts;
pub mod queue;
pub mod review;
pub mod reviews;
pub mod server;
pub mod shell;
pub mod socket;
pub mod text;
pub mod watch;
