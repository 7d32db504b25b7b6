//! How the demo speaks: who says what, and diffs in colour where there is a terminal.

use std::io::IsTerminal as _;

/// Who acts.
#[derive(Debug, Clone, Copy)]
pub enum Who {
    /// The user, played by the demo.
    You,
    /// The editor, played by the demo.
    Editor,
    /// opencode-lsp: what it really sent.
    Bridge,
}

pub struct Voice {
    colour: bool,
}

const BOLD: &str = "1";
const DIM: &str = "2";
const RED: &str = "31";
const GREEN: &str = "32";
const CYAN: &str = "36";

impl Voice {
    pub fn new() -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self { colour: wanted && std::io::stdout().is_terminal() }
    }

    /// One step; further lines of the text stand under the first.
    pub fn say(&self, who: Who, text: &str) {
        let (name, colour) = match who {
            Who::You => ("you", BOLD),
            Who::Editor => ("editor", DIM),
            Who::Bridge => ("bridge", CYAN),
        };
        let mut lines = text.lines();
        println!("{} {}", self.paint(colour, &format!("{name:>6} ▸")), lines.next().unwrap_or_default());
        lines.for_each(|line| self.below(line));
    }

    /// What belongs to the step before.
    pub fn below(&self, line: &str) {
        println!("         {line}");
    }

    /// A unified diff that belongs to the step before.
    pub fn diff(&self, diff: &str) {
        for line in diff.lines() {
            let colour = match line.as_bytes().first() {
                _ if line.starts_with("--- ") || line.starts_with("+++ ") => BOLD,
                Some(b'+') => GREEN,
                Some(b'-') => RED,
                Some(b'@') => CYAN,
                _ => DIM,
            };
            self.below(&self.paint(colour, &format!("│ {line}")));
        }
    }

    /// What nobody in the story says.
    pub fn aside(&self, text: &str) {
        println!("{}", self.paint(DIM, text));
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}
