//! Behaviours of `erase`: what is erased stays erased.

use super::Subject;
use super::script::Script;
use crate::{AppendError, Head, Page, Snapshot, Touch};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// A session of 300 entries with a snapshot, and then none.
async fn erased(store: &Subject) -> Script {
    let mut log = Script::new(1);
    log.append(store, 300, 10).await;
    store.put_snapshot(&log.key, Snapshot { head: log.head_at(290), bytes: "state".into() }).await.expect("put_snapshot answers");
    assert!(store.erase(&log.key, 20).await.expect("erase answers"));
    log
}

/// Nothing of an erased session can be read.
pub async fn erased_session_is_gone(store: Subject) {
    let log = erased(&store).await;
    assert_eq!(log.load(&store).await, None);
    for head in [Head::ZERO, log.head_at(290), log.head()] {
        assert_eq!(store.entries_after(&log.key, head, 1_000).await.expect("entries_after answers"), None);
    }
}

/// Neither a create nor an append on the old head brings it back.
pub async fn erased_session_takes_no_append(store: Subject) {
    let log = erased(&store).await;
    for expected in [Head::ZERO, log.head()] {
        let answer = store.append(log.next_on(expected, 1, 30)).await;
        assert!(matches!(answer, Err(AppendError::Erased)), "{answer:?}");
    }
    assert_eq!(log.load(&store).await, None);
}

/// Nor does anything else.
pub async fn erased_session_takes_no_touch_and_no_snapshot(store: Subject) {
    let log = erased(&store).await;
    store.touch(&log.key, Touch::new(9_000, Some(9_500)));
    store.put_snapshot(&log.key, Snapshot { head: log.head(), bytes: "state".into() }).await.expect("put_snapshot answers");
    store.flush().await.expect("flush answers");
    assert_eq!(log.load(&store).await, None);
    assert_eq!(store.list("shop", "ada", None, 10).await.expect("list answers"), Page::default());
    assert_eq!(store.due(u64::MAX / 2, 10).await.expect("due answers"), []);
}

/// Only the sessions that are left are listed and due.
pub async fn erased_session_is_neither_listed_nor_due(store: Subject) {
    let mut other = Script::new(2);
    other.append(&store, 1, 10).await;
    erased(&store).await;
    let page = store.list("shop", "ada", None, 10).await.expect("list answers");
    assert_eq!(page.items.iter().map(|row| row.session).collect::<Vec<_>>(), [other.key.session]);
    assert_eq!(store.due(5_000, 10).await.expect("due answers"), [other.key]);
}

/// Erasing what is not there, or no longer, is answered with `false`.
pub async fn erase_of_nothing_is_false(store: Subject) {
    assert!(!store.erase(&Script::new(9).key, 10).await.expect("erase answers"));
    let log = erased(&store).await;
    assert!(!store.erase(&log.key, 30).await.expect("erase answers"));
    let mut fresh = Script::new(9);
    fresh.append(&store, 1, 40).await;
    assert_eq!(fresh.loaded(&store).await.records, fresh.records);
}

/// A tombstone is still there when others are made a month later.
pub async fn tombstone_outlives_29_days(store: Subject) {
    let log = erased(&store).await;
    for number in 100..164 {
        let mut other = Script::new(number);
        other.append(&store, 1, 30).await;
        assert!(store.erase(&other.key, 20 + 29 * DAY_MS).await.expect("erase answers"));
    }
    let answer = store.append(log.next_on(Head::ZERO, 1, 30)).await;
    assert!(matches!(answer, Err(AppendError::Erased)), "{answer:?}");
}
