//! A rolling upgrade on one Redis and back: hosts of two module versions side by side, replaced one after the other while clients write.
//!
//! The older version is the binary. The newer one is a process of this test's own file, which serves the same module with a section more,
//! so that its hash is another. Sessions of an older schema are among those that both write.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use colloq_core::Head as CoreHead;
use colloq_host::auth::Auth;
use colloq_host::engine::{Engine, EngineOptions};
use colloq_host::{AppState, server};
use colloq_store::{Append, Head, Key, Meta, Record as Entry, Store};
use colloq_store_redis::RedisStore;
use colloq_tests::engine::module_path;
use colloq_tests::history::Want;
use colloq_tests::host::{Host, Http, Link, Place, Reply, new_id, said};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::sleep;
use uuid::Uuid;

use crate::record::{Record, Told};
use crate::servers::Server;
use crate::talk::of_code;

const URL: &str = "COLLOQ_UPGRADE_TEST_STORE";
const HOSTS: usize = 3;
const MESSAGES: usize = 60;
const PAUSE: Duration = Duration::from_millis(20);
/// How long all hosts are of one mix of versions.
const STEP: Duration = Duration::from_millis(700);

/// The module of the newer version: the same with a section that nobody reads.
fn newer_module() -> Vec<u8> {
    let mut file = std::fs::read(module_path()).expect("the module's file");
    // A custom section: its number, its length, and in it its name with its length, and what it says.
    file.extend_from_slice(&[0, 6, 4, b'n', b'e', b'x', b't', 1]);
    file
}

/// The newer host: serves until it is killed. Where no store is named it is not that host, and there is nothing to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_serve_until_killed() {
    let Ok(url) = std::env::var(URL) else { return };
    let options = EngineOptions {
        module: Bytes::from(newer_module()),
        store: Arc::new(RedisStore::open(url.parse().expect("an address")).await.expect("the store answers")),
        shards: 2,
        limits_json: Bytes::new(),
        memory_bytes_max: 256 << 20,
        sessions_max: 100_000,
        hibernate_after: None,
    };
    let state = AppState::new(Engine::open(options).await.expect("the module runs"), Auth::development(Vec::new()));
    state.share().await.expect("the store says what doors share");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let mut out = std::io::stdout();
    writeln!(out, "\nlistening on http://{}", listener.local_addr().expect("an address")).expect("it is said");
    out.flush().expect("it is said");
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).expect("SIGTERM can be waited for");
    let stop = async move {
        let _ = terminate.recv().await;
    };
    server::serve(listener, state, stop, Duration::from_secs(5)).await;
}

/// A host of either version.
enum Running {
    Older(Box<Host>),
    Newer(Child, SocketAddr),
}

impl Running {
    async fn older(place: &Place, url: &str) -> Self {
        Self::Older(Box::new(place.setup().flag("--store", url).start().await))
    }

    fn newer(url: &str) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("this file"));
        command.args(["--exact", "upgrade::redis_serve_until_killed", "--nocapture"]).env(URL, url);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("this file runs");
        let mut said = BufReader::new(child.stdout.take().expect("its output")).lines().map_while(Result::ok);
        let address = said.find_map(|line| line.strip_prefix("listening on http://")?.parse().ok());
        // What else it says meets no closed pipe.
        std::thread::spawn(move || said.for_each(drop));
        Self::Newer(child, address.expect("it says where it listens"))
    }

    fn address(&self) -> SocketAddr {
        match self {
            Self::Older(host) => host.address,
            Self::Newer(_, address) => *address,
        }
    }

    /// The module that it serves.
    async fn module(&self) -> String {
        let mut link = Link::connect(self.address()).await.expect("a link");
        link.send(&json!({"kind": "hello", "protocol": 1, "client": new_id()})).await.expect("sent");
        link.next_of("welcome").await.expect("a welcome")["module"].as_str().expect("a hash").to_owned()
    }

    /// Ends it in order: what it has begun it finishes.
    async fn stop(self) {
        match self {
            Self::Older(host) => {
                host.assert_unbroken();
                host.terminate().await;
                assert!(host.ended().await.success());
            }
            Self::Newer(mut child, _) => {
                assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill").success());
                let ended = tokio::task::spawn_blocking(move || child.wait()).await.expect("it is waited for");
                assert!(ended.expect("a child of ours").success());
            }
        }
    }
}

/// Where hosts are now.
type Places = Arc<Mutex<Vec<SocketAddr>>>;

fn told(reply: anyhow::Result<Reply>, is_read: bool) -> Told {
    match reply {
        Err(_) => Told::Unknown,
        Ok(reply) if reply.status < 400 && is_read => {
            let session = reply.json();
            Told::Ok { version: session["version"].as_u64().expect("a version"), view: Some(session) }
        }
        Ok(reply) if reply.status < 400 => Told::Ok { version: reply.version(), view: None },
        Ok(reply) => of_code(&reply.code()),
    }
}

/// Writes a session by whichever hosts are there, in turn.
async fn write(record: Arc<Record>, places: Places, session: Uuid, first: usize) {
    let path = format!("/v1/sessions/{session}");
    for nth in first..first + MESSAGES {
        if record.is_over.load(Ordering::Relaxed) {
            return;
        }
        let address = {
            let places = places.lock();
            places[nth % places.len()]
        };
        let (op, mark) = record.invoke(session, Want::Write);
        let body = json!({"type": "user", "content": mark});
        record.tell(op, told(Http::new(address).try_write("POST", &format!("{path}/messages"), &body).await, false));
        if nth % 5 == 0 {
            let (op, _) = record.invoke(session, Want::Read);
            record.tell(op, told(Http::new(address).send("GET", &path, &[], "").await, true));
        }
        sleep(PAUSE).await;
    }
}

async fn converse(record: Arc<Record>, places: Places) {
    while !record.is_over.load(Ordering::Relaxed) {
        let address = places.lock()[0];
        let created = Http::new(address).try_write("POST", "/v1/sessions", &json!({"userId": "ada"})).await;
        let id = created.ok().filter(|reply| reply.status == 201).and_then(|reply| reply.json()["id"].as_str()?.parse().ok());
        let Some(session) = id else { continue };
        record.begin(session);
        let mut writers = JoinSet::new();
        for first in 0..2 {
            writers.spawn(write(Arc::clone(&record), Arc::clone(&places), session, first));
        }
        while let Some(writer) = writers.join_next().await {
            writer.expect("it writes on");
        }
    }
}

/// Puts the log of schema 0 into the store, as if it had begun today.
async fn put_older_session(url: &str) -> Uuid {
    let store = RedisStore::open(url.parse().expect("an address")).await.expect("the store answers");
    let now = colloq_host::clock::now_ms().to_string();
    let file = colloq_tests::golden::folder(0).join("talk.log");
    let log = std::fs::read_to_string(file).expect("the golden log").replace("\"now\":17000000000", &format!("\"now\":{}", &now[..11]));
    let first: Value = serde_json::from_str(log.lines().next().expect("an entry")).expect("an entry is JSON");
    let session: Uuid = first["events"][0]["id"].as_str().expect("an id").parse().expect("an id");
    let mut head = CoreHead::ZERO;
    let mut records = Vec::new();
    for line in log.lines() {
        head = head.extend(line.as_bytes());
        records.push(Entry { head: Head { version: head.version, chain: head.chain.0 }, bytes: Bytes::from(line.to_owned()) });
    }
    let meta = Meta {
        user: "ada".into(),
        summary: Bytes::from("{}"),
        active_ms: now.parse().expect("a time"),
        deadline_ms: None,
        unanswered: None,
    };
    let key = Key { app: "default".into(), session: *session.as_bytes() };
    store.append(Append { key, expected: Head::ZERO, records, meta }).await.expect("it is put");
    session
}

/// Every host writes to the session of the older schema, and all of them show the same.
async fn write_older_session(hosts: &[Running], session: Uuid, expected: &mut Vec<String>) {
    let path = format!("/v1/sessions/{session}");
    for (nth, host) in hosts.iter().enumerate() {
        let content = format!("{} {nth}", expected.len());
        let body = json!({"type": "user", "content": content});
        Http::new(host.address()).post(&format!("{path}/messages"), &body).await.expect(201);
        expected.push(content);
        for other in hosts {
            let read = Http::new(other.address()).get(&path).await.expect(200);
            assert_eq!(said(&read).into_iter().map(|line| line.content).collect::<Vec<_>>(), *expected);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_hosts_are_upgraded_one_after_the_other_and_back() {
    let (server, place) = (Server::start(&[]), Place::new());
    let url = server.url();
    let older_session = put_older_session(&url).await;
    let mut hosts = Vec::new();
    for _ in 0..HOSTS {
        hosts.push(Running::older(&place, &url).await);
    }
    let record = Record::new();
    let places: Places = Arc::new(Mutex::new(hosts.iter().map(Running::address).collect()));
    let mut talks = JoinSet::new();
    for _ in 0..4 {
        talks.spawn(converse(Arc::clone(&record), Arc::clone(&places)));
    }
    let mut expected: Vec<String> = vec!["Hello?".into(), "Hello!".into()];
    let older_module = hosts[0].module().await;
    for is_upgrade in [true, false] {
        for at in 0..HOSTS {
            sleep(STEP).await;
            write_older_session(&hosts, older_session, &mut expected).await;
            let fresh = if is_upgrade { Running::newer(&url) } else { Running::older(&place, &url).await };
            assert_eq!(fresh.module().await != older_module, is_upgrade);
            places.lock()[at] = fresh.address();
            std::mem::replace(&mut hosts[at], fresh).stop().await;
        }
    }
    sleep(STEP).await;
    write_older_session(&hosts, older_session, &mut expected).await;
    record.is_over.store(true, Ordering::Relaxed);
    while let Some(talk) = talks.join_next().await {
        talk.expect("it goes on");
    }
    for host in hosts {
        host.stop().await;
    }
    let outcome = record.check(&url, &[]).await;
    println!("upgraded and back: {outcome}");
    assert!(outcome.acknowledged > 100 && outcome.lost == 0 && outcome.reads > 20, "{outcome}");
}
