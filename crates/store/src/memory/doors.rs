//! The doors' secret and revocations, and what is kept by name, in memory.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use parking_lot::Mutex;

use crate::{Kept, REVOCATION_KEPT_MS, Revocation};

/// See the module's documentation.
#[derive(Debug, Default)]
pub(super) struct Doors {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    secret: Option<[u8; 32]>,
    /// Oldest first.
    revocations: BTreeSet<Revocation>,
    kept: BTreeMap<Box<str>, Kept>,
}

impl Doors {
    pub(super) fn secret(&self, fresh: [u8; 32]) -> [u8; 32] {
        *self.inner.lock().secret.get_or_insert(fresh)
    }

    pub(super) fn revoke(&self, revocation: Revocation) {
        let revocations = &mut self.inner.lock().revocations;
        let oldest_ms = revocation.at_ms.saturating_sub(REVOCATION_KEPT_MS);
        while revocations.first().is_some_and(|first| first.at_ms < oldest_ms) {
            revocations.pop_first();
        }
        revocations.insert(revocation);
    }

    pub(super) fn revocations(&self, since_ms: u64) -> Vec<Revocation> {
        let from = Revocation { at_ms: since_ms, app: "".into(), user: "".into(), token: None };
        self.inner.lock().revocations.range(from..).cloned().collect()
    }

    pub(super) fn kept(&self, name: &str) -> Option<Kept> {
        self.inner.lock().kept.get(name).cloned()
    }

    pub(super) fn keep(&self, name: &str, replaces: u64, bytes: Bytes) -> bool {
        let kept = &mut self.inner.lock().kept;
        let is_it = kept.get(name).map_or(0, |kept| kept.version) == replaces;
        if is_it {
            kept.insert(name.into(), Kept { version: replaces + 1, bytes });
        }
        is_it
    }
}
