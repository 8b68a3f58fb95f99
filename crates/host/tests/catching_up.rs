//! A link that catches up while others write on: it gets every entry once, in its order, and never a snapshot in their place.

mod gated;
mod shipped;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use colloq_host::engine::{Answer, CallSpec, Cut, Engine, EngineError, Frame, Identity, Link, LinkEvents, Op, Role};
use colloq_host::new_session_id;
use colloq_store::{Head, Key, Store};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use uuid::Uuid;

use gated::Gated;

/// Whoever waits longer has met an engine that hangs.
const PATIENCE: Duration = Duration::from_secs(30);

async fn engine(store: Arc<dyn Store>) -> Engine {
    Engine::open(shipped::options(store)).await.unwrap()
}

fn ada() -> Identity {
    Identity::new("default", Role::User, "ada")
}

/// A session with one message; its id, and its head then.
async fn begun(engine: &Engine, store: &Gated) -> (Uuid, Head) {
    let session = new_session_id().unwrap();
    let ada = ada();
    assert_eq!(engine.call(CallSpec::new(&ada, session, Op::Create, Bytes::new())).await.unwrap().status, 201);
    let head = store.store.load(&Key { app: "default".into(), session: *session.as_bytes() }).await.unwrap().unwrap().head();
    say(engine, session, "before").await;
    (session, head)
}

async fn say(engine: &Engine, session: Uuid, content: &str) {
    let (ada, body) = (ada(), json!({"type": "user", "content": content}).to_string());
    assert_eq!(engine.call(CallSpec::new(&ada, session, Op::AppendMessage, body.into())).await.unwrap().status, 201);
}

/// Subscribes on a task of its own, so that the test goes on while the link catches up.
fn subscribe(engine: &Engine, link: &Link, session: Uuid, since: Head) -> JoinHandle<Result<Answer, EngineError>> {
    let (engine, link) = (engine.clone(), link.clone());
    tokio::spawn(async move {
        let ada = ada();
        engine.subscribe(&link, CallSpec::new(&ada, session, Op::Subscribe { since: None }, Bytes::new()), Some(since)).await
    })
}

async fn next(events: &mut LinkEvents) -> Result<Value, Cut> {
    let Frame { bytes, .. } = timeout(PATIENCE, events.next()).await.expect("something comes")?;
    Ok(serde_json::from_slice(&bytes).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_meanwhile_comes_after_what_was_missed() {
    let store = Gated::new();
    let engine = engine(Arc::clone(&store) as Arc<dyn Store>).await;
    let (session, head) = begun(&engine, &store).await;
    store.open_entries(false);
    let (link, mut events) = engine.open_link();
    let subscribing = subscribe(&engine, &link, session, head);
    store.reached().await;
    for content in ["one", "two", "three"] {
        say(&engine, session, content).await;
    }
    store.open_entries(true);
    assert!(subscribing.await.unwrap().unwrap().status < 400);
    say(&engine, session, "after").await;
    let mut told = Vec::new();
    while told.len() < 6 {
        let frame = next(&mut events).await.unwrap();
        match frame["kind"].as_str() {
            Some("subscribed") => told.push(format!("subscribed at {}", frame["version"])),
            Some("entries") => {
                let entries = frame["entries"].as_array().unwrap();
                told.extend(entries.iter().map(|entry| entry["events"][0]["message"]["content"].as_str().unwrap().to_owned()));
            }
            _ => panic!("{frame}"),
        }
    }
    assert_eq!(told, ["before", "subscribed at 2", "one", "two", "three", "after"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_erased_meanwhile_is_said_to_be_gone() {
    let store = Gated::new();
    let engine = engine(Arc::clone(&store) as Arc<dyn Store>).await;
    let (session, head) = begun(&engine, &store).await;
    store.open_entries(false);
    let (link, _events) = engine.open_link();
    let subscribing = subscribe(&engine, &link, session, head);
    store.reached().await;
    let ada = Identity::new("default", Role::User, "ada");
    let erased = engine.erase(CallSpec::new(&ada, session, Op::Erase, Bytes::new())).await.unwrap();
    assert_eq!(erased.status, 204);
    store.open_entries(true);
    assert_eq!(subscribing.await.unwrap().unwrap().status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_cannot_catch_up_is_not_waited_for_without_end() {
    let store = Gated::new();
    let engine = engine(Arc::clone(&store) as Arc<dyn Store>).await;
    let (session, head) = begun(&engine, &store).await;
    store.open_entries(false);
    let (link, mut events) = engine.open_link();
    let subscribing = subscribe(&engine, &link, session, head);
    store.reached().await;
    let large = "x".repeat(200_000);
    for _ in 0..30 {
        say(&engine, session, &large).await;
    }
    assert_eq!(next(&mut events).await, Err(Cut::Slow), "it comes back, and begins where it is");
    store.open_entries(true);
    subscribing.await.unwrap().unwrap();
}
