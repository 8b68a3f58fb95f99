//! What a shard learns of the store's head when it looks at it, and not by an append.

use std::sync::Arc;

use colloq_abi::Request;
use colloq_store::{Head, Key, Loaded};

use super::conflict::{abi_head, conflicted};
use super::{Inner, Outcome, Shard, encode};

/// What a look at the store's head says.
pub(in crate::engine) enum Looked {
    /// What is shown is what the store has, or it is being given what it lost.
    Current,
    /// The store has something else behind this head, or in its place.
    Behind(Head),
    /// An append has begun meanwhile.
    Overtaken,
}

impl Shard {
    /// The sessions that links follow, in the order of their keys.
    pub(in crate::engine) fn followed(&self) -> Vec<Key> {
        let mut keys: Vec<Key> = self.inner.lock().links.keys().cloned().collect();
        keys.sort_unstable();
        keys
    }

    /// The store's head was read. Where the store went back it is given what it lost. Of a session that is not at hand the links that
    /// follow it come back, unless they know that head.
    pub(in crate::engine) fn handle_head(self: &Arc<Self>, key: &Key, head: Head) -> Looked {
        let mut inner = self.inner.lock();
        if inner.in_flight.contains_key(key) {
            return Looked::Overtaken;
        }
        self.head_locked(&mut inner, key, head)
    }

    fn head_locked(self: &Arc<Self>, inner: &mut Inner, key: &Key, head: Head) -> Looked {
        let request = Request::Head { app: &key.app, session: key.session, head: abi_head(head) };
        match self.request_locked(inner, encode(&request), key, 0) {
            Outcome::Load(known) => {
                if let Ok(known) = colloq_abi::decode::<colloq_abi::Head>(&known) {
                    return Looked::Behind(Head { version: known.version, chain: known.chain });
                }
                inner.restart_unless_told(key, head);
                Looked::Current
            }
            _ => Looked::Current,
        }
    }

    /// What the store has behind a head that is confirmed here, or in the place of it. Where this shard has gone on meanwhile it is not
    /// taken, and `false` is given.
    pub(in crate::engine) fn handle_missed(self: &Arc<Self>, key: &Key, known: Head, loaded: &Loaded) -> bool {
        let mut inner = self.inner.lock();
        if inner.in_flight.contains_key(key) {
            return false;
        }
        match self.head_locked(&mut inner, key, loaded.head()) {
            Looked::Behind(still) if still == known => {}
            Looked::Behind(_) | Looked::Overtaken => return false,
            Looked::Current => return true,
        }
        inner.tell_missed(key, known, loaded, &[]);
        self.request_locked(&mut inner, conflicted(key, known, loaded, false), key, 0);
        true
    }

    /// The store has a tombstone where this shard may still have a session.
    pub(in crate::engine) fn forget_erased(self: &Arc<Self>, key: &Key) {
        if self.settled(key).is_none() {
            self.erased(key);
        }
    }
}
