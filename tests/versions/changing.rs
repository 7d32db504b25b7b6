//! What opencode wants to change, changes, and takes back.

use serde_json::{Value, json};

use crate::Outcome;
use crate::held::{calls_of, messages, session};
use crate::kit::{PYTHON, Stage, action, edit_steps, range};

const EDIT: &str = "opencode wants to edit a.py";
const STALE: &str = "opencode changed 1 line on disk; reload the file to see it";

pub fn edit(version: &str) -> Outcome {
    let stage = Stage::new(version, &[("a.py", PYTHON)]);
    let uri = stage.open("a.py");
    stage.ask(&uri, 0..2, "Add spaces.", edit_steps(&stage.project));
    let dialog = stage.dialog(EDIT);
    let buttons: Vec<&str> =
        dialog.params["actions"].as_array().expect("buttons").iter().map(|button| text(&button["title"])).collect();
    // An accidental Enter takes the first.
    assert_eq!(buttons, ["Show details", "Allow once", "Always allow edit: *", "Reject"]);
    stage.wait_changes(&uri, &[("opencode wants to edit a.py: allow or reject it with a code action", 1)]);
    assert_eq!(stage.editor.diagnostics(&uri)[0]["severity"], 2);
    assert_eq!(stage.project.read("a.py"), PYTHON);
    stage.press(&dialog, "Allow once");
    stage.answer("Spaces added.");
    stage.wait_changes(&uri, &[(STALE, 1)]);
    stage.editor.change_full(&uri, 2, &PYTHON.replace("a+b", "a + b"));
    stage.wait_changes(&uri, &[("opencode changed 1 line", 1)]);

    assert_eq!(stage.project.read("a.py"), PYTHON.replace("a+b", "a + b"));
    assert_eq!(calls_of(&stage, "edit"), ["completed"]);
    assert_eq!(stage.opencode.get("/permission").1, json!([]));
    stage.editor.shutdown();
    Outcome::AsItShould
}

pub fn reject(version: &str) -> Outcome {
    let stage = Stage::new(version, &[("a.py", PYTHON)]);
    let uri = stage.open("a.py");
    let mut steps = edit_steps(&stage.project);
    steps[2]["say"] = json!("As you like it.");
    stage.ask(&uri, 0..2, "Add spaces.", steps);
    stage.dialog(EDIT);
    stage.editor.wait_diagnostics(&uri, |shown| !shown.is_empty());
    let actions = stage.editor.code_actions(&uri, range(1..1), &[]);
    let mut reply = action(&actions, "opencode: reject edit a.py")["command"]["arguments"][0].clone();
    reply["message"] = json!("I like it dense.");
    stage.run("opencode.permission.reply", reply);
    // The model is told why, and goes on.
    stage.answer("As you like it.");
    stage.wait_changes(&uri, &[]);

    let told = stage.model.wait_for_request(3)["messages"].to_string();
    assert!(told.contains("I like it dense."), "{told}");
    assert_eq!(calls_of(&stage, "edit"), ["error"]);
    assert_eq!(stage.opencode.get("/permission").1, json!([]));
    assert_eq!(stage.project.read("a.py"), PYTHON);
    stage.editor.shutdown();
    Outcome::AsItShould
}

pub fn shell(version: &str) -> Outcome {
    let files = [("a.py", PYTHON), ("shut.txt", "a\nb\nc\n"), ("gone.txt", "bye\n"), ("old.py", "m = 1\nn = 2\n")];
    let stage = Stage::new(version, &files);
    let uri = stage.open("a.py");
    let command =
        "sed -i s/a+b/b+a/ a.py && sed -i s/b/B/ shut.txt && rm gone.txt && echo hi > new.txt && mv old.py moved.py";
    stage.ask(&uri, 0..2, "Turn it around.", json!([bash(command), {"say": "Turned."}]));
    stage.allow_slowly("run sed", "bash");
    stage.answer("Turned.");
    let shown = |name: &str, said: &str, line: u64| stage.wait_changes(&stage.project.uri(name), &[(said, line)]);
    shown("a.py", STALE, 1);
    shown("shut.txt", "opencode changed 1 line", 1);
    shown("gone.txt", "opencode deleted this file", 0);
    shown("new.txt", "opencode created this file", 0);
    assert_eq!(calls_of(&stage, "bash"), ["completed"]);
    let outcome = if version == "1.1.27" {
        // It does not tell a renamed file's old name.
        shown("moved.py", "opencode created this file", 0);
        Outcome::Instead("a file that was renamed is shown as a new one")
    } else {
        shown("moved.py", "opencode renamed this file, it was old.py", 0);
        Outcome::AsItShould
    };
    stage.editor.shutdown();
    outcome
}

pub fn revert(version: &str) -> Outcome {
    let stage = Stage::new(version, &[("a.py", PYTHON), ("b.py", "b = 1\n"), ("mv.py", "m = 1\nn = 2\n")]);
    let uri = stage.open("a.py");
    let step = bash("echo b = 2 > b.py && echo new > new.txt && mv mv.py moved.py");
    stage.ask(&uri, 0..2, "Change them.", edit_and(&stage, step, "Done."));
    stage.allow_slowly("edit a.py", "edit");
    stage.allow_slowly("run echo b =", "bash");
    stage.answer("Done.");
    let after = stage.project.read("a.py");
    stage.editor.change_full(&uri, 2, &after);
    stage.wait_changes(&uri, &[("opencode changed 1 line", 1)]);
    let b = stage.project.uri("b.py");
    stage.wait_changes(&b, &[("opencode changed 1 line", 0)]);
    stage.editor.wait_diagnostics(&stage.project.uri("moved.py"), |shown| !shown.is_empty());
    // The user goes on with a file: the question says that this would be lost.
    stage.project.write("b.py", "b = 2\nmine = 3\n");

    stage.run("opencode.turn.undo", Value::Null);
    let question = stage.dialog("Undo opencode's last turn?");
    let message = question.params["message"].as_str().expect("words");
    for said in ["a.py", "b.py", "new.txt", "moved.py", "would be lost in b.py."] {
        assert!(message.contains(said), "{said:?} is not in {message}");
    }
    stage.press(&question, "Undo the turn");
    let said = stage.message("opencode has undone its turn");
    stage.wait_changes(&b, &[]);
    assert_eq!(stage.project.read("a.py"), PYTHON);
    assert_eq!(stage.project.read("b.py"), "b = 1\n");
    assert!(!stage.project.path("new.txt").exists());
    let (_, held) = stage.opencode.get(&format!("/session/{}", session(&stage)));
    assert_eq!(held["revert"]["messageID"], messages(&stage)[0]["info"]["id"], "{held}");
    let outcome = if version == "1.1.27" {
        // It told of no `mv.py`, so nobody misses it.
        assert!(!stage.project.path("mv.py").exists());
        Outcome::Instead("a file that the turn has moved is lost until the undo is redone")
    } else {
        // opencode's own undo loses what was moved.
        assert!(text(&said["message"]).contains("it lost mv.py, which opencode-lsp puts back"), "{said}");
        testkit::eventually(|| stage.project.path("mv.py").exists().then_some(()));
        assert_eq!(stage.project.read("mv.py"), "m = 1\nn = 2\n");
        Outcome::AsItShould
    };
    stage.editor.change_full(&uri, 3, PYTHON);
    stage.wait_changes(&uri, &[]);

    stage.run("opencode.turn.redo", Value::Null);
    stage.press(&stage.dialog("Redo opencode's turn?"), "Redo the turn");
    stage.message("opencode has redone its turn");
    assert_eq!(stage.project.read("a.py"), after);
    assert_eq!(stage.project.read("b.py"), "b = 2\nmine = 3\n");
    assert_eq!(stage.project.read("new.txt"), "new\n");
    assert_eq!(stage.project.read("moved.py"), "m = 1\nn = 2\n");
    stage.editor.change_full(&uri, 4, &after);
    stage.wait_changes(&uri, &[("opencode changed 1 line", 1)]);
    stage.editor.shutdown();
    outcome
}

pub fn diff(version: &str) -> Outcome {
    let stage = Stage::new(version, &[("a.py", PYTHON)]);
    let uri = stage.open("a.py");
    let new = json!({"filePath": stage.project.path("b.py"), "content": "b = 1\n"});
    let steps = edit_and(&stage, json!({"tool": "write", "input": new}), "Both done.");
    stage.ask(&uri, 0..2, "Add spaces, and another file.", steps);
    stage.allow_slowly("edit a.py", "edit");
    stage.allow_slowly("edit b.py", "write");
    stage.answer("Both done.");
    stage.wait_changes(&uri, &[(STALE, 1)]);
    stage.wait_changes(&stage.project.uri("b.py"), &[("opencode created this file", 0)]);

    stage.run("opencode.diff.show", Value::Null);
    let (_, all) = stage.shown();
    assert!(all.contains("\n-    return a+b\n+    return a + b\n"), "{all}");
    assert!(all.contains("--- /dev/null\n+++ b.py\n@@ -0,0 +1,1 @@\n+b = 1\n"), "{all}");
    stage.run("opencode.diff.show", json!({"uri": uri}));
    let (_, one) = stage.shown();
    assert!(one.contains("\n-    return a+b\n+    return a + b\n") && !one.contains("b.py"), "{one}");

    // opencode tells the same of the turn, a moment after its end.
    let turn = format!("/session/{}/diff?messageID={}", session(&stage), text(&messages(&stage)[0]["info"]["id"]));
    testkit::eventually(|| {
        let (_, files) = stage.opencode.get(&turn);
        let mut names: Vec<&str> = files.as_array().expect("a list").iter().map(|file| text(&file["file"])).collect();
        names.sort_unstable();
        (names == ["a.py", "b.py"]).then_some(())
    });
    stage.editor.shutdown();
    Outcome::AsItShould
}

/// The steps that edit `a.py`, another one, and what is said in the end.
fn edit_and(stage: &Stage, step: Value, end: &str) -> Value {
    let mut steps = edit_steps(&stage.project);
    steps[2] = step;
    steps.as_array_mut().expect("steps").push(json!({ "say": end }));
    steps
}

fn bash(command: &str) -> Value {
    json!({"tool": "bash", "input": {"command": command, "description": "change files"}})
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}
