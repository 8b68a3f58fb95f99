//! The order of every user's sessions, newest first: one sorted set a shard, not one a user, because most users have few sessions.
//!
//! It must never hold a user's name: a keyed hash of 128 bits stands for app and user, with keys drawn anew for every store, so that
//! two users meeting in it is not to be expected within the life of the machine and cannot be brought about from outside.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};

use parking_lot::{Mutex, MutexGuard};

/// Stands for one user of one app.
pub(super) type User = (u64, u64);
/// A place in a user's list.
pub(super) type Row = (u64, [u8; 16]);

type Rows = BTreeSet<(User, u64, [u8; 16])>;

#[derive(Debug)]
pub(super) struct Users {
    hashers: [RandomState; 2],
    shards: Box<[Mutex<Rows>]>,
}

impl Users {
    pub(super) fn new(shards: usize) -> Self {
        Self { hashers: [RandomState::new(), RandomState::new()], shards: (0..shards).map(|_| Mutex::default()).collect() }
    }

    pub(super) fn user(&self, app: &str, user: &str) -> User {
        (self.hashers[0].hash_one((app, user)), self.hashers[1].hash_one((app, user)))
    }

    pub(super) fn insert(&self, user: User, active_ms: u64, session: [u8; 16]) {
        self.rows(user).insert((user, active_ms, session));
    }

    pub(super) fn remove(&self, user: User, active_ms: u64, session: [u8; 16]) {
        self.rows(user).remove(&(user, active_ms, session));
    }

    /// Moves a row in one step, so that no list misses it.
    pub(super) fn reorder(&self, user: User, before_ms: u64, after_ms: u64, session: [u8; 16]) {
        let mut rows = self.rows(user);
        rows.remove(&(user, before_ms, session));
        rows.insert((user, after_ms, session));
    }

    /// At most `limit` rows after a position, newest first, and whether more follow.
    pub(super) fn page(&self, user: User, after: Option<Row>, limit: usize) -> (Vec<Row>, bool) {
        let rows = self.rows(user);
        let first = (user, 0, [0; 16]);
        let range = match after {
            Some((active_ms, session)) => rows.range(first..(user, active_ms, session)),
            None => rows.range(first..=(user, u64::MAX, [u8::MAX; 16])),
        };
        let mut newest = range.rev().map(|&(_, active_ms, session)| (active_ms, session));
        let page: Vec<Row> = newest.by_ref().take(limit).collect();
        (page, newest.next().is_some())
    }

    fn rows(&self, user: User) -> MutexGuard<'_, Rows> {
        self.shards[user.0 as usize % self.shards.len()].lock()
    }
}
