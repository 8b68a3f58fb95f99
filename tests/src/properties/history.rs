//! The log of one session as a store keeps it, and the state after each of its entries.

use colloq_core::json::Json;
use colloq_core::{Entry, Head, Id, Pending, Replica, Session, Upstream};

use super::APP;

/// What came of an append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appended {
    /// It is in the log now.
    Now,
    /// It was there already, to the byte.
    Already,
    /// The log has another head.
    Conflict,
}

/// See the module's documentation.
pub struct History {
    entries: Vec<(String, Head)>,
    /// The state before the first entry, and after each.
    states: Vec<Session>,
}

impl History {
    /// A log without entries.
    pub fn new(session: Id) -> Self {
        Self { entries: Vec::new(), states: vec![Session::vacant(APP, session)] }
    }

    /// The head after the last entry.
    pub fn head(&self) -> Head {
        self.entries.last().map_or(Head::ZERO, |(_, head)| *head)
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The state after so many entries.
    pub fn state(&self, version: usize) -> &Session {
        &self.states[version]
    }

    /// The texts of the entries after a version.
    pub fn texts(&self, version: usize) -> Vec<&str> {
        self.entries[version..].iter().map(|(text, _)| text.as_str()).collect()
    }

    /// Those after one version and up to another, to be sent.
    pub fn copies(&self, after: u64, upto: u64) -> Vec<String> {
        self.entries[after as usize..upto as usize].iter().map(|(text, _)| text.clone()).collect()
    }

    /// The entries, read.
    pub fn entries(&self) -> Vec<Entry> {
        self.entries.iter().map(|(text, _)| Entry::from_json(text).expect("an entry of the log reads")).collect()
    }

    /// Whether a head is one that this log had.
    pub fn has(&self, head: Head) -> bool {
        self.states.get(head.version as usize).is_some_and(|state| state.head == head)
    }

    /// Appends at a head.
    ///
    /// # Panics
    /// If an entry does not continue the log, or makes another head than its sender says.
    pub fn append(&mut self, expected: Head, entries: &[(String, Head)]) -> Appended {
        let at = expected.version as usize;
        if self.has(expected) && self.entries[at..].starts_with(entries) {
            return Appended::Already;
        }
        if expected != self.head() {
            return Appended::Conflict;
        }
        for (text, head) in entries {
            let mut replica = Replica::<()>::new(Upstream::Host, self.states[self.states.len() - 1].clone());
            replica.handle_entries(self.head(), &[text.as_str()]).expect("an entry continues the log");
            assert_eq!(replica.confirmed().head, *head, "an entry makes the head that its sender says");
            self.states.push(replica.confirmed().clone());
            self.entries.push((text.clone(), *head));
        }
        Appended::Now
    }

    /// The state that all entries make, replayed from the first.
    pub fn replay(&self) -> Session {
        self.replay_from(self.states[0].clone())
    }

    /// The state that the entries after a state make of it.
    ///
    /// # Panics
    /// If they do not continue it.
    pub fn replay_from(&self, state: Session) -> Session {
        let from = state.head;
        let mut replica = Replica::<()>::new(Upstream::Host, state);
        replica.handle_entries(from, &self.texts(from.version as usize)).expect("the log replays");
        replica.confirmed().clone()
    }

    /// The state as a host loads it: out of a snapshot at a version, and the entries after it.
    ///
    /// # Panics
    /// If the snapshot does not read.
    pub fn load(&self, cut: usize) -> Session {
        let kept = &self.states[cut];
        if cut == 0 {
            return self.replay();
        }
        self.replay_from(Session::from_snapshot(&kept.to_snapshot(), kept.head.chain).expect("a snapshot reads"))
    }
}

/// The entries of pending commands, as they are appended.
pub fn entries_of<T>(replica: &Replica<T>, count: usize) -> Vec<(String, Head)> {
    let encoded = |pending: &Pending<T>| pending.encoded.clone().expect("what is appended is encoded");
    replica.pending().iter().take(count).map(encoded).collect()
}
