//! Where baselines come from, and what must not become one.

use super::*;

const OLD: &str = "one\ntwo\nthree\nfour\nfive\nsix\n";
const TWO: &str = "one\nTWO\nthree\nfour\nfive\nsix\n";
const BOTH: &str = "one\nTWO\nthree\nfour\nFIVE\nsix\n";

#[test]
fn a_file_that_the_user_took_back_stays_so_and_nothing_is_asked_for_ever() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.open("a.py");
    scene.write("a.py", TWO);
    scene.edit("a.py", patch(OLD, TWO));
    scene.change("a.py", TWO);
    assert_eq!(scene.on("a.py"), ["1: opencode changed 1 line"]);
    scene.change("a.py", OLD);
    scene.save("a.py", OLD);
    assert_eq!(scene.on("a.py"), [""; 0]);
    scene.diff = vec![FileDiff { path: path("a.py"), hint: patch(OLD, TWO) }];
    scene.idle();
    scene.pass_time();
    assert_eq!(scene.on("a.py"), [""; 0]);
}

#[test]
fn a_diff_that_never_fits_is_given_up_once() {
    let mut scene = Scene::new(&[("a.py", "something else\n")]);
    scene.diff = vec![FileDiff { path: path("a.py"), hint: patch(OLD, TWO) }];
    scene.edit("a.py", EditHint::Unknown);
    scene.idle();
    assert_eq!(scene.on("a.py"), [""; 0]);
    scene.pass_time();
    assert_eq!(scene.on("a.py"), ["0: opencode changed this file; the text before is not known"]);
}

#[test]
fn two_edits_that_one_read_sees_are_both_shown() {
    let mut scene = Scene::new(&[("a.py", BOTH)]);
    scene.edit("a.py", patch(OLD, TWO));
    scene.edit("a.py", patch(TWO, BOTH));
    assert_eq!(scene.on("a.py"), ["1: opencode changed 1 line", "4: opencode changed 1 line"]);
}

#[test]
fn text_from_before_a_rejected_edit_is_no_baseline() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.server(ServerEvent::PermissionAsked(asking("per_1", "a.py")));
    scene.part("prt_x", edit_tool("a.py", ToolStatus::Running, None));
    scene.server(ServerEvent::PermissionReplied { request: "per_1".into() });
    scene.part("prt_x", edit_tool("a.py", ToolStatus::Failed, None));
    // The user's own work, and then an edit that nobody asked about.
    let mine = OLD.replace("six", "mine");
    let theirs = mine.replace("two", "TWO");
    scene.write("a.py", &theirs);
    scene.edit("a.py", EditHint::Unknown);
    scene.diff = vec![FileDiff { path: path("a.py"), hint: patch(&mine, &theirs) }];
    scene.idle();
    scene.pass_time();
    assert_eq!(scene.on("a.py"), ["1: opencode changed 1 line"]);
}

#[test]
fn what_a_compaction_repeats_is_not_new() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.open("a.py");
    scene.write("a.py", TWO);
    let part = scene.edit("a.py", EditHint::Texts { before: OLD.to_owned(), after: TWO.to_owned() });
    scene.change("a.py", TWO);
    scene.state.handle(Event::Editor(EditorEvent::Execute {
        command: crate::core::command::Command::Keep(crate::core::command::Which::All),
        reply: tokio::sync::oneshot::channel().0,
    }));
    scene.prompt(SESSION, "msg_9");
    let hint = EditHint::Texts { before: OLD.to_owned(), after: TWO.to_owned() };
    scene.part(&part, edit_tool("a.py", ToolStatus::Completed, Some(hint)));
    assert!(scene.state.changes.get(&path("a.py")).is_none());
}

#[test]
fn kept_changes_do_not_come_back_because_a_sub_agent_starts() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.write("a.py", TWO);
    scene.edit("a.py", patch(OLD, TWO));
    scene.editor(EditorEvent::Execute {
        command: crate::core::command::Command::Keep(crate::core::command::Which::All),
        reply: tokio::sync::oneshot::channel().0,
    });
    assert_eq!(scene.on("a.py"), [""; 0]);
    scene.prompt("ses_child", "msg_child");
    scene.diff = vec![FileDiff { path: path("a.py"), hint: patch(OLD, TWO) }];
    scene.idle();
    scene.pass_time();
    assert_eq!(scene.on("a.py"), [""; 0]);
}

#[test]
fn a_reload_leaves_nothing_unsaved() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.open("a.py");
    scene.write("a.py", TWO);
    scene.edit("a.py", patch(OLD, TWO));
    scene.change("a.py", TWO);
    // The next edit is not in conflict with anything.
    scene.write("a.py", BOTH);
    scene.edit("a.py", patch(TWO, BOTH));
    let on_disk = " on disk; reload the file to see it";
    assert_eq!(
        scene.on("a.py"),
        [format!("1: opencode changed 1 line{on_disk}"), format!("4: opencode changed 1 line{on_disk}")]
    );
    assert_eq!(scene.messages(), [""; 0]);
}

#[test]
fn text_that_was_unsaved_when_it_was_opened_is_the_users() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    let text = format!("# mine\n{OLD}");
    scene.editor(EditorEvent::Opened { uri: uri("a.py"), language: "python".to_owned(), version: 1, text });
    scene.write("a.py", TWO);
    scene.edit("a.py", patch(OLD, TWO));
    assert!(scene.on("a.py")[0].contains("while it has unsaved changes here"), "{:?}", scene.on("a.py"));
    assert_eq!(scene.messages().len(), 1);
}

#[test]
fn one_file_has_one_set_of_diagnostics_under_whatever_uri() {
    let mut scene = Scene::new(&[("+page.py", OLD)]);
    scene.write("+page.py", TWO);
    scene.edit("+page.py", patch(OLD, TWO));
    assert_eq!(scene.on("+page.py").len(), 1);
    // As VS Code writes it.
    let other = DocumentUri::from(uri("+page.py").as_str().replace('+', "%2B"));
    assert_eq!(other.to_path(), Some(path("+page.py")));
    let text = TWO.to_owned();
    scene.editor(EditorEvent::Opened { uri: other.clone(), language: "python".to_owned(), version: 1, text });
    assert_eq!(scene.on("+page.py"), [""; 0]);
    assert_eq!(scene.shown[&other].len(), 1);
}

#[test]
fn a_late_diff_of_the_turn_before_brings_nothing_back() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.write("a.py", TWO);
    scene.edit("a.py", patch(OLD, TWO));
    scene.idle();
    scene.editor(EditorEvent::Execute {
        command: crate::core::command::Command::Keep(crate::core::command::Which::All),
        reply: tokio::sync::oneshot::channel().0,
    });
    scene.prompt(SESSION, "msg_9");
    scene.diff = vec![FileDiff { path: path("a.py"), hint: patch(OLD, TWO) }];
    scene.pass_time();
    assert_eq!(scene.on("a.py"), [""; 0]);
    // The new turn's own changes start from what was kept.
    scene.write("a.py", BOTH);
    scene.edit("a.py", EditHint::Unknown);
    scene.diff = vec![FileDiff { path: path("a.py"), hint: patch(TWO, BOTH) }];
    scene.idle();
    scene.pass_time();
    assert_eq!(scene.on("a.py"), ["4: opencode changed 1 line"]);
}
