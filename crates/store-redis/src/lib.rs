//! The shared store: Redis or Valkey; one server, one behind Sentinel, or a cluster. Many hosts use it at the same time; none of them owns
//! a session, and none is asked before another writes.
//!
//! It must never answer that something happened which it does not know, look into an entry, or trust an index without asking the
//! session.
//!
//! # A session
//!
//! All keys of a session share the hash tag `{app/id}` and so stand on one node, where one script changes them in one step:
//!
//! | key | holds |
//! |---|---|
//! | `colloq:{app/id}` (hash) | `v`, `c`: the head. `f`: the version below the first entry. `u`, `s`, `a`, `d`: user, summary, activity, deadline. `wm`, `wa`: the message that waits, since when. `g`, `ug`, `dg`, `wg`, `di`: see *Rows*. `e`: when it was erased, and then nothing else |
//! | `...:log` (list) | a cell an entry: its chain hash, then its bytes. The entry of version `n` is the one at `n - f - 1` |
//! | `...:snapshot` (hash) | `v`, `c`, `b`: the newest snapshot's head and bytes |
//! | `...:private` (hash) | private values by name |
//!
//! **The append** (`scripts/append.lua`) compares version and chain, writes the entries, sets what indexes need to know, and tells whoever
//! listens. It reads before it writes, so a script that fails has done nothing. Where the head is another it answers with the
//! entries that were missed, or with snapshot and tail. Where the log already holds, at the version that the append leads to, the
//! chain that it leads to, these very entries were written by an earlier try: the answer is *done*, and nothing is written twice. So
//! it does not matter how often a request is sent, by whom, or over which connection. A tombstone refuses everything; the server drops
//! it after 31 days, a day after the longest that any host asks for it.
//!
//! # Rows
//!
//! Three indexes name sessions: a user's list (by activity), the deadlines, and the messages that wait. They stand in other slots, so
//! nothing changes them and a session in one step. What holds instead: **every row that a session names is there before the session
//! names it**, and a reader believes no row that the session does not name.
//!
//! A row carries a *generation*. The session's hash counts generations (`g`), and names the generation of its row in each index (`ug`,
//! `dg`, `wg`). An append that needs a row which the session does not have (a new user, an earlier deadline, another message)
//! is answered *rows*, with the next generation; the host writes the rows and asks again, and the script makes them the session's own
//! together with the entries. A host that appended to the session last knows which rows it will need, and writes them first. Therefore, whatever crashes when:
//!
//! * a row of the generation that the session names is its row;
//! * one of another generation, no later than `g`, will never be named again: whoever sees it may delete it at any time;
//! * one of a later generation belongs to an append that is on its way, or never came: it is passed over, and deleted after a day.
//!
//! A deadline's row may stand earlier than the deadline, never later, so that the deadlines of a session that is being used move without
//! a write to the index: `di` is how late the session knows its row to stand, and an append asks for another row only below that. Whoever finds
//! a row that came too early first moves `di` and then the row (`scripts/due.lua`); in between, an append that wants to be earlier asks for a row
//! of its own. A list's row is moved up after the append; a crash in between leaves a session too far down until it is used again or a
//! reader meets the row.
//!
//! Whoever loads a session writes its rows again, so that a node which lost them in a failover gets them back.
//!
//! # What is acknowledged
//!
//! A request that was refused before it was carried out (a slot that moves, a node that is not the master or has too few replicas) is
//! tried again for two seconds. One that was sent and not answered is [`AppendError::Unknown`]; nothing is sent twice
//! from here. With `wait=N` the appends of a node go together over a connection of their own with one `WAIT` behind them; fewer
//! replicas, or a connection that ended in between, is *unknown* as well. An append that turns out to be there already writes something
//! over the connection at hand, so that `WAIT` speaks of it too. README.md has the table of what each setting loses.

mod address;
mod append;
mod archive;
mod doors;
mod due;
mod error;
mod flights;
mod inner;
mod keys;
mod known;
mod lists;
mod news;
mod node;
mod reads;
mod reply;
mod request;
mod rows;
mod script;
mod servers;
mod touches;
mod waiting;

use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use colloq_store::{
    Append, AppendError, Archive, Found, Head, Hear, Kept, Key, Loaded, Page, Pending, PrivateError, Record, Revocation, Snapshot, Store,
    StoreError, Topic, Touch, Waiting,
};

pub use address::{Address, BadAddress};
pub use error::OpenError;

use inner::Inner;

/// The least that a user of the servers must be allowed, for the default prefix: `ACL SETUSER colloq on >PASSWORD`, then this.
pub const ACL_RULES: &str = "resetkeys ~colloq:* resetchannels &colloq:* -@all \
+hello +auth +select +ping +wait +asking +cluster|slots +scan +evalsha +script|load +get +set +del +pexpire \
+hget +hset +hmget +hdel +hlen +hexists +hkeys +rpush +lrange +lindex +ltrim +zadd +zrem +zrange +zscore \
+publish +spublish +subscribe +ssubscribe +unsubscribe +sunsubscribe";

/// A store on servers that others use as well. Needs a tokio runtime, on which its work goes on whoever stops waiting for it.
pub struct RedisStore {
    inner: Arc<Inner>,
}

impl RedisStore {
    /// Connects, and makes sure that what is there can be used.
    ///
    /// # Errors
    ///
    /// If nobody answers, if the login is refused, or if a newer version wrote there.
    pub async fn open(address: Address) -> Result<Self, OpenError> {
        let inner = Arc::new(Inner::new(address));
        inner.check().await?;
        Ok(Self { inner })
    }

    /// Does work that goes on when its answer is dropped, and that a flush waits for.
    fn write<T, E, F>(&self, lost: impl FnOnce() -> E + Send + 'static, work: F) -> Pending<Result<T, E>>
    where
        T: Send + 'static,
        E: Send + 'static,
        F: Future<Output = Result<T, E>> + Send + 'static,
    {
        let flight = self.inner.flights.begin();
        let task = tokio::spawn(async move {
            let result = work.await;
            drop(flight);
            result
        });
        Box::pin(async move { task.await.unwrap_or_else(|_| Err(lost())) })
    }
}

fn stopped() -> StoreError {
    StoreError::Unavailable("its work was stopped".into())
}

impl Store for RedisStore {
    fn name(&self) -> &'static str {
        "redis"
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn archive(self: Arc<Self>) -> Option<Arc<dyn Archive>> {
        Some(self)
    }

    fn append(&self, append: Append) -> Pending<Result<(), AppendError>> {
        // Here, so that a caller's bug stops the caller.
        append.head();
        let inner = Arc::clone(&self.inner);
        self.write(|| AppendError::Unknown(stopped()), async move { inner.append(append).await })
    }

    fn load(&self, key: &Key) -> Pending<Result<Option<Loaded>, StoreError>> {
        let (inner, key) = (Arc::clone(&self.inner), key.clone());
        Box::pin(async move { inner.load(&key).await })
    }

    fn head(&self, key: &Key) -> Pending<Result<Found, StoreError>> {
        let (inner, key) = (Arc::clone(&self.inner), key.clone());
        Box::pin(async move { inner.head(&key).await })
    }

    fn entries_after(&self, key: &Key, after: Head, max_bytes: usize) -> Pending<Result<Option<Vec<Record>>, StoreError>> {
        let (inner, key) = (Arc::clone(&self.inner), key.clone());
        Box::pin(async move { inner.entries_after(&key, after, max_bytes).await })
    }

    fn put_snapshot(&self, key: &Key, snapshot: Snapshot) -> Pending<Result<(), StoreError>> {
        let (inner, key) = (Arc::clone(&self.inner), key.clone());
        self.write(stopped, async move { inner.put_snapshot(&key, &snapshot).await })
    }

    fn touch(&self, key: &Key, touch: Touch) {
        self.inner.touch(key, touch);
    }

    fn erase(&self, key: &Key, now_ms: u64) -> Pending<Result<bool, StoreError>> {
        let (inner, key) = (Arc::clone(&self.inner), key.clone());
        self.write(stopped, async move { inner.erase(&key, now_ms).await })
    }

    fn list(&self, app: &str, user: &str, after: Option<(u64, [u8; 16])>, limit: usize) -> Pending<Result<Page, StoreError>> {
        let (inner, app, user) = (Arc::clone(&self.inner), app.to_owned(), user.to_owned());
        Box::pin(async move { inner.list(&app, &user, after, limit).await })
    }

    fn unanswered(&self, app: &str, after: Option<(u64, [u8; 16])>, limit: usize) -> Pending<Result<Vec<Waiting>, StoreError>> {
        let (inner, app) = (Arc::clone(&self.inner), app.to_owned());
        Box::pin(async move { inner.unanswered(&app, after, limit).await })
    }

    fn head_at(&self, key: &Key, version: u64) -> Pending<Result<Option<Head>, StoreError>> {
        let (inner, key) = (Arc::clone(&self.inner), key.clone());
        Box::pin(async move { inner.head_at(&key, version).await })
    }

    fn due(&self, now_ms: u64, limit: usize) -> Pending<Result<Vec<Key>, StoreError>> {
        let inner = Arc::clone(&self.inner);
        Box::pin(async move { inner.due(now_ms, limit).await })
    }

    fn flush(&self) -> Pending<Result<(), StoreError>> {
        let inner = Arc::clone(&self.inner);
        Box::pin(async move { inner.flush().await })
    }

    fn put_private(&self, key: &Key, name: &str, value: Option<Bytes>) -> Pending<Result<(), PrivateError>> {
        let (inner, key, name) = (Arc::clone(&self.inner), key.clone(), name.to_owned());
        self.write(|| stopped().into(), async move { inner.put_private(&key, &name, value.as_ref()).await })
    }

    fn private(&self, key: &Key, name: &str) -> Pending<Result<Option<Bytes>, StoreError>> {
        let (inner, key, name) = (Arc::clone(&self.inner), key.clone(), name.to_owned());
        Box::pin(async move { inner.private(&key, &name).await })
    }

    fn privates(&self, key: &Key) -> Pending<Result<Vec<String>, StoreError>> {
        let (inner, key) = (Arc::clone(&self.inner), key.clone());
        Box::pin(async move { inner.privates(&key).await })
    }

    fn secret(&self, fresh: [u8; 32]) -> Pending<Result<[u8; 32], StoreError>> {
        let inner = Arc::clone(&self.inner);
        Box::pin(async move { inner.secret(fresh).await })
    }

    fn revoke(&self, revocation: Revocation) -> Pending<Result<(), StoreError>> {
        let inner = Arc::clone(&self.inner);
        self.write(stopped, async move { inner.revoke(&revocation).await })
    }

    fn revocations(&self, since_ms: u64) -> Pending<Result<Vec<Revocation>, StoreError>> {
        let inner = Arc::clone(&self.inner);
        Box::pin(async move { inner.revocations(since_ms).await })
    }

    fn kept(&self, name: &str) -> Pending<Result<Option<Kept>, StoreError>> {
        let (inner, name) = (Arc::clone(&self.inner), name.to_owned());
        Box::pin(async move { inner.kept(&name).await })
    }

    fn keep(&self, name: &str, replaces: u64, bytes: Bytes) -> Pending<Result<bool, StoreError>> {
        let (inner, name) = (Arc::clone(&self.inner), name.to_owned());
        self.write(stopped, async move { inner.keep(&name, replaces, &bytes).await })
    }

    fn listen(&self, hear: Hear) {
        news::listen(&self.inner, hear);
    }

    fn follow(&self, topic: &Topic) {
        self.inner.mouth.follow(topic);
    }

    fn unfollow(&self, topic: &Topic) {
        self.inner.mouth.unfollow(topic);
    }

    fn tell(&self, topic: &Topic, body: Bytes) {
        self.inner.mouth.tell(self.inner.keys.channel(topic), [&self.inner.me[..], &body].concat().into());
    }
}
