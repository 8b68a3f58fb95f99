//! Behaviours of private values: they live beside a session's log, and go with the session.

use bytes::Bytes;

use super::Subject;
use super::script::Script;
use crate::{Head, Key, Loaded, PRIVATES_MAX, PrivateError, Snapshot};

async fn put(store: &Subject, key: &Key, name: &str, value: &str) {
    store.put_private(key, name, Some(Bytes::copy_from_slice(value.as_bytes()))).await.expect("the value is kept");
}

async fn remove(store: &Subject, key: &Key, name: &str) {
    store.put_private(key, name, None).await.expect("the value is removed");
}

async fn get(store: &Subject, key: &Key, name: &str) -> Option<Bytes> {
    store.private(key, name).await.expect("private answers")
}

async fn names(store: &Subject, key: &Key) -> Vec<String> {
    store.privates(key).await.expect("privates answers")
}

async fn created(store: &Subject, app: &str, number: u128) -> Script {
    let mut log = Script::of(app, "ada", number);
    log.append(store, 3, 10).await;
    log
}

/// Each name has its own value, the latest that was put; names come in the order of their bytes.
pub async fn private_values_are_kept_by_name(store: Subject) {
    let log = created(&store, "shop", 1).await;
    assert_eq!((get(&store, &log.key, "b").await, names(&store, &log.key).await), (None, vec![]));
    for (name, value) in [("b", "1"), ("a", "2"), ("\u{e9}", "3"), ("B", "4"), ("b", "5"), ("", "6")] {
        put(&store, &log.key, name, value).await;
        assert_eq!(get(&store, &log.key, name).await.as_deref(), Some(value.as_bytes()), "{name:?}");
    }
    assert_eq!(names(&store, &log.key).await, ["", "B", "a", "b", "\u{e9}"]);
    assert_eq!(get(&store, &log.key, "a").await.as_deref(), Some(&b"2"[..]));
    assert_eq!(get(&store, &log.key, "A").await, None);
}

/// No bytes, every byte, and many bytes.
pub async fn private_value_is_every_byte_that_was_given(store: Subject) {
    let log = created(&store, "shop", 1).await;
    for value in [Vec::new(), (0..=255).collect(), vec![7; 1_000_000]] {
        store.put_private(&log.key, "a", Some(value.clone().into())).await.expect("the value is kept");
        assert_eq!(get(&store, &log.key, "a").await.as_deref(), Some(&value[..]));
    }
}

/// What is removed is gone, and what is not there can be removed.
pub async fn private_value_is_removed(store: Subject) {
    let log = created(&store, "shop", 1).await;
    remove(&store, &log.key, "a").await;
    put(&store, &log.key, "a", "1").await;
    put(&store, &log.key, "b", "2").await;
    remove(&store, &log.key, "a").await;
    remove(&store, &log.key, "a").await;
    assert_eq!((get(&store, &log.key, "a").await, names(&store, &log.key).await), (None, vec!["b".to_owned()]));
    put(&store, &log.key, "a", "3").await;
    assert_eq!(get(&store, &log.key, "a").await.as_deref(), Some(&b"3"[..]));
}

/// The same name in another session, or in a session of the same id in another app, is another value.
pub async fn private_values_of_sessions_stay_apart(store: Subject) {
    let logs = [created(&store, "shop", 1).await, created(&store, "shop", 2).await, created(&store, "bank", 1).await];
    for (nth, log) in logs.iter().enumerate() {
        put(&store, &log.key, "a", &nth.to_string()).await;
    }
    remove(&store, &logs[1].key, "a").await;
    assert_eq!(get(&store, &logs[0].key, "a").await.as_deref(), Some(&b"0"[..]));
    assert_eq!(get(&store, &logs[1].key, "a").await, None);
    assert_eq!(get(&store, &logs[2].key, "a").await.as_deref(), Some(&b"2"[..]));
}

/// A value brings no session to life, and none is found of a session that is not there.
pub async fn private_value_of_no_session_is_not_found(store: Subject) {
    let log = Script::new(1);
    for value in [Some(Bytes::from_static(b"1")), None] {
        let answer = store.put_private(&log.key, "a", value).await;
        assert!(matches!(answer, Err(PrivateError::NotFound)), "{answer:?}");
    }
    assert_eq!((get(&store, &log.key, "a").await, names(&store, &log.key).await, log.load(&store).await), (None, vec![], None));
    created(&store, "shop", 1).await;
    assert_eq!(names(&store, &log.key).await, [""; 0]);
}

/// Past the most that there may be, a new name is refused and changes nothing; one that is there is still replaced.
pub async fn private_values_are_at_most_64(store: Subject) {
    let log = created(&store, "shop", 1).await;
    for nth in 0..PRIVATES_MAX {
        put(&store, &log.key, &format!("name {nth:02}"), "1").await;
    }
    let answer = store.put_private(&log.key, "another", Some("1".into())).await;
    assert!(matches!(answer, Err(PrivateError::TooMany)), "{answer:?}");
    assert_eq!((names(&store, &log.key).await.len(), get(&store, &log.key, "another").await), (64, None));
    put(&store, &log.key, "name 07", "2").await;
    assert_eq!(get(&store, &log.key, "name 07").await.as_deref(), Some(&b"2"[..]));
    remove(&store, &log.key, "name 63").await;
    put(&store, &log.key, "another", "1").await;
    assert_eq!(names(&store, &log.key).await.len(), PRIVATES_MAX);
    let other = created(&store, "shop", 2).await;
    put(&store, &other.key, "another", "1").await;
}

/// Nothing private is left of an erased session, and it takes none.
pub async fn private_values_are_erased_with_their_session(store: Subject) {
    let log = created(&store, "shop", 1).await;
    put(&store, &log.key, "a", "1").await;
    assert!(store.erase(&log.key, 20).await.expect("erase answers"));
    assert_eq!((get(&store, &log.key, "a").await, names(&store, &log.key).await), (None, vec![]));
    let answer = store.put_private(&log.key, "a", Some("2".into())).await;
    assert!(matches!(answer, Err(PrivateError::NotFound)), "{answer:?}");
    assert_eq!(get(&store, &log.key, "a").await, None);
}

/// Private values move no head, no activity and no deadline, and are in no load and no list; appends and snapshots leave them alone.
pub async fn private_values_are_not_in_the_log(store: Subject) {
    let mut log = created(&store, "shop", 1).await;
    let page = store.list("shop", "ada", None, 10).await.expect("list answers");
    let loaded = Loaded { snapshot: None, records: log.records.clone(), touched_ms: 10 };
    put(&store, &log.key, "a", "1").await;
    assert_eq!(log.loaded(&store).await, loaded);
    assert_eq!(store.list("shop", "ada", None, 10).await.expect("list answers"), page);
    assert_eq!(store.due(u64::MAX / 2, 10).await.expect("due answers").len(), 1);
    assert_eq!(store.entries_after(&log.key, Head::ZERO, usize::MAX).await.expect("entries_after answers"), Some(log.records.clone()));
    log.append(&store, 400, 20).await;
    store.put_snapshot(&log.key, Snapshot { head: log.head(), bytes: "state".into() }).await.expect("put_snapshot answers");
    assert_eq!(get(&store, &log.key, "a").await.as_deref(), Some(&b"1"[..]));
}
