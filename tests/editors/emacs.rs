//! Emacs with Eglot, and what `opencode-lsp config emacs` prints.

use testkit::Terminal;
use testkit::editors::Packaged;

use crate::Scenario;
use crate::common::PYTHON;
use crate::stage::{BOTH, HALF, Scene, Stage, configuration};

pub const SCENARIOS: [(&str, Scenario); 3] = [
    ("asks_allows_keeps_and_undoes", asks_allows_keeps_and_undoes),
    ("a_rejected_edit_is_not_made", a_rejected_edit_is_not_made),
    ("line_breaks_of_windows_stay_what_they_are", line_breaks_of_windows_stay_what_they_are),
];

fn open(editor: Packaged) -> Stage {
    open_on(Scene::new(), editor)
}

fn open_on(scene: Scene, editor: Packaged) -> Stage {
    let stage = Stage::on(scene, editor, |command, home, opencode| {
        let file = home.join("opencode-lsp.el");
        std::fs::write(&file, configuration("emacs")).expect("written");
        command.env("OPENCODE_SERVER", opencode.url());
        // It would compile what it loads, in processes of its own.
        command.args(["-Q", "-nw", "--eval", "(setq native-comp-jit-compilation nil)", "-l"]).arg(file).arg("a.py");
    });
    run(&stage.terminal, "opencode-lsp");
    stage.terminal.wait_for("Connected!");
    stage
}

fn run(t: &Terminal, command: &str) {
    t.keys("<M-x>");
    t.wait_for("M-x ");
    t.paste(command);
    t.keys("<CR>");
}

/// Answers what is asked in the minibuffer. A space that is typed would complete a word.
fn answer(t: &Terminal, question: &str, text: &str) {
    t.wait_for(question);
    t.paste(text);
    t.keys("<CR>");
    t.wait_until_gone(question);
}

/// Takes a code action at a line (1-based).
fn act(t: &Terminal, line: u32, title: &str) {
    t.keys(&format!("<M-g>g{line}<CR>"));
    // Until the diagnostic is there, there is no such action.
    t.wait("a change on this line", |screen| screen.contains("opencode changed"));
    run(t, "eglot-code-actions");
    answer(t, "Pick an action", title);
}

/// Asks about the first two lines, in the minibuffer.
fn ask(stage: &Stage) {
    ask_for(stage, &stage.scene.script());
}

fn ask_for(stage: &Stage, script: &str) {
    let t = &stage.terminal;
    t.keys("<C-@><C-n><C-n>");
    run(t, "opencode-lsp-ask");
    answer(t, "Ask opencode about", script);
}

/// What opencode has written is reviewed and saved; then the file is this.
fn keep_and_undo(stage: &Stage, half: &str) {
    let t = &stage.terminal;
    t.wait_for("Spaces added.");
    t.keys("<CR>");
    // The buffer follows the disk by itself.
    t.wait_for("return a - b");
    act(t, 2, "opencode: keep this change");
    act(t, 6, "opencode: undo this change");
    t.wait("the old line", |screen| screen.contains("return a-b") && screen.contains("return a + b"));
    t.keys("<C-x><C-s>");
    stage.scene.wait_file(half);
}

fn asks_allows_keeps_and_undoes(editor: Packaged) {
    let stage = open(editor);
    let t = &stage.terminal;
    ask(&stage);
    // An accidental Enter decides nothing.
    t.wait_for("TAB: answers, RET: later");
    t.keys("<CR>");
    t.wait_until_gone("TAB: answers, RET: later");
    run(t, "opencode-lsp-command");
    answer(t, "Command: ", "opencode.permissions");
    answer(t, "TAB: answers", "Allow once");
    stage.scene.wait_file(BOTH);
    keep_and_undo(&stage, HALF);
}

fn a_rejected_edit_is_not_made(editor: Packaged) {
    let stage = open(editor);
    let t = &stage.terminal;
    ask(&stage);
    answer(t, "TAB: answers", "Reject");
    t.wait_for("not allowed to go on");
    assert_eq!(stage.scene.project.read("a.py"), PYTHON);
}

/// Emacs shows them as line feeds, says so to the server, and writes them back.
fn line_breaks_of_windows_stay_what_they_are(editor: Packaged) {
    let crlf = |text: &str| text.replace('\n', "\r\n");
    let stage = open_on(Scene::with(&crlf(PYTHON)), editor);
    let t = &stage.terminal;
    ask_for(&stage, &testkit::script(stage.scene.steps_to(&crlf(BOTH))));
    answer(t, "TAB: answers", "Allow once");
    stage.scene.wait_file(&crlf(BOTH));
    keep_and_undo(&stage, &crlf(HALF));
    assert!(!t.screen().contains("^M"), "{}", t.screen());
}
