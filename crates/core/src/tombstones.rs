//! Tombstones: the sessions that are no more, for as long as a late create could bring one of them back.
//!
//! A store keeps its own; these are for whoever keeps sessions in a directory alone.

use alloc::collections::VecDeque;
use core::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use crate::Id;
use crate::decide::CREATE_WITHIN_MS;

/// See the module's documentation.
#[derive(Debug)]
pub struct Tombstones {
    ids: HashTable<Id>,
    /// In the order in which they lapse.
    lapsing: VecDeque<(u64, Id)>,
    hasher: FixedState,
}

impl Tombstones {
    /// None yet. The seed keeps clients, who choose ids, from choosing where they fall in the table.
    pub fn new(seed: u64) -> Self {
        Self { ids: HashTable::new(), lapsing: VecDeque::new(), hasher: FixedState::with_seed(seed) }
    }

    /// A session is no more. Those that are older than 30 days are dropped: an id as old creates nothing any more.
    pub fn add(&mut self, id: Id, now: u64) {
        while let Some((_, lapsed)) = self.lapsing.pop_front_if(|(at, _)| *at <= now) {
            let hash = self.hasher.hash_one(lapsed.as_bytes());
            if let Ok(found) = self.ids.find_entry(hash, |other| *other == lapsed) {
                found.remove();
            }
        }
        if !self.contains(id) {
            let hasher = &self.hasher;
            self.ids.insert_unique(hasher.hash_one(id.as_bytes()), id, |other| hasher.hash_one(other.as_bytes()));
            self.lapsing.push_back((now.saturating_add(CREATE_WITHIN_MS), id));
        }
    }

    /// Whether a session with this id is no more.
    pub fn contains(&self, id: Id) -> bool {
        self.ids.find(self.hasher.hash_one(id.as_bytes()), |other| *other == id).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_stand_for_thirty_days() {
        let mut tombstones = Tombstones::new(7);
        let id = |n: u8| Id::mint(u64::from(n), [n; 16]);
        tombstones.add(id(1), 1000);
        tombstones.add(id(1), 2000);
        tombstones.add(id(2), 999 + CREATE_WITHIN_MS);
        assert!(tombstones.contains(id(1)) && tombstones.contains(id(2)) && !tombstones.contains(id(3)));
        tombstones.add(id(3), 1000 + CREATE_WITHIN_MS);
        assert!(!tombstones.contains(id(1)) && tombstones.contains(id(2)) && tombstones.contains(id(3)));
    }
}
