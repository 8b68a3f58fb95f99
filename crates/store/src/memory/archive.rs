//! Sessions whole, in and out of memory. Keys are told by the shards that they are in, one shard a page.

use std::sync::atomic::Ordering;

use bytes::Bytes;

use super::session::{NEVER, Session};
use super::{MemoryStore, SHARDS, ready};
use crate::{Archive, Archived, Found, Key, Keys, Pending, PutError, StoreError};

impl MemoryStore {
    fn whole_now(&self, key: &Key) -> Option<Archived> {
        let shard = self.shard(key);
        let id = shard.id(&key.app, key.session)?;
        Some(match shard.sessions.get(&id)? {
            Some(session) => Archived::Session(Box::new(session.whole(shard.waiting_message(session.place().waiting_ms, id)))),
            None => Archived::Erased { at_ms: shard.buried_at(id).unwrap_or_default() },
        })
    }

    fn put_whole_now(&self, key: &Key, expected: Found, archived: &Archived) -> Result<(), PutError> {
        if let Archived::Session(whole) = archived
            && let Some(what) = whole.broken()
        {
            return Err(StoreError::Damaged(what.into()).into());
        }
        let mut shard = self.shard(key);
        let id = shard.intern(key);
        let found = match shard.sessions.get(&id) {
            None => Found::Nothing,
            Some(None) => Found::Erased,
            Some(Some(session)) => Found::Head(session.head()),
        };
        if found == archived.found() {
            return Ok(());
        }
        if found != expected || found == Found::Erased {
            return Err(PutError::Conflict(found));
        }
        if let Some(Some(old)) = shard.sessions.get(&id) {
            self.users.remove(old.user, old.active_ms, key.session);
        }
        match archived {
            Archived::Erased { at_ms } => {
                if shard.bury(id, *at_ms).is_none() {
                    shard.put_tombstone(id, *at_ms);
                }
            }
            Archived::Session(whole) => {
                shard.take_out(id);
                let user = self.users.user(&key.app, &whole.meta.user);
                let session = Session::of_whole(user, whole);
                self.users.insert(user, session.active_ms, key.session);
                shard.insert_due(session.deadline_ms, id);
                shard.set_waiting(NEVER, &whole.meta, id);
                shard.sessions.insert(id, Some(Box::new(session)));
            }
        }
        Ok(())
    }

    /// A page is a shard; where it ended is the shard's number.
    fn keys_now(&self, after: Option<&Bytes>) -> Keys {
        let at = after.and_then(|after| after.first()).map_or(0, |at| usize::from(*at));
        let items = self.shards.get(at).map_or_else(Vec::new, |shard| shard.lock().keys());
        let next = (at + 1 < SHARDS).then(|| Bytes::copy_from_slice(&[(at + 1) as u8]));
        Keys { items, next }
    }
}

impl Archive for MemoryStore {
    fn keys(&self, after: Option<Bytes>, _: usize) -> Pending<Result<Keys, StoreError>> {
        ready(Ok(self.keys_now(after.as_ref())))
    }

    fn whole(&self, key: &Key) -> Pending<Result<Option<Archived>, StoreError>> {
        ready(Ok(self.whole_now(key)))
    }

    fn put_whole(&self, key: &Key, expected: Found, archived: Archived) -> Pending<Result<(), PutError>> {
        ready(self.put_whole_now(key, expected, &archived))
    }

    fn schema_min(&self) -> Pending<Result<u32, StoreError>> {
        ready(Ok(self.schema_min.load(Ordering::Relaxed)))
    }

    fn raise_schema_min(&self, schema: u32) -> Pending<Result<u32, StoreError>> {
        ready(Ok(self.schema_min.fetch_max(schema, Ordering::Relaxed).max(schema)))
    }
}
