//! Which versions of opencode are known to work.

/// Also what the tests run on, and the one place to name a new version in.
const KNOWN: &str = include_str!("versions.txt");

/// The newest version that is known to work.
pub fn newest_known() -> &'static str {
    let last = KNOWN.lines().rfind(|line| !line.is_empty() && !line.starts_with('#'));
    last.and_then(|line| line.split_whitespace().next()).unwrap_or_default()
}

/// Whether a version is newer than all that are known. It is then spoken to as the newest known:
/// the differences between versions are read from what messages hold.
pub fn is_newer_than_known(version: &str) -> bool {
    match (numbers(version), numbers(newest_known())) {
        (Some(version), Some(known)) => version > known,
        // A build without a release number, such as `local` or `dev`.
        _ => false,
    }
}

/// `1.18.34-beta.1` is 1, 18 and 34.
fn numbers(version: &str) -> Option<[u64; 3]> {
    let release = version.split(['-', '+']).next()?;
    let mut parts = release.split('.').map(str::parse);
    let mut next = || parts.next()?.ok();
    Some([next()?, next()?, next().unwrap_or(0)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_newer_is_told_by_numbers() {
        let [major, minor, patch] = numbers(newest_known()).expect("a release");
        for newer in [
            format!("{major}.{minor}.{}", patch + 1),
            format!("{major}.{}.0-beta.1", minor + 1),
            format!("{major}.{}", minor + 1),
        ] {
            assert!(is_newer_than_known(&newer), "{newer}");
        }
        for known in [newest_known(), "1.1.27", "1.9.999", "local", "", "1", "1.x.3"] {
            assert!(!is_newer_than_known(known), "{known}");
        }
    }
}
