use super::*;
use crate::core::actions::{Action, ActionQuery};
use crate::core::command::Command;
use crate::core::event::{ChooseAnswer, DialogAnswer};
use crate::core::ids::{DialogId, MenuId};
use crate::core::menus::{Entry, Menu};
use crate::core::place::Place;
use crate::core::plugins::Plugin;
use crate::text::{Point, Span};

/// Choosing an entry names the session so; two have the same label.
fn menu(count: usize) -> Menu {
    let entry = |number: usize| {
        let title = format!("title {number}");
        let rename = Command::RenameSession { session: Some(session()), title: Some(title) };
        Entry::new(if number < 2 { "same".to_owned() } else { format!("entry {number}") }, "", rename)
    };
    Menu { title: "Which?".to_owned(), entries: (0..count).map(entry).collect() }
}

fn offered(count: usize) -> Scene {
    let mut scene = Scene::new(&[]);
    offer(&mut scene, count);
    scene
}

fn offer(scene: &mut Scene, count: usize) {
    scene.state.offer(menu(count));
    scene.handle(Event::Timer(Timer::Status));
}

fn last_dialog(scene: &Scene) -> (DialogId, Vec<String>) {
    let dialogs = scene.told.iter().rev().find_map(|effect| match effect {
        EditorEffect::Dialog { id, buttons, .. } => Some((*id, buttons.clone())),
        _ => None,
    });
    dialogs.expect("a dialog")
}

fn answer(scene: &mut Scene, answer: DialogAnswer) {
    let (id, _) = last_dialog(scene);
    scene.editor(EditorEvent::DialogAnswered { id, answer });
}

fn chosen(scene: &Scene) -> Vec<&str> {
    let titles = scene.calls.iter().filter_map(|call| match call {
        ServerCall::RenameSession { title, .. } => Some(title.as_str()),
        _ => None,
    });
    titles.collect()
}

fn actions(scene: &mut Scene, automatic: bool) -> Vec<Action> {
    let at = Point { line: 0, character: 0 };
    let place = Some(Place { uri: uri("a.py"), span: Some(Span { start: at, end: at }) });
    let query = ActionQuery { place, automatic, ..ActionQuery::default() };
    scene.state.actions(&query)
}

#[test]
fn a_menu_is_a_dialog_a_page_at_a_time() {
    let mut scene = offered(10);
    let (_, buttons) = last_dialog(&scene);
    assert_eq!(buttons.len(), 9);
    assert_eq!((&*buttons[0], &*buttons[1], &*buttons[8]), ("same", "same [2]", "More…"));
    answer(&mut scene, DialogAnswer::Chosen("More…".to_owned()));
    assert_eq!(last_dialog(&scene).1, ["entry 8", "entry 9"]);
    answer(&mut scene, DialogAnswer::Chosen("entry 9".to_owned()));
    assert_eq!(chosen(&scene), ["title 9"]);
}

#[test]
fn entries_of_the_same_name_are_told_apart() {
    let mut scene = offered(3);
    answer(&mut scene, DialogAnswer::Chosen("same [2]".to_owned()));
    assert_eq!(chosen(&scene), ["title 1"]);
}

#[test]
fn nothing_is_chosen_by_leaving_a_menu_or_by_an_unknown_button() {
    for left in [DialogAnswer::Dismissed, DialogAnswer::Chosen("entry".to_owned())] {
        let mut scene = offered(3);
        answer(&mut scene, left);
        assert!(chosen(&scene).is_empty());
    }
}

#[test]
fn without_dialogs_the_entries_are_code_actions_until_one_is_chosen_or_time_has_passed() {
    let mut scene = offered(3);
    answer(&mut scene, DialogAnswer::Unsupported);
    assert_eq!(scene.messages(), ["Which? The answers are among the code actions now."]);
    assert!(actions(&mut scene, true).is_empty());
    let first = actions(&mut scene, false).swap_remove(2);
    assert_eq!(first.title, "opencode: entry 2");

    let (reply, _) = tokio::sync::oneshot::channel();
    scene.editor(EditorEvent::Execute { command: first.command, reply });
    assert_eq!(chosen(&scene), ["title 2"]);
    assert!(actions(&mut scene, false).iter().all(|action| !action.title.contains("entry")));

    offer(&mut scene, 3);
    assert!(actions(&mut scene, false).iter().any(|action| action.title.contains("entry")));
    scene.pass_time();
    assert!(actions(&mut scene, false).iter().all(|action| !action.title.contains("entry")));
}

#[test]
fn a_plugin_shows_menus_itself_and_may_not_know_them_after_all() {
    let mut scene = Scene::new(&[]);
    scene.state.plugin = Plugin::new(PluginFlags { choose: true, ..PluginFlags::default() });
    offer(&mut scene, 20);
    let shown = scene.told.iter().find_map(|effect| match effect {
        EditorEffect::Choose { id, items, .. } => Some((*id, items.len())),
        _ => None,
    });
    assert_eq!(shown, Some((MenuId(1), 20)));
    scene.editor(EditorEvent::MenuChosen { id: MenuId(1), answer: ChooseAnswer::Entry(19) });
    assert_eq!(chosen(&scene), ["title 19"]);

    offer(&mut scene, 3);
    scene.editor(EditorEvent::MenuChosen { id: MenuId(2), answer: ChooseAnswer::Entry(3) });
    offer(&mut scene, 3);
    scene.editor(EditorEvent::MenuChosen { id: MenuId(3), answer: ChooseAnswer::Unsupported });
    assert_eq!(last_dialog(&scene).1, ["same", "same [2]", "entry 2"]);
    assert_eq!(chosen(&scene), ["title 19"]);
}

#[test]
fn what_an_entry_says_is_inert() {
    let mut scene = Scene::new(&[]);
    let entries = vec![Entry::new("a\nb\u{202e}", "x".repeat(500), Command::Abort)];
    scene.state.offer(Menu { title: "Which?".to_owned(), entries });
    scene.handle(Event::Timer(Timer::Status));
    let button = last_dialog(&scene).1.swap_remove(0);
    assert!(!button.contains('\n') && !button.contains('\u{202e}') && button.chars().count() < 200, "{button}");
}
