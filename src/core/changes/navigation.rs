//! From change to change, through all files, in the order of their names and lines.

use std::path::{Path, PathBuf};

use crate::core::command::{CommandError, Direction, Outcome};
use crate::core::effect::{EditorEffect, Level};
use crate::core::place::Place;
use crate::core::state::State;
use crate::text::{Point, Span};

impl State {
    /// Goes to the next or previous change from a place, else from where the user was last seen.
    pub(in crate::core) fn go(&mut self, to: Direction, from: Option<Place>) -> Result<Outcome, CommandError> {
        let stops = self.stops();
        let here = from.or_else(|| self.active.clone());
        let here =
            here.and_then(|place| Some((place.uri.to_path()?, place.span.map_or(Point::default(), |s| s.start))));
        let key = |stop: &(PathBuf, Span)| (stop.0.clone(), stop.1.start);
        let found = match (to, here) {
            (Direction::Next, Some(here)) => stops.iter().find(|stop| key(stop) > here).or(stops.first()),
            (Direction::Previous, Some(here)) => stops.iter().rfind(|stop| key(stop) < here).or(stops.last()),
            (Direction::Next, None) => stops.first(),
            (Direction::Previous, None) => stops.last(),
        };
        let (path, span) = found.cloned().ok_or(CommandError::NothingChanged)?;
        let uri = self.documents.uri_of(&path).ok_or(CommandError::NothingChanged)?;
        self.active = Some(Place { uri: uri.clone(), span: Some(span) });
        self.editor(EditorEffect::Go { uri: uri.clone(), span });
        Ok(Outcome::Document(uri))
    }

    /// Every change that can be gone to. A file that is gone has no place.
    fn stops(&self) -> Vec<(PathBuf, Span)> {
        let mut stops = Vec::new();
        for (path, changed) in self.changes.iter() {
            if !changed.is_shown() || changed.review.current().is_absent() {
                continue;
            }
            let hunks = changed.review.hunks().len();
            let whole = hunks == 0 || !changed.has_hunks();
            let indices = if whole { 0..0 } else { 0..hunks };
            stops.extend(indices.filter_map(|index| Some((path.to_path_buf(), self.hunk_place(path, index)?))));
            if whole {
                stops.push((path.to_path_buf(), Span::default()));
            }
        }
        stops
    }

    /// The client could not go there: say where it is.
    pub(in crate::core) fn not_gone(&mut self, path: &Path, line: u32) {
        let text = format!("The next change is in {}, line {}", self.display_path(path), line.saturating_add(1));
        self.editor(EditorEffect::Message { level: Level::Info, text });
    }
}
