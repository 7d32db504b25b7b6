//! Real editors, driven by keys, on a real opencode: the main job as a user does it.
//!
//! An editor that cannot be had here is skipped by name, and the output says why; where
//! `$OPENCODE_LSP_TEST_EDITORS` is `required`, that is a failure for those that Debian has whole.

#[path = "../common/mod.rs"]
mod common;
mod emacs;
mod helix;
mod kakoune;
mod neovim;
mod stage;
mod vscode;

use libtest_mimic::{Arguments, Trial};
use testkit::editors::Packaged;
use testkit::vscode::VsCode;

const VERSION: &str = "1.18.34";

type Scenario = fn(Packaged);

fn main() {
    let required = std::env::var("OPENCODE_LSP_TEST_EDITORS").is_ok_and(|wanted| wanted == "required");
    let mut trials = Vec::new();
    for editor in Packaged::ALL {
        let missing = editor.command().err().map(|error| error.to_string());
        let scenarios: &[(&str, Scenario)] = match editor {
            Packaged::NeovimOld | Packaged::NeovimNew => &neovim::SCENARIOS,
            Packaged::HelixOld | Packaged::HelixNew => &helix::SCENARIOS,
            Packaged::Emacs => &emacs::SCENARIOS,
            Packaged::Kakoune => &kakoune::SCENARIOS,
        };
        let scenarios = scenarios.iter().map(|(name, scenario)| (*name, move || scenario(editor)));
        let must = required && editor.is_whole();
        trials.extend(of_an_editor(editor.name(), missing.as_deref(), must, scenarios));
    }
    let vscode = VsCode::find();
    let missing = vscode.as_ref().err().map(ToString::to_string);
    let scenarios = vscode::SCENARIOS.into_iter().map(|(name, scenario)| {
        let vscode = vscode.as_ref().ok().cloned();
        (name, move || scenario(&vscode.expect("VS Code"), name))
    });
    trials.extend(of_an_editor(vscode::NAME, missing.as_deref(), required, scenarios));
    let mut arguments = Arguments::from_args();
    // Real opencode servers are heavy.
    arguments.test_threads.get_or_insert(2);
    libtest_mimic::run(&arguments, trials).exit();
}

/// The tests of an editor: as they are, or skipped, or failing for what is `missing` where it `must` be there.
fn of_an_editor<'a, Test: FnOnce() + Send + 'static>(
    editor: &str,
    missing: Option<&str>,
    must: bool,
    scenarios: impl Iterator<Item = (&'a str, Test)>,
) -> Vec<Trial> {
    if let Some(why) = missing.filter(|_| !must) {
        eprintln!("skipped: {editor}: {why}");
    }
    let trial = |(name, scenario): (&str, Test)| {
        let missing = missing.map(str::to_owned);
        let skipped = missing.is_some() && !must;
        let trial = Trial::test(format!("{editor}::{name}"), move || match missing {
            Some(why) => Err(why.into()),
            None => {
                scenario();
                Ok(())
            }
        });
        trial.with_ignored_flag(skipped)
    };
    scenarios.map(trial).collect()
}
