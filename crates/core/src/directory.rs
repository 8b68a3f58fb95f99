//! The many sessions of one shard: by id, by recency and by deadline. Every operation costs the same, however many there are
//! (deadlines: the logarithm of their number); nothing scans.

use alloc::boxed::Box;
use alloc::collections::BinaryHeap;
use alloc::vec::Vec;
use core::cmp::Reverse;
use core::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use crate::recency::{Links, Recency};
use crate::{Id, Presence, Replica, Session, Upstream};

/// A session in a directory.
#[derive(Debug)]
pub struct Slot<T> {
    /// The session and its pending commands.
    pub replica: Replica<T>,
    /// The last activity, in milliseconds since 1970. It stands beside the log: merged by maximum, outside version and chain.
    pub touched_at: u64,
    /// The last activity that a store was told of.
    pub touch_saved_at: u64,
    /// The version of the newest snapshot that a store was given.
    pub snapshot_at: u64,
    /// Who is linked to it.
    pub presence: Presence,
    links: Links,
    /// The time of this slot's entry in the queue of deadlines that counts.
    wake_at: Option<u64>,
}

/// Where a session stands in its directory, until it is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotId(u32);

/// See the module's documentation.
#[derive(Debug)]
pub struct Directory<T> {
    slots: Vec<Option<Box<Slot<T>>>>,
    vacant: Vec<u32>,
    by_key: HashTable<u32>,
    hasher: FixedState,
    recency: Recency,
    deadlines: BinaryHeap<Reverse<(u64, u32)>>,
    capacity: usize,
}

impl<T> Directory<T> {
    /// An empty directory. The seed keeps clients, who choose ids, from choosing where they fall in the table.
    pub fn new(capacity: usize, seed: u64) -> Self {
        Self {
            slots: Vec::new(),
            vacant: Vec::new(),
            by_key: HashTable::new(),
            hasher: FixedState::with_seed(seed),
            recency: Recency::default(),
            deadlines: BinaryHeap::new(),
            capacity,
        }
    }

    /// How many sessions it holds.
    pub fn len(&self) -> usize {
        self.by_key.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    /// Where a session is.
    pub fn find(&self, app: &str, id: Id) -> Option<SlotId> {
        let is_it = |slot: &u32| self.slots[*slot as usize].as_ref().is_some_and(|slot| is_session(slot, app, id));
        self.by_key.find(self.hash(id), is_it).map(|slot| SlotId(*slot))
    }

    /// The session of a slot.
    ///
    /// # Panics
    /// If the slot was removed.
    pub fn slot(&self, at: SlotId) -> &Slot<T> {
        self.slots[at.0 as usize].as_ref().expect("a slot is used until it is removed")
    }

    /// The session of a slot, to change. Tell [`reschedule`](Self::reschedule) when its deadline may have moved.
    ///
    /// # Panics
    /// If the slot was removed.
    pub fn slot_mut(&mut self, at: SlotId) -> &mut Slot<T> {
        self.slots[at.0 as usize].as_mut().expect("a slot is used until it is removed")
    }

    /// Takes in a session that is not here yet, as the most recent one.
    pub fn insert(&mut self, session: Session, touched_at: u64) -> SlotId {
        self.insert_keeping(session, touched_at, 0)
    }

    /// The same, where the session is to keep confirmed entries at hand (see [`Replica::keeping`]).
    pub fn insert_keeping(&mut self, session: Session, touched_at: u64, recent_max: usize) -> SlotId {
        let id = session.id;
        let replica = Replica::new(Upstream::Store, session).keeping(recent_max);
        let slot = Slot {
            replica,
            touched_at,
            touch_saved_at: touched_at,
            snapshot_at: 0,
            presence: Presence::default(),
            links: Links::default(),
            wake_at: None,
        };
        let at = if let Some(at) = self.vacant.pop() {
            self.slots[at as usize] = Some(Box::new(slot));
            at
        } else {
            self.slots.push(Some(Box::new(slot)));
            self.slots.len() as u32 - 1
        };
        let (slots, hasher) = (&self.slots, &self.hasher);
        self.by_key.insert_unique(hasher.hash_one(id.as_bytes()), at, |other| {
            hasher.hash_one(slots[*other as usize].as_ref().map_or(&[0; 16], |slot| slot.replica.confirmed().id.as_bytes()))
        });
        self.recency.push_newest(&mut self.slots, at);
        self.reschedule(SlotId(at));
        SlotId(at)
    }

    /// Takes a session out.
    pub fn remove(&mut self, at: SlotId) -> Option<Slot<T>> {
        let id = self.slot(at).replica.confirmed().id;
        self.recency.unlink(&mut self.slots, at.0);
        let hash = self.hash(id);
        if let Ok(found) = self.by_key.find_entry(hash, |other| *other == at.0) {
            found.remove();
        }
        self.vacant.push(at.0);
        self.slots[at.0 as usize].take().map(|slot| *slot)
    }

    /// Somebody was active: moves the session's time forward and makes it the most recent one.
    pub fn touch(&mut self, at: SlotId, now: u64) {
        let slot = self.slot_mut(at);
        slot.touched_at = slot.touched_at.max(now);
        self.recency.unlink(&mut self.slots, at.0);
        self.recency.push_newest(&mut self.slots, at.0);
    }

    /// The least recent session.
    pub fn least_recent(&self) -> Option<SlotId> {
        self.recency.oldest().map(SlotId)
    }

    /// The least recent session, while there are more than the directory has room for.
    pub fn surplus(&self) -> Option<SlotId> {
        if self.len() <= self.capacity { None } else { self.recency.oldest().map(SlotId) }
    }

    /// The session's deadline may have moved forward or back. A later one is noticed when the earlier one comes.
    pub fn reschedule(&mut self, at: SlotId) {
        let slot = self.slot_mut(at);
        let deadline = slot.replica.confirmed().deadline(slot.touched_at);
        if let Some(deadline) = deadline.filter(|deadline| slot.wake_at.is_none_or(|wake_at| *deadline < wake_at)) {
            slot.wake_at = Some(deadline);
            self.deadlines.push(Reverse((deadline, at.0)));
        }
    }

    /// The earliest time at which something may be due.
    pub fn next_deadline(&self) -> Option<u64> {
        self.deadlines.peek().map(|Reverse((time, _))| *time)
    }

    /// Takes the next session whose deadline has come off the queue. After it was dealt with, [`reschedule`](Self::reschedule) it.
    pub fn poll_due(&mut self, now: u64) -> Option<SlotId> {
        while let Some(Reverse((time, at))) = self.deadlines.peek().copied() {
            if time > now {
                return None;
            }
            self.deadlines.pop();
            let Some(slot) = self.slots[at as usize].as_mut().filter(|slot| slot.wake_at == Some(time)) else {
                continue;
            };
            slot.wake_at = None;
            if slot.replica.confirmed().deadline(slot.touched_at).is_some_and(|deadline| deadline <= now) {
                return Some(SlotId(at));
            }
            self.reschedule(SlotId(at));
        }
        None
    }

    fn hash(&self, id: Id) -> u64 {
        self.hasher.hash_one(id.as_bytes())
    }
}

fn is_session<T>(slot: &Slot<T>, app: &str, id: Id) -> bool {
    let session = slot.replica.confirmed();
    session.id == id && &*session.app == app
}

impl<T> Slot<T> {
    pub(crate) fn links_mut(&mut self) -> &mut Links {
        &mut self.links
    }
}

#[cfg(test)]
mod tests;
