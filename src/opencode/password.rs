//! `server.passwordCommand`: a program that prints the password, such as a password manager.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use process_wrap::tokio::{ChildWrapper, CommandWrap};
use secrecy::SecretString;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};

use super::own::process::in_own_group;
use crate::config::{Password, PasswordCommand, ServerSettings};
use crate::core::inert::inert;

/// A program that asks the user something has this long, too.
const WITHIN: Duration = Duration::from_secs(10);
/// Of each of the program's outputs, so much is looked at.
const MOST_BYTES: u64 = 16 * 1024;
/// What a program that failed said last is waited for, as its children may keep the pipe open.
const LAST_WORDS_WITHIN: Duration = Duration::from_secs(1);
/// Longest text of the program in a message, in characters.
const MAX_SHOWN: usize = 300;

/// Why there is no password. Names the program only: its arguments may hold secrets.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    #[error(
        "there is no program `{program}` (server.passwordCommand); install it, write its whole path, and its arguments as \
         a list: [\"program\", \"argument\"]"
    )]
    NotFound { program: String },
    #[error("`{program}` (server.passwordCommand) could not be run: {source}")]
    Start { program: String, source: std::io::Error },
    #[error("`{program}` (server.passwordCommand) failed ({status}): {said}")]
    Failed { program: String, status: ExitStatus, said: String },
    #[error(
        "`{program}` (server.passwordCommand) printed no password; it must be the first line of its standard output"
    )]
    Empty { program: String },
    #[error("what `{program}` (server.passwordCommand) printed is not UTF-8")]
    NotText { program: String },
    #[error(
        "`{program}` (server.passwordCommand) did not end within {} s; it cannot ask in a terminal", WITHIN.as_secs()
    )]
    TooSlow { program: String },
}

/// The password of one connection, from attempt to attempt.
#[derive(Debug, Default)]
pub struct Keyring {
    printed: Option<SecretString>,
    asked_again: bool,
}

impl Keyring {
    /// The password to use now. The command runs where it has not run yet.
    pub async fn password(&mut self, settings: &ServerSettings) -> Result<Option<SecretString>, PasswordError> {
        let command = match &settings.password {
            None => return Ok(None),
            Some(Password::Set(password) | Password::Environment(password)) => return Ok(Some(password.clone())),
            Some(Password::Command(command)) => command,
        };
        if self.printed.is_none() {
            self.printed = Some(ask(command).await?);
        }
        Ok(self.printed.clone())
    }

    /// The server refused the password: whether the command may know a newer one. It is asked once until a
    /// password is accepted, as it may ask the user.
    pub fn refused(&mut self) -> bool {
        if self.asked_again || self.printed.is_none() {
            return false;
        }
        self.printed = None;
        self.asked_again = true;
        true
    }

    pub fn accepted(&mut self) {
        self.asked_again = false;
    }
}

/// Runs the command and takes the first line it prints.
async fn ask(command: &PasswordCommand) -> Result<SecretString, PasswordError> {
    tracing::debug!(program = command.name(), "asking for the password");
    let answer = tokio::time::timeout(WITHIN, run(command)).await;
    answer.unwrap_or_else(|_| Err(PasswordError::TooSlow { program: command.name() }))
}

async fn run(command: &PasswordCommand) -> Result<SecretString, PasswordError> {
    let program = || command.name();
    let mut running = Running::start(command).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => PasswordError::NotFound { program: program() },
        _ => PasswordError::Start { program: program(), source },
    })?;
    let printed = running.0.stdout().take();
    let said = running.0.stderr().take().map(|pipe| tokio::spawn(beginning(pipe)));
    let line = match printed {
        Some(printed) => first_line(printed).await,
        None => Vec::new(),
    };
    let status = running.0.wait().await.map_err(|source| PasswordError::Start { program: program(), source })?;
    let line = String::from_utf8(line);
    if !status.success() {
        let said = match said {
            Some(said) => tokio::time::timeout(LAST_WORDS_WITHIN, said).await.ok().and_then(Result::ok),
            None => None,
        };
        let said = words(&said.unwrap_or_default(), line.as_deref().unwrap_or_default());
        return Err(PasswordError::Failed { program: program(), status, said });
    }
    match line.as_deref().map(|line| line.trim_end_matches(['\r', '\n'])) {
        Ok("") => Err(PasswordError::Empty { program: program() }),
        Ok(password) => Ok(SecretString::from(password)),
        Err(_) => Err(PasswordError::NotText { program: program() }),
    }
}

/// The program, and whatever it starts, until it has ended.
struct Running(Box<dyn ChildWrapper>);

impl Running {
    fn start(command: &PasswordCommand) -> std::io::Result<Self> {
        let mut wrap = CommandWrap::with_new(command.program(), |process| {
            process.args(command.arguments()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        });
        in_own_group(&mut wrap);
        wrap.spawn().map(Self)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // An agent that the program has left behind is to live on.
        if matches!(self.0.try_wait(), Ok(Some(_))) {
            return;
        }
        if let Err(error) = self.0.start_kill() {
            tracing::debug!(%error, "the program that prints the password was gone already");
        }
    }
}

/// The first line, without waiting for others. They are read all the same: a closed pipe would be an error
/// to the program.
async fn first_line(pipe: impl AsyncRead + Unpin + Send + 'static) -> Vec<u8> {
    let mut line = Vec::new();
    let mut reader = BufReader::new(pipe);
    if let Err(error) = (&mut reader).take(MOST_BYTES).read_until(b'\n', &mut line).await {
        tracing::debug!(%error, "the password was not read to its end");
    }
    tokio::spawn(async move { tokio::io::copy(&mut reader, &mut tokio::io::sink()).await });
    line
}

async fn beginning(pipe: impl AsyncRead + Unpin) -> Vec<u8> {
    let mut said = Vec::new();
    let mut reader = BufReader::new(pipe);
    let read = (&mut reader).take(MOST_BYTES).read_to_end(&mut said).await;
    if read.is_ok() {
        // Nobody listens to the rest.
        let _ = tokio::io::copy(&mut reader, &mut tokio::io::sink()).await;
    }
    said
}

/// What the program said of its failure; a shell that traces its commands says the password, too.
fn words(said: &[u8], printed: &str) -> String {
    let said = String::from_utf8_lossy(said);
    let printed = printed.trim();
    let said = if printed.is_empty() { said.into_owned() } else { said.replace(printed, "…") };
    match said.trim() {
        "" => "it said nothing".to_owned(),
        said => inert(&said.lines().map(str::trim).collect::<Vec<_>>().join(" | "), MAX_SHOWN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_printed_is_in_no_message() {
        assert_eq!(words(b"+ echo hunter2\nno key\n", "hunter2\n"), "+ echo … | no key");
        assert_eq!(words(b"", "hunter2"), "it said nothing");
        assert_eq!(words(b"no key", ""), "no key");
    }

    #[test]
    fn the_command_is_asked_again_once_until_a_password_is_accepted() {
        let mut keyring = Keyring::default();
        assert!(!keyring.refused(), "no command, nothing to ask");
        keyring.printed = Some(SecretString::from("old"));
        assert!(keyring.refused());
        keyring.printed = Some(SecretString::from("new"));
        assert!(!keyring.refused());
        keyring.accepted();
        assert!(keyring.refused());
    }
}
