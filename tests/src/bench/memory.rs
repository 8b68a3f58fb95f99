//! Sessions that lie idle in a real host: made over HTTP by connections side by side, then left alone until they hibernate.
//!
//! Every session is another user's, as people's are; names are of one length, so that all sessions of a kind have the same size.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::http::{Connection, request};
use super::program::Program;

/// After how long without use a session hibernates in these hosts; by itself a host takes a minute.
pub const HIBERNATE: &str = "5s";
/// How long it takes at most until all did.
const PATIENCE: Duration = Duration::from_mins(5);

/// How many connections make the sessions.
const CONNECTIONS: usize = 32;
/// How many sessions are read to know their size.
const SAMPLE: usize = 100;

/// Makes so many sessions with these messages in a host; gives their paths.
///
/// # Errors
/// An answer that is another one than expected.
pub fn fill(host: &Program, sessions: usize, messages: &[String]) -> Result<Vec<String>> {
    let posted = Arc::new((host.address.clone(), messages.to_vec()));
    runtime()?.block_on(async {
        let each = |nth: usize| tokio::spawn(make(Arc::clone(&posted), (nth..sessions).step_by(CONNECTIONS)));
        let tasks: Vec<_> = (0..CONNECTIONS).map(each).collect();
        let mut paths = Vec::with_capacity(sessions);
        for task in tasks {
            paths.extend(task.await??);
        }
        ensure!(paths.len() == sessions, "every session was made");
        Ok(paths)
    })
}

/// Waits until no session is at hand: all of them lie idle.
///
/// # Errors
/// If some stay.
pub fn rest(host: &Program) -> Result<()> {
    let begin = Instant::now();
    runtime()?.block_on(async {
        loop {
            let mut connection = Connection::open(&host.address).await?;
            let answer = connection.exchange(&request("GET", "/v1/analytics", &host.address, None)).await?;
            let analytics: Value = serde_json::from_slice(answer.body)?;
            if analytics["sessions"] == 0 {
                return Ok(());
            }
            ensure!(begin.elapsed() < PATIENCE, "every session hibernates: {}", analytics["sessions"]);
            std::thread::sleep(Duration::from_millis(500));
        }
    })
}

/// The bytes of a session as it is read, a mean of some of them.
///
/// # Errors
/// A session that cannot be read, or that holds another number of messages.
pub fn json_bytes(host: &Program, paths: &[String], messages: usize) -> Result<f64> {
    runtime()?.block_on(async {
        let mut connection = Connection::open(&host.address).await?;
        let (mut bytes, mut read) = (0, 0);
        for path in paths.iter().step_by(paths.len().div_ceil(SAMPLE)) {
            let answer = connection.exchange(&request("GET", path, &host.address, None)).await?;
            ensure!(answer.status == 200, "a session is read, not answered with {}", answer.status);
            let session: Value = serde_json::from_slice(answer.body)?;
            ensure!(session["messages"].as_array().map(Vec::len) == Some(messages), "every message is there");
            (bytes, read) = (bytes + answer.body.len(), read + 1);
        }
        Ok(bytes as f64 / f64::from(read))
    })
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_io().build()?)
}

async fn make(posted: Arc<(String, Vec<String>)>, sessions: impl Iterator<Item = usize>) -> Result<Vec<String>> {
    let (address, messages) = &*posted;
    let mut connection = Connection::open(address).await?;
    let mut paths = Vec::new();
    for nth in sessions {
        let body = format!(r#"{{"userId":"user-{nth:07}"}}"#);
        let answer = connection.exchange(&request("POST", "/v1/sessions", address, Some(&body))).await?;
        ensure!(answer.status == 201, "a session is created, not answered with {}", answer.status);
        let session: Value = serde_json::from_slice(answer.body)?;
        let path = format!("/v1/sessions/{}", session["id"].as_str().context("a session has an id")?);
        for message in messages {
            let answer = connection.exchange(&request("POST", &format!("{path}/messages"), address, Some(message))).await?;
            ensure!(answer.status == 201, "a message is taken, not answered with {}", answer.status);
        }
        paths.push(path);
    }
    Ok(paths)
}
