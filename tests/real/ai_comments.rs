//! Comments for an AI: what the model gets, and that it may do what they ask.

use serde_json::json;

use crate::kit::{Stage, action, prompt_seen, range, said};
use testkit::Opencode;

on_every_version! {
    a_comment_is_sent_and_done
    a_new_comment_is_sent_when_it_is_saved
}

const CODE: &str = "def add(a, b):\n    # return the sum AI!\n    return None\n";

fn a_comment_is_sent_and_done(version: &str) {
    let stage = Stage::trusting(version, &[("a.py", CODE), ("b.py", "x = 1  # why 1? AI?\n")]);
    stage.open("b.py");
    let uri = stage.open("a.py");
    let path = stage.project.path("a.py");
    stage.model.otherwise(&[
        json!({"tool": "read", "input": {"filePath": path}}),
        json!({"tool": "edit", "input": {"filePath": path, "oldString": "    # return the sum AI!\n    return None",
            "newString": "    return a + b"}}),
        json!({"say": "Done."}),
    ]);
    let shown = stage.editor.wait_diagnostics(&uri, |shown| !shown.is_empty());
    assert_eq!((&shown[0]["code"], &shown[0]["severity"]), (&json!("ai-comment"), &json!(4)));
    let actions = stage.editor.code_actions(&uri, range(1..1), &shown);
    let send = action(&actions, "Send to opencode");
    assert_eq!(send["diagnostics"], json!(shown));
    action(&actions, "Send all 2 AI comments to opencode");
    stage.run(send["command"]["command"].as_str().expect("a name"), send["command"]["arguments"][0].clone());
    stage.answer("Done.");
    let seen = prompt_seen(&stage.model.wait_for_request(1));
    assert!(seen.contains("`a.py`, line 2:\n```\nreturn the sum AI!\n```"), "{seen}");
    assert!(seen.contains("return None") && !seen.contains("why 1?"), "{seen}");
    assert_eq!(stage.project.read("a.py"), "def add(a, b):\n    return a + b\n");
    // The editor reloads the file: the hint is gone with the comment, the change is shown.
    stage.editor.change_full(&uri, 2, &stage.project.read("a.py"));
    stage.editor.wait_diagnostics(&uri, |shown| {
        said(shown).iter().any(|(said, ..)| said.starts_with("opencode changed"))
            && shown.iter().all(|shown| shown["code"] != "ai-comment")
    });
    stage.editor.shutdown();
}

fn a_new_comment_is_sent_when_it_is_saved(version: &str) {
    let settings = json!({"sendOnSave": true});
    let stage = Stage::on(Opencode::builder(version), &[("a.py", CODE)], |params| {
        params["initializationOptions"]["aiComments"] = settings;
    });
    let uri = stage.open("a.py");
    stage.editor.wait_diagnostics(&uri, |shown| shown.len() == 1);
    stage.model.otherwise(&[json!({"say": "Because."})]);
    let text = format!("{CODE}x = 1  # why 1? AI?\n");
    std::fs::write(stage.project.path("a.py"), &text).expect("written");
    stage.editor.change_full(&uri, 2, &text);
    stage.editor.save(&uri);
    stage.answer("Because.");
    let seen = prompt_seen(&stage.model.wait_for_request(1));
    assert!(seen.contains("`a.py`, line 4:\n```\nwhy 1? AI?\n```\n\nAnswer a comment"), "{seen}");
    stage.editor.shutdown();
}
