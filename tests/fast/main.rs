//! The built server against a fake opencode, or none: what is fast, and faults that a real server
//! does not produce on demand.

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/prompts.rs"]
mod prompts;

mod bad_input;
mod config_command;
#[cfg(unix)]
mod doctor;
mod documents;
mod encodings;
mod faults;
mod lifecycle;
mod network;
mod newer_versions;
#[cfg(target_os = "linux")]
mod own;
#[cfg(unix)]
mod passwords;
mod questions;
mod secrets;
mod servers;
mod shell;
#[cfg(unix)]
mod sockets;
mod stage;
