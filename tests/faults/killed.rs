//! The server is killed, and comes back, or comes back as another.

use serde_json::json;
use testkit::Opencode;

use crate::kit::{PYTHON, Stage, edit_steps};
use crate::stage::{EDIT, FILES, LOST, assert_kept, attempts, configure, goes_on};

// On the same port, with a question that waits for it: `after_a_restart_it_comes_back_by_itself` in tests/real.
on_every_version! { in_a_turn with_a_permission_pending }
on_versions! { while_idle: on_1_18_34 "1.18.34" }
on_versions! { between_a_permission_and_its_answer: on_1_18_34 "1.18.34" }
on_versions! { restarted_on_another_port: on_1_18_34 "1.18.34" }
on_versions! { restarted_with_another_password: on_1_18_34 "1.18.34" }

const GONE: &str = "opencode-lsp: nothing answers at http://127.0.0.1:";

fn while_idle(version: &str) {
    let mut stage = Stage::new(version, FILES);
    let uri = stage.open("a.py");
    stage.connected();
    stage.opencode.kill();
    stage.message(GONE);
    // It goes on trying, and says so only once.
    let tried = attempts(&stage.editor);
    testkit::eventually(|| (attempts(&stage.editor) > tried).then_some(()));
    stage.opencode.restart();
    testkit::eventually(|| stage.editor.stderr().matches("connected url=").nth(1).map(|_| ()));
    goes_on(&stage, &uri);
    stage.editor.shutdown();
}

fn in_a_turn(version: &str) {
    let mut stage = Stage::new(version, FILES);
    let uri = stage.open("a.py");
    stage.ask(&uri, 0..1, "Take your time.", json!([{"gate": "never", "say": "Well then"}]));
    stage.model.waiting_at("never");
    stage.opencode.kill();
    stage.editor.wait_progress(|step| step["value"]["message"] == LOST);
    stage.message(GONE);
    stage.opencode.restart();
    // opencode itself does not take a turn up again.
    stage.message("opencode failed: it stopped before it was done");
    stage.editor.wait_progress(|step| step["value"]["kind"] == "end" && step["value"]["message"] == "failed");
    goes_on(&stage, &uri);
    stage.editor.shutdown();
}

fn with_a_permission_pending(version: &str) {
    let mut stage = Stage::new(version, FILES);
    let uri = stage.open("a.py");
    stage.ask(&uri, 0..2, "Add spaces.", edit_steps(&stage.project));
    let dialog = stage.dialog(EDIT);
    stage.editor.wait_diagnostics(&uri, |shown| !shown.is_empty());
    stage.opencode.kill();
    stage.message(GONE);
    stage.opencode.restart();
    // The new process knows nothing of it, so it is gone here too, with the turn that it was for.
    stage.editor.wait_diagnostics(&uri, |shown| shown.is_empty());
    stage.message("opencode failed: ");
    stage.press(&dialog, "Allow once");
    stage.message("already answered elsewhere");
    goes_on(&stage, &uri);
    assert_eq!(stage.project.read("a.py"), PYTHON);
    stage.editor.shutdown();
}

fn between_a_permission_and_its_answer(version: &str) {
    let mut stage = Stage::new(version, FILES);
    let uri = stage.open("a.py");
    stage.ask(&uri, 0..2, "Add spaces.", edit_steps(&stage.project));
    let dialog = stage.dialog(EDIT);
    stage.opencode.kill();
    stage.editor.wait_progress(|step| step["value"]["message"] == LOST);
    // Held for the connection, and given back when that does not come.
    stage.press(&dialog, "Allow once");
    stage.message(GONE);
    let said = stage.message("The answer did not reach opencode: nothing answers at http://127.0.0.1:");
    assert!(said["message"].as_str().expect("words").ends_with("The request is still pending."), "{said}");
    stage.opencode.restart();
    stage.editor.wait_diagnostics(&uri, |shown| shown.is_empty());
    stage.message("opencode failed: ");
    goes_on(&stage, &uri);
    assert_eq!(stage.project.read("a.py"), PYTHON);
    stage.editor.shutdown();
}

fn restarted_on_another_port(version: &str) {
    let mut stage = Stage::new(version, FILES);
    let uri = stage.open("a.py");
    stage.connected();
    stage.opencode.restart_elsewhere();
    // An address that the user has set is not left by itself.
    stage.message(GONE);
    stage.ask(&uri, 0..1, "Where are you?", json!([{"say": "Elsewhere."}]));
    let said = stage.message("Your question was not sent: nothing answers at http://127.0.0.1:");
    assert_kept(&said, "Where are you?");
    configure(&stage, json!({"url": stage.opencode.url()}));
    goes_on(&stage, &uri);
    stage.editor.shutdown();
}

fn restarted_with_another_password(version: &str) {
    let mut stage = Stage::on(Opencode::builder(version).password("the old one"), FILES, |params| {
        params["initializationOptions"]["server"]["password"] = json!("the old one");
    });
    let uri = stage.open("a.py");
    stage.connected();
    // How long a restart takes is the machine's; that it is gone is told once.
    stage.opencode.kill();
    stage.message(GONE);
    stage.opencode.restart_with_password("the new one");
    stage.message("opencode-lsp: the server refuses the user or the password (401)");
    stage.ask(&uri, 0..1, "May I?", json!([{"say": "You may."}]));
    assert_kept(
        &stage.message("Your question was not sent: the server refuses the user or the password (401)"),
        "May I?",
    );
    configure(&stage, json!({"url": stage.opencode.url(), "password": "the new one"}));
    goes_on(&stage, &uri);
    assert!(!stage.editor.stderr().contains("the new one"));
    stage.editor.shutdown();
}
