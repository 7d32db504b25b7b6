//! How a question is put to the user: a dialog, the plugin's menu, code actions, and a document with all of it.

use super::Pending;
use crate::core::actions::{Action, ActionKind, touches};
use crate::core::command::{Command, CommandError, Outcome, QuestionAct};
use crate::core::diagnostics::CODE_QUESTION;
use crate::core::dialogs::About;
use crate::core::effect::{Diagnostic, EditorEffect, Level};
use crate::core::event::DialogAnswer;
use crate::core::ids::{DocumentUri, QuestionId};
use crate::core::inert::{inert, inert_lines};
use crate::core::menus::{Entry, Menu, told_apart};
use crate::core::place::Place;
use crate::core::server::{Question, QuestionOption};
use crate::core::showing::file_name;
use crate::core::state::State;
use crate::text::Span;

/// The first button: an accidental Enter must not answer anything.
const SHOW: &str = "Show details";
const ANSWER: &str = "Answer…";
const WRITE: &str = "Write an answer…";
const DONE: &str = "Done";
const DISMISS: &str = "Dismiss the question";

impl State {
    /// Puts the next question of a request to the user; at once where the user is in the middle of it.
    pub(super) fn ask_question(&mut self, id: &QuestionId, at_once: bool) {
        let Some(pending) = self.questions.get(id).filter(|pending| pending.is_open()) else {
            return;
        };
        let text = self.question_text(pending);
        if self.dialogs.unsupported {
            let menu = Menu { title: text, entries: entries(pending) };
            self.offer(menu);
            return;
        }
        // A menu that takes the focus must not come while the user types.
        if self.plugin.has_menus() && at_once {
            let menu = Menu { title: text, entries: entries(pending) };
            self.offer(menu);
            return;
        }
        let buttons = self.question_buttons(pending);
        let about = About::Question(id.clone());
        match at_once {
            true => self.ask_user_again(about, Level::Info, text, buttons),
            false => self.ask_user(about, Level::Info, text, buttons),
        }
    }

    fn question_buttons(&self, pending: &Pending) -> Vec<String> {
        if self.plugin.has_menus() {
            return [ANSWER, SHOW, DISMISS].map(str::to_owned).to_vec();
        }
        told_apart(entries(pending).iter().map(Entry::title), &[])
    }

    pub(in crate::core) fn question_dialog_answered(&mut self, id: &QuestionId, answer: DialogAnswer) {
        let chosen = match answer {
            DialogAnswer::Chosen(chosen) => chosen,
            DialogAnswer::Dismissed => return,
            DialogAnswer::Unsupported => {
                self.dialogs.unsupported = true;
                self.ask_question(id, true);
                return;
            }
        };
        let Some(pending) = self.questions.get(id).filter(|pending| pending.is_open()) else {
            self.say_question_answered_elsewhere();
            return;
        };
        if self.plugin.has_menus() && chosen == ANSWER {
            self.ask_question(id, true);
            return;
        }
        let entries = entries(pending);
        let titles = told_apart(entries.iter().map(Entry::title), &[]);
        // A button that was never offered is no answer.
        if let Some(at) = titles.iter().position(|title| *title == chosen) {
            self.run(entries[at].command.clone());
        }
    }

    /// Asks again about everything that is open; what is answered and did not arrive is sent again.
    pub(in crate::core) fn recall_questions(&mut self) -> Outcome {
        let ids: Vec<QuestionId> = self.questions.open().map(|pending| pending.request.id.clone()).collect();
        if ids.is_empty() {
            let text = "opencode waits for no answer".to_owned();
            self.editor(EditorEffect::Message { level: Level::Info, text });
        }
        for id in ids {
            self.drop_dialogs(&About::Question(id.clone()));
            if self.questions.get(&id).is_some_and(|pending| pending.current().is_none()) {
                self.send_answers(&id);
            } else {
                self.ask_question(&id, true);
            }
        }
        Outcome::Done
    }

    pub(super) fn show_question(&mut self, id: &QuestionId) -> Result<Outcome, CommandError> {
        let pending = self.questions.get(id).ok_or_else(|| CommandError::NoSuchQuestion(id.clone()))?;
        let text = self.question_details(pending);
        let outcome = self.show_own(&format!("questions/{}.md", file_name(id.as_str())), text);
        Ok(outcome)
    }

    fn question_text(&self, pending: &Pending) -> String {
        let session = self.session_title(&pending.request.session);
        let Some(question) = pending.current() else {
            return format!("opencode waits for your answer ({session}).");
        };
        let (number, all) = (pending.given.len() + 1, pending.request.questions.len());
        let which = if all > 1 { format!(", question {number} of {all}") } else { String::new() };
        let mut text = format!("opencode asks ({session}{which}): {}", inert(&question.text, 300));
        if question.multiple {
            text.push_str(" Choose any number, then Done.");
            let chosen: Vec<String> = pending.chosen.iter().map(|answer| inert(answer, 60)).collect();
            if !chosen.is_empty() {
                text.push_str(&format!(" Chosen: {}.", chosen.join(", ")));
            }
        }
        text
    }

    /// All questions of a request, whole and inert.
    fn question_details(&self, pending: &Pending) -> String {
        let mut text = "# opencode asks\n\n".to_owned();
        text.push_str(&format!("- {}\n", self.session_title(&pending.request.session)));
        text.push_str(&format!("- request: `{}`\n", inert(pending.request.id.as_str(), 100)));
        for (index, question) in pending.request.questions.iter().enumerate() {
            text.push_str(&format!("\n## {}\n\n", inert(heading(question), 100)));
            text.push_str(&format!("{}\n\n", inert_lines(&question.text)));
            for QuestionOption { label, description } in &question.options {
                text.push_str(&format!("- {}: {}\n", inert(label, 1000), inert(description, 4000)));
            }
            let how = match (question.multiple, question.custom) {
                (true, true) => "Several may be chosen, and an answer of your own written.",
                (true, false) => "Several may be chosen.",
                (false, true) => "One may be chosen, or an answer of your own written.",
                (false, false) => "One may be chosen.",
            };
            text.push_str(&format!("\n{how}\n"));
            if let Some(given) = pending.given.get(index) {
                text.push_str(&format!("\nYour answer: {}\n", inert(&given.join(", "), 1000)));
            }
        }
        text
    }

    /// Where questions are shown: at the place where their turn was asked.
    pub(in crate::core) fn question_diagnostics(&self) -> Vec<(DocumentUri, Diagnostic)> {
        let diagnostic = |pending: &Pending| {
            let request = &pending.request;
            let Place { uri, span } = self.origin_of(&request.session).or_else(|| pending.place.clone())?;
            let text = pending.current().map_or("", |question| question.text.as_str());
            let message = format!("opencode asks: {}: answer it with a code action", inert(text, 200));
            let (level, id) = (Level::Warning, request.id.to_string());
            let span = self.first_line_of(&uri, span);
            Some((uri, Diagnostic { span, level, code: CODE_QUESTION, message, id, related: None }))
        };
        self.questions.open().filter_map(diagnostic).collect()
    }

    /// The answers to the questions whose warning touches a span.
    pub(in crate::core) fn question_actions(&self, uri: &DocumentUri, span: Span, actions: &mut Vec<Action>) {
        let shown = self.published.get(uri).into_iter().flat_map(|shown| &**shown);
        for diagnostic in shown.filter(|d| d.code == CODE_QUESTION && touches(d.span, span)) {
            let id = QuestionId::from(diagnostic.id.as_str());
            for entry in self.questions.get(&id).map(entries).unwrap_or_default() {
                let title = format!("opencode: {}", entry.title());
                let kind = Some(ActionKind::QuickFix);
                actions.push(Action { title, kind, command: entry.command, diagnostics: Vec::new() });
            }
        }
    }
}

fn heading(question: &Question) -> &str {
    if question.header.is_empty() { "Question" } else { &question.header }
}

/// What can be done about the question that is asked now.
fn entries(pending: &Pending) -> Vec<Entry> {
    let id = &pending.request.id;
    let act = |act: QuestionAct| Command::Question { id: id.clone(), act };
    let question = pending.given.len();
    let mut entries = vec![Entry::new(SHOW, "", act(QuestionAct::Show))];
    if let Some(asked) = pending.current() {
        for (option, QuestionOption { label, description }) in asked.options.iter().enumerate() {
            let mark = match (asked.multiple, pending.chosen.contains(label)) {
                (false, _) => "",
                (true, true) => "[x] ",
                (true, false) => "[ ] ",
            };
            let pick = act(QuestionAct::Pick { question, option });
            entries.push(Entry::new(format!("{mark}{label}"), description.as_str(), pick));
        }
        if asked.multiple {
            entries.push(Entry::new(DONE, "", act(QuestionAct::Done { question })));
        }
        if asked.custom {
            entries.push(Entry::new(WRITE, "", act(QuestionAct::Write { question, text: None })));
        }
    }
    entries.push(Entry::new(DISMISS, "", act(QuestionAct::Reject)));
    entries
}
