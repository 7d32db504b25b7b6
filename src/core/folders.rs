//! Workspace folders: the opencode of each one, and what belongs to which.
//!
//! Two folders may lead to the same server working in the same directory (one TUI at the top of a
//! repository). Then one connection serves both, so that nothing is told twice.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::changes::Telling;
use super::choices::Missing;
use super::connection::Connection;
use super::event::ServerInfo;
use super::ids::{DraftId, FolderId, SessionId};
use super::server::PromptOptions;
use crate::config::ServerSettings;

/// Where a workspace folder is, and the folder of the bridge's own files of it. Both absolute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderPaths {
    pub root: PathBuf,
    pub own: PathBuf,
}

/// What the editor and the settings say of a workspace folder.
#[derive(Debug, Clone)]
pub struct FolderSettings {
    pub paths: FolderPaths,
    pub server: ServerSettings,
}

#[derive(Debug)]
pub(super) struct Folder {
    pub(super) paths: FolderPaths,
    pub(super) settings: ServerSettings,
    pub(super) connection: Connection,
    /// The server of the last connection.
    pub(super) server: Option<ServerInfo>,
    /// The folder whose connection is used instead of an own one.
    pub(super) uses: Option<FolderId>,
    /// The session that questions go to.
    pub(super) session: Option<SessionId>,
    /// What the user chose for the session that the next question makes.
    pub(super) next: PromptOptions,
    /// What a question named and opencode did not have, where the user is still to choose another.
    pub(super) lacking: Option<Missing>,
    /// What that session was called, where it was deleted and the user has not heard of it.
    pub(super) deleted: Option<String>,
    /// The one question that is being sent, until opencode answers the request.
    pub(super) sending: Option<DraftId>,
    /// The session of the newest answer.
    pub(super) answered: Option<SessionId>,
    pub(super) telling: Telling,
    /// An own server is being started.
    pub(super) starting: bool,
    /// The user was told why its connection failed.
    pub(super) told: bool,
}

impl Folder {
    fn new(paths: FolderPaths, settings: ServerSettings) -> Self {
        Self {
            paths,
            settings,
            connection: Connection::default(),
            server: None,
            uses: None,
            session: None,
            next: PromptOptions::default(),
            lacking: None,
            deleted: None,
            sending: None,
            answered: None,
            telling: Telling::default(),
            starting: false,
            told: false,
        }
    }

    /// The folder that opencode works in: the workspace folder, or one above.
    pub(super) fn project(&self) -> &Path {
        self.server.as_ref().map_or(&self.paths.root, |server| &server.directory)
    }

    fn is_at(&self, server: &ServerInfo) -> bool {
        self.server.as_ref().is_some_and(|own| own.url == server.url && own.directory == server.directory)
    }
}

/// All workspace folders, in the order they came; one at least.
#[derive(Debug, Default)]
pub(super) struct Folders {
    all: BTreeMap<FolderId, Folder>,
    last: u64,
    /// The folders' own files that went with them: still the bridge's own.
    left: BTreeSet<PathBuf>,
    /// Where the user was last seen.
    active: Option<FolderId>,
    /// The folder that a session belongs to.
    homes: HashMap<SessionId, FolderId>,
}

impl Folders {
    pub(super) fn new(folders: Vec<FolderPaths>) -> Self {
        let mut all = Self::default();
        for paths in folders {
            all.add(paths, ServerSettings::default());
        }
        all
    }

    pub(super) fn add(&mut self, paths: FolderPaths, settings: ServerSettings) -> FolderId {
        self.last += 1;
        let id = FolderId(self.last);
        self.all.insert(id, Folder::new(paths, settings));
        id
    }

    pub(super) fn remove(&mut self, id: FolderId) -> Option<Folder> {
        let folder = self.all.remove(&id)?;
        self.left.insert(folder.paths.own.clone());
        Some(folder)
    }

    pub(super) fn get(&self, id: FolderId) -> Option<&Folder> {
        self.all.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: FolderId) -> Option<&mut Folder> {
        self.all.get_mut(&id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (FolderId, &Folder)> {
        self.all.iter().map(|(id, folder)| (*id, folder))
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Folder> {
        self.all.values_mut()
    }

    pub(super) fn at(&self, root: &Path) -> Option<FolderId> {
        self.iter().find(|(_, folder)| folder.paths.root == root).map(|(id, _)| id)
    }

    /// The folder that a file is in: the innermost one, or the one whose own file it is.
    pub(super) fn holding(&self, path: &Path) -> Option<FolderId> {
        let depth = |folder: &Folder| {
            let holding = [&folder.paths.root, &folder.paths.own].into_iter().filter(|place| path.starts_with(place));
            holding.map(|place| place.components().count()).max()
        };
        self.iter()
            .filter_map(|(id, folder)| Some((depth(folder)?, id)))
            .max_by_key(|(depth, _)| *depth)
            .map(|(_, id)| id)
    }

    /// Where the review of a file is kept: with its folder, else with the first one.
    pub(super) fn keeping(&self, path: &Path) -> Option<&Path> {
        let folder = self.holding(path).and_then(|id| self.get(id)).or_else(|| self.all.values().next())?;
        Some(&folder.paths.own)
    }

    /// Whether a file is the bridge's own.
    pub(super) fn is_own(&self, path: &Path) -> bool {
        let mut own = self.all.values().map(|folder| &folder.paths.own).chain(&self.left);
        own.any(|own| path.starts_with(own))
    }

    pub(super) fn touch(&mut self, path: &Path) {
        self.active = self.holding(path).or(self.active);
    }

    /// The folder that the user is in, for what names no place.
    pub(super) fn here(&self) -> FolderId {
        let active = self.active.filter(|id| self.all.contains_key(id));
        active.or_else(|| self.all.keys().next().copied()).unwrap_or(FolderId(0))
    }

    /// The folder whose connection serves this one.
    pub(super) fn carrier(&self, id: FolderId) -> FolderId {
        self.get(id).and_then(|folder| folder.uses).unwrap_or(id)
    }

    /// The folders that use another one's connection.
    pub(super) fn sharers(&self, id: FolderId) -> Vec<FolderId> {
        self.iter().filter(|(_, folder)| folder.uses == Some(id)).map(|(id, _)| id).collect()
    }

    /// The folders that a connection serves.
    pub(super) fn users(&self, id: FolderId) -> Vec<FolderId> {
        std::iter::once(id).chain(self.sharers(id)).collect()
    }

    pub(super) fn connection(&self, id: FolderId) -> &Connection {
        self.get(self.carrier(id)).map_or(&Connection::Idle, |folder| &folder.connection)
    }

    /// A connected folder whose connection would tell this one the same.
    pub(super) fn with_the_same(&self, id: FolderId, server: &ServerInfo) -> Option<FolderId> {
        let path_map = &self.get(id)?.settings.path_map;
        let mut others =
            self.iter().filter(|(other, folder)| *other != id && folder.uses.is_none() && folder.is_at(server));
        others
            .find(|(_, folder)| folder.connection.is_connected() && folder.settings.path_map == *path_map)
            .map(|(id, _)| id)
    }

    /// Whether the last connection of a folder was to this server, in the same directory.
    pub(super) fn was_at(&self, id: FolderId, server: &ServerInfo) -> bool {
        self.get(id).is_some_and(|folder| folder.is_at(server))
    }

    /// The folder whose question is being sent, if it is this one.
    pub(super) fn sending(&self, draft: DraftId) -> Option<FolderId> {
        self.iter().find(|(_, folder)| folder.sending == Some(draft)).map(|(id, _)| id)
    }

    /// The request that sent a question was answered: its folder.
    pub(super) fn sent(&mut self, draft: DraftId) -> Option<FolderId> {
        let id = self.sending(draft)?;
        self.nothing_is_sent(id);
        Some(id)
    }

    pub(super) fn nothing_is_sent(&mut self, id: FolderId) {
        if let Some(folder) = self.get_mut(id) {
            folder.sending = None;
        }
    }

    /// A session's folder; the one that made it counts, not who carries what is told of it.
    pub(super) fn home(&self, session: &SessionId) -> Option<FolderId> {
        self.homes.get(session).copied()
    }

    /// A session was seen on a folder's connection: only there can it be asked about now, unless it is the one
    /// that another folder's questions go to.
    pub(super) fn seen(&mut self, session: &SessionId, id: FolderId) {
        let is_kept = |home: FolderId| {
            self.carrier(home) == id || self.get(home).is_some_and(|folder| folder.session.as_ref() == Some(session))
        };
        if !self.home(session).is_some_and(is_kept) {
            self.homes.insert(session.clone(), id);
        }
    }

    /// A session was made for a folder's questions.
    pub(super) fn made(&mut self, session: &SessionId, id: FolderId) {
        self.homes.insert(session.clone(), id);
        if let Some(folder) = self.get_mut(id) {
            folder.session = Some(session.clone());
            folder.deleted = None;
        }
    }

    /// Nothing more is asked in a session.
    pub(super) fn leave_session(&mut self, session: &SessionId) {
        for folder in self.all.values_mut() {
            folder.session.take_if(|own| own == session);
        }
    }

    pub(super) fn forget_session(&mut self, session: &SessionId) {
        self.homes.remove(session);
        self.leave_session(session);
    }

    /// The sessions of one folder are another's from now on, or nobody's.
    pub(super) fn hand_over(&mut self, from: FolderId, to: Option<FolderId>) {
        match to {
            Some(to) => self.homes.values_mut().filter(|home| **home == from).for_each(|home| *home = to),
            None => self.homes.retain(|_, home| *home != from),
        }
    }

    /// The same where the folder itself has moved on: the session that its questions go to is still its own.
    pub(super) fn hand_over_others(&mut self, from: FolderId, to: FolderId) {
        let own = self.get(from).and_then(|folder| folder.session.clone());
        let others = self.homes.iter_mut().filter(|(session, home)| **home == from && Some(*session) != own.as_ref());
        others.for_each(|(_, home)| *home = to);
    }

    /// A folder's name for people, where there are several.
    pub(super) fn name(&self, id: FolderId) -> Option<String> {
        let folder = self.get(id).filter(|_| self.all.len() > 1)?;
        let root = &folder.paths.root;
        Some(root.file_name().map_or_else(|| root.display().to_string(), |name| name.to_string_lossy().into_owned()))
    }
}
