//! Kakoune with kakoune-lsp, and what `opencode-lsp config kakoune` prints.

use std::process::Stdio;

use testkit::Terminal;
use testkit::editors::Packaged;

use crate::Scenario;
use crate::common::PYTHON;
use crate::stage::{BOTH, Stage, configuration};

pub const SCENARIOS: [(&str, Scenario); 3] = [
    ("asks_allows_keeps_and_undoes", asks_allows_keeps_and_undoes),
    ("a_rejected_edit_is_not_made", a_rejected_edit_is_not_made),
    ("the_name_of_a_button_is_never_run", the_name_of_a_button_is_never_run),
];

/// The second change kept, the first undone: kakoune-lsp 22 applies an edit of the last line wrongly (the
/// bridge then says that nothing was undone).
const OTHER_HALF: &str = "def add(a, b):\n    return a+b\n\n\ndef sub(a, b):\n    return a - b\n";

/// kakoune-lsp outlives a killed Kakoune until its time limit, and blocks a file if one of its servers,
/// such as Python's own, is not there.
const KAKRC: &str = r#"
evaluate-commands %sh{kak-lsp}
remove-hooks global lsp-filetype-.*
lsp-enable
set-option global lsp_timeout 60
set-option global modelinefmt "%opt{lsp_modeline} %opt{modelinefmt}"
"#;

fn open(editor: Packaged) -> Stage {
    Stage::open(editor, |command, home, opencode| {
        let folder = home.join("kak");
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("kakrc"), format!("{KAKRC}{}", configuration("kakoune"))).expect("written");
        command.env("KAKOUNE_CONFIG_DIR", folder).env("OPENCODE_SERVER", opencode.url());
        command.arg("a.py");
    })
}

/// Answers the newest message, which waits until it is asked for.
fn answer(t: &Terminal, message: &str, button: &str) {
    t.wait_for("🔔");
    t.keys(":lsp-show-message-request-next<CR>");
    t.wait_for(message);
    choose(t, button);
}

/// Takes what is in a menu.
fn choose(t: &Terminal, title: &str) {
    t.wait_for(title);
    t.keys(&format!("{title}<CR>"));
    t.wait_until_gone(title);
}

/// Takes a code action at a line (1-based).
fn act(t: &Terminal, line: u32, title: &str) {
    t.keys(&format!("{line}g:lsp-code-actions<CR>"));
    choose(t, title);
}

/// Asks about the first two lines.
fn ask(stage: &Stage) {
    let t = &stage.terminal;
    t.keys("xJx:opencode-ask<CR>");
    t.wait_for("Ask opencode:");
    t.keys(&format!("{}<CR>", stage.scene.script()));
    t.wait_until_gone("Ask opencode:");
}

fn asks_allows_keeps_and_undoes(editor: Packaged) {
    let mut stage = open(editor);
    let t = &stage.terminal;
    ask(&stage);
    answer(t, "wants to edit a.py", "Allow once");
    stage.scene.wait_file(BOTH);
    t.wait_for("reload");
    t.keys("y");
    t.wait_for("return a - b");

    act(t, 6, "opencode: keep this change");
    act(t, 2, "opencode: undo this change");
    t.wait("the old line", |screen| screen.contains("return a - b") && screen.contains("return a+b"));
    stage.scene.wait_file(OTHER_HALF);
    close(&mut stage);
}

fn a_rejected_edit_is_not_made(editor: Packaged) {
    let mut stage = open(editor);
    let t = &stage.terminal;
    ask(&stage);
    answer(t, "wants to edit a.py", "Reject");
    t.wait_for("not allowed to go on");
    assert_eq!(stage.scene.project.read("a.py"), PYTHON);
    close(&mut stage);
}

/// A button may be called what a model wrote.
fn the_name_of_a_button_is_never_run(editor: Packaged) {
    let home = tempfile::tempdir().expect("a folder");
    let (run, ended) = (home.path().join("run"), home.path().join("ended"));
    std::fs::write(home.path().join("kakrc"), format!("{KAKRC}{}", configuration("kakoune"))).expect("written");
    let script = format!(
        r"lsp-show-message-request 'q' '%{{nop}}' '''a\0047 %sh{{touch {}}} \0047''' '''nop'''; nop %sh{{touch {}}}; quit!",
        run.display(),
        ended.display(),
    );
    let mut command = editor.command().expect("an editor");
    command.env("HOME", home.path()).env("KAKOUNE_CONFIG_DIR", home.path()).args(["-ui", "dummy", "-e", &script]);
    let status = command.stdin(Stdio::null()).status().expect("Kakoune");
    assert!(status.success() && ended.exists(), "{status}");
    assert!(!run.exists());
}

fn close(stage: &mut Stage) {
    stage.terminal.keys(":quit!<CR>");
    stage.terminal.wait_end();
}
