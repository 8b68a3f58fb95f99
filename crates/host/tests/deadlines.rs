//! Idle and absolute timeouts, to the millisecond, with a clock that the test moves.

mod shipped;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use colloq_host::engine::{CallSpec, Engine, EngineOptions, Identity, Op, Outside, Role};
use colloq_store::MemoryStore;
use serde_json::{Value, json};
use uuid::Uuid;

const IDLE_MS: u64 = 60_000;
const ABSOLUTE_MS: u64 = 600_000;

/// A clock that stands still until it is set.
struct Clock(AtomicU64);

impl Outside for Clock {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).unwrap();
    }
}

async fn engine(clock: &Arc<Clock>) -> Engine {
    let options = EngineOptions {
        module: shipped::module(),
        store: Arc::new(MemoryStore::new()),
        shards: 1,
        limits_json: Bytes::from(json!({"idleMs": IDLE_MS, "absoluteMs": ABSOLUTE_MS}).to_string()),
        memory_bytes_max: 256 << 20,
        sessions_max: 10_000,
        hibernate_after: None,
    };
    Engine::open_in(options, Arc::clone(clock) as Arc<dyn Outside>).await.unwrap()
}

fn started() -> (Arc<Clock>, u64) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64;
    (Arc::new(Clock(AtomicU64::new(now))), now)
}

async fn create(engine: &Engine, now: u64) -> Uuid {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).unwrap();
    bytes[..6].copy_from_slice(&now.to_be_bytes()[2..]);
    bytes[6] = 0x70 | (bytes[6] & 15);
    bytes[8] = 0x80 | (bytes[8] & 63);
    let session = Uuid::from_bytes(bytes);
    let ada = Identity::new("default", Role::User, "ada");
    let answer = engine.call(CallSpec::new(&ada, session, Op::Create, Bytes::from_static(b"{}"))).await.unwrap();
    assert_eq!(answer.status, 201);
    session
}

/// A read; only a user's moves the idle clock.
async fn read(engine: &Engine, session: Uuid, role: Role) -> Value {
    let who = Identity::new("default", role, "ada");
    let answer = engine.call(CallSpec::new(&who, session, Op::Read { messages: None }, Bytes::new())).await.unwrap();
    assert_eq!(answer.status, 200);
    serde_json::from_slice(&answer.body).unwrap()
}

#[tokio::test]
async fn s04_a_session_ends_when_it_was_idle_for_so_long_and_not_a_millisecond_before() {
    let (clock, now) = started();
    let engine = engine(&clock).await;
    let session = create(&engine, now).await;
    clock.0.store(now + IDLE_MS - 1, Ordering::SeqCst);
    assert_eq!(read(&engine, session, Role::Operator).await["isActive"], true, "at T-1 it lives");
    clock.0.store(now + IDLE_MS + 1, Ordering::SeqCst);
    let ended = read(&engine, session, Role::Operator).await;
    assert_eq!((&ended["isActive"], &ended["ended"]["reason"]), (&json!(false), &json!("idle")), "an operator's read kept nothing alive");
    let ada = Identity::new("default", Role::User, "ada");
    let body = Bytes::from_static(br#"{"type":"user","content":"late"}"#);
    let late = engine.call(CallSpec::new(&ada, session, Op::AppendMessage, body)).await.unwrap();
    assert_eq!(late.status, 410, "at T+1 nothing is written any more");
}

#[tokio::test]
async fn s04_a_users_read_moves_the_idle_clock_and_nothing_moves_the_absolute_one() {
    let (clock, now) = started();
    let engine = engine(&clock).await;
    let session = create(&engine, now).await;
    let mut at = now;
    while at < now + ABSOLUTE_MS - IDLE_MS / 2 {
        at += IDLE_MS / 2;
        clock.0.store(at, Ordering::SeqCst);
        assert_eq!(read(&engine, session, Role::User).await["isActive"], at < now + ABSOLUTE_MS, "{} ms", at - now);
    }
    clock.0.store(now + ABSOLUTE_MS - 1, Ordering::SeqCst);
    assert_eq!(read(&engine, session, Role::User).await["isActive"], true, "at T-1 it lives");
    clock.0.store(now + ABSOLUTE_MS + 1, Ordering::SeqCst);
    let ended = read(&engine, session, Role::User).await;
    assert_eq!((&ended["isActive"], &ended["ended"]["reason"]), (&json!(false), &json!("absolute")), "at T+1 it does not");
}
