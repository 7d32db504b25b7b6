//! The beginning of a session.

use std::path::Path;

use serde_json::{Value, json};

use super::Editor;
use crate::Project;
use crate::project::uri;

impl Editor {
    /// Sends `initialize`, waits for its result, and sends `initialized`.
    ///
    /// # Panics
    /// When the server answers with an error.
    pub fn initialize(&self, params: Value) -> Value {
        let result = self.request("initialize", params).unwrap_or_else(|error| panic!("initialize: {error}"));
        self.notify("initialized", json!({}));
        result
    }

    /// What a capable editor says in `initialize`, opened on the project.
    #[must_use]
    pub fn default_params(project: &Project) -> Value {
        Self::params_for(project.root())
    }

    /// What a capable editor says in `initialize`, opened on any folder.
    ///
    /// # Panics
    /// When the path is not absolute.
    #[must_use]
    pub fn params_for(root: &Path) -> Value {
        let uri = uri(root);
        json!({
            "processId": std::process::id(),
            "clientInfo": {"name": "testkit", "version": env!("CARGO_PKG_VERSION")},
            "rootUri": uri,
            "rootPath": root,
            "workspaceFolders": [{"uri": uri, "name": "project"}],
            "capabilities": capabilities(),
        })
    }
}

fn capabilities() -> Value {
    json!({
        "general": {"positionEncodings": ["utf-16"]},
        "window": {
            "workDoneProgress": true,
            "showDocument": {"support": true},
            "showMessage": {"messageActionItem": {"additionalPropertiesSupport": false}},
        },
        "workspace": {
            "applyEdit": true,
            "workspaceEdit": {
                "documentChanges": true,
                "resourceOperations": ["create", "rename", "delete"],
                "failureHandling": "abort",
            },
            "configuration": false,
            "didChangeConfiguration": {"dynamicRegistration": true},
            "didChangeWatchedFiles": {"dynamicRegistration": true},
            "executeCommand": {"dynamicRegistration": true},
            "workspaceFolders": true,
            "codeLens": {"refreshSupport": true},
            "diagnostics": {"refreshSupport": true},
        },
        "textDocument": {
            "synchronization": {"didSave": true, "willSave": true, "willSaveWaitUntil": true},
            "publishDiagnostics": {
                "relatedInformation": true,
                "versionSupport": true,
                "codeDescriptionSupport": true,
                "dataSupport": true,
                "tagSupport": {"valueSet": [1, 2]},
            },
            "codeAction": {
                "codeActionLiteralSupport": {"codeActionKind": {"valueSet": [
                    "", "quickfix", "refactor", "refactor.extract", "refactor.inline",
                    "refactor.rewrite", "source",
                ]}},
                "dataSupport": true,
                "disabledSupport": true,
                "isPreferredSupport": true,
                "resolveSupport": {"properties": ["edit", "command"]},
            },
            "codeLens": {},
            "hover": {"contentFormat": ["markdown", "plaintext"]},
            "completion": {"completionItem": {
                "snippetSupport": true,
                "documentationFormat": ["markdown", "plaintext"],
            }},
        },
    })
}
