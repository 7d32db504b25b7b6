//! Listening to the bridge, in the order in which it speaks.

use std::time::{Duration, Instant};

use serde_json::Value;
use testkit::{Editor, ServerRequest};

use crate::Result;

/// How often to look for progress, which is kept apart from other messages.
const GLANCE: Duration = Duration::from_millis(50);

pub struct Ear<'a> {
    editor: &'a Editor,
    patience: Duration,
    /// How many progress notifications have been told.
    progress: usize,
    /// What the newest of them said.
    message: String,
}

/// One thing that the bridge said.
pub enum Heard {
    /// What a progress shows now.
    Progress(String),
    /// A question to the user.
    Dialog(ServerRequest),
    /// A wish to have a document opened.
    ShowDocument(ServerRequest),
    /// A message without buttons.
    Message(String),
}

impl<'a> Ear<'a> {
    pub fn new(editor: &'a Editor, patience: Duration) -> Self {
        Self { editor, patience, progress: 0, message: String::new() }
    }

    /// The next thing it says. An error when it says nothing for long.
    pub fn next(&mut self) -> Result<Heard> {
        let deadline = Instant::now() + self.patience;
        while Instant::now() < deadline {
            if let Some(text) = self.next_progress() {
                return Ok(Heard::Progress(text));
            }
            let Some(message) = self.editor.next_within(GLANCE) else {
                continue;
            };
            if let Some(heard) = understood(&message) {
                return Ok(heard);
            }
        }
        Err(format!("opencode-lsp has said nothing for {} s", self.patience.as_secs()).into())
    }

    fn next_progress(&mut self) -> Option<String> {
        loop {
            let params = self.editor.progress().into_iter().nth(self.progress)?;
            self.progress += 1;
            let value = &params["value"];
            let message = value["message"].as_str().unwrap_or_default();
            if message == self.message {
                continue;
            }
            message.clone_into(&mut self.message);
            return Some(match value["title"].as_str() {
                Some(title) => format!("{title} — {message}"),
                None => message.to_owned(),
            });
        }
    }
}

fn understood(message: &Value) -> Option<Heard> {
    let params = message["params"].clone();
    let request = |params| ServerRequest { id: message["id"].clone(), params };
    match message["method"].as_str()? {
        "window/showMessageRequest" => Some(Heard::Dialog(request(params))),
        "window/showDocument" => Some(Heard::ShowDocument(request(params))),
        "window/showMessage" => Some(Heard::Message(params["message"].as_str()?.to_owned())),
        _ => None,
    }
}

/// The text of a dialog.
pub fn text_of(dialog: &ServerRequest) -> &str {
    dialog.params["message"].as_str().unwrap_or_default()
}

/// The titles of a dialog's buttons.
pub fn buttons_of(dialog: &ServerRequest) -> Vec<&str> {
    let actions = dialog.params["actions"].as_array();
    actions.into_iter().flatten().filter_map(|action| action["title"].as_str()).collect()
}

/// Whether a dialog waits for a decision, rather than telling an answer.
pub fn is_permission(dialog: &ServerRequest) -> bool {
    buttons_of(dialog).len() > 1
}
