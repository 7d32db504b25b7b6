//! A string as the editors' languages write it.

use std::fmt::Write as _;

#[derive(Debug, Clone, Copy)]
pub enum Syntax {
    /// JSON's, which are also strings of TOML, Emacs Lisp and, in double quotes, Vim script.
    Json,
    Lua,
    /// TOML within `%{…}`, where Kakoune counts the braces.
    TomlInKakoune,
}

impl Syntax {
    pub fn quoted(self, text: &str) -> String {
        let mut quoted = String::with_capacity(text.len() + 2);
        quoted.push('"');
        for character in text.chars() {
            match (self, character) {
                (_, '"' | '\\') => quoted.extend(['\\', character]),
                // TOML does not allow them as they are.
                (Self::Lua, '\0'..'\x20' | '\x7f') => put(&mut quoted, format_args!("\\{:03}", u32::from(character))),
                (_, '\0'..'\x20' | '\x7f') | (Self::TomlInKakoune, '{' | '}') => {
                    put(&mut quoted, format_args!("\\u{:04x}", u32::from(character)));
                }
                _ => quoted.push(character),
            }
        }
        quoted.push('"');
        quoted
    }
}

fn put(text: &mut String, what: std::fmt::Arguments) {
    // A String takes everything.
    let _ = text.write_fmt(what);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paths_of_every_kind_are_quoted() {
        let windows = r"C:\Program Files\opencode\opencode-lsp.exe";
        assert_eq!(Syntax::Json.quoted(windows), r#""C:\\Program Files\\opencode\\opencode-lsp.exe""#);
        assert_eq!(Syntax::Lua.quoted(windows), r#""C:\\Program Files\\opencode\\opencode-lsp.exe""#);
        let odd = "/tmp/a \"b\" {c\tü";
        assert_eq!(Syntax::Json.quoted(odd), r#""/tmp/a \"b\" {c\u0009ü""#);
        assert_eq!(Syntax::Lua.quoted(odd), r#""/tmp/a \"b\" {c\009ü""#);
        assert_eq!(Syntax::TomlInKakoune.quoted(odd), r#""/tmp/a \"b\" \u007bc\u0009ü""#);
    }

    proptest! {
        #[test]
        fn json_reads_what_was_quoted(text in "\\PC*|[\\x00-\\x7f]*") {
            for syntax in [Syntax::Json, Syntax::TomlInKakoune] {
                let read: String = serde_json::from_str(&syntax.quoted(&text)).expect("JSON");
                prop_assert_eq!(&read, &text);
            }
        }

        #[test]
        fn kakoune_sees_no_brace(text in "[{}\\\\\"a-z]*") {
            let has_brace = Syntax::TomlInKakoune.quoted(&text).contains(['{', '}']);
            prop_assert!(!has_brace);
        }
    }
}
