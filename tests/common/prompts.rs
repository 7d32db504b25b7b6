//! The questions that the bridge has written down.

use std::path::{Path, PathBuf};

/// Every prompt document under the state folder.
pub fn prompt_documents(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").map_while(Result::ok) {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else if entry.path().parent().is_some_and(|parent| parent.ends_with("prompts"))
                && entry.path().extension().is_some_and(|extension| extension == "md")
            {
                found.push(entry.path());
            }
        }
    }
    found
}
