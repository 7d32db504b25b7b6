//! The server's process, from its start to its end.

use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::sync::{Arc, mpsc};
use std::thread;

use serde_json::Value;

use super::state::Shared;
use super::wire::{self, Fault};
use super::{Editor, call};
use crate::process;

/// Starts the process, and the threads that serve its pipes and wait for its end.
pub(super) fn spawn(mut command: Command) -> (Arc<Shared>, u32) {
    process::lead_group(&mut command);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
    let pid = child.id();
    let (out, messages) = mpsc::channel::<Vec<u8>>();
    let shared = Arc::new(Shared::new(out));

    // Writing has a thread of its own, so that a server that does not read cannot block the
    // reading of what it writes.
    let mut stdin = child.stdin.take().expect("a piped stdin");
    thread::spawn(move || {
        for bytes in messages {
            if stdin.write_all(&bytes).and_then(|()| stdin.flush()).is_err() {
                return;
            }
        }
    });
    let stdout = child.stdout.take().expect("a piped stdout");
    let reading = Arc::clone(&shared);
    thread::spawn(move || read_messages(stdout, &reading));
    let stderr = child.stderr.take().expect("a piped stderr");
    let listening = Arc::clone(&shared);
    thread::spawn(move || read_stderr(stderr, &listening));
    let waiting = Arc::clone(&shared);
    thread::spawn(move || {
        let status = child.wait().expect("the end of a child");
        waiting.update(|state| state.exit = Some(status));
    });
    (shared, pid)
}

/// Tells of the end of the output, even when it is the reading that ends.
struct Ending<'a>(&'a Shared);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.update(|state| {
            if thread::panicking() {
                state.fail("the test's own answer to a request panicked");
            }
            state.ended = true;
        });
    }
}

fn read_messages(stdout: impl Read, shared: &Shared) {
    let _ending = Ending(shared);
    let mut reader = BufReader::new(stdout);
    loop {
        shared.wait_to_listen();
        match wire::read(&mut reader) {
            Ok(Some(message)) => shared.update(|state| state.receive(message)),
            Ok(None) => break,
            Err(Fault::Pipe(error)) => {
                shared.update(|state| state.fail(&error.to_string()));
                break;
            }
            Err(Fault::Protocol(reason)) => {
                shared.update(|state| state.fail(&reason));
                // The rest cannot be understood, but a full pipe would hang the server.
                let _ = io::copy(&mut reader, &mut io::sink());
                break;
            }
        }
    }
}

fn read_stderr(stderr: impl Read, shared: &Shared) {
    let mut reader = BufReader::new(stderr);
    let mut line = Vec::new();
    while matches!(reader.read_until(b'\n', &mut line), Ok(count) if count > 0) {
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        shared.lock().stderr.push(text);
        line.clear();
    }
}

impl Editor {
    /// Ends the server as the protocol has it, and checks that it went well: it exits with
    /// code 0 and has said nothing that nobody took.
    ///
    /// # Panics
    /// When it did not go well.
    pub fn shutdown(self) {
        if let Err(error) = self.request("shutdown", Value::Null) {
            panic!("the server refused to shut down: {error}");
        }
        self.shared.lock().send(&call("exit", Value::Null));
        let deadline = self.shared.lock().deadline;
        let status = self.wait_exit(deadline);
        assert!(status.success(), "the server ended badly: {status}");
        // What it said last may still be in the pipe. A pipe that stays open has been passed on
        // to a process that lives on.
        self.wait("the end of its output", |state| state.ended.then_some(()));
        self.check();
        let (unanswered, leftovers) = {
            let state = self.shared.lock();
            (state.pending.clone(), state.leftovers())
        };
        assert!(unanswered.is_empty(), "the server never answered these requests: {unanswered:?}");
        assert!(leftovers.is_empty(), "messages that nobody expected:\n{}", leftovers.join("\n"));
    }

    /// Ends the server's process hard, but nothing it has started, and waits until it is gone.
    pub fn kill(&self) {
        self.done.store(true, Ordering::Relaxed);
        if self.shared.lock().exit.is_none() {
            process::kill(self.pid);
        }
        let deadline = self.shared.lock().deadline;
        self.wait_exit(deadline);
    }

    /// Leaves the server's output alone from now on, after the message that comes next: its pipe fills up.
    pub fn stop_reading(&self) {
        self.shared.lock().deaf = true;
    }

    /// Reads the server's output again.
    pub fn read_on(&self) {
        self.shared.update(|state| state.deaf = false);
    }

    /// Closes the server's input, after what has been sent.
    pub fn close_stdin(&self) {
        self.shared.lock().out = None;
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        let (running, report) = {
            let state = self.shared.lock();
            let report = format!("messages:\n{}\n\nstderr of the server:\n{}", state.transcript(), state.stderr_tail());
            (state.exit.is_none(), report)
        };
        if running {
            process::kill_group(self.pid);
        }
        if thread::panicking() {
            eprintln!("{report}");
            return;
        }
        assert!(self.done.load(Ordering::Relaxed), "Editor dropped without shutdown()\n{report}");
    }
}
