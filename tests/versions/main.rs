//! What a user does with opencode, on every version of it that is known to work.
//!
//! Each scenario is short, and looks at both ends: what the editor is told and what opencode holds.
//! Without `$OPENCODE_LSP_TEST_VERSIONS` they run on the versions that are tested at every change;
//! `cargo xtask versions` names all of them and prints the outcomes as a table.

#[path = "../common/mod.rs"]
mod common;
#[allow(dead_code, unused_macros, reason = "shared with tests/real")]
#[path = "../real/kit.rs"]
mod kit;

mod asking;
mod changing;
mod held;

use std::path::Path;

use libtest_mimic::{Arguments, Trial};
use testkit::versions::{OUTCOMES, WANTED, at_every_change};

/// What a user sees of a scenario where it went well.
enum Outcome {
    AsItShould,
    /// What this version of opencode does instead, and a test has seen.
    Instead(&'static str),
}

type Scenario = fn(version: &str) -> Outcome;

const SCENARIOS: [(&str, Scenario); 10] = [
    ("ask", asking::ask),
    ("edit with permission", changing::edit),
    ("reject with a reason", changing::reject),
    ("shell", changing::shell),
    ("question", asking::question),
    ("abort", asking::abort),
    ("provider error", asking::provider_error),
    ("revert", changing::revert),
    ("diff", changing::diff),
    ("TUI append", asking::append),
];

fn main() {
    let wanted = std::env::var(WANTED).unwrap_or_else(|_| at_every_change().join(" "));
    let trials = SCENARIOS.iter().enumerate().flat_map(|(row, (name, scenario))| {
        wanted.split_whitespace().map(move |version| {
            let test = format!("{}::on_{}", name.replace([' ', '-'], "_"), version.replace(['.', '-'], "_"));
            let version = version.to_owned();
            Trial::test(test, move || {
                run(row, name, *scenario, &version);
                Ok(())
            })
        })
    });
    let mut arguments = Arguments::from_args();
    // Real opencode servers are heavy.
    arguments.test_threads.get_or_insert(2);
    libtest_mimic::run(&arguments, trials.collect()).exit();
}

/// Runs a scenario. What became of it is written down for `cargo xtask versions`, which takes a
/// file that does not say how it went for a failure.
fn run(row: usize, name: &str, scenario: Scenario, version: &str) {
    let outcomes = std::env::var_os(OUTCOMES);
    let tell = |said: &str| {
        if let Some(folder) = &outcomes {
            let file = Path::new(folder).join(format!("{row} {version} {name}"));
            std::fs::write(file, said).expect("an outcome is written");
        }
    };
    tell("");
    match scenario(version) {
        Outcome::AsItShould => tell("ok"),
        Outcome::Instead(what) => tell(what),
    }
}
