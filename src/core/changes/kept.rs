//! Reviews outlive the language server: what is on disk is kept for the next run, and taken up
//! again where the files are still the same.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Changed, Source};
use crate::core::effect::{Effect, ReviewToKeep, Timer};
use crate::core::ids::DocumentUri;
use crate::core::place::Place;
use crate::core::state::State;
use crate::review::{Baseline, Content, FileReview};
use crate::text::{Point, Span};

/// Several changes in a row are written down once.
const SOON: Duration = Duration::from_millis(300);

/// The review of one file, for the next run. Texts are without a byte order mark. Very many may wait to
/// be written down, so it shares what it holds with the review that it is of.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct KeptReview {
    /// Absolute.
    pub path: PathBuf,
    /// What the file held must be the same when it is taken up again.
    pub review: FileReview,
    /// What opencode left, where that is something else.
    written: Option<Content>,
    source: Source,
    /// Of each hunk, in order.
    sources: Vec<Source>,
    patch: Option<String>,
    renamed_from: Option<PathBuf>,
    has_user_edits: bool,
    bom: bool,
    bom_before: bool,
}

/// The same as it is written down, with both texts.
#[derive(Serialize, Deserialize)]
struct Written {
    path: PathBuf,
    /// None where the text before is not known.
    before: Option<Content>,
    now: Content,
    written: Option<Content>,
    source: KeptSource,
    sources: Vec<KeptSource>,
    patch: Option<String>,
    renamed_from: Option<PathBuf>,
    has_user_edits: bool,
    bom: bool,
    bom_before: bool,
}

impl From<KeptReview> for Written {
    fn from(kept: KeptReview) -> Self {
        Self {
            before: match kept.review.baseline() {
                Baseline::Known(content) => Some(content),
                Baseline::Unknown => None,
            },
            now: kept.review.current().clone(),
            path: kept.path,
            written: kept.written,
            source: KeptSource::from(&kept.source),
            sources: kept.sources.iter().map(KeptSource::from).collect(),
            patch: kept.patch,
            renamed_from: kept.renamed_from,
            has_user_edits: kept.has_user_edits,
            bom: kept.bom,
            bom_before: kept.bom_before,
        }
    }
}

impl From<Written> for KeptReview {
    fn from(written: Written) -> Self {
        Self {
            review: FileReview::new(written.before.map_or(Baseline::Unknown, Baseline::Known), written.now),
            path: written.path,
            written: written.written,
            source: written.source.into(),
            sources: written.sources.into_iter().map(Source::from).collect(),
            patch: written.patch,
            renamed_from: written.renamed_from,
            has_user_edits: written.has_user_edits,
            bom: written.bom,
            bom_before: written.bom_before,
        }
    }
}

/// Where a change came from, as it is written down.
#[derive(Serialize, Deserialize)]
struct KeptSource {
    session: String,
    prompt: Option<String>,
    /// A URI, and lines and characters from 0 in the encoding of that run.
    origin: Option<(String, Option<[u32; 4]>)>,
}

impl From<&Source> for KeptSource {
    fn from(source: &Source) -> Self {
        let numbers = |span: Span| [span.start.line, span.start.character, span.end.line, span.end.character];
        Self {
            session: source.session.to_string(),
            prompt: source.prompt.as_ref().map(ToString::to_string),
            origin: source.origin.as_ref().map(|place| (place.uri.to_string(), place.span.map(numbers))),
        }
    }
}

impl From<KeptSource> for Source {
    fn from(kept: KeptSource) -> Self {
        let span = |[line, character, end_line, end_character]: [u32; 4]| Span {
            start: Point { line, character },
            end: Point { line: end_line, character: end_character },
        };
        Self {
            session: kept.session.into(),
            prompt: kept.prompt.map(Into::into),
            origin: kept.origin.map(|(uri, numbers)| Place { uri: DocumentUri::from(uri), span: numbers.map(span) }),
        }
    }
}

impl Changed {
    fn to_kept(&self, path: &Path) -> KeptReview {
        let review = self.saved().clone();
        KeptReview {
            path: path.to_path_buf(),
            written: Some(self.written().clone()).filter(|written| written != review.current()),
            source: self.source.clone(),
            sources: (0..review.hunks().len()).map(|index| self.source_of_saved(index).clone()).collect(),
            review,
            patch: self.patch.clone(),
            renamed_from: self.renamed_from.clone(),
            has_user_edits: self.has_user_edits,
            bom: self.bom,
            bom_before: self.bom_before,
        }
    }

    fn from_kept(kept: KeptReview, number: u64) -> Self {
        let mut changed = Self::new(kept.review, kept.source, number);
        changed.taken_up(kept.written, kept.sources.into_iter());
        changed.fresh = false;
        changed.patch = kept.patch;
        changed.renamed_from = kept.renamed_from;
        changed.has_user_edits = kept.has_user_edits;
        (changed.bom, changed.bom_before) = (kept.bom, kept.bom_before);
        changed
    }
}

impl State {
    /// Reviews of the last run whose files are still the same, and where they were kept.
    pub(in crate::core) fn reviews_restored(&mut self, own: &Path, reviews: Vec<KeptReview>) {
        if !self.folders.iter().any(|(_, folder)| folder.paths.own == own) {
            // The folder has gone again meanwhile.
            return;
        }
        for kept in reviews {
            let path = kept.path.clone();
            let is_elsewhere = self.folders.keeping(&path) != Some(own);
            if is_elsewhere {
                // Kept in two places, it would come back from one when it is reviewed in the other.
                let own = own.to_path_buf();
                self.effect(Effect::KeepReview(ReviewToKeep { own, path: path.clone(), review: None }));
            }
            // What opencode changed since the start is newer.
            if self.changes.files.contains_key(&path) || self.changes.arriving.contains_key(&path) {
                continue;
            }
            self.changes.last += 1;
            let changed = Changed::from_kept(kept, self.changes.last);
            if changed.is_reviewed() {
                continue;
            }
            self.changes.files.insert(path.clone(), changed);
            if is_elsewhere {
                self.changes.unkept.insert(path.clone());
            }
            self.refresh_in_editor(&path);
            // It was not watched yet when it was compared with what was kept.
            self.changes.looking.insert(path.clone());
            self.disk_changed(path);
        }
    }

    /// Sees to it that changed reviews are written down.
    pub(in crate::core) fn keep_reviews_soon(&mut self) {
        if !self.changes.keeping && !self.changes.unkept.is_empty() {
            self.changes.keeping = true;
            self.effect(Effect::After(SOON, Timer::Keep));
        }
    }

    pub(in crate::core) fn keep_reviews(&mut self) {
        self.changes.keeping = false;
        for review in self.take_unkept() {
            self.effect(Effect::KeepReview(review));
        }
    }

    /// Where the reviews are kept now.
    pub(in crate::core) fn places_of_reviews(&self) -> BTreeMap<PathBuf, PathBuf> {
        let place = |path: &PathBuf| Some((path.clone(), self.folders.keeping(path)?.to_path_buf()));
        self.changes.files.keys().filter_map(place).collect()
    }

    /// Folders have come or gone: what is kept in a place that is no longer its own goes to the new one.
    pub(in crate::core) fn move_kept_reviews(&mut self, places: BTreeMap<PathBuf, PathBuf>) {
        for (path, own) in places {
            if self.changes.files.contains_key(&path) && self.folders.keeping(&path) != Some(&own) {
                self.changes.unkept.insert(path.clone());
                self.effect(Effect::KeepReview(ReviewToKeep { own, path, review: None }));
            }
        }
    }

    /// Stops to show what is in no workspace folder any more; what is kept of it stays.
    pub(in crate::core) fn forget_reviews_in(&mut self, root: &Path) {
        let is_out = |path: &PathBuf| path.starts_with(root) && self.folders.holding(path).is_none();
        let out: Vec<PathBuf> = self
            .changes
            .files
            .keys()
            .chain(self.changes.arriving.keys())
            .chain(self.changes.unexplained.keys())
            .filter(|path| is_out(path))
            .cloned()
            .collect();
        for path in out {
            self.changes.files.remove(&path);
            self.changes.arriving.remove(&path);
            self.changes.unexplained.remove(&path);
            self.touched.insert(path);
        }
    }

    /// What is not written down yet; none for files that are reviewed.
    pub(in crate::core) fn take_unkept(&mut self) -> Vec<ReviewToKeep> {
        let unkept = std::mem::take(&mut self.changes.unkept);
        let to_keep = |path: PathBuf| {
            let own = self.folders.keeping(&path)?.to_path_buf();
            let review = self.changes.get(&path).map(|changed| Box::new(changed.to_kept(&path)));
            Some(ReviewToKeep { own, path, review })
        };
        unkept.into_iter().filter_map(to_keep).collect()
    }
}
