//! What a prompt names, and ready prompts: what the model gets.

use serde_json::{Value, json};

use crate::kit::{PYTHON, Stage, action, prompt_seen, range};
use testkit::Opencode;

on_every_version! {
    what_a_prompt_names_goes_along
    nobody_is_asked_who_is_not_there
    a_prompt_goes_into_the_tui
}

/// With these prompts in the settings.
fn stage(version: &str, files: &[(&str, &str)], prompts: Value) -> Stage {
    Stage::on(Opencode::builder(version), files, |params| params["initializationOptions"]["prompts"] = prompts)
}

fn what_a_prompt_names_goes_along(version: &str) {
    let prompt = format!(
        "Compare {{selection}}, {{symbol}} and {{buffers}} with {{git}}; mind {{diagnostics}} and {{diff}}.\n{}",
        testkit::script(json!([{"say": "Compared."}]))
    );
    let mine = json!({"mine": {"title": "Compare", "prompt": prompt, "codeAction": true}});
    let stage = stage(version, &[("a.py", PYTHON), ("b.py", "b = 1\n"), ("c.py", "c = 1\n")], mine);
    std::fs::write(stage.project.path("c.py"), "c = 2\n").expect("written");
    let b = stage.open("b.py");
    stage.editor.change_full(&b, 2, "b = 3\n");
    let a = stage.open("a.py");
    let diagnostic = json!({"range": range(1..1), "severity": 1, "source": "ruff", "message": "missing whitespace"});
    let actions = stage.editor.code_actions(&a, range(1..2), &[diagnostic]);
    let command = &action(&actions, "opencode: Compare")["command"];
    stage.run(command["command"].as_str().expect("a name"), command["arguments"][0].clone());
    stage.message("Your prompt goes without {diff} (there are no unreviewed changes of opencode).");
    stage.answer("Compared.");
    let seen = prompt_seen(&stage.model.wait_for_request(1));
    let said = "Compare `a.py`, line 2 (python), `a.py`, lines 1-2 (python): `def add(a, b):` and the open files \
                `a.py`, `b.py` with the uncommitted changes below; mind the diagnostics of `a.py` below and \
                (there are no unreviewed changes of opencode).";
    assert!(seen.contains(said), "{seen}");
    assert!(seen.contains("- line 2: missing whitespace (ruff)"), "{seen}");
    assert!(seen.contains("`b.py` (python), as it is in the editor (not saved):\n```python\nb = 3\n```"), "{seen}");
    assert!(seen.contains("\n-c = 1\n+c = 2\n"), "{seen}");
    // From disk, by opencode itself.
    assert!(seen.contains("def sub(a, b):"), "{seen}");
    stage.editor.shutdown();
}

/// opencode takes prompts for agents and models that it does not have, and nothing comes of them.
fn nobody_is_asked_who_is_not_there(version: &str) {
    let steps = testkit::script(json!([{"say": "Planned."}]));
    let stage = stage(
        version,
        &[("a.py", PYTHON)],
        json!({
            "agent": {"prompt": "By whom?", "agent": "nobody"},
            "model": {"prompt": "By what?", "model": "scripted/none"},
            "plan": {"prompt": format!("Plan.\n{steps}"), "agent": "plan", "model": "scripted/scripted-1"},
        }),
    );
    stage.open("a.py");
    for (name, question, problem) in [
        ("agent", "By whom?", "there is no agent “nobody” in this opencode"),
        ("model", "By what?", "there is no model “scripted/none” in this opencode"),
    ] {
        stage.run("opencode.prompt", json!({"name": name}));
        let message = stage.message(problem)["message"].as_str().expect("words").to_owned();
        let path = message.split("It is kept in ").nth(1).and_then(|rest| rest.split("; open").next());
        let kept = std::fs::read_to_string(path.expect("a path")).expect("a prompt document");
        assert!(kept.contains(question), "{kept}");
    }
    stage.run("opencode.prompt", json!({"name": "plan"}));
    stage.answer("Planned.");
    assert_eq!(stage.model.requests().len(), 1);
    stage.editor.shutdown();
}

fn a_prompt_goes_into_the_tui(version: &str) {
    let mine = json!({"mine": {"prompt": "Explain {selection}.", "route": "tui", "submit": true}});
    let stage = stage(version, &[("a.py", PYTHON)], mine);
    let uri = stage.open("a.py");
    stage.connected();
    let mut events = stage.opencode.events();
    stage.run("opencode.prompt", json!({"name": "mine", "uri": uri, "range": range(0..2)}));
    let appended = events.wait("tui.prompt.append", |_| true);
    assert_eq!(appended["properties"]["text"], "Explain `a.py`, lines 1-2 (python).\n\n@a.py#L1-2 ");
    events.wait("tui.command.execute", |event| event["command"] == "prompt.submit");
    stage.editor.shutdown();
}
