//! `GET /vcs/diff`: what git says, by opencode.

use serde_json::Value;

use super::{Paths, string};
use crate::opencode::error::ClientError;

/// Whether a version has the route: an older one asks its maker's web site for what it does not know.
pub fn tells_uncommitted(version: &str) -> bool {
    let mut numbers = version.split(['.', '-', '+']).map(|part| part.parse::<u64>().ok());
    match (numbers.next().flatten(), numbers.next().flatten()) {
        (Some(major), Some(minor)) => (major, minor) >= (1, 15),
        // A build without a release number.
        _ => true,
    }
}

/// The patches of all files as one.
pub fn uncommitted(answer: &Value, paths: &Paths) -> Result<String, ClientError> {
    let Some(files) = answer.as_array() else {
        return Err(ClientError::NotOpencode("no list of changed files".to_owned()));
    };
    let mut diff = String::new();
    for file in files {
        match (string(file, "patch").filter(|patch| !patch.trim().is_empty()), string(file, "file")) {
            (Some(patch), _) => diff.push_str(paths.shown_patch(patch).trim_end_matches('\n')),
            // Too large, or no text.
            (None, Some(name)) => {
                diff.push_str(&format!("{name}: {}, without a diff", string(file, "status").unwrap_or("changed")));
            }
            (None, None) => continue,
        }
        diff.push('\n');
    }
    Ok(diff)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::*;
    use crate::opencode::path_map::PathMap;

    #[test]
    fn patches_are_joined_and_what_has_none_is_named() {
        let paths = Paths::new(Path::new("/p"), PathMap::default());
        let answer = json!([
            {"file": "a.py", "patch": "--- a.py\n+++ a.py\n@@ -1 +1 @@\n-a\n+b\n", "status": "modified"},
            {"file": "b.png", "additions": 0, "deletions": 0, "status": "added"},
            {"additions": 1},
        ]);
        assert_eq!(
            uncommitted(&answer, &paths).expect("a diff"),
            "--- a.py\n+++ a.py\n@@ -1 +1 @@\n-a\n+b\nb.png: added, without a diff\n"
        );
        assert!(uncommitted(&json!({}), &paths).is_err());
    }

    #[test]
    fn only_versions_that_have_it_are_asked() {
        for (version, has) in
            [("1.1.27", false), ("1.14.34", false), ("1.15.13", true), ("2.0.0", true), ("local", true)]
        {
            assert_eq!(tells_uncommitted(version), has, "{version}");
        }
    }
}
