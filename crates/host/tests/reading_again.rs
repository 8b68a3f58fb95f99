//! A session that is read again while nothing changes is answered with the bytes of the read before; nobody can tell by anything else.

mod shipped;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use colloq_host::engine::{Answer, CallSpec, Engine, Identity, Op, Role};
use colloq_host::new_session_id;
use colloq_store::MemoryStore;
use serde_json::Value;
use uuid::Uuid;

const WHOLE: Op<'_> = Op::Read { messages: None };

async fn engine() -> Engine {
    Engine::open(shipped::options(Arc::new(MemoryStore::new()))).await.unwrap()
}

fn user(id: &str) -> Identity {
    Identity::new("default", Role::User, id)
}

async fn ask(engine: &Engine, identity: &Identity, session: Uuid, op: Op<'_>, body: &'static str) -> Answer {
    engine.call(CallSpec::new(identity, session, op, Bytes::from_static(body.as_bytes()))).await.unwrap()
}

/// Whether two answers are the same memory.
fn is_same(one: &Answer, other: &Answer) -> bool {
    one.body.as_ptr() == other.body.as_ptr()
}

fn parsed(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap()
}

#[tokio::test]
async fn what_did_not_change_is_given_again_and_what_changed_is_read() {
    let (engine, ada, session) = (engine().await, user("ada"), new_session_id().unwrap());
    ask(&engine, &ada, session, Op::Create, "{}").await;
    let first = ask(&engine, &ada, session, WHOLE, "").await;

    let mut reads = Vec::new();
    for _ in 0..50 {
        reads.push(ask(&engine, &ada, session, WHOLE, "").await);
    }
    assert!(reads.windows(2).any(|pair| is_same(&pair[0], &pair[1])), "no answer is given again");
    assert!(reads.iter().all(|read| (read.status, read.version) == (200, 1)));
    assert_eq!(parsed(&first)["version"], 1);

    ask(&engine, &ada, session, Op::AppendMessage, r#"{"type": "user", "content": "one"}"#).await;
    ask(&engine, &ada, session, Op::AppendMessage, r#"{"type": "user", "content": "two"}"#).await;
    let changed = ask(&engine, &ada, session, WHOLE, "").await;
    assert_eq!((changed.version, parsed(&changed)["messages"].as_array().unwrap().len()), (3, 2));
    let last = ask(&engine, &ada, session, Op::Read { messages: Some(1) }, "").await;
    assert_eq!(parsed(&last)["messages"].as_array().unwrap().len(), 1, "an answer of another view is another one");
    assert_eq!(parsed(&ask(&engine, &ada, session, WHOLE, "").await)["messages"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn only_who_may_read_is_given_an_answer_again() {
    let (engine, ada, session) = (engine().await, user("ada"), new_session_id().unwrap());
    ask(&engine, &ada, session, Op::Create, "{}").await;
    ask(&engine, &ada, session, WHOLE, "").await;
    assert_eq!(ask(&engine, &user("eve"), session, WHOLE, "").await.status, 404);
    let elsewhere = Identity::new("other", Role::Operator, "root");
    assert_eq!(ask(&engine, &elsewhere, session, WHOLE, "").await.status, 404);
    let operator = Identity::new("default", Role::Operator, "root");
    assert_eq!(ask(&engine, &operator, session, WHOLE, "").await.status, 200);
    engine.erase(CallSpec::new(&operator, session, Op::Erase, Bytes::new())).await.unwrap();
    assert_eq!(ask(&engine, &ada, session, WHOLE, "").await.status, 404);
}

#[tokio::test]
async fn conditions_are_those_of_the_caller() {
    let (engine, ada, session) = (engine().await, user("ada"), new_session_id().unwrap());
    ask(&engine, &ada, session, Op::Create, "{}").await;
    let read = async |condition| {
        let spec = CallSpec { condition, ..CallSpec::new(&ada, session, WHOLE, Bytes::new()) };
        engine.call(spec).await.unwrap()
    };
    assert_eq!(read(None).await.status, 200);
    let same = read(Some(1)).await;
    assert_eq!((same.status, same.body.len()), (304, 0));
    assert_eq!(read(Some(7)).await.status, 200);
}

#[tokio::test]
async fn a_use_that_is_no_read_is_seen_at_once() {
    let (engine, ada, session) = (engine().await, user("ada"), new_session_id().unwrap());
    ask(&engine, &ada, session, Op::Create, "{}").await;
    let operator = Identity::new("default", Role::Operator, "root");
    let first = parsed(&ask(&engine, &operator, session, WHOLE, "").await);
    tokio::time::sleep(Duration::from_millis(5)).await;
    ask(&engine, &ada, session, Op::ListMessages { before: None, limit: 1 }, "").await;
    let later = parsed(&ask(&engine, &operator, session, WHOLE, "").await);
    assert!(later["lastActivity"].as_str() > first["lastActivity"].as_str(), "{later}");
}

#[tokio::test]
async fn when_it_was_last_used_is_at_most_a_second_old() {
    let (engine, ada, session) = (engine().await, user("ada"), new_session_id().unwrap());
    ask(&engine, &ada, session, Op::Create, "{}").await;
    let first = parsed(&ask(&engine, &ada, session, WHOLE, "").await);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let later = parsed(&ask(&engine, &ada, session, WHOLE, "").await);
    assert!(later["lastActivity"].as_str() > first["lastActivity"].as_str(), "{later}");
}
