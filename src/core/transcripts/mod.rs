//! Transcripts: what was asked and answered in a session, as a Markdown document that grows while the answer
//! streams. Kept of the sessions that the bridge asks in, and of those whose transcript was opened.

mod answers;
mod clean;
mod feeding;
mod fences;
mod mentions;
mod merge;
mod model;
pub mod outline;
mod parts;
mod render;
mod showing;
mod tools;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

pub use answers::Answer;
pub use fences::CodeBlock;
pub use tools::shorten;

use super::ids::{FolderId, MessageId, PartId, SessionId};
use crate::text::Document;
use model::Transcript;

/// Sessions whose transcripts are in memory; of others the server is asked again.
const MAX_SESSIONS: usize = 4;

/// A transcript as the editor has it.
#[derive(Debug, Clone)]
pub struct OwnText {
    pub text: Document,
    /// The folders that its links may lead into.
    pub roots: Vec<PathBuf>,
}

#[derive(Debug, Default)]
pub struct Transcripts {
    sessions: BTreeMap<SessionId, Transcript>,
    /// The order in which they were last wanted, the newest last.
    order: Vec<SessionId>,
    writing_later: bool,
    /// The last answer of each folder.
    answers: BTreeMap<FolderId, Answer>,
    last_answer: u64,
    /// The session in which somebody last asked something, of each folder.
    seen: HashMap<FolderId, SessionId>,
}

impl Transcripts {
    /// Keeps a session's transcript from now on; the one that was wanted least recently makes room.
    fn follow(&mut self, session: &SessionId) -> &mut Transcript {
        if self.order.last() != Some(session) {
            self.order.retain(|other| other != session);
            self.order.push(session.clone());
            while self.order.len() > MAX_SESSIONS {
                let oldest = self.order.remove(0);
                self.sessions.remove(&oldest);
            }
        }
        self.sessions.entry(session.clone()).or_default()
    }

    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.sessions.len()
    }

    /// What a session has cost so far, in dollars; none where nothing is known of it.
    pub(super) fn cost_of(&self, session: &SessionId) -> Option<f64> {
        let turns = &self.sessions.get(session)?.turns;
        let costs: Vec<f64> = turns
            .iter()
            .flat_map(|section| &section.usage)
            .map(|(_, usage)| usage.cost)
            .filter(|cost| *cost > 0.0)
            .collect();
        (!costs.is_empty()).then(|| costs.iter().sum())
    }

    fn forget(&mut self, session: &SessionId) {
        self.order.retain(|other| other != session);
        self.sessions.remove(session);
    }

    /// Whether a part of a message is the model's thinking.
    pub(super) fn is_reasoning(&self, session: &SessionId, message: &MessageId, part: &PartId) -> bool {
        self.sessions.get(session).is_some_and(|transcript| transcript.is_reasoning(message, part))
    }
}
