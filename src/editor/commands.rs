//! `workspace/executeCommand`: names, and one argument object each.
//!
//! Every command also works without an argument, as Helix's `:lsp-workspace-command` calls it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tower_lsp_server::ls_types::{Range, Uri};

use super::session_commands::{McpArgument, RunArgument, SESSION, SessionArgument};
use super::{command_table, from_proto, question_commands, session_commands, to_proto};
use crate::core::command::{AnswerBlock, Ask, Command, Direction, Which};
use crate::core::ids::{DocumentUri, MessageId, PermissionId, SessionId};
use crate::core::place::Place;
use crate::core::server::PermissionReply;

/// Why a call is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadCall {
    #[error("there is no command `{0}`; there are {list}", list = command_table::names().collect::<Vec<_>>().join(", "))]
    Unknown(String),
    #[error("{command}: {problem}; the argument is one object, such as {example}")]
    Argument { command: String, problem: String, example: &'static str },
    #[error("opencode.permission.reply: `reply` must be \"once\", \"always\" or \"reject\"")]
    Reply,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct PlaceArgument {
    #[serde(skip_serializing_if = "Option::is_none")]
    uri: Option<Uri>,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<Range>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct AskArgument {
    #[serde(flatten)]
    place: PlaceArgument,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    diagnostics: Vec<String>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct PromptArgument {
    #[serde(flatten)]
    place: PlaceArgument,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct ChangeArgument {
    #[serde(skip_serializing_if = "Option::is_none")]
    uri: Option<Uri>,
    /// The `data.id` of a diagnostic.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    confirmed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ReplyArgument {
    id: String,
    reply: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct PermissionArgument {
    id: String,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct InsertArgument {
    #[serde(flatten)]
    place: PlaceArgument,
    /// The answer's number and the block's: `3.0`.
    #[serde(skip_serializing_if = "Option::is_none")]
    block: Option<String>,
}

fn block_of(block: &str) -> Option<AnswerBlock> {
    let (answer, index) = block.split_once('.')?;
    Some(AnswerBlock { answer: answer.parse().ok()?, index: index.parse().ok()? })
}

impl ChangeArgument {
    fn of(which: &Which) -> Self {
        let (uri, id) = match which {
            Which::Hunk { uri, id } => (Some(uri), Some(id.clone())),
            Which::File { uri } => (Some(uri), None),
            Which::All => (None, None),
        };
        Self { uri: uri.and_then(to_proto::uri), id, ..Self::default() }
    }

    fn which(&self) -> Result<Which, &'static str> {
        match (self.uri.as_ref().map(from_proto::uri), self.id.clone()) {
            (Some(uri), Some(id)) => Ok(Which::Hunk { uri, id }),
            (Some(uri), None) => Ok(Which::File { uri }),
            (None, None) => Ok(Which::All),
            (None, Some(_)) => Err("an `id` needs the `uri` of its file"),
        }
    }
}

impl PlaceArgument {
    fn of(place: &Place) -> Self {
        Self { uri: to_proto::uri(&place.uri), range: place.span.map(to_proto::range) }
    }

    fn place(&self) -> Option<Place> {
        let uri = from_proto::uri(self.uri.as_ref()?);
        Some(Place { uri, span: self.range.map(from_proto::span) })
    }

    fn uri(&self) -> Option<DocumentUri> {
        self.uri.as_ref().map(from_proto::uri)
    }
}

const PLACE: &str =
    r#"{"uri": "file:///a.py", "range": {"start": {"line": 0, "character": 0}, "end": {"line": 1, "character": 0}}}"#;
const ASK: &str = r#"{"uri": "file:///a.py", "range": {…}, "prompt": "Why?"}"#;
const PROMPT: &str = r#"{"name": "explain", "uri": "file:///a.py", "range": {…}}"#;
const CHANGE: &str = r#"{"uri": "file:///a.py", "id": "1.2"}"#;
const REPLY: &str = r#"{"id": "per_…", "reply": "once"}"#;
const INSERT: &str = r#"{"uri": "file:///a.py", "range": {…}, "block": "3.0"}"#;
const PERMISSION: &str = r#"{"id": "per_…"}"#;

/// Reads a call. `null` and nothing count as no argument.
pub fn from_json(name: &str, arguments: Vec<Value>) -> Result<Command, BadCall> {
    let argument = arguments.into_iter().next().unwrap_or(Value::Null);
    if let Some(command) = question_commands::from_json(name, argument.clone()) {
        return command;
    }
    let place = |argument| read::<PlaceArgument>(name, argument, PLACE);
    let change = |argument| read::<ChangeArgument>(name, argument, CHANGE);
    let which = |argument: &ChangeArgument| {
        let refused = |problem: &str| BadCall::Argument {
            command: name.to_owned(),
            problem: problem.to_owned(),
            example: CHANGE,
        };
        argument.which().map_err(refused)
    };
    Ok(match name {
        "opencode.ask" => {
            let ask: AskArgument = read(name, argument, ASK)?;
            let AskArgument { place, prompt, diagnostics } = ask;
            Command::Ask(Ask { place: place.place(), prompt, diagnostics, ..Ask::default() })
        }
        "opencode.append" => Command::Append { place: place(argument)?.place() },
        "opencode.document.send" => Command::SendDocument { uri: place(argument)?.uri() },
        "opencode.document.tui" => Command::DocumentToTui { uri: place(argument)?.uri() },
        "opencode.document.discard" => Command::DiscardDocument { uri: place(argument)?.uri() },
        "opencode.history" => Command::History { uri: place(argument)?.uri() },
        "opencode.prompt" => {
            let PromptArgument { place, name } = read(name, argument, PROMPT)?;
            Command::Prompt { name, place: place.place() }
        }
        "opencode.comments.send" => Command::SendComments { place: place(argument)?.place() },
        "opencode.more" => Command::More { place: place(argument)?.place() },
        "opencode.tui.submit" => Command::SubmitTui,
        "opencode.tui.clear" => Command::ClearTui,
        "opencode.permissions" => Command::RecallPermissions,
        "opencode.questions" => Command::RecallQuestions,
        "opencode.permission.reply" | "opencode.permission.show" if argument.is_null() => Command::RecallPermissions,
        "opencode.permission.reply" => {
            let argument: ReplyArgument = required(name, argument, REPLY)?;
            let reply = match argument.reply.as_str() {
                "once" => PermissionReply::Once,
                "always" => PermissionReply::Always,
                "reject" => PermissionReply::Reject,
                _ => return Err(BadCall::Reply),
            };
            Command::ReplyPermission { id: PermissionId::from(argument.id), reply, message: argument.message }
        }
        "opencode.permission.show" => {
            let argument: PermissionArgument = required(name, argument, PERMISSION)?;
            Command::ShowPermission { id: PermissionId::from(argument.id) }
        }
        "opencode.diff.show" => Command::ShowDiff { uri: place(argument)?.uri() },
        "opencode.review.keep" => Command::Keep(which(&change(argument)?)?),
        "opencode.review.undo" => {
            let argument = change(argument)?;
            Command::Undo { which: which(&argument)?, confirmed: argument.confirmed }
        }
        "opencode.review.redo" => {
            let argument = change(argument)?;
            Command::Redo { which: which(&argument)?, prompt: argument.prompt }
        }
        "opencode.review.next" => Command::Go { to: Direction::Next, from: place(argument)?.place() },
        "opencode.review.previous" => Command::Go { to: Direction::Previous, from: place(argument)?.place() },
        "opencode.review.tell" => Command::Tell,
        "opencode.turn.keep" => Command::KeepTurn,
        "opencode.turn.undo" => Command::UndoTurn { confirmed: change(argument)?.confirmed },
        "opencode.turn.redo" => Command::RedoTurn { confirmed: change(argument)?.confirmed },
        "opencode.answer.show" => {
            let argument: SessionArgument = read(name, argument, SESSION)?;
            Command::ShowAnswer { session: argument.session.map(SessionId::from) }
        }
        "opencode.answer.insert" => {
            let argument: InsertArgument = read(name, argument, INSERT)?;
            let refused = |problem: &str| BadCall::Argument {
                command: name.to_owned(),
                problem: problem.to_owned(),
                example: INSERT,
            };
            let block =
                argument.block.as_deref().map(|block| block_of(block).ok_or_else(|| refused("no such `block`")));
            Command::InsertAnswer { place: argument.place.place(), block: block.transpose()? }
        }
        "opencode.abort" => Command::Abort,
        "opencode.agent" | "opencode.model" | "opencode.variant" | "opencode.command" | "opencode.shell"
        | "opencode.init" | "opencode.mcp" | "opencode.info" => session_commands::from_json(name, argument)?,
        "opencode.instance.dispose" => Command::DisposeInstance { confirmed: change(argument)?.confirmed },
        name if name.starts_with("opencode.session.") => session_commands::from_json(name, argument)?,
        "opencode.reconnect" => Command::Reconnect,
        "opencode.server.select" => Command::SelectServer,
        "opencode.server.restart" => Command::RestartServer,
        other => return Err(BadCall::Unknown(other.to_owned())),
    })
}

pub(super) fn read<T: Default + for<'de> Deserialize<'de>>(
    name: &str,
    argument: Value,
    example: &'static str,
) -> Result<T, BadCall> {
    if argument.is_null() {
        return Ok(T::default());
    }
    required(name, argument, example)
}

pub(super) fn required<T: for<'de> Deserialize<'de>>(
    name: &str,
    argument: Value,
    example: &'static str,
) -> Result<T, BadCall> {
    let refused = |problem| BadCall::Argument { command: name.to_owned(), problem, example };
    if !argument.is_object() {
        return Err(refused("the first argument is not an object".to_owned()));
    }
    serde_json::from_value(argument).map_err(|error| refused(error.to_string()))
}

/// Writes a call as a code action carries it.
pub fn to_json(command: &Command) -> (&'static str, Option<Value>) {
    let place = |uri: &Option<DocumentUri>| json!({ "uri": uri.as_ref().map(DocumentUri::as_str) });
    match command {
        Command::Ask(ask) => {
            let argument = AskArgument {
                place: ask.place.as_ref().map(PlaceArgument::of).unwrap_or_default(),
                prompt: ask.prompt.clone(),
                diagnostics: ask.diagnostics.clone(),
            };
            ("opencode.ask", Some(json!(argument)))
        }
        Command::Append { place } => ("opencode.append", place.as_ref().map(|place| json!(PlaceArgument::of(place)))),
        Command::SendDocument { uri } => ("opencode.document.send", Some(place(uri))),
        Command::DocumentToTui { uri } => ("opencode.document.tui", Some(place(uri))),
        Command::DiscardDocument { uri } => ("opencode.document.discard", Some(place(uri))),
        Command::History { uri } => ("opencode.history", Some(place(uri))),
        Command::Prompt { name, place } => {
            let place = place.as_ref().map(PlaceArgument::of).unwrap_or_default();
            ("opencode.prompt", Some(json!(PromptArgument { place, name: name.clone() })))
        }
        Command::SendComments { place } => {
            ("opencode.comments.send", place.as_ref().map(|place| json!(PlaceArgument::of(place))))
        }
        Command::More { place } => ("opencode.more", place.as_ref().map(|place| json!(PlaceArgument::of(place)))),
        Command::SubmitTui => ("opencode.tui.submit", None),
        Command::ClearTui => ("opencode.tui.clear", None),
        Command::RecallPermissions => ("opencode.permissions", None),
        Command::ReplyPermission { id, reply, message } => {
            let argument =
                ReplyArgument { id: id.to_string(), reply: reply.as_str().to_owned(), message: message.clone() };
            ("opencode.permission.reply", Some(json!(argument)))
        }
        Command::ShowPermission { id } => ("opencode.permission.show", Some(json!({ "id": id.as_str() }))),
        Command::RecallQuestions => ("opencode.questions", None),
        Command::Question { id, act } => question_commands::to_json(id, act),
        Command::ShowDiff { uri } => ("opencode.diff.show", Some(place(uri))),
        Command::Keep(which) => ("opencode.review.keep", Some(json!(ChangeArgument::of(which)))),
        Command::Undo { which, confirmed } => {
            let argument = ChangeArgument { confirmed: *confirmed, ..ChangeArgument::of(which) };
            ("opencode.review.undo", Some(json!(argument)))
        }
        Command::Redo { which, prompt } => {
            let argument = ChangeArgument { prompt: prompt.clone(), ..ChangeArgument::of(which) };
            ("opencode.review.redo", Some(json!(argument)))
        }
        Command::Go { to, from } => {
            let name = match to {
                Direction::Next => "opencode.review.next",
                Direction::Previous => "opencode.review.previous",
            };
            (name, from.as_ref().map(|place| json!(PlaceArgument::of(place))))
        }
        Command::Tell => ("opencode.review.tell", None),
        Command::KeepTurn => ("opencode.turn.keep", None),
        Command::UndoTurn { confirmed } => ("opencode.turn.undo", Some(json!({ "confirmed": confirmed }))),
        Command::RedoTurn { confirmed } => ("opencode.turn.redo", Some(json!({ "confirmed": confirmed }))),
        Command::ShowAnswer { session } => ("opencode.answer.show", SessionArgument::json(session.as_ref())),
        Command::InsertAnswer { place, block } => {
            let block = block.map(|AnswerBlock { answer, index }| format!("{answer}.{index}"));
            let place = place.as_ref().map(PlaceArgument::of).unwrap_or_default();
            ("opencode.answer.insert", Some(json!(InsertArgument { place, block })))
        }
        Command::Abort => ("opencode.abort", None),
        Command::NewSession => ("opencode.session.new", None),
        Command::RenameSession { session, title } => {
            let argument = SessionArgument { title: title.clone(), ..SessionArgument::of(session.as_ref()) };
            ("opencode.session.rename", Some(json!(argument)))
        }
        Command::SwitchSession { session } => ("opencode.session.switch", SessionArgument::json(session.as_ref())),
        Command::DeleteSession { session, confirmed } => {
            let argument = SessionArgument { confirmed: *confirmed, ..SessionArgument::of(session.as_ref()) };
            ("opencode.session.delete", Some(json!(argument)))
        }
        Command::ForkSession { session, at } => {
            let message = at.as_ref().map(MessageId::to_string);
            let argument = SessionArgument { message, ..SessionArgument::of(session.as_ref()) };
            ("opencode.session.fork", Some(json!(argument)))
        }
        Command::ShowChildren { session } => ("opencode.session.children", SessionArgument::json(session.as_ref())),
        Command::ShareSession { session } => ("opencode.session.share", SessionArgument::json(session.as_ref())),
        Command::UnshareSession { session } => ("opencode.session.unshare", SessionArgument::json(session.as_ref())),
        Command::Compact => ("opencode.session.compact", None),
        Command::ChooseAgent { agent } => {
            ("opencode.agent", Some(json!(RunArgument { agent: agent.clone(), ..RunArgument::default() })))
        }
        Command::ChooseModel { model } => {
            ("opencode.model", Some(json!(RunArgument { model: model.clone(), ..RunArgument::default() })))
        }
        Command::ChooseVariant { variant } => {
            ("opencode.variant", Some(json!(RunArgument { variant: variant.clone(), ..RunArgument::default() })))
        }
        Command::RunCommand { command, arguments } => {
            let (command, arguments) = (command.clone(), arguments.clone());
            ("opencode.command", Some(json!(RunArgument { command, arguments, ..RunArgument::default() })))
        }
        Command::RunShell { command } => {
            ("opencode.shell", Some(json!(RunArgument { command: command.clone(), ..RunArgument::default() })))
        }
        Command::Init => ("opencode.init", None),
        Command::Mcp { server, connect } => {
            ("opencode.mcp", Some(json!(McpArgument { server: server.clone(), connect: *connect })))
        }
        Command::ShowInfo => ("opencode.info", None),
        Command::DisposeInstance { confirmed } => {
            ("opencode.instance.dispose", Some(json!({ "confirmed": confirmed })))
        }
        Command::Reconnect => ("opencode.reconnect", None),
        Command::SelectServer => ("opencode.server.select", None),
        Command::RestartServer => ("opencode.server.restart", None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Point, Span};

    #[test]
    fn every_command_works_without_an_argument() {
        for name in command_table::names() {
            assert!(from_json(name, vec![]).is_ok(), "{name}");
            assert!(from_json(name, vec![Value::Null]).is_ok(), "{name}");
        }
    }

    #[test]
    fn what_is_written_can_be_read() {
        let span = Span { start: Point { line: 1, character: 2 }, end: Point { line: 3, character: 0 } };
        let place = Some(Place { uri: DocumentUri::from("file:///a%20b.py"), span: Some(span) });
        let commands = [
            Command::Ask(Ask {
                place: place.clone(),
                prompt: Some("x".to_owned()),
                diagnostics: vec!["d".to_owned()],
                ..Ask::default()
            }),
            Command::Append { place: place.clone() },
            Command::Prompt { name: Some("explain".to_owned()), place: place.clone() },
            Command::SendComments { place: place.clone() },
            Command::More { place },
            Command::ReplyPermission { id: "per_1".into(), reply: PermissionReply::Always, message: None },
            Command::ShowPermission { id: "per_1".into() },
            Command::ShowDiff { uri: Some("file:///a.py".into()) },
            Command::SendDocument { uri: Some("file:///a.md".into()) },
            Command::DocumentToTui { uri: None },
            Command::DiscardDocument { uri: None },
            Command::History { uri: Some("file:///a.md".into()) },
            Command::Keep(Which::All),
            Command::Undo { which: Which::File { uri: "file:///a.py".into() }, confirmed: true },
            Command::Redo {
                which: Which::Hunk { uri: "file:///a.py".into(), id: "1.2".to_owned() },
                prompt: Some("Shorter.".to_owned()),
            },
            Command::Go { to: Direction::Previous, from: None },
            Command::UndoTurn { confirmed: true },
            Command::SwitchSession { session: Some("ses_1".into()) },
            Command::DeleteSession { session: Some("ses_1".into()), confirmed: true },
            Command::ForkSession { session: Some("ses_1".into()), at: Some("msg_1".into()) },
            Command::ChooseModel { model: Some("p/m".to_owned()) },
            Command::RunCommand { command: Some("review".to_owned()), arguments: Some(String::new()) },
            Command::Mcp { server: Some("docs".to_owned()), connect: Some(false) },
            Command::DisposeInstance { confirmed: true },
            Command::ShowAnswer { session: Some("ses_1".into()) },
            Command::InsertAnswer { place: None, block: Some(AnswerBlock { answer: 3, index: 1 }) },
            Command::Abort,
        ];
        for command in commands {
            let (name, argument) = to_json(&command);
            assert_eq!(from_json(name, argument.into_iter().collect()), Ok(command));
        }
    }

    #[test]
    fn bad_calls_say_what_is_wrong() {
        let said = |name, argument| from_json(name, vec![argument]).expect_err("refused").to_string();
        assert!(said("opencode.fly", Value::Null).contains("there is no command `opencode.fly`"));
        assert!(said("opencode.ask", json!("a")).contains("not an object"));
        assert!(said("opencode.ask", json!({"uri": 1})).contains("opencode.ask: "));
        assert!(said("opencode.review.undo", json!({"id": "1.2"})).contains("needs the `uri`"));
        assert!(said("opencode.permission.reply", json!({"id": "x", "reply": "yes"})).contains("once"));
    }
}
