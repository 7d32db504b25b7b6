use std::path::Path;

use proptest::prelude::*;

use super::languages::LANGUAGES;
use super::syntax::{Apostrophe, Escape, Extra};
use super::*;
use crate::text::{Document, Encoding, Point, Span};

fn found(language: &str, text: &str) -> Vec<(u32, String)> {
    let syntax = syntax_of(language, None).expect("a known language");
    let scanned = Scanned::new(syntax, &Document::new(text));
    scanned.comments().iter().map(|comment| (comment.line, comment.text.clone())).collect()
}

fn lines(language: &str, text: &str) -> Vec<u32> {
    found(language, text).into_iter().map(|(line, _)| line).collect()
}

#[test]
fn what_a_comment_wants() {
    assert_eq!(wish_of("rename this AI!"), Some(Wish::Do));
    assert_eq!(wish_of("AI!"), Some(Wish::Do));
    assert_eq!(wish_of("why? AI?"), Some(Wish::Answer));
    assert_eq!(wish_of("opencode: do it"), Some(Wish::Either));
    for none in ["MAI!", "_AI?", "AI", "ai!", "AI! later", "opencode:", "opencode://x", "for opencode: x"] {
        assert_eq!(wish_of(none), None, "{none}");
    }
}

#[test]
fn comments_of_common_languages() {
    assert_eq!(found("rust", "let a = 'x'; // do it AI!\n"), [(0, "do it AI!".to_owned())]);
    assert_eq!(found("rust", "/// opencode: why\n"), [(0, "opencode: why".to_owned())]);
    assert_eq!(found("c", "int a; /* do it AI! */ int b;"), [(0, "do it AI!".to_owned())]);
    assert_eq!(found("html", "<p> <!-- do it AI! -->"), [(0, "do it AI!".to_owned())]);
    assert_eq!(found("lua", "x = 1 --[[ do it AI! ]]"), [(0, "do it AI!".to_owned())]);
    assert_eq!(lines("python", "a\n# x AI!\nb # y AI?\n"), [1, 2]);
    assert_eq!(lines("shellscript", "echo $# # x AI!\n"), [0]);
    assert_eq!(lines("sql", "select 1 -- x AI?\n"), [0]);
    assert_eq!(lines("clojure", "(f \\\") ; x AI!\n"), [0]);
    assert_eq!(lines("latex", "50\\% x AI!\n% x AI!\n"), [1]);
    assert_eq!(lines("vim", "let a = \"x AI!\n\" x AI!\n"), [1]);
    assert_eq!(lines("haskell", "foldl' f -- x AI!\n"), [0]);
    assert_eq!(lines("yaml", "a: it's # x AI!\nb: 'y # AI!'\nurl: x#AI!\n"), [0]);
    assert_eq!(lines("php", "#[A] AI!\n# x AI!\n"), [1]);
    assert_eq!(lines("zig", "\\\\ // x AI!\n// x AI!\n"), [1]);
    assert!(syntax_of("unheard", Some(Path::new("/p/a.rs"))).is_some());
    assert!(syntax_of("", Some(Path::new("/p/Makefile"))).is_some());
    assert!(syntax_of("plaintext", Some(Path::new("/p/a.txt"))).is_none());
}

#[test]
fn what_looks_like_a_comment_is_not_always_one() {
    for (language, text) in [
        ("rust", "\"// x AI!\";\nr#\"\"// x AI!\n// y AI!\"#;\n'\"'; \"\n// x AI!\n\";"),
        ("rust", "fn a<'a>() { \"// x AI!\" }"),
        ("rust", "/* /* */\n// x AI!\n*/"),
        ("cpp", "R\"x(\n)\"\n// x AI!\n)x\";\n"),
        ("c", "\"a \\\n// x AI!\";"),
        ("csharp", "@\"a\\\"; b = \"// x AI!\";"),
        ("go", "`\n// x AI!\n`"),
        ("javascript", "`a ${ `b ${ '}' } // x AI!` } // y AI!\n// z AI!\n`; /[/]'/; '// x AI!'"),
        ("javascript", "a.replace(/https?:\\/\\//, '// x AI!')"),
        ("python", "'''\n# x AI!\n''' + r'\\'# x AI!'\n'# x AI!'"),
        ("shellscript", "cat <<'END' | sort\n# x AI!\nEND\n"),
        ("shellscript", "cat <<A <<-B\n# x AI!\nA\n# y AI!\n\tB\necho \"\n# z AI!\""),
        ("shellscript", "echo ${a# x AI!\necho it\\'s '# x AI!'"),
        ("ruby", "a = <<~END\n# x AI!\nEND\nb =~ /'# x AI!/"),
        ("php", "$a = <<<END\n# x AI!\nEND;\n\"// x AI!\""),
        ("lua", "[==[\n-- x AI!\n]]\n-- y AI!\n]==]"),
        ("sql", "'it''s -- x AI!'"),
        ("powershell", "@\"\n# x AI!\n\"@"),
        ("elixir", "\"\"\"\n# x AI!\n\"\"\""),
        ("ocaml", "(* (* *)\nAI!\n*)"),
        ("nix", "''\n# x AI!\n''"),
        ("toml", "a = '''\n# x AI!\n'''\nb = '\\' # done"),
        ("markdown", "// x AI!\n# x AI!\n"),
    ] {
        assert_eq!(found(language, text), [], "{language}: {text}");
    }
    // What comes after is code again.
    assert_eq!(lines("shellscript", "cat <<END\n'\nEND\n# x AI!\n"), [3]);
    assert_eq!(lines("shellscript", "a=$((1<<b))\n# x AI!\n"), [1]);
    assert_eq!(lines("javascript", "`${a}` // x AI!\nb / c // y AI!\n"), [0, 1]);
    assert_eq!(lines("rust", "r\"\\\"; // x AI!\n'\\''; // y AI!\n"), [0, 1]);
    assert_eq!(lines("ruby", "x = <<~A\n'\nA\ny = 1 # x AI!\n"), [3]);
    assert_eq!(lines("python", "x = 'open\ny = 1 # x AI!\n"), [1]);
}

/// A piece of a line: its text, and whether it is a comment for an AI.
fn piece(syntax: &'static Syntax) -> impl Strategy<Value = (String, bool)> {
    let code = prop_oneof!["[a-z]{1,5}", Just("(1 + 2)".to_owned()), Just("ä = b;".to_owned())];
    let marks: Vec<&'static str> =
        syntax.line.iter().copied().chain(syntax.block.iter().map(|(begin, _)| *begin)).collect();
    let quotes: Vec<_> = syntax.strings.iter().collect();
    let content = prop::collection::vec(
        prop_oneof![
            prop::sample::select(marks.clone()).prop_map(str::to_owned),
            Just("AI!".to_owned()),
            Just(" ".to_owned()),
            Just("x".to_owned()),
            Just("\\\\".to_owned()),
        ],
        0..6,
    );
    let text = (any::<prop::sample::Index>(), content).prop_map(move |(which, content)| {
        if quotes.is_empty() {
            return ("x".to_owned(), false);
        }
        let quote = quotes[which.index(quotes.len())];
        // What would end or escape in this kind of string is not put into it.
        let plain = |part: &String| match quote.escape {
            Escape::Backslash | Escape::Template => true,
            Escape::None | Escape::Doubled => !part.contains('\\'),
        };
        let content: String = content.into_iter().filter(plain).collect();
        let content = content.replace(quote.close, "");
        (format!("{}{content} AI!{}", quote.open, quote.close), false)
    });
    let comment =
        prop::sample::select(marks).prop_map(move |mark| match syntax.block.iter().find(|(begin, _)| *begin == mark) {
            Some((begin, end)) => (format!("{begin} do it AI! {end}"), true),
            None => (format!("{mark} do it AI!"), true),
        });
    prop_oneof![3 => code.prop_map(|code| (code, false)), 3 => text, 1 => comment]
}

fn program(syntax: &'static Syntax) -> impl Strategy<Value = Vec<Vec<(String, bool)>>> {
    prop::collection::vec(prop::collection::vec(piece(syntax), 0..4), 0..8)
}

/// The lines with comments; where one is to the end of its line, what would follow is left out.
fn written(syntax: &Syntax, program: Vec<Vec<(String, bool)>>) -> (String, Vec<u32>) {
    let (mut text, mut expected) = (String::new(), Vec::new());
    for (number, pieces) in program.into_iter().enumerate() {
        let whole = syntax.extra == Extra::WholeLines;
        for (index, (piece, is_comment)) in pieces.into_iter().enumerate() {
            if index > 0 {
                text.push(' ');
            }
            text.push_str(&piece);
            if is_comment {
                if !whole || index == 0 {
                    expected.push(u32::try_from(number).expect("few lines"));
                }
                break;
            }
        }
        text.push('\n');
    }
    (text, expected)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn strings_are_not_comments_in_any_language(
        (which, program) in any::<prop::sample::Index>().prop_flat_map(|which| {
            let which = which.index(LANGUAGES.len());
            (Just(which), program(LANGUAGES[which].2))
        }),
    ) {
        let syntax = LANGUAGES[which].2;
        let (text, expected) = written(syntax, program);
        let scanned = Scanned::new(syntax, &Document::new(&text));
        let found: Vec<u32> = scanned.comments().iter().map(|comment| comment.line).collect();
        prop_assert_eq!(found, expected, "{:?}: {}", LANGUAGES[which].0, text);
    }

    #[test]
    fn edits_lead_where_reading_anew_does(
        text in "(//|/\\*|\\*/|\"|'|`|\\$\\{|\\}|AI!| |a|\n|\r\n|\r|r#\"|\"#){0,40}",
        edits in prop::collection::vec(
            prop::collection::vec(
                ((0u32..12, 0u32..8), (0u32..12, 0u32..8), "(//|/\\*|\\*/|\"|`|AI!| |a|\n|\r\n|\r){0,6}"),
                1..4,
            ),
            1..5,
        ),
        which in prop::sample::select(vec!["rust", "javascript", "cpp"]),
    ) {
        let syntax = syntax_of(which, None).expect("known");
        let mut document = Document::new(&text);
        let mut scanned = Scanned::new(syntax, &document);
        for edits in edits {
            let mut lines = Vec::new();
            for (start, end, new) in edits {
                let point = |(line, character)| Point { line, character };
                let span = Some(Span { start: point(start), end: point(end) });
                lines.push(LineEdit::of(span, &new));
                document.edit(span, &new, Encoding::Utf16);
            }
            scanned.edited(&lines, &document);
            let fresh = Scanned::new(syntax, &document);
            prop_assert_eq!(scanned.comments(), fresh.comments(), "{:?}", document.text());
        }
    }

    #[test]
    fn any_text_is_read(text in "(\\PC|\n|'|\"|<<|#|\\[|=|\\\\){0,60}", which in any::<prop::sample::Index>()) {
        let syntax = LANGUAGES[which.index(LANGUAGES.len())].2;
        for comment in Scanned::new(syntax, &Document::new(&text)).comments() {
            prop_assert!(!comment.at.is_empty());
        }
    }
}

#[test]
fn very_long_lines_are_passed_over() {
    let long = "x".repeat(5000);
    assert_eq!(lines("c", &format!("{long} // x AI!\n\"{long}\n// y AI!\n")), [2]);
}

#[test]
fn no_name_stands_for_two_languages() {
    let mut seen = std::collections::BTreeSet::new();
    for (ids, names, syntax) in LANGUAGES {
        assert!(ids.iter().all(|id| seen.insert(format!("id {id}"))), "{ids:?}");
        assert!(names.iter().all(|name| seen.insert(format!("name {name}"))), "{names:?}");
        assert!(syntax.apostrophe != Apostrophe::Character || syntax.strings.iter().all(|quote| quote.open != "'"));
    }
}

#[test]
fn a_keystroke_in_a_long_text_reads_few_lines() {
    let line = "let a = \"x\"; // nothing\n";
    let mut document = Document::new(&line.repeat(10_000));
    let mut scanned = Scanned::new(syntax_of("rust", None).expect("known"), &document);
    let at = Point { line: 5000, character: 0 };
    let span = Some(Span { start: at, end: at });
    document.edit(span, "a", Encoding::Utf16);
    assert_eq!(scanned.update(&[LineEdit::of(span, "a")], &document), 1);
    document.edit(span, "/* AI! */\n", Encoding::Utf16);
    assert_eq!(scanned.update(&[LineEdit::of(span, "/* AI! */\n")], &document), 2);
    assert_eq!(scanned.comments()[0].line, 5000);
    // What is open now is open up to the end.
    document.edit(span, "/*", Encoding::Utf16);
    assert_eq!(scanned.update(&[LineEdit::of(span, "/*")], &document), 5002);
}
