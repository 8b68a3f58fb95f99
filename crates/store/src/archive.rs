//! The `Archive` trait: what a backup, a restore and a move from store to store ask of a store beside its work.
//!
//! A session goes in and out whole and as it is kept, byte by byte. Nothing here decodes an entry, and nothing here may bring back what
//! was erased.

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;

use crate::{Found, Head, Key, Meta, PRIVATES_MAX, Pending, Record, Snapshot, Store, StoreError};

/// A session as it is kept, with everything that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole {
    /// What the indexes hold of it; `active_ms` is the latest activity known.
    pub meta: Meta,
    /// The newest snapshot, where there is one.
    pub snapshot: Option<Snapshot>,
    /// All entries that are kept, oldest first and without a gap; those below the snapshot among them. Never empty.
    pub records: Vec<Record>,
    /// The private values, in the order of their names.
    pub privates: Vec<(String, Bytes)>,
}

impl Whole {
    /// The head of the log.
    pub fn head(&self) -> Head {
        self.records.last().map_or(Head::ZERO, |record| record.head)
    }

    /// The version below the first entry that is kept.
    pub fn floor(&self) -> u64 {
        self.records.first().map_or(0, |record| record.head.version.saturating_sub(1))
    }

    /// The head at a version, where that is a place in the log as it is kept.
    pub fn head_at(&self, version: u64) -> Option<Head> {
        let floor = self.floor();
        if version > floor {
            let index = usize::try_from(version - floor - 1).ok()?;
            return self.records.get(index).map(|record| record.head);
        }
        let snapshot = self.snapshot.as_ref().map(|snapshot| snapshot.head).filter(|head| head.version == version);
        snapshot.or((version == 0 && floor == 0).then_some(Head::ZERO))
    }

    /// What of it cannot be kept, if anything: a gap, a snapshot that is no place in the log, too many private values.
    pub fn broken(&self) -> Option<&'static str> {
        let floor = self.floor();
        let is_gapless = self.records.iter().zip(floor + 1..).all(|(record, version)| record.head.version == version);
        let fits = |snapshot: &Snapshot| self.head_at(snapshot.head.version) == Some(snapshot.head);
        if self.records.is_empty() {
            Some("it has no entry")
        } else if !is_gapless {
            Some("its entries have a gap")
        } else if self.snapshot.as_ref().map_or(floor > 0, |snapshot| !fits(snapshot)) {
            Some("its snapshot does not fit its entries")
        } else if self.privates.len() > PRIVATES_MAX || !self.privates.is_sorted_by(|one, other| one.0 < other.0) {
            Some("its private values are too many or not in order")
        } else {
            None
        }
    }
}

/// What is kept under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Archived {
    /// A session.
    Session(Box<Whole>),
    /// The tombstone of one that was erased then, in milliseconds since 1970.
    Erased {
        /// When.
        at_ms: u64,
    },
}

impl Archived {
    /// Where it stands.
    pub fn found(&self) -> Found {
        match self {
            Self::Session(whole) => Found::Head(whole.head()),
            Self::Erased { .. } => Found::Erased,
        }
    }
}

/// Some of a store's keys.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Keys {
    /// The keys.
    pub items: Vec<Key>,
    /// Where the next page begins; `None` once all were told.
    pub next: Option<Bytes>,
}

/// Why a session was not put.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PutError {
    /// Something else is there than what was expected.
    #[error("the store has something else under the key")]
    Conflict(Found),
    /// The store failed. Whether it was put is not known where the store failed after it began; it can be put again.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A store that can be backed up, restored and moved.
///
/// # The contract
///
/// * **Each session is seen in one moment**, entries, snapshot, indexes and private values together; the store as a whole is not. What is
///   created while keys are walked may be missing; what was there before and still is, is told.
/// * **A put is compare-and-swap**, as durable as an append, and all or nothing.
/// * **A tombstone stays.** Nothing is put in its place.
pub trait Archive: Store {
    /// Keys of sessions and tombstones in an order of the store's own, from where an earlier page ended. A page has about `limit` keys,
    /// may have none while others follow, and a key may be told twice.
    fn keys(&self, after: Option<Bytes>, limit: usize) -> Pending<Result<Keys, StoreError>>;

    /// All that is kept under a key; `None` where there is nothing.
    fn whole(&self, key: &Key) -> Pending<Result<Option<Archived>, StoreError>>;

    /// Puts a session or a tombstone under a key, in the place of what is expected there. The same again, after an answer was lost, succeeds.
    fn put_whole(&self, key: &Key, expected: Found, archived: Archived) -> Pending<Result<(), PutError>>;

    /// The lowest schema that every host of this store must be able to read; 0 until one was set.
    fn schema_min(&self) -> Pending<Result<u32, StoreError>>;

    /// Raises it, never lowers it; answers what it is then.
    fn raise_schema_min(&self, schema: u32) -> Pending<Result<u32, StoreError>>;
}

/// All keys of a store, each once.
pub struct Walk {
    store: Arc<dyn Archive>,
    seen: HashSet<Key>,
    page: std::vec::IntoIter<Key>,
    /// Where the next page begins; the inner `None` is the first.
    after: Option<Option<Bytes>>,
}

impl Walk {
    /// How many keys are asked for at a time.
    const PAGE: usize = 256;

    /// Begins to walk.
    pub fn new(store: Arc<dyn Archive>) -> Self {
        Self { store, seen: HashSet::new(), page: Vec::new().into_iter(), after: Some(None) }
    }

    /// The next key; `None` after the last.
    ///
    /// # Errors
    /// Why the store did not say.
    pub async fn next(&mut self) -> Result<Option<Key>, StoreError> {
        loop {
            for key in self.page.by_ref() {
                if self.seen.insert(key.clone()) {
                    return Ok(Some(key));
                }
            }
            let Some(after) = self.after.take() else { return Ok(None) };
            let page = self.store.keys(after, Self::PAGE).await?;
            self.page = page.items.into_iter();
            self.after = page.next.map(Some);
        }
    }
}
