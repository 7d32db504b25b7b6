//! Which versions of opencode the tests run on.

use crate::install;

/// One place for the language server and its tests.
const FILE: &str = include_str!("../../src/opencode/versions.txt");

/// The environment variable in which `cargo xtask versions` names the versions to test, with spaces between.
pub const WANTED: &str = "OPENCODE_LSP_TEST_VERSIONS";

/// The environment variable in which it names a folder for the outcomes.
pub const OUTCOMES: &str = "OPENCODE_LSP_TEST_OUTCOMES";

/// Every version that is known to work, oldest first.
#[must_use]
pub fn known() -> Vec<&'static str> {
    entries().map(|(version, _)| version).collect()
}

/// Those that are tested at every change: the oldest, the newest, and some between.
#[must_use]
pub fn at_every_change() -> Vec<&'static str> {
    entries().filter(|(_, starred)| *starred).map(|(version, _)| version).collect()
}

/// The newest that is known to work.
///
/// # Panics
/// When the list is empty.
#[must_use]
pub fn newest() -> &'static str {
    known().pop().expect("a version")
}

/// The newest 1.x that npm's registry has for this machine, a release and no preview.
///
/// # Errors
/// When the registry does not tell.
pub fn newest_on_registry() -> Result<String, install::Error> {
    let newest = install::published()?.into_iter().filter_map(|version| Some((release(&version)?, version)));
    newest.max().map(|(_, version)| version).ok_or(install::Error::NothingPublished)
}

fn entries() -> impl Iterator<Item = (&'static str, bool)> {
    FILE.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut words = line.split_whitespace();
        Some((words.next()?, words.next() == Some("*")))
    })
}

/// The numbers after the 1 of a 1.x release.
fn release(version: &str) -> Option<(u64, u64)> {
    let (minor, patch) = version.strip_prefix("1.")?.split_once('.')?;
    Some((minor.parse().ok()?, patch.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_order_and_its_ends_are_tested_at_every_change() {
        let known = known();
        assert!(known.is_sorted_by_key(|version| release(version).expect("a 1.x release")), "{known:?}");
        let starred = at_every_change();
        assert_eq!((starred.first(), starred.last()), (known.first(), known.last()));
        assert_eq!(newest(), *known.last().expect("a version"));
    }

    #[test]
    fn previews_and_other_majors_are_no_releases() {
        assert_eq!(release("1.18.34"), Some((18, 34)));
        for other in ["0.0.0-next-16350", "2.0.1", "1.18.34-beta.1", "1.18", "local"] {
            assert_eq!(release(other), None, "{other}");
        }
    }
}
