//! Every setting with its key, its kind and its meaning: what reads them, the JSON schema and the
//! reference in `docs/settings.md` all come from here.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::{OpenAnswer, Settings, password};
use crate::opencode::path_map::PathMap;

/// One setting.
pub struct Setting {
    /// `server.url`: a section and a name; or a name alone.
    pub key: &'static str,
    pub kind: Kind,
    pub default: Default,
    /// Where editors with several levels of settings may let a user set it.
    pub scope: Scope,
    /// For people, as Markdown; another setting is named in backticks.
    pub description: &'static str,
    /// Takes a value over; false where it is of another kind.
    pub(super) set: fn(&mut Settings, &Value) -> bool,
}

/// What a value may be.
pub enum Kind {
    Text,
    Flag,
    /// Whole and above 0.
    Seconds,
    /// One of these texts, each with what it means.
    Choice(&'static [(&'static str, &'static str)]),
    /// A program, or a list of a program and its arguments.
    Program,
    /// See [`PathMap`].
    Folders,
    /// See [`Prompts`](super::Prompts).
    Prompts,
}

/// What holds where a setting is not set.
pub enum Default {
    Text(&'static str),
    Flag(bool),
    Number(u64),
    /// Nothing, which an empty value of its kind says as well.
    None,
}

/// As VS Code names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// By the user only, never by a project: it runs a program, holds a secret, or says who is given it.
    Machine,
    /// By the user and the workspace.
    Window,
}

impl Scope {
    pub fn name(self) -> &'static str {
        match self {
            Self::Machine => "machine",
            Self::Window => "window",
        }
    }
}

impl Kind {
    /// In words, for the message about a wrong value.
    pub(super) fn expected(&self) -> String {
        match self {
            Self::Text => "a string".to_owned(),
            Self::Flag => "true or false".to_owned(),
            Self::Seconds => "a whole number of seconds above 0".to_owned(),
            Self::Choice(choices) => {
                let quoted: Vec<String> = choices.iter().map(|(value, _)| format!("\"{value}\"")).collect();
                match quoted.split_last() {
                    Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
                    _ => quoted.join(""),
                }
            }
            Self::Program => "a program, or a list of a program and its arguments".to_owned(),
            Self::Folders => PathMap::EXPECTED.to_owned(),
            Self::Prompts => "an object of prompts, by their names".to_owned(),
        }
    }

    /// An empty value, which says nothing.
    fn empty(&self) -> Value {
        match self {
            Self::Program => json!([]),
            Self::Folders | Self::Prompts => json!({}),
            Self::Text | Self::Flag | Self::Seconds | Self::Choice(_) => json!(""),
        }
    }
}

impl Setting {
    /// As JSON; an empty value where there is none.
    pub fn default_value(&self) -> Value {
        match self.default {
            Default::Text(text) => json!(text),
            Default::Flag(flag) => json!(flag),
            Default::Number(number) => json!(number),
            Default::None => self.kind.empty(),
        }
    }
}

pub static SETTINGS: &[Setting] = &[
    Setting {
        key: "server.url",
        kind: Kind::Text,
        default: Default::None,
        scope: Scope::Machine,
        description: "The opencode server to use, such as `http://127.0.0.1:4096`. Without one, the environment \
            variable `OPENCODE_SERVER` counts, and without that a server that runs for the project is looked for on \
            this machine.",
        set: |settings, value| text(value, |url| settings.server.url = some(url)),
    },
    Setting {
        key: "server.username",
        kind: Kind::Text,
        default: Default::Text("opencode"),
        scope: Scope::Machine,
        description: "The user of Basic authentication. Without one, `OPENCODE_SERVER_USERNAME` counts.",
        set: |settings, value| text(value, |name| name.clone_into(&mut settings.server.username)),
    },
    Setting {
        key: "server.password",
        kind: Kind::Text,
        default: Default::None,
        scope: Scope::Machine,
        description: "The password of the server. Editors keep settings in plain text: `server.passwordCommand` or \
            the environment variable `OPENCODE_SERVER_PASSWORD` serve as well and keep it out of them.",
        set: |settings, value| text(value, |word| password::set(&mut settings.server.password, word)),
    },
    Setting {
        key: "server.passwordCommand",
        kind: Kind::Program,
        default: Default::None,
        scope: Scope::Machine,
        description: "A program, or a list of a program and its arguments, such as `[\"pass\", \"show\", \
            \"opencode\"]`, whose first line of output is the password. It runs without a shell, when the bridge \
            connects, for up to 10 seconds, and only where `server.password` is not set.",
        set: |settings, value| password::set_command(&mut settings.server.password, value),
    },
    Setting {
        key: "server.autostart",
        kind: Kind::Flag,
        default: Default::Flag(false),
        scope: Scope::Machine,
        description: "Start an own `opencode serve` where none runs for the project and no address is given. It \
            listens on this machine only, with a random password, and ends with the last editor that uses it.",
        set: |settings, value| flag(value, &mut settings.server.autostart),
    },
    Setting {
        key: "server.command",
        kind: Kind::Text,
        default: Default::Text("opencode"),
        scope: Scope::Machine,
        description: "The program that `server.autostart` runs: a name on `PATH`, or an absolute path.",
        set: |settings, value| text(value, |command| command.clone_into(&mut settings.server.command)),
    },
    Setting {
        key: "server.pathMap",
        kind: Kind::Folders,
        default: Default::None,
        scope: Scope::Machine,
        description: "Folders that the server knows by other names: a local folder and the server's, both absolute, \
            such as `{\"/home/me/project\": \"/workspace\"}`. The longest match wins.",
        set: |settings, value| PathMap::from_json(value).map(|map| settings.server.path_map = map).is_some(),
    },
    Setting {
        key: "server.caFile",
        kind: Kind::Text,
        default: Default::None,
        scope: Scope::Machine,
        description: "A PEM file of certificates to trust besides the system's, for an `https://` server with an \
            authority of its own.",
        set: |settings, value| text(value, |path| settings.server.ca_file = some(path).map(PathBuf::from)),
    },
    Setting {
        key: "server.mdns",
        kind: Kind::Flag,
        default: Default::Flag(false),
        scope: Scope::Machine,
        description: "Look for servers that are announced on the network by mDNS (`opencode serve --mdns`), too, \
            where none runs for the project on this machine. None is used without asking.",
        set: |settings, value| flag(value, &mut settings.server.mdns),
    },
    Setting {
        key: "ask.sendOnSave",
        kind: Kind::Flag,
        default: Default::Flag(true),
        scope: Scope::Window,
        description: "Send a prompt document when it is saved. Otherwise saving only keeps it, and \
            `opencode.document.send` sends it.",
        set: |settings, value| flag(value, &mut settings.ask.send_on_save),
    },
    Setting {
        key: "answers.open",
        kind: Kind::Choice(&[
            ("never", "Only when asked for, with the button of the answer's message."),
            ("start", "When opencode starts to answer."),
            ("end", "When the answer is complete."),
        ]),
        default: Default::Text("never"),
        scope: Scope::Window,
        description: "When the transcript of the session opens by itself.",
        set: |settings, value| open_answers(settings, value).is_some(),
    },
    Setting {
        key: "permissions.promptTimeout",
        kind: Kind::Seconds,
        default: Default::Number(120),
        scope: Scope::Window,
        description: "Seconds after which an unanswered dialog no longer holds up the next one. What it asks stays \
            pending.",
        set: |settings, value| {
            let seconds = value.as_u64().filter(|seconds| *seconds > 0);
            seconds.map(|seconds| settings.permissions.prompt_timeout = seconds).is_some()
        },
    },
    Setting {
        key: "review.codeLens",
        kind: Kind::Flag,
        default: Default::Flag(true),
        scope: Scope::Window,
        description: "Show *Keep* and *Undo* above opencode's changes, where the editor has code lenses.",
        set: |settings, value| flag(value, &mut settings.review.code_lens),
    },
    Setting {
        key: "aiComments.hints",
        kind: Kind::Flag,
        default: Default::Flag(true),
        scope: Scope::Window,
        description: "Show a hint at comments that end in `AI!` or `AI?`, or begin with `opencode:`.",
        set: |settings, value| flag(value, &mut settings.ai_comments.hints),
    },
    Setting {
        key: "aiComments.sendOnSave",
        kind: Kind::Flag,
        default: Default::Flag(false),
        scope: Scope::Machine,
        description: "Send such comments to opencode when their file is saved: those that are new since the last \
            save, each text once.",
        set: |settings, value| flag(value, &mut settings.ai_comments.send_on_save),
    },
    Setting {
        key: "prompts",
        kind: Kind::Prompts,
        default: Default::None,
        scope: Scope::Window,
        description: "Ready prompts by their names, such as `{\"commit\": {\"title\": \"Write a commit message\", \
            \"prompt\": \"Write a commit message for {git}.\"}}`. A prompt has a `prompt`, which may name contexts, \
            and may have a `title`, an `agent`, a `model` (`provider/model`), a `route` (`session`, or `tui` for the \
            prompt of an attached TUI), `submit` (`false` opens it for you to edit first; for the TUI, `true` submits \
            it), `codeAction` and a `kind` for its code action. `explain`, `review`, `document`, `test`, `optimize` \
            and `implement` are there already: what you set of them is changed, and `false` takes one away.",
        set: |settings, value| settings.prompts.merge(value).is_some(),
    },
    Setting {
        key: "status.progress",
        kind: Kind::Flag,
        default: Default::Flag(false),
        scope: Scope::Window,
        description: "Show how opencode stands as one long-lived progress of the editor: whether it is connected, what \
            it is at, what waits for you. For editors whose plugin does not show it.",
        set: |settings, value| flag(value, &mut settings.status.progress),
    },
];

fn text(value: &Value, set: impl FnOnce(&str)) -> bool {
    value.as_str().map(set).is_some()
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn flag(value: &Value, setting: &mut bool) -> bool {
    value.as_bool().map(|on| *setting = on).is_some()
}

fn open_answers(settings: &mut Settings, value: &Value) -> Option<()> {
    settings.answers.open = match value.as_str()? {
        "never" => OpenAnswer::Never,
        "start" => OpenAnswer::Start,
        "end" => OpenAnswer::End,
        _ => return None,
    };
    Some(())
}
