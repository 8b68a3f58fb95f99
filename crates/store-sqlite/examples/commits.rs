//! Measures durable appends: `cargo run --release -p colloq-store-sqlite --example commits -- FILE [SECONDS]`.
//!
//! At each depth, that many sessions wait for their appends at a time, out of 20,000 with 5,000 users; an entry has 300 bytes and a
//! summary 160. It must never measure on a file that holds anything: it refuses one that exists.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use colloq_store::{Append, Head, Key, Meta, Record, Store};
use colloq_store_sqlite::SqliteStore;
use tokio::task::JoinSet;

const SESSIONS: usize = 20_000;

fn append(number: usize, head: Head, now: u64) -> Append {
    let record = Record { head: Head { version: head.version + 1, chain: [now as u8; 32] }, bytes: Bytes::from(vec![7; 300]) };
    let meta = Meta {
        user: format!("user-{}", number % 5_000).into(),
        summary: Bytes::from(vec![b's'; 160]),
        active_ms: now,
        deadline_ms: Some(now + 1_800_000),
        unanswered: None,
    };
    let session = ((number as u128) << 64 | 0x1234_5678).to_be_bytes();
    Append { key: Key { app: "app".into(), session }, expected: head, records: vec![record], meta }
}

/// Appends to every `depth`th session, in an order that jumps about, until the time is over.
async fn write(store: Arc<SqliteStore>, first: usize, depth: usize, until: Instant, heads: &mut [Head]) -> Vec<Duration> {
    let mut waits = Vec::new();
    let mut at = 0usize;
    while Instant::now() < until {
        at = (at + 7_919) % heads.len();
        let append = append(first + at * depth, heads[at], 1_800_000_000_000 + waits.len() as u64 * 20);
        let next = append.head();
        let start = Instant::now();
        store.append(append).await.expect("the append is taken");
        waits.push(start.elapsed());
        heads[at] = next;
    }
    waits
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let path = PathBuf::from(arguments.next().expect("the file to measure on"));
    let seconds = arguments.next().map_or(5, |word| word.parse().expect("a number of seconds"));
    for depth in [1, 16, 256] {
        assert!(!path.exists(), "the file exists");
        let store = Arc::new(SqliteStore::open(&path).expect("the file opens"));
        let creates: Vec<_> = (0..SESSIONS).map(|number| store.append(append(number, Head::ZERO, 1_799_999_000_000))).collect();
        for create in creates {
            create.await.expect("the session is created");
        }
        let until = Instant::now() + Duration::from_secs(seconds);
        let mut writers = JoinSet::new();
        for first in 0..depth {
            let store = store.clone();
            let mut heads = vec![append(0, Head::ZERO, 1_799_999_000_000).head(); SESSIONS / depth];
            writers.spawn(async move { write(store, first, depth, until, &mut heads).await });
        }
        let mut waits: Vec<Duration> = writers.join_all().await.into_iter().flatten().collect();
        waits.sort_unstable();
        let (half, most) = (waits[waits.len() / 2], waits[waits.len() * 99 / 100]);
        println!("depth {depth:4}: {:7} appends/s, p50 {half:?}, p99 {most:?}", waits.len() as u64 / seconds);
        drop(store);
        for suffix in ["", ".lock"] {
            std::fs::remove_file(format!("{}{suffix}", path.display())).expect("the file is removed");
        }
    }
}
