//! The last answer of each folder, and the code in it.

use super::fences::{CodeBlock, code_blocks};
use crate::core::ids::{FolderId, SessionId};
use crate::core::server::{Author, PartKind, SessionRecord};
use crate::core::state::State;

/// In bytes; a longer answer offers the code of its end.
const MAX_ANSWER: usize = 1 << 20;

/// What the model said at last, word for word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Counts the answers of this run: what was offered of one is not taken from another.
    pub number: u64,
    pub session: SessionId,
    pub text: String,
    pub blocks: Vec<CodeBlock>,
}

impl State {
    /// The last answer to a question of a folder, or the last one of the session that was opened there.
    pub fn last_answer(&self, folder: FolderId) -> Option<&Answer> {
        self.transcripts.answers.get(&folder)
    }

    pub(super) fn keep_answer(&mut self, folder: FolderId, session: &SessionId, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        let text = text[text.ceil_char_boundary(text.len().saturating_sub(MAX_ANSWER))..].to_owned();
        self.transcripts.last_answer += 1;
        let answer =
            Answer { number: self.transcripts.last_answer, session: session.clone(), blocks: code_blocks(&text), text };
        self.transcripts.answers.insert(folder, answer);
    }

    /// After a restart the last answer is that of the session which the user looks at.
    pub(super) fn answer_from(&mut self, session: &SessionId, record: &SessionRecord) {
        let home = self.home_of(session);
        if self.last_answer(home).is_some() {
            return;
        }
        let newest = record.messages.rsplit(|message| message.author == Author::User).find(|turn| !turn.is_empty());
        let parts = newest.into_iter().flatten().flat_map(|message| &message.parts);
        let texts: Vec<&str> = parts
            .filter_map(|part| match &part.kind {
                PartKind::Text { text } if !text.trim().is_empty() => Some(text.as_str()),
                _ => None,
            })
            .collect();
        self.keep_answer(home, session, &texts.join("\n\n"));
    }
}
