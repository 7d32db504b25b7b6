//! The built server against a fake opencode, or none: what is fast, and faults that a real server
//! does not produce on demand.

#[path = "../common/mod.rs"]
mod common;

mod bad_input;
mod encodings;
mod faults;
mod lifecycle;
#[cfg(target_os = "linux")]
mod own;
mod questions;
mod servers;
mod stage;
