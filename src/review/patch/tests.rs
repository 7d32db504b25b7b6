//! Patches as opencode sends them, and as nobody does.

use proptest::prelude::*;

use super::{Patch, PatchError};

const EDIT: &str = "Index: /home/dev/project/a.py\n===================================================================\n--- /home/dev/project/a.py\n+++ /home/dev/project/a.py\n@@ -1,6 +1,6 @@\n def add(a, b):\n-    return a+b\n+    return a + b  # edited\n \n \n def sub(a, b):\n     return a-b\n";
const CRLF: &str = "Index: crlf.txt\n===================================================================\n--- crlf.txt\t\n+++ crlf.txt\t\n@@ -1,3 +1,3 @@\n a\r\n-b\r\n+B\r\n c\r\n";
const DELETED: &str = "Index: del.py\n===================================================================\n--- del.py\t\n+++ del.py\t\n@@ -1,1 +0,0 @@\n-gone = 1\n";
const ADDED: &str = "Index: new.py\n===================================================================\n--- new.py\t\n+++ new.py\t\n@@ -0,0 +1,2 @@\n+n = 1\n+m = 2\n";
const NO_EOL: &str = "Index: noeol.txt\n===================================================================\n--- noeol.txt\t\n+++ noeol.txt\t\n@@ -1,1 +1,1 @@\n-last line\n\\ No newline at end of file\n+last line more\n\\ No newline at end of file\n";
const NAMED: &str = "Index: ü ñ.py\n===================================================================\n--- ü ñ.py\t\n+++ ü ñ.py\t\n@@ -1,1 +1,1 @@\n-z = 1\n+z = 2\n";
const REVERTED: &str = "diff --git a/a.py b/a.py\nindex a51f6d7..b5f53b5 100644\n--- a/a.py\n+++ b/a.py\n@@ -1,5 +1,5 @@\n def add(a, b):\n-    return a + b  # edited\n+    return a+b\n \n \n def sub(a, b):";

const A: &str = "def add(a, b):\n    return a+b\n\n\ndef sub(a, b):\n    return a-b\n";
const A_EDITED: &str = "def add(a, b):\n    return a + b  # edited\n\n\ndef sub(a, b):\n    return a-b\n";

#[test]
fn reads_what_opencode_sends() {
    for (patch, before, after) in [
        (EDIT, A, A_EDITED),
        (CRLF, "a\r\nb\r\nc\r\n", "a\r\nB\r\nc\r\n"),
        (DELETED, "gone = 1\n", ""),
        (ADDED, "", "n = 1\nm = 2\n"),
        (NO_EOL, "last line", "last line more"),
        (NAMED, "z = 1\n", "z = 2\n"),
        (REVERTED, A_EDITED, A),
    ] {
        let hunks_only = patch.get(patch.find("@@").unwrap()..).unwrap();
        for form in [patch, patch.trim_end_matches('\n'), hunks_only] {
            let parsed = Patch::parse(form).unwrap();
            assert_eq!(parsed.apply(before).as_deref(), Some(after), "{form}");
            assert_eq!(parsed.reverse(after).as_deref(), Some(before), "{form}");
            assert_eq!(parsed.apply(after), None, "{form}");
            assert_eq!(parsed.reverse(before), None, "{form}");
        }
    }
}

fn one(range: std::ops::Range<u32>) -> Vec<std::ops::Range<u32>> {
    std::iter::once(range).collect()
}

#[test]
fn names_the_changed_lines() {
    let edit = Patch::parse(EDIT).unwrap();
    assert_eq!(edit.changed_lines_before(), one(1..2));
    assert_eq!(edit.changed_lines_after(), one(1..2));
    let added = Patch::parse(ADDED).unwrap();
    assert_eq!(added.changed_lines_before(), one(0..0));
    assert_eq!(added.changed_lines_after(), one(0..2));
    let two = Patch::parse("@@ -2,2 +2,3 @@\n b\n+x\n c\n@@ -9 +9,0 @@\n-i\n").unwrap();
    assert_eq!(two.changed_lines_before(), [2..2, 8..9]);
    assert_eq!(two.changed_lines_after(), [2..3, 9..9]);
}

#[test]
fn is_exact() {
    let edit = Patch::parse(EDIT).unwrap();
    for other in
        [A.replace("a+b", "a +b"), A.replace('\n', "\r\n"), A.trim_end().to_owned(), format!("\n{A}"), String::new()]
    {
        assert_eq!(edit.apply(&other), None, "{other:?}");
    }
    assert!(edit.apply(&format!("{A}more\n")).is_some());

    // Nothing can follow a line that has no line break.
    let no_eol = Patch::parse(NO_EOL).unwrap();
    assert_eq!(no_eol.apply("last line\n"), None);
    let added = Patch::parse("@@ -1,0 +2,1 @@\n+b\n").unwrap();
    assert_eq!(added.apply("a"), None);
    assert_eq!(added.apply("a\n").as_deref(), Some("a\nb\n"));
    assert_eq!(added.apply(""), None);

    // A file that was created or deleted holds nothing else.
    let created = Patch::parse(ADDED).unwrap();
    assert_eq!(created.apply("x\n"), None);
    assert_eq!(created.reverse("n = 1\nm = 2\nx\n"), None);
}

#[test]
fn removed_lines_may_look_like_headers() {
    let patch = Patch::parse("--- a\n+++ b\n@@ -1,2 +1,1 @@\n--- x\n+++ y\n-z\n").unwrap();
    assert_eq!(patch.apply("-- x\nz\n").as_deref(), Some("++ y\n"));
}

#[test]
fn a_header_alone_changes_nothing() {
    let patch = Patch::parse("Index: a\n====\n--- a\n+++ a\n").unwrap();
    assert_eq!(patch.apply("x").as_deref(), Some("x"));
    assert!(patch.changed_lines_before().is_empty());
}

#[test]
fn says_what_is_wrong() {
    for (text, error) in [
        ("", PatchError::Empty),
        (" \r\n\n", PatchError::Empty),
        ("Binary files differ\n", PatchError::NotAPatch),
        ("@@ nonsense @@\n", PatchError::Header { line: 1 }),
        ("@@ -0,1 +1,1 @@\n-a\n+b\n", PatchError::Header { line: 1 }),
        ("@@ -1,2 +1,2 @@\n a\n", PatchError::Truncated),
        ("@@ -1,1 +1,1 @@\n-a\n-b\n", PatchError::Body { line: 3 }),
        ("@@ -1,1 +1,1 @@\n*a\n", PatchError::Body { line: 2 }),
        ("@@ -1,1 +1,1 @@\n-a\n+b\n c\n", PatchError::Header { line: 4 }),
        ("@@ -1,1 +1,1 @@\n-a\n+b\n@@ -1,1 +1,1 @@\n-a\n+b\n", PatchError::Misplaced { line: 4 }),
        ("@@ -1,1 +4,1 @@\n-a\n+b\n", PatchError::Misplaced { line: 1 }),
        ("@@ -1,1 +1,1 @@\n-a\n+b\nIndex: b\n", PatchError::SecondFile { line: 4 }),
        ("--- a\n+++ a\n--- b\n+++ b\n@@ -1,1 +1,1 @@\n-a\n+b\n", PatchError::SecondFile { line: 3 }),
    ] {
        assert_eq!(Patch::parse(text), Err(error), "{text:?}");
    }
}

/// Pieces of patches in any order.
fn scrap() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "@@ -1,1 +1,1 @@\n",
        "@@ -0,0 +1,2 @@\n",
        "@@ -2 +2,0 @@\n",
        "@@ -1,4294967295 +1,4294967295 @@\n",
        "@@ -4294967295,0 +4294967295,1 @@\n",
        "@@ -99999999999 +1 @@\n",
        " a\n",
        "-a\n",
        "+b\n",
        "\\ No newline at end of file\n",
        "\n",
        "\r\n",
        "--- a\n",
        "+++ b\n",
        "é",
        "@@",
    ]);
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_panics(patch in prop_oneof![scrap(), any::<String>()], text in "[ab\n]{0,6}") {
        let Ok(patch) = Patch::parse(&patch) else {
            return Ok(());
        };
        prop_assert_eq!(patch.changed_lines_before().len(), patch.changed_lines_after().len());
        if let Some(after) = patch.apply(&text) {
            prop_assert_eq!(patch.reverse(&after), Some(text.clone()));
        }
        if let Some(before) = patch.reverse(&text) {
            prop_assert_eq!(patch.apply(&before), Some(text));
        }
    }
}
