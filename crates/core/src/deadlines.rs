//! When each session of a directory is next due: a heap, and where each slot stands in it (in its row), so that what leaves or moves is
//! taken out at once and nothing that lapsed is kept. Every operation costs the logarithm of their number.

use core::cell::Cell;

use crate::pages::Pages;
use crate::rows::{NONE, Rows};

/// How many children a node has: fewer levels than with two, and a level's children lie side by side.
const CHILDREN: usize = 4;

/// A time and the slot that it belongs to. Equal times are told apart by their slots, so the order is the same everywhere.
type Node = (u64, u32);

/// See the module's documentation.
#[derive(Debug, Default)]
pub(crate) struct Deadlines {
    heap: Pages<Node>,
    visited: Cell<u64>,
}

impl Deadlines {
    /// The earliest time, and whose it is.
    pub(crate) fn first(&self) -> Option<Node> {
        self.heap.get(0).copied()
    }

    /// The time of a slot.
    pub(crate) fn time<S>(&self, rows: &Rows<S>, slot: u32) -> Option<u64> {
        place(rows, slot).map(|place| self.heap[place].0)
    }

    /// Sets the time of a slot, or takes it out.
    pub(crate) fn set<S>(&mut self, rows: &mut Rows<S>, slot: u32, time: Option<u64>) {
        match (place(rows, slot), time) {
            (Some(place), Some(time)) => {
                self.heap[place].0 = time;
                self.settle(rows, place);
            }
            (None, Some(time)) => {
                self.heap.push((time, slot));
                self.settle(rows, self.heap.len() - 1);
            }
            (Some(place), None) => self.take(rows, place),
            (None, None) => {}
        }
    }

    /// How many nodes were looked at so far.
    pub(crate) fn visited(&self) -> u64 {
        self.visited.get()
    }

    /// The last node comes into the place of the one that goes.
    fn take<S>(&mut self, rows: &mut Rows<S>, place: usize) {
        rows[self.heap[place].1 as usize].due = NONE;
        if let Some(last) = self.heap.pop()
            && place < self.heap.len()
        {
            self.heap[place] = last;
            self.settle(rows, place);
        }
    }

    /// Moves a node up or down to where it belongs.
    fn settle<S>(&mut self, rows: &mut Rows<S>, mut place: usize) {
        let node = self.heap[place];
        while place > 0 && node < self.look((place - 1) / CHILDREN) {
            self.put(rows, place, self.heap[(place - 1) / CHILDREN]);
            place = (place - 1) / CHILDREN;
        }
        while let Some((child, earliest)) = self.earliest_child(place).filter(|(_, child)| *child < node) {
            self.put(rows, place, earliest);
            place = child;
        }
        self.put(rows, place, node);
    }

    fn earliest_child(&self, place: usize) -> Option<(usize, Node)> {
        let first = place * CHILDREN + 1;
        let children = first..(first + CHILDREN).min(self.heap.len());
        children.map(|child| (child, self.look(child))).min_by_key(|(_, node)| *node)
    }

    fn look(&self, place: usize) -> Node {
        self.visited.set(self.visited.get() + 1);
        self.heap[place]
    }

    fn put<S>(&mut self, rows: &mut Rows<S>, place: usize, node: Node) {
        self.heap[place] = node;
        rows[node.1 as usize].due = place as u32;
    }
}

/// Where a slot's node stands in the heap.
fn place<S>(rows: &Rows<S>, slot: u32) -> Option<usize> {
    Some(rows[slot as usize].due).filter(|place| *place != NONE).map(|place| place as usize)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::rows::Row;

    proptest! {
        #[test]
        fn the_earliest_is_first(acts in proptest::collection::vec((0..40_u32, proptest::option::of(0..100_u64)), 1..300)) {
            let (mut deadlines, mut plain, mut rows) = (Deadlines::default(), BTreeMap::new(), Rows::default());
            (0..40).for_each(|_| rows.push(Row::new(())));
            for (slot, time) in acts {
                deadlines.set(&mut rows, slot, time);
                match time {
                    Some(time) => plain.insert(slot, time),
                    None => plain.remove(&slot),
                };
                let first = plain.iter().map(|(slot, time)| (*time, *slot)).min();
                prop_assert_eq!((deadlines.first(), deadlines.heap.len()), (first, plain.len()));
                prop_assert!((0..40).all(|slot| deadlines.time(&rows, slot) == plain.get(&slot).copied()));
            }
        }
    }
}
