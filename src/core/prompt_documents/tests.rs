//! Properties of prompt documents' texts: what is written is read again, and nothing makes reading fail.

use proptest::prelude::*;

use super::header::{self, Header, Key, can_be_written};
use super::mentions::{self, at_mentions};
use super::prose::prose;
use super::wishes::wish;
use super::{mark, slash};
use crate::core::contexts;
use crate::core::server::{ModelName, PromptOptions};
use crate::text::{Document, Encoding};

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Texts of the signs that mean something, and of others.
fn text() -> impl Strategy<Value = String> {
    let pieces = vec![
        "<!-- opencode:",
        "-->",
        "\n",
        "\r\n",
        "file: ",
        "lines: 3-7",
        "agent:",
        "model: a/b",
        ":",
        "@",
        "a.py",
        "#L3",
        "-7",
        "\"",
        "`",
        "```\n",
        "{selection}",
        "{",
        "}",
        "/",
        " ",
        "é😀",
        "\u{feff}",
        "\u{202e}",
        ",",
        ".",
        "x",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..30).prop_map(|pieces| pieces.concat())
}

/// Names of files as they may be.
fn name() -> impl Strategy<Value = String> {
    let pieces =
        vec!["a", "é", "😀", "/", ".", " ", "#L3", "#", "-", "_", "(", ")", "[", "'", ",", "!", "@", "\"", "`", "-->"];
    prop::collection::vec(prop::sample::select(pieces), 1..8).prop_map(|pieces| pieces.concat())
}

fn lines() -> impl Strategy<Value = Option<(u32, u32)>> {
    prop::option::of((1u32..100, 0u32..100).prop_map(|(first, more)| (first, first + more)))
}

proptest! {
    #![proptest_config(config(3_000))]

    #[test]
    fn whatever_is_written_can_be_read(text in text()) {
        let read = header::read(&text);
        prop_assert!(read.header.end <= read.body.end && read.body.end == text.len());
        prop_assert!(text.get(read.header.clone()).is_some() && text.get(read.body.clone()).is_some());
        let mut last = read.header.start;
        for field in &read.fields {
            prop_assert!(field.at.start >= last && field.at.end <= read.header.end);
            prop_assert_eq!(text.get(field.at.clone()), Some(field.value.as_str()));
            last = field.at.end;
        }
        for problem in read.all_problems() {
            prop_assert!(text.get(problem.at).is_some());
        }
        let body = &text[read.body.clone()];
        let mut last = 0;
        for stretch in prose(body) {
            prop_assert!(stretch.start >= last && body.get(stretch.clone()).is_some_and(|text| !text.contains('\n')));
            last = stretch.end;
        }
        let mut last = 0;
        for mention in at_mentions(body) {
            let written = body.get(mention.at.clone());
            prop_assert!(mention.at.start >= last && written.is_some_and(|text| text.starts_with('@')));
            prop_assert!(written.is_some_and(|text| text.contains(&mention.name)));
            last = mention.at.end;
        }
        if let Some(slash) = slash::slash(body) {
            prop_assert_eq!(body.get(slash.at.clone()), Some(slash.name));
        }
    }

    #[test]
    fn a_header_comes_back_as_it_was_written(file in name(), lines in lines(), agent in name(), body in text()) {
        let options = PromptOptions {
            agent: Some(agent.clone()),
            model: ModelName::parse("a/b/c"),
            variant: Some("high".to_owned()),
        };
        let header = Header { file: Some(file.clone()), lines, options, session: Some("ses_1".into()) };
        let text = format!("{}\n{body}", header.write("Write --> here.\nNow."));
        let read = header::read(&text);
        let shown = |value: &str| can_be_written(value).then(|| value.to_owned());
        prop_assert_eq!(read.problems.len(), 0);
        prop_assert_eq!(read.value(Key::File).map(str::to_owned), shown(&file));
        prop_assert_eq!(read.value(Key::Agent).map(str::to_owned), shown(&agent));
        if can_be_written(&file) {
            prop_assert_eq!(read.lines(), Ok(lines));
        }
        prop_assert_eq!(read.options().expect("options").model, ModelName::parse("a/b/c"));
        prop_assert_eq!(&text[read.body.clone()], format!("\n\n{body}"));
    }

    #[test]
    fn a_mention_comes_back_as_it_was_written(name in name(), lines in lines()) {
        let Some(written) = mentions::write(&name, lines) else {
            prop_assert!(name.contains(['"', '`']) || !can_be_written(&name) || name.trim() != name, "{name}");
            return Ok(());
        };
        for text in [format!("See {written} there"), written.clone(), format!("({written}), é"), format!("x\n{written}")] {
            let found = at_mentions(&text);
            prop_assert_eq!(found.len(), 1, "{}", &text);
            prop_assert_eq!((found[0].name.as_str(), found[0].lines), (name.as_str(), lines), "{}", &text);
            prop_assert_eq!(&text[found[0].at.clone()], written.as_str());
        }
    }

    #[test]
    fn positions_hold_in_every_encoding(text in text(), utf8 in any::<bool>()) {
        let encoding = if utf8 { Encoding::Utf8 } else { Encoding::Utf16 };
        let document = Document::new(&text);
        for mention in at_mentions(&text) {
            prop_assert_eq!(document.range(document.span(mention.at.clone(), encoding), encoding), mention.at);
        }
        for mention in contexts::mentions(&text) {
            prop_assert_eq!(document.range(document.span(mention.at.clone(), encoding), encoding), mention.at);
        }
    }

    #[test]
    fn completion_replaces_what_stands_around_the_cursor(text in text(), at in 0usize..200) {
        let offset = text.floor_char_boundary(at.min(text.len()));
        if let Some(wish) = wish(&text, offset) {
            prop_assert!(wish.at.start <= offset && offset <= wish.at.end);
            let replaced = text.get(wish.at.clone());
            prop_assert!(replaced.is_some_and(|replaced| !replaced.contains('\n') && replaced.contains(&wish.typed)));
        }
    }

    #[test]
    fn line_breaks_and_the_end_of_a_text_do_not_tell_it_from_itself(text in text()) {
        let text = text.replace('\r', "");
        prop_assert_eq!(mark(&text), mark(&format!("{}\n\n", text.replace('\n', "\r\n"))));
    }
}
