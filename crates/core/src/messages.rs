//! The messages of a live session, oldest first: a rope of encoded chunks, shared between the confirmed state and the optimistic one.
//!
//! Sealed messages stand in a chunk as the JSON that is sent, one behind the other, so a read copies a few long runs. A segment shows a
//! run of a chunk; what leaves is cut off the segments, and no chunk is ever rewritten. New messages begin chunks of their own, which
//! are joined as a binary counter counts, so that a list of any length has few.

mod chunk;

use alloc::string::String;
use alloc::vec::Vec;

pub use chunk::Message;
pub(crate) use chunk::checksum;
use chunk::{Chunk, Segment};

use crate::Id;
use crate::message::{Draft, Status};

/// Chunks of up to so many messages are joined.
const JOINED_MAX: usize = 64;
/// And of so many bytes together.
const JOINED_BYTES_MAX: usize = 64 * 1024;

/// An ordered list of messages. A clone shares all chunks.
#[derive(Clone, Debug, Default)]
pub struct Messages {
    segments: Vec<Segment>,
    len: usize,
    content_bytes: u64,
    /// The highest id ever held: a higher one is new without a search, and ids grow with time.
    highest: Option<Id>,
    /// The sum of the checksums of all sealed messages.
    sum: u64,
}

/// Where a message stands: its segment, and its row in that segment's chunk.
type Place = (usize, usize);

impl Messages {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The bytes of all their texts.
    pub fn content_bytes(&self) -> u64 {
        self.content_bytes
    }

    /// All of them, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Message<'_>> + Clone {
        self.segments.iter().flat_map(Segment::messages)
    }

    /// One by its id. The search begins at the newest.
    pub fn find(&self, id: Id) -> Option<Message<'_>> {
        self.place(id).map(|(segment, row)| self.segments[segment].message(row))
    }

    /// The newest one.
    pub fn last(&self) -> Option<Message<'_>> {
        self.iter().next_back()
    }

    /// Writes the newest `count`, oldest first, with commas between them.
    pub fn write_last(&self, count: usize, out: &mut String) {
        let mut skip = self.len.saturating_sub(count);
        let mut is_first = true;
        for segment in &self.segments {
            let skipped = skip.min(segment.len());
            skip -= skipped;
            if skipped < segment.len() {
                out.push_str(if core::mem::take(&mut is_first) { "" } else { "," });
                segment.write(skipped, out);
            }
        }
    }

    /// How many bytes their JSON takes, about.
    pub(crate) fn json_len(&self) -> usize {
        self.segments.iter().map(Segment::json_len).sum()
    }

    /// What the list holds, in 64 bits, whatever way it came about. It finds what went wrong, not what somebody forged.
    pub(crate) fn checksum(&self) -> u64 {
        let open = self.segments.iter().filter_map(Segment::open).map(|draft| checksum(&crate::json::Json::to_json(draft)));
        open.fold(self.sum, u64::wrapping_add)
    }

    /// Whether both lists show the same chunks: then they are equal. Equal ones may show others.
    pub fn shares(&self, other: &Self) -> bool {
        self.segments.len() == other.segments.len() && self.shared_segments(other).1 == self.segments.len()
    }

    /// Where this list and another begin and end to differ: how many messages both have at the beginning, and how many at the end.
    pub fn common(&self, other: &Self) -> (usize, usize) {
        let same = |(one, other): &(Message<'_>, Message<'_>)| one.is_same(other);
        let (shared, ours, theirs) = self.shared_segments(other);
        let start = shared + self.iter_from(ours).zip(other.iter_from(theirs)).take_while(same).count();
        let rest = self.len.min(other.len) - start;
        let end = self.iter().rev().zip(other.iter().rev()).take(rest).take_while(same).count();
        (start, end)
    }

    /// How many messages the segments hold that both lists begin with, and the first segment of each behind them.
    fn shared_segments(&self, other: &Self) -> (usize, usize, usize) {
        let shared = self.segments.iter().zip(&other.segments).take_while(|(one, other)| one.is_same(other)).count();
        (self.segments[..shared].iter().map(Segment::len).sum(), shared, shared)
    }

    fn iter_from(&self, segment: usize) -> impl Iterator<Item = Message<'_>> {
        self.segments[segment..].iter().flat_map(Segment::messages)
    }

    /// The place of one in the order.
    pub fn position(&self, id: Id) -> Option<usize> {
        let (segment, row) = self.place(id)?;
        let before: usize = self.segments[..segment].iter().map(Segment::len).sum();
        Some(before + self.segments[segment].offset(row))
    }

    /// The oldest that have to leave so that at most `count` messages and `bytes` of text remain; never one that streams.
    pub(crate) fn surplus(&self, count: usize, bytes: u64) -> Vec<Id> {
        let mut left = (self.len, self.content_bytes);
        let mut surplus = Vec::new();
        for message in self.iter() {
            if left.0 <= count && left.1 <= bytes {
                break;
            }
            if message.status() != Status::Streaming {
                surplus.push(message.id());
                left = (left.0 - 1, left.1 - u64::from(message.content_bytes()));
            }
        }
        surplus
    }
}

/// Changes.
impl Messages {
    /// Appends one.
    pub(crate) fn push(&mut self, draft: Draft) {
        self.highest = self.highest.max(Some(draft.id));
        self.put(self.segments.len(), draft);
        self.join();
    }

    /// Changes one; does nothing where it is not there.
    pub(crate) fn change(&mut self, id: Id, change: &mut dyn FnMut(&mut Draft)) {
        let Some((segment, row)) = self.place(id) else { return };
        // What streams is alone in its chunk, and changed in place where nobody else holds it.
        let before = self.segments[segment].message(row).content_bytes();
        if let Some(after) = self.segments[segment].change_open(change) {
            self.content_bytes = self.content_bytes - u64::from(before) + u64::from(after);
            if self.segments[segment].message(row).status() == Status::Streaming {
                return;
            }
            let sealed = self.segments[segment].message(row).to_draft();
            let at = self.take(segment, row);
            return self.put(at, sealed);
        }
        let mut draft = self.segments[segment].message(row).to_draft();
        change(&mut draft);
        let at = self.take(segment, row);
        self.put(at, draft);
    }

    /// Shows the message that another list holds under an id, in the place of this one's.
    pub(crate) fn adopt(&mut self, id: Id, other: &Self) {
        if let (Some((segment, row)), Some((theirs, their_row))) = (self.place(id), other.place(id)) {
            let at = self.take(segment, row);
            self.insert(at, other.segments[theirs].alone(their_row));
        }
    }

    /// Removes those with these ids.
    pub(crate) fn remove(&mut self, ids: &[Id]) {
        for id in ids {
            // Those that are trimmed are the oldest, one after the other.
            let oldest = self.segments.first().filter(|segment| segment.messages().next().is_some_and(|first| first.id() == *id));
            let place = oldest.map(|segment| (0, segment.first_row())).or_else(|| self.place(*id));
            if let Some((segment, row)) = place {
                self.take(segment, row);
            }
        }
    }

    /// Removes everything after a place in the order; gives how many that were.
    pub(crate) fn truncate(&mut self, len: usize) {
        while self.len > len {
            let segment = self.segments.len() - 1;
            let row = self.segments[segment].last_row();
            self.take(segment, row);
        }
    }

    /// Removes the oldest.
    pub fn remove_oldest(&mut self, count: usize) {
        for _ in 0..count.min(self.len) {
            let row = self.segments[0].first_row();
            self.take(0, row);
        }
    }

    fn place(&self, id: Id) -> Option<Place> {
        if self.highest.is_none_or(|highest| id > highest) {
            return None;
        }
        let segments = self.segments.iter().enumerate().rev();
        segments.into_iter().find_map(|(at, segment)| segment.find(id).map(|row| (at, row)))
    }

    /// Puts a message in front of a segment.
    fn put(&mut self, at: usize, draft: Draft) {
        self.insert(at, Segment::of(Chunk::single(draft)));
    }

    /// Puts a segment of one message in front of another.
    fn insert(&mut self, at: usize, segment: Segment) {
        let message = segment.message(segment.first_row());
        self.len += 1;
        self.content_bytes += u64::from(message.content_bytes());
        self.sum = self.sum.wrapping_add(message.checksum());
        self.segments.insert(at, segment);
    }

    /// Takes a message out; gives the segment in front of which it stood.
    fn take(&mut self, segment: usize, row: usize) -> usize {
        let message = self.segments[segment].message(row);
        self.len -= 1;
        self.content_bytes -= u64::from(message.content_bytes());
        self.sum = self.sum.wrapping_sub(message.checksum());
        let (before, after) = self.segments[segment].split(row);
        let at = segment + usize::from(before.is_some());
        self.segments.splice(segment..=segment, before.into_iter().chain(after));
        at
    }

    /// Joins the newest chunks while the older of the last two is no larger than the newer.
    fn join(&mut self) {
        while let [.., one, other] = &self.segments[..] {
            let fits = one.len() + other.len() <= JOINED_MAX && one.json_len() + other.json_len() <= JOINED_BYTES_MAX;
            if !fits || one.len() > other.len() || one.open().is_some() || other.open().is_some() {
                return;
            }
            let joined = Segment::of(Chunk::joined(one, other));
            self.segments.truncate(self.segments.len() - 2);
            self.segments.push(joined);
        }
    }
}

/// By what they show. The highest id only shortens searches, and a snapshot does not keep it.
impl PartialEq for Messages {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.common(other).0 == self.len
    }
}

impl Eq for Messages {}

#[cfg(test)]
mod tests;
