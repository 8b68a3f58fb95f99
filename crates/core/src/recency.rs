//! The order of last use: a doubly linked list of a directory's slots. Moving one costs the same however many there are.
//!
//! The links stand in the rows and not in the sessions, so that moving one does not touch the memory of its neighbours.

use crate::rows::{NONE, Row, Rows};

/// See the module's documentation.
#[derive(Debug)]
pub(crate) struct Recency {
    oldest: u32,
    newest: u32,
    visited: u64,
}

impl Default for Recency {
    fn default() -> Self {
        Self { oldest: NONE, newest: NONE, visited: 0 }
    }
}

impl Recency {
    pub(crate) fn oldest(&self) -> Option<u32> {
        (self.oldest != NONE).then_some(self.oldest)
    }

    /// How many neighbours were looked at so far.
    pub(crate) fn visited(&self) -> u64 {
        self.visited
    }

    /// Takes in a slot that is not in the list.
    pub(crate) fn push_newest<S>(&mut self, rows: &mut Rows<S>, at: u32) {
        (rows[at as usize].older, rows[at as usize].newer) = (self.newest, NONE);
        match self.newest {
            NONE => self.oldest = at,
            newest => self.look(rows, newest).newer = at,
        }
        self.newest = at;
    }

    /// Makes a slot of the list the newest.
    pub(crate) fn renew<S>(&mut self, rows: &mut Rows<S>, at: u32) {
        if self.newest != at {
            self.unlink(rows, at);
            self.push_newest(rows, at);
        }
    }

    pub(crate) fn unlink<S>(&mut self, rows: &mut Rows<S>, at: u32) {
        let Row { older, newer, .. } = rows[at as usize];
        match older {
            NONE => self.oldest = newer,
            older => self.look(rows, older).newer = newer,
        }
        match newer {
            NONE => self.newest = older,
            newer => self.look(rows, newer).older = older,
        }
    }

    fn look<'r, S>(&mut self, rows: &'r mut Rows<S>, at: u32) -> &'r mut Row<S> {
        self.visited += 1;
        &mut rows[at as usize]
    }
}
