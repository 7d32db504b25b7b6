//! What plugins are told: no more often than it changes.

use super::*;
use crate::core::ids::ProgressId;
use crate::core::plugins::{AnswerPiece, Plugin, Status as PluginStatus};

const OLD: &str = "one\ntwo\nthree\n";

fn scene() -> Scene {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    scene.state.plugin = Plugin::new(PluginFlags { status: true, answer: true, ..PluginFlags::default() });
    scene
}

fn statuses(scene: &Scene) -> Vec<&PluginStatus> {
    let told = scene.told.iter().filter_map(|effect| match effect {
        EditorEffect::Status(status) => Some(status),
        _ => None,
    });
    told.collect()
}

fn pieces(scene: &Scene) -> Vec<&AnswerPiece> {
    let told = scene.told.iter().filter_map(|effect| match effect {
        EditorEffect::Answer(piece) => Some(piece),
        _ => None,
    });
    told.collect()
}

#[test]
fn a_status_is_told_once_and_no_timer_goes_on_by_itself() {
    let mut scene = scene();
    scene.open("a.py");
    scene.pass_time();
    assert_eq!(statuses(&scene).len(), 1);
    assert!(scene.timers.is_empty(), "{:?}", scene.timers);
    scene.open("a.py");
    scene.pass_time();
    assert_eq!(statuses(&scene).len(), 1);
    scene.server(ServerEvent::PermissionAsked(asking("per_1", "a.py")));
    scene.server(ServerEvent::PermissionReplied { request: "per_1".into() });
    scene.pass_time();
    // Nobody was to see what was over before it could be told.
    assert_eq!(statuses(&scene).len(), 1);
}

#[test]
fn what_was_removed_has_a_place_without_lines() {
    let mut scene = scene();
    let new = "one\nthree\n";
    scene.write("a.py", new);
    scene.edit("a.py", patch(OLD, new));
    for opened in [false, true] {
        if opened {
            scene.open("a.py");
        }
        let hunks = scene.state.plugin_hunks(&uri("a.py"));
        assert_eq!(hunks.len(), 1);
        assert_eq!((hunks[0].span.start.line, hunks[0].span.end.line), (1, 1), "opened: {opened}");
        assert_eq!(hunks[0].removed, ["two"]);
    }
    // The editor has not loaded it yet: it shows another text.
    scene.editor(EditorEvent::Closed { uri: uri("a.py") });
    scene.write("a.py", OLD);
    scene.editor(EditorEvent::Opened {
        uri: uri("a.py"),
        language: "python".to_owned(),
        version: 1,
        text: OLD.to_owned(),
    });
    scene.write("a.py", new);
    assert_eq!(scene.state.plugin_hunks(&uri("a.py")), []);
}

#[test]
fn an_answer_comes_in_pieces_and_whole_where_it_was_another_one() {
    let mut scene = scene();
    let ask = crate::core::command::Ask { prompt: Some("Why?".to_owned()), ..Default::default() };
    scene.editor(EditorEvent::Execute {
        command: crate::core::command::Command::Ask(ask),
        reply: tokio::sync::oneshot::channel().0,
    });
    let draft = crate::core::ids::DraftId(1);
    scene.handle(Event::Reply(FOLDER, ServerReply::SessionCreated { draft, result: Ok(session()) }));
    scene.prompt(SESSION, "msg_p");
    let text = |id: &str, text: &str| Part { id: id.into(), kind: PartKind::Text { text: text.to_owned() } };
    scene.server(ServerEvent::Part { session: session(), message: "msg_p".into(), part: text("prt_p", "Why?") });
    for said in ["Because", "Because of that", "No: so"] {
        scene.server(ServerEvent::Part { session: session(), message: "msg_a".into(), part: text("prt_a", said) });
        scene.pass_time();
    }
    let told: Vec<(&str, bool)> = pieces(&scene).iter().map(|piece| (piece.text.as_str(), piece.whole)).collect();
    assert_eq!(told, [("Because", false), (" of that", false), ("No: so", true)]);
    assert!(pieces(&scene).iter().all(|piece| piece.question == "Why?" && !piece.done));
}

fn lists(scene: &Scene) -> Vec<Vec<&str>> {
    let told = scene.told.iter().filter_map(|effect| match effect {
        EditorEffect::Permissions(open) => Some(open.iter().map(|open| open.id.as_str()).collect()),
        _ => None,
    });
    told.collect()
}

#[test]
fn permissions_are_told_as_a_list_and_not_asked() {
    let mut scene = scene();
    scene.state.plugin = Plugin::new(PluginFlags { permissions: true, ..PluginFlags::default() });
    scene.open("a.py");
    assert_eq!(lists(&scene), [[""; 0]; 0], "nothing waits, which is what a plugin begins with");
    for id in ["per_1", "per_2"] {
        scene.server(ServerEvent::PermissionAsked(asking(id, "a.py")));
    }
    let reply = crate::core::server::PermissionReply::Reject;
    let command = crate::core::command::Command::ReplyPermission { id: "per_1".into(), reply, message: None };
    scene.editor(EditorEvent::Execute { command, reply: tokio::sync::oneshot::channel().0 });
    scene.server(ServerEvent::PermissionReplied { request: "per_2".into() });
    assert_eq!(lists(&scene), [vec!["per_1"], vec!["per_1", "per_2"], vec!["per_2"], vec![]]);
    let is_asked = |effect: &EditorEffect| matches!(effect, EditorEffect::Dialog { .. } | EditorEffect::Message { .. });
    assert!(!scene.told.iter().any(is_asked), "{:?}", scene.told);
}

fn unified(before: &str, after: &str) -> String {
    let text = |text: &str| Content::Text(text.into());
    crate::review::unified("a.py", &text(before), &text(after))
}

#[test]
fn a_proposal_is_what_the_edit_would_make_of_the_file() {
    let mut scene = scene();
    let new = "one\n2\nthree\n";
    let mut request = asking("per_1", "a.py");
    request.diff = Some(unified(OLD, new));
    scene.server(ServerEvent::PermissionAsked(request));
    let mut file = asking("per_2", "new.py");
    file.diff = Some(unified("", new));
    scene.server(ServerEvent::PermissionAsked(file));
    let mut other = asking("per_3", "a.py");
    other.diff = Some(unified("zero\n", new));
    scene.server(ServerEvent::PermissionAsked(other));
    scene.server(ServerEvent::PermissionAsked(asking("per_4", "a.py")));
    let texts = |id: &str| {
        let proposal = scene.state.proposal(&id.into())?;
        Some((proposal.uri, proposal.before, proposal.after))
    };
    assert_eq!(texts("per_1"), Some((uri("a.py"), Some(OLD.to_owned()), Some(new.to_owned()))));
    assert_eq!(texts("per_2"), Some((uri("new.py"), None, Some(new.to_owned()))));
    assert_eq!(texts("per_3"), None, "it was made for another text");
    assert_eq!(texts("per_4"), None, "it does not say what it would do");
    assert_eq!(texts("per_5"), None, "nobody asked for that");
}

/// What the status progress says, one step after another.
fn steps(scene: &Scene) -> Vec<String> {
    let steps = scene.told.iter().filter_map(|effect| match effect {
        EditorEffect::BeginProgress { id: ProgressId::Status, message, .. } => Some(format!("begin {message}")),
        EditorEffect::ReportProgress { id: ProgressId::Status, message } => Some(message.clone()),
        EditorEffect::EndProgress { id: ProgressId::Status, .. } => Some("end".to_owned()),
        _ => None,
    });
    steps.collect()
}

fn configured(scene: &mut Scene, progress: bool) {
    let mut settings = Settings::default();
    settings.status.progress = progress;
    scene.configure(settings, &[ROOT]);
    scene.connect();
    scene.pass_time();
}

#[test]
fn without_a_plugin_one_progress_says_how_it_stands() {
    let mut scene = Scene::new(&[("a.py", OLD)]);
    configured(&mut scene, false);
    assert!(steps(&scene).is_empty());
    configured(&mut scene, true);
    let title = "Parser".to_owned();
    scene.server(ServerEvent::Session { session: session(), parent: None, title, undone: None });
    scene.server(ServerEvent::Status { session: session(), status: Status::Busy });
    scene.pass_time();
    scene.part("prt_1", edit_tool("a.py", ToolStatus::Running, None));
    scene.server(ServerEvent::PermissionAsked(asking("per_1", "a.py")));
    scene.pass_time();
    scene.server(ServerEvent::PermissionReplied { request: "per_1".into() });
    scene.part("prt_1", edit_tool("a.py", ToolStatus::Completed, None));
    scene.idle();
    scene.pass_time();
    assert_eq!(steps(&scene), ["begin ready", "thinking", "edit, 1 permission request", "ready"]);
    configured(&mut scene, false);
    assert_eq!(steps(&scene).last().map(String::as_str), Some("end"));
}

#[test]
fn a_plugin_that_shows_the_status_needs_no_progress_for_it() {
    let mut scene = scene();
    configured(&mut scene, true);
    assert!(steps(&scene).is_empty());
}

#[test]
fn the_status_names_the_tool_at_work() {
    let mut scene = scene();
    let title = "Parser".to_owned();
    scene.server(ServerEvent::Session { session: session(), parent: None, title, undone: None });
    scene.server(ServerEvent::Status { session: session(), status: Status::Busy });
    scene.part("prt_1", edit_tool("a.py", ToolStatus::Running, None));
    scene.pass_time();
    assert_eq!(statuses(&scene).last().and_then(|status| status.folders[0].tool.as_deref()), Some("edit"));
    scene.idle();
    scene.pass_time();
    assert_eq!(
        statuses(&scene).last().map(|status| (status.folders[0].busy, status.folders[0].tool.clone())),
        Some((false, None))
    );
}
