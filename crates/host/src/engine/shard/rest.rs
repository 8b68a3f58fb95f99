//! Hibernation: sessions that nobody uses leave the instance, and an instance that has become much too large for what it holds makes room
//! for a fresh one, because its memory never shrinks.
//!
//! Nothing waits for it, nobody is told of it, and no link is cut: the store has every session, and whoever asks brings it back. It must
//! never take away what something is in flight of.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use colloq_abi::Request;
use colloq_store::Key;

use super::{Inner, Outcome, Shard, encode};
use crate::engine::effects::OwnedStats;
use crate::engine::outside::Instance;

/// An instance below this size stays as it is.
const SPARSE_BYTES_MIN: u64 = 4 << 20;
/// An instance is too large for what it holds where that is this part of it.
const SPARSE_PART: u64 = 4;
/// So many sessions can leave at once without anybody noticing.
const SESSIONS_MAX: u64 = 8192;

impl Shard {
    /// Lets sessions go that nobody used for so long; looks at no more than `limit` of them. `true` where there may be more.
    pub(in crate::engine) fn rest(self: &Arc<Self>, now: u64, idle_ms: u64, limit: u32) -> bool {
        let mut inner = self.inner.lock();
        let before = inner.rested.len();
        self.run(&mut inner, encode(&Request::Rest { now, idle_ms, limit }), 0);
        let left = inner.rested.len().saturating_sub(before);
        left >= limit as usize
    }

    /// The sessions that left since this was asked last, for the store to know.
    pub(in crate::engine) fn take_rested(&self) -> Vec<Key> {
        std::mem::take(&mut self.inner.lock().rested)
    }

    /// Puts a fresh instance into the place of one that is much too large for what it holds.
    pub(in crate::engine) fn renew_if_sparse(self: &Arc<Self>, now: u64) {
        // What it held goes back to the system once the lock is free again.
        let old = self.renewed(&mut self.inner.lock(), now);
        drop(old);
    }

    fn renewed(self: &Arc<Self>, inner: &mut Inner, now: u64) -> Option<Box<dyn Instance>> {
        let size = inner.instance.memory_bytes();
        if size < SPARSE_BYTES_MIN || !inner.in_flight.is_empty() || !inner.waiting.is_empty() {
            return None;
        }
        let before = self.counted(inner)?;
        if before.memory_bytes > size / SPARSE_PART || before.sessions > SESSIONS_MAX {
            return None;
        }
        self.run(inner, encode(&Request::Rest { now, idle_ms: 0, limit: before.sessions as u32 }), 0);
        // Where somebody is present, or something streams, it stays.
        let stats = self.counted(inner).filter(|stats| stats.sessions == 0)?;
        let (mut fresh, _) =
            self.module.instantiate(&self.settings.open()).map_err(|error| tracing::error!(%error, "no fresh instance")).ok()?;
        fresh.call(&encode(&Request::Adopt(&stats.counters))).map_err(|trap| tracing::error!(%trap, "a fresh instance broke")).ok()?;
        self.wake_at.store(u64::MAX, Ordering::Relaxed);
        self.renewals.fetch_add(1, Ordering::Relaxed);
        self.gauges.note_renewal();
        Some(std::mem::replace(&mut inner.instance, fresh))
    }

    fn counted(self: &Arc<Self>, inner: &mut Inner) -> Option<OwnedStats> {
        match self.run(inner, encode(&Request::Stats), 0) {
            Some(Outcome::Stats(stats)) => Some(stats),
            _ => None,
        }
    }
}
