//! Traps by the thousand, under load: instances that are lost before or behind a call, that have no memory left, that do not come back.
//! What was acknowledged is in the store and is shown, once and in its order; other sessions notice nothing.
//!
//! The shipped file runs all the while. What is made up is when an instance is lost: a wrapper takes it away, as a trap would.

mod shipped;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use colloq_abi::Open;
use colloq_host::engine::{
    CallSpec, Engine, EngineError, EngineOptions, Identity, Instance, Machine, ModuleError, Op, Outside, Program, Role, Trap,
};
use colloq_store::{Key, MemoryStore, Store};
use serde_json::{Value, json};
use uuid::Uuid;

const SESSIONS: usize = 12;
/// The traps of a round; the long figures are many rounds, each over a store of its own: what a rebuilt shard loads grows with the logs.
const TRAPS: u64 = 400;
const ROUNDS_FULL: u64 = 25;
/// One call of so many loses its instance.
const ONE_OF: u64 = 12;
/// Too little memory for a large request, enough for small ones.
const MEMORY_BYTES_MAX: u64 = 3 << 20;

fn is_full() -> bool {
    std::env::var_os("COLLOQ_FULL").is_some()
}

/// This machine, on which instances are lost by chance, once that is switched on.
struct Lossy {
    calls: Arc<AtomicU64>,
    one_of: Arc<AtomicU64>,
}

struct LossyProgram {
    real: Arc<dyn Program>,
    calls: Arc<AtomicU64>,
    one_of: Arc<AtomicU64>,
}

struct LossyInstance {
    real: Box<dyn Instance>,
    calls: Arc<AtomicU64>,
    one_of: Arc<AtomicU64>,
}

impl Outside for Lossy {
    fn now_ms(&self) -> u64 {
        Machine.now_ms()
    }

    fn fill(&self, bytes: &mut [u8]) {
        Machine.fill(bytes);
    }

    fn program(&self, module: Bytes) -> Result<Arc<dyn Program>, ModuleError> {
        let real = Machine.program(module)?;
        Ok(Arc::new(LossyProgram { real, calls: Arc::clone(&self.calls), one_of: Arc::clone(&self.one_of) }))
    }
}

impl Program for LossyProgram {
    fn file(&self) -> (&Bytes, &str) {
        self.real.file()
    }

    fn instantiate(&self, open: &Open<'_>) -> Result<(Box<dyn Instance>, Vec<u8>), ModuleError> {
        let (real, said) = self.real.instantiate(open)?;
        Ok((Box::new(LossyInstance { real, calls: Arc::clone(&self.calls), one_of: Arc::clone(&self.one_of) }), said))
    }
}

impl Instance for LossyInstance {
    fn call(&mut self, request: &[u8]) -> Result<&[u8], Trap> {
        let chance = mixed(self.calls.fetch_add(1, Ordering::Relaxed));
        let one_of = self.one_of.load(Ordering::Relaxed);
        if one_of == 0 || !chance.is_multiple_of(one_of) {
            return self.real.call(request);
        }
        // Half of them did what they were asked and could not say so.
        if chance & (1 << 40) == 0 {
            self.real.call(request)?;
        }
        Err(Trap("it was taken away".into()))
    }

    fn memory_bytes(&self) -> u64 {
        self.real.memory_bytes()
    }
}

/// A number that follows from another, and looks like chance.
fn mixed(seed: u64) -> u64 {
    let mut state = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

async fn call(engine: &Engine, session: Uuid, op: Op<'_>, body: &Value) -> Result<(u16, Value), EngineError> {
    let ada = Identity::new("default", Role::Operator, "ada");
    let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
    let answer = engine.call(CallSpec::new(&ada, session, op, body)).await?;
    Ok((answer.status, serde_json::from_slice(&answer.body).unwrap_or(Value::Null)))
}

fn message(content: &str) -> Value {
    json!({"type": "user", "content": content})
}

/// Writes until enough instances were lost; answers what was acknowledged, and how many requests were set aside.
async fn write(engine: Engine, session: Uuid, until: u64) -> (Vec<u64>, u64) {
    let (mut acknowledged, mut set_aside) = (Vec::new(), 0);
    for nth in 0.. {
        if engine.rebuilds() >= until {
            break;
        }
        match call(&engine, session, Op::AppendMessage, &message(&nth.to_string())).await {
            Ok((201, _)) => acknowledged.push(nth),
            Ok(other) => panic!("{other:?}"),
            Err(EngineError::Overloaded(_)) => set_aside += 1,
            Err(error) => panic!("{error}"),
        }
    }
    (acknowledged, set_aside)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_in_thousands_of_traps() {
    let (mut lost, mut acknowledged, mut set_aside) = (0, 0, 0);
    for _ in 0..if is_full() { ROUNDS_FULL } else { 1 } {
        let round = round_of_traps().await;
        (lost, acknowledged, set_aside) = (lost + round.0, acknowledged + round.1, set_aside + round.2);
    }
    println!("{lost} instances lost, {acknowledged} messages acknowledged, {set_aside} requests set aside");
}

/// Loses instances under load; gives how many, how many messages were acknowledged, and how many requests were set aside.
async fn round_of_traps() -> (u64, usize, u64) {
    let (store, one_of) = (Arc::new(MemoryStore::new()), Arc::new(AtomicU64::new(0)));
    let limits_json = Bytes::from_static(b"{\"maxMessages\":100000}");
    let options = EngineOptions { shards: 2, limits_json, ..shipped::options(store.clone()) };
    let lossy = Lossy { calls: Arc::default(), one_of: Arc::clone(&one_of) };
    let engine = Engine::open_in(options, Arc::new(lossy)).await.unwrap();
    let mut sessions = Vec::new();
    for _ in 0..SESSIONS {
        let session = colloq_host::new_session_id().unwrap();
        assert_eq!(call(&engine, session, Op::Create, &json!({"userId": "ada"})).await.unwrap().0, 201);
        sessions.push(session);
    }
    one_of.store(ONE_OF, Ordering::Relaxed);
    let writers: Vec<_> = sessions.iter().map(|session| tokio::spawn(write(engine.clone(), *session, TRAPS))).collect();
    let (mut total, mut set_aside) = (0, 0);
    for (session, writer) in sessions.iter().zip(writers) {
        let (acknowledged, aside) = writer.await.unwrap();
        one_of.store(0, Ordering::Relaxed);
        let (status, read) = call(&engine, *session, Op::Read { messages: None }, &Value::Null).await.unwrap();
        let contents: Vec<u64> =
            read["messages"].as_array().unwrap().iter().map(|said| said["content"].as_str().unwrap().parse().unwrap()).collect();
        assert_eq!((status, &contents), (200, &acknowledged), "each once and in its order, and nothing that was set aside");
        let key = Key { app: "default".into(), session: *session.as_bytes() };
        let log = store.load(&key).await.unwrap().unwrap();
        assert_eq!(log.head().version as usize, acknowledged.len() + 1);
        one_of.store(ONE_OF, Ordering::Relaxed);
        (total, set_aside) = (total + acknowledged.len(), set_aside + aside);
    }
    assert!(engine.rebuilds() >= TRAPS && total > 100);
    (engine.rebuilds(), total, set_aside)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn running_out_of_memory_a_thousand_times_costs_the_others_nothing() {
    let times = if is_full() { 1_000 } else { 30 };
    let options = EngineOptions { memory_bytes_max: MEMORY_BYTES_MAX, ..shipped::options(Arc::new(MemoryStore::new())) };
    let engine = Engine::open(options).await.unwrap();
    let [broken, other] = [(); 2].map(|()| colloq_host::new_session_id().unwrap());
    for session in [broken, other] {
        assert_eq!(call(&engine, session, Op::Create, &json!({"userId": "ada"})).await.unwrap().0, 201);
    }
    let large = message(&"\n".repeat(450 << 10));
    for nth in 0..times {
        let before = engine.rebuilds();
        let error = call(&engine, broken, Op::AppendMessage, &large).await.expect_err("there is no memory for it");
        assert_eq!((error.code(), engine.rebuilds() - before), ("overloaded", 3), "it was set aside after three times");
        if nth % 10 == 0 {
            assert_eq!(call(&engine, other, Op::AppendMessage, &message("meanwhile")).await.unwrap().0, 201);
        }
    }
    let (_, read) = call(&engine, other, Op::Read { messages: None }, &Value::Null).await.unwrap();
    assert_eq!(read["messages"].as_array().unwrap().len(), times / 10);
    let (_, read) = call(&engine, broken, Op::Read { messages: None }, &Value::Null).await.unwrap();
    assert_eq!(read["messages"], json!([]));
    println!("{} instances out of memory", engine.rebuilds());
}
