//! Completion of files in a prompt document, on a project of 50,000 files, with a real opencode.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::{Editor, Model, Opencode, Project};

use super::PATIENCE;
use super::pipe::Pipe;
use super::stats::Row;
use crate::Result;

const VERSION: &str = "1.18.34";
const FOLDERS: usize = 500;
const FILES: usize = 100;
const KEYSTROKES: usize = 300;
/// A fast writer's.
const EVERY: Duration = Duration::from_millis(60);

pub fn measure(binary: &Path) -> Result<Vec<Row>> {
    let names: Vec<String> = (0..FOLDERS * FILES)
        .map(|number| format!("src/package_{:03}/module_{:05}.py", number / FILES, number))
        .collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x = 1\n")).collect();
    let (project, model) = (Project::new(&files), Model::start());
    let opencode = Opencode::builder(VERSION).start(&project, &model);
    let state = tempfile::tempdir()?;
    let mut pipe = Pipe::spawn(binary, state.path())?;
    let mut params = Editor::params_for(project.root());
    params["initializationOptions"] = json!({"server": {"url": opencode.url()}});
    let id = pipe.request("initialize", &params)?;
    pipe.response(id)?;
    pipe.notify("initialized", &json!({}))?;
    let id = pipe.request("workspace/executeCommand", &json!({"command": "opencode.ask", "arguments": []}))?;
    let answer = pipe.response(id)?;
    let uri = answer.message["result"]["uri"].as_str().ok_or("no prompt document")?.to_owned();
    let mut document = Typed { uri, version: 1 };
    pipe.notify(
        "textDocument/didOpen",
        &json!({"textDocument": {"uri": document.uri, "languageId": "markdown", "version": 1, "text": ""}}),
    )?;

    let begun = Instant::now();
    while !document.complete(&mut pipe, &query(7))?.1 {
        if begun.elapsed() > PATIENCE * 4 {
            return Err("opencode finds no file".into());
        }
    }
    let (mut whole, mut own, mut bridge) = (Vec::new(), Vec::new(), Vec::new());
    for keystroke in 0..KEYSTROKES {
        let began = Instant::now();
        let query = query(keystroke);
        let (took, found) = document.complete(&mut pipe, &query)?;
        if !found {
            return Err(format!("nothing was found for {query}, so nothing is measured").into());
        }
        let asked = Instant::now();
        let (status, _) = opencode.get(&format!("/find/file?query={query}&dirs=false&limit=50"));
        if status != 200 {
            return Err(format!("the search itself is answered {status}").into());
        }
        let search = asked.elapsed();
        whole.push(took);
        own.push(search);
        bridge.push(took.saturating_sub(search));
        std::thread::sleep(EVERY.saturating_sub(began.elapsed()));
    }
    pipe.end()?;
    Ok(vec![
        Row::of_times("completion in a prompt document, 50,000 files", &whole, 50.0, 1000.0),
        Row::of_times("of that, opencode's own search", &own, 50.0, 1000.0),
        Row::of_times("and the bridge", &bridge, 99.0, 30.0),
    ])
}

/// What is typed of a name, another one each time.
fn query(keystroke: usize) -> String {
    let number = keystroke * 7919 % (FOLDERS * FILES);
    format!("module_{number:05}")[..8 + keystroke % 5].to_owned()
}

struct Typed {
    uri: String,
    version: i32,
}

impl Typed {
    /// Types `@` and a query: how long its completion takes, and whether a file is among it.
    fn complete(&mut self, pipe: &mut Pipe, query: &str) -> Result<(Duration, bool)> {
        self.version += 1;
        let text = format!("See @{query}");
        let place = json!({"line": 0, "character": text.len()});
        let changed = json!({"textDocument": {"uri": self.uri, "version": self.version},
            "contentChanges": [{"text": text}]});
        pipe.notify("textDocument/didChange", &changed)?;
        let sent = Instant::now();
        let params = json!({"textDocument": {"uri": self.uri}, "position": place});
        let id = pipe.request("textDocument/completion", &params)?;
        let answer = pipe.response(id)?;
        let items = answer.message["result"]["items"].as_array().cloned().unwrap_or_default();
        let is_file = |item: &Value| item["label"].as_str().is_some_and(|label| label.starts_with("src/"));
        Ok((answer.at - sent, items.iter().any(is_file)))
    }
}
