//! A replica whose upstream is a store: appends, conflicts, and a store that went back. One append is in flight at a time, and what was
//! sent once is sent again to the byte.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cmp::Ordering;

use super::{Conflict, Pending, Received, Recent, Refused, Replica, Settled, Standing};
use crate::{Head, Session};

impl<T> Replica<T> {
    /// The next append, if none is in flight: the head that it expects, and entries with the heads that they make.
    pub fn poll_append(&mut self) -> Option<(Head, Vec<(&str, Head)>)> {
        if self.is_in_flight() || self.pending.is_empty() {
            return None;
        }
        self.in_flight = self.pending.len();
        self.append_in_flight()
    }

    /// The append in flight again, to the byte: for a store that cannot tell what became of it.
    pub fn append_in_flight(&self) -> Option<(Head, Vec<(&str, Head)>)> {
        if let Some(store) = self.restoring.as_deref() {
            return Some((*store, self.lost_after(*store).collect()));
        }
        let encoded = self.pending.iter().take(self.in_flight).filter_map(|pending| pending.encoded.as_ref());
        let entries: Vec<_> = encoded.map(|(text, head)| (text.as_str(), *head)).collect();
        (!entries.is_empty()).then_some((self.confirmed.head, entries))
    }

    /// The append in flight succeeded: what it held is confirmed.
    pub fn handle_appended(&mut self) -> Vec<Pending<T>> {
        self.restoring = None;
        // Most sessions lie idle, and the room of an empty queue is larger than all else of them: it goes with what it held.
        let settled: Vec<_> = if self.in_flight == self.pending.len() {
            core::mem::take(&mut self.pending).into()
        } else {
            self.pending.drain(..self.in_flight).collect()
        };
        self.in_flight = 0;
        self.remember_all(&settled);
        match self.tail.take() {
            Some(tail) if self.pending.is_empty() => self.confirmed = *tail,
            tail => {
                self.tail = tail;
                self.confirm(&settled);
            }
        }
        settled
    }

    fn confirm(&mut self, settled: &[Pending<T>]) {
        for pending in settled {
            if let (Some(entry), Some((_, head))) = (&pending.entry, &pending.encoded) {
                self.confirmed.apply(entry, head.chain);
            }
        }
    }

    fn remember_all(&mut self, settled: &[Pending<T>]) {
        settled.iter().filter_map(|pending| pending.encoded.as_ref()).for_each(|(text, head)| self.remember(text, *head));
    }

    /// Keeps a confirmed entry at hand.
    pub(super) fn remember(&mut self, text: &str, head: Head) {
        if self.recent_max > 0 {
            self.recent.push_back((text.into(), head));
            self.recent.drain(..self.recent.len().saturating_sub(self.recent_max));
        }
    }

    /// The append in flight met another head. What of it is in the store after all is confirmed; what is missed is applied, what it
    /// settles is settled, and the rest is decided anew.
    ///
    /// # Errors
    /// Why the missed entries were not taken; the replica is to be given up then.
    pub fn handle_conflict(&mut self, missed: &[&str]) -> Result<Conflict<T>, Received> {
        // What others gave the store again is confirmed here.
        let known = self.restoring.take().map_or(0, |store| self.lost_after(*store).count());
        let missed = missed.get(known..).unwrap_or_default();
        let is_own = |(pending, text): &(&Pending<T>, &&str)| pending.encoded.as_ref().is_some_and(|(own, _)| own == *text);
        let own = self.pending.iter().take(self.in_flight).zip(missed).take_while(is_own).count();
        if own == missed.len() && own == self.in_flight {
            let appended = self.handle_appended();
            return Ok(Conflict { appended, settled: Vec::new(), refused: Vec::new() });
        }
        self.in_flight = 0;
        let appended: Vec<_> = self.pending.drain(..own).collect();
        self.remember_all(&appended);
        self.confirm(&appended);
        let settled = match self.handle_entries(self.confirmed.head, &missed[own..]) {
            Ok(settled) => settled,
            Err(why) => {
                // Their owner has yet to answer for them.
                appended.into_iter().rev().for_each(|pending| self.pending.push_front(pending));
                return Err(why);
            }
        };
        #[cfg(feature = "planted")]
        if crate::planted::is_planted(crate::planted::Planted::DropsCommand) {
            self.pending.pop_back();
        }
        self.rebase();
        Ok(Conflict { appended, settled, refused: self.take_refused() })
    }

    /// What the store's head says about what is confirmed here.
    pub fn standing(&self, store: Head) -> Standing {
        let confirmed = self.confirmed.head;
        match store.version.cmp(&confirmed.version) {
            Ordering::Equal if store == confirmed => Standing::Current,
            Ordering::Greater => Standing::Ahead,
            _ if self.lost_since(store).is_some() => Standing::Behind,
            _ => Standing::Apart,
        }
    }

    /// Where in the recent entries those begin that follow a place in the log.
    fn lost_since(&self, store: Head) -> Option<usize> {
        let is_first = store == Head::ZERO && self.recent.front().is_some_and(|(_, head)| head.version == 1);
        let at = self.recent.iter().position(|(_, head)| *head == store).map(|at| at + 1);
        at.or(is_first.then_some(0)).filter(|at| *at < self.recent.len())
    }

    /// The recent entries that follow a place in the log; none where that is not at hand.
    fn lost_after(&self, store: Head) -> impl Iterator<Item = (&str, Head)> {
        let at = self.lost_since(store).unwrap_or(self.recent.len());
        self.recent.iter().skip(at).map(|(text, head)| (&**text, *head))
    }

    /// The append that gives a store what it lost, to the byte. While it is in flight nothing else is.
    pub fn poll_restore(&mut self, store: Head) -> Option<(Head, Vec<(&str, Head)>)> {
        self.lost_since(store)?;
        self.in_flight = 0;
        self.restoring = Some(Box::new(store));
        self.append_in_flight()
    }

    /// Whether the append in flight is one that gives a store what it lost.
    pub fn is_restoring(&self) -> bool {
        self.restoring.is_some()
    }

    /// Whether others wrote something else in the place of what is on its way to the store again.
    pub fn is_written_over(&self, missed: &[&str]) -> bool {
        self.restoring.as_deref().is_some_and(|store| {
            let mut missed = missed.iter();
            self.lost_after(*store).any(|(text, _)| missed.next().is_none_or(|other| *other != text))
        })
    }

    /// Confirmed entries that a store with another history does not have any more, as far as they are at hand: those behind a version
    /// that are not among what it has.
    pub fn take_lost(&mut self, after: u64, store: &[&str]) -> Vec<(Box<str>, Head)> {
        let is_lost = |(text, head): &(Box<str>, Head)| head.version > after && !store.contains(&&**text);
        self.recent.drain(..).filter(is_lost).collect()
    }

    /// Confirmed entries that were on their way to the store again.
    pub fn take_unrestored(&mut self) -> Vec<(Box<str>, Head)> {
        let Some(store) = self.restoring.take() else { return Vec::new() };
        let at = self.lost_since(*store).unwrap_or(self.recent.len());
        self.recent.drain(..).skip(at).collect()
    }

    /// The store's truth is another history: it is taken, what is at hand of it too, and the pending commands are decided anew on it.
    pub fn handle_history(&mut self, (confirmed, recent): (Session, Recent)) -> (Vec<Settled<T>>, Refused<T>) {
        (self.in_flight, self.restoring) = (0, None);
        self.recent = recent;
        let settled = self.reset(confirmed);
        self.rebase();
        (settled, self.take_refused())
    }

    /// Removes the pending commands that could not be decided.
    fn take_refused(&mut self) -> Refused<T> {
        let mut refused = Vec::new();
        for mut pending in core::mem::take(&mut self.pending) {
            if pending.entry.is_none()
                && let Some(rejection) = pending.rejection.take()
            {
                refused.push((pending, rejection));
            } else {
                self.pending.push_back(pending);
            }
        }
        refused
    }

    /// Gives up everything that is pending: its outcome is not known here any more.
    pub fn abandon(&mut self) -> Vec<Pending<T>> {
        (self.in_flight, self.restoring) = (0, None);
        self.tail = None;
        self.pending.drain(..).collect()
    }
}
