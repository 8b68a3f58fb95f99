//! The order of last use: a doubly linked list of a directory's slots. Moving one costs the same however many there are.
//!
//! The links lie side by side and not in the slots, so that moving one session does not touch the memory of its neighbours.

use crate::pages::Pages;

const NONE: u32 = u32::MAX;

/// A slot's neighbours.
#[derive(Clone, Copy, Debug)]
struct Links {
    older: u32,
    newer: u32,
}

/// See the module's documentation.
#[derive(Debug)]
pub(crate) struct Recency {
    links: Pages<Links>,
    oldest: u32,
    newest: u32,
    visited: u64,
}

impl Default for Recency {
    fn default() -> Self {
        Self { links: Pages::default(), oldest: NONE, newest: NONE, visited: 0 }
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

    /// Takes in a slot that is not in the list. Slots are numbered without a gap.
    pub(crate) fn push_newest(&mut self, at: u32) {
        if self.links.len() == at as usize {
            self.links.push(Links { older: NONE, newer: NONE });
        }
        self.links[at as usize] = Links { older: self.newest, newer: NONE };
        match self.newest {
            NONE => self.oldest = at,
            newest => self.look(newest).newer = at,
        }
        self.newest = at;
    }

    /// Makes a slot of the list the newest.
    pub(crate) fn renew(&mut self, at: u32) {
        if self.newest != at {
            self.unlink(at);
            self.push_newest(at);
        }
    }

    pub(crate) fn unlink(&mut self, at: u32) {
        let Links { older, newer } = self.links[at as usize];
        match older {
            NONE => self.oldest = newer,
            older => self.look(older).newer = newer,
        }
        match newer {
            NONE => self.newest = older,
            newer => self.look(newer).older = older,
        }
    }

    fn look(&mut self, at: u32) -> &mut Links {
        self.visited += 1;
        &mut self.links[at as usize]
    }
}
