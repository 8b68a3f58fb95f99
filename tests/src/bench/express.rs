//! What people have today: Express with express-session and connect-redis, over a Redis that is there already.
//!
//! It is the same application that `cargo xtask bench node` measures (`tests/bench/express/server.mjs`), from the packages of its lock file.

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use super::http::{Connection, header, request};
use super::program::Program;
use super::standard;

const SCRIPT: &str = "tests/bench/express/server.mjs";
const PATH: &str = "/chat";

/// The application, and the visitors that it knows: each has the standard session.
pub struct Express {
    /// Its process.
    pub program: Program,
    cookies: Vec<String>,
}

impl Express {
    /// Starts it over a Redis; so many visitors come, whose sessions are to be the one that is given as JSON.
    ///
    /// # Errors
    /// Why it does not serve.
    pub async fn start(redis: &str, visitors: usize, session: &str) -> Result<Self> {
        let program = Program::node(SCRIPT, &["redis", redis])?;
        let mut express = Self { program, cookies: Vec::with_capacity(visitors) };
        let mut connection = Connection::open(&express.program.address).await?;
        let seed = format!(r#"{{"view":{session}}}"#);
        for _ in 0..visitors {
            let answer = connection.exchange(&request("POST", "/seed", &express.program.address, Some(&seed))).await?;
            ensure!(answer.status == 200, "a session is kept, not answered with {}", answer.status);
            let cookie = header(std::str::from_utf8(answer.head)?, "set-cookie").context("a visitor gets a cookie")?;
            express.cookies.push(cookie.split(';').next().unwrap_or_default().to_owned());
        }
        Ok(express)
    }

    /// A read of each visitor.
    pub fn reads(&self) -> Vec<Vec<u8>> {
        self.cookies.iter().map(|cookie| with(cookie, request("GET", PATH, &self.program.address, None))).collect()
    }

    /// A message of each visitor. They say the same, so that all answers are of one length.
    pub fn writes(&self) -> Vec<Vec<u8>> {
        let message = json!({ "type": "user", "content": standard::content(0) }).to_string();
        self.cookies.iter().map(|cookie| with(cookie, request("POST", PATH, &self.program.address, Some(&message)))).collect()
    }

    /// How long the answer to such a request is.
    ///
    /// # Errors
    /// A connection that broke.
    pub async fn body_bytes(&self, request: &[u8]) -> Result<usize> {
        Ok(Connection::open(&self.program.address).await?.exchange(request).await?.body.len())
    }
}

fn with(cookie: &str, mut request: Vec<u8>) -> Vec<u8> {
    let begin = request.windows(2).position(|two| two == b"\r\n").expect("a request has a first line") + 2;
    request.splice(begin..begin, format!("cookie: {cookie}\r\n").into_bytes());
    request
}
