//! What the store did, in its order, so that the newest of it can be lost.

use std::collections::BTreeMap;

use bytes::Bytes;
use colloq_store::{Append, Key, MemoryStore, Snapshot, Store, Touch};
use futures_util::FutureExt;

/// Something that changed the store.
#[derive(Clone, Debug)]
pub(super) enum Deed {
    Append(Append),
    Snapshot(Key, Snapshot),
    Touch(Key, Touch),
    Erase(Key, u64),
    Private(Key, String, Option<Bytes>),
}

/// See the module's documentation.
#[derive(Default)]
pub(super) struct Journal(Vec<Deed>);

impl Journal {
    pub(super) fn push(&mut self, deed: Deed) {
        self.0.push(deed);
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Loses the newest deeds; gives the appends among them, and the sessions that were erased.
    pub(super) fn lose(&mut self, count: usize) -> (Vec<Append>, Vec<Key>) {
        let (mut appends, mut erased) = (Vec::new(), Vec::new());
        for deed in self.0.split_off(self.0.len().saturating_sub(count)) {
            match deed {
                Deed::Append(append) => appends.push(append),
                Deed::Erase(key, _) => erased.push(key),
                _ => {}
            }
        }
        (appends, erased)
    }

    /// Whether an entry of a session holds a text.
    pub(super) fn has(&self, session: &[u8; 16], text: &[u8]) -> bool {
        let is_it = |deed: &Deed| match deed {
            Deed::Append(append) if append.key.session == *session => {
                append.records.iter().any(|record| record.bytes.windows(text.len()).any(|window| window == text))
            }
            _ => false,
        };
        self.0.iter().rev().any(is_it)
    }

    /// A store to which all of it was done.
    pub(super) fn rebuild(&self) -> MemoryStore {
        let store = MemoryStore::new();
        for deed in &self.0 {
            deed.redo(&store);
        }
        store
    }

    /// The whole log of each session, and whether it was erased.
    pub(super) fn logs(&self) -> Vec<(Key, Vec<String>, bool)> {
        let mut logs: BTreeMap<Key, (Vec<String>, bool)> = BTreeMap::new();
        for deed in &self.0 {
            match deed {
                Deed::Append(append) => {
                    let (texts, is_erased) = logs.entry(append.key.clone()).or_default();
                    // Nothing comes behind a tombstone; where it does, the session is there.
                    *is_erased = false;
                    texts.truncate(append.expected.version as usize);
                    texts.extend(append.records.iter().map(|record| String::from_utf8_lossy(&record.bytes).into_owned()));
                }
                Deed::Erase(key, _) => logs.entry(key.clone()).or_default().1 = true,
                _ => {}
            }
        }
        logs.into_iter().map(|(key, (texts, is_erased))| (key, texts, is_erased)).collect()
    }
}

impl Deed {
    fn redo(&self, store: &MemoryStore) {
        match self {
            Self::Append(append) => drop(store.append(append.clone()).now_or_never()),
            Self::Snapshot(key, snapshot) => drop(store.put_snapshot(key, snapshot.clone()).now_or_never()),
            Self::Touch(key, touch) => store.touch(key, *touch),
            Self::Erase(key, now_ms) => drop(store.erase(key, *now_ms).now_or_never()),
            Self::Private(key, name, value) => drop(store.put_private(key, name, value.clone()).now_or_never()),
        }
    }
}
