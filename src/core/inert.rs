//! Text of a model, made harmless for a dialog or a diagnostic.

/// Shows control, bidirectional and invisible characters by their code and cuts after `max` characters with a visible mark.
///
/// Line breaks become `⏎`, so that nothing can pretend to be a second line of ours.
pub fn inert(text: &str, max: usize) -> String {
    let mut shown = String::new();
    for (count, c) in text.chars().enumerate() {
        if count == max {
            let rest = text.chars().count() - max;
            shown.push_str(&format!(" … ({rest} more characters)"));
            break;
        }
        match c {
            '\n' => shown.push('⏎'),
            '\t' => shown.push('⇥'),
            c if c.is_control() || is_invisible(c) => shown.push_str(&format!("⟨U+{:04X}⟩", c as u32)),
            c => shown.push(c),
        }
    }
    shown
}

/// The same for a document: line breaks and tabs stay, everything else that hides is shown.
pub fn inert_lines(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' | '\t' => shown.push(c),
            '\r' if chars.peek() == Some(&'\n') => {}
            c if c.is_control() || is_invisible(c) => shown.push_str(&format!("⟨U+{:04X}⟩", c as u32)),
            c => shown.push(c),
        }
    }
    shown
}

/// JSON whose strings show what hides by its code: it still means the same.
pub fn inert_json(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    for c in json.chars() {
        // A line break in a string is written by its code already.
        if c != '\n' && (c.is_control() || is_invisible(c)) {
            let mut units = [0; 2];
            c.encode_utf16(&mut units).iter().for_each(|unit| shown.push_str(&format!("\\u{unit:04x}")));
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Characters that reorder or hide text (Unicode's bidi controls, zero-width characters, tags).
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// A Markdown fence longer than any run of backticks in `text`.
pub fn fence(text: &str) -> String {
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    "`".repeat(longest.max(2) + 1)
}

/// The first line that says something, for a message.
pub fn first_line(text: &str) -> Option<&str> {
    text.lines().map(str::trim).find(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hides() {
        assert_eq!(inert("rm -rf x\n\u{202E}cod\u{1b}[2J", 100), "rm -rf x⏎⟨U+202E⟩cod⟨U+001B⟩[2J");
        assert_eq!(inert("abcdef", 3), "abc … (3 more characters)");
        assert_eq!(inert("abc", 3), "abc");
        assert_eq!(inert_lines("a\r\nb\rc\u{200b}"), "a\nb⟨U+000D⟩c⟨U+200B⟩");
    }

    #[test]
    fn fences_hold() {
        assert_eq!(fence("plain"), "```");
        assert_eq!(fence("a ```` b"), "`````");
    }

    #[test]
    fn json_stays_the_same_value() {
        let value = serde_json::json!({"a": "x\u{202e}y\u{7f}\n\u{e0041}z", "ü": "é"});
        let text = inert_json(&serde_json::to_string_pretty(&value).expect("JSON"));
        assert!(text.contains(r"x\u202ey\u007f\n\udb40\udc41z") && text.contains("\"ü\": \"é\""), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).expect("JSON"), value);
    }
}
