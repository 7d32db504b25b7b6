//! What opencode 1.18 says while a turn changes files.

use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::fake::Fake;

const SESSION: &str = "ses_1";
const PROMPT: &str = "msg_1";
const ANSWER: &str = "msg_2";

/// The route of a turn's diff.
pub const DIFF: &str = "/session/ses_1/diff";
/// The routes of the session.
pub const ITSELF: &str = "/session/ses_1";
pub const MESSAGES: &str = "/session/ses_1/message";
pub const TODO: &str = "/session/ses_1/todo";

/// A prompt, and the session begins to work.
pub fn begin(fake: &Fake) -> io::Result<()> {
    let info = json!({"id": PROMPT, "role": "user", "sessionID": SESSION, "time": {"created": 1}});
    fake.push("message.updated", &json!({"sessionID": SESSION, "info": info}))?;
    status(fake, "busy")
}

/// The session has nothing to do any more.
pub fn end(fake: &Fake) -> io::Result<()> {
    status(fake, "idle")
}

fn status(fake: &Fake, kind: &str) -> io::Result<()> {
    fake.push("session.status", &json!({"sessionID": SESSION, "status": {"type": kind}}))
}

/// A tool begins, or has ended with this metadata.
pub fn tool(fake: &Fake, name: &str, input: &Value, metadata: Option<Value>) -> io::Result<()> {
    let state = match metadata {
        None => json!({"status": "running", "input": input, "time": {"start": 1}}),
        Some(metadata) => {
            let time = json!({"start": 1, "end": 2});
            json!({"status": "completed", "input": input, "output": "", "metadata": metadata, "title": "", "time": time})
        }
    };
    part(fake, &json!({"id": "prt_1", "type": "tool", "tool": name, "callID": "call_1", "state": state}))
}

/// The metadata of a finished `edit`.
pub fn edit_metadata(path: &Path, patch: &str, changed: usize) -> Value {
    let filediff = json!({"file": path, "patch": patch, "additions": changed, "deletions": changed});
    json!({"diagnostics": {}, "diff": patch, "filediff": filediff, "truncated": false})
}

/// A step ends: these files are not what they were at its beginning.
pub fn patch(fake: &Fake, files: &[PathBuf]) -> io::Result<()> {
    part(fake, &json!({"id": "prt_2", "type": "patch", "hash": "0".repeat(40), "files": files}))
}

fn part(fake: &Fake, part: &Value) -> io::Result<()> {
    let mut part = part.clone();
    part["sessionID"] = json!(SESSION);
    part["messageID"] = json!(ANSWER);
    fake.push("message.part.updated", &json!({"sessionID": SESSION, "part": part, "time": 1}))
}
