//! A store in memory whose sessions rest all the time: before whatever is asked, every session that was ever named is put to rest.

use std::collections::HashSet;
use std::sync::Mutex;

use bytes::Bytes;
use colloq_store::{
    Append, AppendError, Found, Head, Kept, Key, Loaded, MemoryStore, Page, Pending, PrivateError, Record, Revocation, Snapshot, Store,
    StoreError, Touch, Waiting,
};

#[derive(Default)]
pub(crate) struct Resting {
    store: MemoryStore,
    named: Mutex<HashSet<Key>>,
}

impl Resting {
    /// The store, with everything at rest.
    fn at_rest(&self, key: Option<&Key>) -> &MemoryStore {
        let mut named = self.named.lock().unwrap();
        named.extend(key.cloned());
        named.iter().for_each(|key| self.store.rest(key));
        &self.store
    }
}

impl Store for Resting {
    fn name(&self) -> &'static str {
        self.store.name()
    }

    fn append(&self, append: Append) -> Pending<Result<(), AppendError>> {
        self.at_rest(Some(&append.key)).append(append)
    }

    fn load(&self, key: &Key) -> Pending<Result<Option<Loaded>, StoreError>> {
        self.at_rest(Some(key)).load(key)
    }

    fn head(&self, key: &Key) -> Pending<Result<Found, StoreError>> {
        self.at_rest(Some(key)).head(key)
    }

    fn entries_after(&self, key: &Key, after: Head, max_bytes: usize) -> Pending<Result<Option<Vec<Record>>, StoreError>> {
        self.at_rest(Some(key)).entries_after(key, after, max_bytes)
    }

    fn put_snapshot(&self, key: &Key, snapshot: Snapshot) -> Pending<Result<(), StoreError>> {
        self.at_rest(Some(key)).put_snapshot(key, snapshot)
    }

    fn touch(&self, key: &Key, touch: Touch) {
        self.at_rest(Some(key)).touch(key, touch);
    }

    fn erase(&self, key: &Key, now_ms: u64) -> Pending<Result<bool, StoreError>> {
        self.at_rest(Some(key)).erase(key, now_ms)
    }

    fn list(&self, app: &str, user: &str, after: Option<(u64, [u8; 16])>, limit: usize) -> Pending<Result<Page, StoreError>> {
        self.at_rest(None).list(app, user, after, limit)
    }

    fn unanswered(&self, app: &str, after: Option<(u64, [u8; 16])>, limit: usize) -> Pending<Result<Vec<Waiting>, StoreError>> {
        self.at_rest(None).unanswered(app, after, limit)
    }

    fn head_at(&self, key: &Key, version: u64) -> Pending<Result<Option<Head>, StoreError>> {
        self.at_rest(Some(key)).head_at(key, version)
    }

    fn due(&self, now_ms: u64, limit: usize) -> Pending<Result<Vec<Key>, StoreError>> {
        self.at_rest(None).due(now_ms, limit)
    }

    fn flush(&self) -> Pending<Result<(), StoreError>> {
        self.at_rest(None).flush()
    }

    fn put_private(&self, key: &Key, name: &str, value: Option<Bytes>) -> Pending<Result<(), PrivateError>> {
        self.at_rest(Some(key)).put_private(key, name, value)
    }

    fn private(&self, key: &Key, name: &str) -> Pending<Result<Option<Bytes>, StoreError>> {
        self.at_rest(Some(key)).private(key, name)
    }

    fn secret(&self, fresh: [u8; 32]) -> Pending<Result<[u8; 32], StoreError>> {
        self.at_rest(None).secret(fresh)
    }

    fn revoke(&self, revocation: Revocation) -> Pending<Result<(), StoreError>> {
        self.at_rest(None).revoke(revocation)
    }

    fn revocations(&self, since_ms: u64) -> Pending<Result<Vec<Revocation>, StoreError>> {
        self.at_rest(None).revocations(since_ms)
    }

    fn kept(&self, name: &str) -> Pending<Result<Option<Kept>, StoreError>> {
        self.at_rest(None).kept(name)
    }

    fn keep(&self, name: &str, replaces: u64, bytes: Bytes) -> Pending<Result<bool, StoreError>> {
        self.at_rest(None).keep(name, replaces, bytes)
    }

    fn privates(&self, key: &Key) -> Pending<Result<Vec<String>, StoreError>> {
        self.at_rest(Some(key)).privates(key)
    }
}
