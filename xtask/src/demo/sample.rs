//! The sample project.

use serde_json::{Value, json};
use testkit::{Project, script};

/// The file that the demo is about.
pub const FILE: &str = "calc.py";

pub const QUESTION: &str = "Put spaces around the operator.";

/// What it holds at first.
pub const TEXT: &str = "def add(a, b):\n    return a+b\n\n\ndef sub(a, b):\n    return a-b\n";

/// The file above, and a note with a prompt to paste.
pub fn project() -> Project {
    let project = Project::new(&[(FILE, TEXT)]);
    // The steps name the file by its path, which is only known now.
    let prompt = script(steps(&project));
    project.write("README.md", &note(&prompt));
    project.git(&["add", "README.md"]);
    project.git(&["commit", "--quiet", "-m", "A note"]);
    project
}

/// What the model is to do: read, edit, say.
pub fn steps(project: &Project) -> Value {
    let path = project.path(FILE);
    json!([
        {"tool": "read", "input": {"filePath": path}},
        {"tool": "edit", "input": {"filePath": path, "oldString": "return a+b", "newString": "return a + b"}},
        {"say": "I put spaces around the operator in add().\n\nThe other function is as it was."},
    ])
}

fn note(prompt: &str) -> String {
    format!(
        "# A sample project\n\n\
         The model behind this opencode is scripted. It answers any question with `Done: …`, and it edits\n\
         `{FILE}` when the question holds this line:\n\n\
         {prompt}\n"
    )
}
