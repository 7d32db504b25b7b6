//! The commands of the bridge, typed. How they look in `workspace/executeCommand` is the editor's edge.

use super::ids::{DocumentUri, MessageId, PermissionId, QuestionId, SessionId};
use super::place::Place;
use super::prompt_documents::SessionWish;
use super::runs::Run;
use super::server::{PermissionReply, PromptOptions};

/// What a user can ask of the bridge.
#[expect(clippy::large_enum_variant, reason = "there is one at a time, and a menu's worth at most")]
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "there are a few at a time, in menus and on their way")]
pub enum Command {
    Ask(Ask),
    /// Put a place into the prompt of an attached TUI; without one, the place last touched.
    Append {
        place: Option<Place>,
    },
    /// Send a prompt document; without one, the one last touched. The same below.
    SendDocument {
        uri: Option<DocumentUri>,
    },
    /// Put its text into the prompt of an attached TUI.
    DocumentToTui {
        uri: Option<DocumentUri>,
    },
    DiscardDocument {
        uri: Option<DocumentUri>,
    },
    /// Ask a question of before again; without one, the user chooses.
    History {
        uri: Option<DocumentUri>,
    },
    SubmitTui,
    ClearTui,
    /// Run a ready prompt; without a name, let the user choose one.
    Prompt {
        name: Option<String>,
        place: Option<Place>,
    },
    /// Offer everything that can be asked for.
    More {
        place: Option<Place>,
    },
    /// Send comments for an AI: those at a place, or of a document, or all that are known in the user's folder.
    SendComments {
        place: Option<Place>,
    },
    /// Ask again about everything that is pending.
    RecallPermissions,
    ReplyPermission {
        id: PermissionId,
        reply: PermissionReply,
        message: Option<String>,
    },
    ShowPermission {
        id: PermissionId,
    },
    /// Ask again about every question that is open.
    RecallQuestions,
    Question {
        id: QuestionId,
        act: QuestionAct,
    },
    /// The unified diff of one file, or of everything opencode changed.
    ShowDiff {
        uri: Option<DocumentUri>,
    },
    /// Accept what opencode changed: it is no longer shown.
    Keep(Which),
    /// Take back what opencode changed.
    Undo {
        which: Which,
        /// Everything is only undone after a question, unless it was answered beforehand.
        confirmed: bool,
    },
    /// Ask opencode to do a change in another way.
    Redo {
        which: Which,
        prompt: Option<String>,
    },
    Go {
        to: Direction,
        from: Option<Place>,
    },
    /// Tell opencode with the next question what was undone.
    Tell,
    /// Accept what the newest turn changed.
    KeepTurn,
    /// Undo the last turn, by opencode itself.
    UndoTurn {
        confirmed: bool,
    },
    RedoTurn {
        confirmed: bool,
    },
    /// The transcript of a session; without one, of what is being answered or was last.
    ShowAnswer {
        session: Option<SessionId>,
    },
    /// Put code of the folder's last answer at a place.
    InsertAnswer {
        place: Option<Place>,
        /// Without it, the user is asked where there are several.
        block: Option<AnswerBlock>,
    },
    Abort,
    NewSession,
    /// Without a session, the one that questions go to; without a title, the user is asked for it.
    RenameSession {
        session: Option<SessionId>,
        title: Option<String>,
    },
    /// Which session questions go to from now on; without one, the user chooses.
    SwitchSession {
        session: Option<SessionId>,
    },
    DeleteSession {
        session: Option<SessionId>,
        confirmed: bool,
    },
    /// Go on in a copy of a session up to a prompt of it, with its answer.
    ForkSession {
        session: Option<SessionId>,
        at: Option<MessageId>,
    },
    /// The sessions of sub-agents.
    ShowChildren {
        session: Option<SessionId>,
    },
    ShareSession {
        session: Option<SessionId>,
    },
    UnshareSession {
        session: Option<SessionId>,
    },
    /// Without arguments, the user is asked for them; an empty text is none.
    RunCommand {
        command: Option<String>,
        arguments: Option<String>,
    },
    RunShell {
        command: Option<String>,
    },
    /// Replace what was said in the session by a summary.
    Compact,
    /// For the session that questions go to; an empty name leaves it to opencode.
    ChooseAgent {
        agent: Option<String>,
    },
    ChooseModel {
        model: Option<String>,
    },
    ChooseVariant {
        variant: Option<String>,
    },
    /// Let opencode write `AGENTS.md`.
    Init,
    Mcp {
        server: Option<String>,
        connect: Option<bool>,
    },
    /// What this opencode is made of.
    ShowInfo,
    DisposeInstance {
        confirmed: bool,
    },
    Reconnect,
    /// Choose another server for this project.
    SelectServer,
    /// End an own server and start it anew.
    RestartServer,
}

/// What is done about a question. Where it is one of several of a request, `question` is its place, 0-based:
/// a click that comes late must not answer the next one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QuestionAct {
    Show,
    /// Choose an option, 0-based.
    Pick {
        question: usize,
        option: usize,
    },
    /// Answer with a text; without it, the user is asked for it.
    Write {
        question: usize,
        text: Option<String>,
    },
    /// Nothing more is to be chosen.
    Done {
        question: usize,
    },
    /// Answer all questions of the request, in their order.
    Reply {
        answers: Vec<Vec<String>>,
    },
    Reject,
}

/// A block of code of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnswerBlock {
    /// The number of the answer.
    pub answer: u64,
    /// From 0, in the order of the answer.
    pub index: usize,
}

/// Which changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// By the `data.id` of its diagnostic.
    Hunk {
        uri: DocumentUri,
        id: String,
    },
    File {
        uri: DocumentUri,
    },
    All,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Next,
    Previous,
}

/// A question about a place.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ask {
    pub place: Option<Place>,
    /// The question; without it the user is given a prompt document.
    pub prompt: Option<String>,
    /// Diagnostics that go along, in words.
    pub diagnostics: Vec<String>,
    /// The change of opencode's that it is about, as a diff.
    pub about_change: Option<String>,
    /// What the user has undone, in words.
    pub undone: Option<String>,
    /// What is run instead of asking; `prompt` is how it is shown.
    pub run: Option<Box<Run>>,
    pub options: PromptOptions,
    /// Where it goes to; where nothing is said, to the folder's session.
    pub session: Option<SessionWish>,
    /// Places whose text goes along besides.
    pub also: Vec<Place>,
}

/// What a command gives back to the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// A document that was made for the user.
    Document(DocumentUri),
}

/// Why a command was refused, for the user.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    #[error("nothing to add: put the cursor into a file first, or give `uri` and `range`")]
    NoPlace,
    #[error("there is no prompt `{name}`; there are {known}")]
    NoSuchPrompt { name: String, known: String },
    #[error("your settings take all prompts away")]
    NoPrompts,
    #[error("no comment for an AI is in the open files; one ends in `AI!` or `AI?`, or begins with `opencode:`")]
    NoComments,
    #[error("there is no permission request {0}; it may have been answered elsewhere")]
    NoSuchPermission(PermissionId),
    #[error("there is no open question {0}, or it has come further; see opencode.questions")]
    NoSuchQuestion(QuestionId),
    #[error("{asked} questions are asked, and {given} answers were given")]
    OtherNumberOfAnswers { asked: usize, given: usize },
    #[error("this question takes no answer of your own; choose one of its options")]
    NoOwnAnswer,
    #[error("opencode changed nothing here that is not reviewed yet")]
    NothingChanged,
    #[error("that change is not there any more; ask for the code actions again")]
    NoSuchChange,
    #[error("{file} cannot be undone here: {problem}; opencode.turn.undo lets opencode itself undo its turn")]
    CannotUndo { file: String, problem: &'static str },
    /// The question, and how to answer it.
    #[error("{0}")]
    NotConfirmed(String),
    #[error("nothing was undone since your last question")]
    NothingUndone,
    #[error("there is no turn of opencode to undo that was seen here")]
    NoTurn,
    #[error("no turn is undone")]
    NoTurnUndone,
    #[error("opencode is at work in that session; wait until it has finished, or stop it with opencode.abort")]
    Busy,
    #[error("a turn is just being undone or redone")]
    UnderWay,
    #[error("opencode has answered nothing here yet that has code in it")]
    NoCode,
    #[error("that answer is not the last one any more; ask for the code actions again")]
    OldAnswer,
    #[error("nowhere to put it: put the cursor into a file first, or give `uri` and `range`")]
    NoFile,
    #[error("opencode is not working on anything of yours")]
    NothingRunning,
    #[error("server.url (or --server, or OPENCODE_SERVER) names the server; remove that to choose another one")]
    ServerIsSet,
    #[error(
        "the server at {0} was not started by opencode-lsp: restart it where it runs, the connection comes back by itself"
    )]
    NotOwn(String),
    #[error("there is no session yet; ask opencode something first, or choose one with opencode.session.switch")]
    NoSession,
    #[error(
        "there is no such prompt document; ask opencode something first, or choose a question with opencode.history"
    )]
    NoPromptDocument,
    #[error("{0}")]
    NotConnected(String),
}
