//! A workspace folder that is removed, and what still comes for it.

use super::*;

#[test]
fn a_folder_that_goes_takes_what_is_shown_of_it_along_and_nothing_that_was_typed() {
    let mut scene = two_folders();
    scene.write("a.py", NEW);
    scene.edit("a.py", patch(OLD, NEW));
    scene.server(ServerEvent::PermissionAsked(asking_in(SESSION, "per_1")));
    ask(&mut scene, ROOT, "Unsent?");
    assert_eq!(scene.on("a.py").len(), 1);
    scene.configure(Settings::default(), &[OTHER]);
    assert_eq!(scene.on("a.py"), [""; 0]);
    let removed = "its folder was removed from the workspace";
    assert!(
        scene.messages().iter().any(|text| text.contains("not sent") && text.contains(removed)),
        "{:?}",
        scene.messages()
    );
    assert!(execute(&mut scene, Command::ShowPermission { id: "per_1".into() }).is_err());
    assert_eq!(scene.links.last(), Some(&(FOLDER, None)));
    // It is there again when the folder is.
    let kept = scene.kept[&path("a.py")].clone().expect("kept");
    assert_eq!(scene.left, [path(".own")]);
    scene.configure(Settings::default(), &[OTHER, ROOT]);
    assert_eq!(scene.restored.last(), Some(&path(".own")));
    scene.handle(Event::Restored(path(".own"), vec![*kept]));
    assert_eq!(scene.on("a.py").len(), 1);
}

#[test]
fn a_late_list_of_a_folder_that_is_gone_asks_nothing() {
    let mut scene = two_folders();
    scene.configure(Settings::default(), &[OTHER]);
    let result = Ok(vec![asking_in("ses_tui", "per_1")]);
    scene.handle(Event::Reply(FOLDER, ServerReply::Permissions { known: vec![], result }));
    assert_eq!(dialogs(&scene), [""; 0]);
}

#[test]
fn a_turn_of_a_folder_that_is_gone_is_no_other_servers_to_undo() {
    let mut scene = two_folders();
    scene.write("a.py", NEW);
    scene.edit("a.py", patch(OLD, NEW));
    scene.idle();
    scene.configure(Settings::default(), &[OTHER]);
    let undone = execute(&mut scene, Command::UndoTurn { confirmed: true });
    assert!(matches!(undone, Err(CommandError::NoTurn)), "{:?}", last_call(&scene));
}

#[test]
fn a_question_about_a_turn_goes_with_its_folder() {
    let mut scene = two_folders();
    scene.write("a.py", NEW);
    scene.edit("a.py", patch(OLD, NEW));
    scene.idle();
    execute(&mut scene, Command::UndoTurn { confirmed: false }).expect("asked");
    scene.configure(Settings::default(), &[OTHER]);
    // The question is asked anew where its text is another one now.
    for _ in 0..2 {
        let asked = scene.told.iter().rev().find_map(|effect| match effect {
            EditorEffect::Dialog { id, .. } => Some(*id),
            _ => None,
        });
        let answer = crate::core::event::DialogAnswer::Chosen("Undo the turn".to_owned());
        scene.editor(EditorEvent::DialogAnswered { id: asked.expect("a dialog"), answer });
    }
    assert!(!scene.calls.iter().any(|call| matches!(call, ServerCall::Revert { .. })), "{:?}", last_call(&scene));
}

#[test]
fn what_a_turn_still_tells_of_a_folder_that_is_gone_is_not_shown() {
    let mut scene = two_folders();
    scene.write("a.py", NEW);
    scene.edit("a.py", EditHint::Unknown);
    scene.idle();
    scene.configure(Settings::default(), &[OTHER]);
    scene.write("b.py", NEW);
    scene.diff = vec![FileDiff { path: path("b.py"), hint: EditHint::Created }];
    scene.pass_time();
    assert_eq!([scene.on("a.py"), scene.on("b.py")], [[""; 0], [""; 0]]);
}

#[test]
fn reviews_that_are_read_when_their_folder_is_gone_are_not_shown() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.write("a.py", NEW);
    scene.edit("a.py", patch(OLD, NEW));
    scene.pass_time();
    let kept = scene.kept[&path("a.py")].clone().expect("kept");
    let mut next = Scene::new(&[("a.py", NEW)]);
    next.configure(Settings::default(), &[OTHER]);
    next.handle(Event::Restored(path(".own"), vec![*kept]));
    assert_eq!(next.on("a.py"), [""; 0]);
}

#[test]
fn servers_that_are_found_for_a_folder_that_is_gone_are_not_offered() {
    let mut scene = two_folders();
    scene.configure(Settings::default(), &[OTHER]);
    scene.handle(Event::ServersFound { folder: FOLDER, here: vec![], others: vec![] });
    assert_eq!(dialogs(&scene), [""; 0]);
}

#[test]
fn what_the_user_changed_is_the_users_once_the_folder_at_work_is_gone() {
    let mut scene = Scene::new(&[("sub/a.py", OLD)]);
    scene.write("sub/a.py", NEW);
    scene.edit("sub/a.py", patch(OLD, NEW));
    let inner = path("sub").display().to_string();
    scene.configure(Settings::default(), &[ROOT, &inner]);
    scene.server(ServerEvent::Status { session: session(), status: Status::Busy });
    scene.write("sub/a.py", &format!("# mine\n{NEW}"));
    scene.handle(Event::DiskChanged { path: path("sub/a.py") });
    scene.pass_time();
    scene.configure(Settings::default(), &[&inner]);
    scene.pass_time();
    assert_eq!(scene.on("sub/a.py"), ["2: opencode changed 1 line"]);
}

#[test]
fn the_documents_of_a_folder_that_is_gone_are_no_place_to_ask_about() {
    let mut scene = two_folders();
    execute(&mut scene, Command::Ask(Ask::default())).expect("a document");
    let shown = scene.told.iter().rev().find_map(|effect| match effect {
        EditorEffect::Show { path, .. } => Some(path.clone()),
        _ => None,
    });
    scene.configure(Settings::default(), &[OTHER]);
    let uri = DocumentUri::from_path(&shown.expect("shown")).expect("absolute");
    scene.editor(EditorEvent::Opened { uri, language: "markdown".to_owned(), version: 1, text: String::new() });
    assert_eq!(scene.state.active, None);
}

#[test]
fn what_the_editor_undoes_while_its_folder_goes_is_undone() {
    let mut scene = two_folders();
    scene.open("a.py");
    scene.write("a.py", NEW);
    scene.edit("a.py", patch(OLD, NEW));
    scene.change("a.py", NEW);
    scene.idle();
    let which = crate::core::command::Which::File { uri: uri("a.py") };
    execute(&mut scene, Command::Undo { which, confirmed: true }).expect("undone");
    assert!(scene.told.iter().any(|effect| matches!(effect, EditorEffect::Edit { .. })));
    scene.configure(Settings::default(), &[OTHER]);
    scene.change("a.py", OLD);
    scene.pass_time();
    assert_eq!(scene.messages(), [""; 0]);
}

#[test]
fn a_turn_that_is_redone_while_its_folder_goes_is_not_shown() {
    let mut scene = two_folders();
    scene.write("a.py", NEW);
    scene.edit("a.py", patch(OLD, NEW));
    scene.idle();
    execute(&mut scene, Command::UndoTurn { confirmed: true }).expect("undone");
    let ServerCall::Revert { session, prompt } = last_call(&scene).1.clone() else { panic!("{:?}", last_call(&scene)) };
    scene.write("a.py", OLD);
    scene.handle(Event::Reply(
        FOLDER,
        ServerReply::Reverted { session: session.clone(), prompt, result: Ok(crate::core::event::Reverted::Files) },
    ));
    assert_eq!(scene.on("a.py"), [""; 0]);
    execute(&mut scene, Command::RedoTurn { confirmed: true }).expect("redone");
    scene.configure(Settings::default(), &[OTHER]);
    scene.write("a.py", NEW);
    scene.handle(Event::Reply(FOLDER, ServerReply::Unreverted { session, result: Ok(()) }));
    scene.pass_time();
    assert_eq!(scene.on("a.py"), [""; 0]);
}
