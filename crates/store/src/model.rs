//! The nouns that travel between a host and a store. All payloads are opaque bytes.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

/// Names one session: its app (tenant) and its id, the 16 bytes of a `UUIDv7`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// The tenant that the session belongs to.
    pub app: Arc<str>,
    /// The session's id.
    pub session: [u8; 16],
}

/// A place in a log: the version of the last entry and the chain hash over everything up to it.
///
/// The head of a log that does not exist yet is [`Head::ZERO`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Head {
    /// The version of the last entry; entries count from 1 without a gap.
    pub version: u64,
    /// The chain hash after that entry.
    pub chain: [u8; 32],
}

impl Head {
    /// The head before the first entry.
    pub const ZERO: Self = Self { version: 0, chain: [0; 32] };
}

impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.version)?;
        self.chain[..4].iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// One entry as it is stored: its bytes exactly as the deciding core encoded them, and the head that it makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The head after this entry.
    pub head: Head,
    /// The entry's bytes.
    pub bytes: Bytes,
}

/// A session's state at a head, as the core encoded it. Entries at or below it may be trimmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The head that the state stands at.
    pub head: Head,
    /// The state's bytes.
    pub bytes: Bytes,
}

/// What indexes need to know of a session after an append.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    /// The user that the session belongs to from now on.
    pub user: Arc<str>,
    /// What a list shows of the session, ready to send (JSON).
    pub summary: Bytes,
    /// When it was last active, in milliseconds since 1970; lists are ordered by it, newest first.
    pub active_ms: u64,
    /// When the session next needs attention (an expiry, a dead stream, the end of its retention); `None` for never.
    pub deadline_ms: Option<u64>,
    /// The newest user message, while nobody answers it.
    pub unanswered: Option<Unanswered>,
}

/// A message that waits for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unanswered {
    /// The message.
    pub message: [u8; 16],
    /// When it was said, in milliseconds since 1970.
    pub at_ms: u64,
}

/// What a store is told of a session's activity beside its appends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touch {
    /// When it was last active, in milliseconds since 1970.
    pub active_ms: u64,
    /// The deadline that follows; `None` for never.
    pub deadline_ms: Option<u64>,
    /// The newest user message, while nobody answers it, as of the head.
    pub unanswered: Option<Unanswered>,
}

impl Touch {
    /// A touch of a session in which nobody waits for an answer.
    pub fn new(active_ms: u64, deadline_ms: Option<u64>) -> Self {
        Self { active_ms, deadline_ms, unanswered: None }
    }
}

/// One row of the index of sessions that wait for an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The session's id.
    pub session: [u8; 16],
    /// The message.
    pub message: [u8; 16],
    /// Whose session it is.
    pub user: Arc<str>,
    /// When the message was said.
    pub at_ms: u64,
}

/// A compare-and-swap on a session's head.
#[derive(Clone, Debug)]
pub struct Append {
    /// The session.
    pub key: Key,
    /// The head that the entries were decided on; [`Head::ZERO`] creates the log.
    pub expected: Head,
    /// The entries in order: versions `expected.version + 1`, `+ 2` ... Never empty.
    pub records: Vec<Record>,
    /// What indexes are to hold once it is done.
    pub meta: Meta,
}

impl Append {
    /// The head that the append makes.
    ///
    /// # Panics
    ///
    /// If there is no record, or if the versions do not follow [`expected`](Append::expected) without a gap: whoever built the append
    /// broke its contract, and a store that took it would hold a log with a hole.
    pub fn head(&self) -> Head {
        let mut head = self.expected;
        for record in &self.records {
            assert_eq!(record.head.version, head.version + 1, "an append's versions follow its expected head");
            head = record.head;
        }
        assert!(!self.records.is_empty(), "an append holds at least one record");
        head
    }
}

/// What a store has under a session's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// A log that ends here.
    Head(Head),
    /// A tombstone. A store that has to read the log to find its head may take it for nothing.
    Erased,
    /// Nothing.
    Nothing,
}

/// What a store knows of one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// The newest snapshot at or below the first record, if there is one.
    pub snapshot: Option<Snapshot>,
    /// The entries after the snapshot (after nothing, where there is none), without a gap.
    pub records: Vec<Record>,
    /// The latest activity known: the maximum of all appends' and touches' times.
    pub touched_ms: u64,
}

impl Loaded {
    /// The head of the log.
    pub fn head(&self) -> Head {
        let snapshot = self.snapshot.as_ref().map_or(Head::ZERO, |snapshot| snapshot.head);
        self.records.last().map_or(snapshot, |record| record.head)
    }
}

/// One row of a user's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The session's id.
    pub session: [u8; 16],
    /// When it was last active.
    pub active_ms: u64,
    /// The summary of its latest append.
    pub summary: Bytes,
}

/// A page of a list, newest first; `next` continues after it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Page {
    /// The rows.
    pub items: Vec<Listed>,
    /// The position of the last row (`active_ms`, `session`) where more follow.
    pub next: Option<(u64, [u8; 16])>,
}
