//! `opencode-lsp append`: a place or a text into the prompt of an attached TUI.

use super::excerpt::About;
use super::{At, ShellError, finish};
use crate::config::Overrides;
use crate::core::prompt::append_text;
use crate::doctor::Reached;

#[derive(Debug, clap::Args)]
pub struct Addition {
    #[command(flatten)]
    about: About,
    #[command(flatten)]
    at: At,
    /// Words to add, behind the place
    #[arg(required_unless_present_any = ["file", "stdin"], value_name = "TEXT")]
    words: Vec<String>,
}

/// opencode does not tell whether a TUI is attached.
pub async fn run(overrides: Overrides, addition: Addition) -> u8 {
    finish(append(&overrides, addition).await.map(|()| String::new()))
}

async fn append(overrides: &Overrides, addition: Addition) -> Result<(), ShellError> {
    let Addition { about, at, words } = addition;
    let Reached { client, root, own: _own } = at.reach(overrides).await?;
    let place = about.find(&root)?.map(|found| append_text(&found.excerpt, found.path.is_some()));
    let text = place.unwrap_or_default() + &words.join(" ");
    Ok(client.append_prompt(&text).await?)
}
