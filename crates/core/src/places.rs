//! Where each session of a directory is, by its id: many small hash tables, so that none is large when it grows and the session that
//! makes it grow waits no longer than others. Looked up and never walked.

use alloc::vec::Vec;
use core::cell::Cell;
use core::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use crate::Id;

/// A million sessions fall into tables of some four thousand.
const TABLES: usize = 256;

/// A slot, and a part of its id's hash: a table grows without looking at the sessions.
#[derive(Clone, Copy, Debug)]
struct Place {
    hash: u32,
    slot: u32,
}

/// See the module's documentation.
#[derive(Debug)]
pub(crate) struct Places {
    tables: Vec<HashTable<Place>>,
    hasher: FixedState,
    len: usize,
    visited: Cell<u64>,
}

impl Places {
    /// Without sessions. The seed keeps clients, who choose ids, from choosing where they fall.
    pub(crate) fn new(seed: u64) -> Self {
        let tables = (0..TABLES).map(|_| HashTable::new()).collect();
        Self { tables, hasher: FixedState::with_seed(seed), len: 0, visited: Cell::new(0) }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// How many places were looked at so far.
    pub(crate) fn visited(&self) -> u64 {
        self.visited.get()
    }

    /// The slot of an id that is the one meant; ids of several apps may be the same.
    pub(crate) fn find(&self, id: Id, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        let (table, hash) = self.hash(id);
        let is_it = |place: &Place| {
            self.visited.set(self.visited.get() + 1);
            place.hash == hash && is_it(place.slot)
        };
        self.tables[table].find(spread(hash), is_it).map(|place| place.slot)
    }

    pub(crate) fn insert(&mut self, id: Id, slot: u32) {
        let (table, hash) = self.hash(id);
        self.tables[table].insert_unique(spread(hash), Place { hash, slot }, |place| spread(place.hash));
        self.len += 1;
    }

    pub(crate) fn remove(&mut self, id: Id, slot: u32) {
        let (table, hash) = self.hash(id);
        if let Ok(found) = self.tables[table].find_entry(spread(hash), |place| place.slot == slot) {
            found.remove();
            self.len -= 1;
        }
    }

    /// The table of an id, and what the table knows it by.
    fn hash(&self, id: Id) -> (usize, u32) {
        let hash = self.hasher.hash_one(id.as_bytes());
        (hash as usize % TABLES, (hash >> 32) as u32)
    }
}

/// A table looks at the lowest and at the highest bits.
fn spread(hash: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(hash)
}
