//! The log of one session, as a store keeps it: a compare-and-swap by head, and a check that every entry continues the one before.
//!
//! It never looks into an entry for more than the version and time that the entry says of itself, and where a fork's log begins.

use colloq_abi::{Append, Head, Load, Snapshot};
use colloq_core::{Chain, Id};
use serde_json::Value;

/// A snapshot as it was given to the store.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Where it stands.
    pub head: Head,
    /// The state.
    pub bytes: Vec<u8>,
}

/// See the module's documentation.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// The entries, version 1 first.
    pub entries: Vec<Vec<u8>>,
    /// The chain after each entry.
    chains: Vec<[u8; 32]>,
    /// The version below which entries were trimmed.
    floor: u64,
    /// The newest snapshot.
    pub snapshot: Option<Kept>,
    /// The last activity that the store was told of.
    pub touched_ms: u64,
    /// When the session next needs attention.
    pub deadline_ms: Option<u64>,
    /// Whose session it is.
    pub user: String,
    /// The row that lists show.
    pub summary: String,
    /// Why it ended, if it did.
    pub ended: Option<String>,
    /// The message that waits for an answer, and since when.
    pub unanswered: Option<(Id, u64)>,
    /// What the last append said that others than the session's links are to know: `turned`, `former`, `signed`.
    pub news: (bool, Option<String>, bool),
}

impl Log {
    /// The head of a log without entries.
    pub const ZERO: Head = Head { version: 0, chain: [0; 32] };

    /// The head after the last entry.
    pub fn head(&self) -> Head {
        self.head_at(self.entries.len())
    }

    /// The head after so many entries.
    pub fn head_at(&self, version: usize) -> Head {
        match version {
            0 => Self::ZERO,
            version => Head { version: version as u64, chain: self.chains[version - 1] },
        }
    }

    /// The text of an entry.
    pub fn text(&self, version: usize) -> &str {
        std::str::from_utf8(&self.entries[version - 1]).expect("entries are text")
    }

    /// An entry, read.
    pub fn entry(&self, version: usize) -> Value {
        serde_json::from_str(self.text(version)).expect("entries are JSON")
    }

    /// The kinds of an entry's events.
    pub fn events(&self, version: usize) -> Vec<String> {
        let entry = self.entry(version);
        let events = entry["events"].as_array().expect("an entry has events");
        events.iter().map(|event| event["kind"].as_str().expect("an event has a kind").to_owned()).collect()
    }

    /// Appends, if the head is the expected one; `false` otherwise.
    ///
    /// # Panics
    /// If an entry does not continue the log: its version, its chain, or its time.
    pub fn append(&mut self, append: &Append<'_>) -> bool {
        if append.expected != self.head() {
            return false;
        }
        for entry in &append.entries {
            let before = self.head();
            assert_eq!(entry.head.version, before.version + 1, "versions go on without a gap");
            let chain = begins_with(entry.bytes).unwrap_or(Chain(before.chain)).extend(entry.bytes).0;
            assert_eq!(entry.head.chain, chain, "the chain goes on over the bytes that are stored");
            self.entries.push(entry.bytes.to_vec());
            self.chains.push(entry.head.chain);
            self.check_last();
        }
        self.touched_ms = self.touched_ms.max(append.active_ms);
        self.deadline_ms = append.deadline_ms;
        append.user.clone_into(&mut self.user);
        self.summary = String::from_utf8(append.summary.to_vec()).expect("a summary is text");
        self.ended = append.news.ended.map(Into::into).or_else(|| self.ended.take());
        self.unanswered = append.unanswered.map(|it| (Id::from_bytes(it.message).expect("a message's id"), it.at_ms));
        self.news = (append.news.turned, append.news.former.map(Into::into), append.news.signed);
        true
    }

    /// The newest entry says its own version, and its time is not before the one before.
    fn check_last(&self) {
        let version = self.entries.len();
        let now = |version| self.entry(version)["stamp"]["now"].as_u64().expect("a stamp has a time");
        assert_eq!(self.entry(version)["version"], version as u64);
        assert!(version == 1 || now(version) >= now(version - 1), "time never goes back");
    }

    /// Goes back to a version, as a store does that lost what came after.
    pub fn go_back(&mut self, version: usize) {
        self.entries.truncate(version);
        self.chains.truncate(version);
        self.snapshot.take_if(|kept| kept.head.version > version as u64);
    }

    /// The entries below the snapshot are trimmed: no head below it is known any more.
    pub fn forget_before_snapshot(&mut self) {
        self.floor = self.snapshot.as_ref().map_or(0, |kept| kept.head.version);
    }

    /// What a store answers to whoever asks for the session: the snapshot and what follows it, or everything.
    pub fn load(&self, session: Id) -> Load<'_> {
        let from = self.snapshot.as_ref().map_or(0, |kept| kept.head.version as usize);
        let snapshot = self.snapshot.as_ref().map(|kept| Snapshot { head: kept.head, bytes: &kept.bytes });
        Load { snapshot, ..self.load_from(session, from) }
    }

    /// The entries after a version.
    pub fn load_from(&self, session: Id, version: usize) -> Load<'_> {
        let entries = self.entries[version..].iter().map(Vec::as_slice).collect();
        Load {
            app: super::world::APP,
            session: *session.as_bytes(),
            snapshot: None,
            entries,
            head: self.head(),
            touched_ms: self.touched_ms,
        }
    }

    /// Whether a head is one that this log had.
    pub fn has(&self, head: Head) -> bool {
        head.version >= self.floor && head.version as usize <= self.entries.len() && self.head_at(head.version as usize) == head
    }
}

/// The chain that a fork's log begins with: it names the place in the parent's log.
fn begins_with(entry: &[u8]) -> Option<Chain> {
    let entry: Value = serde_json::from_slice(entry).ok()?;
    let event = &entry["events"][0];
    let head = event["state"]["parent"].as_array().filter(|_| event["kind"] == "sessionRestored")?;
    let parent: Id = event["state"]["forkedFrom"].as_str()?.parse().ok()?;
    Some(Chain::of_fork(parent, &Chain::from_text(head[1].as_str()?)?, event["id"].as_str()?.parse().ok()?))
}
