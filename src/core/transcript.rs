//! The transcript of the session: a Markdown file that grows while the answer streams.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::catalogue::PromptEntry;
use super::command::{CommandError, Outcome};
use super::effect::{Effect, Timer};
use super::ids::SessionId;
use super::inert::inert_lines;
use super::showing::file_name;
use super::state::State;
use super::turns::Turn;

/// Streams are written at most this often.
const WRITE_EVERY: Duration = Duration::from_millis(250);

/// The transcript is written whole each time, so it does not grow for ever. In bytes.
const MAX_KEPT: usize = 1 << 20;

#[derive(Debug, Default)]
pub struct Transcripts {
    /// The turns that are over, by session.
    done: BTreeMap<SessionId, String>,
    writing_later: bool,
}

impl State {
    fn transcript_path(&self, session: &SessionId) -> PathBuf {
        self.own_file(self.home_of(session), &format!("transcripts/{}.md", file_name(session.as_str())))
    }

    /// The whole text, with what is being said now.
    fn transcript(&self, session: &SessionId) -> String {
        let mut text = self.transcripts.done.get(session).cloned().unwrap_or_default();
        for turn in
            self.turns.running.values().filter(|turn| turn.prompt().is_some() && turn.session() == Some(session))
        {
            text.push_str(&section(turn, &turn.text()));
            text.push_str("…\n\n");
        }
        text
    }

    /// Something was said or done: the file follows, soon.
    pub(super) fn transcript_changed(&mut self) {
        if self.transcripts.writing_later {
            return;
        }
        self.transcripts.writing_later = true;
        self.effect(Effect::After(WRITE_EVERY, Timer::Transcript));
    }

    /// Writes the transcripts of the turns at work.
    pub(super) fn write_transcripts(&mut self) {
        self.transcripts.writing_later = false;
        let mut sessions: Vec<SessionId> =
            self.turns.running.values().filter_map(|turn| turn.session().cloned()).collect();
        sessions.dedup();
        for session in sessions {
            self.write_transcript(&session);
        }
        self.tell_answers();
    }

    fn write_transcript(&mut self, session: &SessionId) {
        let (path, text) = (self.transcript_path(session), self.transcript(session));
        self.effect(Effect::WriteOwn { path, text });
    }

    /// A turn is over: its section is final.
    pub(super) fn record_turn(&mut self, turn: &Turn, answer: &str) {
        let Some(session) = turn.session().cloned() else {
            return;
        };
        let done = self.transcripts.done.entry(session.clone()).or_default();
        done.push_str(&section(turn, answer));
        forget_oldest(done);
        self.write_transcript(&session);
        if let Some(folder) = self.folders.get_mut(turn.folder) {
            folder.answered = Some(session);
        }
    }

    /// What was said in a session before this run, or by others; what is known already stays.
    pub(super) fn transcript_of_others(&mut self, session: &SessionId, prompts: &[PromptEntry]) {
        if self.transcripts.done.contains_key(session)
            || self.turns.running.values().any(|turn| turn.session() == Some(session))
        {
            return;
        }
        let asked = prompts.iter().filter(|prompt| !prompt.text.is_empty() || !prompt.answer.is_empty());
        let mut text: String = asked.map(|prompt| section_of(&prompt.text, &[], &prompt.answer)).collect();
        forget_oldest(&mut text);
        if text.is_empty() {
            text.push_str("(Nothing was asked in this session yet.)\n\n");
        }
        self.transcripts.done.insert(session.clone(), text);
    }

    /// Opens a session's transcript as it is now.
    pub(super) fn show_transcript(&mut self, session: &SessionId, focus: bool) -> Outcome {
        let (path, text) = (self.transcript_path(session), self.transcript(session));
        self.show_path(path, Some(text), focus)
    }

    /// The transcript of what is being answered in the user's folder, else of its newest answer.
    pub(super) fn show_answer(&mut self) -> Result<Outcome, CommandError> {
        let here = self.folders.here();
        let running = self.turns.running.values().rev().filter(|turn| turn.folder == here);
        let running = running.filter(|turn| turn.prompt().is_some()).find_map(|turn| turn.session());
        let answered = self.folders.get(here).and_then(|folder| folder.answered.as_ref());
        let session = running.or(answered).cloned();
        let session = session.ok_or(CommandError::NoAnswer)?;
        Ok(self.show_transcript(&session, true))
    }
}

/// Keeps a transcript within bounds: opencode has the rest of the session.
fn forget_oldest(done: &mut String) {
    if done.len() <= MAX_KEPT {
        return;
    }
    let from = done.ceil_char_boundary(done.len() - MAX_KEPT / 2);
    let cut = done[from..].find("\n## ").map_or(done.len(), |at| from + at + 1);
    done.replace_range(..cut, "(Earlier turns are in opencode's own history of this session.)\n\n");
}

fn section(turn: &Turn, answer: &str) -> String {
    section_of(turn.question(), &turn.tools, answer)
}

fn section_of(question: &str, tools: &[String], answer: &str) -> String {
    let mut text = String::from("## ");
    let mut question = inert_lines(question).trim().to_owned();
    if let Some((first, rest)) = question.split_once('\n') {
        question = format!("{first}\n\n{rest}");
    }
    text.push_str(&question);
    text.push_str("\n\n");
    for tool in tools {
        text.push_str(&format!("- {}\n", tool.replace('`', "'")));
    }
    if !tools.is_empty() {
        text.push('\n');
    }
    let answer = inert_lines(answer);
    if !answer.trim().is_empty() {
        text.push_str(answer.trim_end());
        text.push_str("\n\n");
    }
    text
}
