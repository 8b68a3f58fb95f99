//! A module that runs out of memory in a real call: the shard is rebuilt, and nothing that was acknowledged or is on its way is lost.
//!
//! The shipped file runs in an instance with too little memory for a large request; nothing pretends to trap.

mod gated;
mod shipped;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use colloq_host::engine::{Answer, CallSpec, Cut, Engine, EngineError, EngineOptions, Identity, LinkEvents, Op, Role};
use colloq_host::new_session_id;
use colloq_store::{Key, Store};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use uuid::Uuid;

use gated::Gated;

/// Enough for what small requests need, and too little for a large one.
const MEMORY_BYTES_MAX: u64 = 3 << 20;
/// As large as a body may be, nearly.
const LARGE_BYTES: usize = 900 << 10;
/// How often the engine tries a request that breaks the module.
const TRIES: u64 = 3;
/// Whoever waits longer has met an engine that hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// The log of a session.
async fn log(store: &Gated, session: Uuid) -> Vec<String> {
    let loaded = store.store.load(&key(session)).await.unwrap().expect("it is in the store");
    loaded.records.iter().map(|record| String::from_utf8(record.bytes.to_vec()).unwrap()).collect()
}

async fn engine(store: Arc<dyn Store>, memory_bytes_max: u64) -> Engine {
    Engine::open(EngineOptions { memory_bytes_max, ..shipped::options(store) }).await.unwrap()
}

fn ada() -> Identity {
    Identity::new("default", Role::User, "ada")
}

fn key(session: Uuid) -> Key {
    Key { app: "default".into(), session: *session.as_bytes() }
}

async fn call(engine: &Engine, session: Uuid, op: Op<'_>, body: &Value) -> Result<(u16, u64, Value), EngineError> {
    let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
    let ada = ada();
    let spec = CallSpec::new(&ada, session, op, body);
    let Answer { status, version, body, .. } = timeout(PATIENCE, engine.call(spec)).await.expect("an answer comes")?;
    Ok((status, version, serde_json::from_slice(&body).unwrap_or(Value::Null)))
}

async fn create(engine: &Engine) -> Uuid {
    let session = new_session_id().unwrap();
    assert_eq!(call(engine, session, Op::Create, &json!({})).await.unwrap().0, 201);
    session
}

fn hello(content: &str) -> Value {
    json!({"type": "user", "content": content})
}

async fn say(engine: &Engine, session: Uuid, content: &str) {
    assert_eq!(call(engine, session, Op::AppendMessage, &hello(content)).await.unwrap().0, 201);
}

/// Says something on a task of its own, so that the test goes on while it waits for its answer.
fn saying(engine: &Engine, session: Uuid, content: &'static str) -> JoinHandle<Result<(u16, u64, Value), EngineError>> {
    let engine = engine.clone();
    tokio::spawn(async move { call(&engine, session, Op::AppendMessage, &hello(content)).await })
}

async fn contents(engine: &Engine, session: Uuid) -> Vec<String> {
    let (status, _, read) = call(engine, session, Op::Read { messages: None }, &Value::Null).await.unwrap();
    assert_eq!(status, 200, "{read}");
    read["messages"].as_array().unwrap().iter().map(|message| message["content"].as_str().unwrap().to_owned()).collect()
}

/// Asks for more than the instance has memory for.
async fn break_it(engine: &Engine, session: Uuid) {
    let before = engine.rebuilds();
    let large = json!({"type": "user", "content": "\n".repeat(LARGE_BYTES / 2)});
    let error = call(engine, session, Op::AppendMessage, &large).await.expect_err("there is no memory for it");
    assert_eq!(error.code(), "overloaded");
    assert_eq!(engine.problem(error.code(), None).0, 503);
    assert_eq!(engine.rebuilds() - before, TRIES, "it was tried three times, each time in a fresh instance");
}

async fn is_cut(events: &mut LinkEvents) -> Cut {
    loop {
        if let Err(cut) = timeout(PATIENCE, events.next()).await.expect("the link is cut") {
            return cut;
        }
    }
}

#[tokio::test]
async fn with_enough_memory_the_same_request_is_only_too_large() {
    let engine = engine(Gated::new(), 64 << 20).await;
    let session = create(&engine).await;
    let large = json!({"type": "user", "content": "\n".repeat(LARGE_BYTES / 2)});
    assert_eq!(call(&engine, session, Op::AppendMessage, &large).await.unwrap().0, 413);
    assert_eq!(engine.rebuilds(), 0);
}

#[tokio::test]
async fn s18_a_request_that_breaks_the_module_is_set_aside_and_the_shard_goes_on() {
    let store = Gated::new();
    let engine = engine(Arc::clone(&store) as Arc<dyn Store>, MEMORY_BYTES_MAX).await;
    let (broken, other) = (create(&engine).await, create(&engine).await);
    say(&engine, broken, "before").await;
    say(&engine, other, "before").await;
    break_it(&engine, broken).await;
    assert_eq!(contents(&engine, broken).await, ["before"], "what was acknowledged is intact");
    say(&engine, other, "after").await;
    say(&engine, broken, "after").await;
    break_it(&engine, other).await;
    for session in [broken, other] {
        assert_eq!(contents(&engine, session).await, ["before", "after"]);
        assert_eq!(log(&store, session).await.len(), 3, "one entry each, and none of the broken request");
    }
    let late = create(&engine).await;
    assert_eq!(contents(&engine, late).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn s18_what_waits_for_a_slow_store_is_answered_in_spite_of_a_trap() {
    let store = Gated::new();
    let engine = engine(Arc::clone(&store) as Arc<dyn Store>, MEMORY_BYTES_MAX).await;
    let (waiting, broken) = (create(&engine).await, create(&engine).await);
    store.open_appends(false);
    let first = saying(&engine, waiting, "on its way");
    store.reached().await;
    // Decided on top of the first, and not yet on its way: it is decided again after the trap.
    let second = saying(&engine, waiting, "behind it");
    break_it(&engine, broken).await;
    assert!(!first.is_finished(), "nothing is acknowledged that is not in the store");
    assert_eq!(log(&store, waiting).await.len(), 1);
    store.open_appends(true);
    let (status, version, message) = first.await.unwrap().expect("it is answered");
    assert_eq!((status, version, &message["content"]), (201, 2, &json!("on its way")));
    assert_eq!(second.await.unwrap().expect("it is answered").0, 201);
    assert_eq!(contents(&engine, waiting).await, ["on its way", "behind it"]);
    let log = log(&store, waiting).await;
    assert_eq!(log.len(), 3);
    assert_eq!(log.iter().filter(|entry| entry.contains("on its way")).count(), 1, "it is in the store once");
    assert_eq!(engine.rebuilds(), TRIES);
}

#[tokio::test(flavor = "multi_thread")]
async fn s18_an_append_that_meets_a_conflict_after_a_trap_is_asked_for_again() {
    let store = Gated::new();
    let engine = engine(Arc::clone(&store) as Arc<dyn Store>, MEMORY_BYTES_MAX).await;
    let (waiting, broken) = (create(&engine).await, create(&engine).await);
    store.open_appends(false);
    let first = saying(&engine, waiting, "mine");
    store.reached().await;
    let other_host = self::engine(Arc::clone(&store.store) as Arc<dyn Store>, 64 << 20).await;
    say(&other_host, waiting, "the other host's").await;
    break_it(&engine, broken).await;
    store.open_appends(true);
    let (status, version, _) = first.await.unwrap().expect("it is answered");
    assert_eq!((status, version), (201, 3), "decided again, behind what the other host wrote");
    assert_eq!(contents(&engine, waiting).await, ["the other host's", "mine"]);
    assert_eq!(log(&store, waiting).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn s18_links_come_back_after_a_trap_and_double_nothing() {
    let store = Gated::new();
    let engine = engine(Arc::clone(&store) as Arc<dyn Store>, MEMORY_BYTES_MAX).await;
    let (session, broken, client) = (create(&engine).await, create(&engine).await, new_session_id().unwrap());
    let ada = ada();
    let spec = |op, body: &Value| CallSpec::new(&ada, session, op, Bytes::from(body.to_string()));
    let command = |seq: u64| json!({"id": [client.to_string(), seq], "kind": "appendMessage", "message": {"id": new_session_id().unwrap().to_string(), "type": "user", "content": format!("{seq}")}});
    let frame = json!({"kind": "submit", "session": session.to_string(), "base": 1, "commands": [command(1), command(2)]});
    let (link, mut events) = engine.open_link();
    let subscribed = engine.subscribe(&link, spec(Op::Subscribe { since: None }, &Value::Null), None).await.unwrap();
    assert_eq!(subscribed.status, 200);
    store.open_appends(false);
    engine.submit(&link, spec(Op::Submit, &frame)).await.unwrap();
    break_it(&engine, broken).await;
    assert_eq!(is_cut(&mut events).await, Cut::Restart, "the link is told to come back");
    store.open_appends(true);
    let (link, mut events) = engine.open_link();
    engine.subscribe(&link, spec(Op::Subscribe { since: None }, &Value::Null), None).await.unwrap();
    engine.submit(&link, spec(Op::Submit, &frame)).await.unwrap();
    assert!(events.next().await.is_ok(), "it follows again");
    let more = json!({"kind": "submit", "session": session.to_string(), "base": 1, "commands": [command(3)]});
    engine.submit(&link, spec(Op::Submit, &more)).await.unwrap();
    assert_eq!(contents(&engine, session).await, ["1", "2", "3"], "each once, in its order");
    assert_eq!(log(&store, session).await.len(), 4);
}

#[tokio::test]
async fn s18_a_session_that_does_not_fit_is_set_aside_and_others_go_on() {
    let store = Gated::new();
    let large = self::engine(Arc::clone(&store) as Arc<dyn Store>, 64 << 20).await;
    let session = create(&large).await;
    for _ in 0..12 {
        say(&large, session, &"x".repeat(80_000)).await;
    }
    let engine = engine(Arc::clone(&store) as Arc<dyn Store>, MEMORY_BYTES_MAX).await;
    let other = create(&engine).await;
    for _ in 0..2 {
        let before = engine.rebuilds();
        let error = call(&engine, session, Op::Read { messages: None }, &Value::Null).await.expect_err("there is no memory for it");
        assert_eq!(error.code(), "overloaded");
        assert_eq!(engine.rebuilds() - before, TRIES, "a load that breaks the module is tried no more often than a request");
        say(&engine, other, "meanwhile").await;
    }
    assert_eq!(contents(&engine, other).await, ["meanwhile", "meanwhile"]);
    assert_eq!(contents(&large, session).await.len(), 12, "with memory enough it is all there");
}
