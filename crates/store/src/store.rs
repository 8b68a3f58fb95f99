//! The `Store` trait: the whole of what a host asks of the place where logs live.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;

use crate::{Append, Archive, Found, Head, Hear, Kept, Key, Loaded, Page, Record, Revocation, Snapshot, Topic, Touch, Waiting};

/// An answer that a store still owes. A store in memory has it ready at the first poll.
pub type Pending<T> = Pin<Box<dyn Future<Output = T> + Send + 'static>>;

/// The most private values that a session has.
pub const PRIVATES_MAX: usize = 64;

/// A place where logs live.
///
/// # The contract
///
/// * **Compare-and-swap.** [`append`](Store::append) succeeds only on the log's very head, version *and* chain; it is atomic and, where
///   the store is durable, on disk before it answers. There is no `save`.
/// * **Bytes are kept as they came.** Nothing is re-encoded, so the chain hash over them holds for ever.
/// * **An erased session stays erased.** Erasing leaves a tombstone; nothing but its age removes it.
/// * **An unknown outcome is said.** A store that cannot tell whether an append happened answers [`AppendError::Unknown`]; the
///   host then reads the head and sends the identical bytes again, never others.
/// * **After a failure to sync, nothing more is acknowledged** until the store was opened anew.
/// * Cancelling an answer (dropping it) never cancels the work.
/// * **Private values stand beside the log.** They are no entries, so heads, loads and lists never show them; they live and are erased
///   with their session.
pub trait Store: Send + Sync + 'static {
    /// A short name for logs and metrics: `memory`, `sqlite` ...
    fn name(&self) -> &'static str;

    /// Whether others write to it as well, or it may go back behind what it acknowledged. A host then looks at a session's head before it
    /// shows it, and keeps the newest entries of each session at hand, to give them to the store again.
    fn is_shared(&self) -> bool {
        false
    }

    /// Appends entries if the log's head is the expected one, and answers once that is as durable as the store can make it.
    ///
    /// Deadline, summary and user become those of its [`Meta`](crate::Meta): a session whose user changed moves to the other's list
    /// with the same append. The time of activity never goes back.
    fn append(&self, append: Append) -> Pending<Result<(), AppendError>>;

    /// The newest snapshot and the entries after it; `None` for a session that does not exist or was erased.
    fn load(&self, key: &Key) -> Pending<Result<Option<Loaded>, StoreError>>;

    /// Where a session's log ends. A store that can find that out without reading the log does so.
    fn head(&self, key: &Key) -> Pending<Result<Found, StoreError>> {
        let loading = self.load(key);
        Box::pin(async move { Ok(loading.await?.map_or(Found::Nothing, |loaded| Found::Head(loaded.head()))) })
    }

    /// The entries after `after`, oldest first, at most `max_bytes` of them (but at least one).
    ///
    /// `None` when that head is not a place in the log as it is kept: trimmed, of another chain, above the head, or unknown.
    fn entries_after(&self, key: &Key, after: Head, max_bytes: usize) -> Pending<Result<Option<Vec<Record>>, StoreError>>;

    /// Keeps a snapshot and may then trim entries at or below it, all but the newest 256. Never awaited by a write.
    ///
    /// A snapshot that is not at a place in the log, or not newer than the one that is kept, changes nothing.
    fn put_snapshot(&self, key: &Key, snapshot: Snapshot) -> Pending<Result<(), StoreError>>;

    /// Moves the session's time of activity forward (merged by maximum). Never awaited, outside version and chain.
    ///
    /// A touch that is no earlier than all activity known sets the deadline too (`None`: never); any other changes nothing. Whether the
    /// session waits for an answer every append says, so a touch says it only to a store that has sessions of which it does not know.
    /// Reads show it soon, and at the latest once [`flush`](Store::flush) has answered.
    fn touch(&self, key: &Key, touch: Touch);

    /// Nobody uses the session for now: a store may keep it in a way that takes less room and more time. Whatever is asked of it is
    /// answered as before. Never awaited.
    fn rest(&self, key: &Key) {
        let _ = key;
    }

    /// Erases a session with its private values and leaves a tombstone stamped `now_ms`; `false` if there was none.
    fn erase(&self, key: &Key, now_ms: u64) -> Pending<Result<bool, StoreError>>;

    /// A page of a user's sessions, newest first, after a position of an earlier page. `limit` is at least 1.
    fn list(&self, app: &str, user: &str, after: Option<(u64, [u8; 16])>, limit: usize) -> Pending<Result<Page, StoreError>>;

    /// The sessions of an app whose newest user message nobody answers, the longest waiting first, after a place (`at_ms`, `session`) of
    /// an earlier page. Fewer than `limit` (at least 1) are the last ones.
    fn unanswered(&self, app: &str, after: Option<(u64, [u8; 16])>, limit: usize) -> Pending<Result<Vec<Waiting>, StoreError>>;

    /// The head at a version, where that is a place in the log as it is kept.
    fn head_at(&self, key: &Key, version: u64) -> Pending<Result<Option<Head>, StoreError>>;

    /// Sessions whose deadline is at or before `now_ms`, earliest first.
    fn due(&self, now_ms: u64, limit: usize) -> Pending<Result<Vec<Key>, StoreError>>;

    /// Answers once everything accepted so far is durable; called before a graceful stop.
    fn flush(&self) -> Pending<Result<(), StoreError>>;

    /// Keeps a private value of a session under a name, in the place of the one before, or removes it (`None`), and answers once that
    /// is as durable as the store can make it. Removing what is not there succeeds. The last one to answer wins.
    fn put_private(&self, key: &Key, name: &str, value: Option<Bytes>) -> Pending<Result<(), PrivateError>>;

    /// A private value; `None` where there is none, or no such session.
    fn private(&self, key: &Key, name: &str) -> Pending<Result<Option<Bytes>, StoreError>>;

    /// The names of a session's private values, in the order of their bytes; none for a session that is not there.
    fn privates(&self, key: &Key) -> Pending<Result<Vec<String>, StoreError>>;

    /// The store as backups and moves see it; `None` for one that cannot be backed up.
    fn archive(self: Arc<Self>) -> Option<Arc<dyn Archive>> {
        None
    }

    /// The secret that the doors of all hosts of this store sign with: these bytes, unless it has one from before.
    fn secret(&self, fresh: [u8; 32]) -> Pending<Result<[u8; 32], StoreError>> {
        Box::pin(std::future::ready(Ok(fresh)))
    }

    /// Keeps a revocation at least [`REVOCATION_KEPT_MS`](crate::REVOCATION_KEPT_MS) long, and answers once that is as durable as the
    /// store can make it.
    fn revoke(&self, revocation: Revocation) -> Pending<Result<(), StoreError>> {
        let _ = revocation;
        Box::pin(std::future::ready(Ok(())))
    }

    /// The revocations from a moment on, whichever host they came by, in any order.
    fn revocations(&self, since_ms: u64) -> Pending<Result<Vec<Revocation>, StoreError>> {
        let _ = since_ms;
        Box::pin(std::future::ready(Ok(Vec::new())))
    }

    /// What is kept under a name, beside all sessions.
    fn kept(&self, name: &str) -> Pending<Result<Option<Kept>, StoreError>> {
        let _ = name;
        Box::pin(std::future::ready(Ok(None)))
    }

    /// Keeps a value under a name in the place of the version that was read (0 for none), and answers once that is as durable as the
    /// store can make it; `false` where another version is there, or the store keeps none. An error leaves open whether it is kept.
    fn keep(&self, name: &str, replaces: u64, bytes: Bytes) -> Pending<Result<bool, StoreError>> {
        let _ = (name, replaces, bytes);
        Box::pin(std::future::ready(Ok(false)))
    }

    /// From now on what other hosts of this store do and say about the topics that are followed is given to `hear`. Called once, in a
    /// runtime. A store that has one host only has nothing to give.
    fn listen(&self, hear: Hear) {
        let _ = hear;
    }

    /// Follows a topic. Never awaited; what happens until it is followed may be missed.
    fn follow(&self, topic: &Topic) {
        let _ = topic;
    }

    /// Follows a topic no more.
    fn unfollow(&self, topic: &Topic) {
        let _ = topic;
    }

    /// Tells the other hosts that follow a topic something that is not empty. Never awaited, and nobody may hear it.
    fn tell(&self, topic: &Topic, body: Bytes) {
        let _ = (topic, body);
    }
}

/// Why a private value was not kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrivateError {
    /// The session does not exist or was erased.
    #[error("there is no such session")]
    NotFound,
    /// The session has [`PRIVATES_MAX`] others.
    #[error("a session has at most {PRIVATES_MAX} private values")]
    TooMany,
    /// It is not known whether it was kept: where the store failed after it began, the value may be there. It can be put again.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why an append was not acknowledged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppendError {
    /// The log stands elsewhere. If the expected head is a place in it, `missed` holds the entries after that head and no snapshot;
    /// otherwise it is the newest snapshot and tail. A log that does not exist is a `Loaded` with neither.
    #[error("the log's head is not the expected one")]
    Conflict(Box<Loaded>),
    /// The session was erased.
    #[error("the session was erased")]
    Erased,
    /// The store cannot tell whether it happened.
    #[error("it is not known whether the append happened")]
    Unknown(#[source] StoreError),
    /// It did not happen.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a store could not answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no more room.
    #[error("the store is full: {0}")]
    Full(String),
    /// The store cannot be reached, was closed, or failed to sync earlier.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// What it holds is damaged.
    #[error("the store is damaged: {0}")]
    Damaged(String),
}
