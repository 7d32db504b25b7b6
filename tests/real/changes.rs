//! Every change opencode makes is shown at its place, by whatever tool, open or not.

use serde_json::{Value, json};
use testkit::{Opencode, Project};

use crate::kit::{PYTHON, Stage, action, edit_steps, range, said};

on_every_version! {
    an_edit_shows_while_the_turn_runs_and_moves_with_the_text
    a_file_that_is_not_open_and_a_new_one_are_shown
    an_editor_that_does_not_reload_is_told_to
    unsaved_text_is_never_taken_for_granted
    texts_with_carriage_returns_and_byte_order_marks
    without_git_changes_are_shown_all_the_same
    kept_changes_stay_away
    a_project_behind_a_symbolic_link_is_shown_under_its_own_name
}

/// Lets the model do everything without asking.
fn trusting(version: &str, files: &[(&str, &str)]) -> Stage {
    Stage::trusting(version, files)
}

fn changed(message: &str, first: u64, last: u64) -> (String, u64, u64) {
    (message.to_owned(), first, last)
}

fn an_edit_shows_while_the_turn_runs_and_moves_with_the_text(version: &str) {
    let stage = trusting(version, &[("a.py", PYTHON)]);
    let uri = stage.open("a.py");
    let path = stage.project.path("a.py");
    stage.ask(
        &uri,
        0..2,
        "Add spaces.",
        json!([
            {"tool": "read", "input": {"filePath": path}},
            {"tool": "edit", "input": {"filePath": path, "oldString": "return a+b", "newString": "return a + b"}},
            {"gate": "end", "say": "Spaces added."},
        ]),
    );
    stage.model.waiting_at("end");
    // Not reloaded yet: the place is the one in the editor's text.
    stage.editor.wait_diagnostics(&uri, |shown| {
        said(shown) == [changed("opencode changed 1 line on disk; reload the file to see it", 1, 1)]
    });
    stage.editor.change_full(&uri, 2, &stage.project.read("a.py"));
    let shown = stage.editor.wait_diagnostics(&uri, |shown| said(shown) == [changed("opencode changed 1 line", 1, 1)]);
    assert_eq!(shown[0]["severity"], 3);
    assert_eq!(shown[0]["relatedInformation"][0]["location"]["uri"], json!(uri));
    assert!(shown[0]["data"]["id"].is_string());

    // The user's own lines are not opencode's.
    stage.editor.change(&uri, 3, json!([{"range": range(0..0), "text": "import os\n\n"}]));
    stage.editor.wait_diagnostics(&uri, |shown| said(shown) == [changed("opencode changed 1 line", 3, 3)]);

    let actions = stage.editor.code_actions(&uri, range(3..3), &[]);
    stage.run("opencode.diff.show", action(&actions, "opencode: show diff")["command"]["arguments"][0].clone());
    let (_, diff) = stage.shown();
    assert!(diff.contains("\n-    return a+b\n+    return a + b\n"), "{diff}");
    assert!(!diff.contains("+import os"), "{diff}");

    stage.model.open("end");
    stage.answer("Spaces added.");
    stage.editor.shutdown();
}

fn a_file_that_is_not_open_and_a_new_one_are_shown(version: &str) {
    let stage = Stage::new(version, &[("a.py", PYTHON), ("sub/b c#.py", "x = 1\ny = 2\n")]);
    let (old, new) = (stage.project.path("sub/b c#.py"), stage.project.path("ü new.py"));
    let uri = stage.open("a.py");
    stage.ask(
        &uri,
        0..1,
        "Change the others.",
        json!([
            {"tool": "read", "input": {"filePath": old}},
            {"tool": "write", "input": {"filePath": old, "content": "x = 1\ny = 3\nz = 4\n"}},
            {"tool": "write", "input": {"filePath": new, "content": "n = 1\n"}},
            {"say": "Both done."},
        ]),
    );
    stage.press(&stage.dialog("opencode wants to edit sub/b c#.py"), "Allow once");
    stage.press(&stage.dialog("opencode wants to edit ü new.py"), "Allow once");
    stage.answer("Both done.");
    let shown = stage.editor.wait_diagnostics(&stage.project.uri("sub/b c#.py"), |shown| !shown.is_empty());
    assert_eq!(said(&shown), [changed("opencode changed 2 lines", 1, 3)]);
    let shown = stage.editor.wait_diagnostics(&stage.project.uri("ü new.py"), |shown| !shown.is_empty());
    assert_eq!(said(&shown)[0].0, "opencode created this file");
    stage.run("opencode.diff.show", Value::Null);
    let (_, diff) = stage.shown();
    assert!(diff.contains("-y = 2\n+y = 3\n+z = 4"), "{diff}");
    assert!(diff.contains("--- /dev/null\n"), "{diff}");
    stage.editor.shutdown();
}

fn an_editor_that_does_not_reload_is_told_to(version: &str) {
    let stage = trusting(version, &[("a.py", PYTHON)]);
    let uri = stage.open("a.py");
    stage.ask(&uri, 0..2, "Add spaces.", edit_steps(&stage.project));
    stage.answer("Spaces added.");
    let stale = |shown: &[Value]| said(shown).first().is_some_and(|said| said.0.contains("reload the file"));
    stage.editor.wait_diagnostics(&uri, stale);
    // Closing and opening it is a reload too.
    stage.editor.close(&uri);
    stage.editor.open(&uri, "python", &stage.project.read("a.py"));
    stage.editor.wait_diagnostics(&uri, |shown| said(shown) == [changed("opencode changed 1 line", 1, 1)]);
    stage.editor.shutdown();
}

fn unsaved_text_is_never_taken_for_granted(version: &str) {
    let stage = Stage::new(version, &[("a.py", PYTHON)]);
    let uri = stage.open("a.py");
    let mine = format!("# my own words\n{PYTHON}");
    stage.editor.change_full(&uri, 2, &mine);
    stage.ask(&uri, 0..2, "Add spaces.", edit_steps(&stage.project));
    // Before the approval and after the write.
    stage.message("which has unsaved changes here");
    stage.press(&stage.dialog("opencode wants to edit a.py"), "Allow once");
    stage.message("opencode changed a.py on disk while it has unsaved changes here");
    stage.answer("Spaces added.");
    let shown = stage.editor.wait_diagnostics(&uri, |shown| shown.iter().any(|d| d["code"] == "unsaved"));
    assert_eq!(shown[0]["severity"], 2);
    assert_eq!(stage.project.read("a.py"), PYTHON.replace("a+b", "a + b"));

    // The user takes opencode's text over by hand: from then on it is one text again.
    let both = format!("# my own words\n{}", stage.project.read("a.py"));
    stage.editor.change_full(&uri, 3, &both);
    stage.project.write("a.py", &both);
    stage.editor.save(&uri);
    stage.editor.wait_diagnostics(&uri, |shown| said(shown) == [changed("opencode changed 1 line", 2, 2)]);
    stage.editor.shutdown();
}

fn texts_with_carriage_returns_and_byte_order_marks(version: &str) {
    let text = "\u{feff}one\r\ntwo\r\nthree\r\n";
    let stage = Stage::new(version, &[("a.py", PYTHON), ("dos.txt", text)]);
    let uri = stage.open("a.py");
    // Editors keep the byte order mark to themselves.
    let dos = stage.project.uri("dos.txt");
    stage.editor.open(&dos, "text", text.trim_start_matches('\u{feff}'));
    let step = json!({"tool": "bash", "input": {"command": "sed -i s/two/TWO/ dos.txt", "description": "shout"}});
    stage.ask(&uri, 0..1, "Shout.", json!([step, {"say": "Shouted."}]));
    stage.allow_slowly("run sed", "bash");
    stage.answer("Shouted.");
    assert_eq!(stage.project.read("dos.txt"), text.replace("two", "TWO"));
    stage.editor.change_full(&dos, 2, "one\r\nTWO\r\nthree\r\n");
    stage.editor.wait_diagnostics(&dos, |shown| said(shown) == [changed("opencode changed 1 line", 1, 1)]);
    stage.editor.shutdown();
}

fn without_git_changes_are_shown_all_the_same(version: &str) {
    let stage = trusting(version, &[("a.py", PYTHON)]);
    remove_git(&stage.project);
    let uri = stage.open("a.py");
    stage.ask(&uri, 0..2, "Add spaces.", edit_steps(&stage.project));
    stage.answer("Spaces added.");
    stage.editor.change_full(&uri, 2, &stage.project.read("a.py"));
    stage.editor.wait_diagnostics(&uri, |shown| said(shown) == [changed("opencode changed 1 line", 1, 1)]);
    stage.editor.shutdown();
}

fn remove_git(project: &Project) {
    std::fs::remove_dir_all(project.root().join(".git")).expect("removed");
}

fn kept_changes_stay_away(version: &str) {
    let stage = trusting(version, &[("a.py", PYTHON)]);
    let uri = stage.open("a.py");
    stage.ask(&uri, 0..2, "Add spaces.", edit_steps(&stage.project));
    stage.answer("Spaces added.");
    stage.editor.change_full(&uri, 2, &stage.project.read("a.py"));
    stage.editor.wait_diagnostics(&uri, |shown| !shown.is_empty());
    stage.run("opencode.review.keep", json!({"uri": uri}));
    stage.editor.wait_diagnostics(&uri, <[Value]>::is_empty);
    let refused = stage.editor.command("opencode.diff.show", json!([{"uri": uri}])).expect_err("nothing to show");
    assert!(refused["message"].as_str().expect("words").contains("changed nothing here"));
    // The next change starts from what was kept.
    let path = stage.project.path("a.py");
    let edit = json!({"filePath": path, "oldString": "return a-b", "newString": "return a - b"});
    let steps =
        json!([{"tool": "read", "input": {"filePath": path}}, {"tool": "edit", "input": edit}, {"say": "Again."}]);
    stage.ask(&uri, 0..2, "And there.", steps);
    stage.answer("Again.");
    stage.editor.change_full(&uri, 3, &stage.project.read("a.py"));
    stage.editor.wait_diagnostics(&uri, |shown| said(shown) == [changed("opencode changed 1 line", 5, 5)]);
    stage.editor.shutdown();
}

fn a_project_behind_a_symbolic_link_is_shown_under_its_own_name(version: &str) {
    let links = tempfile::tempdir().expect("a folder");
    let link = links.path().join("link");
    let stage = Stage::on(Opencode::builder(version), &[("a.py", PYTHON)], |params| {
        let root = params["rootPath"].as_str().expect("a folder").to_owned();
        symlink(&root, &link);
        params["rootPath"] = json!(link);
        let uri = url::Url::from_file_path(&link).expect("absolute");
        params["rootUri"] = json!(uri.as_str());
        params["workspaceFolders"] = json!([{"uri": uri.as_str(), "name": "link"}]);
    });
    let uri = url::Url::from_file_path(link.join("a.py")).expect("absolute").to_string();
    stage.editor.open(&uri, "python", PYTHON);
    let step = json!({"tool": "bash", "input": {"command": "sed -i s/a+b/b+a/ a.py", "description": "turn around"}});
    stage.ask(&uri, 0..2, "Turn it around.", json!([step, {"say": "Turned."}]));
    stage.allow_slowly("run sed", "bash");
    stage.answer("Turned.");
    let stale = "opencode changed 1 line on disk; reload the file to see it";
    stage.editor.wait_diagnostics(&uri, |shown| said(shown) == [changed(stale, 1, 1)]);
    stage.editor.shutdown();
}

#[cfg(unix)]
fn symlink(target: &str, link: &std::path::Path) {
    std::os::unix::fs::symlink(target, link).expect("a link");
}

#[cfg(windows)]
fn symlink(target: &str, link: &std::path::Path) {
    std::os::windows::fs::symlink_dir(target, link).expect("a link");
}
