//! The shipped file in Node: a child process that is fed over its standard input and answers over its standard output.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use colloq_abi::Open;

use super::Engine;

/// One child with one instance; it ends with this value.
pub struct Node {
    child: Child,
    /// `None` once the child is to end.
    requests: Option<ChildStdin>,
    answers: ChildStdout,
}

impl Node {
    /// A fresh child.
    pub fn start() -> Self {
        let mut command = Command::new("node");
        command.arg(super::repository().join("tests/engines/node.mjs")).arg(super::module_path());
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("node is on the PATH");
        let (requests, answers) = (child.stdin.take(), child.stdout.take().expect("its output is piped"));
        Self { child, requests, answers }
    }

    fn exchange(&mut self, request: &[u8]) -> std::io::Result<Vec<u8>> {
        let requests = self.requests.as_mut().expect("the child takes requests until it is dropped");
        requests.write_all(&(request.len() as u32).to_le_bytes())?;
        requests.write_all(request)?;
        requests.flush()?;
        let mut length = [0; 4];
        self.answers.read_exact(&mut length)?;
        let mut answer = vec![0; u32::from_le_bytes(length) as usize];
        self.answers.read_exact(&mut answer)?;
        Ok(answer)
    }

    fn answer(&mut self, request: &[u8]) -> Vec<u8> {
        self.exchange(request).unwrap_or_else(|error| panic!("node gave no answer; it says why above: {error}"))
    }
}

impl Engine for Node {
    fn open(&mut self, open: &Open<'_>) -> Vec<u8> {
        let request = colloq_abi::encode(open).expect("a request encodes");
        self.answer(&request)
    }

    fn call(&mut self, request: &[u8]) -> Vec<u8> {
        self.answer(request)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // The end of its input is its sign to end.
        self.requests = None;
        let _ = self.child.wait();
    }
}
