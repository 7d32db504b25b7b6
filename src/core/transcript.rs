//! The transcript of the session: a Markdown file that grows while the answer streams.

use std::path::PathBuf;
use std::time::Duration;

use super::command::{CommandError, Outcome};
use super::effect::{Effect, Timer};
use super::inert::inert_lines;
use super::showing::file_name;
use super::state::State;
use super::turns::Turn;

/// Streams are written at most this often.
const WRITE_EVERY: Duration = Duration::from_millis(250);

#[derive(Debug, Default)]
pub struct Transcript {
    /// The turns that are over.
    done: String,
    writing_later: bool,
}

impl State {
    fn transcript_path(&self) -> Option<PathBuf> {
        let session = self.session.as_ref().or(self.answered_session.as_ref())?;
        Some(self.own.join("transcripts").join(format!("{}.md", file_name(session.as_str()))))
    }

    /// Something was said or done: the file follows, soon.
    pub(super) fn transcript_changed(&mut self) {
        if self.transcript.writing_later {
            return;
        }
        self.transcript.writing_later = true;
        self.effect(Effect::After(WRITE_EVERY, Timer::Transcript));
    }

    pub(super) fn write_transcript(&mut self) {
        self.transcript.writing_later = false;
        let Some(path) = self.transcript_path() else {
            return;
        };
        let mut text = self.transcript.done.clone();
        for turn in self.turns.running.values().filter(|turn| turn.prompt().is_some()) {
            let live: Vec<&str> = turn.live.iter().map(|(_, text)| text.as_str()).collect();
            text.push_str(&section(turn, &live.join("\n\n")));
            text.push_str("…\n\n");
        }
        self.effect(Effect::WriteOwn { path, text });
    }

    /// A turn is over: its section is final.
    pub(super) fn record_turn(&mut self, turn: &Turn, answer: &str) {
        self.answered_session = turn.session().cloned();
        let section = section(turn, answer);
        self.transcript.done.push_str(&section);
        self.write_transcript();
    }

    pub(super) fn show_transcript(&mut self, focus: bool) -> Outcome {
        self.write_transcript();
        match self.transcript_path() {
            Some(path) => self.show_path(path, None, focus),
            None => Outcome::Done,
        }
    }

    pub(super) fn show_answer(&mut self) -> Result<Outcome, CommandError> {
        if self.transcript.done.is_empty() && self.turns.running.is_empty() {
            return Err(CommandError::NoAnswer);
        }
        Ok(self.show_transcript(true))
    }

    /// A new session starts an empty transcript.
    pub(super) fn new_transcript(&mut self) {
        self.transcript.done.clear();
        self.answered_session = None;
    }
}

fn section(turn: &Turn, answer: &str) -> String {
    let mut text = String::from("## ");
    let mut question = inert_lines(turn.question()).trim().to_owned();
    if let Some((first, rest)) = question.split_once('\n') {
        question = format!("{first}\n\n{rest}");
    }
    text.push_str(&question);
    text.push_str("\n\n");
    for tool in &turn.tools {
        text.push_str(&format!("- {}\n", tool.replace('`', "'")));
    }
    if !turn.tools.is_empty() {
        text.push('\n');
    }
    let answer = inert_lines(answer);
    if !answer.trim().is_empty() {
        text.push_str(answer.trim_end());
        text.push_str("\n\n");
    }
    text
}
