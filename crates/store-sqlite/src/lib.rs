//! The embedded, durable store: one `SQLite` file, one writer, group commit.
//!
//! A thread of its own writes all that waits in one transaction and answers after the commit (WAL, `synchronous=FULL`), so that any
//! number of sessions shares one sync of the disk. A few threads read. It must never block a caller's thread on the disk, answer
//! before a commit, or take a damaged file for an empty one.
//!
//! # Why the log is laid out as it is
//!
//! The log only grows at its end, and a row knows the place of the one before it in its session: an append writes one row with all its
//! entries, whatever its session, and a read walks back from the head (a sparse index leads into long logs). Rows that a snapshot made
//! needless are deleted in the order of their places, by a sweep that comes with later snapshots: by session they would write a page
//! each, and those were most of what a busy store wrote. Measured with
//! `examples/layouts.rs`, 20,000 sessions, entries of 300 bytes, appends a second, medians of eight runs on two cores that other
//! builds shared:
//!
//! | log | 1 a commit | 16 a commit | 256 a commit |
//! |---|---|---|---|
//! | keyed by session and version, without row ids | 3,300 | 8,800 | 9,300 |
//! | append-only, indexed by session and version | 3,700 | 11,900 | 13,900 |
//! | append-only, linked (this one) | 3,300 | 13,000 | 24,600 |
//!
//! Single commits are the disk's sync, alike within the noise; groups are the pages written. The whole store
//! (`examples/commits.rs`, median of three) gave 3,700 appends a second at depth 1 (p50 0.2 ms), 21,600 at depth 16 and 43,400 at
//! depth 256; with both cores busy elsewhere it was a tenth of that at depth 1, the wait being for a core.
//!
//! Checkpoints run where `SQLite` has them, on the writer after the commit that fills a thousand pages; the commits behind it wait,
//! which is what the slowest hundredth of them shows.

mod archive;
mod doors;
mod error;
mod file;
mod log;
mod privates;
mod queue;
mod readers;
mod reads;
mod schema;
mod sessions;
mod writer;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use bytes::Bytes;
use colloq_store::{
    Append, AppendError, Archive, Found, Head, Kept, Key, Loaded, Page, Pending, PrivateError, Record, Revocation, Snapshot, Store,
    StoreError, Touch, Waiting,
};
use tokio::sync::oneshot;

pub use error::OpenError;

use queue::{Op, Queue};
use readers::Readers;
use writer::Writer;

/// A store in one file, for one process.
///
/// Dropping it writes what was accepted, ends its threads and frees the file; that waits for the disk.
pub struct SqliteStore {
    /// Before the writer, so that the readers' connections are closed when the writer closes the file for good.
    readers: Option<Readers>,
    queue: Arc<Queue>,
    writer: Option<JoinHandle<()>>,
    /// Held until everything else is gone.
    _lock: File,
}

impl SqliteStore {
    /// Opens the file, or makes it where there is none.
    ///
    /// # Errors
    ///
    /// If another store holds the file, or if it is damaged, foreign or newer; then nothing in it was changed.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let file = file::open(path)?;
        let queue = Arc::new(Queue::default());
        let writer = Writer::new(file.writer, queue.clone()).map_err(|source| OpenError::Sqlite { path: file.path.clone(), source })?;
        let readers = Readers::start(&file.path)?;
        let writer = thread::Builder::new()
            .name("colloq-write".into())
            .spawn(move || writer.run())
            .map_err(|source| OpenError::Io { path: file.path, source })?;
        Ok(Self { readers: Some(readers), queue, writer: Some(writer), _lock: file.lock })
    }

    /// Writes what was accepted and frees the file: what dropping does, by name.
    pub fn close(self) {
        drop(self);
    }

    fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&rusqlite::Connection) -> Result<T, error::Fault> + Send + 'static,
    ) -> Pending<Result<T, StoreError>> {
        self.readers.as_ref().expect("readers are there until the store is dropped").read(read)
    }

    /// Hands an operation to the writer at once; only its answer is waited for.
    fn write<T: Send + 'static>(&self, op: impl FnOnce(oneshot::Sender<Result<T, StoreError>>) -> Op) -> Pending<Result<T, StoreError>> {
        let (reply, answer) = oneshot::channel();
        self.queue.push(op(reply));
        Box::pin(async move { answer.await.unwrap_or_else(|_| Err(stopped())) })
    }
}

fn stopped() -> StoreError {
    StoreError::Unavailable("its writer stopped".into())
}

impl Store for SqliteStore {
    fn name(&self) -> &'static str {
        "sqlite"
    }

    fn archive(self: Arc<Self>) -> Option<Arc<dyn Archive>> {
        Some(self)
    }

    fn append(&self, append: Append) -> Pending<Result<(), AppendError>> {
        // Here and not in the writer, so that a caller's bug stops the caller.
        append.head();
        let (reply, answer) = oneshot::channel();
        self.queue.push(Op::Append(Box::new(append), reply));
        Box::pin(async move { answer.await.unwrap_or_else(|_| Err(AppendError::Unknown(stopped()))) })
    }

    fn load(&self, key: &Key) -> Pending<Result<Option<Loaded>, StoreError>> {
        let key = key.clone();
        self.read(move |connection| reads::load(connection, &key))
    }

    fn head(&self, key: &Key) -> Pending<Result<Found, StoreError>> {
        let key = key.clone();
        self.read(move |connection| reads::head(connection, &key))
    }

    fn entries_after(&self, key: &Key, after: Head, max_bytes: usize) -> Pending<Result<Option<Vec<Record>>, StoreError>> {
        let key = key.clone();
        self.read(move |connection| reads::entries_after(connection, &key, after, max_bytes))
    }

    fn put_snapshot(&self, key: &Key, snapshot: Snapshot) -> Pending<Result<(), StoreError>> {
        self.write(|reply| Op::Snapshot(key.clone(), snapshot, reply))
    }

    fn touch(&self, key: &Key, touch: Touch) {
        self.queue.touch(key, touch);
    }

    fn erase(&self, key: &Key, now_ms: u64) -> Pending<Result<bool, StoreError>> {
        self.write(|reply| Op::Erase(key.clone(), now_ms, reply))
    }

    fn list(&self, app: &str, user: &str, after: Option<(u64, [u8; 16])>, limit: usize) -> Pending<Result<Page, StoreError>> {
        let (app, user) = (app.to_owned(), user.to_owned());
        self.read(move |connection| sessions::list(connection, &app, &user, after, limit))
    }

    fn unanswered(&self, app: &str, after: Option<(u64, [u8; 16])>, limit: usize) -> Pending<Result<Vec<Waiting>, StoreError>> {
        let app = app.to_owned();
        self.read(move |connection| sessions::unanswered(connection, &app, after, limit))
    }

    fn head_at(&self, key: &Key, version: u64) -> Pending<Result<Option<Head>, StoreError>> {
        let key = key.clone();
        self.read(move |connection| reads::head_at(connection, &key, version))
    }

    fn secret(&self, fresh: [u8; 32]) -> Pending<Result<[u8; 32], StoreError>> {
        self.write(|reply| Op::Secret(fresh, reply))
    }

    fn revoke(&self, revocation: Revocation) -> Pending<Result<(), StoreError>> {
        self.write(|reply| Op::Revoke(revocation, reply))
    }

    fn revocations(&self, since_ms: u64) -> Pending<Result<Vec<Revocation>, StoreError>> {
        self.read(move |connection| doors::revocations(connection, since_ms))
    }

    fn kept(&self, name: &str) -> Pending<Result<Option<Kept>, StoreError>> {
        let name = name.to_owned();
        self.read(move |connection| doors::kept(connection, &name))
    }

    fn keep(&self, name: &str, replaces: u64, bytes: Bytes) -> Pending<Result<bool, StoreError>> {
        self.write(|reply| Op::Keep(name.into(), replaces, bytes, reply))
    }

    fn due(&self, now_ms: u64, limit: usize) -> Pending<Result<Vec<Key>, StoreError>> {
        self.read(move |connection| sessions::due(connection, now_ms, limit))
    }

    fn flush(&self) -> Pending<Result<(), StoreError>> {
        self.write(Op::Flush)
    }

    fn put_private(&self, key: &Key, name: &str, value: Option<Bytes>) -> Pending<Result<(), PrivateError>> {
        let (reply, answer) = oneshot::channel();
        self.queue.push(Op::Private(key.clone(), name.into(), value, reply));
        Box::pin(async move { answer.await.unwrap_or_else(|_| Err(stopped().into())) })
    }

    fn private(&self, key: &Key, name: &str) -> Pending<Result<Option<Bytes>, StoreError>> {
        let (key, name) = (key.clone(), name.to_owned());
        self.read(move |connection| reads::private(connection, &key, &name))
    }

    fn privates(&self, key: &Key) -> Pending<Result<Vec<String>, StoreError>> {
        let key = key.clone();
        self.read(move |connection| reads::privates(connection, &key))
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.readers = None;
        self.queue.close();
        if self.writer.take().is_some_and(|writer| writer.join().is_err()) {
            tracing::error!("the store's writer panicked");
        }
    }
}
