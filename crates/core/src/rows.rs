//! What a directory has of each slot: the session, its neighbours in the order of use, and its place among the deadlines. All of it
//! stands side by side, so that whoever takes a session out finds it in one piece of memory, among a million of them as well.

use crate::pages::Pages;

/// No slot, or no place.
pub(crate) const NONE: u32 = u32::MAX;

/// See the module's documentation.
#[derive(Debug)]
pub(crate) struct Row<S> {
    /// What stands in the slot, while it is used.
    pub(crate) slot: Option<S>,
    /// The slot that was used before this one, and the one that was used after it.
    pub(crate) older: u32,
    pub(crate) newer: u32,
    /// Where its deadline stands in the heap.
    pub(crate) due: u32,
}

/// The rows of all slots.
pub(crate) type Rows<S> = Pages<Row<S>>;

impl<S> Row<S> {
    /// The row of a slot that is in no list yet.
    pub(crate) fn new(slot: S) -> Self {
        Self { slot: Some(slot), older: NONE, newer: NONE, due: NONE }
    }
}
