//! What a module answers: replies that may leave, and effects that the host is to carry out.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::Head;

/// What the module is; the answer to [`Open`](crate::Open).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest<'a> {
    /// The schema that it writes.
    pub schema: u32,
    /// The default limits in force, JSON.
    #[serde(with = "serde_bytes")]
    pub limits: &'a [u8],
    /// The table of errors, so that a host says no in the same words.
    #[serde(borrow)]
    pub codes: Vec<Code<'a>>,
}

/// One row of the table of errors.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Code<'a> {
    /// The permanent code.
    pub code: &'a str,
    /// The HTTP status.
    pub status: u16,
    /// Whether trying again may help.
    pub retryable: bool,
    /// One sentence.
    pub title: &'a str,
}

/// The answer to a [`Request`](crate::Request).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Response<'a> {
    /// Replies that may leave now.
    #[serde(borrow)]
    pub replies: Vec<Reply<'a>>,
    /// Appends to carry out, at most one a session. Until it is told how one ended, the module gives none for that session.
    #[serde(borrow)]
    pub appends: Vec<Append<'a>>,
    /// Snapshots to keep.
    #[serde(borrow)]
    pub snapshots: Vec<Kept<'a>>,
    /// Activity to note.
    #[serde(borrow)]
    pub touches: Vec<Touch<'a>>,
    /// Ended sessions whose time of retention is over, to erase.
    #[serde(borrow)]
    pub erasures: Vec<Erasure<'a>>,
    /// Confirmed entries that a store lost and that cannot be given to it again: to keep aside and to log loudly.
    #[serde(borrow)]
    pub losses: Vec<Loss<'a>>,
    /// When to send a tick at the latest.
    pub wake_at: Option<u64>,
    /// What was asked could not be done: the store's history is not one. Says why.
    pub damaged: Option<&'a str>,
    /// Counters, where they were asked for.
    #[serde(borrow)]
    pub stats: Option<Stats<'a>>,
}

/// Counters of an instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats<'a> {
    /// Sessions at hand.
    pub sessions: u64,
    /// Bytes in use.
    pub memory_bytes: u64,
    /// What happened since the instance was opened, JSON: sessions created and ended by reason, messages by type, durations, users ...
    #[serde(with = "serde_bytes")]
    pub counters: &'a [u8],
}

/// A session to erase.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Erasure<'a> {
    /// The app.
    pub app: &'a str,
    /// The session.
    pub session: [u8; 16],
}

/// What a store lost of a session's log.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Loss<'a> {
    /// The app.
    pub app: &'a str,
    /// The session.
    pub session: [u8; 16],
    /// The entries, oldest first.
    #[serde(borrow)]
    pub entries: Vec<Entry<'a>>,
}

/// What a reply is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReplyKind {
    /// It may go to whom the ticket names.
    Answer,
    /// Load the session from the store, then ask again.
    Load,
    /// Ask again once the session's append in flight was settled.
    Again,
}

/// A reply, ready to send.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reply<'a> {
    /// Whom it is for.
    pub ticket: u64,
    /// What it is.
    pub kind: ReplyKind,
    /// The HTTP status. A subscription: 200 with a snapshot frame, 204 for one that is up to date, 206 for one that lacks entries.
    pub status: u16,
    /// The version that it speaks of; 0 for none.
    pub version: u64,
    /// JSON, or a frame; may be empty.
    #[serde(with = "serde_bytes")]
    pub body: &'a [u8],
}

/// An entry as it is to be stored and sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entry<'a> {
    /// The head that it makes.
    pub head: Head,
    /// Its bytes.
    #[serde(with = "serde_bytes")]
    pub bytes: &'a [u8],
}

/// A compare-and-swap to carry out, and the replies that may leave once it is done.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Append<'a> {
    /// The app.
    pub app: &'a str,
    /// The session.
    pub session: [u8; 16],
    /// The head that the entries were decided on.
    pub expected: Head,
    /// The entries.
    #[serde(borrow)]
    pub entries: Vec<Entry<'a>>,
    /// Replies that wait for it.
    #[serde(borrow)]
    pub replies: Vec<Reply<'a>>,
    /// Whose session it is.
    pub user: &'a str,
    /// What lists show, JSON.
    #[serde(with = "serde_bytes")]
    pub summary: &'a [u8],
    /// The last activity.
    pub active_ms: u64,
    /// When the session next needs attention.
    pub deadline_ms: Option<u64>,
    /// The session ended with these entries, for this reason.
    pub ended: Option<&'a str>,
}

/// A snapshot to keep.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kept<'a> {
    /// The app.
    pub app: &'a str,
    /// The session.
    pub session: [u8; 16],
    /// Where it stands.
    pub head: Head,
    /// The state.
    #[serde(with = "serde_bytes")]
    pub bytes: &'a [u8],
}

/// Activity to note.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Touch<'a> {
    /// The app.
    pub app: &'a str,
    /// The session.
    pub session: [u8; 16],
    /// When.
    pub active_ms: u64,
    /// The deadline that follows.
    pub deadline_ms: Option<u64>,
}
