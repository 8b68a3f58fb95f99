//! The order of last use: a doubly linked list through the slots of a directory. Moving one costs the same however many there are.

use alloc::boxed::Box;

use crate::directory::Slot;

const NONE: u32 = u32::MAX;

/// A slot's neighbours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Links {
    older: u32,
    newer: u32,
}

impl Default for Links {
    fn default() -> Self {
        Self { older: NONE, newer: NONE }
    }
}

/// The ends of the list.
#[derive(Debug)]
pub(crate) struct Recency {
    oldest: u32,
    newest: u32,
}

impl Default for Recency {
    fn default() -> Self {
        Self { oldest: NONE, newest: NONE }
    }
}

impl Recency {
    pub(crate) fn oldest(&self) -> Option<u32> {
        (self.oldest != NONE).then_some(self.oldest)
    }

    pub(crate) fn push_newest<T>(&mut self, slots: &mut [Option<Box<Slot<T>>>], at: u32) {
        *links(slots, at) = Links { older: self.newest, newer: NONE };
        match self.newest {
            NONE => self.oldest = at,
            newest => links(slots, newest).newer = at,
        }
        self.newest = at;
    }

    pub(crate) fn unlink<T>(&mut self, slots: &mut [Option<Box<Slot<T>>>], at: u32) {
        let Links { older, newer } = *links(slots, at);
        match older {
            NONE => self.oldest = newer,
            older => links(slots, older).newer = newer,
        }
        match newer {
            NONE => self.newest = older,
            newer => links(slots, newer).older = older,
        }
    }
}

fn links<T>(slots: &mut [Option<Box<Slot<T>>>], at: u32) -> &mut Links {
    slots[at as usize].as_mut().expect("the list runs through used slots alone").links_mut()
}
