//! The header of a prompt document: what the question is about and who is to answer it, editable by hand.

use std::ops::Range;

use super::near::near;
use crate::core::ids::SessionId;
use crate::core::server::{ModelName, PromptOptions};

const START: &str = "<!-- opencode:";
const END: &str = "-->";

/// What a line of the header can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    File,
    Lines,
    Agent,
    Model,
    Variant,
    Session,
}

impl Key {
    pub const ALL: [Self; 6] = [Self::File, Self::Lines, Self::Agent, Self::Model, Self::Variant, Self::Session];

    pub fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Lines => "lines",
            Self::Agent => "agent",
            Self::Model => "model",
            Self::Variant => "variant",
            Self::Session => "session",
        }
    }

    /// For people.
    pub fn description(self) -> &'static str {
        match self {
            Self::File => "the file that the question is about",
            Self::Lines => "its lines, such as 3 or 3-7; all of them where nothing is said",
            Self::Agent => "the agent that is to answer; opencode's choice where nothing is said",
            Self::Model => "the model, as provider/model; opencode's choice where nothing is said",
            Self::Variant => "how hard the model is to think, by a name of the model's own",
            Self::Session => "`new`, or the id of a session; where questions go to where nothing is said",
        }
    }
}

/// `key: value`. Ranges are bytes of the whole text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub key: Key,
    /// Trimmed; may be empty.
    pub value: String,
    pub at: Range<usize>,
}

/// What is wrong with a prompt document, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub at: Range<usize>,
    /// A sentence without its full stop.
    pub text: String,
}

/// A prompt document as it is written, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub fields: Vec<Field>,
    pub problems: Vec<Problem>,
    /// The header with its marks, in bytes; empty where there is none.
    pub header: Range<usize>,
    /// The text below it, untrimmed, in bytes.
    pub body: Range<usize>,
}

/// The session that a question goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionWish {
    New,
    Known(SessionId),
}

/// Takes a prompt document apart. Nothing makes it fail: what is wrong is said in `problems`.
pub fn read(text: &str) -> Written {
    let start = text.len() - text.strip_prefix('\u{feff}').unwrap_or(text).trim_start().len();
    let Some(inside) = text[start..].strip_prefix(START) else {
        let bom = text.len() - text.strip_prefix('\u{feff}').unwrap_or(text).len();
        return Written { fields: Vec::new(), problems: Vec::new(), header: 0..0, body: bom..text.len() };
    };
    let from = text.len() - inside.len();
    let (end, after, mut problems) = match inside.find(END) {
        Some(end) => (from + end, from + end + END.len(), Vec::new()),
        None => {
            let text_of = format!("the header has no end: `{END}` is missing after it");
            (text.len(), text.len(), vec![Problem { at: start..start + START.len(), text: text_of }])
        }
    };
    let mut fields: Vec<Field> = Vec::new();
    let mut at = from;
    for (number, line) in text[from..end].split_inclusive('\n').enumerate() {
        let (line_at, trimmed) = (at, line.trim());
        at += line.len();
        // What follows the mark is for people.
        if number == 0 || trimmed.is_empty() {
            continue;
        }
        match field(line, line_at) {
            Ok(field) if fields.iter().any(|known| known.key == field.key) => {
                let text = format!("`{}` is there twice", field.key.name());
                problems.push(Problem { at: trimmed_range(line, line_at), text });
            }
            Ok(field) => fields.push(field),
            Err(text) => problems.push(Problem { at: trimmed_range(line, line_at), text }),
        }
    }
    Written { fields, problems, header: start..after, body: after..text.len() }
}

fn field(line: &str, at: usize) -> Result<Field, String> {
    let names = || Key::ALL.map(Key::name);
    let list = || names().join(", ");
    let Some((name, value)) = line.split_once(':') else {
        return Err(format!("this line of the header is no `key: value`; keys are {}", list()));
    };
    let name = name.trim();
    let key = Key::ALL.into_iter().find(|key| key.name() == name).ok_or_else(|| match near(name, names()) {
        Some(meant) => format!("the header has no key `{name}` (is it `{meant}`?)"),
        None => format!("the header has no key `{name}`; keys are {}", list()),
    })?;
    let value_at = at + line.len() - value.len();
    Ok(Field { key, value: value.trim().to_owned(), at: trimmed_range(value, value_at) })
}

/// Where the text of a line is without the blanks around it.
fn trimmed_range(line: &str, at: usize) -> Range<usize> {
    let end = at + line.trim_end().len();
    let start = at + line.len() - line.trim_start().len();
    start.min(end)..end
}

impl Written {
    /// What a key says, if it says anything.
    pub fn field(&self, key: Key) -> Option<&Field> {
        self.fields.iter().find(|field| field.key == key && !field.value.is_empty())
    }

    pub fn value(&self, key: Key) -> Option<&str> {
        self.field(key).map(|field| field.value.as_str())
    }

    /// 1-based, inclusive.
    pub fn lines(&self) -> Result<Option<(u32, u32)>, Problem> {
        let Some(field) = self.field(Key::Lines) else {
            return Ok(None);
        };
        let problem = |text: &str| Problem { at: field.at.clone(), text: text.to_owned() };
        if self.field(Key::File).is_none() {
            return Err(problem("`lines` needs a `file`"));
        }
        let lines = read_lines(&field.value);
        lines.map(Some).ok_or_else(|| problem("`lines` must be a line such as 3, or lines such as 3-7, from 1 on"))
    }

    pub fn options(&self) -> Result<PromptOptions, Problem> {
        let model = match self.field(Key::Model) {
            None => None,
            Some(field) => Some(ModelName::parse(&field.value).ok_or_else(|| Problem {
                at: field.at.clone(),
                text: "`model` must be a provider and a model, such as anthropic/claude".to_owned(),
            })?),
        };
        let text = |key| self.value(key).map(str::to_owned);
        Ok(PromptOptions { agent: text(Key::Agent), model, variant: text(Key::Variant) })
    }

    pub fn session(&self) -> Option<SessionWish> {
        match self.value(Key::Session)? {
            "new" => Some(SessionWish::New),
            id => Some(SessionWish::Known(SessionId::from(id))),
        }
    }

    /// All that is wrong with the header by itself.
    pub fn all_problems(&self) -> Vec<Problem> {
        let mut problems = self.problems.clone();
        problems.extend(self.lines().err());
        problems.extend(self.options().err());
        problems
    }
}

/// `3` or `3-7`.
fn read_lines(value: &str) -> Option<(u32, u32)> {
    let number = |text: &str| text.trim().parse::<u32>().ok().filter(|line| *line > 0);
    match value.split_once('-') {
        None => number(value).map(|line| (line, line)),
        Some((first, last)) => Some((number(first)?, number(last)?)).filter(|(first, last)| first <= last),
    }
}

/// What a new header says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    pub file: Option<String>,
    pub lines: Option<(u32, u32)>,
    pub options: PromptOptions,
    pub session: Option<SessionId>,
}

impl Header {
    /// The header with its marks and a line break: `prose`, then what can be edited.
    pub fn write(&self, prose: &str) -> String {
        let mut text = format!("{START} {}\n", plain(prose).replace(END, ""));
        let mut line = |key: Key, value: Option<&str>| {
            let value = value.filter(|value| can_be_written(value)).unwrap_or_default();
            text.push_str(format!("{}: {value}", key.name()).trim_end());
            text.push('\n');
        };
        if let Some(file) = &self.file {
            line(Key::File, Some(file));
        }
        if let Some((first, last)) = self.lines.filter(|_| self.file.is_some()) {
            let lines = if first == last { first.to_string() } else { format!("{first}-{last}") };
            line(Key::Lines, Some(&lines));
        }
        line(Key::Agent, self.options.agent.as_deref());
        line(Key::Model, self.options.model.as_ref().map(ToString::to_string).as_deref());
        if let Some(variant) = &self.options.variant {
            line(Key::Variant, Some(variant));
        }
        if let Some(session) = &self.session {
            line(Key::Session, Some(session.as_str()));
        }
        text.push_str(END);
        text.push('\n');
        text
    }
}

/// The header of a document that is no question.
pub fn bare(prose: &str) -> String {
    format!("{START} {} {END}\n", plain(prose).replace(END, ""))
}

fn plain(prose: &str) -> String {
    crate::core::inert::inert(prose, 300)
}

/// Whether a value can stand in a header and be read again as it is.
pub fn can_be_written(value: &str) -> bool {
    value.trim() == value && !value.contains(END) && crate::core::inert::inert(value, usize::MAX) == value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> &str {
        &text[read(text).body]
    }

    #[test]
    fn the_header_is_not_the_question() {
        assert_eq!(body("<!-- opencode: about a.py. -->\r\n\r\nWhy? \r\n").trim(), "Why?");
        assert_eq!(body("<!-- opencode: x\nfile: a.py\n-->\n\n\n").trim(), "");
        assert_eq!(body("No header"), "No header");
        assert_eq!(body("\u{feff}No header"), "No header");
        assert_eq!(body("<!-- opencode: cut"), "");
        assert_eq!(read("<!-- opencode: cut").problems.len(), 1);
    }

    #[test]
    fn what_is_said_is_read_by_its_place() {
        let text = "<!-- opencode: Write.\r\nfile:  src/ä b.py \r\nlines: 3-7\r\n\r\nmodel: a/b/c\nagent:\n-->\nWhy?";
        let read = read(text);
        assert_eq!(read.problems, []);
        let file = read.field(Key::File).expect("a file");
        assert_eq!((&text[file.at.clone()], file.value.as_str()), ("src/ä b.py", "src/ä b.py"));
        assert_eq!(read.lines(), Ok(Some((3, 7))));
        let options = read.options().expect("options");
        assert_eq!(options.model, ModelName::parse("a/b/c"));
        assert_eq!((options.agent, read.session()), (None, None));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let text = "<!-- opencode: x\nfiel: a.py\nnonsense\nlines: 7-3\nmodel: gpt\nlines: 1\n-->\nWhy?";
        let read = read(text);
        let said: Vec<(&str, String)> =
            read.all_problems().into_iter().map(|problem| (&text[problem.at], problem.text)).collect();
        assert_eq!(said[0], ("fiel: a.py", "the header has no key `fiel` (is it `file`?)".to_owned()));
        assert!(said[1].1.contains("no `key: value`"), "{said:?}");
        assert_eq!(said[2], ("lines: 1", "`lines` is there twice".to_owned()));
        assert_eq!(said[3], ("7-3", "`lines` needs a `file`".to_owned()));
        assert_eq!(said[4].0, "gpt");
        for (lines, known) in [("0", None), ("3-", None), ("x", None), ("4", Some((4, 4))), ("4 - 9", Some((4, 9)))] {
            assert_eq!(read_lines(lines), known, "{lines}");
        }
    }
}
