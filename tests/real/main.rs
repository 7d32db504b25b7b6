//! The whole bridge on real opencode servers, driven by a scripted model, through an LSP client.
//!
//! Each file is one thing a user does; each scenario runs on the oldest and the newest supported
//! version; reviews also on those in between where the telling of changes differs.

#[allow(dead_code, reason = "shared with tests/versions")]
#[macro_use]
mod kit;

#[path = "../common/mod.rs"]
mod common;

mod ai_comments;
mod announced;
mod ask;
mod ask_command;
mod changes;
mod connecting;
mod doctor;
mod documents;
mod finding;
mod folders;
mod own;
mod path_map;
mod permissions;
mod plugin;
mod progress;
mod prompts;
mod questions;
mod review;
mod review_command;
mod sessions;
mod shell;
mod transcripts;
