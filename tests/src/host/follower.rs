//! Follows one session's log over links that come and go: every entry once, in its order, checked by the chain.

use anyhow::Result;
use colloq_core::json::Json;
use colloq_core::{Chain, Head};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::{Link, Told};

/// What is known of a session's log.
#[derive(Clone)]
pub struct Follower {
    session: String,
    head: Option<Head>,
    /// The entries in their order; the first one's version is one above that of the first snapshot.
    pub entries: Vec<Value>,
}

/// An `entries` frame with its entries' bytes.
#[derive(Deserialize)]
struct Entries<'a> {
    #[serde(borrow)]
    from: &'a RawValue,
    #[serde(borrow)]
    entries: Vec<&'a RawValue>,
}

impl Follower {
    /// Knows nothing of a session yet.
    pub fn new(session: &str) -> Self {
        Self { session: session.into(), head: None, entries: Vec::new() }
    }

    /// The version that it knows the log up to.
    pub fn version(&self) -> u64 {
        self.head.map_or(0, |head| head.version)
    }

    /// Subscribes at a link and catches up.
    ///
    /// # Errors
    /// If the link ends before.
    ///
    /// # Panics
    /// If what comes does not continue what it knows.
    pub async fn subscribe(&mut self, link: &mut Link) -> Result<()> {
        let mut frame = json!({"kind": "subscribe", "session": self.session});
        if let Some(head) = self.head {
            frame["since"] = serde_json::from_str(&head.to_json())?;
        }
        link.send(&frame).await?;
        loop {
            match link.next().await? {
                Told::Closed(code) => anyhow::bail!("closed with {code:?}"),
                Told::Frame(frame) if frame["kind"] == "subscribed" => {
                    assert_eq!(frame["version"], self.version(), "what was caught up with is the log up to there");
                    return Ok(());
                }
                Told::Frame(frame) => self.receive(&frame, link.text()),
            }
        }
    }

    /// Takes a frame as it came; others than this session's `snapshot` and `entries` are not its business.
    ///
    /// # Panics
    /// If it does not continue what it knows.
    pub fn receive(&mut self, frame: &Value, text: &str) {
        if frame["session"] != self.session.as_str() {
            return;
        }
        if frame["kind"] == "snapshot" {
            assert!(self.head.is_none(), "a head of the log is caught up with from the log: {frame}");
            let chain = frame["chain"].as_str().and_then(Chain::from_text).expect("a chain");
            self.head = Some(Head { version: frame["state"]["version"].as_u64().expect("a version"), chain });
        }
        if frame["kind"] == "entries" {
            let told: Entries<'_> = serde_json::from_str(text).expect("an entries frame");
            let mut head = Head::from_json(told.from.get()).expect("a head");
            assert_eq!(Some(head), self.head, "entries continue what was told before");
            for raw in told.entries {
                head = head.extend(raw.get().as_bytes());
                let entry: Value = serde_json::from_str(raw.get()).expect("an entry is JSON");
                assert_eq!(entry["version"], head.version, "versions have no gap");
                self.entries.push(entry);
            }
            self.head = Some(head);
        }
    }
}
