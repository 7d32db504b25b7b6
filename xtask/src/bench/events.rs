//! From an event of opencode's to the editor hearing of it.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Stage;
use super::stats::Row;
use crate::Result;

const EVENTS: u32 = 1000;
const WARM_UPS: u32 = 20;
/// A pause after each, so that every event finds the bridge idle.
const PAUSE: Duration = Duration::from_millis(5);

pub fn measure(binary: &Path) -> Result<Vec<Row>> {
    let mut stage = Stage::connected(binary)?;
    let (path, uri) = stage.open("calc.py", "def add(a, b):\n    return a+b\n")?;
    let mut times = Vec::new();
    for number in 0..WARM_UPS + EVENTS {
        let request = permission(number, &path);
        let pushed = Instant::now();
        stage.fake.push("permission.asked", &request)?;
        let first = wait_asked(&mut stage, &uri)?;
        times.push(first - pushed);
        let replied = json!({"sessionID": request["sessionID"], "requestID": request["id"], "reply": "once"});
        stage.fake.push("permission.replied", &replied)?;
        wait_cleared(&mut stage, &uri)?;
        thread::sleep(PAUSE);
    }
    stage.pipe.end()?;
    Ok(vec![Row::of_times("event of opencode to the editor", &times[WARM_UPS as usize..], 50.0, 2.0)])
}

/// A request to edit the second line of a file, as 1.18 sends it.
pub fn permission(number: u32, path: &Path) -> Value {
    let diff = format!(
        "--- {0}\n+++ {0}\n@@ -1,2 +1,2 @@\n def add(a, b):\n-    return a+b\n+    return a + b\n",
        path.display()
    );
    json!({
        "id": format!("per_{number}"),
        "sessionID": "ses_1",
        "permission": "edit",
        "patterns": [path.file_name().map(|name| name.to_string_lossy())],
        "always": ["*"],
        "metadata": {"filepath": path, "diff": diff},
        "tool": {"messageID": "msg_1", "callID": "call_1"},
    })
}

/// Waits for both the dialog and the diagnostic; when the first of them came.
pub fn wait_asked(stage: &mut Stage, uri: &str) -> Result<Instant> {
    let (mut dialog, mut diagnostic) = (None, None);
    loop {
        let frame = stage.pipe.next()?;
        match frame.message["method"].as_str() {
            Some("window/showMessageRequest") => dialog = Some(frame.at),
            Some("textDocument/publishDiagnostics") if count(&frame.message, uri) > Some(0) => {
                diagnostic = Some(frame.at);
            }
            _ => {}
        }
        if let (Some(dialog), Some(diagnostic)) = (dialog, diagnostic) {
            return Ok(dialog.min(diagnostic));
        }
    }
}

pub fn wait_cleared(stage: &mut Stage, uri: &str) -> Result<()> {
    loop {
        let frame = stage.pipe.next()?;
        if frame.message["method"] == "textDocument/publishDiagnostics" && count(&frame.message, uri) == Some(0) {
            return Ok(());
        }
    }
}

/// How many diagnostics a message holds for a document.
fn count(message: &Value, uri: &str) -> Option<usize> {
    let params = &message["params"];
    (params["uri"] == uri).then(|| params["diagnostics"].as_array().map_or(0, Vec::len))
}
