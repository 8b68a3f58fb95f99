//! Behaviours under many callers at once.

use tokio::task::JoinSet;

use super::Subject;
use super::script::{Script, chain_after};
use crate::{AppendError, Head};

/// A caller that goes away does not take its append with it.
pub async fn dropped_answer_still_does_the_work(store: Subject) {
    let mut log = Script::new(1);
    let append = log.next(3, 10);
    log.records.clone_from(&append.records);
    drop(store.append(append));
    store.flush().await.expect("flush answers");
    assert_eq!(log.loaded(&store).await.records, log.records);
    drop(store.erase(&log.key, 20));
    store.flush().await.expect("flush answers");
    assert_eq!(log.load(&store).await, None);
}

/// Of many appends on one head exactly one is taken, and the others are told which.
pub async fn one_of_many_appends_wins(store: Subject) {
    let mut log = Script::new(1);
    log.append(&store, 1, 10).await;
    for round in 0..20 {
        let mut racers = JoinSet::new();
        for racer in 0..8 {
            let (store, append) = (store.clone(), log.next(1, 1_000 * round + racer));
            racers.spawn(async move { (append.records.clone(), store.append(append).await) });
        }
        let (mut won, mut told) = (Vec::new(), Vec::new());
        for (records, answer) in racers.join_all().await {
            match answer {
                Ok(()) => won.push(records),
                Err(AppendError::Conflict(missed)) => told.push(missed.records),
                Err(other) => panic!("neither won nor told: {other}"),
            }
        }
        assert_eq!((won.len(), told.len()), (1, 7));
        assert!(told.iter().all(|missed| *missed == won[0]), "the losers are told the winner's entry");
        log.records.extend(won.remove(0));
    }
    assert_eq!(log.loaded(&store).await.records, log.records);
}

/// Many sessions are written at the same time, and every entry of each is kept.
pub async fn many_sessions_at_once_are_all_kept(store: Subject) {
    let mut writers = JoinSet::new();
    for number in 0..64u128 {
        let store = store.clone();
        writers.spawn(async move {
            let mut log = Script::of("shop", &format!("user{}", number % 5), number);
            for step in 0..12 {
                log.append(&store, 1 + step % 3, 100 + step as u64).await;
            }
            log
        });
    }
    let logs = writers.join_all().await;
    for log in &logs {
        assert_eq!(log.loaded(&store).await.records, log.records);
    }
    let mut listed = 0;
    for user in 0..5 {
        listed += store.list("shop", &format!("user{user}"), None, 100).await.expect("list answers").items.len();
    }
    assert_eq!(listed, 64);
}

/// What was acknowledged is in every read that begins after it, and no read sees a torn log.
pub async fn readers_see_what_was_acknowledged(store: Subject) {
    let mut log = Script::new(1);
    log.append(&store, 2, 10).await;
    let (acknowledged, watch) = tokio::sync::watch::channel(log.head().version);
    let mut readers = JoinSet::new();
    for _ in 0..3 {
        let (store, watch, log) = (store.clone(), watch.clone(), log.clone());
        readers.spawn(async move {
            while watch.has_changed().is_ok() {
                let least = *watch.borrow();
                let records = log.loaded(&store).await.records;
                assert!(records.len() as u64 >= least, "an acknowledged entry is missing");
                let mut head = Head::ZERO;
                for record in &records {
                    assert_eq!(record.head.version, head.version + 1);
                    assert_eq!(record.head.chain, chain_after(head.chain, &record.bytes));
                    head = record.head;
                }
                tokio::task::yield_now().await;
            }
        });
    }
    for step in 0..100 {
        log.append(&store, 2, 20 + step).await;
        acknowledged.send_replace(log.head().version);
    }
    drop(acknowledged);
    drop(watch);
    readers.join_all().await;
    assert_eq!(log.loaded(&store).await.records, log.records);
}
