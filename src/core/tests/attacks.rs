//! What would lose text, hide a change or never end.

use super::*;
use crate::core::command::{Command, Which};
use crate::core::effect::ReadPurpose;
use crate::core::event::{DialogAnswer, Reverted};
use crate::core::ids::DialogId;

const OLD: &str = "one\ntwo\nthree\nfour\nfive\nsix\n";
const TWO: &str = "one\nTWO\nthree\nfour\nfive\nsix\n";
const BOTH: &str = "one\nTWO\nthree\nfour\nFIVE\nsix\n";

fn file(name: &str) -> Which {
    Which::File { uri: uri(name) }
}

impl Scene {
    fn disk_event(&mut self, name: &str) {
        self.handle(Event::DiskChanged { path: path(name) });
    }

    /// The newest dialog.
    fn asked(&self) -> (DialogId, String) {
        let asked = self.told.iter().rev().find_map(|effect| match effect {
            EditorEffect::Dialog { id, text, .. } => Some((*id, text.clone())),
            _ => None,
        });
        asked.expect("a dialog")
    }

    fn answer(&mut self, id: DialogId, button: &str) {
        let answer = DialogAnswer::Chosen(button.to_owned());
        self.editor(EditorEvent::DialogAnswered { id, answer });
    }

    fn undo_turn(&mut self) -> (DialogId, String) {
        assert!(self.run(Command::UndoTurn { confirmed: false }).is_ok());
        self.asked()
    }

    fn reverts(&self) -> Vec<&str> {
        let asked = self.calls.iter().filter_map(|call| match call {
            ServerCall::Revert { prompt, .. } => Some(prompt.as_str()),
            _ => None,
        });
        asked.collect()
    }

    fn reverted(&mut self, prompt: &str) {
        let result = Ok(Reverted::Files);
        self.handle(Event::Reply(FOLDER, ServerReply::Reverted { session: session(), prompt: prompt.into(), result }));
    }

    fn unreverted(&mut self) {
        self.handle(Event::Reply(FOLDER, ServerReply::Unreverted { session: session(), result: Ok(()) }));
    }
}

#[test]
fn what_was_not_saved_is_no_part_of_an_undo_on_disk() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.open("a.py");
    scene.turn("a.py", OLD, BOTH);
    scene.change("a.py", BOTH);
    scene.change("a.py", &format!("# mine, never saved\n{BOTH}"));
    // The file is not read again before the verdict comes.
    let _not_performed = scene.state.handle(Event::Editor(EditorEvent::Closed { uri: uri("a.py") }));
    scene.undo(file("a.py"));
    assert_eq!(scene.read("a.py"), Some(OLD));
}

#[test]
fn a_file_that_was_missing_once_is_not_given_up_when_it_is_replaced_again() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.turn("a.py", OLD, TWO);
    scene.pass_time();
    for _ in 0..2 {
        scene.disk.remove(&path("a.py"));
        scene.disk_event("a.py");
        let timer = scene.timers.pop_front().expect("the look");
        scene.handle(Event::Timer(timer));
        // Replaced by renaming: back before the second look.
        scene.write("a.py", TWO);
        scene.pass_time();
        assert_eq!(scene.on("a.py").len(), 1);
    }
}

#[test]
fn a_file_that_cannot_be_read_just_now_is_still_reviewed() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.turn("a.py", OLD, TWO);
    scene.pass_time();
    let (path, why) = (path("a.py"), ReadPurpose::Disk);
    scene.handle(Event::FileRead { path, why, content: Content::Unreadable });
    scene.pass_time();
    assert_eq!(scene.on("a.py").len(), 1);
}

#[test]
fn undoing_a_turn_leaves_what_earlier_turns_did_to_be_reviewed() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.turn("a.py", OLD, TWO);
    scene.pass_time();
    let mine = format!("# mine\n{TWO}");
    scene.write("a.py", &mine);
    scene.disk_event("a.py");
    scene.pass_time();
    scene.prompt(SESSION, "msg_2b");
    let theirs = format!("# mine\n{BOTH}");
    scene.turn("a.py", &mine, &theirs);
    scene.pass_time();
    assert_eq!(scene.on("a.py").len(), 2);
    let (id, _) = scene.undo_turn();
    scene.answer(id, "Undo the turn");
    scene.write("a.py", &mine);
    scene.reverted("msg_2b");
    assert_eq!(scene.on("a.py"), ["2: opencode changed 1 line"]);
    scene.undo(file("a.py"));
    assert_eq!(scene.read("a.py"), Some(format!("# mine\n{OLD}").as_str()));
}

#[test]
fn the_answer_to_an_old_question_undoes_no_other_turn() {
    let mut scene = Scene::new(&[("a.py", OLD), ("b.py", OLD)]);
    scene.turn("a.py", OLD, TWO);
    scene.pass_time();
    let (old, text) = scene.undo_turn();
    assert!(text.contains("a.py"));
    scene.prompt(SESSION, "msg_2b");
    scene.turn("b.py", OLD, TWO);
    scene.pass_time();
    assert!(scene.run(Command::UndoTurn { confirmed: false }).is_ok());
    scene.answer(old, "Undo the turn");
    assert_eq!(scene.reverts(), [""; 0]);
    // The newer question was waiting for the older one.
    let (id, text) = scene.asked();
    assert!(text.contains("b.py"), "{text}");
    scene.answer(id, "Undo the turn");
    assert_eq!(scene.reverts(), ["msg_2b"]);
}

#[test]
fn what_was_edited_while_the_question_was_open_is_asked_about() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.turn("a.py", OLD, TWO);
    scene.pass_time();
    let (id, text) = scene.undo_turn();
    assert!(!text.contains("would be lost"), "{text}");
    scene.write("a.py", &format!("# mine\n{TWO}"));
    scene.answer(id, "Undo the turn");
    assert_eq!(scene.reverts(), [""; 0]);
    let (id, text) = scene.asked();
    assert!(text.contains("would be lost in a.py"), "{text}");
    scene.answer(id, "Undo the turn");
    assert_eq!(scene.reverts(), ["msg_1"]);
}

#[test]
fn undo_all_is_of_the_files_that_were_listed() {
    let mut scene = Scene::new(&[("a.py", OLD), ("b.py", OLD)]);
    scene.turn("a.py", OLD, TWO);
    scene.run(Command::Undo { which: Which::All, confirmed: false }).expect("asked");
    let (id, text) = scene.asked();
    assert!(text.ends_with("1 file? a.py."), "{text}");
    scene.turn("b.py", OLD, TWO);
    scene.answer(id, "Undo all");
    assert_eq!((scene.read("a.py"), scene.read("b.py")), (Some(OLD), Some(TWO)));
}

#[test]
fn that_an_undo_of_many_files_waits_is_said_once() {
    let mut scene = Scene::new(&[]);
    scene.server(ServerEvent::Status { session: session(), status: Status::Busy });
    for number in 0..20 {
        let name = format!("{number}.py");
        scene.write(&name, "new\n");
        scene.edit(&name, EditHint::Created);
    }
    scene.run(Command::Undo { which: Which::All, confirmed: true }).expect("undone");
    assert_eq!(scene.messages().len(), 1, "{:?}", scene.messages());
    scene.idle();
    scene.pass_time();
    assert_eq!(scene.disk.len(), 0);
    assert_eq!(scene.messages().len(), 2, "{:?}", scene.messages());
}

#[test]
fn a_renamed_file_that_is_back_is_not_called_lost() {
    let mut scene = Scene::new(&[("old.py", OLD)]);
    scene.disk.remove(&path("old.py"));
    scene.write("new.py", OLD);
    scene.edit("new.py", EditHint::Created);
    scene.edit("old.py", EditHint::Deleted { before: Some(OLD.to_owned()) });
    scene.idle();
    scene.pass_time();
    let (id, _) = scene.undo_turn();
    scene.answer(id, "Undo the turn");
    scene.disk.remove(&path("new.py"));
    scene.write("old.py", OLD);
    scene.reverted("msg_1");
    assert_eq!(scene.messages(), ["opencode has undone its turn"]);
    assert_eq!((scene.on("old.py").len(), scene.on("new.py").len()), (0, 0));
}

#[test]
fn a_kept_file_that_opencodes_undo_removes_is_not_lost() {
    let mut scene = Scene::new(&[("ü.py", OLD)]);
    scene.turn("ü.py", OLD, TWO);
    scene.pass_time();
    scene.keep(file("ü.py"));
    let (id, _) = scene.undo_turn();
    scene.answer(id, "Undo the turn");
    // As 1.15 and newer do with such a name.
    scene.disk.remove(&path("ü.py"));
    scene.reverted("msg_1");
    let copies: Vec<&String> = scene.own.values().collect();
    assert!(scene.read("ü.py").is_some() || copies.iter().any(|copy| *copy == TWO), "its text is nowhere");
    assert!(scene.messages().last().is_some_and(|said| said.contains("ü.py")), "{:?}", scene.messages());
}

#[test]
fn a_redone_change_that_is_not_as_it_was_is_shown() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.turn("a.py", OLD, TWO);
    scene.pass_time();
    let (id, _) = scene.undo_turn();
    scene.answer(id, "Undo the turn");
    scene.write("a.py", OLD);
    scene.reverted("msg_1");
    assert_eq!(scene.on("a.py").len(), 0);
    scene.run(Command::RedoTurn { confirmed: true }).expect("redone");
    scene.write("a.py", BOTH);
    scene.unreverted();
    assert_eq!(scene.on("a.py").len(), 2);
}

#[test]
fn a_file_under_a_renamed_files_old_name_keeps_its_own_review() {
    let mut scene = Scene::new(&[("old.py", OLD)]);
    scene.disk.remove(&path("old.py"));
    scene.write("new.py", OLD);
    scene.edit("new.py", EditHint::Created);
    scene.edit("old.py", EditHint::Deleted { before: Some(OLD.to_owned()) });
    assert_eq!(scene.on("new.py"), ["0: opencode renamed this file, it was old.py"]);
    scene.write("old.py", TWO);
    scene.edit("old.py", EditHint::Created);
    scene.disk.remove(&path("new.py"));
    scene.edit("new.py", EditHint::Deleted { before: Some(OLD.to_owned()) });
    scene.idle();
    scene.pass_time();
    assert_eq!(scene.on("old.py"), ["1: opencode changed 1 line"]);
    scene.undo(file("old.py"));
    assert_eq!((scene.read("old.py"), scene.read("new.py")), (Some(OLD), None));
}

#[test]
fn a_merge_that_opencode_overtook_settles_nothing() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.open("a.py");
    scene.change("a.py", &format!("# mine\n{OLD}"));
    scene.turn("a.py", OLD, TWO);
    scene.keep(file("a.py"));
    scene.write("a.py", BOTH);
    scene.edit("a.py", patch(TWO, BOTH));
    scene.idle();
    scene.apply("a.py");
    assert_eq!(scene.on("a.py").len(), 1, "what opencode wrote meanwhile is on disk only");
}

#[test]
fn a_byte_order_mark_in_the_editors_text_moves_no_hunk() {
    let mut scene = Scene::new(&[("a.py", "\u{feff}\na\nb\n")]);
    scene.open("a.py");
    scene.write("a.py", "\u{feff}\nA\nb\n");
    scene.edit("a.py", patch("\na\nb\n", "\nA\nb\n"));
    scene.idle();
    scene.change("a.py", "\u{feff}\nA\nb\n");
    assert_eq!(scene.on("a.py"), ["1: opencode changed 1 line"]);
}

#[test]
fn that_a_file_is_changed_under_unsaved_text_is_said_once() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.open("a.py");
    scene.change("a.py", &format!("# mine\n{OLD}"));
    scene.write("a.py", TWO);
    scene.edit("a.py", patch(OLD, TWO));
    scene.write("a.py", BOTH);
    scene.edit("a.py", patch(TWO, BOTH));
    assert_eq!(scene.messages().len(), 1, "{:?}", scene.messages());
}

#[test]
fn what_was_kept_of_one_session_does_not_hide_the_text_before_anothers() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.turn("a.py", OLD, TWO);
    scene.pass_time();
    scene.keep(file("a.py"));
    scene.prompt("ses_2", "msg_other");
    scene.write("a.py", BOTH);
    scene.diff = vec![FileDiff { path: path("a.py"), hint: patch(TWO, BOTH) }];
    let part = Part { id: "prt_patch".into(), kind: PartKind::Changed { files: vec![path("a.py")] } };
    scene.server(ServerEvent::Part { session: "ses_2".into(), message: "msg_3".into(), part });
    scene.server(ServerEvent::Status { session: "ses_2".into(), status: Status::Idle });
    scene.pass_time();
    assert_eq!(scene.on("a.py"), ["4: opencode changed 1 line"]);
}

#[test]
fn a_late_diff_of_the_turn_before_brings_nothing_back() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.diff = vec![FileDiff { path: path("a.py"), hint: patch(OLD, TWO) }];
    scene.turn("a.py", OLD, TWO);
    scene.keep(file("a.py"));
    // The next question comes before the last look at the diff.
    scene.prompt(SESSION, "msg_2b");
    scene.pass_time();
    assert_eq!(scene.on("a.py"), [""; 0]);
}

#[test]
fn leaving_unsaved_text_settles_nothing_that_is_on_disk() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.open("a.py");
    let mine = format!("# mine\n{OLD}");
    scene.change("a.py", &mine);
    scene.turn("a.py", OLD, TWO);
    scene.undo(file("a.py"));
    assert_eq!(scene.on("a.py"), [""; 0]);
    scene.editor(EditorEvent::Closed { uri: uri("a.py") });
    scene.pass_time();
    assert_eq!(scene.on("a.py"), ["1: opencode changed 1 line"], "it was never saved over");
}

#[test]
fn a_hunk_is_undone_on_disk_only_when_opencode_has_put_its_files_back() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.turn("a.py", OLD, BOTH);
    scene.pass_time();
    let (id, _) = scene.undo_turn();
    scene.answer(id, "Undo the turn");
    let hunk = scene.hunk("a.py", 1);
    scene.undo(hunk);
    assert_eq!(scene.read("a.py"), Some(BOTH), "opencode may be writing it right now");
    scene.write("a.py", OLD);
    scene.reverted("msg_1");
    assert_eq!(scene.read("a.py"), Some(OLD));
}

#[test]
fn the_name_of_a_hunk_is_not_anothers_when_the_text_before_turns_out_to_be_older() {
    let mut scene = Scene::new(&[("a.py", BOTH)]);
    // The first read sees both edits, and only one is told of.
    scene.edit("a.py", patch(TWO, BOTH));
    assert_eq!(scene.on("a.py"), ["4: opencode changed 1 line"]);
    let clicked = scene.hunk("a.py", 4);
    scene.edit("a.py", patch(OLD, TWO));
    assert_eq!(scene.on("a.py").len(), 2);
    assert!(scene.run(Command::Undo { which: clicked, confirmed: false }).is_err());
    assert_eq!(scene.read("a.py"), Some(BOTH));
}

#[test]
fn a_turn_is_not_undone_with_one_that_came_after_the_question() {
    let mut scene = Scene::new(&[("a.py", OLD), ("b.py", OLD)]);
    scene.turn("a.py", OLD, TWO);
    scene.pass_time();
    let (id, _) = scene.undo_turn();
    scene.prompt(SESSION, "msg_2b");
    scene.turn("b.py", OLD, TWO);
    scene.pass_time();
    scene.answer(id, "Undo the turn");
    assert_eq!(scene.reverts(), [""; 0]);
}

#[test]
fn unsaved_text_beside_opencodes_is_the_users_when_it_is_saved_over_it() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.open("a.py");
    let mine = OLD.replace("two\n", "two\nmine\n");
    scene.change("a.py", &mine);
    scene.turn("a.py", OLD, TWO);
    scene.save("a.py", &mine);
    assert_eq!(scene.on("a.py"), [""; 0]);
}

#[test]
fn what_the_user_saved_during_a_turn_is_not_opencodes() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.open("a.py");
    scene.server(ServerEvent::Status { session: session(), status: Status::Busy });
    scene.change("a.py", TWO);
    scene.save("a.py", TWO);
    // opencode compares its snapshots of the project.
    scene.diff = vec![FileDiff { path: path("a.py"), hint: patch(OLD, TWO) }];
    scene.idle();
    scene.pass_time();
    assert_eq!(scene.on("a.py"), [""; 0]);
}

#[test]
fn a_document_that_was_opened_after_the_first_change_is_no_text_before() {
    let mut scene = Scene::new(&[("a.py", TWO)]);
    scene.open("a.py");
    // Read only when the second change is on disk, too.
    let three = TWO.replace("TWO", "three times");
    scene.write("a.py", &three);
    scene.edit("a.py", patch(OLD, TWO));
    scene.edit("a.py", patch(TWO, &three));
    scene.idle();
    scene.pass_time();
    scene.undo(file("a.py"));
    assert_eq!(scene.read("a.py"), Some(OLD));
}

#[test]
fn half_of_opencodes_change_in_text_that_is_saved_over_it_is_undone_as_half() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.open("a.py");
    let half = "one\nTWO\nthree\nmine\nfour\nfive\nsix\n";
    let whole = "one\nTWO\nfour\nfive\nsix\n";
    scene.change("a.py", half);
    scene.turn("a.py", OLD, whole);
    scene.save("a.py", half);
    scene.editor(EditorEvent::Closed { uri: uri("a.py") });
    scene.undo(file("a.py"));
    assert_eq!(scene.read("a.py"), Some(OLD.replace("three\n", "three\nmine\n").as_str()));
}

#[test]
fn what_is_saved_over_one_change_still_holds_an_earlier_one() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.turn("a.py", OLD, TWO);
    let mine = TWO.replace("three\n", "three\nmine\n");
    scene.write("a.py", &mine);
    scene.handle(Event::DiskChanged { path: path("a.py") });
    scene.pass_time();
    scene.open("a.py");
    assert_eq!(scene.on("a.py"), ["1: opencode changed 1 line"]);
    let typed = mine.replace("five\n", "five\nmine, too\n");
    scene.change("a.py", &typed);
    scene.write("a.py", &mine.replace("six", "SIX"));
    scene.edit("a.py", patch(&mine, &mine.replace("six", "SIX")));
    scene.idle();
    scene.pass_time();
    scene.save("a.py", &typed);
    assert_eq!(scene.on("a.py"), ["1: opencode changed 1 line"]);
}
