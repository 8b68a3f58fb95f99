//! What stores lost: confirmed entries that could not be given back to them. Kept aside in memory, the newest of them, for whoever
//! can do something with them, and logged loudly.
//!
//! It never puts an entry back by itself: the store's history went on without it.

use std::collections::VecDeque;
use std::sync::Arc;

use colloq_store::{Key, Record};
use parking_lot::Mutex;

/// The most losses that are kept.
const LOSSES_MAX: usize = 4096;
/// The most bytes of entries that are kept.
const BYTES_MAX: usize = 64 << 20;

/// Entries that a store confirmed and does not have any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// The session.
    pub key: Key,
    /// The entries, oldest first, as they were confirmed.
    pub entries: Vec<Record>,
    /// When it was noticed, milliseconds since 1970.
    pub noticed_ms: u64,
}

/// What was lost since the engine was opened.
#[derive(Default)]
pub(super) struct Losses {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    losses: VecDeque<Arc<Lost>>,
    bytes: usize,
    entries_total: u64,
}

impl Losses {
    /// Keeps a loss. What is too much pushes the oldest out.
    pub(super) fn keep(&self, key: Key, entries: Vec<Record>, noticed_ms: u64) {
        let session = uuid::Uuid::from_bytes(key.session);
        let (first, last) = (entries.first(), entries.last());
        let version = |record: Option<&Record>| record.map_or(0, |record| record.head.version);
        tracing::error!(
            app = &*key.app,
            %session,
            entries = entries.len(),
            from_version = version(first),
            to_version = version(last),
            "the store lost confirmed entries; they are kept aside in memory"
        );
        let mut kept = self.kept.lock();
        kept.entries_total += entries.len() as u64;
        kept.bytes += bytes(&entries);
        kept.losses.push_back(Arc::new(Lost { key, entries, noticed_ms }));
        while kept.losses.len() > LOSSES_MAX || (kept.bytes > BYTES_MAX && kept.losses.len() > 1) {
            let Some(oldest) = kept.losses.pop_front() else { break };
            kept.bytes -= bytes(&oldest.entries);
            tracing::error!(entries = oldest.entries.len(), key = ?oldest.key, "no room is left for lost entries of before");
        }
    }

    /// Those that are kept, oldest first.
    pub(super) fn list(&self) -> Vec<Arc<Lost>> {
        self.kept.lock().losses.iter().cloned().collect()
    }

    /// How many entries were lost, those that are no longer kept among them.
    pub(super) fn entries_total(&self) -> u64 {
        self.kept.lock().entries_total
    }
}

fn bytes(entries: &[Record]) -> usize {
    entries.iter().map(|record| record.bytes.len()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use colloq_store::Head;

    fn lose(losses: &Losses, number: u8, count: u64, bytes: usize) {
        let entry = |version| Record { head: Head { version, chain: [number; 32] }, bytes: vec![number; bytes].into() };
        losses.keep(Key { app: "default".into(), session: [number; 16] }, (1..=count).map(entry).collect(), 7);
    }

    #[test]
    fn what_is_lost_is_kept_as_it_was() {
        let losses = Losses::default();
        lose(&losses, 1, 3, 10);
        lose(&losses, 2, 1, 20);
        let list = losses.list();
        assert_eq!((list.len(), list[0].key.session, list[0].entries.len(), list[1].entries[0].bytes.len()), (2, [1; 16], 3, 20));
        assert_eq!(losses.entries_total(), 4);
    }

    #[test]
    fn the_oldest_make_room_and_are_still_counted() {
        let losses = Losses::default();
        for number in 0..4 {
            lose(&losses, number, 1, BYTES_MAX / 2);
        }
        let kept: Vec<u8> = losses.list().iter().map(|lost| lost.key.session[0]).collect();
        assert_eq!((kept, losses.entries_total()), (vec![2, 3], 4));
        lose(&losses, 9, 1, BYTES_MAX * 2);
        assert_eq!(losses.list().len(), 1, "the newest is kept however large it is");
        for _ in 0..LOSSES_MAX {
            lose(&losses, 7, 1, 1);
        }
        assert_eq!(losses.list().len(), LOSSES_MAX);
    }
}
