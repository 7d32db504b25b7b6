//! `opencode-lsp config`: what to write into an editor's configuration, with the path of this program.
//!
//! The templates name the program as `"opencode-lsp"`, so that each of them is also right as it stands
//! where the program is on the PATH.

mod quoting;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::ValueEnum;

use quoting::Syntax;

const PROGRAM: &str = "\"opencode-lsp\"";

/// The editors there is a configuration for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Editor {
    Nvim,
    Helix,
    Vscode,
    Emacs,
    Kakoune,
    Zed,
    Sublime,
    VimLsp,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the system does not say where this program is ({0}); write its path into the configuration by hand")]
    Unknown(#[from] io::Error),
    #[error(
        "the path of this program, {}, is not UTF-8, and an editor's configuration has to be; \
         move it to a folder with another name",
        .0.display()
    )]
    NotUtf8(PathBuf),
}

impl Editor {
    /// The template, with a comment that says where it goes.
    fn template(self) -> [&'static str; 2] {
        match self {
            // The file is also what the plugin's folder offers, where it needs no such words.
            Self::Nvim => [include_str!("nvim.lua"), include_str!("../../editors/nvim/lsp/opencode.lua")],
            Self::Helix => ["", include_str!("../../editors/helix/languages.toml")],
            Self::Vscode => ["", include_str!("vscode.jsonc")],
            Self::Emacs => ["", include_str!("../../editors/emacs/opencode-lsp.el")],
            Self::Kakoune => ["", include_str!("../../editors/kakoune/opencode-lsp.kak")],
            Self::Zed => ["", include_str!("../../editors/zed/settings.jsonc")],
            Self::Sublime => ["", include_str!("../../editors/sublime/LSP.sublime-settings")],
            Self::VimLsp => ["", include_str!("../../editors/vim-lsp/opencode-lsp.vim")],
        }
    }

    fn syntax(self) -> Syntax {
        match self {
            Self::Nvim => Syntax::Lua,
            Self::Kakoune => Syntax::TomlInKakoune,
            Self::Helix | Self::Vscode | Self::Emacs | Self::Zed | Self::Sublime | Self::VimLsp => Syntax::Json,
        }
    }

    /// The configuration for a program at this path.
    ///
    /// # Errors
    /// When the path is not UTF-8.
    pub fn configuration(self, program: &Path) -> Result<String, Error> {
        let path = program.to_str().ok_or_else(|| Error::NotUtf8(program.to_path_buf()))?;
        let quoted = self.syntax().quoted(path);
        Ok(self.template().concat().replace(PROGRAM, &quoted))
    }
}

/// Prints the configuration for this very program.
#[must_use]
pub fn run(editor: Editor) -> ExitCode {
    let program = std::env::current_exe().map_err(Error::from);
    let text = match program.and_then(|program| editor.configuration(&program)) {
        Ok(text) => text,
        Err(error) => {
            eprintln!("opencode-lsp: {error}");
            return ExitCode::FAILURE;
        }
    };
    // Whoever reads it may have had enough, as `head` has.
    match io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_names_the_program_once_for_the_editor() {
        for editor in Editor::value_variants() {
            let text = editor.configuration(Path::new("/opt/open code/opencode-lsp")).expect("a configuration");
            // Neovim's also says it in a comment, for its plugin.
            let expected = if *editor == Editor::Nvim { 2 } else { 1 };
            assert_eq!(text.matches("\"/opt/open code/opencode-lsp\"").count(), expected, "{editor:?}:\n{text}");
            assert!(!text.contains(PROGRAM), "{editor:?}:\n{text}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_path_that_is_no_text_is_refused() {
        use std::os::unix::ffi::OsStrExt as _;
        let program = Path::new(std::ffi::OsStr::from_bytes(b"/opt/\xff/opencode-lsp"));
        let error = Editor::Helix.configuration(program).expect_err("no text");
        assert!(error.to_string().contains("not UTF-8"), "{error}");
    }
}
