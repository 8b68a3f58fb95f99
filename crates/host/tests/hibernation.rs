//! Sessions that nobody uses leave the memory of their shard and come back when they are asked for, and a shard whose instance has
//! become much too large is given a fresh one: nobody who asks or follows can tell.

mod shipped;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use colloq_host::engine::{CallSpec, Engine, EngineOptions, Frame, Identity, LinkEvents, Op, Role};
use colloq_host::new_session_id;
use colloq_store::MemoryStore;
use serde_json::{Value, json};
use uuid::Uuid;

/// Whoever waits longer has met an engine that hangs.
const PATIENCE: Duration = Duration::from_secs(30);
const HIBERNATE_AFTER: Duration = Duration::from_millis(200);

async fn engine(limits: &'static str) -> Engine {
    let options = EngineOptions {
        module: shipped::module(),
        store: Arc::new(MemoryStore::new()),
        shards: 1,
        limits_json: Bytes::from_static(limits.as_bytes()),
        memory_bytes_max: 256 << 20,
        sessions_max: 10_000,
        hibernate_after: Some(HIBERNATE_AFTER),
    };
    Engine::open(options).await.unwrap()
}

fn ada() -> Identity {
    Identity::new("default", Role::User, "ada")
}

async fn call(engine: &Engine, session: Uuid, op: Op<'_>, body: Value) -> (u16, Value) {
    let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
    let answer = engine.call(CallSpec::new(&ada(), session, op, body)).await.unwrap();
    (answer.status, serde_json::from_slice(&answer.body).unwrap_or(Value::Null))
}

async fn read(engine: &Engine, session: Uuid) -> Value {
    let (status, read) = call(engine, session, Op::Read { messages: None }, Value::Null).await;
    assert_eq!(status, 200, "{read}");
    read
}

async fn say(engine: &Engine, session: Uuid, content: &str) {
    assert_eq!(call(engine, session, Op::AppendMessage, json!({"type": "user", "content": content})).await.0, 201);
}

fn at_hand(engine: &Engine) -> u64 {
    engine.analytics().unwrap().shards.iter().map(|shard| shard.sessions).sum()
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let wait = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("{what}"));
}

async fn next(events: &mut LinkEvents) -> Value {
    let Frame { bytes, .. } = tokio::time::timeout(PATIENCE, events.next()).await.expect("a frame comes").expect("the link is not cut");
    serde_json::from_slice(&bytes).unwrap()
}

#[tokio::test]
async fn who_was_away_is_as_before_and_is_still_followed() {
    let (engine, session) = (engine("").await, new_session_id().unwrap());
    call(&engine, session, Op::Create, json!({"title": "Tea"})).await;
    for n in 0..70 {
        say(&engine, session, &format!("message {n}")).await;
    }
    let before = read(&engine, session).await;
    let (link, mut events) = engine.open_link();
    let ada = ada();
    let subscribe = CallSpec::new(&ada, session, Op::Subscribe { since: None }, Bytes::new());
    engine.subscribe(&link, subscribe, None).await.unwrap();
    assert_eq!(
        (next(&mut events).await["kind"].clone(), next(&mut events).await["kind"].clone()),
        (json!("snapshot"), json!("subscribed"))
    );

    until("it leaves", || at_hand(&engine) == 0).await;
    say(&engine, session, "after a while").await;
    let entries = next(&mut events).await;
    assert_eq!((&entries["kind"], &entries["from"][0]), (&json!("entries"), &before["version"]));
    assert_eq!(entries["entries"][0]["events"][0]["message"]["content"], "after a while");

    until("it leaves again", || at_hand(&engine) == 0).await;
    let after = read(&engine, session).await;
    let messages = after["messages"].as_array().unwrap();
    assert_eq!((&messages[..70], &messages[70]["content"]), (&before["messages"].as_array().unwrap()[..], &json!("after a while")));
    let list = engine.list("default", "ada", None, 10).await.unwrap();
    let listed: Value = serde_json::from_slice(&list.items[0].summary).unwrap();
    assert_eq!((&listed["title"], &listed["messageCount"]), (&json!("Tea"), &json!(71)));
}

#[tokio::test]
async fn where_somebody_is_present_it_stays() {
    let (engine, present, other) = (engine("").await, new_session_id().unwrap(), new_session_id().unwrap());
    for session in [present, other] {
        call(&engine, session, Op::Create, json!({})).await;
    }
    assert_eq!(call(&engine, present, Op::Presence { link: 1 }, json!({})).await.0, 200);
    until("the other leaves", || at_hand(&engine) == 1).await;
    tokio::time::sleep(HIBERNATE_AFTER * 3).await;
    let (_, frame) = call(&engine, present, Op::Presence { link: 3 }, json!({})).await;
    assert_eq!(frame["links"].as_array().unwrap().len(), 2, "whoever was there still is: {frame}");
}

#[tokio::test]
async fn who_is_away_ends_in_time() {
    let (engine, session) = (engine(r#"{"idleMs":1000}"#).await, new_session_id().unwrap());
    call(&engine, session, Op::Create, json!({})).await;
    until("it leaves", || at_hand(&engine) == 0).await;
    until("it is brought back to be ended", || at_hand(&engine) == 1).await;
    let ended = read(&engine, session).await;
    assert_eq!((&ended["isActive"], &ended["ended"]["reason"]), (&json!(false), &json!("idle")));
}

#[tokio::test]
async fn an_instance_that_is_too_large_for_what_it_holds_makes_room_for_a_fresh_one() {
    let engine = engine("").await;
    let sessions: Vec<Uuid> = (0..120).map(|_| new_session_id().unwrap()).collect();
    for session in &sessions {
        let (status, said) = call(&engine, *session, Op::Create, json!({"data": {"long": "x".repeat(200_000)}})).await;
        assert_eq!(status, 201, "{said}");
    }
    let (link, mut events) = engine.open_link();
    let ada = ada();
    let subscribe = CallSpec::new(&ada, sessions[0], Op::Subscribe { since: None }, Bytes::new());
    engine.subscribe(&link, subscribe, None).await.unwrap();
    assert_eq!(
        (next(&mut events).await["kind"].clone(), next(&mut events).await["kind"].clone()),
        (json!("snapshot"), json!("subscribed"))
    );
    until("it is given a fresh one", || engine.renewals() > 0).await;

    assert_eq!((engine.rebuilds(), at_hand(&engine)), (0, 0));
    let counters: Value = serde_json::from_slice(&engine.analytics().unwrap().counters).unwrap();
    assert_eq!(counters["created"], 120, "it goes on counting where the other was: {counters}");
    say(&engine, sessions[0], "Hello").await;
    assert_eq!(next(&mut events).await["entries"][0]["events"][0]["message"]["content"], "Hello", "nobody was cut off");
    for session in &sessions {
        assert_eq!(read(&engine, *session).await["data"]["long"].as_str().map(str::len), Some(200_000));
    }
}
