//! Neovim: its own LSP client without a plugin, code actions by key; and with the plugin in `editors/nvim`.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;
use testkit::Terminal;
use testkit::editors::Packaged;

use crate::Scenario;
use crate::common::PYTHON;
use crate::stage::{BOTH, HALF, Stage, quoted};

pub const SCENARIOS: [(&str, Scenario); 5] = [
    ("asks_allows_keeps_and_undoes", asks_allows_keeps_and_undoes),
    ("a_rejected_edit_is_not_made", a_rejected_edit_is_not_made),
    ("a_link_in_a_transcript_leads_to_its_line", a_link_in_a_transcript_leads_to_its_line),
    ("the_plugin_asks_allows_and_shows_what_was_there", the_plugin_asks_allows_and_shows_what_was_there),
    ("the_plugins_own_tests_pass", the_plugins_own_tests_pass),
];

const INIT: &str = r#"
vim.o.cmdheight = 12
-- Keys that belong together may come apart on a busy machine.
vim.o.timeout = false
vim.api.nvim_create_autocmd("FileType", {
  pattern = { "python", "markdown" },
  callback = function()
    vim.lsp.start({ name = "opencode", cmd = { BINARY }, root_dir = ROOT, init_options = { server = { url = URL } } })
  end,
})
vim.keymap.set({ "n", "x" }, "<Space>a", vim.lsp.buf.code_action)
vim.keymap.set({ "n", "x" }, "<Space>c", vim.cmd.mode)
vim.keymap.set("n", "<Space>d", vim.lsp.buf.definition)
local shows = 0
vim.keymap.set("n", "<Space>t", function()
  vim.lsp.buf_request(0, "workspace/executeCommand", { command = "opencode.answer.show" }, function(refused)
    shows = shows + 1
    print("show " .. shows .. (refused and " refused" or " taken"))
  end)
end)
"#;

const WITH_PLUGIN: &str = r#"
vim.o.cmdheight = 12
vim.opt.runtimepath:prepend(PLUGIN)
require("opencode_lsp").setup({ cmd = { BINARY }, server = { url = URL } })
"#;

const PLUGIN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/editors/nvim");

fn open(editor: Packaged, init: &str) -> Stage {
    Stage::open(editor, |command, home, opencode| {
        let root = command.get_current_dir().map(quoted).expect("a folder to work in");
        let init = init
            .replace("PLUGIN", &quoted(PLUGIN))
            .replace("BINARY", &quoted(env!("CARGO_BIN_EXE_opencode-lsp")))
            .replace("ROOT", &root)
            .replace("URL", &quoted(opencode.url()));
        let file = home.join("init.lua");
        std::fs::write(&file, init).expect("written");
        // A swap file that another run left makes edits fail.
        command.args(["--clean", "-n", "-u"]).arg(file).arg("a.py");
    })
}

/// Answers a list of numbered choices with the one that has this title.
fn choose(t: &Terminal, title: &str) {
    let screen = t.wait_for(title);
    let line = screen.lines().rev().find(|line| line.contains(title)).expect("the choice");
    let number: String = line.trim_start().chars().take_while(char::is_ascii_digit).collect();
    assert!(!number.is_empty(), "no number before {title:?}:\n{screen}");
    t.keys(&format!("{number}<CR>"));
    // What is left of it on the screen must not be taken for the next one.
    t.wait_until_gone("Type number");
}

/// Until the server is there, or has told what is new, there is no such action: a user looks again.
fn act(t: &Terminal, title: &str) {
    let answers = ["Type number", "No code actions available", "not supported"];
    let is_answered = |screen: &str| answers.iter().any(|answer| screen.contains(answer));
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(90) {
        t.keys("<Space>a");
        let screen = t.wait("an answer to the wish for code actions", is_answered);
        if screen.contains(title) {
            choose(t, title);
            return;
        }
        if screen.contains("Type number") {
            // Out of a list without it.
            t.keys("<CR>");
        }
        // Off the screen with what was said.
        t.keys("<Space>c");
        t.wait("the answer gone", |screen| !is_answered(screen));
        std::thread::sleep(Duration::from_millis(300));
    }
    panic!("no {title:?} among the code actions:\n{}", t.screen());
}

/// Asks about the first lines, in a prompt document.
fn ask(stage: &Stage) {
    let t = &stage.terminal;
    t.keys("Vj");
    act(t, "Ask opencode about selection");
    t.wait_for("Write your question below");
    t.keys("Go");
    t.paste(&stage.scene.question());
    // A paste takes longer than keys that follow.
    t.wait_for("Spaces added.");
    t.keys("<Esc>:w<CR>");
}

fn asks_allows_keeps_and_undoes(editor: Packaged) {
    let stage = open(editor, INIT);
    let t = &stage.terminal;
    ask(&stage);
    choose(t, "Allow once");
    stage.scene.wait_file(BOTH);
    t.wait_for("opencode: Spaces added.");
    t.keys("<CR>");
    t.wait_until_gone("Type number");
    t.keys(":b a.py<CR>:checktime<CR>");
    t.wait_for("return a - b");

    t.keys(":2<CR>");
    act(t, "opencode: keep this change");
    t.keys(":6<CR>");
    act(t, "opencode: undo this change");
    t.wait("the old line", |screen| screen.contains("return a-b") && screen.contains("return a + b"));
    t.keys(":w<CR>");
    stage.scene.wait_file(HALF);
}

fn a_rejected_edit_is_not_made(editor: Packaged) {
    let stage = open(editor, INIT);
    let t = &stage.terminal;
    ask(&stage);
    choose(t, "Reject");
    t.wait_for("not allowed to go on");
    assert_eq!(stage.scene.project.read("a.py"), PYTHON);
}

fn the_plugin_asks_allows_and_shows_what_was_there(editor: Packaged) {
    let stage = open(editor, WITH_PLUGIN);
    let t = &stage.terminal;
    // Until the server is there, the plugin says that it is not.
    let title = "Ask opencode about a.py, lines 1-2";
    let opens = |_: &i32| {
        t.keys(":1,2Opencode ask<CR>");
        t.shows_within(title, Duration::from_secs(2))
    };
    assert!((0..15).find(opens).is_some(), "no {title:?}:\n{}", t.screen());
    t.paste(&stage.scene.script());
    t.wait_for("Spaces added.");
    t.keys("<CR>");
    // It is told, and nothing is to be answered before the user wants to.
    t.wait_for("wants to edit a.py");
    t.keys(":Opencode permissions<CR>");
    t.wait_for("Type number");
    if editor == Packaged::NeovimNew {
        t.picture("neovim-permission");
    }
    choose(t, "Allow once");
    stage.scene.wait_file(BOTH);
    // The buffer follows by itself, and shows the line that was there above the new one.
    let both = |screen: &str| screen.contains("return a + b") && screen.contains("return a+b");
    t.wait("the new line and the old one", both);
    if editor == Packaged::NeovimNew {
        t.picture("neovim-review");
    }
    t.keys(":2<CR>:Opencode review keep<CR>");
    t.wait("the old line gone", |screen| screen.contains("return a + b") && !screen.contains("return a+b"));
    t.keys(":6<CR>:Opencode review undo<CR>");
    t.wait("the old line back", |screen| screen.contains("return a-b") && !screen.contains("return a - b"));
    t.keys(":w<CR>");
    stage.scene.wait_file(HALF);
}

/// Against a server of their own, which does what a real one does rarely.
fn the_plugins_own_tests_pass(editor: Packaged) {
    let editor = editor.command().expect("an editor");
    let mut command = Command::new("sh");
    command.arg(Path::new(PLUGIN).join("tests/run.sh")).arg(editor.get_program());
    let output = command.output().expect("a shell");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("-- commands"), "{said}");
}

/// What was answered elsewhere is opened, and read with the keys of the language's own definitions.
fn a_link_in_a_transcript_leads_to_its_line(editor: Packaged) {
    let stage = open(editor, INIT);
    let (t, opencode) = (&stage.terminal, &stage.scene.opencode);
    let read = json!({"tool": "read", "input": {"filePath": stage.scene.project.path("a.py")}});
    stage.scene.model.otherwise(&[read, json!({"say": "It is in a.py:5, of all places."})]);
    let (_, session) = opencode.post("/session", json!({}));
    let session = format!("/session/{}", session["id"].as_str().expect("an id"));
    let parts = json!({"parts": [{"type": "text", "text": "Where is it?"}]});
    opencode.post(&format!("{session}/prompt_async"), parts);
    // Two editors and two servers at work at once: a turn may take minutes.
    testkit::eventually_within(Duration::from_secs(300), || {
        let (_, messages) = opencode.get(&format!("{session}/message"));
        messages.to_string().contains("of all places").then_some(())
    });
    // Until the bridge is connected, it knows of no session.
    for number in 1.. {
        t.keys("<Space>t");
        let (refused, taken) = (format!("show {number} refused"), format!("show {number} taken"));
        let screen = t.wait("an answer", |screen| screen.contains(&refused) || screen.contains(&taken));
        if screen.contains(&taken) {
            break;
        }
        std::thread::sleep(Duration::from_millis(300));
    }
    t.wait_for("It is in [a.py:5], of all");
    t.keys("/in .a.py:5<CR>fa");
    t.keys("<Space>d");
    t.wait("the line that the link leads to", |screen| screen.contains("def sub(a, b):") && screen.contains("5,1"));
}
