//! The store in memory: for tests, caches and hosts whose sessions may be lost with the process.
//!
//! Every answer is ready at the first poll. It must never scan over all sessions, never hold two shards' locks at once, and never
//! keep more of a session than its log, its snapshot, its private values and its place in the indexes.

mod archive;
mod doors;
mod kept;
mod packed;
mod session;
mod shard;
mod users;

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use bytes::Bytes;
use parking_lot::{Mutex, MutexGuard};

use self::doors::Doors;
use self::session::{NEVER, Session};
use self::shard::{Moved, Shard};
use self::users::{User, Users};
use crate::{
    Append, AppendError, Archive, Found, Head, Kept, Key, Listed, Loaded, Page, Pending, PrivateError, Record, Revocation, Snapshot, Store,
    StoreError, Touch, Waiting,
};

/// A power of two: enough that two threads seldom want the same lock, few enough that `due` may ask each of them.
const SHARDS: usize = 64;

/// A store that keeps everything in memory and nothing across a restart.
///
/// Sessions are spread over shards by the hash of their key, users over shards of their own. A session's lock is taken before a
/// user's, and a user's lock is never held while a session's is taken.
#[derive(Debug)]
pub struct MemoryStore {
    hasher: RandomState,
    shards: Box<[Mutex<Shard>]>,
    users: Users,
    schema_min: AtomicU32,
    doors: Doors,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self {
            hasher: RandomState::new(),
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            users: Users::new(SHARDS),
            schema_min: AtomicU32::new(0),
            doors: Doors::default(),
        }
    }

    fn shard(&self, key: &Key) -> MutexGuard<'_, Shard> {
        self.shard_of(&key.app, key.session)
    }

    fn shard_of(&self, app: &str, session: [u8; 16]) -> MutexGuard<'_, Shard> {
        self.shards[self.hasher.hash_one((app, session)) as usize % SHARDS].lock()
    }

    fn append_now(&self, append: &Append) -> Result<(), AppendError> {
        append.head();
        let mut shard = self.shard(&append.key);
        let id = shard.intern(&append.key);
        let user = self.users.user(&append.key.app, &append.meta.user);
        let Some(slot) = shard.sessions.get_mut(&id) else {
            if append.expected != Head::ZERO {
                return Err(AppendError::Conflict(Box::new(Loaded { snapshot: None, records: Vec::new(), touched_ms: 0 })));
            }
            let session = Session::new(user, append);
            self.users.insert(user, session.active_ms, append.key.session);
            shard.insert_due(session.deadline_ms, id);
            shard.set_waiting(NEVER, &append.meta, id);
            shard.sessions.insert(id, Some(Box::new(session)));
            return Ok(());
        };
        let session = slot.as_deref_mut().ok_or(AppendError::Erased)?;
        session.open();
        if session.head() != append.expected {
            return Err(AppendError::Conflict(Box::new(session.missed(append.expected))));
        }
        let before = session.place();
        session.append(user, append);
        let moved = Moved { before, after: session.place() };
        self.reindex(&mut shard, id, &moved);
        shard.set_waiting(moved.before.waiting_ms, &append.meta, id);
        Ok(())
    }

    /// Moves a session's rows in both indexes, where its user or its times have changed.
    fn reindex(&self, shard: &mut Shard, id: shard::Id, moved: &Moved) {
        let Moved { before, after } = moved;
        if before.deadline_ms != after.deadline_ms {
            shard.remove_due(before.deadline_ms, id);
            shard.insert_due(after.deadline_ms, id);
        }
        if before.user != after.user {
            // In this order, so that at no moment it is in nobody's list.
            self.users.insert(after.user, after.active_ms, id.session);
            self.users.remove(before.user, before.active_ms, id.session);
        } else if before.active_ms != after.active_ms {
            self.users.reorder(after.user, before.active_ms, after.active_ms, id.session);
        }
    }

    /// What `work` makes of a live session; `None` where there is none.
    fn with<T>(&self, key: &Key, work: impl FnOnce(&mut Session) -> T) -> Option<T> {
        let mut shard = self.shard(key);
        let id = shard.id(&key.app, key.session)?;
        shard.sessions.get_mut(&id)?.as_deref_mut().map(work)
    }

    fn head_now(&self, key: &Key) -> Found {
        let shard = self.shard(key);
        let slot = shard.id(&key.app, key.session).and_then(|id| shard.sessions.get(&id));
        slot.map_or(Found::Nothing, |slot| slot.as_deref().map_or(Found::Erased, |session| Found::Head(session.head())))
    }

    fn touch_now(&self, key: &Key, touch: Touch) {
        let mut shard = self.shard(key);
        let Some(id) = shard.id(&key.app, key.session) else { return };
        let Some(Some(session)) = shard.sessions.get_mut(&id) else { return };
        let before = session.place();
        if session.touch(touch) {
            let moved = Moved { before, after: session.place() };
            self.reindex(&mut shard, id, &moved);
        }
    }

    fn erase_now(&self, key: &Key, now_ms: u64) -> bool {
        let mut shard = self.shard(key);
        shard.drop_old_tombstones(now_ms);
        let Some(id) = shard.id(&key.app, key.session) else { return false };
        let Some(session) = shard.bury(id, now_ms) else { return false };
        #[cfg(feature = "planted")]
        if crate::planted::is_planted(crate::planted::Planted::Resurrects) {
            shard.sessions.remove(&id);
        }
        self.users.remove(session.user, session.active_ms, key.session);
        true
    }

    /// Rows come from the user's index under its own lock, summaries after it from the sessions; a session that is erased between
    /// the two is left out, and the position still is that of the last row read, so that nothing is skipped.
    fn list_now(&self, app: &str, user: User, after: Option<(u64, [u8; 16])>, limit: usize) -> Page {
        let (rows, more) = self.users.page(user, after, limit.max(1));
        let next = if more { rows.last().copied() } else { None };
        let items = rows.into_iter().filter_map(|(active_ms, session)| {
            let shard = self.shard_of(app, session);
            let id = shard.id(app, session)?;
            let found = shard.sessions.get(&id)?.as_deref()?;
            Some(Listed { session, active_ms, summary: found.summary() })
        });
        Page { items: items.collect(), next }
    }

    fn unanswered_now(&self, app: &str, after: Option<(u64, [u8; 16])>, limit: usize) -> Vec<Waiting> {
        let mut found: Vec<Waiting> = self.shards.iter().flat_map(|shard| shard.lock().unanswered(app, after, limit)).collect();
        found.sort_unstable_by_key(|waiting| (waiting.at_ms, waiting.session));
        found.truncate(limit);
        found
    }

    fn due_now(&self, now_ms: u64, limit: usize) -> Vec<Key> {
        let mut found: Vec<(u64, Key)> = Vec::new();
        for shard in &self.shards {
            let mut shard = shard.lock();
            shard.drop_old_tombstones(now_ms);
            found.extend(shard.due(now_ms, limit));
        }
        found.sort_unstable();
        found.truncate(limit);
        found.into_iter().map(|(_, key)| key).collect()
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

fn ready<T: Send + 'static>(answer: T) -> Pending<T> {
    Box::pin(std::future::ready(answer))
}

impl Store for MemoryStore {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn archive(self: Arc<Self>) -> Option<Arc<dyn Archive>> {
        Some(self)
    }

    fn append(&self, append: Append) -> Pending<Result<(), AppendError>> {
        ready(self.append_now(&append))
    }

    fn load(&self, key: &Key) -> Pending<Result<Option<Loaded>, StoreError>> {
        ready(Ok(self.with(key, |session| session.load())))
    }

    fn head(&self, key: &Key) -> Pending<Result<Found, StoreError>> {
        ready(Ok(self.head_now(key)))
    }

    fn entries_after(&self, key: &Key, after: Head, max_bytes: usize) -> Pending<Result<Option<Vec<Record>>, StoreError>> {
        ready(Ok(self.with(key, |session| session.entries_after(after, max_bytes)).flatten()))
    }

    fn put_snapshot(&self, key: &Key, snapshot: Snapshot) -> Pending<Result<(), StoreError>> {
        self.with(key, |session| session.put_snapshot(&snapshot));
        ready(Ok(()))
    }

    fn touch(&self, key: &Key, touch: Touch) {
        self.touch_now(key, touch);
    }

    fn rest(&self, key: &Key) {
        self.with(key, Session::rest);
    }

    fn erase(&self, key: &Key, now_ms: u64) -> Pending<Result<bool, StoreError>> {
        ready(Ok(self.erase_now(key, now_ms)))
    }

    fn list(&self, app: &str, user: &str, after: Option<(u64, [u8; 16])>, limit: usize) -> Pending<Result<Page, StoreError>> {
        ready(Ok(self.list_now(app, self.users.user(app, user), after, limit)))
    }

    fn unanswered(&self, app: &str, after: Option<(u64, [u8; 16])>, limit: usize) -> Pending<Result<Vec<Waiting>, StoreError>> {
        ready(Ok(self.unanswered_now(app, after, limit.max(1))))
    }

    fn head_at(&self, key: &Key, version: u64) -> Pending<Result<Option<Head>, StoreError>> {
        ready(Ok(self.with(key, |session| session.head_at(version)).flatten()))
    }

    fn due(&self, now_ms: u64, limit: usize) -> Pending<Result<Vec<Key>, StoreError>> {
        ready(Ok(self.due_now(now_ms, limit)))
    }

    fn flush(&self) -> Pending<Result<(), StoreError>> {
        ready(Ok(()))
    }

    fn put_private(&self, key: &Key, name: &str, value: Option<Bytes>) -> Pending<Result<(), PrivateError>> {
        let put = self.with(key, |session| session.put_private(name, value.as_ref()));
        ready(put.unwrap_or(Err(PrivateError::NotFound)))
    }

    fn private(&self, key: &Key, name: &str) -> Pending<Result<Option<Bytes>, StoreError>> {
        ready(Ok(self.with(key, |session| session.private(name)).flatten()))
    }

    fn privates(&self, key: &Key) -> Pending<Result<Vec<String>, StoreError>> {
        ready(Ok(self.with(key, |session| session.privates()).unwrap_or_default()))
    }

    fn secret(&self, fresh: [u8; 32]) -> Pending<Result<[u8; 32], StoreError>> {
        ready(Ok(self.doors.secret(fresh)))
    }

    fn revoke(&self, revocation: Revocation) -> Pending<Result<(), StoreError>> {
        self.doors.revoke(revocation);
        ready(Ok(()))
    }

    fn revocations(&self, since_ms: u64) -> Pending<Result<Vec<Revocation>, StoreError>> {
        ready(Ok(self.doors.revocations(since_ms)))
    }

    fn kept(&self, name: &str) -> Pending<Result<Option<Kept>, StoreError>> {
        ready(Ok(self.doors.kept(name)))
    }

    fn keep(&self, name: &str, replaces: u64, bytes: Bytes) -> Pending<Result<bool, StoreError>> {
        ready(Ok(self.doors.keep(name, replaces, bytes)))
    }
}

/// An app's name, shared by all its sessions in a shard.
type App = Arc<str>;
