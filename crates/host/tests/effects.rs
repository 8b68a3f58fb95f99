//! Effects that a module asks for seldom: erasing what was retained long enough, and keeping aside what a store lost. Another module
//! than ours asks for them in each of its answers; the engine and the store are the real ones.

mod other;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use colloq_abi::{Entry, Erasure, Loss, Response, Stats};
use colloq_host::engine::{Engine, EngineError, EngineOptions, ShardAnalytics};
use colloq_store::{Append, AppendError, Head, Key, MemoryStore, Meta, Record, Store};
use uuid::Uuid;

const SESSION: Uuid = Uuid::from_u128(7);
/// Whoever waits longer has met an engine that hangs.
const PATIENCE: Duration = Duration::from_secs(30);

async fn engine(store: Arc<MemoryStore>, response: &Response<'_>) -> Engine {
    let options = EngineOptions {
        module: other::answering(response),
        store,
        shards: 2,
        limits_json: Bytes::new(),
        memory_bytes_max: 1 << 20,
        sessions_max: 10,
        hibernate_after: None,
    };
    Engine::open(options).await.unwrap()
}

fn key() -> Key {
    Key { app: "default".into(), session: *SESSION.as_bytes() }
}

fn creation() -> Append {
    let records = vec![Record { head: Head { version: 1, chain: [1; 32] }, bytes: "{}".into() }];
    let meta = Meta { user: "ada".into(), summary: "{}".into(), active_ms: 10, deadline_ms: Some(20), unanswered: None };
    Append { key: key(), expected: Head::ZERO, records, meta }
}

fn counted() -> Stats<'static> {
    Stats { sessions: 3, memory_bytes: 4096, counters: b"{\"created\":5}" }
}

#[tokio::test]
async fn a_session_that_was_retained_long_enough_is_erased() {
    let store = Arc::new(MemoryStore::new());
    store.append(creation()).await.unwrap();
    store.put_private(&key(), "handle", Some("1".into())).await.unwrap();
    let erasures = vec![Erasure { app: "default", session: *SESSION.as_bytes(), user: "ada" }; 3];
    let engine = engine(Arc::clone(&store), &Response { erasures, stats: Some(counted()), ..Response::default() }).await;
    engine.analytics().unwrap();
    let erased = async {
        while store.load(&key()).await.unwrap().is_some() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, erased).await.expect("it is erased");
    assert_eq!(store.private(&key(), "handle").await.unwrap(), None);
    assert!(matches!(store.append(creation()).await, Err(AppendError::Erased)), "and stays erased");
}

#[tokio::test]
async fn what_a_store_lost_is_kept_aside() {
    let entry = |version, bytes: &'static [u8]| Entry { head: colloq_abi::Head { version, chain: [2; 32] }, bytes };
    let loss = Loss { app: "default", session: *SESSION.as_bytes(), entries: vec![entry(8, b"{\"a\":1}"), entry(9, b"{\"b\":2}")] };
    let response = Response { losses: vec![loss], stats: Some(counted()), ..Response::default() };
    let engine = engine(Arc::new(MemoryStore::new()), &response).await;
    let before = engine.lost_entries();
    engine.analytics().unwrap();
    let (losses, asked) = (engine.losses(), 3);
    assert_eq!((engine.lost_entries() - before, losses.len()), (asked * 2, asked as usize), "each of the answers named it");
    assert_eq!((&losses[0].key, losses[0].entries.len()), (&key(), 2));
    assert_eq!((losses[0].entries[1].head.version, &losses[0].entries[1].bytes[..]), (9, &b"{\"b\":2}"[..]));
}

#[tokio::test]
async fn shards_say_what_they_counted() {
    let engine = engine(Arc::new(MemoryStore::new()), &Response { stats: Some(counted()), ..Response::default() }).await;
    let analytics = engine.analytics().unwrap();
    let shard = ShardAnalytics { sessions: 3, memory_bytes: 4096, rebuilds: 0 };
    assert_eq!((analytics.shards, &analytics.counters[..]), (vec![shard; 2], &b"{\"created\":5}"[..]));
}

#[tokio::test]
async fn a_module_that_does_not_count_is_no_reason_to_break() {
    let engine = engine(Arc::new(MemoryStore::new()), &Response::default()).await;
    assert!(matches!(engine.analytics(), Err(EngineError::Internal)));
}
