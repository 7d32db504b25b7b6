//! Prompt documents: what is sent and what is not, what is known in them, and what becomes of them.

use tokio::sync::oneshot;

use super::*;
use crate::core::catalogue::{Agent, List, Listed, Model, SlashCommand};
use crate::core::command::{Ask, Command, CommandError};
use crate::core::event::SendError;
use crate::core::ids::DraftId;
use crate::core::lists::ListPurpose;
use crate::core::place::Place;
use crate::core::prompt_documents::files::{KeptQuestion, PromptsDone, note_of};
use crate::core::prompt_documents::{Completion, Hover};
use crate::core::runs::Run;
use crate::core::server::{Found, ModelName, PromptOptions, PromptPart};
use crate::text::{Point, Span};

const PY: &str = "def add(a, b):\n    return a+b\n\n\ndef sub(a, b):\n    return a-b\n";

fn lines(first: u32, last: u32) -> Span {
    Span { start: Point { line: first, character: 0 }, end: Point { line: last, character: 1 } }
}

fn place(name: &str, span: Option<Span>) -> Option<Place> {
    Some(Place { uri: uri(name), span })
}

fn agent(name: &str, primary: bool) -> Agent {
    Agent {
        name: name.to_owned(),
        description: format!("The {name}."),
        primary,
        subagent: !primary,
        hidden: false,
        model: None,
    }
}

impl Scene {
    /// A prompt document about a place, open in the editor as the bridge wrote it: its path and its text.
    fn document(&mut self, ask: Ask) -> (PathBuf, String) {
        self.run(Command::Ask(ask)).expect("taken");
        let (path, text) = self.last_shown();
        let text = text.expect("a text");
        self.open_markdown(&path, &text);
        (path, text)
    }

    fn last_shown(&self) -> (PathBuf, Option<String>) {
        let shown = self.told.iter().rev().find_map(|effect| match effect {
            EditorEffect::Show { path, text, .. } => Some((path.clone(), text.clone())),
            _ => None,
        });
        shown.expect("a document")
    }

    fn open_markdown(&mut self, path: &Path, text: &str) {
        self.disk.insert(path.to_path_buf(), text.to_owned());
        let uri = DocumentUri::from_path(path).expect("absolute");
        self.editor(EditorEvent::Opened { uri, language: "markdown".to_owned(), version: 1, text: text.to_owned() });
    }

    fn write_in(&mut self, path: &Path, text: &str) {
        let uri = DocumentUri::from_path(path).expect("absolute");
        self.editor(EditorEvent::Changed { uri, version: 2, edits: vec![(None, text.to_owned())] });
    }

    fn save_as(&mut self, path: &Path, text: &str) {
        self.write_in(path, text);
        self.save_document(path);
    }

    fn save_document(&mut self, path: &Path) {
        self.editor(EditorEvent::Saved { uri: DocumentUri::from_path(path).expect("absolute") });
    }

    /// opencode tells what it has.
    fn tell_lists(&mut self) {
        let model = |name: &str| Model {
            name: ModelName::parse(name).expect("a name"),
            title: "A model".to_owned(),
            provider: "A provider".to_owned(),
            is_default: false,
            variants: vec!["high".to_owned(), "low".to_owned()],
        };
        let command =
            SlashCommand { name: "review".to_owned(), description: "Reviews.".to_owned(), takes_arguments: true };
        for list in [
            Listed::Agents(vec![agent("build", true), agent("explore", false)]),
            Listed::Models(vec![model("acme/large")]),
            Listed::Commands(vec![command]),
        ] {
            self.handle(Event::Reply(FOLDER, ServerReply::Listed { why: ListPurpose::Known, result: Ok(list) }));
        }
    }

    /// The newest prompt that was sent, once its session is there.
    fn prompt_sent(&mut self) -> Option<(DraftId, Vec<PromptPart>, PromptOptions)> {
        if let Some(ServerCall::CreateSession { draft }) = self.calls.last() {
            let draft = *draft;
            self.handle(Event::Reply(FOLDER, ServerReply::SessionCreated { draft, result: Ok(session()) }));
        }
        self.calls.iter().rev().find_map(|call| match call {
            ServerCall::Prompt { draft, parts, options, .. } => Some((*draft, parts.clone(), options.clone())),
            _ => None,
        })
    }

    fn prompts_sent(&self) -> usize {
        let is_prompt =
            |call: &&ServerCall| matches!(call, ServerCall::Prompt { .. } | ServerCall::CreateSession { .. });
        self.calls.iter().filter(is_prompt).count()
    }

    fn complete(&mut self, path: &Path, text: &str, at: &str) -> oneshot::Receiver<Option<Completion>> {
        let marked = text.find(at).expect("the place") + at.len();
        let before = &text[..marked];
        let line = u32::try_from(before.matches('\n').count()).expect("few lines");
        let line_text = before.rsplit('\n').next().unwrap_or_default();
        let character = u32::try_from(line_text.encode_utf16().count()).expect("short");
        self.write_in(path, text);
        let (reply, answer) = oneshot::channel();
        let uri = DocumentUri::from_path(path).expect("absolute");
        self.editor(EditorEvent::Complete { uri, point: Point { line, character }, reply });
        answer
    }

    fn hover(&mut self, path: &Path, line: u32, character: u32) -> Option<Hover> {
        let (reply, mut answer) = oneshot::channel();
        let uri = DocumentUri::from_path(path).expect("absolute");
        self.editor(EditorEvent::Hover { uri, point: Point { line, character }, reply });
        answer.try_recv().expect("at once")
    }

    fn in_document(&self, path: &Path) -> Vec<String> {
        let shown = self.shown.get(&DocumentUri::from_path(path).expect("absolute")).into_iter().flatten();
        shown.map(|d| format!("{}:{} {}", d.span.start.line, d.span.start.character, d.message)).collect()
    }
}

fn texts(parts: &[PromptPart]) -> Vec<&str> {
    fn text(part: &PromptPart) -> Option<&str> {
        match part {
            PromptPart::Text(text) => Some(text),
            _ => None,
        }
    }
    parts.iter().filter_map(text).collect()
}

fn labels(completion: Option<Completion>) -> Vec<String> {
    completion.expect("a completion").items.into_iter().map(|item| item.text).collect()
}

#[test]
fn what_the_header_says_when_it_is_saved_is_what_counts() {
    let mut scene = Scene::new(&[("src/a.py", PY), ("src/b.py", "b = 1\nc = 2\n")]);
    scene.open("src/a.py");
    let (path, text) = scene.document(Ask { place: place("src/a.py", Some(lines(0, 1))), ..Ask::default() });
    assert_eq!(
        text,
        "<!-- opencode: Write your question below; saving this file sends it.\nfile: src/a.py\nlines: 1-2\nagent:\n\
         model:\n-->\n\n\n"
    );
    let text =
        "<!-- opencode: x\nfile: src/b.py\nlines: 2\nagent: build\nmodel: acme/large\nvariant: high\n-->\n\nWhy?\n";
    scene.tell_lists();
    scene.save_as(&path, text);
    let (_, parts, options) = scene.prompt_sent().expect("sent");
    assert_eq!(
        parts,
        [
            PromptPart::Text("Why?\n\nThis is about `src/b.py`, line 2.".to_owned()),
            PromptPart::File { path: self::path("src/b.py"), name: "src/b.py".to_owned(), lines: Some((2, 2)) },
        ]
    );
    assert_eq!(options.agent.as_deref(), Some("build"));
    assert_eq!(options.model, ModelName::parse("acme/large"));
    assert_eq!(options.variant.as_deref(), Some("high"));
}

#[test]
fn a_session_in_the_header_is_asked_and_new_makes_one() {
    let mut scene = Scene::new(&[]);
    let (path, _) = scene.document(Ask::default());
    scene.save_as(&path, "<!-- opencode: x\nsession: ses_other\n-->\nWhy?");
    let is_to =
        |call: &ServerCall| matches!(call, ServerCall::Prompt { session, .. } if session.as_str() == "ses_other");
    assert!(scene.calls.last().is_some_and(is_to), "{:?}", scene.calls.last());
    let draft = match scene.calls.last() {
        Some(ServerCall::Prompt { draft, .. }) => *draft,
        other => panic!("no prompt but {other:?}"),
    };
    scene.handle(Event::Reply(FOLDER, ServerReply::Prompted { draft, result: Ok(()) }));
    scene.save_as(&path, "<!-- opencode: x\nsession: new\n-->\nHow?");
    assert!(matches!(scene.calls.last(), Some(ServerCall::CreateSession { .. })), "{:?}", scene.calls.last());
}

#[test]
fn what_is_wrong_in_the_header_is_said_and_nothing_is_lost() {
    let mut scene = Scene::new(&[]);
    let (path, _) = scene.document(Ask::default());
    scene.tell_lists();
    for (text, said) in [
        ("<!-- opencode: x\nlines: 3-1\n-->\nWhy?", "in line 2, `lines` needs a `file`"),
        ("<!-- opencode: x\nfile: a.py\nlines: 3-1\n-->\nWhy?", "in line 3, `lines` must be a line"),
        ("<!-- opencode: x\nmodle: a/b\n-->\nWhy?", "in line 2, the header has no key `modle` (is it `model`?)"),
        ("<!-- opencode: x\nagent: biuld\n-->\nWhy?", "in line 2, opencode has no agent `biuld` (is it build?)"),
        ("<!-- opencode: x\nmodel: acme/small\n-->\nWhy?", "in line 2, opencode has no model `acme/small`"),
        ("<!-- opencode: x\nmodel: acme/large\nvariant: hihg\n-->\nWhy?", "no variant `hihg` (is it high?)"),
        ("<!-- opencode: x\nWhy?", "in line 1, the header has no end"),
        ("<!-- opencode: x\n-->\n/reviw main", "opencode has no command /reviw"),
    ] {
        scene.save_as(&path, text);
        let messages = scene.messages();
        let last = messages.last().copied().unwrap_or_default();
        assert!(last.contains("Your question was not sent") && last.contains(said), "{text}: {last}");
        assert!(last.contains(&path.display().to_string()), "{last}");
    }
    assert_eq!(scene.prompts_sent(), 0);
    scene.save_as(&path, "<!-- opencode: x\nagent: build\n-->\nWhy?");
    assert_eq!(texts(&scene.prompt_sent().expect("sent").1), ["Why?"]);
}

#[test]
fn a_file_of_the_header_that_is_not_there_keeps_the_question() {
    let mut scene = Scene::new(&[]);
    let (path, _) = scene.document(Ask::default());
    scene.save_as(&path, "<!-- opencode: x\nfile: none.py\n-->\nWhy?");
    let messages = scene.messages();
    assert!(messages.last().is_some_and(|last| last.contains("`none.py`, which is not there")), "{messages:?}");
    assert_eq!(scene.prompts_sent(), 0);
    scene.write("none.py", PY);
    scene.save_document(&path);
    assert_eq!(scene.prompts_sent(), 1);
}

#[test]
fn mentions_become_parts() {
    let mut scene = Scene::new(&[("a.py", PY), ("b.py", "b = 1\n"), ("dir/c d.py", "c\n")]);
    scene.open("b.py");
    scene.change("b.py", "b = 2\n");
    let (path, _) = scene.document(Ask::default());
    scene.tell_lists();
    scene.save_as(&path, "See @a.py#L1-2, @b.py, @\"dir/c d.py\", @none.py, @explore, @build, me@a.py and `@a.py`.");
    let (_, parts, _) = scene.prompt_sent().expect("sent");
    let file = |name: &str, lines| PromptPart::File { path: self::path(name), name: name.to_owned(), lines };
    assert_eq!(
        parts[1..],
        [
            file("a.py", Some((1, 2))),
            PromptPart::Text("`b.py` (python), as it is in the editor (not saved):\n```python\nb = 2\n```".to_owned()),
            file("dir/c d.py", None),
            PromptPart::Agent("explore".to_owned()),
        ]
    );
}

#[test]
fn a_question_that_mentions_something_waits_for_the_agents() {
    let mut scene = Scene::new(&[]);
    scene.run(Command::Ask(Ask { prompt: Some("Ask @explore.".to_owned()), ..Ask::default() })).expect("taken");
    let lists = scene.calls.iter().filter(|call| matches!(call, ServerCall::FetchList { .. })).count();
    assert_eq!((scene.prompts_sent(), lists), (0, 3));
    let why = ListPurpose::Known;
    for _ in 0..3 {
        scene.handle(Event::Reply(FOLDER, ServerReply::Listed { why: why.clone(), result: Err("500".to_owned()) }));
    }
    // It was not told: the word stays a word.
    let (_, parts, _) = scene.prompt_sent().expect("sent");
    assert_eq!(parts, [PromptPart::Text("Ask @explore.".to_owned())]);
    // What is known is not asked for again.
    scene.run(Command::Ask(Ask { prompt: Some("Ask @explore.".to_owned()), ..Ask::default() })).expect("taken");
    let lists = scene.calls.iter().filter(|call| matches!(call, ServerCall::FetchList { list: List::Agents, .. }));
    assert_eq!(lists.count(), 1);
}

#[test]
fn without_send_on_save_only_the_command_sends() {
    let mut scene = Scene::new(&[]);
    let mut settings = Settings::default();
    settings.ask.send_on_save = false;
    scene.configure(settings, &[ROOT]);
    scene.connect();
    let (path, text) = scene.document(Ask::default());
    assert!(text.contains("send it with a code action"), "{text}");
    scene.save_as(&path, &format!("{text}Why?\n"));
    assert_eq!(scene.prompts_sent(), 0);
    scene.run(Command::SendDocument { uri: None }).expect("taken");
    assert_eq!(texts(&scene.prompt_sent().expect("sent").1), ["Why?"]);
}

#[test]
fn the_users_word_sends_again_what_saving_does_not() {
    let mut scene = Scene::new(&[]);
    let (path, text) = scene.document(Ask::default());
    scene.run(Command::SendDocument { uri: None }).expect("taken");
    assert_eq!(scene.messages(), ["There is nothing to send: write your question below the header"]);
    scene.save_as(&path, &format!("{text}Why?\n"));
    let (draft, ..) = scene.prompt_sent().expect("sent");
    scene.handle(Event::Reply(FOLDER, ServerReply::Prompted { draft, result: Ok(()) }));
    let count = scene.prompts_sent();
    scene.save_document(&path);
    assert_eq!(scene.prompts_sent(), count);
    scene.run(Command::SendDocument { uri: DocumentUri::from_path(&path) }).expect("taken");
    assert_eq!(scene.prompts_sent(), count + 1);
}

#[test]
fn what_goes_along_stands_in_the_text_and_asks_nothing_by_itself() {
    let mut scene = Scene::new(&[]);
    let ask =
        Ask { about_change: Some("-a\n+b\n".to_owned()), diagnostics: vec!["E1: bad".to_owned()], ..Ask::default() };
    let (path, text) = scene.document(ask);
    assert!(text.contains("-->\n\n\n\nIt is about this change of yours:\n```diff\n-a\n+b\n```"), "{text}");
    assert!(text.contains("Diagnostics there:\n- E1: bad"), "{text}");
    scene.save_document(&path);
    assert_eq!(scene.prompts_sent(), 0);
    let text = text.replacen("-->\n\n", "-->\n\nIn another way, please.", 1);
    scene.save_as(&path, &text);
    let (_, parts, _) = scene.prompt_sent().expect("sent");
    assert!(texts(&parts)[0].starts_with("In another way, please.\n\nIt is about this change"), "{parts:?}");
}

#[test]
fn a_document_of_an_earlier_run_works_as_one_of_this_run() {
    let mut scene = Scene::new(&[("a.py", PY)]);
    let old = path(".own/prompts/prompt-0-1.md");
    scene.open_markdown(&old, "<!-- opencode: x\nfile: a.py\nlines: 5\n-->\n\nWhy?\n");
    scene.save_document(&old);
    let (draft, parts, _) = scene.prompt_sent().expect("sent");
    assert!(parts.contains(&PromptPart::File { path: path("a.py"), name: "a.py".to_owned(), lines: Some((5, 5)) }));
    // Once opencode has it, that is noted beside it.
    scene.handle(Event::Reply(FOLDER, ServerReply::Prompted { draft, result: Ok(()) }));
    scene.prompt(SESSION, "msg_2");
    let part = Part { id: "prt_p".into(), kind: PartKind::Text { text: texts(&parts)[0].to_owned() } };
    scene.server(ServerEvent::Part { session: session(), message: "msg_2".into(), part });
    let note = scene.own[&note_of(&old)].clone();

    // The next run knows from it that it was sent.
    let mut scene = Scene::new(&[("a.py", PY)]);
    scene.disk.insert(note_of(&old), note);
    scene.open_markdown(&old, "<!-- opencode: x\nfile: a.py\nlines: 5\n-->\n\nWhy?\n");
    scene.save_document(&old);
    assert_eq!(scene.prompts_sent(), 0);
    scene.save_as(&old, "<!-- opencode: x\nfile: a.py\nlines: 5\n-->\n\nHow?\n");
    assert_eq!(scene.prompts_sent(), 1);
}

#[test]
fn other_files_are_no_prompt_documents() {
    let mut scene = Scene::new(&[]);
    for name in ["prompts/a.md", ".own/transcripts/a.md", ".own/prompts/deep/a.md", ".own/prompts/a.txt"] {
        scene.open_markdown(&path(name), "Why?");
        scene.save_document(&path(name));
    }
    assert_eq!(scene.prompts_sent(), 0);
    assert_eq!(
        scene.run(Command::SendDocument { uri: Some(uri("prompts/a.md")) }),
        Err(CommandError::NoPromptDocument)
    );
    assert_eq!(scene.run(Command::DiscardDocument { uri: None }), Err(CommandError::NoPromptDocument));
}

#[test]
fn a_discarded_document_is_kept_elsewhere_and_not_sent_by_saving_it() {
    let mut scene = Scene::new(&[]);
    let (path, text) = scene.document(Ask::default());
    scene.write_in(&path, &format!("{text}Half a question"));
    scene.run(Command::DiscardDocument { uri: None }).expect("taken");
    let Some(PromptJob::Discard { path: from, to, text: Some(kept) }) = scene.jobs.pop() else {
        panic!("nothing is kept");
    };
    assert_eq!((&from, kept.ends_with("Half a question")), (&path, true));
    assert!(to.starts_with(self::path(".own/removed")));
    scene.handle(Event::Prompts(PromptsDone::Discarded { path: from, to: to.clone(), result: Ok(()) }));
    assert_eq!(
        scene.messages(),
        [format!("The question is discarded; close its document. Its text is kept in {}", to.display())]
    );
    scene.save_as(&path, &format!("{text}Half a question, saved"));
    assert_eq!(scene.prompts_sent(), 0);
    scene.run(Command::SendDocument { uri: DocumentUri::from_path(&path) }).expect("taken");
    assert_eq!(scene.prompts_sent(), 1);
}

#[test]
fn what_could_not_be_discarded_is_still_there() {
    let mut scene = Scene::new(&[]);
    let (path, text) = scene.document(Ask::default());
    scene.run(Command::DiscardDocument { uri: None }).expect("taken");
    let (to, result) = (self::path(".own/removed/x.md"), Err("no space".to_owned()));
    scene.handle(Event::Prompts(PromptsDone::Discarded { path: path.clone(), to, result }));
    assert!(scene.messages()[0].contains("could not be removed: no space"), "{:?}", scene.messages());
    scene.save_as(&path, &format!("{text}Why?"));
    assert_eq!(scene.prompts_sent(), 1);
}

#[test]
fn the_history_is_a_menu_of_which_one_is_written_anew() {
    let mut scene = Scene::new(&[]);
    scene.run(Command::History { uri: None }).expect("taken");
    assert_eq!(scene.jobs, [PromptJob::List { folder: FOLDER, own: path(".own/") }]);
    let kept = |name: &str, question: &str, sent| KeptQuestion {
        path: path(name),
        question: question.to_owned(),
        age: std::time::Duration::from_secs(3600),
        sent,
    };
    let questions =
        vec![kept(".own/prompts/b.md", "Newest\n\u{202e}more", true), kept(".own/prompts/a.md", "Never sent", false)];
    scene.handle(Event::Prompts(PromptsDone::Listed { folder: FOLDER, questions }));
    let Some(EditorEffect::Dialog { text, buttons, id, .. }) = scene.told.last().cloned() else {
        panic!("no menu");
    };
    assert_eq!(text, "Which question?");
    assert_eq!(buttons, ["Never sent (not sent, 1 h ago)", "Newest (1 h ago)"]);
    let answer = crate::core::event::DialogAnswer::Chosen(buttons[1].clone());
    scene.editor(EditorEvent::DialogAnswered { id, answer });
    let fetch = PromptJob::Fetch { path: path(".own/prompts/b.md") };
    assert_eq!(scene.jobs.last(), Some(&fetch));

    let text = "<!-- opencode: x\nagent:\n-->\n\nNewest\n".to_owned();
    scene.handle(Event::Prompts(PromptsDone::Fetched {
        path: path(".own/prompts/b.md"),
        text: Some(text),
        sent: true,
    }));
    let (new, text) = scene.last_shown();
    let text = text.expect("a text");
    assert_ne!(new, path(".own/prompts/b.md"));
    // On disk alone it is not sent; saved by the user it is.
    scene.disk.insert(new.clone(), text.clone());
    scene.pass_some_time();
    assert_eq!(scene.prompts_sent(), 0);
    scene.open_markdown(&new, &text);
    scene.save_document(&new);
    assert_eq!(texts(&scene.prompt_sent().expect("sent").1), ["Newest"]);

    // One that was not sent is gone on with.
    let text = "Never sent".to_owned();
    scene.handle(Event::Prompts(PromptsDone::Fetched {
        path: path(".own/prompts/a.md"),
        text: Some(text),
        sent: false,
    }));
    assert_eq!(scene.last_shown(), (path(".own/prompts/a.md"), None));
}

impl Scene {
    /// Lets the timers end that run now, not those that follow.
    fn pass_some_time(&mut self) {
        for timer in std::mem::take(&mut self.timers) {
            self.handle(Event::Timer(timer));
        }
    }
}

#[test]
fn an_empty_history_and_what_was_left_unsent_are_said() {
    let mut scene = Scene::new(&[]);
    scene.handle(Event::Prompts(PromptsDone::Listed { folder: FOLDER, questions: Vec::new() }));
    scene.handle(Event::Prompts(PromptsDone::Left { count: 0 }));
    scene.handle(Event::Prompts(PromptsDone::Left { count: 1 }));
    scene.handle(Event::Prompts(PromptsDone::Left { count: 2 }));
    assert_eq!(
        scene.messages(),
        [
            "There is no question in the history of this project yet",
            "opencode: a question of an earlier run was not sent; opencode.history has it",
            "opencode: 2 questions of an earlier run were not sent; opencode.history has them",
        ]
    );
}

#[test]
fn a_question_that_did_not_arrive_is_sent_again_by_saving_it() {
    let mut scene = Scene::new(&[]);
    let (path, text) = scene.document(Ask::default());
    let text = format!("{text}Why?\n");
    scene.save_as(&path, &text);
    let (draft, ..) = scene.prompt_sent().expect("sent");
    let refused = Err(SendError::Refused("400".to_owned()));
    scene.handle(Event::Reply(FOLDER, ServerReply::Prompted { draft, result: refused }));
    assert!(scene.messages()[0].contains("It is kept in"), "{:?}", scene.messages());
    let count = scene.prompts_sent();
    scene.save_document(&path);
    assert_eq!(scene.prompts_sent(), count + 1);
}

#[test]
fn completion_is_for_prompt_documents_only() {
    let mut scene = Scene::new(&[("a.py", PY)]);
    scene.open("a.py");
    let mut answer = scene.complete(&path("a.py"), "@a", "@a");
    assert_eq!(answer.try_recv().expect("at once"), None);
    let (path, _) = scene.document(Ask::default());
    let mut answer = scene.complete(&path, "plain text", "plain");
    assert_eq!(answer.try_recv().expect("at once"), None);
}

#[test]
fn what_is_known_is_completed_at_once() {
    let mut scene = Scene::new(&[]);
    let (path, _) = scene.document(Ask::default());
    scene.tell_lists();
    let header = "<!-- opencode: x\nmodel: acme/large\nvariant: \nagent: \nses\n-->\n";
    let mut complete = |text: &str, at: &str| {
        labels(scene.complete(&path, &format!("{header}{text}"), at).try_recv().expect("at once"))
    };
    assert_eq!(complete("Why {se", "{se")[0], "{selection}");
    assert_eq!(complete("Why #", "Why #").len(), 9);
    assert_eq!(complete("/re", "/re"), ["/review "]);
    assert_eq!(complete("", "agent: "), ["build"]);
    assert_eq!(complete("", "model: ac"), ["acme/large"]);
    assert_eq!(complete("", "variant: "), ["high", "low"]);
    assert_eq!(complete("", "\nses"), ["file: ", "lines: ", "session: "]);
}

#[test]
fn files_are_searched_by_opencode_and_late_answers_dropped() {
    let mut scene = Scene::new(&[]);
    let (path, _) = scene.document(Ask::default());
    scene.tell_lists();
    let mut first = scene.complete(&path, "See @ex", "@ex");
    assert!(first.try_recv().is_err(), "it waits");
    let mut second = scene.complete(&path, "See @exp", "@exp");
    assert_eq!(first.try_recv().expect("given up"), Some(Completion { items: Vec::new(), incomplete: true }));
    let Some(ServerCall::Find { search, query, symbols: true }) = scene.calls.last().cloned() else {
        panic!("no search but {:?}", scene.calls.last());
    };
    assert_eq!(query, "exp");
    let files = vec!["src/exp.py".to_owned(), "a b/exp.py".to_owned(), "b\u{202e}ad.py".to_owned()];
    let found = Found { files, symbols: Vec::new() };
    scene.handle(Event::Reply(FOLDER, ServerReply::Found { search, result: Ok(found.clone()) }));
    let completion = second.try_recv().expect("an answer").expect("a completion");
    assert!(completion.incomplete);
    assert_eq!(
        completion.items[0].span,
        Span { start: Point { line: 0, character: 4 }, end: Point { line: 0, character: 8 } }
    );
    assert_eq!(labels(Some(completion)), ["@explore", "@src/exp.py", "@\"a b/exp.py\""]);

    let mut third = scene.complete(&path, "See @expl", "@expl");
    scene.pass_some_time();
    let cut = third.try_recv().expect("an answer in time").expect("a completion");
    assert_eq!((cut.incomplete, labels(Some(cut))), (true, vec!["@explore".to_owned()]));
    scene.handle(Event::Reply(FOLDER, ServerReply::Found { search: search + 1, result: Ok(found) }));
}

#[test]
fn what_is_wrong_is_shown_when_nothing_is_typed_for_a_moment() {
    let mut scene = Scene::new(&[("a.py", PY)]);
    let (path, _) = scene.document(Ask::default());
    scene.tell_lists();
    let text = "<!-- opencode: x\nfile: a.py\nlines: 99\nagent: biuld\n-->\nÄ😀 {seletcion} @none.py @a.py#L50 @explor @a.py \
                @property {other}";
    scene.write_in(&path, text);
    assert_eq!(scene.in_document(&path), [""; 0]);
    scene.pass_some_time();
    assert_eq!(
        scene.in_document(&path),
        [
            "3:7 opencode has no agent `biuld` (is it build?)",
            "2:7 `a.py` has only 6 lines",
            "5:16 there is no file `none.py`: it is sent as it is",
            "5:25 `a.py` has only 6 lines",
            "5:35 opencode has no agent `explor` (is it @explore?)",
            "5:4 there is no context {seletcion}, it is sent as it is (is it {selection}?)",
        ]
    );
    scene.save_as(&path, "Why?");
    scene.pass_some_time();
    assert_eq!(scene.in_document(&path), [""; 0]);
}

#[test]
fn hover_says_what_would_be_sent() {
    let mut scene = Scene::new(&[("a.py", PY), ("b.py", "b = 1\n")]);
    scene.open("a.py");
    let (path, _) = scene.document(Ask { place: place("a.py", Some(lines(0, 1))), ..Ask::default() });
    scene.tell_lists();
    scene.write_in(
        &path,
        "<!-- opencode: x\nfile: a.py\nlines: 1-2\nmodel: acme/large\n-->\n@b.py {selection} @explore\n/review",
    );
    scene.pass_some_time();
    let mut said = |line, character| scene.hover(&path, line, character).map(|hover| hover.text);
    assert_eq!(said(5, 2).expect("a hover"), "b.py: opencode reads it\n6 bytes, 1 line");
    let selection = said(5, 8).expect("a hover");
    assert!(selection.contains("29 bytes") && selection.contains("return a+b"), "{selection}");
    assert!(said(5, 20).expect("a hover").contains("The explore."));
    assert_eq!(said(1, 7).expect("a hover"), "a.py, lines 1-2: opencode reads it\n29 bytes, 2 lines");
    assert!(said(3, 8).expect("a hover").contains("A model, by A provider"));
    assert_eq!(said(0, 3), None);
}

#[test]
fn files_that_are_there_are_links() {
    let mut scene = Scene::new(&[("a.py", PY)]);
    let (path, _) = scene.document(Ask::default());
    scene.write_in(&path, "See @a.py#L5 and @none.py.");
    scene.pass_some_time();
    let (reply, mut answer) = oneshot::channel();
    scene.editor(EditorEvent::Links { uri: DocumentUri::from_path(&path).expect("absolute"), reply });
    let links = answer.try_recv().expect("at once").expect("a prompt document");
    let told: Vec<_> = links.iter().map(|link| (link.target.clone(), link.line, link.span.start.character)).collect();
    assert_eq!(told, [(uri("a.py"), Some(5), 4)]);
}

#[test]
fn what_can_be_done_is_offered() {
    let mut scene = Scene::new(&[]);
    let (path, text) = scene.document(Ask::default());
    let uri = DocumentUri::from_path(&path).expect("absolute");
    let titles = |scene: &mut Scene| {
        let (reply, mut answer) = oneshot::channel();
        scene.editor(EditorEvent::CodeLenses { uri: uri.clone(), reply });
        let lenses = answer.try_recv().expect("at once");
        lenses.into_iter().map(|lens| lens.title).collect::<Vec<String>>()
    };
    assert_eq!(titles(&mut scene), ["Send", "Send to TUI", "Discard"]);
    let (reply, mut answer) = oneshot::channel();
    let query = crate::core::actions::ActionQuery {
        place: Some(Place { uri: uri.clone(), span: Some(lines(0, 0)) }),
        ..Default::default()
    };
    scene.editor(EditorEvent::CodeActions { query, reply });
    let actions: Vec<String> = answer.try_recv().expect("at once").into_iter().map(|action| action.title).collect();
    assert_eq!(actions, ["opencode: send", "opencode: send to TUI", "opencode: discard"]);
    scene.save_as(&path, &format!("{text}Why?"));
    assert_eq!(titles(&mut scene)[0], "Send again");
}

#[test]
fn the_tui_gets_the_text_with_its_place() {
    let mut scene = Scene::new(&[("a.py", PY)]);
    let (path, _) = scene.document(Ask::default());
    scene.write_in(&path, "<!-- opencode: x\nfile: a.py\nlines: 1-2\n-->\n\nWhy?\n");
    scene.run(Command::DocumentToTui { uri: None }).expect("taken");
    assert_eq!(scene.calls.last(), Some(&ServerCall::Append { text: "@a.py#L1-2 Why? ".to_owned() }));
}

#[test]
fn a_first_line_that_is_a_command_runs_it() {
    let mut scene = Scene::new(&[("a.py", PY)]);
    let (path, text) = scene.document(Ask { place: place("a.py", None), ..Ask::default() });
    scene.save_as(&path, &format!("{text}/review main\nonly tests\n"));
    let messages = scene.messages();
    assert!(
        messages[0].contains("opencode has not told its commands yet, so that /review is not known"),
        "{messages:?}"
    );
    scene.tell_lists();
    scene.save_document(&path);
    scene.prompt_sent();
    let run = scene.calls.iter().find_map(|call| match call {
        ServerCall::Run { run, .. } => Some(run.clone()),
        _ => None,
    });
    let arguments = "main\nonly tests".to_owned();
    assert_eq!(run, Some(Run::Command { name: "review".to_owned(), arguments }));
    // A path is none.
    let (path, text) = scene.document(Ask::default());
    scene.save_as(&path, &format!("{text}/usr/bin/env is missing\n"));
    assert_eq!(scene.messages().len(), 1);
}

#[test]
fn a_document_that_was_opened_without_a_connection_is_looked_at_with_one() {
    let mut scene = Scene::new(&[]);
    scene.handle(Event::Connection(FOLDER, ConnectionEvent::Lost { reason: "gone".to_owned() }));
    let (path, _) = scene.document(Ask::default());
    scene.write_in(&path, "<!-- opencode: x\nagent: biuld\n-->\nWhy?");
    scene.pass_some_time();
    assert_eq!(scene.in_document(&path), [""; 0]);
    scene.connect();
    scene.pass_some_time();
    scene.tell_lists();
    assert_eq!(scene.in_document(&path), ["1:7 opencode has no agent `biuld` (is it build?)"]);
}
