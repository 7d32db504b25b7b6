//! Editors that hold line feeds for a file of CR LF, and write its own line breaks (Emacs, Kakoune).

use super::*;
use crate::core::command::Which;
use crate::core::effect::WorkspaceEdit;
use crate::core::event::Applied;
use crate::text::{Point, Span};

const OLD: &str = "one\r\ntwo\r\nthree\r\n";
const NEW: &str = "one\r\n2\r\nthree\r\n";

/// The editor's text of a file.
fn held(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// The editor has the file open, and has reloaded what opencode made of it.
fn reloaded(new: &str) -> Scene {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    let text = held(OLD);
    scene.editor(EditorEvent::Opened { uri: uri("a.py"), language: "python".to_owned(), version: 1, text });
    scene.turn("a.py", OLD, new);
    scene.change("a.py", &held(new));
    scene
}

#[test]
fn what_it_has_reloaded_is_not_on_disk_only() {
    let scene = reloaded(NEW);
    assert_eq!(scene.on("a.py"), ["1: opencode changed 1 line"]);
}

#[test]
fn before_that_it_is() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    let text = held(OLD);
    scene.editor(EditorEvent::Opened { uri: uri("a.py"), language: "python".to_owned(), version: 1, text });
    scene.turn("a.py", OLD, NEW);
    assert_eq!(scene.on("a.py"), ["1: opencode changed 1 line on disk; reload the file to see it"]);
}

#[test]
fn an_undo_speaks_as_the_editor_does() {
    let mut scene = reloaded(NEW);
    scene.undo(Which::File { uri: uri("a.py") });
    let (job, edit) = scene.asked_edit();
    let WorkspaceEdit::Text { edits, .. } = edit else {
        panic!("a text edit, not {edit:?}");
    };
    let texts: Vec<&str> = edits.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(texts, ["two\n"]);
    scene.change("a.py", &held(OLD));
    scene.editor(EditorEvent::EditApplied { job, applied: Applied::Yes });
    assert_eq!(scene.on("a.py"), [""; 0]);
    scene.save("a.py", OLD);
    assert!(scene.state.changes.get(&path("a.py")).is_none());
    assert_eq!(scene.messages(), [""; 0]);
}

#[test]
fn what_the_user_types_is_no_change_of_opencodes() {
    let mut scene = reloaded(NEW);
    let at = |line| Point { line, character: 0 };
    let edits = vec![(Some(Span { start: at(0), end: at(0) }), "zero\n".to_owned())];
    scene.editor(EditorEvent::Changed { uri: uri("a.py"), version: 3, edits });
    assert_eq!(scene.on("a.py"), ["2: opencode changed 1 line"]);
    scene.save("a.py", "zero\r\none\r\n2\r\nthree\r\n");
    assert_eq!(scene.on("a.py"), ["2: opencode changed 1 line"]);
}

#[test]
fn a_file_that_gets_other_line_breaks_is_held_as_it_is() {
    let scene = reloaded(&held(NEW));
    assert_eq!(scene.on("a.py"), ["0: opencode changed 3 lines"]);
}

#[test]
fn an_editor_that_holds_carriage_returns_after_all_is_believed() {
    let mut scene = reloaded(NEW);
    let at = |line| Point { line, character: 0 };
    let edits = vec![(Some(Span { start: at(0), end: at(0) }), "a\rb\n".to_owned())];
    scene.editor(EditorEvent::Changed { uri: uri("a.py"), version: 3, edits });
    let text = "a\rb\none\n2\nthree\n";
    assert_eq!(scene.state.documents.get(&uri("a.py")).expect("open").text.text(), text);
    let review = &scene.state.changes.get(&path("a.py")).expect("reviewed").review;
    assert_eq!(review.current().text(), Some(text), "or an undo would meet other lines");
}
