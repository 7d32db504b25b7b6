//! Transcripts on disk and in the editor.

use std::path::PathBuf;
use std::time::Duration;

use super::OwnText;
use super::model::Transcript;
use super::render;
use crate::core::command::{CommandError, Outcome};
use crate::core::effect::{EditorEffect, Effect, Level, ServerCall, Timer};
use crate::core::folders::Folder;
use crate::core::ids::{DocumentUri, FolderId, SessionId};
use crate::core::inert::inert;
use crate::core::server::{PartKind, SessionRecord};
use crate::core::sessions::SessionInfo;
use crate::core::showing::file_name;
use crate::core::state::State;
use crate::core::turns::Turn;

/// What streams is written at most this often.
const WRITE_EVERY: Duration = Duration::from_millis(250);

/// Sub-agents' sessions that are asked for with one transcript.
const MAX_CHILDREN: usize = 20;

const FOLDER: &str = "transcripts";

impl State {
    fn transcript_path(&self, session: &SessionId) -> PathBuf {
        self.own_file(self.home_of(session), &format!("{FOLDER}/{}.md", file_name(session.as_str())))
    }

    /// The whole text as it is now.
    pub(super) fn transcript_text(&mut self, session: &SessionId) -> String {
        let title = self.sessions.get(session).map(|info| info.title.clone()).unwrap_or_default();
        let is_busy = self.busy.contains(session);
        let mut text = String::new();
        self.with_transcript(session, &mut |_, transcript, known| {
            transcript.changed = false;
            text = render::document(transcript, &title, is_busy, known);
        });
        text
    }

    /// Something was said or done: the files follow, soon.
    pub(in crate::core) fn transcripts_changed(&mut self) {
        if !std::mem::replace(&mut self.transcripts.writing_later, true) {
            self.effect(Effect::After(WRITE_EVERY, Timer::Transcript));
        }
    }

    /// Writes the transcripts that have changed.
    pub(in crate::core) fn write_transcripts(&mut self) {
        self.transcripts.writing_later = false;
        let changed = |(_, transcript): &(&SessionId, &Transcript)| transcript.changed && !transcript.is_empty();
        let sessions: Vec<SessionId> =
            self.transcripts.sessions.iter().filter(changed).map(|(session, _)| session.clone()).collect();
        for session in sessions {
            self.write_transcript(&session);
        }
        self.tell_answers();
    }

    fn write_transcript(&mut self, session: &SessionId) {
        let (path, text) = (self.transcript_path(session), self.transcript_text(session));
        self.effect(Effect::WriteOwn { path, text });
    }

    /// A turn of ours is over.
    pub(in crate::core) fn record_turn(&mut self, turn: &Turn, answer: &str) {
        let Some(session) = turn.session().cloned() else {
            return;
        };
        let transcript = self.transcripts.follow(&session);
        transcript.shown = true;
        let section = transcript.turns.iter_mut().rfind(|section| Some(&section.prompt) == turn.prompt());
        let is_told = section.is_some_and(|section| {
            section.failure = section.failure.take().or_else(|| turn.failure.clone());
            answer.trim().is_empty() || section.has_text()
        });
        transcript.complete &= is_told;
        self.keep_answer(turn.folder, &session, answer);
        if let Some(folder) = self.folders.get_mut(turn.folder) {
            folder.answered = Some(session.clone());
        }
        if !is_told {
            // What the stream has lost is in the server's record.
            self.fetch_session(&session, None);
        }
        self.write_transcript(&session);
    }

    /// Opens a session's transcript as it is now, and completes it. One of which nothing is known yet is opened
    /// when it is there.
    pub(in crate::core) fn show_transcript(&mut self, session: &SessionId, focus: bool) -> Outcome {
        let transcript = self.transcripts.follow(session);
        transcript.shown = true;
        let (is_empty, is_complete) = (transcript.is_empty(), transcript.complete);
        let is_asked_for = transcript.asked_at.is_some() && !is_empty;
        if !is_complete && !is_asked_for {
            self.fetch_session(session, is_empty.then_some(focus));
        }
        if is_empty && !is_complete {
            return Outcome::Done;
        }
        let (path, text) = (self.transcript_path(session), self.transcript_text(session));
        self.show_path(path, Some(text), focus)
    }

    /// The transcript of a session; else of what is being answered in the user's folder, of its newest answer, of
    /// what somebody asked last, or of the newest session there is.
    pub(in crate::core) fn show_answer(&mut self, session: Option<SessionId>) -> Result<Outcome, CommandError> {
        let here = self.folders.here();
        let running = self.turns.running.values().rev().filter(|turn| turn.folder == here);
        let running = running.filter(|turn| turn.prompt().is_some()).find_map(|turn| turn.session());
        let answered = self.folders.get(here).and_then(|folder| folder.answered.as_ref());
        let seen = self.transcripts.seen.get(&here);
        if let Some(session) = session.or_else(|| running.or(answered).or(seen).cloned()) {
            return Ok(self.show_transcript(&session, true));
        }
        let here = self.connected(here)?;
        self.server(here, ServerCall::FetchSession { session: None, show: Some(true) });
        Ok(Outcome::Done)
    }

    pub(super) fn fetch_session(&mut self, session: &SessionId, show: Option<bool>) {
        if let Some(transcript) = self.transcripts.sessions.get_mut(session) {
            transcript.asked_at = Some(transcript.clock);
        }
        self.server(self.home_of(session), ServerCall::FetchSession { session: Some(session.clone()), show });
    }

    pub(in crate::core) fn session_fetched(
        &mut self,
        folder: FolderId,
        session: Option<SessionId>,
        show: Option<bool>,
        result: Result<Option<SessionRecord>, String>,
    ) {
        let record = match result {
            Ok(Some(record)) => record,
            Ok(None) => {
                let text = "opencode has no session in this project yet".to_owned();
                return self.editor(EditorEffect::Message { level: Level::Info, text });
            }
            Err(problem) => return self.session_missing(session.as_ref(), show, &problem),
        };
        let session = record.session.clone();
        self.folders.seen(&session, folder);
        let title = record.title.clone();
        self.sessions.entry(session.clone()).or_insert(SessionInfo {
            parent: record.parent.clone(),
            title,
            ..SessionInfo::default()
        });
        let root = self.root_of(&session);
        if root != session && self.transcripts.sessions.get(&root).is_some_and(|root| root.tasks.contains(&session)) {
            self.child_fetched(&root, &record);
            // One that the user has opened has a transcript of its own besides.
            if !self.transcripts.sessions.contains_key(&session) {
                return;
            }
        }
        self.with_transcript(&session, &mut |_, transcript, known| transcript.merge(&record, known));
        self.answer_from(&session, &record);
        self.fetch_children(&session);
        match show {
            Some(focus) => {
                self.transcripts.follow(&session).shown = true;
                let (path, text) = (self.transcript_path(&session), self.transcript_text(&session));
                self.show_path(path, Some(text), focus);
            }
            None => self.write_transcript(&session),
        }
    }

    fn session_missing(&mut self, session: Option<&SessionId>, show: Option<bool>, problem: &str) {
        tracing::warn!(problem, "a session could not be fetched");
        if let Some(transcript) = session.and_then(|session| self.transcripts.sessions.get_mut(session)) {
            transcript.asked_at = None;
        }
        if show.is_none() {
            return;
        }
        let what = session.map_or_else(|| "the newest session".to_owned(), |session| self.session_title(session));
        let text = format!("The transcript of {what} cannot be shown: {}", inert(problem, 300));
        self.editor(EditorEffect::Message { level: Level::Error, text });
    }

    /// What sub-agents did is in their own sessions.
    fn fetch_children(&mut self, session: &SessionId) {
        let Some(transcript) = self.transcripts.sessions.get(session) else {
            return;
        };
        let home = self.home_of(session);
        for child in transcript.newest_tasks(MAX_CHILDREN) {
            self.server(home, ServerCall::FetchSession { session: Some(child), show: None });
        }
    }

    fn child_fetched(&mut self, root: &SessionId, record: &SessionRecord) {
        self.with_transcript(root, &mut |_, transcript, known| {
            for part in record.messages.iter().flat_map(|message| &message.parts) {
                if let PartKind::Tool(tool) = &part.kind {
                    transcript.step(&record.session, &part.id, tool, known);
                }
            }
        });
        self.transcripts_changed();
    }

    /// A transcript as the editor has it, with the folders that its links may lead into.
    pub(in crate::core) fn own_text(&self, uri: &DocumentUri) -> Option<OwnText> {
        let path = uri.to_path().filter(|path| self.folders.is_own(path))?;
        path.parent().filter(|parent| parent.ends_with(FOLDER))?;
        let text = self.documents.get(uri)?.text.clone();
        let folder = self.folders.get(self.folder_of_file(&path));
        let roots = folder.map(|folder| vec![folder.paths.root.clone(), Folder::project(folder).to_path_buf()]);
        Some(OwnText { text, roots: roots.unwrap_or_default() })
    }
}
