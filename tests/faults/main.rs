//! What breaks, broken: on real servers, and where one cannot break so by itself, behind a proxy that
//! spoils what passes through it.
//!
//! In each scenario the process lives and goes on working, no permission is lost or answered twice, no
//! prompt is lost, and the user is told once: [`testkit::Editor::shutdown`] fails on every message that
//! nobody expected. More of it is in `tests/fast` (`faults`, `bad_input`, `lifecycle`) and in
//! `tests/real` (`connecting`, `permissions`).

#[macro_use]
#[path = "../real/kit.rs"]
#[allow(dead_code, unused_macros, reason = "the scenarios of tests/real use the rest")]
mod kit;

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/prompts.rs"]
mod prompts;

mod answers;
mod editors;
mod events;
mod killed;
mod many;
mod sessions;
mod stage;
mod waiting;
