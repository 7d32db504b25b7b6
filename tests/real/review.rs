//! Changes are kept and undone, one by one, while the user goes on typing; in the end the disk is
//! exactly what it should be.

use serde_json::{Value, json};
use testkit::Opencode;

use crate::kit::{PYTHON, Stage, action, edit_steps, range, titles};

on_four_versions! {
    half_is_kept_and_half_undone_with_edits_of_the_user_in_between
    two_turns_in_a_row
    two_sessions_in_one_project
    a_turn_is_not_undone_while_opencode_is_at_work
}

on_every_version! {
    an_undo_waits_for_the_end_of_the_turn
    reviews_outlive_the_language_server
    unsaved_text_takes_the_changes_over
    without_git_a_turn_cannot_be_undone_and_files_can
    lenses_and_the_way_from_change_to_change
}

const LINES: &str = "one = 1\ntwo = 2\nthree = 3\nfour = 4\nfive = 5\nsix = 6\nseven = 7\neight = 8\n";

fn edit(stage: &Stage, name: &str, old: &str, new: &str) -> Value {
    json!({"tool": "edit", "input": {"filePath": stage.project.path(name), "oldString": old, "newString": new}})
}

fn read(stage: &Stage, name: &str) -> Value {
    json!({"tool": "read", "input": {"filePath": stage.project.path(name)}})
}

fn bash(command: &str) -> Value {
    json!({"tool": "bash", "input": {"command": command, "description": "change files"}})
}

fn allow(stage: &Stage, what: &str) {
    stage.press(&stage.dialog(&format!("opencode wants to {what}")), "Allow once");
}

fn half_is_kept_and_half_undone_with_edits_of_the_user_in_between(version: &str) {
    let files = [
        ("a.py", LINES),
        ("del.py", "gone = 1\n"),
        ("mv.py", "m = 1\nn = 2\n"),
        ("sub/deep ü.py", LINES),
        ("crlf.txt", "a\r\nb\r\nc"),
    ];
    let stage = Stage::new(version, &files);
    let a = stage.open("a.py");
    let (new, command) = (
        json!({"tool": "write", "input": {"filePath": stage.project.path("new.py"), "content": "n = 1\n"}}),
        "rm del.py && mv mv.py moved.py && sed -i -e s/2/22/ -e s/7/77/ sub/deep*.py && sed -i s/b/B/ crlf.txt && printf 'made = 1' > made.py",
    );
    let steps = json!([
        read(&stage, "a.py"),
        edit(&stage, "a.py", "two = 2", "two = 22"),
        edit(&stage, "a.py", "seven = 7", "seven = 77"),
        new,
        bash(command),
        {"say": "All done."},
    ]);
    stage.ask(&a, 0..1, "Change everything.", steps);
    allow(&stage, "edit a.py");
    allow(&stage, "edit a.py");
    allow(&stage, "edit new.py");
    stage.allow_slowly("run rm del.py", "bash");
    stage.answer("All done.");

    // The open file: its second change is undone, its first kept, and the user types above and below.
    let text = stage.project.read("a.py");
    stage.editor.change_full(&a, 2, &text);
    stage.wait_changes(&a, &[("opencode changed 1 line", 1), ("opencode changed 1 line", 6)]);
    let text = format!("# mine\n{text}");
    stage.editor.change_full(&a, 3, &text);
    stage.wait_changes(&a, &[("opencode changed 1 line", 2), ("opencode changed 1 line", 7)]);
    stage.run("opencode.review.undo", stage.change_on(&a, 7));
    let text = stage.make_edit(&a, 3, &text);
    stage.wait_changes(&a, &[("opencode changed 1 line", 2)]);
    let text = format!("{text}# mine, too\n");
    stage.editor.change_full(&a, 5, &text);
    stage.run("opencode.review.keep", stage.change_on(&a, 2));
    stage.wait_changes(&a, &[]);
    stage.project.write("a.py", &text);
    stage.editor.save(&a);
    assert_eq!(text, format!("# mine\n{}# mine, too\n", LINES.replace("two = 2", "two = 22")));

    // A closed one: the user's editor of choice saves it in between.
    let deep = stage.project.uri("sub/deep ü.py");
    if version == "1.1.27" {
        // It does not know the text before of names like this one.
        stage.wait_changes(&deep, &[("opencode changed this file; the text before is not known", 0)]);
        let refused = stage.editor.command("opencode.review.undo", json!([{"uri": deep}])).expect_err("not known");
        assert!(refused["message"].as_str().expect("words").contains("the text before is not known"), "{refused}");
        stage.run("opencode.review.keep", json!({"uri": deep}));
    } else {
        stage.wait_changes(&deep, &[("opencode changed 1 line", 1), ("opencode changed 1 line", 6)]);
        stage.run("opencode.review.undo", stage.change_on(&deep, 1));
        stage.wait_changes(&deep, &[("opencode changed 1 line", 6)]);
        stage.project.write("sub/deep ü.py", &format!("mine = 0\n{}", stage.project.read("sub/deep ü.py")));
        stage.wait_changes(&deep, &[("opencode changed 1 line", 7)]);
        stage.run("opencode.review.keep", stage.change_on(&deep, 7));
        stage.wait_changes(&deep, &[]);
        assert_eq!(stage.project.read("sub/deep ü.py"), format!("mine = 0\n{}", LINES.replace("= 7", "= 77")));
    }
    let crlf = stage.project.uri("crlf.txt");
    stage.wait_changes(&crlf, &[("opencode changed 1 line", 1)]);
    stage.run("opencode.review.undo", stage.change_on(&crlf, 1));
    stage.wait_changes(&crlf, &[]);
    assert_eq!(stage.project.read("crlf.txt"), "a\r\nb\r\nc");

    // Whole files.
    let undo = |name: &str, shown: &str, by_editor: bool| {
        let uri = stage.project.uri(name);
        stage.wait_changes(&uri, &[(shown, 0)]);
        stage.run("opencode.review.undo", json!({"uri": uri}));
        if by_editor {
            stage.do_file_operation();
        }
        stage.wait_changes(&uri, &[]);
    };
    undo("new.py", "opencode created this file", true);
    undo("del.py", "opencode deleted this file", false);
    let made = stage.project.uri("made.py");
    stage.wait_changes(&made, &[("opencode created this file", 0)]);
    stage.run("opencode.review.keep", json!({"uri": made}));
    stage.wait_changes(&made, &[]);
    let moved = stage.project.uri("moved.py");
    if version == "1.1.27" {
        // It does not tell a renamed file's old name.
        stage.wait_changes(&moved, &[("opencode created this file", 0)]);
        stage.run("opencode.review.keep", json!({"uri": moved}));
    } else {
        undo("moved.py", "opencode renamed this file, it was mv.py", true);
        assert_eq!(stage.project.read("mv.py"), "m = 1\nn = 2\n");
    }
    assert_eq!(stage.project.read("a.py"), text);
    assert_eq!(stage.project.read("del.py"), "gone = 1\n");
    assert_eq!(stage.project.read("made.py"), "made = 1");
    assert!(!stage.project.path("new.py").exists());
    assert_eq!(stage.project.path("moved.py").exists(), version == "1.1.27");
    stage.editor.shutdown();
}

fn two_turns_in_a_row(version: &str) {
    let stage = Stage::new(version, &[("a.py", LINES)]);
    let a = stage.open("a.py");
    let first = json!([read(&stage, "a.py"), edit(&stage, "a.py", "two = 2", "two = 22"), {"say": "First."}]);
    stage.ask(&a, 0..1, "First.", first);
    allow(&stage, "edit a.py");
    stage.answer("First.");
    stage.editor.change_full(&a, 2, &stage.project.read("a.py"));
    stage.wait_changes(&a, &[("opencode changed 1 line", 1)]);
    let second = json!([read(&stage, "a.py"), edit(&stage, "a.py", "seven = 7", "seven = 77"), {"say": "Second."}]);
    stage.ask(&a, 0..1, "Second.", second);
    allow(&stage, "edit a.py");
    stage.answer("Second.");
    let text = stage.project.read("a.py");
    stage.editor.change_full(&a, 3, &text);
    stage.wait_changes(&a, &[("opencode changed 1 line", 1), ("opencode changed 1 line", 6)]);
    // The newest turn is kept; what is left is the first one's.
    stage.run("opencode.turn.keep", Value::Null);
    stage.wait_changes(&a, &[("opencode changed 1 line", 1)]);
    stage.run("opencode.review.undo", json!({"uri": a}));
    let text = stage.make_edit(&a, 3, &text);
    stage.wait_changes(&a, &[]);
    assert_eq!(text, LINES.replace("seven = 7", "seven = 77"));
    stage.editor.shutdown();
}

fn two_sessions_in_one_project(version: &str) {
    let stage = Stage::new(version, &[("a.py", LINES), ("b.py", LINES)]);
    let a = stage.open("a.py");
    let mine = json!([read(&stage, "a.py"), edit(&stage, "a.py", "two = 2", "two = 22"), {"say": "Mine."}]);
    stage.ask(&a, 0..1, "Mine.", mine);
    allow(&stage, "edit a.py");
    stage.answer("Mine.");
    // Somebody else's session works on the same file and on another.
    let theirs = json!([
        read(&stage, "a.py"), read(&stage, "b.py"),
        edit(&stage, "a.py", "seven = 7", "seven = 77"),
        edit(&stage, "b.py", "one = 1", "one = 11"),
        {"say": "Theirs."},
    ]);
    let (_, session) = stage.opencode.post("/session", json!({}));
    let path = format!("/session/{}/prompt_async", session["id"].as_str().expect("an id"));
    let text = format!("Theirs.\n{}", testkit::script(theirs));
    let mut events = stage.opencode.events();
    stage.opencode.post(&path, json!({"parts": [{"type": "text", "text": text}]}));
    allow(&stage, "edit a.py");
    allow(&stage, "edit b.py");
    events.wait("session.idle", |_| true);
    let text = stage.project.read("a.py");
    stage.editor.change_full(&a, 2, &text);
    stage.wait_changes(&a, &[("opencode changed 1 line", 1), ("opencode changed 1 line", 6)]);
    let b = stage.project.uri("b.py");
    stage.wait_changes(&b, &[("opencode changed 1 line", 0)]);
    // Only the turn of ours knows where it was asked.
    let shown = stage.editor.diagnostics(&a);
    assert!(shown[0]["relatedInformation"].is_array() && shown[1]["relatedInformation"].is_null(), "{shown:?}");
    // The bridge may hear a moment later that the other session is done; it says then that it waits.
    stage.editor.ignore("window/showMessage");
    stage.run("opencode.review.undo", stage.change_on(&a, 6));
    let text = stage.make_edit(&a, 2, &text);
    stage.wait_changes(&a, &[("opencode changed 1 line", 1)]);
    assert_eq!(text, LINES.replace("two = 2", "two = 22"));
    stage.run("opencode.review.undo", json!({"uri": b}));
    stage.wait_changes(&b, &[]);
    assert_eq!(stage.project.read("b.py"), LINES);
    stage.editor.shutdown();
}

fn a_turn_is_not_undone_while_opencode_is_at_work(version: &str) {
    let stage = Stage::trusting(version, &[("a.py", PYTHON)]);
    let a = stage.open("a.py");
    let mut steps = edit_steps(&stage.project);
    steps[2]["gate"] = json!("end");
    stage.ask(&a, 0..2, "Add spaces.", steps);
    stage.model.waiting_at("end");
    let refused = stage.editor.command("opencode.turn.undo", json!([])).expect_err("busy");
    assert!(refused["message"].as_str().expect("words").contains("opencode is at work in that session"), "{refused}");
    stage.model.open("end");
    stage.answer("Spaces added.");
    stage.editor.shutdown();
}

fn an_undo_waits_for_the_end_of_the_turn(version: &str) {
    let stage = Stage::trusting(version, &[("a.py", PYTHON)]);
    let a = stage.open("a.py");
    let mut steps = edit_steps(&stage.project);
    steps[2]["gate"] = json!("end");
    stage.ask(&a, 0..2, "Add spaces.", steps);
    stage.model.waiting_at("end");
    stage.wait_changes(&a, &[("opencode changed 1 line on disk; reload the file to see it", 1)]);
    let text = stage.project.read("a.py");
    stage.editor.change_full(&a, 2, &text);
    stage.wait_changes(&a, &[("opencode changed 1 line", 1)]);
    stage.run("opencode.review.undo", stage.change_on(&a, 1));
    stage.message("the undo waits for the end of its turn");
    stage.wait_changes(&a, &[("opencode changed 1 line (to be undone when opencode has finished)", 1)]);
    stage.model.open("end");
    assert_eq!(stage.make_edit(&a, 2, &text), PYTHON);
    stage.wait_changes(&a, &[]);
    stage.answer("Spaces added.");
    stage.editor.shutdown();
}

fn reviews_outlive_the_language_server(version: &str) {
    let stage = Stage::new(version, &[("a.py", LINES), ("b.py", LINES)]);
    let a = stage.open("a.py");
    let steps = json!([
        read(&stage, "a.py"), read(&stage, "b.py"),
        edit(&stage, "a.py", "two = 2", "two = 22"), edit(&stage, "a.py", "seven = 7", "seven = 77"),
        edit(&stage, "b.py", "two = 2", "two = 22"), {"say": "Done."},
    ]);
    stage.ask(&a, 0..1, "Change them.", steps);
    for name in ["a.py", "a.py", "b.py"] {
        allow(&stage, &format!("edit {name}"));
    }
    stage.answer("Done.");
    let text = stage.project.read("a.py");
    stage.editor.change_full(&a, 2, &text);
    stage.wait_changes(&a, &[("opencode changed 1 line", 1), ("opencode changed 1 line", 6)]);
    stage.run("opencode.review.keep", stage.change_on(&a, 1));
    stage.wait_changes(&a, &[("opencode changed 1 line", 6)]);
    stage.wait_changes(&stage.project.uri("b.py"), &[("opencode changed 1 line", 1)]);

    let stage = stage.restart_editor(|_| {});
    let b = stage.project.uri("b.py");
    stage.wait_changes(&b, &[("opencode changed 1 line", 1)]);
    stage.wait_changes(&a, &[("opencode changed 1 line", 6)]);
    stage.run("opencode.review.undo", stage.change_on(&a, 6));
    stage.wait_changes(&a, &[]);
    assert_eq!(stage.project.read("a.py"), LINES.replace("two = 2", "two = 22"));

    // What was changed while nobody looked is no longer known: not shown, and said in the log.
    let stage = stage.restart_editor(|project| project.write("b.py", "something = 'else'\n"));
    testkit::eventually(|| stage.editor.stderr().contains("b.py is not what it was").then_some(()));
    assert!(stage.editor.command("opencode.diff.show", json!([])).is_err());
    stage.editor.shutdown();
}

fn unsaved_text_takes_the_changes_over(version: &str) {
    let stage = Stage::new(version, &[("a.py", LINES)]);
    let a = stage.open("a.py");
    let mine = format!("# mine\n{LINES}");
    stage.editor.change_full(&a, 2, &mine);
    let steps = json!([read(&stage, "a.py"), edit(&stage, "a.py", "seven = 7", "seven = 77"), {"say": "Done."}]);
    stage.ask(&a, 0..1, "Change it.", steps);
    stage.message("which has unsaved changes here");
    let dialog = stage.dialog("opencode wants to edit a.py");
    stage.press(&dialog, "Show details");
    let (_, details) = stage.shown();
    assert!(details.contains("from the file to your text:") && details.contains("\n+# mine\n"), "{details}");
    allow(&stage, "edit a.py");
    stage.message("opencode changed a.py on disk while it has unsaved changes here");
    stage.answer("Done.");
    let conflict = "opencode changed this file on disk while it has unsaved changes here; show diff to compare";
    stage.editor.wait_diagnostics(&a, |shown| shown.iter().any(|shown| shown["message"] == conflict));
    let line = stage.editor.diagnostics(&a)[0]["range"]["start"]["line"].as_u64().expect("a line");
    let line = u32::try_from(line).expect("a small number");
    let actions = stage.editor.code_actions(&a, range(line..line), &[]);
    let keep = action(&actions, "opencode: take its changes into the unsaved text");
    stage.run("opencode.diff.show", json!({"uri": a}));
    let (_, diff) = stage.shown();
    assert!(diff.contains("From the text in the editor, which is not saved"), "{diff}");
    stage.run("opencode.review.keep", keep["command"]["arguments"][0].clone());
    assert_eq!(stage.make_edit(&a, 2, &mine), mine.replace("seven = 7", "seven = 77"));
    stage.message("opencode's changes are in your text of a.py now");
    stage.wait_changes(&a, &[]);
    stage.editor.shutdown();
}

fn without_git_a_turn_cannot_be_undone_and_files_can(version: &str) {
    let opencode = Opencode::builder(version).permission(json!({"edit": "allow", "bash": "allow"}));
    let stage = Stage::on(opencode, &[("a.py", PYTHON)], |params| {
        // Before opencode looks at the project for the first time.
        let root = params["rootPath"].as_str().expect("a folder");
        std::fs::remove_dir_all(std::path::Path::new(root).join(".git")).expect("removed");
    });
    let a = stage.open("a.py");
    stage.ask(&a, 0..2, "Add spaces.", edit_steps(&stage.project));
    stage.answer("Spaces added.");
    let stale = "opencode changed 1 line on disk; reload the file to see it";
    stage.wait_changes(&a, &[(stale, 1)]);
    stage.run("opencode.turn.undo", json!({"confirmed": true}));
    stage.message("opencode has forgotten its turn, but put no file back");
    // The editor has not reloaded the file: its text is the one from before, and stays so.
    stage.run("opencode.review.undo", json!({"uri": a}));
    stage.wait_changes(&a, &[]);
    assert_eq!(stage.project.read("a.py"), PYTHON);
    stage.editor.shutdown();
}

fn lenses_and_the_way_from_change_to_change(version: &str) {
    let stage = Stage::trusting(version, &[("a.py", PYTHON), ("b.py", LINES)]);
    let a = stage.open("a.py");
    let steps = json!([
        read(&stage, "a.py"), read(&stage, "b.py"),
        edit(&stage, "a.py", "return a+b", "return a + b"),
        edit(&stage, "b.py", "two = 2", "two = 22"),
        {"say": "Done."},
    ]);
    stage.ask(&a, 0..2, "Change them.", steps);
    stage.answer("Done.");
    stage.editor.change_full(&a, 2, &stage.project.read("a.py"));
    stage.wait_changes(&a, &[("opencode changed 1 line", 1)]);
    stage.wait_changes(&stage.project.uri("b.py"), &[("opencode changed 1 line", 1)]);

    let lenses = stage.editor.request("textDocument/codeLens", json!({"textDocument": {"uri": a}})).expect("lenses");
    let shown: Vec<(u64, &str)> = lenses
        .as_array()
        .expect("a list")
        .iter()
        .map(|lens| {
            let line = lens["range"]["start"]["line"].as_u64().expect("a line");
            (line, lens["command"]["title"].as_str().expect("a title"))
        })
        .collect();
    assert_eq!(shown, [(1, "Keep"), (1, "Undo")]);

    for (from, name, line) in [(0, "a.py", 1), (1, "b.py", 1), (0, "a.py", 1)] {
        // Without a place, from where the last one led.
        let place = if from == 0 && line == 1 && name == "a.py" {
            json!({"uri": a, "range": range(0..0)})
        } else {
            Value::Null
        };
        let id = stage.editor.start_request(
            "workspace/executeCommand",
            json!({"command": "opencode.review.next", "arguments": [place]}),
        );
        let request = stage.editor.expect_request("window/showDocument", |_| true);
        assert_eq!(request.params["uri"], stage.project.uri(name));
        assert_eq!(request.params["selection"]["start"]["line"], line);
        stage.editor.answer(&request, Ok(json!({"success": true})));
        assert_eq!(stage.editor.response(id), Ok(json!({"uri": stage.project.uri(name)})));
    }

    // Fix-all is no verdict.
    let actions = stage.editor.request(
        "textDocument/codeAction",
        json!({"textDocument": {"uri": a}, "range": range(1..1), "context": {"diagnostics": [], "only": ["source.fixAll"]}}),
    );
    assert_eq!(actions, Ok(json!([])));
    let actions = stage.editor.code_actions(&a, range(1..1), &[]);
    for title in ["opencode: keep this change", "opencode: undo this change", "opencode: ask to redo…"] {
        assert!(titles(&actions).contains(&title), "{:?}", titles(&actions));
    }
    stage.run("opencode.review.redo", action(&actions, "opencode: ask to redo…")["command"]["arguments"][0].clone());
    stage.shown();
    stage.editor.shutdown();
}
