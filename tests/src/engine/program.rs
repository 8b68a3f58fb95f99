//! The shipped file in a JavaScript engine: a program beside the tests that holds all instances of a kind, fed over its standard input.
//!
//! The frames are those of `tests/engines/frames.mjs`. A program starts with the first instance, and ends by itself when these tests do:
//! the end of its input is its sign. What goes wrong in one instance is told to whoever called it, and the others go on.

use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use colloq_abi::Open;

use super::Engine;

/// Node.
pub(super) static NODE: Program = Program::new("node.mjs", "Node on the PATH");
/// A page of Chromium.
pub(super) static CHROMIUM: Program =
    Program::new("chromium.mjs", "a Chromium, which COLLOQ_CHROMIUM names (`none` leaves it out, aloud), and `npm ci` in tests/browser");

/// What a frame asks for, as `frames.mjs` counts.
#[derive(Clone, Copy)]
enum Action {
    Start,
    Call,
    End,
}

/// One of them.
pub(super) struct Program {
    script: &'static str,
    needs: &'static str,
    running: Mutex<Option<Pipes>>,
    /// The number of the next instance.
    next: AtomicU32,
}

struct Pipes {
    requests: ChildStdin,
    answers: ChildStdout,
    /// Held so that it is not waited for while it runs.
    _child: Child,
}

impl Program {
    const fn new(script: &'static str, needs: &'static str) -> Self {
        Self { script, needs, running: Mutex::new(None), next: AtomicU32::new(0) }
    }

    /// Sends a frame and waits for its answer; an inner error is the engine's own.
    fn exchange(&self, action: Action, instance: u32, bytes: &[u8]) -> io::Result<Result<Vec<u8>, String>> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let pipes = match &mut *running {
            Some(pipes) => pipes,
            none => none.insert(Pipes::start(self.script)?),
        };
        pipes.exchange(action, instance, bytes)
    }

    #[track_caller]
    fn answer(&self, action: Action, instance: u32, bytes: &[u8]) -> Vec<u8> {
        let answer = self.exchange(action, instance, bytes).unwrap_or_else(|error| {
            panic!("{} gave no answer; it says why on its standard error. It needs {}: {error}", self.script, self.needs)
        });
        answer.unwrap_or_else(|why| panic!("{}: {why}", self.script))
    }
}

impl Pipes {
    fn start(script: &str) -> io::Result<Self> {
        let mut command = Command::new("node");
        command.arg(super::repository().join("tests/engines").join(script)).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let (requests, answers) = (child.stdin.take(), child.stdout.take());
        Ok(Self { requests: requests.expect("it is piped"), answers: answers.expect("it is piped"), _child: child })
    }

    fn exchange(&mut self, action: Action, instance: u32, bytes: &[u8]) -> io::Result<Result<Vec<u8>, String>> {
        let mut frame = Vec::with_capacity(9 + bytes.len());
        frame.push(action as u8);
        frame.extend(instance.to_le_bytes());
        frame.extend((bytes.len() as u32).to_le_bytes());
        frame.extend(bytes);
        self.requests.write_all(&frame)?;
        self.requests.flush()?;
        let mut head = [0; 5];
        self.answers.read_exact(&mut head)?;
        let mut result = vec![0; u32::from_le_bytes([head[1], head[2], head[3], head[4]]) as usize];
        self.answers.read_exact(&mut result)?;
        Ok(if head[0] == 0 { Ok(result) } else { Err(String::from_utf8_lossy(&result).into_owned()) })
    }
}

/// One instance in a program; it is forgotten with this value.
pub(super) struct Instance {
    program: &'static Program,
    number: u32,
}

impl Instance {
    /// A fresh instance of a file.
    pub(super) fn start(program: &'static Program, file: &Path) -> Self {
        let instance = Self { program, number: program.next.fetch_add(1, Ordering::Relaxed) };
        let path = file.to_str().expect("the file's path is text");
        program.answer(Action::Start, instance.number, path.as_bytes());
        instance
    }
}

impl Engine for Instance {
    fn open(&mut self, open: &Open<'_>) -> Vec<u8> {
        self.call(&colloq_abi::encode(open))
    }

    fn call(&mut self, request: &[u8]) -> Vec<u8> {
        self.program.answer(Action::Call, self.number, request)
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // A program that is gone has forgotten it already, and whoever called has been told.
        let _ = self.program.exchange(Action::End, self.number, &[]);
    }
}
