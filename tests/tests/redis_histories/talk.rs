//! Hosts in this process over real servers, and clients that write and read by them.
//!
//! A session is written by as many clients as there are hosts, until it is long enough; then its clients go on with another one.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bytes::Bytes;
use colloq_host::engine::{CallSpec, Engine, EngineOptions, Identity, Op, Role};
use colloq_store_redis::RedisStore;
use colloq_tests::engine::module_path;
use colloq_tests::history::Want;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::record::{Outcome, Record, Told};

/// So many messages each client writes into a session: all logs stay whole.
const MESSAGES: usize = 40;
/// Whoever is not answered until then knows nothing.
const PATIENCE: Duration = Duration::from_secs(15);
const PAUSE: Duration = Duration::from_millis(30);

/// Hosts over an address each.
pub(crate) async fn hosts(urls: &[String]) -> Vec<Engine> {
    let mut hosts = Vec::new();
    for url in urls {
        let options = EngineOptions {
            module: Bytes::from(std::fs::read(module_path()).expect("the module's file")),
            store: Arc::new(RedisStore::open(url.parse().expect("an address")).await.unwrap_or_else(|error| panic!("{url}: {error}"))),
            shards: 2,
            limits_json: Bytes::new(),
            memory_bytes_max: 256 << 20,
            sessions_max: 100_000,
            hibernate_after: None,
        };
        hosts.push(Engine::open(options).await.expect("the module runs"));
    }
    hosts
}

/// What a run is made of.
pub(crate) struct Run {
    pub(crate) record: Arc<Record>,
    pub(crate) hosts: Vec<Engine>,
    talks: JoinSet<()>,
}

impl Run {
    /// Starts so many conversations over hosts that have an address each.
    pub(crate) async fn start(urls: &[String], conversations: usize) -> Self {
        let (record, hosts, mut talks) = (Record::new(), hosts(urls).await, JoinSet::new());
        for _ in 0..conversations {
            talks.spawn(converse(Arc::clone(&record), hosts.clone()));
        }
        Self { record, hosts, talks }
    }

    /// Waits until so much more is acknowledged; says how long that took.
    pub(crate) async fn more(&self, count: u64) -> Duration {
        let (begun, target) = (Instant::now(), self.record.acknowledged.load(Ordering::Relaxed) + count);
        while self.record.acknowledged.load(Ordering::Relaxed) < target {
            assert!(begun.elapsed() < Duration::from_mins(1), "nothing is acknowledged any more");
            sleep(Duration::from_millis(5)).await;
        }
        begun.elapsed()
    }

    /// Ends the conversations, has every host read every session, and checks the history.
    pub(crate) async fn finish(mut self, url: &str) -> Outcome {
        self.record.is_over.store(true, Ordering::Relaxed);
        while let Some(talk) = self.talks.join_next().await {
            talk.expect("it goes on");
        }
        // A host that finds the store behind what it confirmed gives it back, or reports it: twice, for one may give what another reads.
        for _ in 0..2 {
            for host in &self.hosts {
                for session in self.record.sessions() {
                    read(&self.record, host, session).await;
                }
            }
        }
        let losses: Vec<_> = self.hosts.iter().flat_map(Engine::losses).collect();
        self.record.check(url, &losses).await
    }
}

fn ada() -> Identity {
    Identity::new("default", Role::Operator, "ada")
}

async fn converse(record: Arc<Record>, hosts: Vec<Engine>) {
    while !record.is_over.load(Ordering::Relaxed) {
        let Some(session) = create(&hosts[0]).await else {
            sleep(PAUSE).await;
            continue;
        };
        record.begin(session);
        let (mut writers, mut followers) = (JoinSet::new(), JoinSet::new());
        for host in &hosts {
            followers.spawn(follow(Arc::clone(&record), host.clone(), session));
            writers.spawn(write(Arc::clone(&record), host.clone(), session));
        }
        while let Some(writer) = writers.join_next().await {
            writer.expect("it writes on");
        }
        // What was acknowledged last is shown in a moment; what is not, the final reads find.
        sleep(PAUSE).await;
        followers.shutdown().await;
    }
}

async fn create(host: &Engine) -> Option<Uuid> {
    let (session, ada) = (colloq_host::new_session_id()?, ada());
    let body = Bytes::from(json!({"userId": "ada"}).to_string());
    let created = timeout(PATIENCE, host.call(CallSpec::new(&ada, session, Op::Create, body))).await.ok()?.ok()?;
    (created.status == 201).then_some(session)
}

async fn write(record: Arc<Record>, host: Engine, session: Uuid) {
    for nth in 0..MESSAGES {
        if record.is_over.load(Ordering::Relaxed) {
            return;
        }
        append(&record, &host, session).await;
        if nth % 8 == 7 {
            read(&record, &host, session).await;
        }
        sleep(PAUSE).await;
    }
}

async fn append(record: &Record, host: &Engine, session: Uuid) {
    let (op, mark) = record.invoke(session, Want::Write);
    let body = Bytes::from(json!({"type": "user", "content": mark}).to_string());
    let told = ask(host, session, Op::AppendMessage, body).await;
    record.tell(op, told);
}

async fn read(record: &Record, host: &Engine, session: Uuid) {
    let (op, _) = record.invoke(session, Want::Read);
    let told = ask(host, session, Op::Read { messages: None }, Bytes::new()).await;
    record.tell(op, told);
}

async fn ask(host: &Engine, session: Uuid, op: Op<'_>, body: Bytes) -> Told {
    let (is_read, ada) = (matches!(op, Op::Read { .. }), ada());
    let answer = match timeout(PATIENCE, host.call(CallSpec::new(&ada, session, op, body))).await {
        Err(_) => return Told::Unknown,
        Ok(Err(error)) => return of_code(error.code()),
        Ok(Ok(answer)) => answer,
    };
    let body = || serde_json::from_slice::<serde_json::Value>(&answer.body).unwrap_or_default();
    if answer.status < 400 {
        return Told::Ok { version: answer.version, view: is_read.then(body) };
    }
    of_code(body()["code"].as_str().unwrap_or("internal"))
}

/// What a code says of whoever asked once.
pub(crate) fn of_code(code: &str) -> Told {
    match code {
        "outcomeUnknown" | "internal" => Told::Unknown,
        code => Told::Fail(code.to_owned()),
    }
}

/// Follows a session by a host, and comes back where it is let go.
async fn follow(record: Arc<Record>, host: Engine, session: Uuid) {
    let ada = ada();
    loop {
        let (link, mut events) = host.open_link();
        let spec = CallSpec::new(&ada, session, Op::Subscribe { since: None }, Bytes::new());
        if host.subscribe(&link, spec, None).await.is_ok_and(|answer| answer.status < 400) {
            while let Ok(frame) = events.next().await {
                record.show(session, &frame.bytes);
            }
        }
        host.leave(&link, &ada, [session]);
        sleep(PAUSE).await;
    }
}
