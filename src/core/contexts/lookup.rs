//! What a context stands for, from what the bridge knows now.

use std::path::{Path, PathBuf};

use super::{ContextName, symbol};
use crate::core::documents::OpenDocument;
use crate::core::place::{Place, lines_of, relative};
use crate::core::prompt::Excerpt;
use crate::core::state::State;
use crate::text::{Point, Span};

/// How many lines above and below the selection count as visible: LSP does not tell.
const AROUND: u32 = 50;
/// How much text all open documents, or a diff, may be, in bytes.
pub(super) const MOST: usize = 200 * 1024;
/// How much of a block's first line is said.
const MAX_HEAD: usize = 80;

/// What a context stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// In the prompt, instead of the context's name.
    pub(super) reference: String,
    /// What follows the prompt.
    pub(super) items: Vec<Item>,
    /// What was left out, for the user.
    pub(super) left_out: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    Excerpt {
        excerpt: Excerpt,
        path: Option<PathBuf>,
    },
    Block {
        /// What it is, as a phrase: `Diagnostics of `src/a.py``.
        title: String,
        text: String,
        /// Of the fence around it; none for plain text.
        language: Option<&'static str>,
    },
}

impl Item {
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Excerpt { excerpt, .. } => &excerpt.text,
            Self::Block { text, .. } => text,
        }
    }
}

/// Why there is nothing, as it stands in the prompt between parentheses.
pub(super) type Missing = String;

impl State {
    /// `git` is what git says, or why it says nothing.
    pub(super) fn look_up(
        &self,
        name: ContextName,
        place: Option<&Place>,
        told: &[String],
        git: Result<&str, &str>,
    ) -> Result<Found, Missing> {
        match name {
            ContextName::Selection => self.lines_at(place, |_, span| span),
            ContextName::Line => self.lines_at(place, |_, span| {
                let at = span.map_or(Point::default(), |span| span.start.min(span.end));
                Some(Span { start: at, end: at })
            }),
            ContextName::File => self.lines_at(place, |_, _| None),
            ContextName::Visible => self.lines_at(place, visible),
            ContextName::Symbol => self.symbol_at(place),
            ContextName::Buffers => self.buffers(place),
            ContextName::Diagnostics => self.diagnostics_at(place, told),
            ContextName::Diff => self.unreviewed(place),
            ContextName::Git => match git?.trim_end() {
                "" => Err("git knows of no uncommitted changes here".to_owned()),
                diff => Ok(diff_of("the uncommitted changes below", "Uncommitted changes", diff)),
            },
        }
    }

    fn lines_at(
        &self,
        place: Option<&Place>,
        part: impl Fn(&OpenDocument, Option<Span>) -> Option<Span>,
    ) -> Result<Found, Missing> {
        let (place, document) = self.document_at(place)?;
        let excerpt = Excerpt::of(document, part(document, place.span), self.project_of(place), self.encoding);
        Ok(Found::excerpt(excerpt.place(), excerpt, document.path.clone()))
    }

    /// The lines of a place, or its whole document.
    pub(super) fn excerpt_at(&self, place: &Place) -> Result<Found, Missing> {
        self.lines_at(Some(place), |document, span| {
            let count = lines_with_text(document);
            span.map(lines_of).map(|(first, last)| whole_lines(first.min(count), last.min(count)))
        })
    }

    fn symbol_at(&self, place: Option<&Place>) -> Result<Found, Missing> {
        let (place, document) = self.document_at(place)?;
        let text = document.text.text();
        let lines: Vec<&str> = text.lines().collect();
        let (first, last) = lines_of(place.span.unwrap_or_default());
        let index = |line: u32| usize::try_from(line - 1).unwrap_or(usize::MAX);
        let around =
            symbol::around(&lines, index(first)).filter(|range| *range.end() >= index(last).min(lines.len() - 1));
        let Some(range) = around else {
            return Err("there is no block around that line".to_owned());
        };
        let number = |index: usize| u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1);
        let span = whole_lines(number(*range.start()), number(*range.end()));
        let head = lines[range].iter().find(|line| !line.trim_start().starts_with(['@', '#'])).map(|line| line.trim());
        let excerpt = Excerpt::of(document, Some(span), self.project_of(place), self.encoding);
        let reference = match head.filter(|head| head.chars().count() <= MAX_HEAD) {
            Some(head) => format!("{}: `{}`", excerpt.place(), head.replace('`', "'")),
            None => excerpt.place(),
        };
        Ok(Found::excerpt(reference, excerpt, document.path.clone()))
    }

    fn buffers(&self, place: Option<&Place>) -> Result<Found, Missing> {
        let project = self.project_of_folder(place);
        let (mut names, mut left_out, mut items, mut size) = (Vec::new(), Vec::new(), Vec::new(), 0);
        for document in self.contexts.recent().filter_map(|uri| self.documents.get(uri)) {
            let Some(path) = document.path.as_ref().filter(|path| !self.folders.is_own(path)) else {
                continue;
            };
            let Some(name) = relative(path, project) else {
                continue;
            };
            let name = code(&name);
            let larger = size + document.text.len_bytes();
            if larger > MOST {
                left_out.push(name);
                continue;
            }
            size = larger;
            let excerpt = Excerpt::of(document, None, project, self.encoding);
            items.push(Item::Excerpt { excerpt, path: Some(path.clone()) });
            names.push(name);
        }
        let why = format!("more than {} KiB in all", MOST / 1024);
        let left_out = (!left_out.is_empty()).then(|| format!("{} ({why})", left_out.join(", ")));
        let mut reference = match names.as_slice() {
            [] if left_out.is_none() => return Err("no file of the project is open in the editor".to_owned()),
            [] => "the open files".to_owned(),
            names => format!("the open files {}", names.join(", ")),
        };
        if let Some(left_out) = &left_out {
            reference.push_str(&format!(", without {left_out}"));
        }
        Ok(Found { reference, items, left_out })
    }

    fn diagnostics_at(&self, place: Option<&Place>, told: &[String]) -> Result<Found, Missing> {
        let place = place.ok_or_else(no_file)?;
        let known = if told.is_empty() { self.contexts.diagnostics(&place.uri) } else { told.to_vec() };
        if known.is_empty() {
            return Err("no diagnostics are known here".to_owned());
        }
        let name = code(&self.name_in_project(place));
        let text = known.iter().map(|text| format!("- {}\n", text.replace('\n', " "))).collect();
        let title = format!("Diagnostics of {name}");
        let item = Item::Block { title, text, language: None };
        Ok(Found { reference: format!("the diagnostics of {name} below"), items: vec![item], left_out: None })
    }

    fn unreviewed(&self, place: Option<&Place>) -> Result<Found, Missing> {
        let project = self.project_of_folder(place);
        let diff = self.unreviewed_diff(project);
        match diff.is_empty() {
            true => Err("there are no unreviewed changes of opencode".to_owned()),
            false => Ok(diff_of("the unreviewed changes below", "Your changes that are not reviewed yet", &diff)),
        }
    }

    fn document_at<'a>(&'a self, place: Option<&'a Place>) -> Result<(&'a Place, &'a OpenDocument), Missing> {
        let place = place.ok_or_else(no_file)?;
        let document = self.documents.get(&place.uri);
        let missing = || format!("{} is not open in the editor", code(&self.name_in_project(place)));
        Ok((place, document.ok_or_else(missing)?))
    }

    /// As opencode knows it, which works in the project's folder.
    pub(in crate::core) fn name_in_project(&self, place: &Place) -> String {
        let path = place.uri.to_path();
        let inside = path.as_deref().and_then(|path| relative(path, self.project_of(place)));
        inside.unwrap_or_else(|| self.name_of(place))
    }

    fn project_of_folder(&self, place: Option<&Place>) -> &Path {
        self.folders.get(self.folder_of(place)).map_or(Path::new(""), |folder| folder.project())
    }
}

impl Found {
    fn excerpt(reference: String, excerpt: Excerpt, path: Option<PathBuf>) -> Self {
        Self { reference, items: vec![Item::Excerpt { excerpt, path }], left_out: None }
    }
}

fn visible(document: &OpenDocument, span: Option<Span>) -> Option<Span> {
    let (first, last) = lines_of(span?);
    let count = lines_with_text(document);
    let first = first.min(count).saturating_sub(AROUND).max(1);
    Some(whole_lines(first, last.saturating_add(AROUND).min(count)))
}

/// Without an empty one after the last break.
fn lines_with_text(document: &OpenDocument) -> u32 {
    u32::try_from(document.text.text().lines().count()).unwrap_or(u32::MAX).max(1)
}

/// 1-based, inclusive.
fn whole_lines(first: u32, last: u32) -> Span {
    Span { start: Point { line: first - 1, character: 0 }, end: Point { line: last, character: 0 } }
}

/// A diff, cut at the end of a line where it is too long.
fn diff_of(reference: &str, title: &str, diff: &str) -> Found {
    let mut text = diff.to_owned();
    let mut left_out = None;
    if text.len() > MOST {
        let end = text[..text.floor_char_boundary(MOST)].rfind('\n').unwrap_or(0);
        left_out = Some(format!("the diff after its first {} KiB of {} KiB", end / 1024, diff.len() / 1024));
        text.truncate(end);
        text.push_str("\n… (the rest is left out)");
    }
    let reference = match left_out {
        Some(_) => format!("{reference} (their beginning)"),
        None => reference.to_owned(),
    };
    let item = Item::Block { title: title.to_owned(), text, language: Some("diff") };
    Found { reference, items: vec![item], left_out }
}

fn no_file() -> Missing {
    "no file of the editor's is known".to_owned()
}

fn code(name: &str) -> String {
    format!("`{}`", name.replace('`', "'"))
}
