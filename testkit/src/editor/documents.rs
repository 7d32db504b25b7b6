//! What an editor says when its user works in a document.

use serde_json::{Value, json};

use super::Editor;

impl Editor {
    /// Opens a document at version 1.
    pub fn open(&self, uri: &str, language: &str, text: &str) {
        let document = json!({"uri": uri, "languageId": language, "version": 1, "text": text});
        self.notify("textDocument/didOpen", json!({"textDocument": document}));
    }

    /// Replaces a document's whole text.
    pub fn change_full(&self, uri: &str, version: i32, text: &str) {
        self.change(uri, version, json!([{ "text": text }]));
    }

    /// Changes a document by a list of `TextDocumentContentChangeEvent`.
    pub fn change(&self, uri: &str, version: i32, changes: Value) {
        let document = json!({"uri": uri, "version": version});
        self.notify("textDocument/didChange", json!({"textDocument": document, "contentChanges": changes}));
    }

    /// Says that a document was saved; writing the file is up to the caller.
    pub fn save(&self, uri: &str) {
        self.notify("textDocument/didSave", json!({"textDocument": {"uri": uri}}));
    }

    /// Closes a document.
    pub fn close(&self, uri: &str) {
        self.notify("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
    }

    /// Asks for the code actions at a range, with the diagnostics the editor shows there.
    ///
    /// # Panics
    /// When the server answers with an error or with something else than a list.
    #[must_use]
    pub fn code_actions(&self, uri: &str, range: Value, diagnostics: &[Value]) -> Vec<Value> {
        let params = json!({
            "textDocument": {"uri": uri},
            "range": range,
            "context": {"diagnostics": diagnostics, "triggerKind": 1},
        });
        match self.request("textDocument/codeAction", params) {
            Ok(Value::Array(actions)) => actions,
            Ok(Value::Null) => Vec::new(),
            other => panic!("textDocument/codeAction: {other:?}"),
        }
    }

    /// Executes a command with a list of arguments.
    ///
    /// # Errors
    /// The server's error.
    pub fn command(&self, command: &str, arguments: Value) -> Result<Value, Value> {
        self.request("workspace/executeCommand", json!({"command": command, "arguments": arguments}))
    }
}
