//! A store that a test can hold up. What it answers is the real store's.

#![allow(dead_code, reason = "each test holds up what it needs")]

use std::sync::Arc;

use bytes::Bytes;
use colloq_store::{
    Append, AppendError, Head, Key, Loaded, MemoryStore, Page, Pending, PrivateError, Record, Snapshot, Store, StoreError, Touch, Waiting,
};
use tokio::sync::watch;

/// The store in memory behind gates: while one is closed, appends wait before they happen, or reads of entries before they are made.
pub(crate) struct Gated {
    pub(crate) store: Arc<MemoryStore>,
    appends: watch::Sender<bool>,
    entries: watch::Sender<bool>,
}

impl Gated {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { store: Arc::new(MemoryStore::new()), appends: watch::Sender::new(true), entries: watch::Sender::new(true) })
    }

    pub(crate) fn open_appends(&self, is_open: bool) {
        self.appends.send_replace(is_open);
    }

    pub(crate) fn open_entries(&self, is_open: bool) {
        self.entries.send_replace(is_open);
    }

    /// Waits until an append, or a read of entries, stands before its closed gate.
    pub(crate) async fn reached(&self) {
        while self.appends.receiver_count() + self.entries.receiver_count() == 0 {
            tokio::task::yield_now().await;
        }
    }
}

impl Store for Gated {
    fn name(&self) -> &'static str {
        "gated"
    }

    fn append(&self, append: Append) -> Pending<Result<(), AppendError>> {
        let (store, mut gate) = (Arc::clone(&self.store), self.appends.subscribe());
        if *gate.borrow() {
            return store.append(append);
        }
        Box::pin(async move {
            gate.wait_for(|is_open| *is_open).await.expect("the gate outlives what waits for it");
            store.append(append).await
        })
    }

    fn load(&self, key: &Key) -> Pending<Result<Option<Loaded>, StoreError>> {
        self.store.load(key)
    }

    fn entries_after(&self, key: &Key, after: Head, max_bytes: usize) -> Pending<Result<Option<Vec<Record>>, StoreError>> {
        let (store, mut gate, key) = (Arc::clone(&self.store), self.entries.subscribe(), key.clone());
        Box::pin(async move {
            gate.wait_for(|is_open| *is_open).await.expect("the gate outlives what waits for it");
            store.entries_after(&key, after, max_bytes).await
        })
    }

    fn put_snapshot(&self, key: &Key, snapshot: Snapshot) -> Pending<Result<(), StoreError>> {
        self.store.put_snapshot(key, snapshot)
    }

    fn touch(&self, key: &Key, touch: Touch) {
        self.store.touch(key, touch);
    }

    fn erase(&self, key: &Key, now_ms: u64) -> Pending<Result<bool, StoreError>> {
        self.store.erase(key, now_ms)
    }

    fn list(&self, app: &str, user: &str, after: Option<(u64, [u8; 16])>, limit: usize) -> Pending<Result<Page, StoreError>> {
        self.store.list(app, user, after, limit)
    }

    fn unanswered(&self, app: &str, after: Option<(u64, [u8; 16])>, limit: usize) -> Pending<Result<Vec<Waiting>, StoreError>> {
        self.store.unanswered(app, after, limit)
    }

    fn head_at(&self, key: &Key, version: u64) -> Pending<Result<Option<Head>, StoreError>> {
        self.store.head_at(key, version)
    }

    fn due(&self, now_ms: u64, limit: usize) -> Pending<Result<Vec<Key>, StoreError>> {
        self.store.due(now_ms, limit)
    }

    fn flush(&self) -> Pending<Result<(), StoreError>> {
        self.store.flush()
    }

    fn put_private(&self, key: &Key, name: &str, value: Option<Bytes>) -> Pending<Result<(), PrivateError>> {
        self.store.put_private(key, name, value)
    }

    fn private(&self, key: &Key, name: &str) -> Pending<Result<Option<Bytes>, StoreError>> {
        self.store.private(key, name)
    }

    fn privates(&self, key: &Key) -> Pending<Result<Vec<String>, StoreError>> {
        self.store.privates(key)
    }
}
