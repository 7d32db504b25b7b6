//! The core against recordings of real servers: no process, no network, no disk.

mod api;
mod replay;

use replay::Replay;

const VERSIONS: [&str; 4] = ["1.1.27", "1.3.2", "1.14.34", "1.18.34"];

const OLD: &str = "def add(a, b):\n    return a+b\n\n\ndef sub(a, b):\n    return a-b\n";
const NEW: &str = "def add(a, b):\n    return a + b  # edited\n\n\ndef sub(a, b):\n    return a-b\n";

#[test]
fn an_edit_is_asked_about_and_then_shown() {
    for version in VERSIONS {
        let mut replay = Replay::new(version, &[("a.py", OLD)]);
        replay.until("edit_once", "permission.replied");
        assert_eq!(
            replay.shown(),
            ["a.py 1-2 permission: opencode wants to edit a.py: allow or reject it with a code action"]
        );
        assert_eq!(replay.dialogs().len(), 1, "{version}");
        replay.write("a.py", NEW);
        replay.rest();
        assert_eq!(replay.shown(), ["a.py 1-2 change: opencode changed 1 line"], "{version}");
    }
}

#[test]
fn what_a_shell_command_did_is_pieced_together() {
    for version in VERSIONS {
        let mut replay = Replay::new(
            version,
            &[
                ("bin.dat", "\u{0}"),
                ("crlf.txt", "a\r\nb\r\nc\r\n"),
                ("del.py", "gone = 1\n"),
                ("mv.py", "one\ntwo\nthree\nfour\nfive\n"),
                ("noeol.txt", "last line"),
                ("sub/deep.py", "q = 1\n"),
                ("ü ñ.py", "z = 1\n"),
            ],
        );
        replay.until("files", "file.edited");
        replay.write("new.py", "n = 1\nm = 2\n");
        replay.until_tool("bash", "completed");
        replay.remove("del.py");
        replay.remove("mv.py");
        replay.write("moved.py", "one\ntwo\nthree\nfour\nfive\n");
        replay.write("crlf.txt", "a\r\nB\r\nc\r\n");
        replay.write("noeol.txt", "last line more");
        replay.write("bin.dat", "\u{0}\u{1}\u{2}");
        replay.write("sub/deep.py", "q = 3\n");
        replay.write("ü ñ.py", "z = 2\n");
        replay.know_diff("files");
        replay.rest();
        let mut expected = vec![
            "bin.dat 0-1 change: opencode created this file",
            "crlf.txt 1-2 change: opencode changed 1 line",
            "del.py 0-1 change: opencode deleted this file",
            "moved.py 0-1 change: opencode renamed this file, it was mv.py",
            "new.py 0-1 change: opencode created this file",
            "noeol.txt 0-1 change: opencode changed 1 line",
            "sub/deep.py 0-1 change: opencode changed 1 line",
            "ü ñ.py 0-1 change: opencode changed 1 line",
        ];
        if version == "1.1.27" {
            // It tells nothing of a renamed file's old name, and knows neither binary files nor these names.
            expected[0] = "bin.dat 0-1 change: opencode changed this file; the text before is not known";
            expected[3] = "moved.py 0-1 change: opencode created this file";
            expected[7] = "ü ñ.py 0-1 change: opencode changed this file; the text before is not known";
        }
        assert_eq!(replay.shown(), expected, "{version}");
    }
}

#[test]
fn a_command_is_asked_about_whole() {
    for version in VERSIONS {
        let mut replay = Replay::new(version, &[]);
        replay.until("bash_always", "permission.replied");
        let dialogs = replay.dialogs();
        assert_eq!(dialogs.len(), 1, "{version}");
        assert!(dialogs[0].starts_with("opencode wants to run echo hi (session "), "{version}: {}", dialogs[0]);
        replay.rest();
        assert_eq!(replay.shown(), [""; 0], "{version}");
    }
}

#[test]
fn nothing_of_a_failed_turn_of_others_is_shown() {
    for version in VERSIONS {
        let mut replay = Replay::new(version, &[]);
        replay.until("provider_error", "no such event");
        assert_eq!(replay.shown(), [""; 0], "{version}");
        assert_eq!(replay.dialogs(), [""; 0], "{version}");
    }
}
