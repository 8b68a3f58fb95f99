//! What the store keeps of a session, open: its summary, its records, its newest snapshot and its private values.
//!
//! It must never be without a record once it is a session's: trimming keeps the newest 256, so the head is always that of the last one.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::{Append, Head, Meta, PRIVATES_MAX, PrivateError, Record, Snapshot, Whole};

/// How many of the newest entries stay when a snapshot is put.
const KEPT: u64 = 256;
/// The length of a chain hash, which stands before an entry's bytes in its cell.
pub(super) const CHAIN: usize = 32;

/// Private values by their names.
pub(super) type Privates = BTreeMap<Box<str>, Box<[u8]>>;

/// See the module's documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    /// Whose it is: the indexes know only a hash of it.
    pub(super) user: Box<str>,
    pub(super) summary: Box<[u8]>,
    /// The version below the first record: 0 until entries are trimmed.
    pub(super) floor: u64,
    /// One cell an entry, chain hash and bytes together: one allocation, no capacity, no reference count.
    pub(super) records: Vec<Box<[u8]>>,
    pub(super) snapshot: Option<Box<Snapshot>>,
    /// Most sessions have none.
    pub(super) privates: Option<Box<Privates>>,
}

impl Kept {
    pub(super) fn new() -> Self {
        Self { user: Box::default(), summary: Box::default(), floor: 0, records: Vec::new(), snapshot: None, privates: None }
    }

    pub(super) fn head(&self) -> Head {
        self.head_at(self.version()).expect("a session holds at least one record")
    }

    /// Takes records that were decided on this very head, and what lists show from now on.
    pub(super) fn append(&mut self, append: &Append) {
        // Doubling would leave a third of the vector empty; an eighth keeps both the waste and the copying small.
        let room = append.records.len().max(self.records.len() / 8);
        if self.records.capacity() - self.records.len() < append.records.len() {
            self.records.reserve_exact(room);
        }
        self.records.extend(append.records.iter().map(|record| [&record.head.chain[..], &record.bytes[..]].concat().into_boxed_slice()));
        self.describe(&append.meta);
    }

    fn describe(&mut self, meta: &Meta) {
        if *self.summary != *meta.summary {
            self.summary = Box::from(&meta.summary[..]);
        }
        if *self.user != *meta.user {
            self.user = Box::from(&*meta.user);
        }
    }

    /// The newest snapshot, and the records after it.
    pub(super) fn load(&self) -> (Option<Snapshot>, Vec<Record>) {
        let snapshot = self.snapshot.as_deref().cloned();
        let after = snapshot.as_ref().map_or(0, |snapshot| snapshot.head.version);
        (snapshot, self.records_after(after, usize::MAX))
    }

    pub(super) fn entries_after(&self, after: Head, max_bytes: usize) -> Option<Vec<Record>> {
        (self.head_at(after.version)? == after).then(|| self.records_after(after.version, max_bytes))
    }

    pub(super) fn put_snapshot(&mut self, snapshot: &Snapshot) {
        let kept = self.snapshot.as_ref().map_or(0, |kept| kept.head.version);
        if snapshot.head.version <= kept || self.head_at(snapshot.head.version) != Some(snapshot.head) {
            return;
        }
        let floor = snapshot.head.version.min(self.version().saturating_sub(KEPT));
        if floor > self.floor {
            self.records.drain(..(floor - self.floor) as usize);
            self.records.shrink_to_fit();
            self.floor = floor;
        }
        // A copy, so that a snapshot cut out of a larger buffer does not keep that buffer.
        self.snapshot = Some(Box::new(Snapshot { head: snapshot.head, bytes: Bytes::copy_from_slice(&snapshot.bytes) }));
    }

    pub(super) fn put_private(&mut self, name: &str, value: Option<&Bytes>) -> Result<(), PrivateError> {
        let Some(value) = value else {
            if let Some(privates) = &mut self.privates {
                privates.remove(name);
            }
            return Ok(());
        };
        let privates = self.privates.get_or_insert_default();
        if privates.len() >= PRIVATES_MAX && !privates.contains_key(name) {
            return Err(PrivateError::TooMany);
        }
        privates.insert(name.into(), Box::from(&value[..]));
        Ok(())
    }

    pub(super) fn private(&self, name: &str) -> Option<Bytes> {
        self.privates.as_ref()?.get(name).map(|value| Bytes::copy_from_slice(value))
    }

    pub(super) fn private_names(&self) -> Vec<String> {
        self.privates.iter().flat_map(|privates| privates.keys()).map(|name| (**name).to_owned()).collect()
    }

    /// A session out of an archive.
    pub(super) fn of_whole(whole: &Whole) -> Self {
        let cell = |record: &Record| [&record.head.chain[..], &record.bytes[..]].concat().into_boxed_slice();
        let privates: Privates = whole.privates.iter().map(|(name, value)| (name.as_str().into(), Box::from(&value[..]))).collect();
        let mut kept = Self { floor: whole.floor(), records: whole.records.iter().map(cell).collect(), ..Self::new() };
        kept.snapshot = whole.snapshot.clone().map(Box::new);
        kept.privates = (!privates.is_empty()).then(|| Box::new(privates));
        kept.describe(&whole.meta);
        kept
    }

    /// All records that are there.
    pub(super) fn all_records(&self) -> Vec<Record> {
        self.records_after(self.floor, usize::MAX)
    }

    /// All private values, in the order of their names.
    pub(super) fn all_privates(&self) -> Vec<(String, Bytes)> {
        let privates = self.privates.iter().flat_map(|privates| privates.iter());
        privates.map(|(name, value)| ((**name).to_owned(), Bytes::copy_from_slice(value))).collect()
    }

    fn version(&self) -> u64 {
        self.floor + self.records.len() as u64
    }

    /// The head at a version, if that is a place in the log as it is kept.
    pub(super) fn head_at(&self, version: u64) -> Option<Head> {
        if version == 0 {
            return (self.floor == 0).then_some(Head::ZERO);
        }
        if let Some(snapshot) = self.snapshot.as_deref().filter(|snapshot| snapshot.head.version == version) {
            return Some(snapshot.head);
        }
        let index = version.checked_sub(self.floor + 1)?;
        self.records.get(usize::try_from(index).ok()?).map(|cell| head_of(version, cell))
    }

    fn records_after(&self, after: u64, max_bytes: usize) -> Vec<Record> {
        let mut bytes = 0usize;
        let mut records = Vec::new();
        for (version, cell) in (after + 1..).zip(&self.records[(after - self.floor) as usize..]) {
            bytes = bytes.saturating_add(cell.len() - CHAIN);
            if bytes > max_bytes && !records.is_empty() {
                break;
            }
            records.push(Record { head: head_of(version, cell), bytes: Bytes::copy_from_slice(&cell[CHAIN..]) });
        }
        records
    }
}

fn head_of(version: u64, cell: &[u8]) -> Head {
    let chain = cell[..CHAIN].try_into().expect("a cell begins with a chain hash");
    Head { version, chain }
}
