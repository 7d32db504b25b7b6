//! What the command line asks of the reviews.

use tokio::sync::oneshot::{self, Receiver};

use super::*;
use crate::core::changes::{Fate, FileFate, ReviewAnswer, ReviewRefusal, ReviewRequest, ReviewWish, ReviewedFile};
use crate::core::command::{Command, CommandError, Which};
use crate::core::event::Applied;

const OLD: &str = "one\ntwo\nthree\nfour\nfive\nsix\n";
const NEW: &str = "one\nTWO\nthree\nfour\nFIVE\nsix\n";

type Answer = Receiver<Result<ReviewAnswer, ReviewRefusal>>;

impl Scene {
    fn wish(&mut self, wish: ReviewWish) -> Answer {
        let (reply, answer) = oneshot::channel();
        self.handle(Event::ReviewsAsked(ReviewRequest { own: path(".own"), wish, reply }));
        answer
    }

    fn reviewed(&mut self) -> Vec<ReviewedFile> {
        match self.wish(ReviewWish::List).try_recv().expect("an answer") {
            Ok(ReviewAnswer::Files(files)) => files,
            other => panic!("no list: {other:?}"),
        }
    }

    fn run_reported(&mut self, command: Command) -> Answer {
        self.wish(ReviewWish::Run(Box::new(command)))
    }
}

fn fates(mut answer: Answer) -> Vec<(PathBuf, Fate)> {
    match answer.try_recv().expect("an answer") {
        Ok(ReviewAnswer::Fates(fates)) => fates.into_iter().map(|FileFate { path, fate }| (path, fate)).collect(),
        other => panic!("no fates: {other:?}"),
    }
}

fn undo(which: Which) -> Command {
    Command::Undo { which, confirmed: true }
}

fn file(name: &str) -> Which {
    Which::File { uri: uri(name) }
}

/// A closed file in which opencode changed two lines.
fn closed_scene() -> Scene {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.turn("a.py", OLD, NEW);
    scene
}

#[test]
fn changes_are_listed_with_what_was_there_before() {
    let mut scene = closed_scene();
    let list = scene.reviewed();
    assert_eq!(list.len(), 1);
    assert_eq!((list[0].file.as_str(), list[0].kind.as_str(), list[0].editor.as_str()), ("a.py", "modified", "closed"));
    assert_eq!(list[0].sessions, [SESSION]);
    let hunks: Vec<_> = list[0].hunks.iter().map(|h| (h.line, h.removed.as_str(), h.added.as_str())).collect();
    assert_eq!(hunks, [(2, "two\n", "TWO\n"), (5, "five\n", "FIVE\n")]);
    assert_eq!(list[0].hunks[0].message, "opencode changed 1 line");
}

#[test]
fn the_id_of_a_change_lasts_through_verdicts_on_others_and_restarts() {
    let mut scene = closed_scene();
    let before = scene.reviewed()[0].hunks[1].clone();
    let first = Which::Hunk { uri: uri("a.py"), id: scene.reviewed()[0].hunks[0].data_id.clone() };
    assert_eq!(fates(scene.run_reported(undo(first))), [(path("a.py"), Fate::Undone)]);
    let after = scene.reviewed()[0].hunks.clone();
    assert_eq!(after.iter().map(|hunk| &hunk.id).collect::<Vec<_>>(), [&before.id]);
    scene.pass_time();
    let kept = scene.kept[&path("a.py")].clone().expect("kept");
    let mut next = Scene::new(&[("a.py", scene.read("a.py").expect("a text"))]);
    next.handle(Event::Restored(path(".own"), vec![*kept]));
    assert_eq!(next.reviewed()[0].hunks[0].id, before.id);
}

#[test]
fn who_does_not_keep_the_reviews_says_so() {
    let mut scene = closed_scene();
    scene.elsewhere.push(path(".own"));
    let answer = scene.wish(ReviewWish::List).try_recv();
    assert_eq!(answer, Ok(Err(ReviewRefusal::Elsewhere)));
    let answer = scene.run_reported(undo(file("a.py"))).try_recv();
    assert_eq!(answer, Ok(Err(ReviewRefusal::Elsewhere)));
    assert_eq!(scene.read("a.py"), Some(NEW));
}

#[test]
fn a_diff_is_of_one_file_or_of_all() {
    let mut scene = closed_scene();
    for wanted in [None, Some(uri("a.py"))] {
        let answer = scene.wish(ReviewWish::Diff(wanted)).try_recv();
        let Ok(Ok(ReviewAnswer::Diff(diff))) = answer else {
            panic!("no diff: {answer:?}");
        };
        assert!(diff.contains("-two\n+TWO\n"), "{diff}");
    }
    let answer = scene.wish(ReviewWish::Diff(Some(uri("b.py")))).try_recv();
    assert_eq!(answer, Ok(Err(CommandError::NothingChanged.into())));
}

#[test]
fn what_is_kept_is_told_at_once() {
    let mut scene = closed_scene();
    assert_eq!(fates(scene.run_reported(Command::Keep(file("a.py")))), [(path("a.py"), Fate::Kept)]);
    assert_eq!(scene.reviewed(), []);
    let answer = scene.run_reported(Command::Keep(file("a.py"))).try_recv();
    assert_eq!(answer, Ok(Err(CommandError::NothingChanged.into())));
}

#[test]
fn an_undo_in_the_editor_is_told_when_the_editor_has_done_it() {
    let mut scene = closed_scene();
    scene.open("a.py");
    let mut answer = scene.run_reported(undo(file("a.py")));
    assert!(answer.try_recv().is_err(), "nothing counts before the editor has done it");
    scene.apply("a.py");
    assert_eq!(fates(answer), [(path("a.py"), Fate::InEditor)]);
}

#[test]
fn an_edit_that_the_editor_refuses_is_told() {
    let mut scene = closed_scene();
    scene.open("a.py");
    let answer = scene.run_reported(undo(file("a.py")));
    let (job, _) = scene.asked_edit();
    scene.editor(EditorEvent::EditApplied { job, applied: Applied::No { reason: Some("busy".to_owned()) } });
    let told = fates(answer);
    assert!(matches!(&told[0].1, Fate::Refused(why) if why.contains("busy")), "{told:?}");
}

#[test]
fn an_undo_that_waits_for_the_turn_is_told_as_such() {
    let mut scene = closed_scene();
    scene.server(ServerEvent::Status { session: session(), status: Status::Busy });
    assert_eq!(fates(scene.run_reported(undo(file("a.py")))), [(path("a.py"), Fate::Waits)]);
    assert!(scene.reviewed()[0].waits);
    // Asked again, it still waits.
    assert_eq!(fates(scene.run_reported(undo(file("a.py")))), [(path("a.py"), Fate::Waits)]);
    scene.idle();
    assert_eq!(scene.read("a.py"), Some(OLD));
    assert_eq!(scene.reviewed(), []);
}

#[test]
fn unsaved_text_keeps_an_undo_from_happening() {
    let mut scene = closed_scene();
    scene.open("a.py");
    scene.change("a.py", "something\nelse\n");
    scene.turn("a.py", NEW, OLD);
    scene.turn("a.py", OLD, "one\nTWO\nthree\nfour\nFIVE\nsix\nseven\n");
    assert_eq!(scene.reviewed()[0].editor, "unsaved");
    let told = fates(scene.run_reported(undo(file("a.py"))));
    assert!(matches!(&told[0].1, Fate::Refused(why) if why.contains("not saved")), "{told:?}");
    let told = fates(scene.run_reported(Command::Keep(file("a.py"))));
    assert!(matches!(&told[0].1, Fate::Refused(why) if why.contains("the same lines")), "{told:?}");
}

#[test]
fn all_files_are_told_of_together() {
    let mut scene = Scene::new(&[("a.py", OLD), ("b.py", OLD)]);
    scene.turn("a.py", OLD, NEW);
    scene.turn("b.py", OLD, NEW);
    scene.open("b.py");
    let mut answer = scene.run_reported(undo(Which::All));
    assert!(answer.try_recv().is_err());
    scene.apply("b.py");
    assert_eq!(fates(answer), [(path("a.py"), Fate::Undone), (path("b.py"), Fate::InEditor)]);
}
