//! A program in a terminal of its own, driven by keys and read off the screen.

use std::io::{Read as _, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use vt100::Parser;

use crate::picture;

const ROWS: NonZeroU16 = NonZeroU16::MIN.saturating_add(25);
const COLUMNS: NonZeroU16 = NonZeroU16::MIN.saturating_add(139);
/// How long anything on the screen may take.
const PATIENCE: Duration = Duration::from_secs(90);
const LOOK_EVERY: Duration = Duration::from_millis(30);
/// A frame that is being drawn comes in pieces; between them there is less time than this.
const QUIET: Duration = Duration::from_millis(300);

/// A running program and its screen. It is killed when dropped.
pub struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    keys: Mutex<Box<dyn Write + Send>>,
    screen: Arc<Mutex<Parser>>,
    _master: Box<dyn MasterPty + Send>,
}

impl Terminal {
    /// Starts a program, in the folder and with the environment that the command was given.
    ///
    /// # Panics
    /// When there is no terminal to be had, or the program cannot be started.
    #[must_use]
    pub fn start(command: &Command) -> Self {
        let size = PtySize { rows: ROWS.get(), cols: COLUMNS.get(), pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a terminal");
        let mut builder = CommandBuilder::new(command.get_program());
        builder.args(command.get_args());
        if let Some(folder) = command.get_current_dir() {
            builder.cwd(folder);
        }
        builder.env("TERM", "xterm-256color");
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => builder.env(name, value),
                None => builder.env_remove(name),
            }
        }
        let child = pair.slave.spawn_command(builder).expect("a program that starts");
        drop(pair.slave);
        let mut output = pair.master.try_clone_reader().expect("its output");
        let keys = pair.master.take_writer().expect("its input");
        let screen = Arc::new(Mutex::new(Parser::new(ROWS, COLUMNS, 0)));
        let drawn = Arc::clone(&screen);
        thread::spawn(move || {
            let mut bytes = [0; 8192];
            // The end of the program is the end of its output.
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                drawn.lock().unwrap_or_else(PoisonError::into_inner).process(&bytes[..count]);
            }
        });
        Self { child, keys: Mutex::new(keys), screen, _master: pair.master }
    }

    /// Types. Vim's names for keys are known: `<Esc>`, `<CR>`, `<Down>`, `<Up>`, `<C-x>`, `<M-x>`.
    ///
    /// # Panics
    /// When the program no longer reads.
    pub fn keys(&self, keys: &str) {
        let mut input = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        input.write_all(&bytes_of(keys)).and_then(|()| input.flush()).expect("a program that reads");
    }

    /// Pastes a text, as a terminal does that the program has asked to mark pastes. Typed at once, a long
    /// text is taken out of order by Helix 25.01 (seen).
    ///
    /// # Panics
    /// When the program no longer reads.
    pub fn paste(&self, text: &str) {
        self.keys(&format!("\x1b[200~{text}\x1b[201~"));
    }

    /// The screen as text, line by line.
    #[must_use]
    pub fn screen(&self) -> String {
        self.screen.lock().unwrap_or_else(PoisonError::into_inner).screen().contents()
    }

    /// Keeps what the screen shows as NAME.svg in the folder that `$OPENCODE_LSP_PICTURES` names, if it does.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn picture(&self, name: &str) {
        let Some(folder) = std::env::var_os("OPENCODE_LSP_PICTURES") else {
            return;
        };
        self.settled();
        let svg = picture::svg(self.screen.lock().unwrap_or_else(PoisonError::into_inner).screen());
        std::fs::write(Path::new(&folder).join(format!("{name}.svg")), svg).expect("a picture that can be written");
    }

    /// The rows (0-based) that hold a text.
    #[must_use]
    pub fn rows_with(&self, text: &str) -> Vec<usize> {
        let screen = self.screen();
        screen.lines().enumerate().filter(|(_, line)| line.contains(text)).map(|(row, _)| row).collect()
    }

    /// Whether a text is shown with its colours swapped, as what is chosen in a menu is.
    #[must_use]
    pub fn is_inverse(&self, text: &str) -> bool {
        let parser = self.screen.lock().unwrap_or_else(PoisonError::into_inner);
        let screen = parser.screen();
        let place = screen.rows(0, COLUMNS.get()).zip(0_u16..).find_map(|(line, row)| {
            let column = line[..line.find(text)?].chars().count();
            Some((row, u16::try_from(column).ok()?))
        });
        place.and_then(|(row, column)| screen.cell(row, column)).is_some_and(vt100::Cell::inverse)
    }

    /// Where (row and column, 0-based) colours are swapped.
    #[must_use]
    pub fn inverse(&self) -> Vec<(u16, u16)> {
        let parser = self.screen.lock().unwrap_or_else(PoisonError::into_inner);
        let screen = parser.screen();
        let cells = (0..ROWS.get()).flat_map(|row| (0..COLUMNS.get()).map(move |column| (row, column)));
        cells.filter(|(row, column)| screen.cell(*row, *column).is_some_and(vt100::Cell::inverse)).collect()
    }

    /// Waits until what is chosen stays so for a while, and gives it as [`Terminal::inverse`] does.
    ///
    /// # Panics
    /// When it never does.
    pub fn settled(&self) -> Vec<(u16, u16)> {
        let begun = Instant::now();
        let (mut seen, mut since) = (self.inverse(), Instant::now());
        while since.elapsed() < QUIET {
            assert!(begun.elapsed() < PATIENCE, "it does not come to rest; the screen is:\n{}", self.screen());
            thread::sleep(LOOK_EVERY);
            let now = self.inverse();
            if now != seen {
                (seen, since) = (now, Instant::now());
            }
        }
        seen
    }

    /// Waits until the screen holds a text.
    ///
    /// # Panics
    /// When it does not, after a long while; the message shows the screen.
    pub fn wait_for(&self, text: &str) -> String {
        self.wait(&format!("“{text}” on the screen"), |screen| screen.contains(text))
    }

    /// Whether the screen comes to hold a text within this time.
    #[must_use]
    pub fn shows_within(&self, text: &str, limit: Duration) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < limit {
            if self.screen().contains(text) {
                return true;
            }
            thread::sleep(LOOK_EVERY);
        }
        false
    }

    /// Waits until the screen does not hold a text any more.
    ///
    /// # Panics
    /// As [`Terminal::wait_for`].
    pub fn wait_until_gone(&self, text: &str) {
        self.wait(&format!("“{text}” off the screen"), |screen| !screen.contains(text));
    }

    /// Waits until the screen is as it should be.
    ///
    /// # Panics
    /// When it is not, after a long while; the message names what was waited for and shows the screen.
    pub fn wait(&self, what: &str, is_so: impl Fn(&str) -> bool) -> String {
        let begun = Instant::now();
        loop {
            let screen = self.screen();
            if is_so(&screen) {
                return screen;
            }
            assert!(begun.elapsed() < PATIENCE, "waited for {what}, but the screen is:\n{screen}");
            thread::sleep(LOOK_EVERY);
        }
    }

    /// Waits until the program has ended.
    ///
    /// # Panics
    /// When it does not end.
    pub fn wait_end(&mut self) {
        let begun = Instant::now();
        while !matches!(self.child.try_wait(), Ok(Some(_))) {
            assert!(begun.elapsed() < PATIENCE, "it does not end; the screen is:\n{}", self.screen());
            thread::sleep(LOOK_EVERY);
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Ended already, or given up.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn bytes_of(keys: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = keys;
    while let Some(start) = rest.find('<') {
        bytes.extend(&rest.as_bytes()[..start]);
        rest = &rest[start..];
        let Some(end) = rest.find('>') else {
            break;
        };
        match &rest[1..end] {
            // By its number: the bare byte before another key is read as Alt.
            "Esc" => bytes.extend(b"\x1b[27u"),
            "CR" => bytes.push(b'\r'),
            "Tab" => bytes.push(b'\t'),
            "Space" => bytes.push(b' '),
            "Up" => bytes.extend(b"\x1b[A"),
            "Down" => bytes.extend(b"\x1b[B"),
            name => match name.as_bytes() {
                [b'C', b'-', key] => bytes.push(key & 0x1f),
                [b'M', b'-', key] => bytes.extend([0x1b, *key]),
                _ => bytes.extend(&rest.as_bytes()[..=end]),
            },
        }
        rest = &rest[end + 1..];
    }
    bytes.extend(rest.as_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_names() {
        assert_eq!(bytes_of("a<Esc>:w<CR><C-n><M-x><x>1<2"), b"a\x1b[27u:w\r\x0e\x1bx<x>1<2");
    }

    #[cfg(unix)]
    #[test]
    fn a_program_is_typed_to_and_seen() {
        let terminal = Terminal::start(&Command::new("cat"));
        terminal.keys("hello\n");
        terminal.wait("the text, and its echo", |screen| screen.matches("hello").count() == 2);
    }
}
