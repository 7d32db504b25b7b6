//! Real editors, as Debian packages them.

use std::process::Command;

use crate::debian::{self, Package};
use crate::install::Error;

/// One version of an editor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packaged {
    /// Of Debian 13: Neovim 0.10.
    NeovimOld,
    /// Of Debian's development release.
    NeovimNew,
    /// Of Debian 13: Helix 25.01.
    HelixOld,
    /// Of Debian's development release.
    HelixNew,
}

impl Packaged {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::NeovimOld, Self::NeovimNew, Self::HelixOld, Self::HelixNew];

    /// A name for people and for tests.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NeovimOld => "neovim_of_debian_13",
            Self::NeovimNew => "neovim_of_debian_sid",
            Self::HelixOld => "helix_of_debian_13",
            Self::HelixNew => "helix_of_debian_sid",
        }
    }

    /// Whether it is a Helix.
    #[must_use]
    pub fn is_helix(self) -> bool {
        matches!(self, Self::HelixOld | Self::HelixNew)
    }

    /// Its package; the variable that names its own files, and where they are.
    fn recipe(self) -> (Package, (&'static str, &'static str)) {
        let suite = match self {
            Self::NeovimOld | Self::HelixOld => "trixie",
            Self::NeovimNew | Self::HelixNew => "sid",
        };
        let (names, program, runtime): (&[_], _, _) = if self.is_helix() {
            (&["hx"], "usr/lib/hx/hx", ("HELIX_RUNTIME", "usr/lib/hx/runtime"))
        } else {
            (&["neovim"], "usr/bin/nvim", ("VIMRUNTIME", "usr/share/nvim/runtime"))
        };
        (Package { suite, names, program }, runtime)
    }

    /// Starts it; downloaded when it is not in the cache. Several processes may ask at once: one
    /// downloads, the others wait.
    ///
    /// # Errors
    /// Where there is no `apt-get` or no archive of Debian's, or a download fails.
    pub fn command(self) -> Result<Command, Error> {
        let (package, (variable, runtime)) = self.recipe();
        let home = debian::unpacked(self.name(), &package)?;
        let mut command = Command::new(home.join(package.program));
        command.env(variable, home.join(runtime));
        Ok(command)
    }
}
