//! The engine over a store, with the shipped module: what doors rely on. `cargo xtask build` makes the module.

mod shipped;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use colloq_host::engine::{Answer, CallSpec, Engine, EngineOptions, Frame, Identity, LinkEvents, Op, Role};
use colloq_host::new_session_id;
use colloq_store::{Head, MemoryStore, Store};
use serde_json::{Value, json};
use uuid::Uuid;

async fn engine_over(store: Arc<dyn Store>) -> Engine {
    Engine::open(EngineOptions { shards: 2, ..shipped::options(store) }).await.unwrap()
}

async fn engine() -> Engine {
    engine_over(Arc::new(MemoryStore::new())).await
}

fn somebody(role: Role, id: &str) -> Identity {
    Identity::new("default", role, id)
}

fn spec<'a>(identity: &'a Identity, session: Uuid, op: Op<'a>, body: &Value) -> CallSpec<'a> {
    let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
    CallSpec::new(identity, session, op, body)
}

async fn call(engine: &Engine, identity: &Identity, session: Uuid, op: Op<'_>, body: Value) -> (u16, Value) {
    let Answer { status, body, .. } = engine.call(spec(identity, session, op, &body)).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

async fn next(events: &mut LinkEvents) -> Value {
    let Frame { bytes, .. } =
        tokio::time::timeout(Duration::from_secs(5), events.next()).await.expect("a frame comes").expect("the link is not cut");
    serde_json::from_slice(&bytes).unwrap()
}

#[tokio::test]
async fn a_message_is_appended_and_read() {
    let (engine, ada, session) = (engine().await, somebody(Role::User, "ada"), new_session_id().unwrap());
    assert_eq!(call(&engine, &ada, session, Op::Create, json!({"title": "Hello"})).await.0, 201);
    let (status, message) = call(&engine, &ada, session, Op::AppendMessage, json!({"type": "user", "content": "Hi"})).await;
    assert_eq!((status, &message["content"]), (201, &json!("Hi")));
    let (status, read) = call(&engine, &ada, session, Op::Read { messages: None }, Value::Null).await;
    assert_eq!(status, 200);
    assert_eq!(read["messages"], json!([message]));
    assert_eq!(read["version"], 2);
}

#[tokio::test]
async fn a_session_that_is_not_there_is_not_found() {
    let (engine, ada) = (engine().await, somebody(Role::User, "ada"));
    let (status, problem) = call(&engine, &ada, new_session_id().unwrap(), Op::Read { messages: None }, Value::Null).await;
    assert_eq!((status, &problem["code"]), (404, &json!("sessionNotFound")));
    let (status, body) = engine.problem("sessionNotFound", None);
    assert_eq!((status, serde_json::from_slice::<Value>(&body).unwrap()), (404, problem));
}

#[tokio::test]
async fn a_link_follows_what_others_do() {
    let (engine, ada, session) = (engine().await, somebody(Role::User, "ada"), new_session_id().unwrap());
    call(&engine, &ada, session, Op::Create, json!({})).await;
    let (link, mut events) = engine.open_link();
    engine.subscribe(&link, spec(&ada, session, Op::Subscribe { since: None }, &Value::Null), None).await.unwrap();
    assert_eq!(next(&mut events).await["kind"], "snapshot");
    assert_eq!(next(&mut events).await["kind"], "subscribed");
    call(&engine, &ada, session, Op::AppendMessage, json!({"type": "user", "content": "Hi"})).await;
    let entries = next(&mut events).await;
    assert_eq!(entries["kind"], "entries");
    assert_eq!(entries["entries"][0]["events"][0]["message"]["content"], "Hi");
}

#[tokio::test]
async fn a_link_catches_up_from_its_head() {
    let (engine, ada, session) = (engine().await, somebody(Role::User, "ada"), new_session_id().unwrap());
    call(&engine, &ada, session, Op::Create, json!({})).await;
    let first =
        engine.store().load(&colloq_store::Key { app: "default".into(), session: *session.as_bytes() }).await.unwrap().unwrap().head();
    for n in 0..10 {
        call(&engine, &ada, session, Op::AppendMessage, json!({"type": "user", "content": format!("message {n}")})).await;
    }
    let (link, mut events) = engine.open_link();
    let since = Some(first);
    engine.subscribe(&link, spec(&ada, session, Op::Subscribe { since: None }, &Value::Null), since).await.unwrap();
    let entries = next(&mut events).await;
    assert_eq!(entries["from"][0], 1);
    assert_eq!(entries["entries"].as_array().unwrap().len(), 10);
    assert_eq!(next(&mut events).await, json!({"kind": "subscribed", "session": session.to_string(), "version": 11}));

    let other = Some(Head { version: 3, chain: [7; 32] });
    engine.subscribe(&link, spec(&ada, session, Op::Subscribe { since: None }, &Value::Null), other).await.unwrap();
    assert_eq!(next(&mut events).await["kind"], "snapshot", "a head of another chain gets a snapshot");
}

#[tokio::test]
async fn a_submit_is_taken_once() {
    let (engine, ada, session) = (engine().await, somebody(Role::User, "ada"), new_session_id().unwrap());
    let (link, mut events) = engine.open_link();
    let client = new_session_id().unwrap();
    let commands = json!([
        {"id": [client.to_string(), 1], "kind": "create"},
        {"id": [client.to_string(), 2], "kind": "appendMessage", "message": {"id": new_session_id().unwrap().to_string(), "type": "user", "content": "Hi"}},
        {"id": [client.to_string(), 3], "kind": "appendMessage", "message": {"id": new_session_id().unwrap().to_string(), "type": "assistant", "content": "Not mine to say"}},
    ]);
    let frame = json!({"kind": "submit", "session": session.to_string(), "base": 0, "commands": commands});
    for _ in 0..2 {
        engine.submit(&link, spec(&ada, session, Op::Submit, &frame)).await.unwrap();
    }
    let entries = next(&mut events).await;
    assert_eq!(entries["entries"].as_array().unwrap().len(), 3, "accepted or not, each is an entry: {entries}");
    let rejected = next(&mut events).await;
    assert_eq!((&rejected["kind"], &rejected["code"]), (&json!("rejected"), &json!("forbidden")));
    assert_eq!(next(&mut events).await["code"], "forbidden", "the same answer again");
    let (_, read) = call(&engine, &ada, session, Op::Read { messages: None }, Value::Null).await;
    assert_eq!(read["messages"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_second_engine_on_the_store_goes_on_where_the_first_was() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let (ada, session) = (somebody(Role::User, "ada"), new_session_id().unwrap());
    let first = engine_over(Arc::clone(&store)).await;
    call(&first, &ada, session, Op::Create, json!({})).await;
    let second = engine_over(store).await;
    for n in 0..4 {
        let engine = if n % 2 == 0 { &first } else { &second };
        let (status, body) = call(engine, &ada, session, Op::AppendMessage, json!({"type": "user", "content": format!("{n}")})).await;
        assert_eq!(status, 201, "{body}");
    }
    // The head of the first is behind the store's by one; its append meets a conflict, takes the missed entry, and is decided again.
    let (status, _) = call(&first, &ada, session, Op::AppendMessage, json!({"type": "user", "content": "last"})).await;
    assert_eq!(status, 201);
    let (_, read) = call(&first, &ada, session, Op::Read { messages: None }, Value::Null).await;
    let said: Vec<&str> = read["messages"].as_array().unwrap().iter().map(|message| message["content"].as_str().unwrap()).collect();
    assert_eq!(said, ["0", "1", "2", "3", "last"]);
}

#[tokio::test]
async fn an_erased_session_stays_erased() {
    let (engine, ada, session) = (engine().await, somebody(Role::User, "ada"), new_session_id().unwrap());
    call(&engine, &ada, session, Op::Create, json!({})).await;
    assert_eq!(call(&engine, &ada, session, Op::Erase, Value::Null).await.0, 204);
    assert_eq!(engine.erase(spec(&ada, session, Op::Erase, &Value::Null)).await.unwrap().status, 204);
    assert_eq!(call(&engine, &ada, session, Op::Read { messages: None }, Value::Null).await.0, 404);
    assert_eq!(call(&engine, &ada, session, Op::AppendMessage, json!({"type": "user", "content": "Hi"})).await.0, 404);
    let (status, problem) = call(&engine, &ada, session, Op::Create, json!({})).await;
    assert_eq!((status, &problem["code"]), (409, &json!("idTaken")));
}

#[tokio::test]
async fn many_writers_of_one_session_lose_nothing() {
    let (engine, ada, session) = (engine().await, somebody(Role::User, "ada"), new_session_id().unwrap());
    call(&engine, &ada, session, Op::Create, json!({})).await;
    let writers = (0..8).map(|writer| {
        let (engine, ada) = (engine.clone(), ada.clone());
        tokio::spawn(async move {
            for n in 0..25 {
                let (status, _) =
                    call(&engine, &ada, session, Op::AppendMessage, json!({"type": "user", "content": format!("{writer}/{n}")})).await;
                assert_eq!(status, 201);
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let (_, read) = call(&engine, &ada, session, Op::Read { messages: None }, Value::Null).await;
    assert_eq!((read["messages"].as_array().unwrap().len(), &read["version"]), (200, &json!(201)));
}

#[tokio::test]
async fn what_another_host_appended_reaches_the_links_of_this_one() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let (ada, session) = (somebody(Role::User, "ada"), new_session_id().unwrap());
    let (first, second) = (engine_over(Arc::clone(&store)).await, engine_over(store).await);
    call(&first, &ada, session, Op::Create, json!({})).await;
    let (link, mut events) = first.open_link();
    first.subscribe(&link, spec(&ada, session, Op::Subscribe { since: None }, &Value::Null), None).await.unwrap();
    assert_eq!(next(&mut events).await["kind"], "snapshot");
    assert_eq!(next(&mut events).await["kind"], "subscribed");
    for (engine, text) in [(&second, "theirs"), (&first, "ours")] {
        assert_eq!(call(engine, &ada, session, Op::AppendMessage, json!({"type": "user", "content": text})).await.0, 201);
    }
    for (from, text) in [(1, "theirs"), (2, "ours")] {
        let entries = next(&mut events).await;
        assert_eq!((&entries["from"][0], &entries["entries"][0]["events"][0]["message"]["content"]), (&json!(from), &json!(text)));
    }
}

#[tokio::test]
async fn a_key_that_was_used_at_another_host_is_used() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let (ada, session) = (somebody(Role::User, "ada"), new_session_id().unwrap());
    let (first, second) = (engine_over(Arc::clone(&store)).await, engine_over(store).await);
    call(&first, &ada, session, Op::Create, json!({})).await;
    let body = json!({"type": "user", "content": "once"});
    let keyed = || CallSpec { key: Some("k"), ..spec(&ada, session, Op::AppendMessage, &body) };
    let one = second.call(keyed()).await.unwrap();
    // The first host has not heard of it yet: its append meets a conflict, and the entry that it missed answers the request.
    let two = first.call(keyed()).await.unwrap();
    let id = |answer: &Answer| serde_json::from_slice::<Value>(&answer.body).unwrap()["id"].clone();
    assert_eq!((one.status, two.status, two.version, id(&two)), (201, 201, one.version, id(&one)));
    let (_, read) = call(&first, &ada, session, Op::Read { messages: None }, Value::Null).await;
    assert_eq!(read["messages"].as_array().unwrap().len(), 1, "{read}");
}
