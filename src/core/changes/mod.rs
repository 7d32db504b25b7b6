//! What opencode changed: per file, from the text before its first change that is not reviewed to now.
//!
//! That a file changed is only ever concluded from what opencode tells (a finished tool, the end
//! of a step, a turn's diff). The text before comes from what the bridge saw itself or from the
//! server's word, and the latter only where it fits the text that is there now; else the change is
//! shown with an unknown baseline. Nothing is guessed.

mod arriving;
mod asked;
mod baseline;
mod changed;
mod disk;
mod in_editor;
mod kept;
mod navigation;
mod telling;
mod turn_diff;
mod turn_undo;
mod undoing;
mod verdicts;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::ids::{MessageId, SessionId};
use super::server::EditHint;
use crate::review::Content;

pub use asked::{ReviewAnswer, ReviewRefusal, ReviewRequest, ReviewWish, ReviewedFile, ReviewedHunk};
pub use changed::{Changed, InEditor};
pub(super) use changed::{Source, Turn};
pub use kept::KeptReview;
pub(super) use telling::Telling;
pub(super) use turn_undo::TurnUndo;
pub(super) use undoing::Undoing;
pub use undoing::{Fate, FileFate};

/// Who told of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// A tool or the end of a step: it certainly changed.
    Tool,
    /// The diff of a turn that may go on.
    Diff,
    /// The diff of a turn that is over: nothing more will be told.
    LastDiff,
}

/// A change whose file is being read.
#[derive(Debug)]
pub(super) struct Arriving {
    hints: Vec<EditHint>,
    session: SessionId,
    source: Source,
    told: Told,
    /// Changed once more while it was read.
    again: bool,
}

/// A file that was reviewed: what it held then, and what had changed it last.
#[derive(Debug)]
struct Settled {
    source: Source,
    content: Content,
}

/// A change of which it is not known from what.
#[derive(Debug)]
pub(super) struct Unexplained {
    session: SessionId,
    prompt: MessageId,
    hints: Vec<EditHint>,
}

#[derive(Debug, Default)]
pub struct Changes {
    files: BTreeMap<PathBuf, Changed>,
    /// Numbers the reviews, so that a verdict on one is never taken for one on a later review of the file.
    last: u64,
    /// Read while opencode waited for a permission: certainly the text before.
    pub(super) before: HashMap<PathBuf, Content>,
    arriving: HashMap<PathBuf, Arriving>,
    /// Changed, and from what can only be told with a later hint or the turn's diff; with the hints so far.
    unexplained: BTreeMap<PathBuf, Unexplained>,
    /// Turns whose diff is being fetched, and whether it must be fetched once more.
    fetching: HashMap<(SessionId, MessageId), bool>,
    /// What the user accepted or took back: a diff of the same turn that is fetched later must not
    /// bring it back.
    settled: HashMap<PathBuf, Settled>,
    /// Turns whose diff is being fetched for the last time.
    last_fetch: BTreeSet<(SessionId, MessageId)>,
    /// What the user saved while opencode was at work, and how many turns had begun by then.
    saved_meanwhile: HashMap<PathBuf, (usize, Content)>,
    /// Saved as the editor says, and not looked at since.
    saving: BTreeSet<PathBuf>,
    /// What the editor said it saved last, of any file; proved only by an edit that starts from it.
    said_saved: HashMap<PathBuf, Content>,
    /// Changed on disk while opencode was at work: whose change it is shows at the turn's end.
    unattributed: BTreeSet<PathBuf>,
    /// Changing on disk: to be looked at soon.
    changing: BTreeSet<PathBuf>,
    /// Missing or empty when last looked at: looked at once more before that counts.
    missing: BTreeSet<PathBuf>,
    /// What the bridge last asked to have watched.
    watched: BTreeSet<PathBuf>,
    /// Reviews that differ from what is kept of them for the next run.
    unkept: BTreeSet<PathBuf>,
    /// They will be written down soon.
    keeping: bool,
    /// Taken up from the last run, and not looked at since.
    looking: BTreeSet<PathBuf>,
    /// What the command line wants to know.
    asked: Vec<asked::Asked>,
}

impl Changes {
    pub fn get(&self, path: &Path) -> Option<&Changed> {
        self.files.get(path)
    }

    /// Whether a file was reviewed after this turn changed it.
    fn is_settled(&self, path: &Path, source: &Source) -> bool {
        self.settled.get(path).is_some_and(|settled| settled.source.turn() == source.turn())
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Path, &Changed)> {
        self.files.iter().map(|(path, changed)| (path.as_path(), changed))
    }
}
