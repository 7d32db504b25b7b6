//! Permission requests: asked, shown, answered by the user only.

mod answers;
pub mod told;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::command::{CommandError, Outcome};
use super::dialogs::About;
use super::effect::{EditorEffect, Effect, Level, ReadPurpose};
use super::event::DialogAnswer;
use super::ids::{DocumentUri, FolderId, PermissionId};
use super::inert::{fence, inert, inert_lines};
use super::place::relative;
use super::server::{PermissionReply, PermissionRequest};
use super::showing::file_name;
use super::state::State;
use crate::review::{Content, unified};

/// The first button: an accidental Enter must not decide anything.
const SHOW: &str = "Show details";
const ONCE: &str = "Allow once";
const REJECT: &str = "Reject";

/// Longest text of a model in a dialog, in characters.
const MAX_SHOWN: usize = 300;

/// Where a dialog goes in the queue.
enum Place {
    Back,
    Front,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Pending {
    pub request: PermissionRequest,
    /// Where the user was when it came: for requests that are about no open file.
    pub place: Option<super::place::Place>,
    /// Whether it is still there is nothing the user asked.
    quiet: bool,
    /// The user has answered and opencode has not confirmed yet.
    answering: bool,
    /// The answer waits for the connection.
    held: Option<answers::Answer>,
}

/// What is pending, oldest first.
#[derive(Debug, Default)]
pub struct Permissions {
    pending: Vec<Pending>,
    /// Those that are settled: a list that was on its way must not bring them back.
    settled: HashSet<PermissionId>,
    /// The request whose details are being shown in the middle of its dialog.
    asks_again: Option<(PathBuf, PermissionId)>,
    /// The request whose details are shown as soon as its file is read, to be compared with unsaved text.
    details_due: Option<PermissionId>,
    /// What the plugin knows to wait for the user.
    told: Vec<told::OpenPermission>,
}

impl Permissions {
    pub fn get(&self, id: &PermissionId) -> Option<&PermissionRequest> {
        self.pending.iter().find(|pending| pending.request.id == *id).map(|pending| &pending.request)
    }

    /// Where the user was when a request came.
    pub fn place(&self, id: &PermissionId) -> Option<super::place::Place> {
        self.pending.iter().find(|pending| pending.request.id == *id).and_then(|pending| pending.place.clone())
    }

    fn is_open(&self, id: &PermissionId) -> bool {
        self.open().any(|request| request.id == *id)
    }

    /// Requests that still wait for the user.
    pub fn open(&self) -> impl Iterator<Item = &PermissionRequest> {
        self.pending.iter().filter(|pending| !pending.answering).map(|pending| &pending.request)
    }

    fn remove(&mut self, id: &PermissionId) -> bool {
        self.settled.insert(id.clone());
        let before = self.pending.len();
        self.pending.retain(|pending| pending.request.id != *id);
        self.pending.len() != before
    }

    fn set_answering(&mut self, id: &PermissionId, answering: bool) {
        for pending in &mut self.pending {
            if pending.request.id == *id {
                pending.answering = answering;
            }
        }
    }
}

impl PermissionRequest {
    /// `edit src/a.py`, `run echo hi`: raw, to be made inert where it is shown.
    pub fn summary(&self, root: &Path) -> String {
        if let Some(command) = &self.command {
            return format!("run {command}");
        }
        let what = match &self.file {
            Some(file) => relative(file, root).unwrap_or_else(|| file.display().to_string()),
            None => self.patterns.join(", "),
        };
        match self.permission.as_str() {
            "bash" => format!("run {what}"),
            other => format!("{other} {what}"),
        }
    }
}

/// `Always allow edit: *`: what *always* means must be readable where it is chosen.
pub fn label_always(request: &PermissionRequest) -> String {
    let patterns = if request.always.is_empty() { &request.patterns } else { &request.always };
    let what = format!("{}: {}", request.permission, patterns.join(", "));
    format!("Always allow {}", inert(&what, 60))
}

impl State {
    /// What is asked for, raw: a file by its name within the folder that it is in.
    pub(super) fn summary_of(&self, request: &PermissionRequest) -> String {
        let file = request.file.as_deref().and_then(|file| self.folders.holding(file));
        let folder = self.folders.get(file.unwrap_or_else(|| self.home_of(&request.session)));
        request.summary(folder.map_or(Path::new(""), |folder| &folder.paths.root))
    }

    /// The requests of a connection that wait for the user.
    pub(super) fn open_permissions(&self, connection: FolderId) -> Vec<PermissionId> {
        let open = self.permissions.open().filter(|request| self.is_on(connection, &request.session));
        open.map(|request| request.id.clone()).collect()
    }

    /// A request of opencode, new or seen again after a reconnection.
    pub(super) fn permission_asked(&mut self, request: PermissionRequest) {
        if self.permissions.get(&request.id).is_some() || self.permissions.settled.contains(&request.id) {
            return;
        }
        if let Some(file) = &request.file {
            self.effect(Effect::Read { path: file.clone(), why: ReadPurpose::Before });
        }
        let id = request.id.clone();
        self.permissions.pending.push(Pending {
            request,
            place: self.active.clone(),
            quiet: false,
            answering: false,
            held: None,
        });
        self.show_permission_dialog(&id, Place::Back);
        self.say_if_unsaved(&id);
    }

    fn show_permission_dialog(&mut self, id: &PermissionId, place: Place) {
        let Some(request) = self.permissions.get(id).filter(|_| !self.plugin.asks_permissions()) else {
            return;
        };
        let text = self.permission_title(request);
        if self.dialogs.unsupported {
            let hint = "Answer with the code actions on its warning, or see opencode.permissions.";
            self.editor(EditorEffect::Message { level: Level::Warning, text: format!("{text}. {hint}") });
            return;
        }
        let buttons = vec![SHOW.to_owned(), ONCE.to_owned(), label_always(request), REJECT.to_owned()];
        let about = About::Permission(id.clone());
        match place {
            Place::Back => self.ask_user(about, Level::Warning, text, buttons),
            Place::Front => self.ask_user_again(about, Level::Warning, text, buttons),
        }
    }

    /// Before an approval: the file has text in the editor that opencode does not see.
    fn say_if_unsaved(&mut self, id: &PermissionId) {
        if self.plugin.asks_permissions() {
            return;
        }
        let request = self.permissions.get(id).filter(|request| self.unsaved_text_of(request).is_some());
        if let Some(file) = request.and_then(|request| request.file.as_deref()) {
            let name = self.display_path(file);
            let text = format!(
                "opencode wants to change {name}, which has unsaved changes here; save or wait before you allow it"
            );
            self.editor(EditorEffect::Message { level: Level::Warning, text });
        }
    }

    /// The unsaved text of the file that a request wants to write.
    pub(super) fn unsaved_text_of(&self, request: &PermissionRequest) -> Option<String> {
        let file = request.file.as_deref().filter(|_| request.permission == "edit")?;
        let document = self.documents.by_path(file).filter(|document| self.dirty.contains(&document.uri))?;
        Some(document.text.text())
    }

    /// What the user has typed and opencode does not see, beside what it wants to change.
    fn unsaved_diff(&self, request: &PermissionRequest) -> Option<String> {
        let mine = Content::Text(self.unsaved_text_of(request)?.into());
        let file = request.file.as_deref()?;
        let on_disk = self.changes.before.get(file)?.clone().without_bom();
        Some(unified(&self.name_of_file(file), &on_disk, &mine))
    }

    pub(super) fn permission_dialog_answered(&mut self, id: &PermissionId, answer: DialogAnswer) {
        let chosen = match answer {
            DialogAnswer::Chosen(chosen) => chosen,
            DialogAnswer::Dismissed => return,
            DialogAnswer::Unsupported => {
                self.dialogs.unsupported = true;
                self.show_permission_dialog(id, Place::Front);
                return;
            }
        };
        let Some(request) = self.permissions.get(id).filter(|_| self.permissions.is_open(id)) else {
            self.say_answered_elsewhere();
            return;
        };
        if chosen == SHOW {
            // Asked again when the details are on the screen, so that the dialog does not come before them.
            self.permissions.asks_again = Some((self.details_path(id), id.clone()));
            self.show_permission_details(id);
            return;
        }
        let reply = match chosen.as_str() {
            ONCE => PermissionReply::Once,
            REJECT => PermissionReply::Reject,
            other if other == label_always(request) => PermissionReply::Always,
            // A button that was never offered is no answer.
            _ => return,
        };
        self.send_reply(id.clone(), reply, None);
    }

    /// Answered here or elsewhere: everything of it goes.
    pub(super) fn permission_replied(&mut self, id: &PermissionId) {
        self.permissions.remove(id);
        self.drop_dialogs(&About::Permission(id.clone()));
    }

    /// Every request of a connection that is not settled.
    pub(super) fn known_permissions(&self, connection: FolderId) -> Vec<PermissionId> {
        let pending = self.permissions.pending.iter().map(|pending| &pending.request);
        pending.filter(|request| self.is_on(connection, &request.session)).map(|request| request.id.clone()).collect()
    }

    /// A server's list. Of requests that came after it was asked for, it says nothing.
    pub(super) fn permissions_fetched(
        &mut self,
        folder: FolderId,
        known: &[PermissionId],
        now: Vec<PermissionRequest>,
    ) {
        for id in known {
            if !now.iter().any(|request| request.id == *id) {
                self.permission_replied(id);
            }
        }
        for request in now {
            self.folders.seen(&request.session, folder);
            self.permission_asked(request);
        }
    }

    /// Another server: what this one asked for means nothing there. It may be heard of again here.
    pub(super) fn forget_permissions(&mut self, connection: FolderId) {
        for id in self.known_permissions(connection) {
            self.permission_replied(&id);
            self.permissions.settled.remove(&id);
        }
    }

    pub(super) fn recall_permissions(&mut self) -> Outcome {
        let ids: Vec<PermissionId> = self.permissions.open().map(|request| request.id.clone()).collect();
        if ids.is_empty() {
            self.editor(EditorEffect::Message {
                level: Level::Info,
                text: "opencode waits for no permission".to_owned(),
            });
            return Outcome::Done;
        }
        if self.dialogs.unsupported || self.plugin.asks_permissions() {
            let text =
                ids.iter().filter_map(|id| self.permissions.get(id)).map(|r| self.details(r)).collect::<String>();
            return self.show_own("permissions/pending.md", text);
        }
        for id in ids {
            self.drop_dialogs(&About::Permission(id.clone()));
            self.show_permission_dialog(&id, Place::Back);
        }
        Outcome::Done
    }

    pub(super) fn show_permission(&mut self, id: &PermissionId) -> Result<Outcome, CommandError> {
        if self.permissions.get(id).is_none() {
            return Err(CommandError::NoSuchPermission(id.clone()));
        }
        Ok(self.show_permission_details(id))
    }

    /// The details are shown, or cannot be: back to the question.
    pub(super) fn details_shown(&mut self, path: &Path) {
        if let Some((_, id)) = self.permissions.asks_again.take_if(|(shown, _)| shown == path) {
            self.show_permission_dialog(&id, Place::Front);
        }
    }

    fn details_path(&self, id: &PermissionId) -> PathBuf {
        let session = self.permissions.get(id).map(|request| &request.session);
        let folder = session.map_or_else(|| self.folders.here(), |session| self.home_of(session));
        self.own_file(folder, &format!("permissions/{}.md", file_name(id.as_str())))
    }

    fn show_permission_details(&mut self, id: &PermissionId) -> Outcome {
        let Some(request) = self.permissions.get(id) else {
            return Outcome::Done;
        };
        let path = self.details_path(id);
        let is_read = |file: &PathBuf| self.changes.before.contains_key(file);
        if self.unsaved_text_of(request).is_some() && !request.file.as_ref().is_some_and(is_read) {
            self.permissions.details_due = Some(id.clone());
            return DocumentUri::from_path(&path).map_or(Outcome::Done, Outcome::Document);
        }
        let text = self.details(request);
        self.show_path(path, Some(text), true)
    }

    /// A file was read that a request is about: its details may have waited for that.
    pub(super) fn show_details_due(&mut self, file: &Path) {
        let is_about = |id: &mut PermissionId| {
            let request = self.permissions.pending.iter().find(|pending| pending.request.id == *id);
            request.is_none_or(|pending| pending.request.file.as_deref() == Some(file))
        };
        let mut due = self.permissions.details_due.clone();
        let Some(id) = due.take_if(is_about) else {
            return;
        };
        self.permissions.details_due = None;
        if let Some(request) = self.permissions.get(&id) {
            let text = self.details(request);
            let path = self.details_path(&id);
            self.show_path(path, Some(text), true);
        }
    }

    /// Everything about a request, whole and inert.
    fn details(&self, request: &PermissionRequest) -> String {
        let mut text = format!("# opencode wants to {}\n\n", inert(&self.summary_of(request), 100));
        text.push_str(&format!("- permission: `{}`\n", inert(&request.permission, 100)));
        text.push_str(&format!("- {}\n", self.session_title(&request.session)));
        text.push_str(&format!("- request: `{}`\n", inert(request.id.as_str(), 100)));
        if let Some(file) = &request.file {
            text.push_str(&format!("- file: `{}`\n", inert(&file.display().to_string(), 4096)));
        }
        let always = if request.always.is_empty() { &request.patterns } else { &request.always };
        for (title, lines) in [("Asked for", &request.patterns), ("*Always* would allow", always)] {
            text.push_str(&format!("\n{title}:\n\n"));
            text.push_str(&block("", &inert_lines(&lines.join("\n"))));
        }
        if let Some(command) = &request.command {
            text.push_str("\nThe command:\n\n");
            text.push_str(&block("sh", &inert_lines(command)));
        }
        if let Some(diff) = &request.diff {
            text.push_str("\nThe change:\n\n");
            text.push_str(&block("diff", &inert_lines(diff)));
        }
        if let Some(diff) = self.unsaved_diff(request) {
            text.push_str("\nopencode changes the file on disk. Your text in the editor is not saved; from the file to your text:\n\n");
            text.push_str(&block("diff", &inert_lines(&diff)));
        }
        text.push('\n');
        text
    }

    fn say_answered_elsewhere(&mut self) {
        let text = "That permission request was already answered elsewhere; nothing was done.".to_owned();
        self.editor(EditorEffect::Message { level: Level::Info, text });
    }
}

fn block(language: &str, text: &str) -> String {
    let fence = fence(text);
    format!("{fence}{language}\n{}\n{fence}\n", text.trim_end_matches('\n'))
}
