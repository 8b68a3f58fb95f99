//! Two stores over the same servers hear of each other, on one server and in a cluster, also after the server was away.

use std::sync::Arc;
use std::time::Duration;

use crate::servers::{Cluster, Server, fresh_prefix, shared_cluster, shared_server};
use bytes::Bytes;
use colloq_store::conformance::{Script, Subject};
use colloq_store::{AppendError, News, Topic};
use colloq_store_redis::RedisStore;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

/// Whoever waits longer has missed it.
const PATIENCE: Duration = Duration::from_secs(20);

struct Heard {
    store: Subject,
    news: mpsc::UnboundedReceiver<News>,
}

async fn hearing(url: &str) -> Heard {
    let store: Subject = Arc::new(RedisStore::open(url.parse().unwrap()).await.unwrap());
    let (heard, news) = mpsc::unbounded_channel();
    store.listen(Arc::new(move |news| {
        let _ = heard.send(news);
    }));
    Heard { store, news }
}

/// Appends as a host does: the identical entries again until it is known what became of them.
async fn append(log: &mut Script, store: &Subject, active_ms: u64) {
    let append = log.next(1, active_ms);
    while let Err(error) = store.append(append.clone()).await {
        assert!(matches!(error, AppendError::Unknown(_) | AppendError::Store(_)), "{error}");
        sleep(Duration::from_millis(50)).await;
    }
    log.records.extend(append.records);
}

impl Heard {
    async fn next(&mut self) -> News {
        timeout(PATIENCE, self.news.recv()).await.expect("something is heard in time").unwrap()
    }

    /// Follows a topic, and waits until it is followed.
    async fn follow(&mut self, topic: &Topic) {
        self.store.follow(topic);
        assert_eq!(self.next().await, News { topic: topic.clone(), body: Bytes::new() });
    }
}

async fn hosts_hear_of_each_other(url: &str) {
    let url = format!("{url}?prefix={}", fresh_prefix());
    let (mut one, mut other) = (hearing(&url).await, hearing(&url).await);
    let mut logs: Vec<Script> = (1..=8).map(Script::new).collect();
    for log in &logs {
        let topic = Topic::Session(log.key.clone());
        one.follow(&topic).await;
        other.follow(&topic).await;
    }
    for log in &mut logs {
        let moved = News { topic: Topic::Session(log.key.clone()), body: Bytes::new() };
        log.append(&one.store, 2, 10).await;
        assert_eq!(other.next().await, moved);
        log.append(&other.store, 1, 20).await;
        // Not what it wrote itself, but what the other did.
        assert_eq!(one.next().await, moved);
    }
    assert!(one.store.erase(&logs[0].key, 30).await.unwrap());
    assert_eq!(other.next().await.topic, Topic::Session(logs[0].key.clone()));
    for topic in [Topic::List { app: "shop".into(), user: "ada".into() }, Topic::Inbox("shop".into())] {
        other.follow(&topic).await;
        for word in ["one", "two", "three"] {
            one.store.tell(&topic, Bytes::from_static(word.as_bytes()));
            assert_eq!(other.next().await, News { topic: topic.clone(), body: word.into() });
        }
    }
    // What is followed no more is not heard, and what is asked about after it is.
    other.store.unfollow(&Topic::Session(logs[1].key.clone()));
    other.follow(&Topic::Session(Script::new(99).key)).await;
    logs[1].append(&one.store, 1, 40).await;
    logs[2].append(&one.store, 1, 50).await;
    assert_eq!(other.next().await.topic, Topic::Session(logs[2].key.clone()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_hosts_hear_of_each_other_on_one_server() {
    hosts_hear_of_each_other(&shared_server()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_hosts_hear_of_each_other_in_a_cluster() {
    hosts_hear_of_each_other(&shared_cluster()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_whoever_follows_is_told_to_look_when_the_server_is_back() {
    let mut server = Server::start(&["--appendonly", "yes", "--appendfsync", "always"]);
    let (mut one, mut other) = (hearing(&server.url()).await, hearing(&server.url()).await);
    let mut log = Script::new(1);
    let topic = Topic::Session(log.key.clone());
    other.follow(&topic).await;
    one.follow(&Topic::Inbox("shop".into())).await;
    append(&mut log, &one.store, 10).await;
    assert_eq!(other.next().await.topic, topic);
    server.kill();
    server.restart();
    assert_eq!(other.next().await.topic, topic);
    assert_eq!(one.next().await.topic, Topic::Inbox("shop".into()));
    append(&mut log, &one.store, 20).await;
    assert_eq!(other.next().await.topic, topic);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_a_slot_that_gets_another_node_is_followed_there() {
    let mut cluster = Cluster::start(1_000, &[]);
    let (one, mut other) = (hearing(&cluster.url()).await, hearing(&cluster.url()).await);
    let mut log = Script::new(1);
    let topic = Topic::Session(log.key.clone());
    other.follow(&topic).await;
    append(&mut log, &one.store, 10).await;
    assert_eq!(other.next().await.topic, topic);
    for primary in cluster.primaries() {
        cluster.nodes[primary].kill();
        // Told to look once it is followed at the replica that took over, and then of what happens there.
        if log_is_on(&cluster, primary, &log) {
            assert_eq!(other.next().await.topic, topic);
        }
        cluster.nodes[primary].restart();
        cluster.wait_until_whole();
    }
    append(&mut log, &one.store, 20).await;
    assert_eq!(other.next().await.topic, topic);
}

/// Whether a node that is down had the slot of a session: then another has it now.
fn log_is_on(cluster: &Cluster, down: usize, log: &Script) -> bool {
    let key = format!("colloq:{{shop/{:032x}}}", log.number());
    let living = cluster.nodes.iter().find(|node| node.is_running()).unwrap();
    let slot: u32 = living.ask(&["CLUSTER", "KEYSLOT", &key]).parse().unwrap();
    let id = format!("127.0.0.1:{}@", cluster.nodes[down].port);
    let nodes = living.ask(&["CLUSTER", "NODES"]);
    let line = nodes.lines().find(|line| line.contains(&id)).unwrap();
    line.split(' ').filter_map(|word| word.split_once('-')).any(|(first, last)| {
        let range = first.parse::<u32>().ok().zip(last.parse::<u32>().ok());
        range.is_some_and(|(first, last)| (first..=last).contains(&slot))
    })
}
