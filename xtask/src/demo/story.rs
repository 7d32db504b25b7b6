//! The main job from beginning to end, each step told once it has happened.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Editor, ServerRequest, script};
use url::Url;

use super::ear::{Ear, Heard, buttons_of, is_permission, text_of};
use super::voice::{Voice, Who};
use super::{Stage, apart, sample};
use crate::Result;

const PATIENCE: Duration = Duration::from_secs(60);

const ASK: &str = "Ask opencode about selection…";
const DETAILS: &str = "Show details";
const ALLOW: &str = "Allow once";

pub fn tell(stage: &Stage, voice: &Voice) -> Result<ExitCode> {
    println!();
    let editor = Editor::spawn(apart(&stage.binary, &stage.state));
    editor.set_deadline(PATIENCE);
    let told = Story { stage, voice, editor: &editor, ear: Ear::new(&editor, PATIENCE) }.tell();
    if let Err(error) = told {
        editor.kill();
        return Err(error);
    }
    editor.shutdown();
    voice.say(Who::Editor, "closes; opencode-lsp ended with exit code 0");
    println!();
    voice.aside("That was a real opencode-lsp with a real opencode; only the model and the user were played.");
    voice.aside("Try it by hand:            cargo xtask demo --editor nvim   (or helix)");
    voice.aside(
        "With your own opencode:    opencode serve --port 4096, then cargo xtask demo --server http://127.0.0.1:4096",
    );
    voice.aside("In your editor:            cargo install --path . and the lines for your editor in README.md");
    Ok(ExitCode::SUCCESS)
}

struct Story<'a> {
    stage: &'a Stage,
    voice: &'a Voice,
    editor: &'a Editor,
    ear: Ear<'a>,
}

impl Story<'_> {
    fn tell(mut self) -> Result<()> {
        let uri = self.begin();
        self.ask(&uri)?;
        self.allow(&uri)?;
        self.answer()?;
        self.review(&uri)
    }

    fn begin(&self) -> String {
        let mut params = Editor::default_params(&self.stage.project);
        params["initializationOptions"] = self.stage.options();
        let result = self.editor.initialize(params);
        let version = result["serverInfo"]["version"].as_str().unwrap_or_default();
        self.voice.say(Who::Editor, &format!("starts opencode-lsp {version} and opens {}", sample::FILE));
        let text = self.stage.project.read(sample::FILE);
        for (number, line) in (1..).zip(text.lines()) {
            self.voice.below(&format!("{number} │ {line}"));
        }
        let uri = self.stage.project.uri(sample::FILE);
        self.editor.open(&uri, "python", &text);
        uri
    }

    fn ask(&self, uri: &str) -> Result<()> {
        self.voice.say(Who::You, &format!("select lines 1-2 of {} and open the code actions", sample::FILE));
        let selection = json!({"start": {"line": 0, "character": 0}, "end": {"line": 2, "character": 0}});
        let actions = self.editor.code_actions(uri, selection, &[]);
        let titles: Vec<&str> = actions.iter().filter_map(|action| action["title"].as_str()).collect();
        self.voice.say(Who::Bridge, &format!("offers {}", quoted(&titles)));
        let action = find(&actions, ASK)?;
        let mut argument = action["command"]["arguments"][0].clone();
        // The script is for the model only; a real one needs no more than the question.
        let steps = script(sample::steps(&self.stage.project));
        argument["prompt"] = json!(format!("{}\n{steps}", sample::QUESTION));
        self.voice.say(Who::You, &format!("“{ASK}”: {}", sample::QUESTION));
        self.command("opencode.ask", json!([argument]))?;
        Ok(())
    }

    /// The permission: first its details with the diff, then the user's word.
    fn allow(&mut self, uri: &str) -> Result<()> {
        let asked = self.dialog()?;
        self.tell_dialog(&asked);
        let warning = self.editor.wait_diagnostics(uri, |list| !list.is_empty());
        self.tell_diagnostics(&warning);

        self.choose(&asked, DETAILS);
        let (details, asked) = self.details_and_dialog()?;
        self.voice.say(Who::Bridge, "opens the details of the request, with the diff, and asks again:");
        self.voice.diff(&fenced_diff(&details).ok_or("the details hold no diff")?);
        self.choose(&asked, ALLOW);
        Ok(())
    }

    fn answer(&mut self) -> Result<()> {
        let answer = self.dialog()?;
        if is_permission(&answer) {
            return Err(format!("a second permission request: {}", text_of(&answer)).into());
        }
        self.tell_dialog(&answer);
        self.editor.answer(&answer, Ok(Value::Null));
        Ok(())
    }

    fn review(&mut self, uri: &str) -> Result<()> {
        let stale = self.editor.wait_diagnostics(uri, |list| list.iter().any(|d| d["severity"] == 3));
        self.tell_diagnostics(&stale);
        self.editor.change_full(uri, 2, &self.stage.project.read(sample::FILE));
        self.editor.save(uri);
        self.voice.say(Who::Editor, &format!("reloads {}", sample::FILE));
        let fresh = self.editor.wait_diagnostics(uri, |list| !list.is_empty() && list != stale);
        self.tell_diagnostics(&fresh);

        self.voice.say(Who::You, "“opencode: show diff”");
        self.command("opencode.diff.show", json!([{ "uri": uri }]))?;
        let diff = self.document()?;
        self.voice.say(Who::Bridge, "opens the diff:");
        self.voice.diff(diff.trim_end());

        self.voice.say(Who::You, "“opencode: undo this change”");
        let change = json!([{ "uri": uri, "id": fresh[0]["data"]["id"] }]);
        self.command("opencode.review.undo", change.clone())?;
        let edit = self.editor.expect_request("workspace/applyEdit", |_| true);
        self.voice.say(Who::Bridge, "asks the editor to put the old lines back");
        self.editor.change_full(uri, 3, sample::TEXT);
        self.editor.answer(&edit, Ok(json!({"applied": true})));
        self.editor.wait_diagnostics(uri, <[Value]>::is_empty);
        self.voice.say(Who::Editor, "changes its text, and the diagnostic is gone");

        self.voice.say(Who::You, "undo that in the editor after all");
        self.editor.change_full(uri, 4, &self.stage.project.read(sample::FILE));
        let again = self.editor.wait_diagnostics(uri, |list| !list.is_empty());
        self.tell_diagnostics(&again);

        self.voice.say(Who::You, "“opencode: keep this change”");
        self.command("opencode.review.keep", change)?;
        self.editor.wait_diagnostics(uri, <[Value]>::is_empty);
        self.voice.say(Who::Bridge, &format!("clears its diagnostics on {}", sample::FILE));
        Ok(())
    }

    /// The next question to the user; what comes before it is told.
    fn dialog(&mut self) -> Result<ServerRequest> {
        loop {
            match self.ear.next()? {
                Heard::Dialog(dialog) => return Ok(dialog),
                other => self.tell_other(other),
            }
        }
    }

    /// A document and a question, which come in any order.
    fn details_and_dialog(&mut self) -> Result<(String, ServerRequest)> {
        let (mut details, mut asked) = (None, None);
        loop {
            match self.ear.next()? {
                Heard::Dialog(dialog) => asked = Some(dialog),
                Heard::ShowDocument(wanted) => details = Some(self.open(&wanted)?),
                other => self.tell_other(other),
            }
            match (details.take(), asked.take()) {
                (Some(details), Some(asked)) => return Ok((details, asked)),
                (one, other) => (details, asked) = (one, other),
            }
        }
    }

    /// Opens the next document that the bridge wants shown: its text.
    fn document(&mut self) -> Result<String> {
        loop {
            match self.ear.next()? {
                Heard::ShowDocument(wanted) => return self.open(&wanted),
                other => self.tell_other(other),
            }
        }
    }

    fn open(&self, wanted: &ServerRequest) -> Result<String> {
        let text = read(&wanted.params["uri"])?;
        self.editor.answer(wanted, Ok(json!({"success": true})));
        Ok(text)
    }

    fn tell_other(&self, heard: Heard) {
        match heard {
            Heard::Progress(text) => self.voice.say(Who::Bridge, &format!("progress: {text}")),
            Heard::Message(text) => self.voice.say(Who::Bridge, &text),
            Heard::Dialog(dialog) => self.tell_dialog(&dialog),
            Heard::ShowDocument(wanted) => self.editor.answer(&wanted, Ok(json!({"success": true}))),
        }
    }

    fn tell_dialog(&self, dialog: &ServerRequest) {
        tell_dialog(self.voice, dialog);
    }

    fn tell_diagnostics(&self, list: &[Value]) {
        for diagnostic in list {
            let level = match diagnostic["severity"].as_u64() {
                Some(1) => "error",
                Some(2) => "warning",
                Some(3) => "information",
                _ => "hint",
            };
            let line = diagnostic["range"]["start"]["line"].as_u64().unwrap_or_default() + 1;
            let message = diagnostic["message"].as_str().unwrap_or_default();
            self.voice.say(Who::Bridge, &format!("{}:{line}: {level}: {message}", sample::FILE));
        }
    }

    fn choose(&self, dialog: &ServerRequest, button: &str) {
        self.editor.answer(dialog, Ok(json!({ "title": button })));
        self.voice.say(Who::You, &format!("“{button}”"));
    }

    fn command(&self, name: &str, arguments: Value) -> Result<Value> {
        self.editor.command(name, arguments).map_err(|error| format!("{name}: {error}").into())
    }
}

/// A dialog with its buttons.
pub fn tell_dialog(voice: &Voice, dialog: &ServerRequest) {
    voice.say(Who::Bridge, text_of(dialog));
    let buttons: Vec<String> = buttons_of(dialog).iter().map(|button| format!("[{button}]")).collect();
    voice.below(&buttons.join(" "));
}

fn quoted(titles: &[&str]) -> String {
    titles.iter().map(|title| format!("“{title}”")).collect::<Vec<_>>().join(", ")
}

fn find<'a>(actions: &'a [Value], title: &str) -> Result<&'a Value> {
    let found = actions.iter().find(|action| action["title"] == title);
    found.ok_or_else(|| format!("no code action “{title}”").into())
}

/// The text of the file that a URI names.
fn read(uri: &Value) -> Result<String> {
    let path: Option<PathBuf> =
        uri.as_str().and_then(|uri| Url::parse(uri).ok()).and_then(|uri| uri.to_file_path().ok());
    let path = path.ok_or_else(|| format!("{uri} is not the URI of a file"))?;
    std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()).into())
}

/// What stands between "```diff" and the end of that block.
fn fenced_diff(markdown: &str) -> Option<String> {
    let mut lines = markdown.lines();
    let opening = lines.find(|line| line.starts_with("```") && line.ends_with("diff"))?;
    let fence = opening.trim_end_matches("diff");
    Some(lines.take_while(|line| *line != fence).collect::<Vec<_>>().join("\n"))
}
