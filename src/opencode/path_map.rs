//! `server.pathMap`: the same folders by two names, the editor's and the server's.
//!
//! Pure functions over text: either side may be a Windows or a POSIX system, whichever this one is.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;
use url::Url;

/// Which local folders a server knows by other names. Empty where both sides say the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PathMap(Arc<[Pair]>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Pair {
    local: Absolute,
    server: Absolute,
}

impl PathMap {
    /// What the JSON of a setting has to be.
    pub const EXPECTED: &str = "an object of absolute folders, such as {\"/home/me/project\": \"/workspace\"}, \
        or a list of such pairs";

    /// From `{"/local": "/server"}` or `[["/local", "/server"]]`. None unless every name is an absolute path.
    pub fn from_json(value: &Value) -> Option<Self> {
        let pairs: Option<Vec<Pair>> = match value {
            Value::Object(pairs) => pairs.iter().map(|(local, server)| Pair::new(local, server.as_str()?)).collect(),
            Value::Array(pairs) => pairs
                .iter()
                .map(|pair| match pair.as_array()?.as_slice() {
                    [local, server] => Pair::new(local.as_str()?, server.as_str()?),
                    _ => None,
                })
                .collect(),
            _ => None,
        };
        pairs.map(|pairs| Self(pairs.into()))
    }

    /// The same with one more pair, where both names are absolute.
    pub fn and(&self, local: &str, server: &str) -> Self {
        Self(self.0.iter().cloned().chain(Pair::new(local, server)).collect())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The server's name of a local path; none where no folder of the map holds it.
    pub fn to_server(&self, local: &str) -> Option<String> {
        self.translate(local, |pair| (&pair.local, &pair.server))
    }

    /// The local name of a server's path; none where no folder of the map holds it.
    pub fn to_local(&self, server: &str) -> Option<String> {
        self.translate(server, |pair| (&pair.server, &pair.local))
    }

    /// The longest prefix wins; of two that are the same, the first.
    fn translate(&self, path: &str, sides: impl Fn(&Pair) -> (&Absolute, &Absolute)) -> Option<String> {
        let path = Absolute::parse(path)?;
        let (to, rest) = self
            .0
            .iter()
            .filter_map(|pair| {
                let (from, to) = sides(pair);
                Some((to, path.below(from)?))
            })
            .min_by_key(|(_, rest)| rest.len())?;
        to.joined(rest)
    }

    /// One line a pair, for people.
    pub fn lines(&self) -> Vec<String> {
        self.0.iter().map(|pair| format!("{} is {} on the server", pair.local.text(), pair.server.text())).collect()
    }
}

impl Pair {
    fn new(local: &str, server: &str) -> Option<Self> {
        Some(Self { local: Absolute::parse(local)?, server: Absolute::parse(server)? })
    }
}

/// A file's name as a server says it: absolute, or below this folder of the server's.
pub fn join<'a>(folder: &str, name: &'a str) -> Cow<'a, str> {
    match Absolute::parse(name) {
        Some(_) => Cow::Borrowed(name),
        // Windows takes this slash, too.
        None => Cow::Owned(format!("{folder}/{name}")),
    }
}

/// The `file:` URL of an absolute path of either kind of system.
pub fn file_url(path: &str) -> Option<Url> {
    let path = Absolute::parse(path)?;
    let mut url = Url::parse("file:///").ok()?;
    if let Root::Share(host) = &path.root {
        url.set_host(Some(host)).ok()?;
    }
    let drive = match path.root {
        Root::Drive(letter) => Some(format!("{letter}:")),
        Root::Posix | Root::Share(_) => None,
    };
    url.path_segments_mut().ok()?.clear().extend(drive.iter().chain(&path.parts));
    Some(url)
}

/// An absolute path, without `.`, `..` and empty parts.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Absolute {
    root: Root,
    parts: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Root {
    Posix,
    /// `C:\`
    Drive(char),
    /// `\\host\`, such as `\\wsl.localhost\`.
    Share(String),
}

impl Root {
    /// Windows does not tell upper from lower case here.
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Posix, Self::Posix) => true,
            (Self::Drive(one), Self::Drive(other)) => one.eq_ignore_ascii_case(other),
            (Self::Share(one), Self::Share(other)) => one.eq_ignore_ascii_case(other),
            _ => false,
        }
    }
}

impl Absolute {
    fn parse(text: &str) -> Option<Self> {
        // Windows' own way to write long paths.
        let plain = match (text.strip_prefix(r"\\?\UNC\"), text.strip_prefix(r"\\?\")) {
            (Some(share), _) => Cow::Owned(format!(r"\\{share}")),
            (None, Some(drive)) => Cow::Borrowed(drive),
            (None, None) => Cow::Borrowed(text),
        };
        const WINDOWS: &[char] = &['\\', '/'];
        if let Some(rest) = plain.strip_prefix(r"\\") {
            let (host, rest) = rest.split_once(WINDOWS).unwrap_or((rest, ""));
            return (!host.is_empty()).then(|| Self::new(Root::Share(host.to_owned()), rest.split(WINDOWS)));
        }
        if let Some(rest) = plain.strip_prefix('/') {
            return Some(Self::new(Root::Posix, rest.split('/')));
        }
        let (drive, rest) = plain.split_at_checked(2)?;
        let letter = drive.strip_suffix(':')?.chars().next().filter(char::is_ascii_alphabetic)?;
        let absolute = rest.is_empty() || rest.starts_with(WINDOWS);
        absolute.then(|| Self::new(Root::Drive(letter), rest.split(WINDOWS)))
    }

    fn new<'a>(root: Root, names: impl Iterator<Item = &'a str>) -> Self {
        let mut parts = Vec::new();
        for name in names {
            match name {
                "" | "." => {}
                // Else a name could lead out of the folder that it seems to be in.
                ".." => drop(parts.pop()),
                name => parts.push(name.to_owned()),
            }
        }
        Self { root, parts }
    }

    /// What of this path is below a folder; none where it is elsewhere.
    fn below(&self, folder: &Self) -> Option<&[String]> {
        self.parts.strip_prefix(folder.parts.as_slice()).filter(|_| self.root.is_same(&folder.root))
    }

    /// The path of names below this folder; none where this system has no such names.
    fn joined(&self, names: &[String]) -> Option<String> {
        let windows = !matches!(self.root, Root::Posix);
        if windows && names.iter().any(|name| name.contains(['\\', '/', ':'])) {
            return None;
        }
        let parts: Vec<&str> = self.parts.iter().chain(names).map(String::as_str).collect();
        Some(match &self.root {
            Root::Posix => format!("/{}", parts.join("/")),
            Root::Drive(letter) => format!("{letter}:\\{}", parts.join("\\")),
            Root::Share(host) => format!("\\\\{host}\\{}", parts.join("\\")),
        })
    }

    fn text(&self) -> String {
        self.joined(&[]).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn map(value: Value) -> PathMap {
        PathMap::from_json(&value).expect("a map")
    }

    #[test]
    fn whole_parts_count_and_the_longest_prefix_wins() {
        let map = map(json!({"/home/me/project": "/workspace", "/home/me/project/lib/": "/lib", "/data": "/"}));
        assert_eq!(map.to_server("/home/me/project").as_deref(), Some("/workspace"));
        assert_eq!(map.to_server("/home/me/project/src/a.py").as_deref(), Some("/workspace/src/a.py"));
        assert_eq!(map.to_server("/home/me/project/lib/a.py").as_deref(), Some("/lib/a.py"));
        assert_eq!(map.to_server("/home/me/project2/a.py"), None);
        assert_eq!(map.to_server("src/a.py"), None);
        assert_eq!(map.to_local("/workspace/src/a.py").as_deref(), Some("/home/me/project/src/a.py"));
        assert_eq!(map.to_local("/lib/a.py").as_deref(), Some("/home/me/project/lib/a.py"));
        assert_eq!(map.to_local("/workspaces/a.py").as_deref(), Some("/data/workspaces/a.py"));
        assert_eq!(map.to_local("/").as_deref(), Some("/data"));
    }

    #[test]
    fn of_two_pairs_with_the_same_folder_the_first_counts() {
        let map = map(json!([["/home/me/p", "/workspace"], ["/home/me/p", "/mnt/real"]]));
        assert_eq!(map.to_server("/home/me/p/a").as_deref(), Some("/workspace/a"));
        assert_eq!(map.to_local("/mnt/real/a").as_deref(), Some("/home/me/p/a"));
    }

    #[test]
    fn a_name_does_not_lead_out_of_its_folder() {
        let map = map(json!({"/home/me/project": "/workspace", r"C:\work": "/work"}));
        assert_eq!(map.to_local("/workspace/../etc/passwd"), None);
        assert_eq!(map.to_local("/etc/../workspace/./a").as_deref(), Some("/home/me/project/a"));
        assert_eq!(map.to_local(r"/work/..\..\Windows"), None);
        assert_eq!(map.to_local("/work/a:stream"), None);
    }

    #[test]
    fn windows_here_and_posix_there() {
        let map = map(json!({r"C:\work\my project": "/workspace", r"\\wsl.localhost\Ubuntu": "/"}));
        for local in [r"c:\work\my project\src\a.py", "C:/work/my project/src/a.py", r"\\?\C:\work\my project\src\a.py"]
        {
            assert_eq!(map.to_server(local).as_deref(), Some("/workspace/src/a.py"), "{local}");
        }
        assert_eq!(map.to_server(r"D:\work\my project"), None);
        assert_eq!(map.to_server(r"C:work\my project"), None);
        assert_eq!(map.to_local("/workspace/src/a.py").as_deref(), Some(r"C:\work\my project\src\a.py"));
        assert_eq!(map.to_server(r"\\WSL.localhost\Ubuntu\home\me").as_deref(), Some("/home/me"));
        assert_eq!(map.to_server(r"\\?\UNC\wsl.localhost\Ubuntu\home\me").as_deref(), Some("/home/me"));
        assert_eq!(map.to_local("/home/me").as_deref(), Some(r"\\wsl.localhost\Ubuntu\home\me"));
    }

    #[test]
    fn posix_here_and_windows_there() {
        let map = map(json!({"/mnt/c": r"C:\"}));
        assert_eq!(map.to_server("/mnt/c/work/a.py").as_deref(), Some(r"C:\work\a.py"));
        assert_eq!(map.to_server("/mnt/c").as_deref(), Some(r"C:\"));
        assert_eq!(map.to_local(r"c:/work\a.py").as_deref(), Some("/mnt/c/work/a.py"));
        assert_eq!(map.to_local(r"c:").as_deref(), Some("/mnt/c"));
    }

    #[test]
    fn only_absolute_names_make_a_map() {
        for wrong in [
            json!("/a"),
            json!({"a": "/b"}),
            json!({"/a": "b"}),
            json!({"/a": 1}),
            json!([["/a"]]),
            json!([["/a", "/b", "/c"]]),
            json!({r"\\": "/"}),
            json!({"~/project": "/workspace"}),
        ] {
            assert_eq!(PathMap::from_json(&wrong), None, "{wrong}");
        }
        assert!(map(json!({})).is_empty());
        assert!(map(json!([])).is_empty());
    }

    #[test]
    fn names_below_a_servers_folder() {
        assert_eq!(join("/workspace", "src/a.py"), "/workspace/src/a.py");
        assert_eq!(join("/workspace", "/etc/hosts"), "/etc/hosts");
        assert_eq!(join(r"C:\work", "src/a.py"), r"C:\work/src/a.py");
        assert_eq!(join(r"C:\work", r"D:\a.py"), r"D:\a.py");
    }

    #[test]
    fn urls() {
        let url = |path| file_url(path).map(String::from);
        assert_eq!(url("/workspace/ü #1?.py").as_deref(), Some("file:///workspace/%C3%BC%20%231%3F.py"));
        assert_eq!(url(r"C:\work\a b.py").as_deref(), Some("file:///C:/work/a%20b.py"));
        assert_eq!(url(r"\\wsl.localhost\Ubuntu\a.py").as_deref(), Some("file://wsl.localhost/Ubuntu/a.py"));
        assert_eq!(url("/100%25/a.py").as_deref(), Some("file:///100%2525/a.py"));
        assert_eq!(url("a.py"), None);
    }

    /// A folder's name in every way that systems write it.
    fn folder() -> impl Strategy<Value = String> {
        let names = || prop::collection::vec("[a-zA-Z0-9ü ._-]{0,3}[a-z]", 0..4);
        prop_oneof![
            names().prop_map(|names| format!("/{}", names.join("/"))),
            ("[A-Z]", names()).prop_map(|(drive, names)| format!("{drive}:\\{}", names.join("\\"))),
            ("[a-z]{1,3}", names()).prop_map(|(host, names)| format!("\\\\{host}\\{}", names.join("\\"))),
        ]
    }

    proptest! {
        #[test]
        fn there_and_back_again(
            local in folder(),
            server in folder(),
            names in prop::collection::vec("[a-zA-Z0-9ü .*-]{0,5}[a-z]", 0..5),
        ) {
            let map = map(json!([[local, server]]));
            let here = Absolute::parse(&local).and_then(|folder| folder.joined(&names)).expect("a path");
            let there = map.to_server(&here).expect("mapped");
            prop_assert!(Absolute::parse(&there).is_some());
            prop_assert_eq!(map.to_local(&there), Some(here));
        }

        #[test]
        fn whatever_comes_is_mapped_below_the_folder_or_not_at_all(server in folder(), path in ".{0,40}") {
            let map = map(json!([["/here", server]]));
            if let Some(local) = map.to_local(&path) {
                prop_assert!(local == "/here" || local.starts_with("/here/"), "{}", local);
                prop_assert!(!local.split('/').any(|name| name == ".."));
            }
        }
    }
}
