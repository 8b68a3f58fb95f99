//! Which rows sessions name, as far as this host knows because it appended to them last: an append then brings the rows that it needs, and
//! need not ask first.
//!
//! It is a guess and nothing rests on it: the script compares, and a wrong one costs the question that a right one saves.

use std::collections::HashMap;
use std::sync::Arc;

use colloq_store::{Key, Meta, Unanswered};
use parking_lot::Mutex;

use crate::rows::Written;

/// Of so many sessions something is known; beyond that all are forgotten.
const KNOWN_MAX: usize = 65_536;

/// See the module's documentation.
#[derive(Default)]
pub(crate) struct Known(Mutex<HashMap<Key, Named>>);

/// What a session names.
struct Named {
    generation: u64,
    user: Arc<str>,
    /// How late its row stands; `None` where that is not known.
    due_ms: Option<u64>,
    unanswered: Option<Unanswered>,
}

impl Known {
    /// The rows that an append will need.
    pub(crate) fn needed(&self, key: &Key, meta: &Meta) -> Written {
        let known = self.0.lock();
        let Some(named) = known.get(key) else { return Written::default() };
        let is_earlier = meta.deadline_ms.zip(named.due_ms).is_some_and(|(wanted_ms, due_ms)| wanted_ms < due_ms);
        let is_asked = meta.unanswered.is_some() && meta.unanswered != named.unanswered;
        let needs = [(named.user != meta.user, 'l'), (is_earlier, 'd'), (is_asked, 'w')];
        let which: String = needs.into_iter().filter_map(|(is_needed, which)| is_needed.then_some(which)).collect();
        Written { generation: (!which.is_empty()).then_some(named.generation + 1), which }
    }

    /// An append was done, and made these rows the session's own.
    pub(crate) fn note(&self, key: &Key, meta: &Meta, written: &Written) {
        let mut known = self.0.lock();
        let before = known.get(key);
        let Some(generation) = written.generation.or(before.map(|named| named.generation)) else { return };
        let due_ms = before.and_then(|named| named.due_ms);
        let named = Named {
            generation,
            user: Arc::clone(&meta.user),
            due_ms: if written.which.contains('d') { meta.deadline_ms } else { due_ms },
            unanswered: meta.unanswered,
        };
        if known.len() >= KNOWN_MAX {
            known.clear();
        }
        known.insert(key.clone(), named);
    }

    /// Somebody else changed the session.
    pub(crate) fn forget(&self, key: &Key) {
        self.0.lock().remove(key);
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn only_what_changes_needs_rows() {
        let (known, key) = (Known::default(), Key { app: "shop".into(), session: [1; 16] });
        let mut meta = Meta { user: "ada".into(), summary: Bytes::new(), active_ms: 1, deadline_ms: Some(1_000), unanswered: None };
        let needed = |meta: &Meta| {
            let Written { generation, which } = known.needed(&key, meta);
            (generation, which)
        };
        assert_eq!(needed(&meta), (None, String::new()), "nothing is known");
        known.note(&key, &meta, &Written { generation: Some(1), which: "ldw".into() });
        meta.deadline_ms = Some(2_000);
        assert_eq!(needed(&meta), (None, String::new()), "a later deadline needs no row");
        meta.unanswered = Some(Unanswered { message: [7; 16], at_ms: 5 });
        assert_eq!(needed(&meta), (Some(2), "w".into()));
        known.note(&key, &meta, &Written { generation: Some(2), which: "w".into() });
        assert_eq!(needed(&meta), (None, String::new()), "it has that row");
        (meta.deadline_ms, meta.user) = (Some(900), "bob".into());
        assert_eq!(needed(&meta), (Some(3), "ld".into()));
        known.forget(&key);
        assert_eq!(needed(&meta), (None, String::new()));
    }
}
