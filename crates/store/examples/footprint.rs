//! Measures memory a session: `cargo run --release -p colloq-store --example footprint -- [SESSIONS] [ENTRIES]`.
//!
//! Each session has a user of its own, a summary of 160 bytes and entries of 300. It must never count what it made itself: entries
//! are built one at a time and dropped. Linux only, since it reads the process's own size.

use bytes::Bytes;
use colloq_store::{Append, Head, Key, MemoryStore, Meta, Record, Store};

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("the process's own status");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("its resident size");
    line.split_whitespace().nth(1).and_then(|word| word.parse().ok()).expect("a number of KiB")
}

fn main() {
    let mut arguments = std::env::args().skip(1).map(|word| word.parse::<u64>().expect("a number"));
    let (sessions, entries) = (arguments.next().unwrap_or(200_000), arguments.next().unwrap_or(6));
    let store = MemoryStore::new();
    let before = resident_kib();
    let start = std::time::Instant::now();
    for number in 0..sessions {
        let mut head = Head::ZERO;
        let session = (u128::from(1_800_000_000_000 + number) << 80 | u128::from(number.wrapping_mul(0x9e37_79b9_7f4a_7c15))).to_be_bytes();
        for step in 0..entries {
            let next = Head { version: head.version + 1, chain: [step as u8; 32] };
            let meta = Meta {
                user: format!("user-{number}").into(),
                summary: Bytes::from(vec![b's'; 160]),
                active_ms: number * 10 + step,
                deadline_ms: Some(number * 10 + step + 1_800_000),
                unanswered: None,
            };
            let records = vec![Record { head: next, bytes: Bytes::from(vec![7; 300]) }];
            // An answer in memory is there before it is asked for; dropping it drops nothing but the answer.
            drop(store.append(Append { key: Key { app: "app".into(), session }, expected: head, records, meta }));
            head = next;
        }
    }
    let took = start.elapsed();
    let bytes = (resident_kib() - before) * 1024 / sessions;
    let payload = 160 + entries * (300 + 32);
    println!("{bytes} bytes a session, {} beyond its {payload} of entries, chain and summary", bytes.saturating_sub(payload));
    println!("{} appends/s on one thread", u128::from(sessions * entries) * 1_000_000 / took.as_micros().max(1));
}
