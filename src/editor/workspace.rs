//! The workspace as the editor tells it: its folders, and the settings of all and of each.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tower_lsp_server::ls_types::{ConfigurationItem, InitializeParams, Uri, WorkspaceFoldersChangeEvent};

use super::from_proto;
use crate::config::{Overrides, Settings};
use crate::core::event::EditorEvent;
use crate::core::folders::{FolderPaths, FolderSettings};
use crate::files;

const SECTION: &str = "opencode";

/// What was told last: a client that fails to answer has not changed it. Not to be printed: settings are
/// as the user wrote them.
pub struct Workspace {
    overrides: Overrides,
    /// `initializationOptions`, which later settings are laid over.
    options: Value,
    told: Mutex<Told>,
}

#[derive(Default)]
struct Told {
    folders: Vec<Folder>,
    /// The section without a scope.
    section: Option<Value>,
}

struct Folder {
    /// None where the process runs, for clients that name no folder.
    uri: Option<Uri>,
    path: PathBuf,
    /// The section in the scope of this folder.
    section: Option<Value>,
}

/// What the client was asked for its settings: the whole section first, then that of each of these.
#[derive(Debug)]
pub struct Asked(Vec<Uri>);

impl Workspace {
    pub fn new(params: &InitializeParams, overrides: Overrides) -> Self {
        Self {
            overrides,
            options: params.initialization_options.clone().unwrap_or_default(),
            told: Mutex::new(Told { folders: first_folders(params), section: None }),
        }
    }

    /// `workspace/didChangeWorkspaceFolders`.
    pub fn change(&self, event: WorkspaceFoldersChangeEvent) {
        let mut told = self.told();
        // By path: one folder may be written in several ways.
        let removed: Vec<Folder> = event.removed.into_iter().filter_map(|removed| folder(removed.uri)).collect();
        told.folders.retain(|folder| removed.iter().all(|removed| removed.path != folder.path));
        if !event.added.is_empty() {
            // Where the process runs was only the best guess.
            told.folders.retain(|folder| folder.uri.is_some());
        }
        for added in event.added {
            if let Some(folder) = folder(added.uri).filter(|new| told.folders.iter().all(|old| old.path != new.path)) {
                told.folders.push(folder);
            }
        }
    }

    pub fn paths(&self) -> Vec<FolderPaths> {
        self.told().folders.iter().map(paths).collect()
    }

    /// What to ask the client for, where it can be asked. Scopes only matter where there are several folders.
    pub fn ask(&self) -> (Vec<ConfigurationItem>, Asked) {
        let told = self.told();
        let scopes: Vec<Uri> = match told.folders.len() {
            0 | 1 => Vec::new(),
            _ => told.folders.iter().filter_map(|folder| folder.uri.clone()).collect(),
        };
        let item = |scope_uri| ConfigurationItem { scope_uri, section: Some(SECTION.to_owned()) };
        let items = std::iter::once(None).chain(scopes.iter().cloned().map(Some)).map(item).collect();
        (items, Asked(scopes))
    }

    /// What the client answered.
    pub fn answered(&self, asked: Asked, sections: Vec<Value>) {
        let mut sections = sections.into_iter();
        let mut told = self.told();
        told.section = sections.next().or(told.section.take());
        if asked.0.is_empty() {
            // What was told while there were several must not hide what is told of the only one.
            told.folders.iter_mut().for_each(|folder| folder.section = None);
        }
        for (scope, section) in asked.0.iter().zip(sections) {
            if let Some(folder) = told.folders.iter_mut().find(|folder| folder.uri.as_ref() == Some(scope)) {
                folder.section = Some(section);
            }
        }
    }

    /// What a client sent along that cannot be asked.
    pub fn sent(&self, section: Value) {
        self.told().section = Some(section);
    }

    /// The layers of settings, laid over each other.
    pub fn configured(&self) -> EditorEvent {
        let told = self.told();
        let (settings, mut warnings) = self.merged([told.section.as_ref(), None]);
        let mut folders = Vec::new();
        for folder in &told.folders {
            let (of_folder, more) = self.merged([told.section.as_ref(), folder.section.as_ref()]);
            warnings.extend(more);
            folders.push(FolderSettings { paths: paths(folder), server: of_folder.server });
        }
        let mut said = std::collections::HashSet::new();
        warnings.retain(|warning| said.insert(warning.clone()));
        EditorEvent::Configured { settings: Box::new(settings), warnings, folders }
    }

    fn merged(&self, sections: [Option<&Value>; 2]) -> (Settings, Vec<String>) {
        let mut settings = self.overrides.base();
        let mut warnings = Vec::new();
        for layer in std::iter::once(&self.options).chain(sections.into_iter().flatten()) {
            warnings.extend(settings.merge(layer).iter().map(ToString::to_string));
        }
        self.overrides.apply(&mut settings);
        (settings, warnings)
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn paths(folder: &Folder) -> FolderPaths {
    FolderPaths { root: folder.path.clone(), own: files::own_folder(&folder.path) }
}

/// None for what is not a file's URI.
fn folder(uri: Uri) -> Option<Folder> {
    let path = from_proto::uri(&uri).to_path().filter(|path| path.is_absolute())?;
    Some(Folder { uri: Some(uri), path: plain(&path), section: None })
}

/// Without a slash at its end: the place of the folder's own files comes from how it is written.
fn plain(path: &Path) -> PathBuf {
    path.components().collect()
}

/// The workspace folders, else the root, else where the process runs: one folder at least.
fn first_folders(params: &InitializeParams) -> Vec<Folder> {
    let mut folders: Vec<Folder> = Vec::new();
    for uri in params.workspace_folders.iter().flatten().map(|folder| folder.uri.clone()) {
        if let Some(folder) = folder(uri).filter(|new| folders.iter().all(|old| old.path != new.path)) {
            folders.push(folder);
        }
    }
    if !folders.is_empty() {
        return folders;
    }
    #[expect(deprecated, reason = "older clients name their root only there")]
    let root = params.root_uri.clone().and_then(folder);
    if let Some(root) = root {
        return vec![root];
    }
    #[expect(deprecated, reason = "the oldest clients name their root only there")]
    let path = params.root_path.as_ref().map(PathBuf::from).filter(|path| path.is_absolute());
    let path = path.or_else(|| std::env::current_dir().ok()).unwrap_or_default();
    vec![Folder { uri: None, path: plain(&path), section: None }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn workspace(params: Value) -> Workspace {
        Workspace::new(&serde_json::from_value(params).expect("parameters"), Overrides::default())
    }

    fn roots(workspace: &Workspace) -> Vec<String> {
        workspace.paths().iter().map(|paths| paths.root.display().to_string()).collect()
    }

    fn change(workspace: &Workspace, added: &[&str], removed: &[&str]) {
        let folders = |uris: &[&str]| uris.iter().map(|uri| json!({"uri": uri, "name": "x"})).collect::<Vec<_>>();
        let event = json!({"added": folders(added), "removed": folders(removed)});
        workspace.change(serde_json::from_value(event).expect("an event"));
    }

    #[cfg(unix)]
    #[test]
    fn folders_come_and_go() {
        let folders = json!([{"uri": "file:///a", "name": "a"}, {"uri": "untitled:b", "name": "b"}, {"uri": "file:///a", "name": "a"}]);
        let workspace = workspace(json!({"capabilities": {}, "workspaceFolders": folders, "rootUri": "file:///r"}));
        assert_eq!(roots(&workspace), ["/a"]);
        change(&workspace, &["file:///b%20c", "file:///a"], &[]);
        assert_eq!(roots(&workspace), ["/a", "/b c"]);
        change(&workspace, &["file:///d"], &["file:///a"]);
        assert_eq!(roots(&workspace), ["/b c", "/d"]);
    }

    #[cfg(unix)]
    #[test]
    fn the_root_stands_in_for_folders() {
        let workspace = |params| self::workspace(params);
        assert_eq!(roots(&workspace(json!({"capabilities": {}, "rootUri": "file:///r"}))), ["/r"]);
        assert_eq!(roots(&workspace(json!({"capabilities": {}, "rootUri": null, "rootPath": "/p"}))), ["/p"]);
        let nowhere = workspace(json!({"capabilities": {}, "workspaceFolders": null}));
        assert_eq!(nowhere.paths().len(), 1);
        change(&nowhere, &["file:///a"], &[]);
        assert_eq!(roots(&nowhere), ["/a"]);
    }

    #[cfg(unix)]
    #[test]
    fn each_folder_may_have_its_own_server() {
        let folders = json!([{"uri": "file:///a", "name": "a"}, {"uri": "file:///b", "name": "b"}]);
        let workspace = workspace(json!({"capabilities": {}, "workspaceFolders": folders}));
        let (items, asked) = workspace.ask();
        assert_eq!(items.len(), 3);
        let url = |port: u16| json!({"server": {"url": format!("http://127.0.0.1:{port}")}});
        workspace.answered(asked, vec![url(1), url(2), json!(null)]);
        let EditorEvent::Configured { folders, warnings, .. } = workspace.configured() else {
            panic!("not a configuration");
        };
        let urls: Vec<_> = folders.iter().filter_map(|folder| folder.server.url.as_deref()).collect();
        assert_eq!(urls, ["http://127.0.0.1:2", "http://127.0.0.1:1"]);
        assert_eq!(warnings, Vec::<String>::new());
    }

    #[cfg(unix)]
    #[test]
    fn the_scope_of_a_folder_ends_where_it_is_alone() {
        let folders = json!([{"uri": "file:///a", "name": "a"}, {"uri": "file:///b", "name": "b"}]);
        let workspace = workspace(json!({"capabilities": {}, "workspaceFolders": folders}));
        let url = |port: u16| json!({"server": {"url": format!("http://127.0.0.1:{port}")}});
        let (_, asked) = workspace.ask();
        workspace.answered(asked, vec![url(1), url(2), url(3)]);
        change(&workspace, &[], &["file:///b"]);
        let (items, asked) = workspace.ask();
        assert_eq!(items.len(), 1);
        workspace.answered(asked, vec![url(4)]);
        let EditorEvent::Configured { folders, .. } = workspace.configured() else {
            panic!("not a configuration");
        };
        assert_eq!(folders[0].server.url.as_deref(), Some("http://127.0.0.1:4"));
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_is_removed_however_it_is_written() {
        let folders = json!([{"uri": "file:///a/", "name": "a"}, {"uri": "file:///b", "name": "b"}]);
        let workspace = workspace(json!({"capabilities": {}, "workspaceFolders": folders}));
        assert_eq!(workspace.paths()[0].own, files::own_folder(Path::new("/a")));
        change(&workspace, &[], &["file:///a", "file:///%62"]);
        assert_eq!(roots(&workspace), [""; 0]);
    }
}
