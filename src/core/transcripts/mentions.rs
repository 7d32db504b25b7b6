//! Mentions of files and lines in a text, as models write them: `src/a.py:10`, `src/a.py#L10-20`.

use std::path::{Component, Path, PathBuf};

use url::Url;

/// The lines that are meant: 1-based, inclusive.
pub type Lines = (u32, u32);

/// What a mention may lead to.
pub struct Known<'a> {
    /// The folder that relative names are relative to, and that nothing outside of is linked.
    pub project: &'a Path,
    pub is_known: &'a dyn Fn(&Path) -> bool,
}

impl Known<'_> {
    /// The address of what a word mentions: a known file of the project with a line. The line may be
    /// missing where `whole` files count.
    pub fn target(&self, word: &str, whole: bool) -> Option<String> {
        let (name, lines) = split(word)?;
        if lines.is_none() && !whole {
            return None;
        }
        let path = self.resolve(name)?;
        (self.is_known)(&path).then(|| address(&path, lines))?
    }

    fn resolve(&self, name: &str) -> Option<PathBuf> {
        let name = Path::new(name.strip_prefix("./").unwrap_or(name));
        if name.components().any(|part| matches!(part, Component::ParentDir | Component::CurDir)) {
            return None;
        }
        let path = self.project.join(name);
        path.starts_with(self.project).then_some(path)
    }
}

/// The URI of a file, with lines as `#L10` or `#L10-20`. None for a path that is not absolute.
pub fn address(path: &Path, lines: Option<Lines>) -> Option<String> {
    let mut url = Url::from_file_path(path).ok()?;
    match lines {
        None => {}
        Some((first, last)) if first == last => url.set_fragment(Some(&format!("L{first}"))),
        Some((first, last)) => url.set_fragment(Some(&format!("L{first}-{last}"))),
    }
    Some(url.into())
}

/// The file and the lines of an [`address`].
pub fn of_address(address: &str) -> Option<(PathBuf, Option<Lines>)> {
    let url = Url::parse(address).ok().filter(|url| url.scheme() == "file")?;
    let lines = url.fragment().and_then(|fragment| fragment.strip_prefix('L')).and_then(lines);
    Some((url.to_file_path().ok()?, lines))
}

/// A name and its lines: `a.py`, `a.py:3`, `a.py:3:7`, `a.py:3-9`, `a.py#L3`, `a.py#L3-L9`.
fn split(word: &str) -> Option<(&str, Option<Lines>)> {
    if let Some((name, fragment)) = word.split_once('#') {
        let lines = lines(fragment.strip_prefix('L')?)?;
        return (!name.is_empty()).then_some((name, Some(lines)));
    }
    // The colon of a drive is none of a line.
    let Some(colon) = word.char_indices().skip(2).find(|(_, c)| *c == ':').map(|(at, _)| at) else {
        return (!word.is_empty()).then_some((word, None));
    };
    let rest = &word[colon + 1..];
    let (first, column) = rest.split_once(':').unwrap_or((rest, "1"));
    column.parse::<u32>().ok()?;
    Some((&word[..colon], Some(lines(first)?)))
}

fn lines(text: &str) -> Option<Lines> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let number = |text: &str| text.parse::<u32>().ok().filter(|number| *number > 0);
    let (first, last) = (number(first)?, number(last.strip_prefix('L').unwrap_or(last))?);
    (first <= last).then_some((first, last))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn target(word: &str) -> Option<String> {
        let is_known = |path: &Path| path.ends_with("src/a b.py") || path == Path::new("/etc/passwd");
        Known { project: Path::new("/p"), is_known: &is_known }.target(word, false)
    }

    #[test]
    fn known_files_with_lines_have_addresses() {
        for (word, fragment) in [
            ("src/a b.py:10", "#L10"),
            ("./src/a b.py:10:4", "#L10"),
            ("src/a b.py:10-20", "#L10-20"),
            ("src/a b.py#L3", "#L3"),
            ("/p/src/a b.py#L3-L7", "#L3-7"),
        ] {
            let address = target(word).unwrap_or_else(|| panic!("no link: {word}"));
            assert_eq!(address, format!("file:///p/src/a%20b.py{fragment}"));
            assert!(of_address(&address).is_some_and(|(path, lines)| path.ends_with("src/a b.py") && lines.is_some()));
        }
    }

    #[test]
    fn nothing_else_has() {
        for word in [
            "src/a b.py",
            "src/a b.py:",
            "src/a b.py:0",
            "src/a b.py:9-3",
            "src/a b.py:x",
            "src/b.py:1",
            "/etc/passwd:1",
            "../etc/passwd:1",
            "src/../src/a b.py:1",
            "",
            ":1",
            "#L1",
            "http://x:80",
        ] {
            assert_eq!(target(word), None, "{word}");
        }
    }
}
