//! Behaviours of `unanswered` and `head_at`.

use super::Subject;
use super::script::Script;
use crate::{Head, Snapshot, Touch, Unanswered, Waiting};

/// Appends one entry, after which a message of that number waits since `at_ms`; 0 for none.
async fn ask(store: &Subject, log: &mut Script, message: u8, at_ms: u64) {
    let mut append = log.next(1, 1_000);
    append.meta.unanswered = (message > 0).then_some(Unanswered { message: [message; 16], at_ms });
    log.send(store, append).await;
}

async fn waiting(store: &Subject, app: &str) -> Vec<(u128, u8, u64)> {
    let rows = store.unanswered(app, None, 100).await.expect("unanswered answers");
    rows.iter().map(|row| (u128::from_be_bytes(row.session), row.message[0], row.at_ms)).collect()
}

/// Whoever waits longest comes first, also where many began in the same millisecond, and pages neither repeat nor skip one.
pub async fn unanswered_is_oldest_first(store: Subject) {
    for (number, at_ms) in [(1, 300), (2, 100), (3, 200), (4, 100), (5, 0)] {
        let mut log = Script::new(number);
        ask(&store, &mut log, u8::from(number != 3) + 1, at_ms).await;
    }
    let expected = [(5, 2, 0), (2, 2, 100), (4, 2, 100), (3, 1, 200), (1, 2, 300)];
    assert_eq!(waiting(&store, "shop").await, expected);
    for limit in [1, 2, 3, 5] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = store.unanswered("shop", after, limit).await.expect("unanswered answers");
            assert!(page.len() <= limit);
            seen.extend(page.iter().map(|row| u128::from_be_bytes(row.session)));
            match page.last().filter(|_| page.len() == limit) {
                Some(row) => after = Some((row.at_ms, row.session)),
                None => break,
            }
        }
        assert_eq!(seen, [5, 2, 4, 3, 1], "pages of {limit}");
    }
}

/// Every append says it anew: another message, none, another user; a touch of a session that the store knows leaves it alone.
pub async fn unanswered_follows_the_latest_append(store: Subject) {
    let mut log = Script::new(1);
    ask(&store, &mut log, 1, 100).await;
    ask(&store, &mut log, 1, 100).await;
    assert_eq!(waiting(&store, "shop").await, [(1, 1, 100)]);
    ask(&store, &mut log, 2, 50).await;
    assert_eq!(waiting(&store, "shop").await, [(1, 2, 50)]);
    ask(&store, &mut log, 0, 0).await;
    assert_eq!(waiting(&store, "shop").await, []);
    log.user = "ben".into();
    ask(&store, &mut log, 3, 70).await;
    let unanswered = Some(Unanswered { message: [3; 16], at_ms: 70 });
    store.touch(&log.key, Touch { active_ms: 2_000, deadline_ms: None, unanswered });
    store.flush().await.expect("flush answers");
    let expected = Waiting { session: log.key.session, message: [3; 16], user: "ben".into(), at_ms: 70 };
    assert_eq!(store.unanswered("shop", None, 9).await.expect("unanswered answers"), [expected]);
    assert!(store.append(log.next_on(Head::ZERO, 1, 10)).await.is_err());
    assert_eq!(waiting(&store, "shop").await.len(), 1);
    log.append(&store, 3, 3_000).await;
    assert_eq!(waiting(&store, "shop").await, []);
}

/// Nobody waits in another app, nor in a session that is gone.
pub async fn unanswered_keeps_apps_apart(store: Subject) {
    let (mut shop, mut bank) = (Script::of("shop", "ada", 1), Script::of("bank", "ada", 1));
    ask(&store, &mut shop, 1, 10).await;
    ask(&store, &mut bank, 2, 20).await;
    assert_eq!(waiting(&store, "shop").await, [(1, 1, 10)]);
    assert_eq!(waiting(&store, "ban").await, []);
    assert!(store.erase(&shop.key, 30).await.expect("erase answers"));
    assert_eq!(waiting(&store, "shop").await, []);
    assert_eq!(waiting(&store, "bank").await, [(1, 2, 20)]);
}

/// A version has a head where it is a place in the log as it is kept.
pub async fn head_at_is_a_place_in_the_log(store: Subject) {
    let mut log = Script::new(1);
    assert_eq!(store.head_at(&log.key, 0).await.expect("head_at answers"), None);
    log.append(&store, 700, 10).await;
    for version in [0, 1, 63, 64, 65, 699, 700] {
        assert_eq!(store.head_at(&log.key, version).await.expect("head_at answers"), Some(log.head_at(version)), "{version}");
    }
    assert_eq!(store.head_at(&log.key, 701).await.expect("head_at answers"), None);
    store.put_snapshot(&log.key, Snapshot { head: log.head_at(400), bytes: "state".into() }).await.expect("it is kept");
    for (version, is_there) in [(0, false), (399, false), (400, true), (401, true), (700, true)] {
        let head = store.head_at(&log.key, version).await.expect("head_at answers");
        assert_eq!(head, is_there.then(|| log.head_at(version)), "{version}");
    }
}
