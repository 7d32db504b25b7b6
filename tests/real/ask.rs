//! Asking about a selection, and what comes back.

use serde_json::json;

use crate::kit::{PYTHON, Stage, VERSIONS};

#[test]
fn a_question_about_a_selection_is_answered() {
    for version in VERSIONS {
        let stage = Stage::new(version, &[("a.py", PYTHON)]);
        let uri = stage.open("a.py");
        stage.ask(&uri, 0..2, "What does this do?", json!([{"say": "It adds.\n\nTwo numbers."}]));

        let answer = stage.editor.expect_request("window/showMessageRequest", |_| true);
        assert_eq!(answer.params["message"], "opencode: It adds.", "{version}");
        stage.editor.answer(&answer, Ok(json!({"title": "Show"})));
        let shown = stage.editor.expect_request("window/showDocument", |_| true);
        stage.editor.answer(&shown, Ok(json!({"success": true})));
        stage.editor.shutdown();
    }
}
