//! Behaviours of `Archive`: sessions whole, in and out, and what stays as it was.

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;

use super::script::Script;
use crate::{AppendError, Archive, Archived, Found, Head, Key, PutError, Snapshot, Unanswered, Walk, Whole};

/// The store under test, as a backup sees it.
pub type ArchiveSubject = Arc<dyn Archive>;

/// A session of 700 entries whose oldest were trimmed, with a snapshot among what is left, private values, and a message that waits.
async fn full(store: &ArchiveSubject, number: u128) -> (Script, Whole) {
    let subject = Arc::clone(store) as super::Subject;
    let mut log = Script::new(number);
    log.append(&subject, 650, 10).await;
    store.put_snapshot(&log.key, Snapshot { head: log.head_at(500), bytes: "state".into() }).await.expect("put_snapshot answers");
    let mut append = log.next(50, 4_000);
    append.meta.unanswered = Some(Unanswered { message: [9; 16], at_ms: 3_000 });
    log.send(&subject, append).await;
    for (name, value) in [("b", &[0, 255, 10][..]), ("a", b"")] {
        store.put_private(&log.key, name, Some(Bytes::copy_from_slice(value))).await.expect("put_private answers");
    }
    store.flush().await.expect("flush answers");
    let whole = session(store, &log.key).await;
    (log, whole)
}

async fn session(store: &ArchiveSubject, key: &Key) -> Whole {
    match store.whole(key).await.expect("whole answers") {
        Some(Archived::Session(whole)) => *whole,
        other => panic!("{key:?} is no session: {other:?}"),
    }
}

async fn put(store: &ArchiveSubject, key: &Key, expected: Found, whole: &Whole) -> Result<(), PutError> {
    store.put_whole(key, expected, Archived::Session(Box::new(whole.clone()))).await
}

async fn walked(store: &ArchiveSubject) -> Vec<Key> {
    let (mut walk, mut keys) = (Walk::new(Arc::clone(store)), Vec::new());
    while let Some(key) = walk.next().await.expect("keys answers") {
        keys.push(key);
    }
    keys
}

/// Every session and every tombstone is told, of every app, each once by a walk.
pub async fn every_key_is_told(store: ArchiveSubject) {
    assert_eq!(walked(&store).await, []);
    let subject = Arc::clone(&store) as super::Subject;
    let mut expected = HashSet::new();
    for number in 0..600 {
        let mut log = Script::of(["shop", "a/b", "}{\u{e9}"][number as usize % 3], "ada", number);
        log.append(&subject, 1, 10).await;
        if number % 7 == 0 {
            assert!(store.erase(&log.key, 20).await.expect("erase answers"));
        }
        store.put_private(&log.key, "x", Some("y".into())).await.ok();
        expected.insert(log.key);
    }
    let keys = walked(&store).await;
    assert_eq!((keys.len(), keys.into_iter().collect::<HashSet<_>>()), (600, expected));
}

/// What is told of a session is every byte of it.
pub async fn whole_is_every_byte(store: ArchiveSubject) {
    let (log, whole) = full(&store, 1).await;
    assert_eq!((whole.broken(), whole.head(), whole.records.last()), (None, log.head(), log.records.last()));
    assert_eq!(whole.records, log.after(whole.floor()));
    assert!((1..=500).contains(&whole.floor()), "the oldest entries are gone: {}", whole.floor());
    assert_eq!(whole.snapshot, Some(Snapshot { head: log.head_at(500), bytes: "state".into() }));
    assert_eq!((&*whole.meta.user, whole.meta.active_ms, whole.meta.deadline_ms), ("ada", 4_000, Some(5_000)));
    assert_eq!(whole.meta.summary, r#"{"version":700}"#);
    assert_eq!(whole.meta.unanswered, Some(Unanswered { message: [9; 16], at_ms: 3_000 }));
    let privates = [("a".to_owned(), Bytes::new()), ("b".to_owned(), Bytes::from_static(&[0, 255, 10]))];
    assert_eq!(whole.privates, privates);
    assert_eq!(store.whole(&Script::new(2).key).await.expect("whole answers"), None);
}

/// What is put is there as if it had been written: for reads, indexes and the next append.
pub async fn what_is_put_is_there(store: ArchiveSubject) {
    let (log, whole) = full(&store, 1).await;
    let mut copy = Script { key: Script::new(2).key, ..log.clone() };
    put(&store, &copy.key, Found::Nothing, &whole).await.expect("nothing is there");
    assert_eq!(session(&store, &copy.key).await, whole);
    let loaded = store.load(&copy.key).await.expect("load answers").expect("it is there");
    assert_eq!((loaded.snapshot, &loaded.records[..], loaded.touched_ms), (whole.snapshot.clone(), log.after(500), 4_000));
    assert_eq!(store.entries_after(&copy.key, log.head_at(600), usize::MAX).await.expect("an answer").expect("a place"), log.after(600));
    assert_eq!(store.head_at(&copy.key, 510).await.expect("head_at answers"), Some(log.head_at(510)));
    assert_eq!(store.private(&copy.key, "b").await.expect("private answers"), Some(Bytes::from_static(&[0, 255, 10])));
    let listed = store.list("shop", "ada", None, 10).await.expect("list answers");
    assert!(listed.items.iter().any(|row| row.session == copy.key.session && row.active_ms == 4_000));
    assert!(store.due(5_000, 10).await.expect("due answers").contains(&copy.key));
    let waiting = store.unanswered("shop", None, 10).await.expect("unanswered answers");
    assert!(waiting.iter().any(|row| row.session == copy.key.session && row.at_ms == 3_000 && row.message == [9; 16]));
    let subject = Arc::clone(&store) as super::Subject;
    copy.append(&subject, 100, 6_000).await;
    store.put_snapshot(&copy.key, Snapshot { head: copy.head_at(790), bytes: "later".into() }).await.expect("put_snapshot answers");
    assert_eq!(store.unanswered("shop", None, 10).await.expect("unanswered answers").len(), 1, "the copy waits no more");
    let later = session(&store, &copy.key).await;
    assert_eq!((later.floor(), later.head(), later.snapshot.map(|kept| kept.head.version)), (544, copy.head(), Some(790)));
    assert!(store.erase(&copy.key, 7_000).await.expect("erase answers"));
    assert_eq!(session(&store, &log.key).await, whole, "the other is as it was");
}

/// A put takes the place of what was expected and of nothing else; the same again is no harm.
pub async fn put_is_compare_and_swap(store: ArchiveSubject) {
    let (log, whole) = full(&store, 1).await;
    let subject = Arc::clone(&store) as super::Subject;
    let mut other = Script::new(2);
    other.append(&subject, 3, 20).await;
    for expected in [Found::Nothing, Found::Erased, Found::Head(other.head_at(2)), Found::Head(Head { chain: [1; 32], ..other.head() })] {
        let answer = put(&store, &other.key, expected, &whole).await;
        assert!(matches!(answer, Err(PutError::Conflict(Found::Head(head))) if head == other.head()), "{expected:?}: {answer:?}");
    }
    assert_eq!(session(&store, &other.key).await.records, other.records, "nothing was changed");
    put(&store, &other.key, Found::Head(other.head()), &whole).await.expect("it is what was expected");
    put(&store, &other.key, Found::Head(other.head()), &whole).await.expect("the same again is done already");
    assert_eq!(session(&store, &other.key).await, whole);
    let answer = put(&store, &Script::new(3).key, Found::Head(log.head()), &whole).await;
    assert!(matches!(answer, Err(PutError::Conflict(Found::Nothing))), "{answer:?}");
    let mut gap = whole.clone();
    gap.records.remove(7);
    assert!(matches!(put(&store, &Script::new(3).key, Found::Nothing, &gap).await, Err(PutError::Store(_))));
    assert_eq!(store.whole(&Script::new(3).key).await.expect("whole answers"), None);
}

/// What a put replaces leaves nothing behind: no row of a list, no private value, no deadline.
pub async fn put_leaves_nothing_of_what_was(store: ArchiveSubject) {
    let (log, _) = full(&store, 1).await;
    let subject = Arc::clone(&store) as super::Subject;
    let mut small = Script::of("shop", "bob", 2);
    let mut append = small.next(2, 50);
    append.meta.deadline_ms = None;
    small.send(&subject, append).await;
    let whole = session(&store, &small.key).await;
    put(&store, &log.key, Found::Head(log.head()), &whole).await.expect("it is what was expected");
    assert_eq!(session(&store, &log.key).await, whole);
    assert_eq!(store.privates(&log.key).await.expect("privates answers"), [""; 0]);
    assert_eq!(store.list("shop", "ada", None, 10).await.expect("list answers").items.len(), 0);
    assert_eq!(store.list("shop", "bob", None, 10).await.expect("list answers").items.len(), 2);
    assert_eq!(store.due(u64::MAX / 2, 10).await.expect("due answers"), []);
    assert_eq!(store.unanswered("shop", None, 10).await.expect("unanswered answers"), []);
    let mut copy = Script { key: log.key.clone(), ..small };
    copy.append(&subject, 1, 60).await;
    assert_eq!(copy.loaded(&subject).await.records, copy.records);
}

/// A tombstone is told with its time and can be put; nothing takes its place.
pub async fn tombstones_move_and_stay(store: ArchiveSubject) {
    let (log, whole) = full(&store, 1).await;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_millis() as u64;
    assert!(store.erase(&log.key, now).await.expect("erase answers"));
    let tombstone = Archived::Erased { at_ms: now };
    assert_eq!(store.whole(&log.key).await.expect("whole answers"), Some(tombstone.clone()));
    let copy = Script::new(2);
    store.put_whole(&copy.key, Found::Nothing, tombstone.clone()).await.expect("nothing is there");
    assert_eq!(store.whole(&copy.key).await.expect("whole answers"), Some(tombstone.clone()));
    for expected in [Found::Nothing, Found::Erased] {
        let answer = put(&store, &copy.key, expected, &whole).await;
        assert!(matches!(answer, Err(PutError::Conflict(Found::Erased))), "{answer:?}");
    }
    let answer = store.append(copy.next(1, 30)).await;
    assert!(matches!(answer, Err(AppendError::Erased)), "{answer:?}");
    store.put_whole(&copy.key, Found::Nothing, tombstone.clone()).await.expect("the same again is done already");
    let subject = Arc::clone(&store) as super::Subject;
    let mut live = Script::new(3);
    live.append(&subject, 2, 40).await;
    let answer = store.put_whole(&live.key, Found::Nothing, tombstone.clone()).await;
    assert!(matches!(answer, Err(PutError::Conflict(Found::Head(_)))), "{answer:?}");
    store.put_whole(&live.key, Found::Head(live.head()), tombstone).await.expect("it is what was expected");
    assert_eq!(live.load(&subject).await, None);
    assert_eq!(store.list("shop", "ada", None, 10).await.expect("list answers").items.len(), 0);
}

/// The lowest schema of a store is 0 at first, rises, and never falls.
pub async fn schema_min_only_rises(store: ArchiveSubject) {
    assert_eq!(store.schema_min().await.expect("schema_min answers"), 0);
    for (to, is) in [(2, 2), (1, 2), (2, 2), (7, 7)] {
        assert_eq!(store.raise_schema_min(to).await.expect("raise_schema_min answers"), is);
        assert_eq!(store.schema_min().await.expect("schema_min answers"), is);
    }
    assert_eq!(walked(&store).await, [], "it is no session");
}
