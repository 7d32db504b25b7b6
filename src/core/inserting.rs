//! Code of the last answer, put into a document at the user's word.

use std::ops::Range;

use super::actions::Action;
use super::command::{AnswerBlock, Command, CommandError, Outcome};
use super::dialogs::About;
use super::documents::OpenDocument;
use super::effect::{EditorEffect, Level, WorkspaceEdit};
use super::event::{Applied, DialogAnswer};
use super::ids::JobId;
use super::inert::{first_line, inert};
use super::place::Place;
use super::state::State;
use super::transcripts::{Answer, CodeBlock};
use crate::text::{Encoding, Span};

/// Blocks with an action each; of more, the newest has one, and a menu has the others.
const MAX_ACTIONS: usize = 3;
/// Blocks in a menu, the newest.
const MAX_MENU: usize = 9;
/// Characters of a block's first line in a title.
const TITLE: usize = 40;

impl State {
    /// Putting code of the last answer here, or in the place of what is selected.
    pub(super) fn answer_actions(&self, place: &Place, actions: &mut Vec<Action>) {
        let Some(span) = place.span else {
            return;
        };
        let Some(answer) = self.answer_for(place).filter(|_| self.can_take_code(place)) else {
            return;
        };
        let what = if span.start == span.end { "Insert answer's code here" } else { "Apply code block to selection" };
        let count = answer.blocks.len();
        let mut push = |title: String, block: Option<usize>| {
            let block = block.map(|index| AnswerBlock { answer: answer.number, index });
            let command = Command::InsertAnswer { place: Some(place.clone()), block };
            actions.push(Action { title, kind: None, command, diagnostics: Vec::new() });
        };
        match count {
            0 => {}
            1 => push(what.to_owned(), Some(0)),
            2..=MAX_ACTIONS => {
                for (index, block) in answer.blocks.iter().enumerate() {
                    push(format!("{what}: {}", title(block)), Some(index));
                }
            }
            _ => {
                push(format!("{what}: {}", title(&answer.blocks[count - 1])), Some(count - 1));
                push(format!("{what}: another block…"), None);
            }
        }
    }

    fn answer_for(&self, place: &Place) -> Option<&Answer> {
        self.last_answer(self.folder_of(Some(place)))
    }

    /// Open documents of the user's.
    fn can_take_code(&self, place: &Place) -> bool {
        let is_own = place.uri.to_path().is_some_and(|path| self.folders.is_own(&path));
        !is_own && self.documents.get(&place.uri).is_some()
    }

    pub(super) fn insert_answer(
        &mut self,
        place: Option<Place>,
        block: Option<AnswerBlock>,
    ) -> Result<Outcome, CommandError> {
        let place = place.or_else(|| self.active.clone()).filter(|place| place.span.is_some());
        let place = place.filter(|place| self.can_take_code(place)).ok_or(CommandError::NoFile)?;
        let answer = self.answer_for(&place).filter(|answer| !answer.blocks.is_empty()).ok_or(CommandError::NoCode)?;
        let (number, count) = (answer.number, answer.blocks.len());
        let index = match block {
            Some(block) if block.answer != number || block.index >= count => return Err(CommandError::OldAnswer),
            Some(block) => block.index,
            None if count > 1 && !self.dialogs.unsupported => {
                self.ask_which_block(place);
                return Ok(Outcome::Done);
            }
            None => count - 1,
        };
        self.insert_block(&place, index);
        Ok(Outcome::Done)
    }

    fn ask_which_block(&mut self, place: Place) {
        let (Some(answer), Some(document)) = (self.answer_for(&place), self.documents.get(&place.uri)) else {
            return;
        };
        let blocks = answer.blocks.iter().enumerate().rev().take(MAX_MENU);
        let buttons = blocks.map(|(index, block)| format!("{}: {}", index + 1, title(block))).collect();
        let about = About::Insert { place, version: document.version, answer: answer.number };
        self.ask_user(about, Level::Info, "Which code of opencode's answer?".to_owned(), buttons);
    }

    pub(super) fn insert_chosen(&mut self, place: &Place, version: i32, number: u64, answer: DialogAnswer) {
        let known = self.answer_for(place).filter(|answer| answer.number == number);
        let count = known.map_or(0, |answer| answer.blocks.len());
        let index = match &answer {
            DialogAnswer::Chosen(button) => {
                let number = button.split(':').next().and_then(|number| number.parse::<usize>().ok());
                number.and_then(|number| number.checked_sub(1)).filter(|index| *index < count)
            }
            DialogAnswer::Dismissed => return,
            DialogAnswer::Unsupported => {
                self.dialogs.unsupported = true;
                count.checked_sub(1)
            }
        };
        // Where the text has changed, the place may be another one.
        let is_same = self.documents.get(&place.uri).is_some_and(|document| document.version == version);
        match index.filter(|_| is_same) {
            Some(index) => self.insert_block(place, index),
            None => self.say_not_inserted("the text or the answer has changed meanwhile; try again"),
        }
    }

    fn insert_block(&mut self, place: &Place, index: usize) {
        let block = self.answer_for(place).and_then(|answer| answer.blocks.get(index));
        let (Some(block), Some(document), Some(span)) = (block, self.documents.get(&place.uri), place.span) else {
            return;
        };
        let (range, text) = edit(document, span, &block.text, self.encoding);
        let edit = WorkspaceEdit::Text {
            uri: document.uri.clone(),
            version: document.version,
            edits: vec![(document.text.span(range, self.encoding), document.for_editor(text))],
            label: "Insert opencode's code".to_owned(),
        };
        let job = self.undoing.next_job();
        self.inserting.insert(job);
        self.editor(EditorEffect::Edit { job, edit });
    }

    pub(super) fn insert_applied(&mut self, job: JobId, applied: &Applied) {
        self.inserting.remove(&job);
        if let Applied::No { reason } = applied {
            let why = match reason {
                Some(reason) => format!("the editor refused it: {}", inert(reason, 200)),
                None => "the editor refused it; its text may have changed meanwhile, try again".to_owned(),
            };
            self.say_not_inserted(&why);
        }
    }

    fn say_not_inserted(&mut self, why: &str) {
        let text = format!("The answer's code was not inserted: {why}");
        self.editor(EditorEffect::Message { level: Level::Warning, text });
    }
}

fn title(block: &CodeBlock) -> String {
    inert(first_line(&block.text).unwrap_or_default(), TITLE)
}

/// What is replaced in a document, in bytes, and by what.
///
/// A cursor in an empty line puts the block there, in another line below it. Whole lines that are selected are
/// replaced by lines; what is selected within a line is replaced as it is.
fn edit(document: &OpenDocument, span: Span, code: &str, encoding: Encoding) -> (Range<usize>, String) {
    let text = &document.text;
    let selected = text.range(span, encoding);
    let whole = text.slice(0..text.len_bytes());
    let start = whole[..selected.start].rfind(['\n', '\r']).map_or(0, |at| at + 1);
    let end = whole[selected.end..].find(['\n', '\r']).map_or(whole.len(), |at| selected.end + at);
    let (range, before, lines) = if selected.is_empty() {
        let line = &whole[start..end];
        let is_blank = line.trim().is_empty();
        let indentation = leading(line);
        let lines = shift(code.trim_end_matches('\n'), indentation);
        if is_blank { (start..end, "", lines) } else { (end..end, "\n", lines) }
    } else {
        let ends_lines = whole[..selected.end].ends_with(['\n', '\r']);
        let is_whole = whole[start..selected.start].trim().is_empty()
            && (ends_lines || whole[selected.end..end].trim().is_empty());
        let code = if ends_lines { code } else { code.trim_end_matches('\n') };
        if is_whole {
            let first = whole[start..selected.end].lines().find(|line| !line.trim().is_empty());
            (start..selected.end, "", shift(code, first.map_or("", leading)))
        } else {
            (selected, "", code.trim_end_matches('\n').to_owned())
        }
    };
    let new = format!("{before}{lines}");
    let new = if whole.contains("\r\n") { new.replace('\n', "\r\n") } else { new };
    (range, new)
}

fn leading(line: &str) -> &str {
    &line[..line.len() - line.trim_start().len()]
}

/// Lines with this indentation instead of the one that all of them have, if there are no two kinds of it.
fn shift(code: &str, indentation: &str) -> String {
    let lines = || code.lines().filter(|line| !line.trim().is_empty());
    let common = lines().map(leading).reduce(|left, right| {
        let same = left.bytes().zip(right.bytes()).take_while(|(left, right)| left == right).count();
        &left[..left.floor_char_boundary(same)]
    });
    let common = common.unwrap_or_default();
    let has = |c: char| indentation.contains(c) || lines().any(|line| leading(line).contains(c));
    if common == indentation || (has('\t') && has(' ')) {
        return code.to_owned();
    }
    let shifted = code.split_inclusive('\n').map(|line| {
        let is_blank = line.trim().is_empty();
        if is_blank { line.to_owned() } else { format!("{indentation}{}", &line[common.len()..]) }
    });
    shifted.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Point;

    /// The text with the code in the place of what is between the bars; one bar is the cursor.
    fn inserted(marked: &str, code: &str) -> String {
        let first = marked.find('|').expect("a bar");
        let text = marked.replace('|', "");
        let last = marked[first + 1..].find('|').map_or(first, |at| first + at);
        let document = OpenDocument::new("file:///a.py".into(), "python".to_owned(), 1, &text);
        let point = |at| document.text.point(at, Encoding::Utf16);
        let span = Span { start: point(first), end: point(last) };
        let (range, new) = edit(&document, span, code, Encoding::Utf16);
        format!("{}{new}{}", &text[..range.start], &text[range.end..])
    }

    #[test]
    fn a_cursor_gets_the_lines_below_it_or_in_its_empty_line() {
        assert_eq!(inserted("a|b\nc\n", "x\ny\n"), "ab\nx\ny\nc\n");
        assert_eq!(inserted("a\n|\nc\n", "x\ny\n"), "a\nx\ny\nc\n");
        assert_eq!(inserted("a\n    |\nc", "x\n  y\n"), "a\n    x\n      y\nc");
        assert_eq!(inserted("if a:\n    b|", "x\n\n  y\n"), "if a:\n    b\n    x\n\n      y");
        assert_eq!(inserted("|", "x\n"), "x");
    }

    #[test]
    fn lines_are_replaced_by_lines_and_words_by_words() {
        assert_eq!(inserted("a\n|b\n|c\n", "x\n"), "a\nx\nc\n");
        assert_eq!(inserted("a\n|b|\nc\n", "x\n"), "a\nx\nc\n");
        assert_eq!(inserted("if a:\n    |b\n    c|\nd\n", "x\n  y\n"), "if a:\n    x\n      y\nd\n");
        assert_eq!(inserted("|    b\n|", "        x\n            y\n"), "    x\n        y\n");
        assert_eq!(inserted("f(|a|)\n", "b\n"), "f(b)\n");
        assert_eq!(inserted("|f(a|)\n", "g(\n  b\n"), "g(\n  b)\n");
    }

    #[test]
    fn only_what_can_be_shifted_whole_is() {
        assert_eq!(inserted("\ta|", "x\n  y\n"), "\ta\nx\n  y");
        assert_eq!(inserted("\ta|", "x\n\ty\n"), "\ta\n\tx\n\t\ty");
        assert_eq!(inserted("  a|", "    x\n  y\n"), "  a\n    x\n  y");
    }

    #[test]
    fn lines_end_as_the_document_s_do() {
        assert_eq!(inserted("a|\r\nb\r\n", "x\ny\n"), "a\r\nx\r\ny\r\nb\r\n");
        assert_eq!(inserted("|a\r\n|b\r\n", "x\n"), "x\r\nb\r\n");
    }

    #[test]
    fn a_span_may_be_reversed() {
        let document = OpenDocument::new("file:///a.py".into(), String::new(), 1, "a\nb\n");
        let at = |line| Point { line, character: 0 };
        let (range, new) = edit(&document, Span { start: at(1), end: at(0) }, "x\n", Encoding::Utf8);
        assert_eq!((range, new.as_str()), (0..2, "x\n"));
    }
}
