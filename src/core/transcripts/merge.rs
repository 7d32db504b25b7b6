//! A session as the server has it, laid over what the stream has told: the order is the server's, and what
//! came since it was asked stays.

use std::collections::HashMap;

use super::mentions::Known;
use super::model::Transcript;
use super::parts::Block;
use crate::core::ids::PartId;
use crate::core::server::{Author, PartKind, SessionRecord};

impl Transcript {
    /// Takes in what the server had when it was asked.
    pub fn merge(&mut self, record: &SessionRecord, known: &Known<'_>) {
        // Without a number nothing is known to have come since: then all that is here may be.
        let since = self.asked_at.take().unwrap_or(0);
        let mut merged =
            Self { shown: self.shown, cut: record.cut, clock: self.clock, complete: true, ..Self::default() };
        merged.todos(&record.todos);
        for message in &record.messages {
            match &message.author {
                Author::User => {
                    merged.user_message(&message.id);
                    for part in &message.parts {
                        if let PartKind::Text { text } = &part.kind {
                            merged.asked(&message.id, &part.id, text);
                        }
                    }
                }
                Author::Model(info) => {
                    merged.answer_message(&message.id, info);
                    message.parts.iter().for_each(|part| merged.part(&message.id, part, known));
                }
            }
        }
        merged.take_newer(std::mem::take(self), since);
        merged.settle_earlier(known);
        merged.changed = true;
        *self = merged;
    }

    /// What came after the request is newer than its answer. From 1.2 on, the server's record of a text that
    /// still grows is empty.
    fn take_newer(&mut self, old: Self, since: u64) {
        let mut places: HashMap<PartId, (usize, usize)> = HashMap::new();
        for (turn, section) in self.turns.iter().enumerate() {
            places.extend(section.blocks.iter().enumerate().map(|(at, block)| (block.part.clone(), (turn, at))));
        }
        for mut section in old.turns {
            let blocks: Vec<Block> = section.blocks.drain(..).collect();
            let place = self.turns.iter().rposition(|known| known.prompt == section.prompt);
            let Some(turn) = place else {
                section.blocks = blocks.into_iter().filter(|block| block.changed > since).collect();
                if !section.blocks.is_empty() || self.turns.is_empty() {
                    self.turn_of.insert(section.prompt.clone(), section.prompt.clone());
                    self.turn_of.extend(section.usage.iter().map(|(id, _)| (id.clone(), section.prompt.clone())));
                    self.turns.push(section);
                }
                continue;
            };
            for block in blocks {
                let recorded = places.get(&block.part).map(|(turn, at)| &mut self.turns[*turn].blocks[*at]);
                match recorded {
                    Some(recorded) if block.changed > since || block.says_more_than(recorded) => *recorded = block,
                    None if block.changed > since => {
                        self.turn_of.insert(block.message.clone(), section.prompt.clone());
                        self.turns[turn].blocks.push(block);
                    }
                    Some(_) | None => {}
                }
            }
            let known = &mut self.turns[turn];
            known.links.append(&mut section.links);
            known.failure = known.failure.take().or(section.failure);
        }
        self.tasks.extend(old.tasks);
    }
}
