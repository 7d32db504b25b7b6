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

use libtest_mimic::{Arguments, Trial};
use testkit::editors::Packaged;

const VERSION: &str = "1.18.34";

type Scenario = fn(Packaged);

fn main() {
    let required = std::env::var("OPENCODE_LSP_TEST_EDITORS").is_ok_and(|wanted| wanted == "required");
    let mut trials = Vec::new();
    for editor in Packaged::ALL {
        let must = required && editor.is_whole();
        let missing = editor.command().err().map(|error| error.to_string());
        if let Some(why) = missing.as_ref().filter(|_| !must) {
            eprintln!("skipped: {}: {why}", editor.name());
        }
        let scenarios: &[(&str, Scenario)] = match editor {
            Packaged::NeovimOld | Packaged::NeovimNew => &neovim::SCENARIOS,
            Packaged::HelixOld | Packaged::HelixNew => &helix::SCENARIOS,
            Packaged::Emacs => &emacs::SCENARIOS,
            Packaged::Kakoune => &kakoune::SCENARIOS,
        };
        for (name, scenario) in scenarios {
            let (scenario, missing) = (*scenario, missing.clone());
            let skipped = missing.is_some() && !must;
            let trial = Trial::test(format!("{}::{name}", editor.name()), move || match missing {
                Some(why) => Err(why.into()),
                None => {
                    scenario(editor);
                    Ok(())
                }
            });
            trials.push(trial.with_ignored_flag(skipped));
        }
    }
    let mut arguments = Arguments::from_args();
    // Real opencode servers are heavy.
    arguments.test_threads.get_or_insert(2);
    libtest_mimic::run(&arguments, trials).exit();
}
