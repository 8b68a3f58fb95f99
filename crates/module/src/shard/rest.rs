//! Sessions that leave the memory: because there are too many, because memory runs short, or because nobody used them for a while. The
//! store has them, and whoever asks for one brings it back.
//!
//! Nothing is lost with one: what is pending, what streams and who is present keep it at hand. Its deadline stands in the store's index.

use colloq_core::{Slot, SlotId};

use super::Shard;
use super::out::Out;
use crate::note::Note;

/// So many sessions with somebody present are passed over in a search for one that can go.
const SPARED_MAX: u32 = 16;

impl Shard {
    /// Lets the least recent sessions go, while there are too many or memory runs short.
    pub(super) fn make_room(&mut self, out: &mut Out) {
        let mut spared = 0;
        loop {
            let oldest = self.directory.surplus().or_else(|| if self.is_full() { self.directory.least_recent() } else { None });
            let Some(at) = oldest.filter(|at| self.directory.slot(*at).replica.pending().is_empty()) else {
                return;
            };
            // Presence survives nothing: a session with somebody present stays at hand while there are others that can go.
            let slot = self.directory.slot(at);
            if !slot.presence.is_empty() && spared < SPARED_MAX {
                spared += 1;
                let used_at = slot.used_at;
                self.directory.mark_used(at, used_at);
            } else {
                self.let_go(at, out);
            }
        }
    }

    /// Lets those go that nobody used for a while; looks at so many, the least recent first.
    pub(super) fn handle_rest(&mut self, now: u64, idle_ms: u64, limit: u32, out: &mut Out) {
        for _ in 0..limit {
            let Some(at) = self.directory.least_recent() else { return };
            let slot = self.directory.slot(at);
            if slot.used_at.saturating_add(idle_ms) > now {
                return;
            }
            if may_rest(slot) {
                self.let_go(at, out);
            } else {
                // It is looked at again after as long a while.
                self.directory.mark_used(at, now);
            }
        }
    }

    fn let_go(&mut self, at: SlotId, out: &mut Out) {
        let slot = self.directory.slot(at);
        if slot.touched_at > slot.touch_saved_at {
            out.touch(slot);
        }
        out.rested(slot.replica.confirmed());
        self.directory.remove(at);
    }
}

fn may_rest(slot: &Slot<Note>) -> bool {
    let replica = &slot.replica;
    replica.pending().is_empty() && !replica.is_in_flight() && slot.presence.is_empty() && !replica.confirmed().is_streaming()
}
