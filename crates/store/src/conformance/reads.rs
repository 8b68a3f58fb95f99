//! Behaviours of `load`, `entries_after` and `put_snapshot`.

use super::Subject;
use super::script::Script;
use crate::{Found, Head, Loaded, Record, Snapshot};

async fn entries(store: &Subject, log: &Script, after: Head, max_bytes: usize) -> Option<Vec<Record>> {
    store.entries_after(&log.key, after, max_bytes).await.expect("entries_after answers")
}

async fn snapshot(store: &Subject, log: &Script, version: u64) -> Snapshot {
    let snapshot = Snapshot { head: log.head_at(version), bytes: format!("state at {version}").into() };
    store.put_snapshot(&log.key, snapshot.clone()).await.expect("put_snapshot answers");
    snapshot
}

/// What was appended comes back byte for byte: no bytes, every byte, and many bytes.
pub async fn load_answers_every_byte(store: Subject) {
    let mut log = Script::new(1);
    let mut append = log.next(3, 10);
    append.records[0].bytes = bytes::Bytes::new();
    append.records[1].bytes = (0..=255).collect::<Vec<u8>>().into();
    append.records[2].bytes = vec![0; 1_000_000].into();
    log.send(&store, append).await;
    log.append(&store, 100, 20).await;
    assert_eq!(log.loaded(&store).await, Loaded { snapshot: None, records: log.records.clone(), touched_ms: 20 });
}

/// A session that nobody created is not there.
pub async fn load_of_nothing_is_none(store: Subject) {
    assert_eq!(Script::new(1).load(&store).await, None);
    assert_eq!(entries(&store, &Script::new(1), Head::ZERO, 1_000).await, None);
}

/// A head is found without a load: where a log ends, that there is none, and that there was one.
pub async fn head_says_what_is_there(store: Subject) {
    let mut log = Script::new(1);
    let head = async |log: &Script| store.head(&log.key).await.expect("head answers");
    assert_eq!(head(&log).await, Found::Nothing);
    log.append(&store, 300, 10).await;
    snapshot(&store, &log, 290).await;
    assert_eq!(head(&log).await, Found::Head(log.head()));
    log.append(&store, 1, 20).await;
    assert_eq!(head(&log).await, Found::Head(log.head()));
    assert!(store.erase(&log.key, 30).await.expect("erase answers"));
    assert_eq!(head(&log).await, Found::Erased);
}

/// A load is the newest snapshot and what came after it.
pub async fn snapshot_and_tail_are_loaded(store: Subject) {
    let mut log = Script::new(1);
    log.append(&store, 10, 10).await;
    let first = snapshot(&store, &log, 6).await;
    assert_eq!(log.loaded(&store).await, Loaded { snapshot: Some(first), records: log.after(6).to_vec(), touched_ms: 10 });
    let second = snapshot(&store, &log, 10).await;
    let loaded = log.loaded(&store).await;
    assert_eq!(loaded, Loaded { snapshot: Some(second.clone()), records: vec![], touched_ms: 10 });
    assert_eq!(loaded.head(), log.head());
    log.append(&store, 2, 20).await;
    assert_eq!(log.loaded(&store).await, Loaded { snapshot: Some(second), records: log.after(10).to_vec(), touched_ms: 20 });
}

/// Snapshots only go forward.
pub async fn older_snapshot_changes_nothing(store: Subject) {
    let mut log = Script::new(1);
    log.append(&store, 10, 10).await;
    let newest = snapshot(&store, &log, 8).await;
    snapshot(&store, &log, 3).await;
    assert_eq!(log.loaded(&store).await.snapshot, Some(newest));
}

/// A snapshot that is not of this log would be a lie; it is not kept.
pub async fn snapshot_of_another_chain_changes_nothing(store: Subject) {
    let mut log = Script::new(1);
    log.append(&store, 4, 10).await;
    for head in [Head { version: 4, chain: [9; 32] }, Head { version: 5, chain: [9; 32] }, Head::ZERO] {
        store.put_snapshot(&log.key, Snapshot { head, bytes: "of elsewhere".into() }).await.expect("put_snapshot answers");
    }
    store.put_snapshot(&Script::new(2).key, Snapshot { head: log.head(), bytes: "of nothing".into() }).await.expect("put_snapshot answers");
    assert_eq!(log.loaded(&store).await, Loaded { snapshot: None, records: log.records.clone(), touched_ms: 10 });
    assert_eq!(Script::new(2).load(&store).await, None);
}

/// Entries below a snapshot may go, the newest 256 stay, and a place that went is said to be none.
pub async fn trimming_keeps_the_newest_256(store: Subject) {
    let mut log = Script::new(1);
    log.append(&store, 200, 10).await;
    snapshot(&store, &log, 200).await;
    assert_eq!(entries(&store, &log, Head::ZERO, usize::MAX).await.as_deref(), Some(log.after(0)));
    log.append(&store, 400, 20).await;
    let kept = snapshot(&store, &log, 600).await;
    for version in [345, 346, 500, 600] {
        assert_eq!(entries(&store, &log, log.head_at(version), usize::MAX).await.as_deref(), Some(log.after(version)));
    }
    for version in [0, 1, 100, 343] {
        assert_eq!(entries(&store, &log, log.head_at(version), usize::MAX).await, None);
    }
    log.append(&store, 1, 30).await;
    assert_eq!(log.loaded(&store).await, Loaded { snapshot: Some(kept), records: log.after(600).to_vec(), touched_ms: 30 });
}

/// The snapshot's own head stays a place, even where its entry was trimmed.
pub async fn entries_continue_from_a_trimmed_snapshot(store: Subject) {
    let mut log = Script::new(1);
    log.append(&store, 700, 10).await;
    snapshot(&store, &log, 100).await;
    assert_eq!(entries(&store, &log, log.head_at(100), usize::MAX).await.as_deref(), Some(log.after(100)));
    assert_eq!(entries(&store, &log, log.head_at(50), usize::MAX).await, None);
    assert_eq!(log.loaded(&store).await.records, log.after(100));
}

/// The tail after every kind of place, and after the head nothing.
pub async fn entries_after_answers_the_tail(store: Subject) {
    let mut log = Script::new(1);
    log.append(&store, 150, 10).await;
    log.append(&store, 7, 20).await;
    for version in [0, 1, 63, 64, 65, 127, 128, 150, 156, 157] {
        assert_eq!(entries(&store, &log, log.head_at(version), usize::MAX).await.as_deref(), Some(log.after(version)), "after {version}");
    }
}

/// A head with another chain, or above the log's, is no place in it.
pub async fn entries_after_a_foreign_head_is_none(store: Subject) {
    let mut log = Script::new(1);
    log.append(&store, 70, 10).await;
    for version in [0, 1, 64, 70, 71, u64::MAX] {
        assert_eq!(entries(&store, &log, Head { version, chain: [3; 32] }, usize::MAX).await, None, "after {version}");
    }
}

/// No more bytes than asked for, but always one entry, so that a reader gets on.
pub async fn entries_after_respects_the_size(store: Subject) {
    let mut log = Script::new(1);
    log.append(&store, 200, 10).await;
    for max_bytes in [0, 1, 300, 5_000, 20_000] {
        let mut read: Vec<Record> = Vec::new();
        while read.len() < log.records.len() {
            let after = read.last().map_or(Head::ZERO, |record| record.head);
            let part = entries(&store, &log, after, max_bytes).await.expect("the place is known");
            let bytes: usize = part.iter().map(|record| record.bytes.len()).sum();
            assert!(!part.is_empty() && (bytes <= max_bytes || part.len() == 1), "{bytes} bytes in {} entries", part.len());
            let next = log.records.get(read.len() + part.len()).map_or(usize::MAX, |record| record.bytes.len());
            assert!(bytes.saturating_add(next) > max_bytes, "one more entry would have fitted");
            read.extend(part);
        }
        assert_eq!(read, log.records);
    }
}
