//! What a context would be now, for those who write a prompt.

use super::ContextName;
use super::lookup::{Found, Item};
use crate::core::place::Place;
use crate::core::state::State;

/// What a context stands for, from what is known without asking anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// In words, as it will stand in the prompt, or why there is nothing. It may hold text of files: show it inert.
    pub what: String,
    /// How much text it is; none where there is nothing, or nothing known yet.
    pub bytes: Option<usize>,
    /// The text that the editor holds; none where there is nothing, or nothing known yet.
    pub text: Option<String>,
}

impl State {
    pub fn preview(&self, name: ContextName, place: Option<&Place>) -> Preview {
        if name == ContextName::Git {
            let what = "what git says when the prompt is sent".to_owned();
            return Preview { what, bytes: None, text: None };
        }
        match self.look_up(name, place, &[], Err("")) {
            Err(missing) => Preview { what: missing, bytes: None, text: None },
            Ok(Found { reference, items, .. }) => {
                let texts: Vec<&str> = items.iter().map(Item::text).collect();
                let bytes = texts.iter().map(|text| text.len()).sum();
                Preview { what: reference, bytes: Some(bytes), text: Some(texts.join("\n")) }
            }
        }
    }
}
