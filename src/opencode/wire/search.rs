//! `GET /find/file` and `GET /find/symbol`.

use serde_json::Value;
use url::Url;

use super::{Paths, string};
use crate::core::server::FoundSymbol;

/// Names from the folder on that opencode works in; folders, which end in a slash, are left out.
pub fn files(answer: &Value) -> Vec<String> {
    let names = answer.as_array().into_iter().flatten().filter_map(Value::as_str);
    names.filter(|name| !name.ends_with(['/', '\\'])).map(str::to_owned).collect()
}

/// As language servers tell them (LSP, `WorkspaceSymbol`).
pub fn symbols(answer: &Value, paths: &Paths) -> Vec<FoundSymbol> {
    let symbol = |value: &Value| {
        let location = value.get("location")?;
        let path = Url::parse(string(location, "uri")?).ok()?.to_file_path().ok()?;
        let line = |end: &str| {
            let line = location.get("range")?.get(end)?.get("line")?.as_u64()?;
            u32::try_from(line).ok()?.checked_add(1)
        };
        let (first, last) = (line("start")?, line("end")?);
        Some(FoundSymbol {
            name: string(value, "name")?.to_owned(),
            path: paths.resolve(&path.to_string_lossy())?,
            lines: (first, last.max(first)),
        })
    };
    answer.as_array().into_iter().flatten().filter_map(symbol).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::*;
    use crate::opencode::path_map::PathMap;

    #[test]
    fn what_is_found_is_read_and_what_is_odd_is_left_out() {
        assert_eq!(files(&json!(["a.py", "src/", 1, "src/b.py"])), ["a.py", "src/b.py"]);
        assert_eq!(files(&json!({"error": 1})), [""; 0]);
        let range = json!({"start": {"line": 2, "character": 0}, "end": {"line": 4, "character": 1}});
        let root = if cfg!(windows) { "C:/p" } else { "/p" };
        let uri = Url::from_file_path(Path::new(root).join("a.py")).expect("absolute").to_string();
        let answer = json!([
            {"name": "add", "kind": 12, "location": {"uri": uri, "range": range}},
            {"name": "sub", "kind": 12, "location": {"uri": "nonsense", "range": range}},
            {"kind": 12},
        ]);
        let paths = Paths::new(Path::new(root), PathMap::default());
        let found = FoundSymbol { name: "add".to_owned(), path: Path::new(root).join("a.py"), lines: (3, 5) };
        assert_eq!(symbols(&answer, &paths), [found]);
    }
}
