//! Behaviours of `list`, `due` and `touch`.

use super::Subject;
use super::script::{Script, numbers};
use crate::{Page, Touch};

async fn page(store: &Subject, app: &str, user: &str, after: Option<(u64, [u8; 16])>, limit: usize) -> Page {
    store.list(app, user, after, limit).await.expect("list answers")
}

/// All numbers of a user's sessions, read page by page.
async fn walk(store: &Subject, user: &str, limit: usize) -> Vec<u128> {
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = page(store, "shop", user, after, limit).await;
        assert!(page.items.len() <= limit);
        seen.extend(numbers(&page));
        match page.next {
            Some(next) => after = Some(next),
            None => return seen,
        }
    }
}

async fn due(store: &Subject, now_ms: u64, limit: usize) -> Vec<u128> {
    let keys = store.due(now_ms, limit).await.expect("due answers");
    keys.iter().map(|key| u128::from_be_bytes(key.session)).collect()
}

/// A touch moves a session up its list and never down.
pub async fn touch_moves_forward_only(store: Subject) {
    let (mut first, mut second) = (Script::new(1), Script::new(2));
    first.append(&store, 1, 100).await;
    second.append(&store, 1, 200).await;
    assert_eq!(walk(&store, "ada", 10).await, [2, 1]);
    store.touch(&first.key, Touch::new(300, Some(900)));
    store.flush().await.expect("flush answers");
    assert_eq!(walk(&store, "ada", 10).await, [1, 2]);
    assert_eq!(first.loaded(&store).await.touched_ms, 300);
    store.touch(&first.key, Touch::new(50, Some(60)));
    store.flush().await.expect("flush answers");
    assert_eq!(walk(&store, "ada", 10).await, [1, 2]);
    assert_eq!(first.loaded(&store).await.touched_ms, 300);
    assert_eq!(first.loaded(&store).await.records, first.records);
    assert_eq!(due(&store, 899, 10).await, []);
    store.touch(&Script::new(3).key, Touch::new(400, None));
    store.flush().await.expect("flush answers");
    assert_eq!(Script::new(3).load(&store).await, None);
}

/// The latest activity decides when a session is due.
pub async fn touch_sets_the_deadline(store: Subject) {
    let mut log = Script::new(1);
    log.append(&store, 1, 100).await;
    store.touch(&log.key, Touch::new(200, Some(5_000)));
    store.touch(&log.key, Touch::new(150, Some(400)));
    store.flush().await.expect("flush answers");
    assert_eq!(due(&store, 4_999, 10).await, []);
    assert_eq!(due(&store, 5_000, 10).await, [1]);
    store.touch(&log.key, Touch::new(300, None));
    store.flush().await.expect("flush answers");
    assert_eq!(due(&store, u64::MAX, 10).await, []);
}

/// An append that carries an older time leaves the latest one known.
pub async fn append_never_moves_activity_back(store: Subject) {
    let mut log = Script::new(1);
    log.append(&store, 1, 100).await;
    store.touch(&log.key, Touch::new(900, None));
    store.flush().await.expect("flush answers");
    log.append(&store, 1, 500).await;
    assert_eq!(log.loaded(&store).await.touched_ms, 900);
    assert_eq!(page(&store, "shop", "ada", None, 1).await.items[0].active_ms, 900);
    assert_eq!(due(&store, 1_500, 10).await, [1]);
}

/// A list is ordered by activity, whatever the order of the appends.
pub async fn lists_are_newest_first(store: Subject) {
    for (number, active_ms) in [(1, 300), (2, 100), (3, 500), (4, 200), (5, 400)] {
        Script::new(number).append(&store, 1, active_ms).await;
    }
    assert_eq!(walk(&store, "ada", 10).await, [3, 5, 1, 4, 2]);
    let first = page(&store, "shop", "ada", None, 2).await;
    assert_eq!(numbers(&first), [3, 5]);
    assert_eq!(first.next, Some((400, 5u128.to_be_bytes())));
    assert_eq!(page(&store, "shop", "ada", None, 5).await.next, None);
    assert_eq!(page(&store, "shop", "nobody", None, 5).await, Page::default());
}

/// Pages neither repeat nor skip a session, also where many were active in the same millisecond.
pub async fn lists_page_through_ties(store: Subject) {
    for number in 0..60 {
        Script::new(number * 7 % 60).append(&store, 1, 100 + (number as u64) / 25).await;
    }
    let whole = walk(&store, "ada", 1_000).await;
    let mut sorted = whole.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, (0..60).collect::<Vec<u128>>());
    for limit in [1, 7, 20, 59, 60] {
        assert_eq!(walk(&store, "ada", limit).await, whole, "pages of {limit}");
    }
}

/// Nobody sees another user's sessions, however their names begin.
pub async fn lists_keep_users_apart(store: Subject) {
    for (number, user) in [(1, "ada"), (2, "ada2"), (3, "ad"), (4, "ada"), (5, ""), (6, "ada:"), (7, "a%")] {
        Script::of("shop", user, number).append(&store, 1, number as u64).await;
    }
    assert_eq!(walk(&store, "ada", 1).await, [4, 1]);
    assert_eq!(walk(&store, "ad", 1).await, [3]);
    assert_eq!(walk(&store, "", 1).await, [5]);
    assert_eq!(walk(&store, "a%", 1).await, [7]);
    assert_eq!(walk(&store, "a", 1).await, []);
}

/// The same id in two apps is two sessions.
pub async fn lists_keep_apps_apart(store: Subject) {
    let (mut shop, mut bank) = (Script::of("shop", "ada", 1), Script::of("bank", "ada", 1));
    shop.append(&store, 2, 10).await;
    bank.append(&store, 3, 20).await;
    assert_eq!(shop.loaded(&store).await.records, shop.records);
    assert_eq!(bank.loaded(&store).await.records, bank.records);
    assert_eq!(page(&store, "bank", "ada", None, 10).await.items[0].active_ms, 20);
    assert!(store.erase(&shop.key, 30).await.expect("erase answers"));
    assert_eq!(page(&store, "shop", "ada", None, 10).await, Page::default());
    assert_eq!(bank.loaded(&store).await.records, bank.records);
    assert_eq!(page(&store, "bank", "ada", None, 10).await.items.len(), 1);
}

/// A list shows what the latest append said.
pub async fn lists_show_the_latest_summary(store: Subject) {
    let mut log = Script::new(1);
    log.append(&store, 1, 10).await;
    log.append(&store, 4, 10).await;
    let items = page(&store, "shop", "ada", None, 10).await.items;
    assert_eq!((items.len(), &items[0].summary[..]), (1, &b"{\"version\":5}"[..]));
}

/// What is due comes earliest first, up to the limit, and what has no deadline never.
pub async fn due_is_ordered_and_limited(store: Subject) {
    for (number, deadline_ms) in [(1, Some(50)), (2, Some(20)), (3, None), (4, Some(30)), (5, Some(0)), (6, Some(51))] {
        let log = Script::of(&format!("app{number}"), "ada", number);
        let mut append = log.next(1, 10);
        append.meta.deadline_ms = deadline_ms;
        store.append(append).await.expect("the append is taken");
    }
    assert_eq!(due(&store, 50, 10).await, [5, 2, 4, 1]);
    assert_eq!(due(&store, 50, 3).await, [5, 2, 4]);
    assert_eq!(due(&store, 19, 10).await, [5]);
    assert_eq!(due(&store, u64::MAX, 10).await, [5, 2, 4, 1, 6]);
    let keys = store.due(0, 1).await.expect("due answers");
    assert_eq!(&*keys[0].app, "app5");
}

/// Every append sets the deadline anew: later, earlier, or none.
pub async fn due_follows_the_latest_deadline(store: Subject) {
    let mut log = Script::new(1);
    for deadline_ms in [Some(100), Some(900), Some(50), None, Some(70)] {
        let mut append = log.next(1, 10);
        append.meta.deadline_ms = deadline_ms;
        log.send(&store, append).await;
        let expected: &[u128] = if deadline_ms.is_some_and(|at| at <= 100) { &[1] } else { &[] };
        assert_eq!(due(&store, 100, 10).await, expected, "with {deadline_ms:?}");
    }
    assert_eq!(due(&store, 69, 10).await, []);
}
