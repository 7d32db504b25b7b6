//! What opencode says of changed files: the metadata of tools, and the diffs of turns.

use std::collections::BTreeSet;
use std::io::{BufReader, Read};
use std::path::PathBuf;

use serde::Deserializer;
use serde::de::{SeqAccess, Visitor};
use serde_json::Value;

use super::{Paths, string};
use crate::core::server::{EditHint, FileDiff};
use crate::text::{Packer, Packs, Place};

/// What a finished tool did to its file; none for tools that change none.
pub(super) fn tool_hint(tool: &str, state: &Value) -> Option<EditHint> {
    let metadata = state.get("metadata").unwrap_or(&Value::Null);
    match tool {
        "edit" | "multiedit" => Some(file_hint(metadata.get("filediff").unwrap_or(&Value::Null), metadata)),
        "write" if metadata.get("exists").and_then(Value::as_bool) == Some(false) => Some(EditHint::Created),
        "write" => Some(file_hint(metadata.get("filediff").unwrap_or(&Value::Null), metadata)),
        "patch" | "apply_patch" => Some(EditHint::Unknown),
        _ => None,
    }
}

fn file_hint(filediff: &Value, metadata: &Value) -> EditHint {
    // Up to 1.3 the texts, from 1.14 a patch.
    if let (Some(before), Some(after)) = (string(filediff, "before"), string(filediff, "after")) {
        return EditHint::Texts { before: before.to_owned(), after: after.to_owned() };
    }
    let patch = string(filediff, "patch").or_else(|| string(metadata, "diff"));
    patch
        .filter(|patch| can_be_checked(patch))
        .map_or(EditHint::Unknown, |patch| EditHint::Patch(patch.to_owned().into()))
}

/// A tool's patch may have lost its lines' common indentation. Where it has context or added lines,
/// they no longer fit the file then, and it is not used; one with removed lines only would always fit.
fn can_be_checked(patch: &str) -> bool {
    patch.lines().any(|line| line.starts_with(' ') || (line.starts_with('+') && !line.starts_with("+++ ")))
}

/// `GET /session/:id/diff?messageID=`, without the files in `explained`. Names are relative to the repository.
///
/// Each file may come with all its text: they are read one at a time, as the whole list may be large, and
/// their patches are packed together, as each waits until its file is read.
/// Fails where the answer is no list, is malformed, or breaks off.
pub fn file_diffs(
    answer: impl Read,
    paths: &Paths,
    explained: &BTreeSet<PathBuf>,
) -> Result<Vec<FileDiff>, serde_json::Error> {
    let mut json = serde_json::Deserializer::from_reader(BufReader::with_capacity(READ_BYTES, answer));
    let files = json.deserialize_seq(Files { paths, explained })?;
    json.end()?;
    Ok(files)
}

const READ_BYTES: usize = 64 * 1024;

struct Files<'a> {
    paths: &'a Paths,
    explained: &'a BTreeSet<PathBuf>,
}

impl<'de> Visitor<'de> for Files<'_> {
    type Value = Vec<FileDiff>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of changed files")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut files = Vec::new();
        let mut patches = Packer::default();
        while let Some(diff) = list.next_element()? {
            files.extend(file_diff(diff, self.paths, self.explained, &mut patches));
        }
        let patches = patches.finish();
        Ok(files.into_iter().map(|(path, hint)| FileDiff { path, hint: hint.unpacked(&patches) }).collect())
    }
}

/// A hint, or the patch that is one.
enum Packed {
    Patch(Place),
    Hint(EditHint),
}

impl Packed {
    fn unpacked(self, patches: &Packs) -> EditHint {
        match self {
            Self::Patch(place) => patches.get(place).map_or(EditHint::Unknown, EditHint::Patch),
            Self::Hint(hint) => hint,
        }
    }
}

fn file_diff(
    mut diff: Value,
    paths: &Paths,
    explained: &BTreeSet<PathBuf>,
    patches: &mut Packer,
) -> Option<(PathBuf, Packed)> {
    let name = string(&diff, "file")?;
    // 1.1.27 writes non-ASCII names git-quoted, and then knows nothing of their contents.
    let unquoted = git_unquote(name);
    let path = paths.resolve(unquoted.as_deref().unwrap_or(name))?;
    if explained.contains(&path) {
        return None;
    }
    let count = |key| diff.get(key).and_then(Value::as_u64).unwrap_or_default();
    let has_lines = count("additions") > 0 || count("deletions") > 0;
    // The texts may be large: they are taken, not copied.
    let (before, after, patch) = (take(&mut diff, "before"), take(&mut diff, "after"), take(&mut diff, "patch"));
    let status = string(&diff, "status");
    let hint = match (status, before, after, patch) {
        _ if unquoted.is_some() => EditHint::Unknown,
        // A binary file has no lines.
        _ if !has_lines && status != Some("added") => EditHint::Unknown,
        (Some("added"), ..) => EditHint::Created,
        (Some("deleted"), before, _, patch) => {
            EditHint::Deleted { before: before.or_else(|| patch.as_deref().and_then(removed_text)) }
        }
        (_, _, _, Some(patch)) if !patch.is_empty() => return Some((path, Packed::Patch(patches.add(&patch)))),
        // 1.1.27 has no status: a new file and one that was empty look alike.
        (None, Some(before), Some(after), _) if before.is_empty() && !after.is_empty() => EditHint::Created,
        (_, Some(before), Some(after), _) => EditHint::Texts { before, after },
        _ => EditHint::Unknown,
    };
    Some((path, Packed::Hint(hint)))
}

fn take(diff: &mut Value, key: &str) -> Option<String> {
    match diff.get_mut(key).map(Value::take) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// The whole text that a deletion's patch takes away.
fn removed_text(patch: &str) -> Option<String> {
    crate::review::patch::Patch::parse(patch).ok()?.reverse("")
}

/// Undoes git's quoting of a name (`core.quotePath`): `"\303\274.py"` is `ü.py`. None for an unquoted name.
pub(super) fn git_unquote(name: &str) -> Option<String> {
    let inner = name.strip_prefix('"')?.strip_suffix('"')?;
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        match rest.next()? {
            b'n' => bytes.push(b'\n'),
            b't' => bytes.push(b'\t'),
            b'r' => bytes.push(b'\r'),
            digit @ b'0'..=b'3' => {
                let octal = [digit, rest.next()?, rest.next()?];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&octal).ok()?, 8).ok()?);
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_names() {
        assert_eq!(git_unquote(r#""\303\274 \303\261.py""#).as_deref(), Some("ü ñ.py"));
        assert_eq!(git_unquote(r#""a\"b\\c""#).as_deref(), Some("a\"b\\c"));
        assert_eq!(git_unquote("plain.py"), None);
        assert_eq!(git_unquote(r#""\9""#).as_deref(), Some("9"));
        assert_eq!(git_unquote(r#""\30""#), None);
    }
}
