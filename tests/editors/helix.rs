//! Helix, which has no plugins: all of it by code actions and commands.

use std::time::{Duration, Instant};

use serde_json::json;
use testkit::Terminal;
use testkit::editors::Packaged;

use crate::Scenario;
use crate::common::PYTHON;
use crate::stage::{BOTH, HALF, Stage, quoted};

pub const SCENARIOS: [(&str, Scenario); 3] = [
    ("asks_allows_keeps_and_undoes", asks_allows_keeps_and_undoes),
    ("a_rejected_edit_is_not_made", a_rejected_edit_is_not_made),
    ("a_shell_command_asks", a_shell_command_asks),
];

fn open(editor: Packaged) -> Stage {
    Stage::open(editor, |command, home, opencode| {
        let languages = format!(
            "[language-server.opencode]\ncommand = {}\nconfig = {{ server = {{ url = {} }} }}\n\n\
             [[language]]\nname = \"python\"\nlanguage-servers = [\"opencode\"]\n\n\
             [[language]]\nname = \"markdown\"\nlanguage-servers = [\"opencode\"]\n",
            quoted(env!("CARGO_BIN_EXE_opencode-lsp")),
            quoted(opencode.url()),
        );
        // What is typed is to be the text: a question here is no code.
        let config = "[editor]\nauto-pairs = false\nauto-completion = false\n\n[editor.lsp]\ndisplay-messages = true\n";
        let folder = home.join("config/helix");
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("languages.toml"), languages).expect("written");
        std::fs::write(folder.join("config.toml"), config).expect("written");
        let question = home.join("question.txt");
        std::fs::write(&question, format!("What does it do?\n{}", testkit::script(json!([{"say": "It adds."}]))))
            .expect("written");
        // Of the shell command alone: the bridge has its settings.
        command.env("QUESTION", question).env("OPENCODE_SERVER", opencode.url());
        command.arg("a.py");
    })
}

/// What every menu of code actions has here.
const ASK: &str = "Ask opencode about selection";
/// In the code only: the question has what it is to become.
const UNCHANGED: &str = "return a-b";
const ANSWER: &str = "opencode: Spaces added.";

/// Opens the menu of code actions, and takes the one with this title. Until the server is there, or has
/// told what is new, there is no such action: a user looks again.
fn act(t: &Terminal, title: &str) {
    let answers = [title, ASK, "No code actions available", "No configured language server"];
    let is_answered = |screen: &str| answers.iter().any(|answer| screen.contains(answer));
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(90) {
        t.keys("<Space>a");
        t.wait("an answer to the wish for code actions", is_answered);
        t.settled();
        if t.screen().contains(title) {
            choose(t, title);
            return;
        }
        t.keys("<Esc>");
        t.wait("the answer gone", |screen| !is_answered(screen));
    }
    panic!("no {title:?} among the code actions:\n{}", t.screen());
}

/// Goes down a menu to this title, and takes it.
fn choose(t: &Terminal, title: &str) {
    for _ in 0..20 {
        let chosen = t.settled();
        if t.is_inverse(title) {
            t.keys("<CR>");
            t.wait_until_gone(title);
            return;
        }
        t.keys("<Down>");
        t.wait("another choice", |_| t.inverse() != chosen);
    }
    panic!("no way to {title:?}:\n{}", t.screen());
}

/// Asks about the first line, in a prompt document, and goes back to the code.
fn ask(editor: Packaged, stage: &Stage) {
    let t = &stage.terminal;
    t.keys("x");
    act(t, ASK);
    t.wait_for("Write your question below");
    t.keys("geo");
    t.wait_for(" INS ");
    t.paste(&stage.scene.question());
    t.keys("<Esc>");
    t.wait_for(" NOR ");
    t.keys(":w<CR>");
    if editor == Packaged::HelixOld {
        // Without dialogs the request stands as a warning in the code.
        t.wait_for("wants to edit");
        t.keys(":bp<CR>");
        t.wait_for(UNCHANGED);
    }
}

fn answer(editor: Packaged, t: &Terminal, button: &str, action: &str) {
    if editor == Packaged::HelixOld {
        act(t, action);
        return;
    }
    t.wait_for(button);
    t.picture("helix-permission");
    choose(t, button);
}

fn asks_allows_keeps_and_undoes(editor: Packaged) {
    let stage = open(editor);
    let t = &stage.terminal;
    ask(editor, &stage);
    answer(editor, t, "Allow once", "allow once");
    stage.scene.wait_file(BOTH);
    // Without its sender it stands in the question too.
    t.wait_for(ANSWER);
    if editor == Packaged::HelixNew {
        t.keys("<Esc>");
        t.wait_until_gone(ANSWER);
        t.keys(":bp<CR>");
        t.wait_for(UNCHANGED);
    }
    t.keys(":reload<CR>");
    t.wait_for("return a - b");

    t.keys(":2<CR>x");
    t.wait("the change that was reloaded", |screen| {
        screen.contains("opencode changed 1 line") && !screen.contains("on disk")
    });
    if editor == Packaged::HelixNew {
        t.picture("helix-review");
    }
    act(t, "opencode: keep this change");
    t.keys(":6<CR>x");
    act(t, "opencode: undo this change");
    t.wait("the old line", |screen| screen.contains("return a-b") && screen.contains("return a + b"));
    t.keys(":w<CR>");
    stage.scene.wait_file(HALF);
    // Nothing is left to be reviewed.
    t.keys("<Space>a");
    t.wait_for(ASK);
    assert!(!t.screen().contains("this change"), "{}", t.screen());
}

fn a_rejected_edit_is_not_made(editor: Packaged) {
    let stage = open(editor);
    let t = &stage.terminal;
    ask(editor, &stage);
    answer(editor, t, "Reject", "reject edit");
    t.wait_for("not allowed to go on");
    assert_eq!(stage.scene.project.read("a.py"), PYTHON);
}

fn a_shell_command_asks(editor: Packaged) {
    let stage = open(editor);
    let t = &stage.terminal;
    t.keys("xx");
    let place = match editor {
        // It has no names for what is selected.
        Packaged::HelixOld => "--file a.py --lines 1-2",
        _ => "--file %{buffer_name} --lines %{selection_line_start}-%{selection_line_end}",
    };
    let program = env!("CARGO_BIN_EXE_opencode-lsp");
    t.keys(&format!(":sh {program} ask {place} \"$(cat $QUESTION)\"<CR>"));
    t.wait_for("It adds.");
    let asked: String = stage.scene.model.requests().iter().map(ToString::to_string).collect();
    assert!(asked.contains("This is about `a.py`, lines 1-2."), "{asked}");
}
