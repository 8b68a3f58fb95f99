//! Logs for tests: a session whose entries, chains and times follow from a few numbers.
//!
//! It must never answer for the store: it keeps what was sent, so that a test can compare.

use std::sync::Arc;

use bytes::Bytes;

use super::Subject;
use crate::{Append, Head, Key, Listed, Loaded, Meta, Page, Record};

/// A session's log as its writer knows it.
#[derive(Clone, Debug)]
pub struct Script {
    /// The session.
    pub key: Key,
    /// The user that it belongs to.
    pub user: Arc<str>,
    /// What was sent and acknowledged.
    pub records: Vec<Record>,
}

impl Script {
    /// A session of the app `shop` and the user `ada`, which does not exist yet.
    pub fn new(number: u128) -> Self {
        Self::of("shop", "ada", number)
    }

    /// A session that does not exist yet.
    pub fn of(app: &str, user: &str, number: u128) -> Self {
        Self { key: Key { app: app.into(), session: number.to_be_bytes() }, user: user.into(), records: Vec::new() }
    }

    /// The head after what was acknowledged.
    pub fn head(&self) -> Head {
        self.records.last().map_or(Head::ZERO, |record| record.head)
    }

    /// The head at a version.
    pub fn head_at(&self, version: u64) -> Head {
        if version == 0 { Head::ZERO } else { self.records[version as usize - 1].head }
    }

    /// The entries after a version.
    pub fn after(&self, version: u64) -> &[Record] {
        &self.records[version as usize..]
    }

    /// The next append, not sent: `count` entries, active at `active_ms`, due 1,000 ms later.
    pub fn next(&self, count: usize, active_ms: u64) -> Append {
        self.next_on(self.head(), count, active_ms)
    }

    /// An append on any head.
    pub fn next_on(&self, expected: Head, count: usize, active_ms: u64) -> Append {
        let meta = Meta {
            user: self.user.clone(),
            summary: Bytes::from(format!("{{\"version\":{}}}", expected.version + count as u64)),
            active_ms,
            deadline_ms: Some(active_ms + 1_000),
            unanswered: None,
        };
        Append { key: self.key.clone(), expected, records: records(expected, count, active_ms), meta }
    }

    /// Appends and expects that it is taken.
    pub async fn append(&mut self, store: &Subject, count: usize, active_ms: u64) {
        let append = self.next(count, active_ms);
        self.send(store, append).await;
    }

    /// Sends an append that was built by hand and expects that it is taken.
    pub async fn send(&mut self, store: &Subject, append: Append) {
        let records = append.records.clone();
        store.append(append).await.expect("an append on the head is taken");
        self.records.extend(records);
    }

    /// What the store has of it.
    pub async fn load(&self, store: &Subject) -> Option<Loaded> {
        store.load(&self.key).await.expect("load answers")
    }

    /// What the store has of it, where it must have something.
    pub async fn loaded(&self, store: &Subject) -> Loaded {
        self.load(store).await.expect("the session exists")
    }

    /// The session's number.
    pub fn number(&self) -> u128 {
        u128::from_be_bytes(self.key.session)
    }
}

/// The chain hash of the tests: any function of the chain before and the bytes will do, a store must not know it.
pub fn chain_after(before: [u8; 32], bytes: &[u8]) -> [u8; 32] {
    let mut chain = before;
    let mut state = 0xcbf2_9ce4_8422_2325_u64;
    for (index, byte) in before.iter().chain(bytes).enumerate() {
        state = (state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        chain[index % 32] ^= (state >> 24) as u8;
    }
    chain
}

/// `count` entries on a head; their bytes hold every value and differ in length, some longer than a page of a database.
pub fn records(after: Head, count: usize, salt: u64) -> Vec<Record> {
    let mut head = after;
    let make = |_| {
        let version = head.version + 1;
        let length = if version.is_multiple_of(97) { 9_000 } else { 40 + (version * 31 % 200) as usize };
        let bytes: Vec<u8> = (0..length as u64).map(|at| (at * 7 + version * 13 + salt) as u8).collect();
        head = Head { version, chain: chain_after(head.chain, &bytes) };
        Record { head, bytes: Bytes::from(bytes) }
    };
    (0..count).map(make).collect()
}

/// The numbers of the sessions of a page.
pub(super) fn numbers(page: &Page) -> Vec<u128> {
    page.items.iter().map(|row: &Listed| u128::from_be_bytes(row.session)).collect()
}
