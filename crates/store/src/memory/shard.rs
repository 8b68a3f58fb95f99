//! A part of the sessions under one lock, with their tombstones and their deadlines.
//!
//! It must never look at a session to find one that is due, and never forget a tombstone before its time.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::ops::Bound;

use super::App;
use super::session::{NEVER, Place, Session};
use crate::{Key, Meta, Waiting};

/// How long a tombstone stays: 30 days.
const TOMBSTONE_MS: u64 = 30 * 24 * 60 * 60 * 1000;

/// A key with its app as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Id {
    app: u32,
    pub(super) session: [u8; 16],
}

/// A place among those that wait: the app, since when, and the session.
type WaitingAt = (u32, u64, [u8; 16]);

/// A session's place in the indexes before and after a change.
pub(super) struct Moved {
    pub(super) before: Place,
    pub(super) after: Place,
}

#[derive(Debug, Default)]
pub(super) struct Shard {
    /// `None` is a tombstone.
    pub(super) sessions: HashMap<Id, Option<Box<Session>>>,
    due: BTreeSet<(u64, Id)>,
    /// Sessions that wait for an answer by app and time, with the message and, behind its 16 bytes, whose they are.
    waiting: BTreeMap<WaitingAt, Box<[u8]>>,
    /// Tombstones in the order they were made, with their times.
    buried: VecDeque<(u64, Id)>,
    numbers: HashMap<App, u32>,
    apps: Vec<App>,
}

impl Shard {
    pub(super) fn id(&self, app: &str, session: [u8; 16]) -> Option<Id> {
        self.numbers.get(app).map(|&app| Id { app, session })
    }

    pub(super) fn intern(&mut self, key: &Key) -> Id {
        if let Some(id) = self.id(&key.app, key.session) {
            return id;
        }
        let app = u32::try_from(self.apps.len()).expect("fewer than four thousand million apps");
        self.apps.push(key.app.clone());
        self.numbers.insert(key.app.clone(), app);
        Id { app, session: key.session }
    }

    pub(super) fn insert_due(&mut self, deadline_ms: u64, id: Id) {
        if deadline_ms != NEVER {
            self.due.insert((deadline_ms, id));
        }
    }

    pub(super) fn remove_due(&mut self, deadline_ms: u64, id: Id) {
        if deadline_ms != NEVER {
            self.due.remove(&(deadline_ms, id));
        }
    }

    pub(super) fn due(&self, now_ms: u64, limit: usize) -> impl Iterator<Item = (u64, Key)> {
        let key = |id: Id| Key { app: self.apps[id.app as usize].clone(), session: id.session };
        self.due.iter().take_while(move |(deadline_ms, _)| *deadline_ms <= now_ms).take(limit).map(move |&(at, id)| (at, key(id)))
    }

    /// A session waits for an answer, or no more.
    pub(super) fn set_waiting(&mut self, before_ms: u64, meta: &Meta, id: Id) {
        self.remove_waiting(before_ms, id);
        if let Some(unanswered) = meta.unanswered {
            self.waiting.insert(
                (id.app, unanswered.at_ms, id.session),
                [&unanswered.message[..], meta.user.as_bytes()].concat().into_boxed_slice(),
            );
        }
    }

    fn remove_waiting(&mut self, waiting_ms: u64, id: Id) {
        if waiting_ms != NEVER {
            self.waiting.remove(&(id.app, waiting_ms, id.session));
        }
    }

    pub(super) fn unanswered(&self, app: &str, after: Option<(u64, [u8; 16])>, limit: usize) -> Vec<Waiting> {
        let Some(&app) = self.numbers.get(app) else { return Vec::new() };
        let first = after.map_or(Bound::Included((app, 0, [0; 16])), |(at_ms, session)| Bound::Excluded((app, at_ms, session)));
        let rows = self.waiting.range((first, Bound::Included((app, u64::MAX, [u8::MAX; 16])))).take(limit);
        let row = |&(_, at_ms, session): &WaitingAt, asked: &[u8]| {
            let (message, user) = asked.split_first_chunk().expect("a message's id stands in front");
            Waiting { session, message: *message, user: String::from_utf8_lossy(user).into(), at_ms }
        };
        rows.map(|(at, asked)| row(at, asked)).collect()
    }

    /// Puts a tombstone in a session's place and hands out what was there; `None` if there was no live session.
    pub(super) fn bury(&mut self, id: Id, now_ms: u64) -> Option<Box<Session>> {
        let session = self.sessions.get_mut(&id)?.take()?;
        self.remove_due(session.deadline_ms, id);
        self.remove_waiting(session.place().waiting_ms, id);
        self.buried.push_back((now_ms, id));
        Some(session)
    }

    /// The message of a session that waits.
    pub(super) fn waiting_message(&self, waiting_ms: u64, id: Id) -> Option<[u8; 16]> {
        self.waiting.get(&(id.app, waiting_ms, id.session)).and_then(|asked| asked.first_chunk().copied())
    }

    /// Takes a session out of the indexes here, that another is put in the place of.
    pub(super) fn take_out(&mut self, id: Id) {
        if let Some(session) = self.sessions.remove(&id).flatten() {
            self.remove_due(session.deadline_ms, id);
            self.remove_waiting(session.place().waiting_ms, id);
        }
    }

    /// Puts a tombstone where nothing is.
    pub(super) fn put_tombstone(&mut self, id: Id, at_ms: u64) {
        self.sessions.insert(id, None);
        self.buried.push_back((at_ms, id));
    }

    /// When a session was erased that is.
    pub(super) fn buried_at(&self, id: Id) -> Option<u64> {
        self.buried.iter().find(|(_, buried)| *buried == id).map(|(at_ms, _)| *at_ms)
    }

    /// The keys of all sessions and tombstones.
    pub(super) fn keys(&self) -> Vec<Key> {
        self.sessions.keys().map(|id| Key { app: self.apps[id.app as usize].clone(), session: id.session }).collect()
    }

    pub(super) fn drop_old_tombstones(&mut self, now_ms: u64) {
        while let Some(&(at, id)) = self.buried.front() {
            if at.saturating_add(TOMBSTONE_MS) > now_ms {
                break;
            }
            self.buried.pop_front();
            self.sessions.remove(&id);
        }
    }
}
