//! VS Code with the extension in `editors/vscode`: a browser shows its workbench, and a program of the
//! extension's tests is the user. It puts pictures of what it sees where `$OPENCODE_LSP_PICTURES` says.

use std::path::Path;

use serde_json::{Value, json};
use testkit::vscode::VsCode;

use crate::common::PYTHON;
use crate::stage::{HALF, Scene};

pub const NAME: &str = "vscode";

pub type Scenario = fn(&VsCode, &str);

pub const SCENARIOS: [(&str, Scenario); 2] = [
    ("asks_allows_keeps_and_undoes", asks_allows_keeps_and_undoes),
    ("a_rejected_edit_is_not_made", a_rejected_edit_is_not_made),
];

fn asks_allows_keeps_and_undoes(vscode: &VsCode, name: &str) {
    let scene = Scene::new();
    play(vscode, &scene, name);
    scene.wait_file(HALF);
}

fn a_rejected_edit_is_not_made(vscode: &VsCode, name: &str) {
    let scene = Scene::new();
    play(vscode, &scene, name);
    assert_eq!(scene.project.read("a.py"), PYTHON);
}

/// Does in VS Code what the scenario of this name does.
fn play(vscode: &VsCode, scene: &Scene, name: &str) {
    let vscode = vscode.with_extension().unwrap_or_else(|error| panic!("{error}"));
    scene.whatever_is_asked();
    let workbench = vscode.start(scene.home(), &settings(scene), |command| scene.isolate(command));
    let mut driver = vscode.driver("scenarios.mts");
    driver.arg(name).env("PAGE", workbench.page(scene.project.root()));
    driver.env("SCREENSHOT", Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("vscode-{name}.png")));
    let output = driver.output().expect("Node.js starts");
    assert!(output.status.success(), "{}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
}

/// What is not the test's own is quiet, what is typed is the text, and nothing moves.
fn settings(scene: &Scene) -> Value {
    json!({
        "opencode.path": env!("CARGO_BIN_EXE_opencode-lsp"),
        "opencode.server.url": scene.opencode.url(),
        "chat.disableAIFeatures": true,
        "editor.autoClosingBrackets": "never",
        "editor.cursorBlinking": "solid",
        "editor.minimap.enabled": false,
        "editor.autoClosingQuotes": "never",
        "editor.quickSuggestions": {"comments": "off", "strings": "off", "other": "off"},
        "editor.wordBasedSuggestions": "off",
        "extensions.autoCheckUpdates": false,
        "extensions.autoUpdate": false,
        "extensions.ignoreRecommendations": true,
        "files.autoSave": "off",
        "remote.autoForwardPorts": false,
        "security.workspace.trust.enabled": false,
        "telemetry.telemetryLevel": "off",
        "update.mode": "none",
        "workbench.reduceMotion": "on",
        "workbench.secondarySideBar.defaultVisibility": "hidden",
        "workbench.startupEditor": "none",
    })
}
