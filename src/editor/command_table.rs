//! Every command with its argument and its meaning: what is announced to the client and the reference in
//! `docs/commands.md` come from here.

/// One command of `workspace/executeCommand`.
pub struct CommandInfo {
    pub name: &'static str,
    /// The keys of its argument object, `?` where one may be left out; empty where it takes none.
    pub argument: &'static str,
    /// For people, as Markdown.
    pub description: &'static str,
}

const fn command(name: &'static str, argument: &'static str, description: &'static str) -> CommandInfo {
    CommandInfo { name, argument, description }
}

pub static COMMANDS: &[CommandInfo] = &[
    command(
        "opencode.ask",
        "{uri?, range?, prompt?, diagnostics?}",
        "asks `prompt` about the place; without `prompt`, asks for it, or opens a prompt document",
    ),
    command(
        "opencode.append",
        "{uri?, range?}",
        "adds the place to the TUI's prompt; without one, the place you last touched",
    ),
    command(
        "opencode.document.send",
        "{uri?}",
        "sends a prompt document, saved or not; without `uri`, the one you last touched",
    ),
    command("opencode.document.tui", "{uri?}", "adds the text of a prompt document to the TUI's prompt"),
    command(
        "opencode.document.discard",
        "{uri?}",
        "removes a prompt document; its text is kept for a while, and the message says where",
    ),
    command(
        "opencode.history",
        "{uri?}",
        "offers the newest questions; the chosen one, or `uri`, is opened anew, or gone on with if it was not sent",
    ),
    command(
        "opencode.prompt",
        "{name?, uri?, range?}",
        "runs a ready prompt (`prompts`) about the place; without `name`, lets you choose",
    ),
    command(
        "opencode.comments.send",
        "{uri?, range?}",
        "sends the AI comments of a file, or of all open files of the project",
    ),
    command("opencode.more", "{uri?, range?}", "lets you choose among everything that can be asked for"),
    command("opencode.tui.submit", "", "submits the TUI's prompt"),
    command("opencode.tui.clear", "", "clears the TUI's prompt"),
    command("opencode.permissions", "", "asks again about everything that is pending"),
    command(
        "opencode.permission.reply",
        "{id, reply, message?}",
        "`reply` is `once`, `always` or `reject`; `message` tells the model why",
    ),
    command("opencode.permission.show", "{id}", "opens the details of a request"),
    command("opencode.questions", "", "asks again what opencode asks you; an answer that did not arrive is sent again"),
    command("opencode.question.show", "{id}", "opens everything about a question"),
    command(
        "opencode.question.pick",
        "{id, question?, option}",
        "chooses an option; both are counted from 0, `question` among those that were asked together",
    ),
    command("opencode.question.write", "{id, question?, text?}", "answers with a text; without it, asks for it"),
    command(
        "opencode.question.done",
        "{id, question?}",
        "nothing more is to be chosen of a question with several answers",
    ),
    command(
        "opencode.question.reply",
        "{id, answers}",
        "answers all questions that were asked together, each with a list",
    ),
    command("opencode.question.reject", "{id}", "dismisses the question; opencode then ends its turn"),
    command("opencode.diff.show", "{uri?}", "opens the diff of a file, or of all changed files"),
    command(
        "opencode.review.keep",
        "{uri?, id?}",
        "accepts a change (by the `data.id` of its diagnostic), a file's, or all: they are no longer shown",
    ),
    command(
        "opencode.review.undo",
        "{uri?, id?, confirmed?}",
        "takes a change, a file's, or all back; all only after a question, or with `\"confirmed\": true`",
    ),
    command(
        "opencode.review.redo",
        "{uri?, id?, prompt?}",
        "asks opencode to do a change in another way; without `prompt`, asks for it, or opens a prompt document",
    ),
    command(
        "opencode.review.next",
        "{uri?, range?}",
        "goes to the next change from there, else from where you were last",
    ),
    command("opencode.review.previous", "{uri?, range?}", "the same backwards"),
    command("opencode.review.tell", "", "what you have undone goes along with your next question"),
    command("opencode.turn.keep", "", "accepts what the newest turn changed"),
    command("opencode.turn.undo", "{confirmed?}", "opencode undoes its last turn, after a question"),
    command(
        "opencode.turn.redo",
        "{confirmed?}",
        "opencode takes that back, after a question: it sets the whole project back to the moment of the undo",
    ),
    command(
        "opencode.answer.show",
        "{session?}",
        "opens the transcript of a session; without one, of what is being answered, was answered or asked last, or \
        of the newest session",
    ),
    command(
        "opencode.answer.insert",
        "{uri?, range?, block?}",
        "puts code of the last answer there, else where you were last; without `block` (of a code action) it asks \
        which, where there are several",
    ),
    command("opencode.abort", "", "stops what opencode is doing for you"),
    command("opencode.session.new", "", "the next question starts a new session"),
    command(
        "opencode.session.rename",
        "{session?, title?}",
        "gives a session another title; without `title`, asks for it; without `session`, the one your questions go to",
    ),
    command(
        "opencode.session.switch",
        "{session?}",
        "your questions go to another session, whose transcript opens; without `session`, a menu of the newest 50",
    ),
    command(
        "opencode.session.delete",
        "{session?, confirmed?}",
        "deletes a session, after a question; without `session`, a menu of them",
    ),
    command(
        "opencode.session.fork",
        "{session?, message?}",
        "goes on in a copy of a session up to this prompt and its answer; without `message`, a menu of the prompts",
    ),
    command("opencode.session.children", "{session?}", "a menu of the sessions of its sub-agents"),
    command(
        "opencode.session.share",
        "{session?}",
        "makes a session readable for everybody who has its link, which is shown",
    ),
    command("opencode.session.unshare", "{session?}", "takes that back"),
    command("opencode.session.compact", "", "replaces what was said in the session by a summary"),
    command(
        "opencode.agent",
        "{agent?}",
        "the agent that answers in this session from now on; without `agent`, a menu; an empty one leaves it to opencode",
    ),
    command("opencode.model", "{model?}", "the same for the model, as `provider/model`"),
    command("opencode.variant", "{variant?}", "the same for how hard the model is to think, by its own names"),
    command(
        "opencode.command",
        "{command?, arguments?}",
        "runs a slash command; without `command`, a menu; without `arguments`, asks for them (an empty text is none)",
    ),
    command(
        "opencode.shell",
        "{command?}",
        "opencode runs a shell command in the project, at once, and the session knows it; without `command`, asks for it",
    ),
    command("opencode.init", "", "opencode looks at the project and writes its `AGENTS.md`"),
    command(
        "opencode.mcp",
        "{server?, connect?}",
        "connects or disconnects one of opencode's MCP servers; without both, a menu with their states",
    ),
    command(
        "opencode.info",
        "",
        "opens a document about this opencode: version, project, providers, agents, tools, servers, configuration",
    ),
    command(
        "opencode.instance.dispose",
        "{confirmed?}",
        "opencode loads the project anew, after a question: what it is doing there ends",
    ),
    command("opencode.reconnect", "", "connects anew"),
    command(
        "opencode.server.select",
        "",
        "chooses the server of this project among those that run, or starts one; without dialogs it takes the next one",
    ),
    command(
        "opencode.server.restart",
        "",
        "replaces the server that the bridge started by a new one; other editors that use it keep theirs",
    ),
];

/// Their names, in the order of the reference.
pub fn names() -> impl Iterator<Item = &'static str> {
    COMMANDS.iter().map(|command| command.name)
}
