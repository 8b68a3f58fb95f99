//! What is answered when something stands in the way: an append is acknowledged only when it is there, and is there once however often
//! it was sent.

use std::sync::Arc;
use std::time::Duration;

use colloq_store::conformance::{Script, Subject};
use colloq_store::{AppendError, Head, StoreError};
use colloq_store_redis::{OpenError, RedisStore};
use tokio::task::JoinSet;

use crate::servers::{Server, fresh_prefix, shared_cluster, shared_server};

pub(crate) async fn open(url: &str) -> Subject {
    Arc::new(RedisStore::open(url.parse().unwrap()).await.unwrap_or_else(|error| panic!("{url}: {error}")))
}

async fn sent_often_is_written_once(url: &str) {
    let url = format!("{url}?prefix={}", fresh_prefix());
    let stores = [open(&url).await, open(&url).await];
    let mut log = Script::new(1);
    for round in 0..20 {
        let append = log.next(1 + round % 3, 10 + round as u64);
        let mut sending = JoinSet::new();
        for at in 0..6 {
            let (store, append) = (stores[at % 2].clone(), append.clone());
            sending.spawn(async move { store.append(append).await });
        }
        for answer in sending.join_all().await {
            answer.expect("the same entries are taken as often as they come");
        }
        log.records.extend(append.records);
        assert_eq!(log.loaded(&stores[0]).await.records, log.records);
    }
    // One that comes late, when others stand behind it, changes nothing; others at its place are told what is there.
    let mut late = Script::new(1);
    late.records = log.records[..1].to_vec();
    let again = colloq_store::Append { records: log.after(1)[..2].to_vec(), ..late.next(1, 10) };
    stores[1].append(again).await.expect("it is there");
    assert!(matches!(stores[1].append(late.next(2, 77)).await, Err(AppendError::Conflict(_))));
    assert_eq!(log.loaded(&stores[0]).await.records, log.records);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_sent_often_is_written_once() {
    sent_often_is_written_once(&shared_server()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_sent_often_is_written_once_in_a_cluster() {
    sent_often_is_written_once(&shared_cluster()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_an_append_that_is_not_answered_is_unknown_and_can_be_sent_again() {
    let server = Server::start(&[]);
    let store = open(&format!("{}?timeout=200", server.url())).await;
    let mut log = Script::new(1);
    log.append(&store, 1, 10).await;
    server.signal("STOP");
    let append = log.next(2, 20);
    let answer = store.append(append.clone()).await;
    assert!(matches!(answer, Err(AppendError::Unknown(_))), "{answer:?}");
    assert!(store.load(&log.key).await.is_err());
    server.signal("CONT");
    log.send(&store, append).await;
    log.append(&store, 1, 30).await;
    assert_eq!(log.loaded(&store).await.records, log.records);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_nothing_happened_where_nobody_answers_the_door() {
    let mut server = Server::start(&[]);
    let store = open(&server.url()).await;
    server.kill();
    let mut log = Script::new(1);
    // The first is sent into a connection that has just ended, the second finds none.
    let _ = store.append(log.next(1, 10)).await;
    let answer = store.append(log.next(1, 10)).await;
    assert!(matches!(answer, Err(AppendError::Store(StoreError::Unavailable(_)))), "{answer:?}");
    assert!(store.flush().await.is_err());
    let refused = RedisStore::open(server.url().parse().unwrap()).await.err().expect("nobody is there");
    assert!(matches!(refused, OpenError::Unusable { .. }) && refused.to_string().contains(&server.port.to_string()), "{refused}");
    server.restart();
    log.append(&store, 1, 10).await;
    store.flush().await.expect("it is back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_what_the_replicas_do_not_have_is_unknown() {
    let primary = Server::start(&[]);
    let port = primary.port.to_string();
    let url = format!("{}?wait=1&wait_timeout=300", primary.url());
    let store = open(&primary.url()).await;
    let waited = open(&url).await;
    let mut log = Script::new(1);
    log.append(&store, 1, 10).await;
    let append = log.next(1, 20);
    for _ in 0..2 {
        let answer = waited.append(append.clone()).await;
        assert!(matches!(&answer, Err(AppendError::Unknown(why)) if why.to_string().contains("0 of 1")), "{answer:?}");
    }
    // A create writes its rows first: what is not known of them is known of the session, which is not there.
    let answer = waited.append(Script::new(2).next(1, 10)).await;
    assert!(matches!(answer, Err(AppendError::Store(_))), "{answer:?}");
    assert_eq!(Script::new(2).load(&store).await, None);
    let mut replica = Server::start(&["--replicaof", "127.0.0.1", &port, "--repl-diskless-sync-delay", "0"]);
    while !replica.ask(&["INFO", "replication"]).contains("master_link_status:up") {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // It was there since the first try, and is now at the replica too.
    log.send(&waited, append).await;
    assert_eq!(replica.ask(&["LLEN", "colloq:{shop/00000000000000000000000000000001}:log"]), "2");
    log.append(&waited, 3, 30).await;
    replica.kill();
    let answer = waited.append(log.next(1, 40)).await;
    assert!(matches!(answer, Err(AppendError::Unknown(_))), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_a_master_with_too_few_replicas_refuses() {
    let server = Server::start(&["--min-replicas-to-write", "1"]);
    let settle = || server.ask(&["CONFIG", "SET", "min-replicas-to-write", "0"]);
    assert!(RedisStore::open(server.url().parse().unwrap()).await.is_err());
    settle();
    let store = open(&server.url()).await;
    let mut log = Script::new(1);
    log.append(&store, 1, 10).await;
    server.ask(&["CONFIG", "SET", "min-replicas-to-write", "1"]);
    let answer = store.append(log.next(1, 20)).await;
    assert!(matches!(&answer, Err(AppendError::Store(StoreError::Unavailable(why))) if why.contains("NOREPLICAS")), "{answer:?}");
    settle();
    assert_eq!(log.loaded(&store).await.records, log.records);
    log.append(&store, 1, 20).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_a_server_without_room_says_so_and_holds_what_it_had() {
    let server = Server::start(&["--maxmemory-policy", "noeviction"]);
    let store = open(&server.url()).await;
    let mut log = Script::new(1);
    log.append(&store, 3, 10).await;
    server.ask(&["CONFIG", "SET", "maxmemory", "1mb"]);
    let answer = store.append(log.next(1, 20)).await;
    assert!(matches!(answer, Err(AppendError::Store(StoreError::Full(_)))), "{answer:?}");
    assert_eq!(log.loaded(&store).await.records, log.records);
    server.ask(&["CONFIG", "SET", "maxmemory", "0"]);
    log.append(&store, 1, 20).await;
    assert_eq!(log.loaded(&store).await.records, log.records);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_a_log_with_a_hole_is_damaged_and_never_shown_as_whole() {
    let server = Server::start(&[]);
    let store = open(&server.url()).await;
    let mut log = Script::new(1);
    log.append(&store, 5, 10).await;
    server.ask(&["RPOP", "colloq:{shop/00000000000000000000000000000001}:log"]);
    for answer in [store.load(&log.key).await.err(), store.entries_after(&log.key, Head::ZERO, usize::MAX).await.err()] {
        assert!(matches!(answer, Some(StoreError::Damaged(_))), "{answer:?}");
    }
    let newer = Server::start(&[]);
    newer.ask(&["SET", "colloq:layout", "99"]);
    let refused = RedisStore::open(newer.url().parse().unwrap()).await.err();
    assert!(matches!(refused, Some(OpenError::Newer { .. })), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_a_server_that_forgot_its_scripts_is_given_them_again() {
    let mut primary = Server::start(&["--appendonly", "yes", "--appendfsync", "always"]);
    let port = primary.port.to_string();
    let replica = Server::start(&["--replicaof", "127.0.0.1", &port, "--repl-diskless-sync-delay", "0"]);
    let follows = async || {
        while !replica.ask(&["INFO", "replication"]).contains("master_link_status:up") {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    follows().await;
    let store = open(&format!("{}?wait=1&timeout=500", primary.url())).await;
    let mut log = Script::new(1);
    log.append(&store, 1, 10).await;
    assert_eq!(primary.ask(&["SCRIPT", "FLUSH"]), "OK");
    log.append(&store, 1, 20).await;
    // Both of its connections ended, and it knows nothing any more.
    primary.kill();
    primary.restart();
    follows().await;
    let append = log.next(1, 30);
    for nth in 0.. {
        match store.append(append.clone()).await {
            Ok(()) => break,
            Err(error) => assert!(nth < 5, "{error}"),
        }
    }
    log.records.extend(append.records);
    assert_eq!(log.loaded(&store).await.records, log.records);
}
