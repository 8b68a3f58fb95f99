//! A reader of Server-Sent Events: events as they come, comments passed over, nothing kept.

use anyhow::{Context as _, bail, ensure};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde_json::Value;
use tokio::time::timeout;

use super::{Http, PATIENCE};

/// A stream of events.
pub struct Events {
    body: Incoming,
    buffer: String,
    /// How many comments came.
    pub comments: usize,
}

/// One event.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its kind, which is its frame's.
    pub kind: String,
    /// Where its reader stands after it.
    pub id: Option<String>,
    /// The frame.
    pub frame: Value,
    /// The frame as it came.
    pub text: String,
}

impl Events {
    /// Asks for a stream of events.
    ///
    /// # Errors
    /// If there is no connection, or another answer.
    pub async fn open(http: &Http, path: &str, headers: &[(&str, &str)]) -> anyhow::Result<Self> {
        let response = http.open(path, headers).await?;
        let kind = response.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        ensure!(response.status() == 200 && kind == "text/event-stream", "{} {kind}", response.status());
        Ok(Self { body: response.into_body(), buffer: String::new(), comments: 0 })
    }

    /// The next event; `None` at the end.
    ///
    /// # Errors
    /// If the connection breaks off, nothing comes, or what comes is none.
    pub async fn next(&mut self) -> anyhow::Result<Option<Event>> {
        loop {
            while let Some((block, rest)) = self.buffer.split_once("\n\n") {
                let event = if block.starts_with(':') { None } else { Some(read(block)?) };
                let taken = self.buffer.len() - rest.len();
                self.buffer.drain(..taken);
                match event {
                    Some(event) => return Ok(Some(event)),
                    None => self.comments += 1,
                }
            }
            match timeout(PATIENCE, self.body.frame()).await.context("nothing comes")? {
                Some(piece) => self.buffer.push_str(std::str::from_utf8(piece?.data_ref().map_or(&[], |data| data))?),
                None => return Ok(None),
            }
        }
    }

    /// The next event of a kind; others are passed over.
    ///
    /// # Errors
    /// If the stream ends before.
    pub async fn next_of(&mut self, kind: &str) -> anyhow::Result<Event> {
        loop {
            match self.next().await? {
                Some(event) if event.kind == kind => return Ok(event),
                Some(_) => {}
                None => bail!("the stream ended before an event {kind}"),
            }
        }
    }
}

fn read(block: &str) -> anyhow::Result<Event> {
    let (mut kind, mut id, mut text) = (String::new(), None, String::new());
    for line in block.lines() {
        match line.split_once(": ").with_context(|| format!("{line:?} is no field"))? {
            ("event", value) => value.clone_into(&mut kind),
            ("id", value) => id = Some(value.to_owned()),
            ("data", value) => text.push_str(value),
            _ => bail!("{line:?} is no field that a host writes"),
        }
    }
    let frame: Value = serde_json::from_str(&text)?;
    ensure!(frame["kind"] == *kind, "an event is of its frame's kind: {block}");
    Ok(Event { kind, id, frame, text })
}
