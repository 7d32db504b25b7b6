//! A prompt with what it names: references in the text, and what they stand for behind it.

use super::lookup::{Found, Item, Missing};
use super::{ContextName, Gathering, mentions};
use crate::core::asking::question_of;
use crate::core::command::Ask;
use crate::core::prompt::compose;
use crate::core::server::PromptPart;
use crate::core::state::State;

/// A prompt that can be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) parts: Vec<PromptPart>,
    /// What it goes without, for the user.
    pub(super) without: Vec<String>,
}

impl State {
    pub(super) fn write_prompt(&self, ask: &Ask, gathered: &Gathering) -> Written {
        let (place, git) = (ask.place.as_ref(), gathered.git());
        let mut known: Vec<(ContextName, Result<Found, Missing>)> = Vec::new();
        let question = replaced(ask.prompt.as_deref().unwrap_or_default(), |name| {
            if let Some((_, found)) = known.iter().find(|(other, _)| *other == name) {
                return reference(found);
            }
            let found = self.look_up(name, place, &ask.diagnostics, git);
            let reference = reference(&found);
            known.push((name, found));
            reference
        });
        let names_diagnostics = known.iter().any(|(name, _)| *name == ContextName::Diagnostics);
        let told = if names_diagnostics { &[][..] } else { &ask.diagnostics };
        let question = question_of(&Ask { prompt: Some(question), ..ask.clone() });
        let mut text = match compose(&question, None, None, false, told).pop() {
            Some(PromptPart::Text(text)) => text,
            _ => question,
        };
        let mut without = Vec::new();
        let mut items: Vec<Item> = Vec::new();
        for (name, found) in known {
            match found {
                Ok(found) => {
                    items.extend(found.items);
                    without.extend(found.left_out.map(|left_out| format!("{} of {}", left_out, name.mention())));
                }
                Err(missing) => without.push(format!("{} ({missing})", name.mention())),
            }
        }
        let also = ask.also.iter().filter_map(|place| self.excerpt_at(place).ok());
        items.extend(also.flat_map(|found| found.items));
        let mut parts = Vec::new();
        for item in distinct(items) {
            match item {
                Item::Block { title, text: block, language } => text.push_str(&written_block(&title, &block, language)),
                Item::Excerpt { excerpt, path } => {
                    let saved = path.as_deref().is_some_and(|path| self.is_as_read(path, gathered));
                    match path.filter(|_| saved && excerpt.in_project) {
                        Some(path) => {
                            parts.push(PromptPart::File { path, name: excerpt.name, lines: excerpt.lines });
                        }
                        None => {
                            let why = if saved { "" } else { ", as it is in the editor (not saved)" };
                            text.push_str(&format!("\n\n{}{why}:\n{}", excerpt.place(), excerpt.block()));
                        }
                    }
                }
            }
        }
        parts.insert(0, PromptPart::Text(text));
        Written { parts, without }
    }
}

/// The text with something in the place of each context that it names.
fn replaced(text: &str, mut by: impl FnMut(ContextName) -> String) -> String {
    let mut written = String::with_capacity(text.len());
    let mut from = 0;
    for mention in mentions(text) {
        if let Some(name) = mention.context {
            written.push_str(&text[from..mention.at.start]);
            written.push_str(&by(name));
            from = mention.at.end;
        }
    }
    written.push_str(&text[from..]);
    written
}

fn reference(found: &Result<Found, Missing>) -> String {
    match found {
        Ok(found) => found.reference.clone(),
        Err(missing) => format!("({missing})"),
    }
}

fn written_block(title: &str, text: &str, language: Option<&str>) -> String {
    let Some(language) = language else {
        return format!("\n\n{title}:\n{}", text.trim_end());
    };
    let fence = crate::core::inert::fence(text);
    format!("\n\n{title}:\n{fence}{language}\n{}\n{fence}", text.trim_end_matches('\n'))
}

/// Without what another one says as well: the same lines, or lines of a document that goes along whole.
fn distinct(items: Vec<Item>) -> Vec<Item> {
    let mut distinct: Vec<Item> = Vec::new();
    for item in &items {
        let is_part_of = |whole: &Item| match (item, whole) {
            (Item::Excerpt { excerpt, .. }, Item::Excerpt { excerpt: whole, .. }) => {
                excerpt.name == whole.name && excerpt.lines.is_some() && whole.lines.is_none()
            }
            _ => false,
        };
        if !distinct.contains(item) && !items.iter().any(is_part_of) {
            distinct.push(item.clone());
        }
    }
    distinct
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn only_names_of_contexts_are_replaced(text in "([{]|[}]|`|\n|file|git|abc|ä| ){0,40}") {
            let mut count = 0;
            let written = replaced(&text, |_| {
                count += 1;
                String::new()
            });
            let named: usize = mentions(&text).iter().filter_map(|m| m.context).map(|name| name.mention().len()).sum();
            prop_assert_eq!(written.len() + named, text.len());
            prop_assert_eq!(count, mentions(&text).iter().filter(|mention| mention.context.is_some()).count());
        }
    }
}
