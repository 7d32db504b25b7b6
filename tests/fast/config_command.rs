//! What `opencode-lsp config` prints.

use std::path::Path;
use std::process::{Command, Output};

use clap::ValueEnum as _;
use opencode_lsp::configs::Editor;
use serde_json::Value;

fn config(editor: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_opencode-lsp")).args(["config", editor]).output().expect("run")
}

/// The lines that name the program, for each editor.
fn lines_with_program(program: &str) -> String {
    let mut lines = String::new();
    for editor in Editor::value_variants() {
        let text = editor.configuration(Path::new(program)).expect("a configuration");
        for line in text.lines().filter(|line| line.contains("odd")) {
            lines.push_str(&format!("{editor:?}: {}\n", line.trim()));
        }
    }
    lines
}

#[test]
fn the_program_is_named_as_each_language_has_it() {
    insta::assert_snapshot!(lines_with_program(r"C:\odd {path\opencode-lsp.exe"), @r#"
    Nvim: --   require("opencode_lsp").setup({ cmd = { "C:\\odd {path\\opencode-lsp.exe" } })
    Nvim: cmd = { "C:\\odd {path\\opencode-lsp.exe" },
    Helix: command = "C:\\odd {path\\opencode-lsp.exe"
    Vscode: "opencode.path": "C:\\odd {path\\opencode-lsp.exe"
    Emacs: (defvar opencode-lsp-program "C:\\odd {path\\opencode-lsp.exe")
    Kakoune: command = "C:\\odd \u007bpath\\opencode-lsp.exe"
    Zed: "binary": { "path": "C:\\odd {path\\opencode-lsp.exe" }
    Sublime: "command": ["C:\\odd {path\\opencode-lsp.exe"],
    VimLsp: \ 'cmd': ["C:\\odd {path\\opencode-lsp.exe"],
    "#);
    insta::assert_snapshot!(lines_with_program("/opt/odd \"quotes\" & 'ü'/opencode-lsp"), @r#"
    Nvim: --   require("opencode_lsp").setup({ cmd = { "/opt/odd \"quotes\" & 'ü'/opencode-lsp" } })
    Nvim: cmd = { "/opt/odd \"quotes\" & 'ü'/opencode-lsp" },
    Helix: command = "/opt/odd \"quotes\" & 'ü'/opencode-lsp"
    Vscode: "opencode.path": "/opt/odd \"quotes\" & 'ü'/opencode-lsp"
    Emacs: (defvar opencode-lsp-program "/opt/odd \"quotes\" & 'ü'/opencode-lsp")
    Kakoune: command = "/opt/odd \"quotes\" & 'ü'/opencode-lsp"
    Zed: "binary": { "path": "/opt/odd \"quotes\" & 'ü'/opencode-lsp" }
    Sublime: "command": ["/opt/odd \"quotes\" & 'ü'/opencode-lsp"],
    VimLsp: \ 'cmd': ["/opt/odd \"quotes\" & 'ü'/opencode-lsp"],
    "#);
}

#[test]
fn every_editor_gets_this_program_and_a_word_on_where_it_goes() {
    for (editor, place) in [
        ("nvim", "~/.config/nvim/lsp/opencode.lua"),
        ("helix", "~/.config/helix/languages.toml"),
        ("vscode", "settings.json"),
        ("emacs", "~/.emacs.d/opencode-lsp.el"),
        ("kakoune", "~/.config/kak/kakrc"),
        ("zed", "settings.json"),
        ("sublime", "Packages/User/LSP.sublime-settings"),
        ("vim-lsp", "~/.vimrc"),
    ] {
        let output = config(editor);
        assert!(output.status.success(), "{editor}: {output:?}");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        let program = Value::from(env!("CARGO_BIN_EXE_opencode-lsp")).to_string();
        assert!(text.contains(&program), "{editor}:\n{text}");
        assert!(text.lines().take(6).any(|line| line.contains(place)), "{editor}: no {place} in\n{text}");
    }
}

#[test]
fn what_is_said_to_be_json_is_json() {
    for editor in [Editor::Vscode, Editor::Zed, Editor::Sublime] {
        let text = editor.configuration(Path::new(r"C:\opencode-lsp.exe")).expect("a configuration");
        let bare: String = text.lines().filter(|line| !line.starts_with("//")).collect();
        let read: Value = serde_json::from_str(&bare).expect("JSON");
        assert!(read.to_string().contains(r"C:\\opencode-lsp.exe"), "{read}");
    }
}

#[test]
fn an_unknown_editor_is_answered_with_the_known_ones() {
    let output = config("nano");
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(said.contains("nvim, helix, vscode, emacs, kakoune, zed, sublime, vim-lsp"), "{said}");
}
