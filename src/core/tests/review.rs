//! Verdicts: keep and undo, in the editor and on disk, and what the editor does with them.

use tokio::sync::oneshot;

use super::*;
use crate::core::command::{Command, CommandError, Outcome, Which};
use crate::core::effect::WorkspaceEdit;
use crate::core::event::Applied;
use crate::core::ids::JobId;
use crate::text::Document;

const OLD: &str = "one\ntwo\nthree\nfour\nfive\nsix\n";
const NEW: &str = "one\nTWO\nthree\nfour\nFIVE\nsix\n";
const FIRST: &str = "one\nTWO\nthree\nfour\nfive\nsix\n";
const SECOND: &str = "one\ntwo\nthree\nfour\nFIVE\nsix\n";

impl Scene {
    pub(super) fn run(&mut self, command: Command) -> Result<Outcome, CommandError> {
        let (reply, mut answer) = oneshot::channel();
        self.editor(EditorEvent::Execute { command, reply });
        answer.try_recv().expect("commands are answered at once")
    }

    /// The name of the hunk that is shown first on a line (0-based).
    pub(super) fn hunk(&self, name: &str, line: u32) -> Which {
        let shown = self.shown[&uri(name)].iter().find(|d| d.span.start.line == line);
        Which::Hunk { uri: uri(name), id: shown.expect("a diagnostic on that line").id.clone() }
    }

    pub(super) fn undo(&mut self, which: Which) {
        assert_eq!(self.run(Command::Undo { which, confirmed: false }), Ok(Outcome::Done));
    }

    pub(super) fn keep(&mut self, which: Which) {
        assert_eq!(self.run(Command::Keep(which)), Ok(Outcome::Done));
    }

    /// The edit that the editor was asked for last.
    pub(super) fn asked_edit(&self) -> (JobId, WorkspaceEdit) {
        let edit = self.told.iter().rev().find_map(|effect| match effect {
            EditorEffect::Edit { job, edit } => Some((*job, edit.clone())),
            _ => None,
        });
        edit.expect("the editor was asked for an edit")
    }

    /// Does the edit as an editor does: the change comes before the answer.
    pub(super) fn apply(&mut self, name: &str) {
        let (job, edit) = self.asked_edit();
        let WorkspaceEdit::Text { edits, version, .. } = edit else {
            panic!("a text edit, not {edit:?}");
        };
        let now = self.state.documents.get(&uri(name)).expect("open").text.text();
        let mut text = Document::new(&now);
        for (span, new) in edits.into_iter().rev() {
            text.edit(Some(span), &new, Encoding::Utf16);
        }
        let edits = vec![(None, text.text())];
        self.editor(EditorEvent::Changed { uri: uri(name), version: version + 1, edits });
        self.editor(EditorEvent::EditApplied { job, applied: Applied::Yes });
    }

    pub(super) fn read(&self, name: &str) -> Option<&str> {
        self.disk.get(&path(name)).map(String::as_str)
    }

    /// opencode turns one text into another, and is done.
    pub(super) fn turn(&mut self, name: &str, before: &str, after: &str) {
        self.write(name, after);
        self.edit(name, patch(before, after));
        self.idle();
    }
}

/// An open file in which opencode changed two lines, reloaded.
fn open_scene() -> Scene {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.open("a.py");
    scene.turn("a.py", OLD, NEW);
    scene.change("a.py", NEW);
    assert_eq!(scene.on("a.py"), ["1: opencode changed 1 line", "4: opencode changed 1 line"]);
    scene
}

/// The same in a file that is not open.
fn closed_scene() -> Scene {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.turn("a.py", OLD, NEW);
    assert_eq!(scene.on("a.py").len(), 2);
    scene
}

#[test]
fn one_hunk_is_kept_and_the_other_undone_in_the_editor() {
    let mut scene = open_scene();
    scene.keep(scene.hunk("a.py", 1));
    assert_eq!(scene.on("a.py"), ["4: opencode changed 1 line"]);
    scene.undo(scene.hunk("a.py", 4));
    // Nothing counts before the editor has done it.
    assert_eq!(scene.on("a.py"), ["4: opencode changed 1 line"]);
    scene.apply("a.py");
    assert_eq!(scene.on("a.py"), [""; 0]);
    assert_eq!(scene.read("a.py"), Some(NEW), "the disk is the editor's to write");
    scene.save("a.py", FIRST);
    assert!(scene.state.changes.get(&path("a.py")).is_none());
    assert_eq!(scene.messages(), [""; 0]);
}

#[test]
fn the_editors_own_undo_brings_a_hunk_back() {
    let mut scene = open_scene();
    scene.undo(scene.hunk("a.py", 1));
    scene.apply("a.py");
    assert_eq!(scene.on("a.py"), ["4: opencode changed 1 line"]);
    scene.change("a.py", NEW);
    assert_eq!(scene.on("a.py"), ["1: opencode changed 1 line", "4: opencode changed 1 line"]);
}

#[test]
fn an_undo_that_is_not_saved_is_gone_with_its_document() {
    let mut scene = open_scene();
    scene.undo(Which::File { uri: uri("a.py") });
    scene.apply("a.py");
    assert_eq!(scene.on("a.py"), [""; 0]);
    scene.editor(EditorEvent::Closed { uri: uri("a.py") });
    assert_eq!(scene.on("a.py"), ["1: opencode changed 1 line", "4: opencode changed 1 line"]);
}

#[test]
fn an_edit_that_the_editor_skips_or_refuses_is_said_once_and_loses_nothing() {
    for applied in [Applied::Yes, Applied::No { reason: Some("busy".to_owned()) }] {
        let mut scene = open_scene();
        scene.undo(scene.hunk("a.py", 1));
        let (job, _) = scene.asked_edit();
        scene.editor(EditorEvent::EditApplied { job, applied });
        scene.pass_time();
        assert_eq!(scene.messages().len(), 1, "{:?}", scene.messages());
        assert!(scene.messages()[0].starts_with("Nothing was undone in a.py ("));
        assert_eq!(scene.on("a.py").len(), 2);
        // It can be asked for again.
        scene.undo(scene.hunk("a.py", 1));
        scene.apply("a.py");
        assert_eq!(scene.on("a.py"), ["4: opencode changed 1 line"]);
    }
}

#[test]
fn hunks_of_a_closed_file_are_undone_on_disk() {
    let mut scene = closed_scene();
    scene.undo(scene.hunk("a.py", 1));
    assert_eq!(scene.read("a.py"), Some(SECOND));
    assert_eq!(scene.on("a.py"), ["4: opencode changed 1 line"]);
    scene.undo(scene.hunk("a.py", 4));
    assert_eq!(scene.read("a.py"), Some(OLD));
    assert_eq!(scene.on("a.py"), [""; 0]);
    assert!(scene.state.changes.get(&path("a.py")).is_none());
}

#[test]
fn a_closed_file_that_changed_is_left_alone_and_shown_as_it_is() {
    let mut scene = closed_scene();
    scene.write("a.py", &format!("# mine\n{NEW}"));
    scene.undo(scene.hunk("a.py", 1));
    assert_eq!(scene.read("a.py"), Some(format!("# mine\n{NEW}").as_str()));
    assert!(scene.messages()[0].contains("it changed on disk meanwhile"));
    assert_eq!(scene.on("a.py"), ["2: opencode changed 1 line", "5: opencode changed 1 line"]);
    scene.undo(Which::File { uri: uri("a.py") });
    assert_eq!(scene.read("a.py"), Some(format!("# mine\n{OLD}").as_str()));
}

#[test]
fn an_undo_waits_for_the_turn_that_is_still_at_work() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.server(ServerEvent::Status { session: session(), status: Status::Busy });
    scene.write("a.py", NEW);
    scene.edit("a.py", patch(OLD, NEW));
    scene.undo(scene.hunk("a.py", 1));
    assert_eq!(scene.read("a.py"), Some(NEW));
    let waits = " (to be undone when opencode has finished)";
    assert_eq!(
        scene.on("a.py"),
        [format!("1: opencode changed 1 line{waits}"), "4: opencode changed 1 line".to_owned()]
    );
    // Keeping takes nothing from opencode.
    scene.keep(scene.hunk("a.py", 4));
    scene.idle();
    assert_eq!(scene.read("a.py"), Some(SECOND));
    assert_eq!(scene.on("a.py"), [""; 0]);
}

#[test]
fn keeping_forgets_an_undo_that_waits() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.server(ServerEvent::Status { session: session(), status: Status::Busy });
    scene.write("a.py", NEW);
    scene.edit("a.py", patch(OLD, NEW));
    scene.undo(scene.hunk("a.py", 1));
    scene.keep(Which::File { uri: uri("a.py") });
    scene.idle();
    assert_eq!(scene.read("a.py"), Some(NEW));
}

#[test]
fn a_new_file_goes_and_a_deleted_one_comes_back() {
    let mut scene = Scene::new(&[("gone.py", OLD)]);
    scene.write("new.py", "n = 1\n");
    scene.edit("new.py", EditHint::Created);
    scene.disk.remove(&path("gone.py"));
    scene.edit("gone.py", EditHint::Deleted { before: Some(OLD.to_owned()) });
    scene.idle();
    assert_eq!(scene.on("new.py"), ["0: opencode created this file"]);
    assert_eq!(scene.on("gone.py"), ["0: opencode deleted this file"]);
    scene.undo(Which::File { uri: uri("new.py") });
    scene.undo(Which::File { uri: uri("gone.py") });
    assert_eq!((scene.read("new.py"), scene.read("gone.py")), (None, Some(OLD)));
    assert_eq!((scene.on("new.py"), scene.on("gone.py")), (vec![], vec![]));
}

#[test]
fn a_new_file_that_the_user_went_on_with_stays() {
    let mut scene = Scene::new(&[]);
    scene.write("new.py", "n = 1\n");
    scene.edit("new.py", EditHint::Created);
    scene.idle();
    scene.write("new.py", "n = 1\nmine = 2\n");
    scene.handle(Event::DiskChanged { path: path("new.py") });
    scene.pass_time();
    let refused = scene.run(Command::Undo { which: Which::File { uri: uri("new.py") }, confirmed: false });
    assert!(matches!(refused, Err(CommandError::CannotUndo { .. })), "{refused:?}");
    assert_eq!(scene.read("new.py"), Some("n = 1\nmine = 2\n"));
}

#[test]
fn a_renamed_file_gets_its_name_back() {
    let mut scene = Scene::new(&[("old.py", OLD)]);
    scene.disk.remove(&path("old.py"));
    scene.write("new.py", OLD);
    scene.edit("new.py", EditHint::Created);
    scene.edit("old.py", EditHint::Deleted { before: Some(OLD.to_owned()) });
    scene.idle();
    assert_eq!(scene.on("new.py"), ["0: opencode renamed this file, it was old.py"]);
    assert_eq!(scene.on("old.py"), [""; 0]);
    // Edits of it are hunks of the file under its new name.
    scene.turn("new.py", OLD, FIRST);
    assert_eq!(scene.on("new.py").len(), 2);
    scene.undo(Which::File { uri: uri("new.py") });
    assert_eq!((scene.read("new.py"), scene.read("old.py")), (None, Some(OLD)));
}

#[test]
fn unsaved_text_takes_opencodes_changes_over_or_stays() {
    let mine = format!("# mine\n{OLD}");
    let diverged = || {
        let mut scene = Scene::new(&[("a.py", OLD)]);
        scene.open("a.py");
        scene.change("a.py", &mine);
        scene.turn("a.py", OLD, NEW);
        assert!(scene.on("a.py")[0].contains("unsaved changes"), "{:?}", scene.on("a.py"));
        scene
    };
    let mut scene = diverged();
    scene.keep(Which::File { uri: uri("a.py") });
    scene.apply("a.py");
    let text = scene.state.documents.get(&uri("a.py")).expect("open").text.text();
    assert_eq!(text, format!("# mine\n{NEW}"));
    assert_eq!(scene.on("a.py"), [""; 0]);

    let mut scene = diverged();
    scene.undo(Which::File { uri: uri("a.py") });
    let edits = scene.told.iter().filter(|effect| matches!(effect, EditorEffect::Edit { .. })).count();
    assert_eq!((edits, scene.read("a.py")), (0, Some(NEW)));
    assert_eq!(scene.on("a.py"), [""; 0]);
}

#[test]
fn both_changed_the_same_lines_is_said_and_nothing_done() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.open("a.py");
    scene.change("a.py", &OLD.replace("two", "mine"));
    scene.turn("a.py", OLD, NEW);
    scene.keep(Which::File { uri: uri("a.py") });
    assert!(scene.messages().iter().any(|said| said.contains("changed the same lines")), "{:?}", scene.messages());
    assert_eq!(scene.on("a.py").len(), 1);
}

#[test]
fn everything_is_undone_only_after_a_question() {
    let mut scene = closed_scene();
    scene.write("b.py", "b\n");
    scene.edit("b.py", EditHint::Created);
    assert_eq!(scene.run(Command::Undo { which: Which::All, confirmed: false }), Ok(Outcome::Done));
    let (id, text, buttons) = scene
        .told
        .iter()
        .rev()
        .find_map(|effect| match effect {
            EditorEffect::Dialog { id, text, buttons, .. } => Some((*id, text.clone(), buttons.clone())),
            _ => None,
        })
        .expect("a question");
    assert_eq!(text, "Undo all that opencode changed in 2 files? a.py, b.py.");
    assert_eq!(buttons, ["Show them", "Undo all"]);
    assert_eq!(scene.read("a.py"), Some(NEW));
    let answer = crate::core::event::DialogAnswer::Chosen("Undo all".to_owned());
    scene.editor(EditorEvent::DialogAnswered { id, answer });
    assert_eq!((scene.read("a.py"), scene.read("b.py")), (Some(OLD), None));
    assert_eq!(scene.messages(), ["opencode's changes in 2 files are undone"]);
}

#[test]
fn a_byte_order_mark_stays() {
    let marked = |text: &str| format!("\u{feff}{text}");
    let mut scene = Scene::new(&[("a.py", &marked(OLD))]);
    scene.write("a.py", &marked(NEW));
    let hint = EditHint::Texts { before: marked(OLD), after: marked(NEW) };
    scene.edit("a.py", hint);
    scene.idle();
    scene.undo(scene.hunk("a.py", 1));
    assert_eq!(scene.read("a.py"), Some(marked(SECOND).as_str()));
    scene.undo(Which::File { uri: uri("a.py") });
    assert_eq!(scene.read("a.py"), Some(marked(OLD).as_str()));
}

#[test]
fn what_the_user_does_to_a_closed_file_is_the_users() {
    let mut scene = closed_scene();
    scene.write("a.py", &format!("# mine\n{NEW}"));
    scene.handle(Event::DiskChanged { path: path("a.py") });
    scene.pass_time();
    assert_eq!(scene.on("a.py"), ["2: opencode changed 1 line", "5: opencode changed 1 line"]);
    // While opencode works, it might be opencode's: only its end tells.
    scene.server(ServerEvent::Status { session: session(), status: Status::Busy });
    scene.write("a.py", NEW);
    scene.handle(Event::DiskChanged { path: path("a.py") });
    scene.pass_time();
    assert_eq!(scene.on("a.py"), ["2: opencode changed 1 line", "5: opencode changed 1 line"]);
    scene.idle();
    scene.pass_time();
    assert_eq!(scene.on("a.py"), ["1: opencode changed 1 line", "4: opencode changed 1 line"]);
}

#[test]
fn what_was_undone_is_told_with_the_next_question_if_wanted() {
    let mut scene = closed_scene();
    assert_eq!(scene.run(Command::Tell), Err(CommandError::NothingUndone));
    scene.undo(scene.hunk("a.py", 1));
    assert_eq!(scene.run(Command::Tell), Ok(Outcome::Done));
    let ask = crate::core::command::Ask { prompt: Some("Go on.".to_owned()), ..Default::default() };
    scene.run(Command::Ask(ask)).expect("asked");
    let turn = scene.state.turns.running.values().next().expect("a turn");
    let undone = turn.ask.undone.clone().expect("it goes along");
    assert!(undone.starts_with("I have undone these changes of yours:\n```diff\n--- a.py\n"), "{undone}");
    assert!(undone.contains("\n-two\n+TWO\n") && !undone.contains("+FIVE"), "{undone}");
}

#[test]
fn a_review_is_taken_up_by_the_next_run() {
    let mut scene = closed_scene();
    scene.pass_time();
    scene.keep(scene.hunk("a.py", 1));
    scene.pass_time();
    let kept = scene.kept[&path("a.py")].clone().expect("kept");
    let text = serde_json::to_string(&kept).expect("JSON");
    let mut next = Scene::new(&[("a.py", NEW)]);
    next.handle(Event::Restored(path(".own"), vec![serde_json::from_str(&text).expect("a review")]));
    assert_eq!(next.on("a.py"), ["4: opencode changed 1 line"]);
    next.undo(next.hunk("a.py", 4));
    assert_eq!(next.read("a.py"), Some(FIRST));
    // What is reviewed is forgotten.
    next.pass_time();
    assert!(next.kept[&path("a.py")].is_none());
}
