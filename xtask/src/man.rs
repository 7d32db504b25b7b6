//! The man page: every command in one page, as each alone is short.

use std::io;

use clap::Command;
use clap_mangen::Man;
use opencode_lsp::cli;

const TAIL: &str = r#".SH "EXIT STATUS"
.TP
0
Done; for \fBdoctor\fR, all is well.
.TP
1
Not done, or not all of it. Standard error says what happened, why, and what to do.
.TP
2
The command line is not understood.
.TP
3
\fBreview undo\fR: it waits for the end of opencode's turn, and is done then.
.SH ENVIRONMENT
.TP
OPENCODE_SERVER
The server, where no setting and no \fB\-\-server\fR names one.
.TP
OPENCODE_SERVER_USERNAME, OPENCODE_SERVER_PASSWORD
What the server is told where it asks who asks.
.TP
XDG_STATE_HOME
What is kept is in the folder \fBopencode\-lsp\fR there, for its user only.
"#;

pub fn page() -> io::Result<String> {
    let command = cli::visible();
    let mut all = Vec::new();
    let man = Man::new(command.clone());
    man.render_title(&mut all)?;
    man.render_name_section(&mut all)?;
    man.render_synopsis_section(&mut all)?;
    man.render_description_section(&mut all)?;
    man.render_options_section(&mut all)?;
    for sub in command.get_subcommands() {
        section(sub, "opencode-lsp", &mut all)?;
    }
    all.extend_from_slice(TAIL.as_bytes());
    let all = String::from_utf8(all).map_err(io::Error::other)?;
    // Each piece begins with what the page needs once.
    let is_head = |line: &str| line.starts_with(".ie ") || line.starts_with(".el ");
    let lines = all.lines().enumerate().filter(|(at, line)| *at < 2 || !is_head(line));
    Ok(lines.map(|(_, line)| format!("{}\n", line.trim_end())).collect())
}

/// One command, and those below it.
fn section(command: &Command, above: &str, page: &mut Vec<u8>) -> io::Result<()> {
    let name = format!("{above} {}", command.get_name());
    let man = Man::new(command.clone().bin_name(&name).display_name(&name));
    let mut text = Vec::new();
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    man.render_options_section(&mut text)?;
    let text = String::from_utf8(text).map_err(io::Error::other)?;
    page.extend_from_slice(format!(".SH \"{}\"\n", name.replace('-', "\\-")).as_bytes());
    // What is a section of a page of its own is a part of one here.
    page.extend_from_slice(text.replace("\n.SH ", "\n.SS ").as_bytes());
    command.get_subcommands().try_for_each(|sub| section(sub, &name, page))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_every_command_that_is_for_people() {
        let page = page().expect("a page");
        for command in ["ask", "append", "permissions reply", "sessions", "review undo", "review diff", "completions"] {
            assert!(page.contains(&format!("\n.SH \"opencode\\-lsp {command}\"\n")), "{command}");
        }
        assert!(!page.contains("guarded"), "{page}");
        assert_eq!(page.matches("\n.SH SYNOPSIS").count(), 1);
    }
}
