//! The many sessions of one shard: by id, by recency and by deadline. Every operation costs the same, however many there are
//! (deadlines: the logarithm of their number); nothing scans, and nothing is moved when there are more.

use alloc::boxed::Box;
use alloc::sync::Arc;

use crate::deadlines::Deadlines;
use crate::pages::Pages;
use crate::places::Places;
use crate::recency::Recency;
use crate::rows::{Row, Rows};
use crate::{Id, Presence, Replica, Session, Upstream};

/// The most deadlines that are found to have moved while the next due session is looked for.
const MOVED_MAX: usize = 256;

/// A session in a directory.
#[derive(Debug)]
pub struct Slot<T> {
    /// The session and its pending commands.
    pub replica: Replica<T>,
    /// The last activity, in milliseconds since 1970. It stands beside the log: merged by maximum, outside version and chain.
    pub touched_at: u64,
    /// The last activity that a store was told of.
    pub touch_saved_at: u64,
    /// The version at which a store is to be given the next snapshot, as the module counts it.
    pub snapshot_due: u64,
    /// When somebody last used it: that says how recent it is, and needs not be activity.
    pub used_at: u64,
    /// Who is linked to it.
    pub presence: Presence,
}

/// Where a session stands in its directory, until it is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotId(u32);

impl SlotId {
    /// A small number that no other session of the directory has at the same time.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// See the module's documentation.
#[derive(Debug)]
pub struct Directory<T> {
    rows: Rows<Box<Slot<T>>>,
    vacant: Pages<u32>,
    places: Places,
    recency: Recency,
    deadlines: Deadlines,
    capacity: usize,
    /// The app of the session that came last: most sessions of a directory are of one, and share its name.
    app: Arc<str>,
}

impl<T> Directory<T> {
    /// An empty directory. The seed keeps clients, who choose ids, from choosing where they fall in the table.
    pub fn new(capacity: usize, seed: u64) -> Self {
        Self {
            rows: Rows::default(),
            vacant: Pages::default(),
            places: Places::new(seed),
            recency: Recency::default(),
            deadlines: Deadlines::default(),
            capacity,
            app: Arc::from(""),
        }
    }

    /// How many sessions it holds.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where a session is.
    pub fn find(&self, app: &str, id: Id) -> Option<SlotId> {
        let is_it = |slot: u32| self.rows[slot as usize].slot.as_ref().is_some_and(|slot| is_session(slot, app, id));
        self.places.find(id, is_it).map(SlotId)
    }

    /// The session of a slot.
    ///
    /// # Panics
    /// If the slot was removed.
    #[inline]
    pub fn slot(&self, at: SlotId) -> &Slot<T> {
        self.rows[at.0 as usize].slot.as_ref().expect("a slot is used until it is removed")
    }

    /// The session of a slot, to change. Tell [`reschedule`](Self::reschedule) when its deadline may have moved.
    ///
    /// # Panics
    /// If the slot was removed.
    #[inline]
    pub fn slot_mut(&mut self, at: SlotId) -> &mut Slot<T> {
        self.rows[at.0 as usize].slot.as_mut().expect("a slot is used until it is removed")
    }

    /// Takes in a session that is not here yet, as the most recent one.
    pub fn insert(&mut self, session: Session, touched_at: u64) -> SlotId {
        self.insert_keeping(session, touched_at, 0)
    }

    /// The same, where the session is to keep confirmed entries at hand (see [`Replica::keeping`]).
    pub fn insert_keeping(&mut self, mut session: Session, touched_at: u64, recent_max: usize) -> SlotId {
        if self.app == session.app {
            session.app = self.app.clone();
        } else {
            self.app = session.app.clone();
        }
        let id = session.id;
        let replica = Replica::new(Upstream::Store, session).keeping(recent_max);
        let (used_at, touch_saved_at) = (touched_at, touched_at);
        let slot = Slot { replica, touched_at, touch_saved_at, snapshot_due: 0, used_at, presence: Presence::default() };
        let at = if let Some(at) = self.vacant.pop() {
            self.rows[at as usize].slot = Some(Box::new(slot));
            at
        } else {
            self.rows.push(Row::new(Box::new(slot)));
            self.rows.len() as u32 - 1
        };
        self.places.insert(id, at);
        self.recency.push_newest(&mut self.rows, at);
        self.reschedule(SlotId(at));
        SlotId(at)
    }

    /// Takes a session out.
    pub fn remove(&mut self, at: SlotId) -> Option<Box<Slot<T>>> {
        let id = self.slot(at).replica.confirmed().id;
        self.recency.unlink(&mut self.rows, at.0);
        self.places.remove(id, at.0);
        self.deadlines.set(&mut self.rows, at.0, None);
        self.vacant.push(at.0);
        self.rows[at.0 as usize].slot.take()
    }

    /// Somebody was active: moves the session's time forward and makes it the most recent one.
    pub fn touch(&mut self, at: SlotId, now: u64) {
        let slot = self.slot_mut(at);
        slot.touched_at = slot.touched_at.max(now);
        self.mark_used(at, now);
    }

    /// Somebody used the session without being active in it: makes it the most recent one.
    pub fn mark_used(&mut self, at: SlotId, now: u64) {
        let slot = self.slot_mut(at);
        slot.used_at = slot.used_at.max(now);
        self.recency.renew(&mut self.rows, at.0);
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
        let slot = self.slot(at);
        let deadline = slot.replica.confirmed().deadline(slot.touched_at);
        let is_later = |known: u64| deadline.is_some_and(|deadline| deadline >= known);
        if !self.deadlines.time(&self.rows, at.0).is_some_and(is_later) {
            self.deadlines.set(&mut self.rows, at.0, deadline);
        }
    }

    /// The earliest time at which something may be due.
    pub fn next_deadline(&self) -> Option<u64> {
        self.deadlines.first().map(|(time, _)| time)
    }

    /// Takes the next session whose deadline has come off the queue. After it was dealt with, [`reschedule`](Self::reschedule) it.
    ///
    /// Where very many deadlines have moved it looks at some and gives none; [`next_deadline`](Self::next_deadline) says whether there
    /// may be more.
    pub fn poll_due(&mut self, now: u64) -> Option<SlotId> {
        for _ in 0..MOVED_MAX {
            let (_, at) = self.deadlines.first().filter(|(time, _)| *time <= now)?;
            let slot = self.slot(SlotId(at));
            let deadline = slot.replica.confirmed().deadline(slot.touched_at);
            let is_due = deadline.is_some_and(|deadline| deadline <= now);
            self.deadlines.set(&mut self.rows, at, deadline.filter(|_| !is_due));
            if is_due {
                return Some(SlotId(at));
            }
        }
        None
    }

    /// How many nodes of its indexes were looked at so far: what operations cost, whatever the machine.
    pub fn visited(&self) -> u64 {
        self.places.visited() + self.recency.visited() + self.deadlines.visited()
    }
}

fn is_session<T>(slot: &Slot<T>, app: &str, id: Id) -> bool {
    let session = slot.replica.confirmed();
    session.id == id && &*session.app == app
}

#[cfg(test)]
mod tests;
