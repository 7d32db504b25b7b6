//! Positions in every encoding that clients count in.

use serde_json::{Value, json};
use testkit::{Editor, Fake};

use crate::stage::silent_editor;

/// What is sent of `a😀bc` when the character behind the emoji is replaced by `X`, in a client that
/// counts `offered[0]`; and the encoding the server chose.
fn edited(offered: Value, character: u32) -> (Value, String) {
    let (project, editor, _state) = silent_editor();
    let fake = Fake::start();
    let mut params = Editor::default_params(&project);
    params["initializationOptions"] = json!({"server": {"url": fake.url()}});
    params["capabilities"]["general"]["positionEncodings"] = offered;
    let result = editor.initialize(params);
    let uri = project.uri("a.py");
    editor.open(&uri, "python", "a😀bc\r\nsecond\r\n");
    let at = |character| json!({"line": 0, "character": character});
    let range = json!({"start": at(character), "end": at(character + 1)});
    editor.change(&uri, 2, json!([{"range": range, "text": "X"}]));
    editor.command("opencode.ask", json!([{"uri": uri, "prompt": "Why?"}])).expect("taken");
    let body = fake.wait_for("POST /session/ses_fake/prompt_async", 1);
    let text = body["parts"][0]["text"].as_str().expect("a text").to_owned();
    editor.shutdown();
    (result["capabilities"]["positionEncoding"].clone(), text)
}

#[test]
fn the_clients_first_choice_is_taken() {
    for (offered, chosen, character) in [
        (json!(["utf-8", "utf-16"]), "utf-8", 5),
        (json!(["utf-16"]), "utf-16", 3),
        (json!(["utf-32", "utf-8", "utf-16"]), "utf-32", 2),
        (json!(["utf-7", "utf-8"]), "utf-8", 5),
        (Value::Null, "utf-16", 3),
    ] {
        let (answered, text) = edited(offered, character);
        assert_eq!(answered, chosen);
        assert!(text.contains("```python\na😀Xc\r\nsecond\r\n```"), "{chosen}: {text:?}");
    }
}
