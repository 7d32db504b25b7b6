//! The line diff and what is printed of it.

use proptest::prelude::*;

use super::{binary, check_hunks, config, content, lines, text};
use crate::review::patch::Patch;
use crate::review::{Content, Fingerprint, hunks, unified};

/// The length of the longest common subsequence of lines.
fn common(a: &[&str], b: &[&str]) -> usize {
    let mut row = vec![0; b.len() + 1];
    for x in a {
        let mut diagonal = 0;
        for (j, y) in b.iter().enumerate() {
            let up = row[j + 1];
            row[j + 1] = if x == y { diagonal + 1 } else { up.max(row[j]) };
            diagonal = up;
        }
    }
    row[b.len()]
}

proptest! {
    #![proptest_config(config(10_000))]

    #[test]
    fn hunks_are_valid_and_minimal(before in text(), after in text()) {
        let found = hunks(&before, &after);
        check_hunks(&before, &after, &found);
        let (old, new) = (lines(&before), lines(&after));
        let removed: usize = found.iter().map(|h| h.before.len()).sum();
        prop_assert_eq!(old.len() - removed, common(&old, &new));
    }

    #[test]
    fn a_printed_diff_is_a_patch(before in text(), after in text()) {
        let printed = unified("a\nb.py", &content(&before), &content(&after));
        if before == after {
            prop_assert_eq!(printed, "");
            return Ok(());
        }
        let patch = Patch::parse(&printed).unwrap();
        prop_assert_eq!(patch.apply(&before), Some(after.clone()));
        prop_assert_eq!(patch.reverse(&after), Some(before.clone()));

        let found = hunks(&before, &after);
        let (old, new): (Vec<_>, Vec<_>) = found.into_iter().map(|h| (h.before, h.after)).unzip();
        prop_assert_eq!(patch.changed_lines_before(), old);
        prop_assert_eq!(patch.changed_lines_after(), new);
    }
}

/// Lines that follow no pattern, from a small generator.
fn noise(seed: u64, count: usize, kinds: u64) -> String {
    let mut state = seed;
    let mut out = String::new();
    for _ in 0..count {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        out.push_str(&format!("line {}\n", (state >> 33) % kinds));
    }
    out
}

#[test]
fn huge_texts_do_not_hang() {
    for kinds in [3, 1_000, u64::MAX] {
        let (a, b) = (noise(1, 150_000, kinds), noise(2, 150_000, kinds));
        let found = hunks(&a, &b);
        check_hunks(&a, &b, &found);
    }
}

#[test]
fn long_common_ends_are_trimmed() {
    let base = noise(1, 100_000, u64::MAX);
    let changed = base.replacen("line", "LINE", 1) + "more\n";
    let found = hunks(&base, &changed);
    check_hunks(&base, &changed, &found);
    assert_eq!(found.len(), 2);
}

#[test]
fn reads_like_a_diff() {
    let before = content("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\nlast");
    let after = content("1\n2\n3\n4\nfive\n6\n7\n8\n9\n10\n11\n12\nlast\n");
    assert_eq!(
        unified("src/a b.py", &before, &after),
        "--- src/a b.py\n+++ src/a b.py\n\
         @@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n\
         @@ -10,4 +10,4 @@\n 10\n 11\n 12\n-last\n\\ No newline at end of file\n+last\n"
    );
}

#[test]
fn says_what_cannot_be_compared() {
    let text = content("a\n");
    let large = Content::TooLarge { bytes: 20_000_000 };
    assert_eq!(unified("a", &Content::Absent, &text), "--- /dev/null\n+++ a\n@@ -0,0 +1,1 @@\n+a\n");
    assert_eq!(unified("a", &text, &Content::Absent), "--- a\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-a\n");
    assert_eq!(unified("a", &Content::Absent, &content("")), "--- /dev/null\n+++ a\n");
    assert_eq!(unified("a", &binary(1), &binary(2)), "Binary file a changed\n");
    assert_eq!(unified("a", &Content::Absent, &binary(1)), "Binary file a added\n");
    assert_eq!(unified("a", &text, &Content::Unreadable), "Binary file a changed\n");
    assert_eq!(
        unified("a", &text, &large),
        "File a changed: too large to diff (2 bytes before, 20000000 bytes after)\n"
    );
    assert_eq!(unified("a", &large, &Content::Absent), "File a deleted: too large to diff (20000000 bytes)\n");
}

#[test]
fn tells_contents_apart() {
    assert_eq!(Content::from_bytes("é\r\n".as_bytes()).text(), Some("é\r\n"));
    assert_eq!(Content::from_bytes(b"").text(), Some(""));
    assert_eq!(Content::from_bytes(b"a\0b"), Content::Binary(Fingerprint::of(b"a\0b")));
    assert_eq!(Content::from_bytes(&[0xff, 0xfe]), Content::Binary(Fingerprint::of(&[0xff, 0xfe])));
    assert_ne!(Content::from_bytes(b"a\0b"), Content::from_bytes(b"a\0c"));
    // The value that FNV-1a is specified to have.
    assert_eq!(Fingerprint::of(b"foobar"), Fingerprint { bytes: 6, hash: 0x8594_4171_f739_67e8 });
    let late = [vec![b'a'; 8000], vec![0]].concat();
    assert!(Content::from_bytes(&late).text().is_some());
    let large = vec![b'a'; 10 * 1024 * 1024 + 1];
    assert_eq!(Content::from_bytes(&large), Content::TooLarge { bytes: 10_485_761 });
    assert!(Content::from_bytes(&large[1..]).text().is_some());
}
