//! The block around a line, by indentation and closing brackets: no language is known here.

use std::ops::RangeInclusive;

/// Words that begin a part of a function, not one.
const CONTROL: [&str; 24] = [
    "if", "elif", "else", "elsif", "elseif", "for", "foreach", "while", "until", "unless", "loop", "do", "switch",
    "case", "when", "match", "default", "try", "catch", "except", "finally", "ensure", "with", "begin",
];
/// Words that end a block where its first line begins.
const CLOSING: [&str; 6] = ["end", "fi", "done", "esac", "endif", "endfunction"];
const TAB: usize = 4;

/// The lines (0-based) of the smallest function, type or the like around a line: one that is less indented and
/// what is more indented below it, with the lines that close it.
pub fn around(lines: &[&str], line: usize) -> Option<RangeInclusive<usize>> {
    let line = line.min(lines.len().checked_sub(1)?);
    // On an empty line, the block of the text before it.
    let mut at = (0..=line).rev().find(|at| says_something(lines[*at]))?;
    let opens = opens(lines, at) && is_head(lines[at]);
    let mut limit = if opens { indent(lines[at]) + 1 } else { indent(lines[at]) };
    // What closes a block belongs to it.
    if !opens && is_closing(lines[at]) {
        limit += 1;
    }
    if opens {
        at += 1;
    }
    let head = (0..at).rev().find(|above| {
        let text = lines[*above];
        if !says_something(text) || indent(text) >= limit {
            return false;
        }
        // `) -> T {` and `{` go on a head that begins above, on the same column.
        let continues = is_closing(text) || text.trim_start().starts_with('{');
        limit = if continues { indent(text) + 1 } else { indent(text) };
        !continues && is_head(text) && opens_to(lines, *above, line)
    })?;
    let end = end_of(lines, head);
    let first = (0..head).rev().take_while(|above| is_attribute(lines[*above], indent(lines[head]))).last();
    (end >= line && end > head).then(|| first.unwrap_or(head)..=end)
}

/// The last line of the block that begins with this one.
fn end_of(lines: &[&str], head: usize) -> usize {
    let column = indent(lines[head]);
    let mut end = head;
    for (at, text) in lines.iter().enumerate().skip(head + 1) {
        if !says_something(text) {
            continue;
        }
        match indent(text) {
            deeper if deeper > column => end = at,
            same if same == column && text.trim_start().starts_with('{') => end = at,
            same if same == column && is_closing(text) => {
                end = at;
                if !text.trim_end().ends_with(['{', ':', '(']) {
                    break;
                }
            }
            _ => break,
        }
    }
    end
}

/// Whether something more indented comes next, or a bracket on a line of its own.
fn opens(lines: &[&str], at: usize) -> bool {
    let next = lines.iter().skip(at + 1).find(|text| says_something(text));
    next.is_some_and(|next| {
        let column = indent(lines[at]);
        indent(next) > column || (indent(next) == column && next.trim_start().starts_with('{'))
    })
}

fn opens_to(lines: &[&str], head: usize, line: usize) -> bool {
    opens(lines, head) && end_of(lines, head) >= line
}

/// Whether a line may begin a function or a type: it does not begin a part of one, and is no closing bracket.
fn is_head(text: &str) -> bool {
    let word: String = text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    !CONTROL.contains(&word.as_str()) && !is_closing(text) && !text.trim_start().starts_with('{')
}

fn is_closing(text: &str) -> bool {
    let text = text.trim_start();
    let word: String = text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    text.starts_with(['}', ')', ']']) || CLOSING.contains(&word.as_str())
}

/// Preprocessor lines and outcommented ones stand at the margin wherever they are.
fn says_something(text: &str) -> bool {
    !text.trim().is_empty() && !text.starts_with('#')
}

fn is_attribute(text: &str, column: usize) -> bool {
    let begins = text.trim_start();
    indent(text) == column && (begins.starts_with('@') || begins.starts_with("#["))
}

fn indent(text: &str) -> usize {
    let mut column = 0;
    for c in text.chars() {
        match c {
            ' ' => column += 1,
            '\t' => column += TAB - column % TAB,
            _ => break,
        }
    }
    column
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The block around the line that ends in `<-`, or none.
    fn block(text: &str) -> Option<String> {
        let lines: Vec<&str> = text.lines().collect();
        let at = lines.iter().position(|line| line.ends_with("<-")).expect("a mark");
        around(&lines, at).map(|range| lines[range].join("\n"))
    }

    #[test]
    fn python() {
        let text = "import a\n\n@cached\ndef f(x):\n    if x:\n        return 1  # <-\n    else:\n        return 2\n\n\ndef g():\n    pass\n";
        assert_eq!(
            block(text).as_deref(),
            Some("@cached\ndef f(x):\n    if x:\n        return 1  # <-\n    else:\n        return 2")
        );
        assert_eq!(block("import a # <-\n\ndef f():\n    pass\n"), None);
        assert_eq!(block("def f(): # <-\n    pass\n\nx = 1\n").as_deref(), Some("def f(): # <-\n    pass"));
        let class = "class A:\n    x = 1  # <-\n\n    def f(self):\n        pass\n";
        assert_eq!(block(class).as_deref(), Some(class.trim_end()));
    }

    #[test]
    fn braces() {
        let text = "use a;\n\n#[test]\nfn f(\n    a: A,\n) -> B {\n    if a {\n        b // <-\n    } else {\n        c\n    }\n}\n\nfn g() {}\n";
        let f = "fn f(\n    a: A,\n) -> B {\n    if a {\n        b // <-\n    } else {\n        c\n    }\n}";
        assert_eq!(block(text), Some(format!("#[test]\n{f}")));
        let allman = "int x;\nvoid f()\n{\n#ifdef A\n    a(); // <-\n#endif\n}\nint y;\n";
        assert_eq!(block(allman).as_deref(), Some("void f()\n{\n#ifdef A\n    a(); // <-\n#endif\n}"));
        let closing = "fn f() {\n    a\n} // <-\nfn g() {\n    b\n}\n";
        assert_eq!(block(closing).as_deref(), Some("fn f() {\n    a\n} // <-"));
        let method = "class A {\n\tint f() {\n\t\treturn 1; // <-\n\t}\n\n\tint g() {\n\t}\n}\n";
        assert_eq!(block(method).as_deref(), Some("\tint f() {\n\t\treturn 1; // <-\n\t}"));
    }

    #[test]
    fn words_that_end_blocks() {
        let text = "class A\n  def f\n    1 # <-\n  end\nend\n";
        assert_eq!(block(text).as_deref(), Some("  def f\n    1 # <-\n  end"));
    }

    proptest! {
        #[test]
        fn a_block_holds_its_line(
            lines in prop::collection::vec("[ \t]{0,5}(a|if b|\\{|\\}|\\) \\{|end|#c|)", 0..30),
            at in 0usize..40,
        ) {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            if let Some(range) = around(&lines, at) {
                let at = at.min(lines.len() - 1);
                prop_assert!(range.contains(&at) && *range.end() < lines.len(), "{range:?} of {at}");
            }
        }
    }
}
