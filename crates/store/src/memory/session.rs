//! One session in memory: what the indexes are ordered by, and all else open or packed.
//!
//! A session is packed when its host says that nobody uses it, and opened by whatever changes it. What only reads it leaves it packed.

use std::borrow::Cow;

use bytes::Bytes;

use super::kept::Kept;
use super::packed::Packed;
use super::users::User;
use crate::{Append, Head, Loaded, Meta, PrivateError, Record, Snapshot, Touch, Unanswered, Whole};

/// The deadline of a session that never needs attention.
pub(super) const NEVER: u64 = u64::MAX;

/// What the indexes are ordered by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) user: User,
    pub(super) active_ms: u64,
    pub(super) deadline_ms: u64,
    /// [`NEVER`] where nobody waits for an answer.
    pub(super) waiting_ms: u64,
}

#[derive(Debug)]
pub(super) struct Session {
    pub(super) user: User,
    pub(super) active_ms: u64,
    /// [`NEVER`] stands for none: an `Option` would take eight bytes more in each of a million sessions.
    pub(super) deadline_ms: u64,
    /// Since when its newest user message waits for an answer; [`NEVER`] where none does.
    waiting_ms: u64,
    held: Held,
}

#[derive(Debug)]
enum Held {
    Open(Box<Kept>),
    Packed(Packed),
}

impl Session {
    pub(super) fn new(user: User, append: &Append) -> Self {
        let held = Held::Open(Box::new(Kept::new()));
        let mut session = Self { user, active_ms: 0, deadline_ms: NEVER, waiting_ms: NEVER, held };
        session.append(user, append);
        session
    }

    /// A session out of an archive.
    pub(super) fn of_whole(user: User, whole: &Whole) -> Self {
        let meta = &whole.meta;
        Self {
            user,
            active_ms: meta.active_ms,
            deadline_ms: meta.deadline_ms.unwrap_or(NEVER),
            waiting_ms: meta.unanswered.map_or(NEVER, |unanswered| unanswered.at_ms),
            held: Held::Open(Box::new(Kept::of_whole(whole))),
        }
    }

    /// All of it; the index of those that wait knows its message.
    pub(super) fn whole(&self, message: Option<[u8; 16]>) -> Whole {
        let kept = self.kept();
        let unanswered = message.map(|message| Unanswered { message, at_ms: self.waiting_ms });
        let meta = Meta {
            user: (*kept.user).into(),
            summary: Bytes::copy_from_slice(&kept.summary),
            active_ms: self.active_ms,
            deadline_ms: (self.deadline_ms != NEVER).then_some(self.deadline_ms),
            unanswered,
        };
        Whole { meta, snapshot: kept.snapshot.as_deref().cloned(), records: kept.all_records(), privates: kept.all_privates() }
    }

    pub(super) fn place(&self) -> Place {
        Place { user: self.user, active_ms: self.active_ms, deadline_ms: self.deadline_ms, waiting_ms: self.waiting_ms }
    }

    pub(super) fn head(&self) -> Head {
        self.kept().head()
    }

    /// Takes records that were decided on this very head.
    pub(super) fn append(&mut self, user: User, append: &Append) {
        self.user = user;
        self.open().append(append);
        self.active_ms = self.active_ms.max(append.meta.active_ms);
        self.deadline_ms = append.meta.deadline_ms.unwrap_or(NEVER);
        self.waiting_ms = append.meta.unanswered.map_or(NEVER, |unanswered| unanswered.at_ms);
    }

    /// Moves the time of activity forward; `false` if it is earlier than what is known.
    pub(super) fn touch(&mut self, touch: Touch) -> bool {
        let is_news = touch.active_ms >= self.active_ms;
        if is_news {
            self.active_ms = touch.active_ms;
            self.deadline_ms = touch.deadline_ms.unwrap_or(NEVER);
        }
        is_news
    }

    /// Nobody uses it: it is packed.
    pub(super) fn rest(&mut self) {
        if let Held::Open(kept) = &self.held {
            self.held = Held::Packed(Packed::new(kept));
        }
    }

    pub(super) fn load(&self) -> Loaded {
        let (snapshot, records) = self.kept().load();
        Loaded { snapshot, records, touched_ms: self.active_ms }
    }

    /// What an append on another head has missed.
    pub(super) fn missed(&self, expected: Head) -> Loaded {
        match self.entries_after(expected, usize::MAX) {
            Some(records) => Loaded { snapshot: None, records, touched_ms: self.active_ms },
            None => self.load(),
        }
    }

    pub(super) fn entries_after(&self, after: Head, max_bytes: usize) -> Option<Vec<Record>> {
        self.kept().entries_after(after, max_bytes)
    }

    pub(super) fn head_at(&self, version: u64) -> Option<Head> {
        self.kept().head_at(version)
    }

    pub(super) fn put_snapshot(&mut self, snapshot: &Snapshot) {
        self.open().put_snapshot(snapshot);
    }

    pub(super) fn summary(&self) -> Bytes {
        Bytes::copy_from_slice(&self.kept().summary)
    }

    pub(super) fn put_private(&mut self, name: &str, value: Option<&Bytes>) -> Result<(), PrivateError> {
        self.open().put_private(name, value)
    }

    pub(super) fn private(&self, name: &str) -> Option<Bytes> {
        self.kept().private(name)
    }

    pub(super) fn privates(&self) -> Vec<String> {
        self.kept().private_names()
    }

    /// All else, to look at.
    fn kept(&self) -> Cow<'_, Kept> {
        match &self.held {
            Held::Open(kept) => Cow::Borrowed(kept),
            Held::Packed(packed) => Cow::Owned(packed.open()),
        }
    }

    /// All else, to change: it stays open until the session rests again.
    pub(super) fn open(&mut self) -> &mut Kept {
        if let Held::Packed(packed) = &self.held {
            self.held = Held::Open(Box::new(packed.open()));
        }
        let Held::Open(kept) = &mut self.held else { unreachable!("it was opened") };
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a session at rest this, its block and its rows in the indexes are all there is. Eight bytes say since when it waits for an answer.
    #[test]
    fn a_session_takes_little_beside_its_block() {
        assert_eq!(size_of::<Session>(), 56);
    }
}
