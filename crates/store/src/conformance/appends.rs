//! Behaviours of `append`: the compare-and-swap and what a conflict brings.

use super::Subject;
use super::script::{Script, numbers};
use crate::{AppendError, Head, Loaded, Snapshot, Touch};

/// What an append that must conflict brings.
async fn conflict(store: &Subject, append: crate::Append) -> Loaded {
    match store.append(append).await {
        Err(AppendError::Conflict(missed)) => *missed,
        other => panic!("expected a conflict, not {other:?}"),
    }
}

/// A log begins with an append on the head of nothing.
pub async fn create_starts_at_zero(store: Subject) {
    let mut log = Script::new(1);
    log.append(&store, 1, 10).await;
    let loaded = log.loaded(&store).await;
    assert_eq!(loaded, Loaded { snapshot: None, records: log.records.clone(), touched_ms: 10 });
    assert_eq!(loaded.head(), log.head());
}

/// A second create is told all that the first one wrote.
pub async fn create_on_an_existing_log_conflicts(store: Subject) {
    let mut log = Script::new(1);
    log.append(&store, 3, 10).await;
    let missed = conflict(&store, log.next_on(Head::ZERO, 1, 20)).await;
    assert_eq!(missed, Loaded { snapshot: None, records: log.records.clone(), touched_ms: 10 });
}

/// Only an append on the head of nothing creates.
pub async fn append_on_a_missing_log_conflicts_with_nothing(store: Subject) {
    let log = Script::new(1);
    let missed = conflict(&store, log.next_on(Head { version: 4, chain: [4; 32] }, 1, 20)).await;
    assert_eq!(missed, Loaded { snapshot: None, records: vec![], touched_ms: 0 });
    assert_eq!(log.load(&store).await, None);
}

/// The right version is not enough: the chain must be the log's.
pub async fn append_on_another_chain_conflicts_with_the_whole_history(store: Subject) {
    let mut log = Script::new(1);
    log.append(&store, 3, 10).await;
    let missed = conflict(&store, log.next_on(Head { version: 3, chain: [7; 32] }, 1, 20)).await;
    assert_eq!(missed, Loaded { snapshot: None, records: log.records.clone(), touched_ms: 10 });
    let missed = conflict(&store, log.next_on(Head { version: 2, chain: [7; 32] }, 1, 20)).await;
    assert_eq!(missed.records, log.records);
    let missed = conflict(&store, log.next_on(Head { version: 0, chain: [7; 32] }, 1, 20)).await;
    assert_eq!(missed.records, log.records);
}

/// A head that the log has not reached is no place in it.
pub async fn append_above_the_head_conflicts_with_the_whole_history(store: Subject) {
    let mut log = Script::new(1);
    log.append(&store, 2, 10).await;
    let missed = conflict(&store, log.next_on(Head { version: 9, chain: log.head().chain }, 1, 20)).await;
    assert_eq!(missed.records, log.records);
    let missed = conflict(&store, log.next_on(Head { version: 1 << 50, chain: [1; 32] }, 1, 20)).await;
    assert_eq!(missed.records, log.records);
}

/// A conflict on an earlier place brings the entries after it, and nothing else.
pub async fn conflict_brings_exactly_the_missed_entries(store: Subject) {
    let mut log = Script::new(1);
    for at in 1..=5 {
        log.append(&store, 2, at * 10).await;
    }
    for version in [0, 1, 4, 9] {
        let missed = conflict(&store, log.next_on(log.head_at(version), 1, 99)).await;
        assert_eq!(missed, Loaded { snapshot: None, records: log.after(version).to_vec(), touched_ms: 50 });
    }
}

/// Where the missed entries were trimmed, the newest snapshot and its tail stand in for them.
pub async fn conflict_below_the_trim_brings_snapshot_and_tail(store: Subject) {
    let mut log = Script::new(1);
    log.append(&store, 600, 10).await;
    let snapshot = Snapshot { head: log.head_at(590), bytes: "state at 590".into() };
    store.put_snapshot(&log.key, snapshot.clone()).await.expect("the snapshot is kept");
    let missed = conflict(&store, log.next_on(log.head_at(5), 1, 20)).await;
    assert_eq!(missed, Loaded { snapshot: Some(snapshot), records: log.after(590).to_vec(), touched_ms: 10 });
    let missed = conflict(&store, log.next_on(log.head_at(595), 1, 20)).await;
    assert_eq!(missed, Loaded { snapshot: None, records: log.after(595).to_vec(), touched_ms: 10 });
}

/// A refused append leaves the log, the lists and the deadlines as they were.
pub async fn conflict_changes_nothing(store: Subject) {
    let mut log = Script::new(1);
    log.append(&store, 2, 10).await;
    conflict(&store, log.next_on(log.head_at(1), 1, 5_000)).await;
    assert_eq!(log.loaded(&store).await, Loaded { snapshot: None, records: log.records.clone(), touched_ms: 10 });
    let page = store.list("shop", "ada", None, 10).await.expect("list answers");
    assert_eq!((page.items[0].active_ms, &page.items[0].summary[..]), (10, &b"{\"version\":2}"[..]));
    assert_eq!(store.due(1_010, 10).await.expect("due answers").len(), 1);
    log.append(&store, 1, 20).await;
    assert_eq!(log.loaded(&store).await.records, log.records);
}

/// The entries of one append come and stay together, in their order.
pub async fn batches_append_whole(store: Subject) {
    let mut log = Script::new(1);
    for count in [1, 7, 64, 300, 1] {
        log.append(&store, count, 10).await;
        assert_eq!(log.loaded(&store).await.records, log.records);
    }
    assert_eq!(log.head().version, 373);
}

/// A session whose user changed is in the other's list, and in no list twice.
pub async fn user_follows_the_latest_append(store: Subject) {
    let mut log = Script::new(1);
    log.append(&store, 1, 10).await;
    for (user, active_ms) in [("eve", 20), ("ada", 20), ("eve", 30), ("eve", 40)] {
        let mut append = log.next(1, active_ms);
        append.meta.user = user.into();
        log.send(&store, append).await;
        for name in ["ada", "eve"] {
            let page = store.list("shop", name, None, 10).await.expect("list answers");
            let expected: &[u128] = if name == user { &[1] } else { &[] };
            assert_eq!(numbers(&page), expected, "the list of {name} after an append for {user}");
            assert!(page.items.iter().all(|row| row.active_ms == active_ms));
        }
    }
    store.touch(&log.key, Touch::new(50, None));
    store.flush().await.expect("flush answers");
    assert_eq!(numbers(&store.list("shop", "eve", None, 10).await.expect("list answers")), [1]);
    assert!(store.erase(&log.key, 60).await.expect("erase answers"));
    assert_eq!(numbers(&store.list("shop", "eve", None, 10).await.expect("list answers")), []);
}
