//! A session or a tombstone as one piece of bytes, and back. A change here is a new number in the backup's first line.
//!
//! Numbers are little-endian; a text or bytes are their length (`u32`) and then themselves; what may be missing is a byte that says whether
//! it is there. What does not read to its very end is refused.

use std::sync::Arc;

use bytes::{Buf as _, BufMut as _, Bytes};
use colloq_store::{Archived, Head, Key, Meta, Record, Snapshot, Unanswered, Whole};

const SESSION: u8 = 0;
const TOMBSTONE: u8 = 1;

/// What a backup holds under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The key.
    pub key: Key,
    /// What is under it.
    pub archived: Archived,
}

impl Item {
    /// Its bytes.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        put(&mut out, self.key.app.as_bytes());
        out.put_slice(&self.key.session);
        match &self.archived {
            Archived::Erased { at_ms } => {
                out.put_u8(TOMBSTONE);
                out.put_u64_le(*at_ms);
            }
            Archived::Session(whole) => {
                out.put_u8(SESSION);
                put_whole(&mut out, whole);
            }
        }
        out
    }

    /// What the bytes are; `None` where they are no item.
    pub(super) fn decode(bytes: Bytes) -> Option<Self> {
        let mut input = Input(bytes);
        let key = Key { app: input.text()?, session: input.array()? };
        let archived = match input.byte()? {
            TOMBSTONE => Archived::Erased { at_ms: input.number()? },
            SESSION => Archived::Session(Box::new(take_whole(&mut input)?)),
            _ => return None,
        };
        input.0.is_empty().then_some(Self { key, archived })
    }
}

fn put_whole(out: &mut Vec<u8>, whole: &Whole) {
    let meta = &whole.meta;
    put(out, meta.user.as_bytes());
    put(out, &meta.summary);
    out.put_u64_le(meta.active_ms);
    put_option(out, meta.deadline_ms.as_ref(), |out, deadline_ms| out.put_u64_le(*deadline_ms));
    put_option(out, meta.unanswered.as_ref(), |out, unanswered| {
        out.put_slice(&unanswered.message);
        out.put_u64_le(unanswered.at_ms);
    });
    put_option(out, whole.snapshot.as_ref(), |out, snapshot| {
        out.put_u64_le(snapshot.head.version);
        out.put_slice(&snapshot.head.chain);
        put(out, &snapshot.bytes);
    });
    out.put_u64_le(whole.floor());
    out.put_u32_le(count(whole.records.len()));
    for record in &whole.records {
        out.put_slice(&record.head.chain);
        put(out, &record.bytes);
    }
    out.put_u32_le(count(whole.privates.len()));
    for (name, value) in &whole.privates {
        put(out, name.as_bytes());
        put(out, value);
    }
}

fn take_whole(input: &mut Input) -> Option<Whole> {
    let (user, summary, active_ms) = (input.text()?, input.bytes()?, input.number()?);
    let deadline_ms = input.option(Input::number)?;
    let unanswered = input.option(|input| Some(Unanswered { message: input.array()?, at_ms: input.number()? }))?;
    let snapshot = input.option(|input| {
        let head = Head { version: input.number()?, chain: input.array()? };
        Some(Snapshot { head, bytes: input.bytes()? })
    })?;
    let floor = input.number()?;
    let records = input.many(|input, nth| {
        let head = Head { version: floor.checked_add(nth)?.checked_add(1)?, chain: input.array()? };
        Some(Record { head, bytes: input.bytes()? })
    })?;
    let privates = input.many(|input, _| Some((input.text()?.to_string(), input.bytes()?)))?;
    let whole = Whole { meta: Meta { user, summary, active_ms, deadline_ms, unanswered }, snapshot, records, privates };
    whole.broken().is_none().then_some(whole)
}

fn count(count: usize) -> u32 {
    u32::try_from(count).expect("a session has fewer than four thousand million of anything")
}

fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    out.put_u32_le(count(bytes.len()));
    out.put_slice(bytes);
}

fn put_option<T>(out: &mut Vec<u8>, value: Option<&T>, put: impl FnOnce(&mut Vec<u8>, &T)) {
    out.put_u8(value.is_some().into());
    if let Some(value) = value {
        put(out, value);
    }
}

/// What is left to read. Nothing is copied.
struct Input(Bytes);

impl Input {
    fn byte(&mut self) -> Option<u8> {
        self.0.try_get_u8().ok()
    }

    fn number(&mut self) -> Option<u64> {
        self.0.try_get_u64_le().ok()
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let array = *self.0.first_chunk()?;
        self.0.advance(N);
        Some(array)
    }

    fn bytes(&mut self) -> Option<Bytes> {
        let length = self.0.try_get_u32_le().ok()? as usize;
        (length <= self.0.len()).then(|| self.0.split_to(length))
    }

    fn text(&mut self) -> Option<Arc<str>> {
        let bytes = self.bytes()?;
        std::str::from_utf8(&bytes).ok().map(Arc::from)
    }

    fn option<T>(&mut self, take: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        match self.byte()? {
            0 => Some(None),
            1 => take(self).map(Some),
            _ => None,
        }
    }

    fn many<T>(&mut self, mut take: impl FnMut(&mut Self, u64) -> Option<T>) -> Option<Vec<T>> {
        let count = self.0.try_get_u32_le().ok()?;
        (0..u64::from(count)).map(|nth| take(self, nth)).collect()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::transfer) fn session(number: u8) -> Item {
        let record =
            |version: u64| Record { head: Head { version, chain: [version as u8; 32] }, bytes: vec![number; version as usize * 3].into() };
        let meta = Meta {
            user: "ada".into(),
            summary: "{}".into(),
            active_ms: 7,
            deadline_ms: (number.is_multiple_of(2)).then_some(9),
            unanswered: (number.is_multiple_of(3)).then_some(Unanswered { message: [4; 16], at_ms: 6 }),
        };
        let snapshot = Some(Snapshot { head: Head { version: 4, chain: [4; 32] }, bytes: "state".into() });
        let whole =
            Whole { meta, snapshot, records: (3..9).map(record).collect(), privates: vec![("a".into(), Bytes::from_static(&[0, 255]))] };
        Item { key: Key { app: "shop".into(), session: [number; 16] }, archived: Archived::Session(Box::new(whole)) }
    }

    #[test]
    fn items_come_back_and_no_part_of_one_is_one() {
        let tombstone = Item { key: Key { app: "".into(), session: [1; 16] }, archived: Archived::Erased { at_ms: u64::MAX } };
        for item in [session(0), session(1), session(3), tombstone] {
            let bytes = Bytes::from(item.encode());
            assert_eq!(Item::decode(bytes.clone()), Some(item));
            for end in 0..bytes.len() {
                assert_eq!(Item::decode(bytes.slice(..end)), None, "{end} of {}", bytes.len());
            }
            assert_eq!(Item::decode([&bytes[..], b"x"].concat().into()), None);
        }
    }
}
